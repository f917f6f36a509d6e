// SPDX-License-Identifier: BSD-2-Clause
/* test_assets.c - the files of viewer/ are in the program, and modules become one script. */
#include "flamegraph/assets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flamegraph/out.h"
#include "tests/unit/golden.h"

#define FILE_NAME(name, file) [ASSET_##name] = "flamegraph/viewer/" file,
static const char *const files[ASSET_CNT] = { ASSET_FILES(FILE_NAME) };

#define HEAD "\n// SPDX-License-Identifier: BSD-2-Clause\n(function () {\n\"use strict\";\n"
#define TAIL "})();\n"

/* What is written; to be freed. */
static char *script_of(const enum asset *modules, size_t module_cnt)
{
	char *text = NULL;
	size_t len;
	struct out o;

	out_init(&o, open_memstream(&text, &len));
	asset_write_script(&o, modules, module_cnt);
	assert_int_equal(out_finish(&o), 0);
	fclose(o.f);
	return text;
}

static void each_file_is_written_as_it_is(void **state)
{
	for (enum asset i = 0; i < ASSET_CNT; i++) {
		char *got = NULL, *want;
		size_t got_len, want_len;
		struct out o;

		out_init(&o, open_memstream(&got, &got_len));
		asset_write(&o, i);
		assert_int_equal(out_finish(&o), 0);
		fclose(o.f);
		want = golden_slurp(files[i], &want_len);
		assert_int_equal(got_len, want_len);
		assert_memory_equal(got, want, want_len);
		free(got);
		free(want);
	}
}

static bool begins_with(const char *text, const char *word)
{
	return !strncmp(text, word, strlen(word));
}

/* What is behind the lines of a module: a SCRIPT begins with those that it needs. */
static const char *behind_module(const char *script, enum asset module)
{
	size_t len;
	char *text = golden_slurp(files[module], &len), *rest = text, *line;

	while ((line = strsep(&rest, "\n")) && rest) {
		if (begins_with(line, "import ") || begins_with(line + strspn(line, "\t"), "//"))
			continue;
		if (begins_with(line, "export "))
			line += strlen("export ");
		assert_true(begins_with(script, line));
		script += strlen(line);
		assert_int_equal(*script++, '\n');
	}
	free(text);
	return script;
}

/* An import in a script is an error, and so is an export. */
static void a_script_has_no_imports_no_exports_and_no_comments(void **state)
{
	static const enum asset modules[] = { ASSET_FIT_JS, ASSET_SVG_JS };
	char *script = script_of(modules, 2);
	const char *rest = script + strlen(HEAD);

	assert_true(begins_with(script, HEAD));
	for (size_t i = 0; i < 2; i++)
		rest = behind_module(rest, modules[i]);
	assert_string_equal(rest, TAIL);
	assert_non_null(strstr(script, "\nfunction fitText("));
	assert_null(strstr(script, "\nimport "));
	assert_null(strstr(script + strlen(HEAD), "\n//"));
	free(script);
}

static void a_script_of_no_module_is_empty(void **state)
{
	char *script = script_of(NULL, 0);

	assert_string_equal(script, HEAD TAIL);
	free(script);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_file_is_written_as_it_is),
		cmocka_unit_test(a_script_has_no_imports_no_exports_and_no_comments),
		cmocka_unit_test(a_script_of_no_module_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
