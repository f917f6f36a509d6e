// SPDX-License-Identifier: BSD-2-Clause
/* test_demangle.c - names for people. */
#include "tests/unit/row.h"

#include <string.h>

#include "symbolize/demangle.h"

static void demangles_each_scheme(void **state)
{
	static const struct {
		const char *name, *mangled, *plain, *with_params;
	} rows[] = {
		{ "C", "main", "main", "main" },
		{ "empty", "", "", "" },
		{ "C++", "_ZN3foo3barEi", "foo::bar", "foo::bar(int)" },
		{ "C++ template", "_Z3fooIiEvT_", "foo<int>", "void foo<int>(int)" },
		{ "C++ lambda", "_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()",
		  "main::{lambda()#1}::operator()() const" },
		{ "Rust, legacy", "_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write",
		  "core::fmt::write" },
		{ "Rust, v0", "_RNvCs1234_7mycrate3foo", "mycrate::foo", "mycrate::foo" },
		{ "split off", "_ZN3foo3barEi.cold", "foo::bar.cold",
		  "foo::bar(int) [clone .cold]" },
		{ "split off a clone", "_ZN3foo3barEi.part.0.cold", "foo::bar.part.0.cold",
		  "foo::bar(int) [clone .part.0] [clone .cold]" },
		{ "cloned", "_ZN3foo3barEi.constprop.0.isra.0", "foo::bar.constprop.0.isra.0",
		  "foo::bar(int) [clone .constprop.0] [clone .isra.0]" },
		{ "ThinLTO", "_ZN4core3fmt5write17h0123456789abcdefE.llvm.4711", "core::fmt::write",
		  "core::fmt::write" },
		{ "C, split off", "f.part.0", "f.part.0", "f.part.0" },
		{ "damaged", "_ZN3foo", "_ZN3foo", "_ZN3foo" },
		{ "only looks mangled", "_Zebra", "_Zebra", "_Zebra" },
	};
	struct arena arena = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *plain = demangle(&arena, rows[i].mangled, false);
		const char *with_params = demangle(&arena, rows[i].mangled, true);

		if (strcmp(plain, rows[i].plain) || strcmp(with_params, rows[i].with_params))
			fail_msg("[%s] got %s and %s", rows[i].name, plain, with_params);
	}
	arena_fini(&arena);
}

/* Nested substitutions double the length with each letter. */
static void bounds_what_a_hostile_name_costs(void **state)
{
	char name[8192];
	struct arena arena = { 0 };
	const char *out;

	strcpy(name, "_Z1fI");
	for (size_t i = 5; i < sizeof(name) - 1; i++)
		name[i] = 'I';
	name[sizeof(name) - 1] = '\0';
	out = demangle(&arena, name, false);
	assert_string_equal(out, name);

	strcpy(name, "_Z1f1AIS_S_E");
	for (int i = 0; i < 30; i++)
		strcat(name, "1AIS0_S0_E");
	assert_non_null(demangle(&arena, name, true));
	arena_fini(&arena);
}

static void arena_keeps_what_it_gave(void **state)
{
	struct arena arena = { 0 };
	char *first = arena_copy(&arena, "first", 5), *large, *many = NULL;

	large = arena_alloc(&arena, 200000);
	assert_non_null(large);
	memset(large, 'x', 200000);
	for (int i = 0; i < 100000; i++)
		many = arena_copy(&arena, "many", 4);
	assert_string_equal(first, "first");
	assert_string_equal(many, "many");
	assert_int_equal(large[199999], 'x');
	assert_null(arena_alloc(&arena, SIZE_MAX));
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(demangles_each_scheme),
		cmocka_unit_test(bounds_what_a_hostile_name_costs),
		cmocka_unit_test(arena_keeps_what_it_gave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
