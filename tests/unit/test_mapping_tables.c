// SPDX-License-Identifier: BSD-2-Clause
/* The mappings of this very process, each with the table of its file. */
#include "profiler/tables/mapping_tables.h"
#include "symbolize/symbolizer.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEM_MAX ((size_t)16 << 20)
#define WAIT_MS 10000

static const struct kernel_tables plain = { -1, -1, -1, -1, -1, -1, -1, NULL };

struct world {
	struct symbolizer *symbolizer;
	struct process *process;
	struct tables *tables;
	void *anonymous;
};

static int set_up(void **state)
{
	static struct world w;
	const struct symbolizer_opts opts = { 0 };

	w.anonymous = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(w.anonymous != MAP_FAILED);
	assert_int_equal(symbolizer_new(&opts, &w.symbolizer), 0);
	assert_int_equal(symbolizer_read_process(w.symbolizer, getpid(), NULL, &w.process), 0);
	assert_int_equal(tables_open(&plain, MEM_MAX, NULL, &w.tables), 0);
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	tables_close(w->tables);
	symbolizer_free(w->symbolizer);
	munmap(w->anonymous, 4096);
	return 0;
}

static const struct space_mapping *find(const struct space_mapping *mappings, size_t cnt,
					uint64_t ip)
{
	for (size_t i = 0; i < cnt; i++) {
		if (ip >= mappings[i].start && ip < mappings[i].end)
			return &mappings[i];
	}
	return NULL;
}

static void each_mapping_has_the_table_of_its_file(void **state)
{
	const struct world *w = *state;
	const struct {
		const char *name;
		uint64_t ip;
		bool has_table, has_row;
	} rows[] = {
		{ "this program", (uintptr_t)find, true, true },
		{ "the C library", (uintptr_t)getppid, true, true },
		{ "the vDSO", getauxval(AT_SYSINFO_EHDR), true, false },
		{ "memory without a file", (uintptr_t)w->anonymous, false, false },
	};
	struct space_mapping *mappings;
	size_t cnt;

	assert_int_equal(mapping_tables_get(w->tables, w->process, true, &mappings, &cnt), 0);
	assert_true(tables_wait(w->tables, WAIT_MS));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct space_mapping *mapping = find(mappings, cnt, rows[i].ip);
		struct unwind_row row = { 0 };

		if (!rows[i].ip)
			continue; /* a kernel without a vDSO */
		ROW_TRUE(rows[i].name, mapping);
		ROW_EQUAL(rows[i].name, mapping->table != NULL, rows[i].has_table);
		if (rows[i].has_row)
			ROW_EQUAL(rows[i].name,
				  tables_find(w->tables, mapping->table, rows[i].ip - mapping->bias,
					      &row),
				  TABLE_READY);
		/* At a function's first instruction only its return address is on the stack. */
		if (rows[i].has_row) {
			ROW_EQUAL(rows[i].name, row.kind & 15, UNWIND_CFA_RSP);
			ROW_EQUAL(rows[i].name, row.cfa_off, 8);
		}
	}
	for (size_t i = 1; i < cnt; i++)
		assert_true(mappings[i - 1].end <= mappings[i].start);
	mapping_tables_put(w->tables, mappings, cnt);
}

static void nothing_is_built_before_it_is_asked_for(void **state)
{
	const struct world *w = *state;
	struct space_mapping *mappings;
	size_t cnt;

	assert_int_equal(mapping_tables_get(w->tables, w->process, false, &mappings, &cnt), 0);
	for (size_t i = 0; i < cnt; i++)
		assert_true(!mappings[i].table || mappings[i].table->state == TABLE_KNOWN);
	mapping_tables_put(w->tables, mappings, cnt);
}

static void the_last_process_is_remembered(void **state)
{
	const struct world *w = *state;
	struct mapping_memo memo = { 0 };
	const struct space_mapping *mapping;
	struct space_mapping *first;
	struct process *empty;

	assert_int_equal(mapping_memo_get(&memo, w->tables, w->process, 1), 0);
	first = memo.mappings;
	mapping = find(first, memo.cnt, (uintptr_t)find);
	assert_int_equal(mapping->table->users, 1);
	assert_int_equal(mapping_memo_get(&memo, w->tables, w->process, 1), 0);
	assert_ptr_equal(memo.mappings, first);
	assert_int_equal(mapping->table->users, 1);
	/* Tables were finished: they may have other places now. */
	assert_int_equal(mapping_memo_get(&memo, w->tables, w->process, 2), 0);
	assert_int_equal(find(memo.mappings, memo.cnt, (uintptr_t)find)->table->users, 1);
	assert_int_equal(symbolizer_copy_process(w->symbolizer, 1, NULL, &empty), 0);
	assert_int_equal(mapping_memo_get(&memo, w->tables, empty, 2), 0);
	assert_int_equal(memo.cnt, 0);
	mapping_memo_forget(&memo, w->tables);
	mapping_memo_forget(&memo, w->tables);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(each_mapping_has_the_table_of_its_file),
		IN_WORLD(nothing_is_built_before_it_is_asked_for),
		IN_WORLD(the_last_process_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
