// SPDX-License-Identifier: BSD-2-Clause
/* Mappings that come one by one, over others. */
#include "symbolize/process/maps.h"
#include "symbolize/process/process.h"
#include "symbolize/symbolizer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* "start-end+off" in pages, joined by spaces. */
static const char *text_of(const struct process *p, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < p->cnt; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%d-%d+%d", i ? " " : "",
					(int)(p->mappings[i].start >> 12),
					(int)(p->mappings[i].end >> 12),
					(int)(p->mappings[i].off >> 12));
	return text;
}

static struct mapping mapping_of(int start, int end, int off)
{
	return (struct mapping){
		.start = (uint64_t)start << 12,
		.end = (uint64_t)end << 12,
		.off = (uint64_t)off << 12,
		.exec = true,
		.path = "",
	};
}

static void a_mapping_covers_what_was_there(void **state)
{
	static const struct {
		const char *name;
		int add[4][3]; /* start, end, off; end 0 ends the list */
		const char *result;
	} rows[] = {
		{ "in any order",
		  { { 20, 30, 0 }, { 1, 5, 0 }, { 10, 12, 0 } },
		  "1-5+0 10-12+0 20-30+0" },
		{ "the same again", { { 10, 20, 0 }, { 10, 20, 7 } }, "10-20+7" },
		{ "over the start of one", { { 10, 20, 0 }, { 5, 12, 1 } }, "5-12+1 12-20+2" },
		{ "over the end of one", { { 10, 20, 0 }, { 18, 25, 1 } }, "10-18+0 18-25+1" },
		{ "into the middle of one",
		  { { 10, 20, 3 }, { 12, 15, 9 } },
		  "10-12+3 12-15+9 15-20+8" },
		{ "over several",
		  { { 10, 12, 0 }, { 14, 16, 0 }, { 18, 20, 5 }, { 11, 19, 1 } },
		  "10-11+0 11-19+1 19-20+6" },
		{ "beside its neighbours",
		  { { 10, 12, 0 }, { 14, 16, 0 }, { 12, 14, 1 } },
		  "10-12+0 12-14+1 14-16+0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct symbolizer_opts opts = { 0 };
		struct symbolizer *symbolizer;
		struct process *process;
		char text[256];

		assert_int_equal(symbolizer_new(&opts, &symbolizer), 0);
		assert_int_equal(symbolizer_copy_process(symbolizer, getpid(), NULL, &process), 0);
		for (size_t j = 0; j < 4 && rows[i].add[j][1]; j++) {
			struct mapping m =
				mapping_of(rows[i].add[j][0], rows[i].add[j][1], rows[i].add[j][2]);

			assert_int_equal(symbolizer_add_mapping(symbolizer, process, &m), 0);
		}
		if (strcmp(text_of(process, text, sizeof(text)), rows[i].result))
			fail_msg("%s: %s, not %s", rows[i].name, text, rows[i].result);
		symbolizer_free(symbolizer);
	}
}

static void a_copy_changes_alone(void **state)
{
	const struct symbolizer_opts opts = { 0 };
	struct mapping first = mapping_of(1, 5, 0), second = mapping_of(7, 9, 0);
	struct process *parent, *child;
	struct symbolizer *symbolizer;
	char text[256];

	assert_int_equal(symbolizer_new(&opts, &symbolizer), 0);
	assert_int_equal(symbolizer_copy_process(symbolizer, getpid(), NULL, &parent), 0);
	assert_int_equal(symbolizer_add_mapping(symbolizer, parent, &first), 0);
	assert_int_equal(symbolizer_copy_process(symbolizer, getpid(), parent, &child), 0);
	assert_int_equal(symbolizer_add_mapping(symbolizer, child, &second), 0);
	assert_string_equal(text_of(parent, text, sizeof(text)), "1-5+0");
	assert_string_equal(text_of(child, text, sizeof(text)), "1-5+0 7-9+0");
	symbolizer_drop_process(symbolizer, child);
	assert_true(process_maps_ip(parent, 0x1000));
	assert_false(process_maps_ip(parent, 0x5000));
	symbolizer_free(symbolizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mapping_covers_what_was_there),
		cmocka_unit_test(a_copy_changes_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
