// SPDX-License-Identifier: BSD-2-Clause
/* test_json.c - any bytes as strings of JSON. */
#include "profiler/json.h"
#include "tests/unit/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void any_bytes_are_a_string(void **state)
{
	static const struct {
		const char *name, *text, *want;
	} rows[] = {
		{ "nothing", "", "\"\"" },
		{ "plain", "/usr/bin/cat", "\"/usr/bin/cat\"" },
		{ "quotes and backslashes", "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "controls", "a\tb\n\x1b[0m", "\"a\\u0009b\\u000a\\u001b[0m\"" },
		{ "controls behind ASCII", "a\xc2\x80z\xc2\x9b", "\"a\\u0080z\\u009b\"" },
		{ "another direction", "a\xe2\x80\xaez", "\"a\\u202ez\"" },
		{ "a tag that is not seen", "\xf3\xa0\x81\x81", "\"\\udb40\\udc41\"" },
		{ "delete", "\x7f", "\"\\u007f\"" },
		{ "the first that is none", "\xc2\xa0", "\"\xc2\xa0\"" },
		{ "two, three and four bytes", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\xa5",
		  "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\xa5\"" },
		{ "a byte that starts nothing", "a\x80z\xff", "\"a\\ufffdz\\ufffd\"" },
		{ "cut off", "a\xe2\x82", "\"a\\ufffd\\ufffd\"" },
		{ "a longer form than needed", "\xc0\xaf", "\"\\ufffd\\ufffd\"" },
		{ "half of a pair", "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
		{ "beyond Unicode", "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = NULL;
		size_t len;
		FILE *f = open_memstream(&text, &len);

		assert_non_null(f);
		json_put_string(rows[i].text, f);
		fclose(f);
		if (strcmp(text, rows[i].want))
			fail_msg("[%s] got %s, want %s", rows[i].name, text, rows[i].want);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_bytes_are_a_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
