// SPDX-License-Identifier: BSD-2-Clause
/* test_assets.c - the files of viewer/ are in the program, and modules become one script. */
#include "flamegraph/assets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flamegraph/out.h"
#include "tests/unit/golden.h"

#define FILE_NAME(name, file) [ASSET_##name] = "flamegraph/viewer/" file,
static const char *const files[ASSET_CNT] = { ASSET_FILES(FILE_NAME) };

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

/* An import in a script is an error, and so is an export. */
static void a_script_has_no_imports_and_no_exports(void **state)
{
	static const enum asset modules[] = { ASSET_FIT_JS, ASSET_SVG_JS };
	char *script = script_of(modules, 2), *fit, *svg;
	size_t len;

	assert_ptr_equal(strstr(script, "\n(function () {\n\"use strict\";\n"), script);
	assert_string_equal(script + strlen(script) - 6, "})();\n");
	assert_null(strstr(script, "\nimport "));
	assert_null(strstr(script, "\nexport "));
	assert_non_null(strstr(script, "\nfunction fitText("));
	/* Nothing else is missing. */
	fit = golden_slurp(files[ASSET_FIT_JS], &len);
	svg = golden_slurp(files[ASSET_SVG_JS], &len);
	assert_int_equal(strlen(script) + strlen("export ") +
				 strlen("import { fitText } from \"./fit.js\";\n"),
			 strlen(fit) + strlen(svg) +
				 strlen("\n(function () {\n\"use strict\";\n})();\n"));
	free(fit);
	free(svg);
	free(script);
}

static void a_script_of_no_module_is_empty(void **state)
{
	char *script = script_of(NULL, 0);

	assert_string_equal(script, "\n(function () {\n\"use strict\";\n})();\n");
	free(script);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_file_is_written_as_it_is),
		cmocka_unit_test(a_script_has_no_imports_and_no_exports),
		cmocka_unit_test(a_script_of_no_module_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
