// SPDX-License-Identifier: BSD-2-Clause
/* test_demangle.c - names for people. */
#include "tests/unit/row.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

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
		{ "Rust, without a name", "_RC0_", "_RC0_", "_RC0_" },
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

/* Write the substitution number N: S_, S0_, ..., SZ_, S10_, ... */
static void add_substitution(char *name, unsigned int n)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char *end = name + strlen(name);

	*end++ = 'S';
	if (n > 36)
		*end++ = digits[(n - 1) / 36];
	if (n)
		*end++ = digits[(n - 1) % 36];
	strcpy(end, "_");
}

/* Each step is a type with the one before it as both arguments. */
static void add_pair(char *name, unsigned int type)
{
	strcat(name, "S0_I");
	add_substitution(name, type);
	add_substitution(name, type);
	strcat(name, "E");
}

static void make_doubling(char *name)
{
	strcpy(name, "_Z1fI1pI1a1aE");
	for (unsigned int i = 0; i < 60; i++)
		add_pair(name, 3 + i);
	strcat(name, "Evv");
}

/* A pack is expanded before a type that was named behind it: nothing is written meanwhile. */
static void make_silent(char *name)
{
	strcpy(name, "_Z1fIM");
	for (int i = 0; i < 40; i++)
		strcat(name, i ? "S0_I" : "1pI");
	strcat(name, "1aS1_E");
	for (unsigned int i = 2; i < 41; i++) {
		add_substitution(name, i);
		strcat(name, "E");
	}
	strcat(name, "Dp");
	add_substitution(name, 41);
	strcat(name, "Evv");
}

/* Rust's tuples double in the same way: each has the one before it, and refers back to it. */
static void make_rust(char *name)
{
	static const char digits[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t at = 0, len = strlen(strcpy(name, "_RINvC1a1f"));

	for (int i = 0; i < 60; i++)
		name[len++] = 'T';
	at = len - 2 - 1;
	name[len++] = 'u';
	for (int i = 0; i < 60; i++) {
		size_t to =
			at - (size_t)i; /* the tuple whose first element is repeated, plus one */

		len += (size_t)sprintf(name + len, "B%c%c_E", digits[to / 62], digits[to % 62]);
	}
	strcpy(name + len, "E");
}

/* Conversion operators in their own arguments are parsed twice, and so those in them. */
static void make_conversions(char *name)
{
	strcpy(name, "_Z");
	for (int i = 0; i < 40; i++)
		strcat(name, "cvT_IZ");
	strcat(name, "cvT_IiE");
	for (int i = 0; i < 40; i++)
		strcat(name, "vE1aE");
	strcat(name, "v");
}

/* Each increment has its operand twice, where a pack is looked for. */
static void make_increments(char *name)
{
	strcpy(name, "_Z1fIXsp");
	for (int i = 0; i < 60; i++)
		strcat(name, "pp");
	strcat(name, "srpt1BEEvv");
}

/* An impl, whose path is not written, of a trait with as many lifetimes as a number can say. */
static void make_lifetimes(char *name)
{
	strcpy(name, "_RNvMC1aDGzzzzzzzz_NtC1a1tEL_1f");
}

static void make_unclosed(char *name)
{
	memset(name, 'I', 8191);
	memcpy(name, "_Z1f", 4);
	name[8191] = '\0';
}

static void make_deep(char *name)
{
	memset(name, 'P', 4000);
	memcpy(name, "_Z1f", 4);
	strcpy(name + 4000, "i");
}

/* What a name may cost is bounded, and it then stays as it is. */
static void bounds_what_a_hostile_name_costs(void **state)
{
	static const struct {
		const char *name;
		void (*make)(char *name);
	} rows[] = {
		{ "doubles with each ten bytes", make_doubling },
		{ "doubles where nothing is written", make_silent },
		{ "Rust, doubles", make_rust },
		{ "is parsed twice at each step", make_conversions },
		{ "has its operands twice", make_increments },
		{ "Rust, counts without end", make_lifetimes },
		{ "unclosed", make_unclosed },
		{ "deep", make_deep },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena arena = { 0 };
		char name[8192];

		rows[i].make(name);
		for (int params = 0; params < 2; params++) {
			clock_t before = clock();

			ROW_TRUE(rows[i].name, !strcmp(demangle(&arena, name, params), name));
			ROW_TRUE(rows[i].name, clock() - before < CLOCKS_PER_SEC);
		}
		arena_fini(&arena);
	}
}

/* Bounds do not touch names with packs that people write. */
static void demangles_packs(void **state)
{
	static const char mangled[] = "_ZSt11make_uniqueI3FooJRKNSt7__cxx1112basic_"
				      "stringIcSt11char_traitsIcESaIcEEERiS8_EE"
				      "NSt8__detail9_MakeUniqIT_E15__single_objectEDpOT0_";
	struct arena arena = { 0 };

	assert_string_equal(demangle(&arena, mangled, false),
			    "std::make_unique<Foo, std::__cxx11::basic_string<char, "
			    "std::char_traits<char>, std::allocator<char> > const&, int&, "
			    "std::__cxx11::basic_string<char, std::char_traits<char>, "
			    "std::allocator<char> > const&>");
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
		cmocka_unit_test(demangles_packs),
		cmocka_unit_test(arena_keeps_what_it_gave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
