// SPDX-License-Identifier: BSD-2-Clause
/* fuzz_demangle.c - any bytes are the name of a symbol, and have a name for people. */
#include "symbolize/demangle.h"
#include "tests/fuzz/check.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool params = size && data[0] & 1;
	struct arena arena = { 0 };
	char *name = strndup((const char *)data + !!size, size - !!size);
	const char *demangled;

	check(name);
	demangled = demangle(&arena, name, params);
	check(demangled && (!*demangled == !*name));
	check(!strncmp(name, "_Z", 2) || !strncmp(name, "_R", 2) || !strcmp(demangled, name));
	check(strlen(demangled) <= strlen(name) + (128u << 10));
	arena_fini(&arena);
	free(name);
	return 0;
}
