// SPDX-License-Identifier: BSD-2-Clause
/* What functions of interpreted languages are called. */
#include "flamegraph/frame.h"
#include "tests/unit/row.h"

#include <string.h>

static void the_place_tells_functions_of_a_name_apart(void **state)
{
	static const struct {
		const char *name, *file;
		uint32_t line;
		const char *want;
	} rows[] = {
		{ "handle", "/srv/shop/app.py", 31, "handle (app.py:31)" },
		{ "handle", "app.py", 31, "handle (app.py:31)" },
		{ "handle", "/srv/shop/app.py", 0, "handle (app.py)" },
		{ "handle", "", 31, "handle" },
		{ "<module>", "/lib/requests/__init__.py", 1, "<module> (requests/__init__.py:1)" },
		{ "<module>", "/lib/pip/__main__.py", 1, "<module> (pip/__main__.py:1)" },
		{ "<module>", "pip/__main__.py", 1, "<module> (pip/__main__.py:1)" },
		{ "<module>", "/pip/__main__.py", 1, "<module> (pip/__main__.py:1)" },
		{ "<module>", "__main__.py", 1, "<module> (__main__.py:1)" },
		{ "<module>", "/__init__.py", 1, "<module> (__init__.py:1)" },
		{ "<module>", "//__init__.py", 1, "<module> (/__init__.py:1)" },
		{ "<module>", "/a/b__init__.py", 1, "<module> (b__init__.py:1)" },
		{ "<module>", "/a/", 4294967295, "<module> (:4294967295)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char got[128];
		size_t len =
			frame_write_interpreted(got, rows[i].name, strlen(rows[i].name),
						rows[i].file, strlen(rows[i].file), rows[i].line);

		assert_true(len <= strlen(rows[i].name) + strlen(rows[i].file) + FRAME_PLACE_SIZE);
		got[len] = '\0';
		ROW_TRUE(rows[i].want, !strcmp(got, rows[i].want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_place_tells_functions_of_a_name_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
