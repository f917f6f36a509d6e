// SPDX-License-Identifier: BSD-2-Clause
/* Tables are built once for a file, shared by its users, and evicted when nobody has them. */
#include "profiler/tables/tables.h"
#include "profiler/clock.h"
#include "profiler/parsing/effort.h"
#include "symbolize/cfi/ehframe.h"
#include "tests/unit/row.h"
#include "tests/unit/fake_kernel.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHARD_SIZE ((size_t)UNWIND_SHARD_ROWS * sizeof(struct unwind_row))
#define MEM_MAX	   (2 * SHARD_SIZE)
#define WAIT_MS	   10000

static const struct kernel_tables plain = { -1, -1, -1, -1, -1, -1, -1, NULL };

static void no_further_file_is_the_reason(void **state)
{
	struct rlimit limit, none = { 0 };
	struct tables *tables;
	int err;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none.rlim_max = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	err = tables_open(&plain, MEM_MAX, NULL, &tables);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(err, -EMFILE);
	assert_null(tables);
}

static int open_libc(void)
{
	Dl_info libc;
	int fd;

	assert_true(dladdr((void *)(uintptr_t)gnu_get_libc_version, &libc));
	fd = open(libc.dli_fname, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static struct table *get(struct tables *tables, uint32_t key, int fd, bool build)
{
	struct table_file file = { .key = key, .fd = fd };
	struct table *table;

	assert_int_equal(tables_get(tables, &file, build, &table), 0);
	return table;
}

static void a_table_says_what_the_file_says(void **state)
{
	struct tables *tables;
	struct table *table;
	struct ehframe_table *truth;
	struct unwind_row row;
	struct tables_totals totals;
	int fd = open_libc();

	assert_int_equal(tables_open(&plain, MEM_MAX, NULL, &tables), 0);
	table = get(tables, 3, fd, false);
	assert_int_equal(tables_find(tables, table, 0x100, &row), TABLE_KNOWN);
	assert_false(tables_finished(tables));
	assert_ptr_equal(get(tables, 3, fd, true), table);
	assert_true(tables_wait(tables, WAIT_MS));
	assert_int_equal(ehframe_load(fd, &truth), 0);
	close(fd);
	assert_int_equal(table->row_cnt, truth->row_cnt);
	for (size_t i = 0; i < truth->row_cnt; i += 31) {
		assert_int_equal(tables_find(tables, table, truth->rows[i].vaddr, &row),
				 TABLE_READY);
		assert_int_equal(row.kind, UNWIND_KIND(truth->rows[i].cfa, truth->rows[i].fp));
		assert_int_equal(row.cfa_off, truth->rows[i].cfa_off);
	}
	assert_int_equal(tables_find(tables, table, 1ULL << 40, &row), TABLE_READY);
	assert_int_equal(row.kind, UNWIND_CFA_NONE); /* behind all pages */
	tables_totals(tables, &totals);
	assert_int_equal(totals.tables, 1);
	assert_int_equal(totals.rows, truth->row_cnt);
	assert_int_equal(totals.bytes, SHARD_SIZE);
	assert_true(totals.build_ns > 0);
	ehframe_free(truth);
	tables_close(tables);
}

static void whoever_waits_is_woken(void **state)
{
	struct tables *tables;
	struct pollfd ready;
	int fd = open_libc();

	assert_int_equal(tables_open(&plain, MEM_MAX, NULL, &tables), 0);
	assert_true(tables_wait(tables, 0)); /* nothing is pending */
	get(tables, 0, fd, true);
	close(fd);
	ready = (struct pollfd){ .fd = tables_fd(tables), .events = POLLIN };
	assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
	assert_true(tables_finished(tables));
	assert_false(tables_finished(tables));
	tables_close(tables);
}

static void a_wait_ends_after_its_time(void **state)
{
	struct tables *tables;
	int fd = open_libc();

	assert_int_equal(tables_open(&plain, MEM_MAX, NULL, &tables), 0);
	for (uint32_t key = 0; key < 50; key++)
		get(tables, key, fd, true);
	assert_false(tables_wait(tables, 1));
	close(fd);
	tables_close(tables); /* with jobs that were not begun */
}

/* The files that a loader was given, by their inodes, in this order. */
static struct {
	ino_t files[16];
	size_t cnt;
} loaded;
static ino_t dear_file;		/* that is loaded until it is given up */
static unsigned int loading_ms; /* what each of the others takes */

static int load_in_turn(void *ctx, int fd, const struct effort *effort,
			const struct ehframe_sink *sink, struct ehframe_table **out,
			struct interpreter_file *interpreter)
{
	int64_t end_ms = now_ms() + loading_ms;
	struct stat st;

	(void)ctx;
	(void)sink;
	*out = NULL;
	fstat(fd, &st);
	loaded.files[loaded.cnt++] = st.st_ino;
	while (st.st_ino == dear_file || now_ms() < end_ms) {
		if (effort->is_over(effort->ctx))
			return -ECANCELED;
		usleep(1000);
	}
	return -ENODATA;
}

static int new_file(ino_t *inode)
{
	int fd = memfd_create("code", MFD_CLOEXEC);
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	*inode = st.st_ino;
	return fd;
}

static void get_for(struct tables *tables, uint32_t key, uint32_t owner, int fd)
{
	struct table_file file = { .key = key, .owner = owner, .fd = fd };
	struct table *table;

	assert_int_equal(tables_get(tables, &file, true, &table), 0);
}

static void wait_until_loaded(size_t cnt)
{
	for (int ms = 0; ms < WAIT_MS && *(volatile size_t *)&loaded.cnt < cnt; ms++)
		usleep(1000);
	assert_true(loaded.cnt >= cnt);
}

/* User 1 has a dear file and another; user 2, and what both have, need not wait for them. */
static void nobody_waits_for_another_ones_files(void **state)
{
	static const struct table_loader loader = { .load = load_in_turn };
	ino_t dear, own, both, others;
	const int fds[] = { new_file(&dear), new_file(&own), new_file(&both), new_file(&others) };
	struct tables *tables;

	(void)state;
	loaded.cnt = loading_ms = 0;
	dear_file = dear;
	assert_int_equal(tables_open(&plain, MEM_MAX, &loader, &tables), 0);
	for (uint32_t key = 0; key < 3; key++)
		get_for(tables, key, 1, fds[key]);
	wait_until_loaded(1);
	get_for(tables, 3, 2, fds[3]);
	get_for(tables, 2, 2, fds[2]);
	wait_until_loaded(3);
	dear_file = 0;
	assert_true(tables_wait(tables, WAIT_MS));
	assert_int_equal(loaded.files[0], dear);
	assert_int_equal(loaded.files[1] + loaded.files[2], others + both);
	assert_int_equal(loaded.files[3] + loaded.files[4], own + dear);
	assert_int_equal(loaded.cnt, 5);
	tables_close(tables);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
}

/* Two that give way to each other have more time at each turn, and come to an end. */
static void who_gives_way_has_more_time(void **state)
{
	static const struct table_loader loader = { .load = load_in_turn };
	ino_t inodes[2];
	const int fds[] = { new_file(&inodes[0]), new_file(&inodes[1]) };
	struct tables *tables;

	(void)state;
	loaded.cnt = 0;
	dear_file = 0;
	loading_ms = 300;
	assert_int_equal(tables_open(&plain, MEM_MAX, &loader, &tables), 0);
	get_for(tables, 0, 1, fds[0]);
	get_for(tables, 1, 2, fds[1]);
	assert_true(tables_wait(tables, WAIT_MS));
	assert_true(loaded.cnt > 2);
	tables_close(tables);
	close(fds[0]);
	close(fds[1]);
}

static int text_file(void)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "no ELF file", 11), 11);
	return fd;
}

static void a_file_without_a_table_says_why(void **state)
{
	static const struct {
		const char *name;
		bool is_text;
		size_t mem_max;
		enum table_state state;
		int err;
	} rows[] = {
		{ "no ELF file", true, MEM_MAX, TABLE_NONE, -ENOEXEC },
		{ "no memory for it", false, 0, TABLE_NO_ROOM, -ENOSPC },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int fd = rows[i].is_text ? text_file() : open_libc();
		struct tables_totals totals;
		struct tables *tables;
		struct table *table;
		struct unwind_row row;

		ROW_EQUAL(rows[i].name, tables_open(&plain, rows[i].mem_max, NULL, &tables), 0);
		table = get(tables, 1, fd, true);
		ROW_TRUE(rows[i].name, tables_wait(tables, WAIT_MS));
		ROW_EQUAL(rows[i].name, tables_find(tables, table, 0x100, &row), rows[i].state);
		ROW_EQUAL(rows[i].name, row.kind, UNWIND_CFA_NONE);
		ROW_EQUAL(rows[i].name, table->err, rows[i].err);
		tables_totals(tables, &totals);
		ROW_EQUAL(rows[i].name, totals.no_room, rows[i].state == TABLE_NO_ROOM);
		tables_close(tables);
		close(fd);
	}
}

/* As the vDSO is, which is in no file. */
static void an_image_is_as_good_as_a_file(void **state)
{
	struct table_file file = { .key = 9, .fd = -1 };
	struct tables *tables;
	struct table *by_fd, *by_image;
	int fd = open_libc();
	void *image;

	file.image_size = (size_t)lseek(fd, 0, SEEK_END);
	image = mmap(NULL, file.image_size, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_true(image != MAP_FAILED);
	file.image = image;
	assert_int_equal(tables_open(&plain, MEM_MAX, NULL, &tables), 0);
	assert_int_equal(tables_get(tables, &file, true, &by_image), 0);
	by_fd = get(tables, 8, fd, true);
	assert_true(tables_wait(tables, WAIT_MS));
	assert_int_equal(by_image->state, TABLE_READY);
	assert_int_equal(by_image->row_cnt, by_fd->row_cnt);
	assert_int_equal(by_image->page_cnt, by_fd->page_cnt);
	tables_close(tables);
	munmap(image, file.image_size);
	close(fd);
}

static void the_oldest_without_users_makes_room(void **state)
{
	struct tables *tables;
	struct table *first;
	struct tables_totals totals;
	struct unwind_row row;
	int fd = open_libc();
	uint32_t cnt;

	assert_int_equal(tables_open(&plain, SHARD_SIZE, NULL, &tables), 0);
	first = get(tables, 0, fd, true); /* it stays, as it is used */
	assert_true(tables_wait(tables, WAIT_MS));
	cnt = UNWIND_SHARD_ROWS / first->row_cnt + 2;
	for (uint32_t key = 1; key <= cnt; key++) {
		tables_put(tables, get(tables, key, fd, true));
		assert_true(tables_wait(tables, WAIT_MS));
	}
	tables_totals(tables, &totals);
	assert_int_equal(totals.bytes, SHARD_SIZE);
	assert_true(totals.tables < cnt + 1);
	assert_true(totals.rows <= UNWIND_SHARD_ROWS);
	assert_int_equal(tables_find(tables, first, 0x100, &row), TABLE_READY);
	/* The newest is there, and the oldest is not. */
	assert_int_equal(get(tables, cnt, fd, false)->state, TABLE_READY);
	assert_int_equal(get(tables, 1, fd, false)->state, TABLE_KNOWN);
	close(fd);
	tables_close(tables);
}

/* More files than the program has places for, of which none is used. */
static void no_more_files_than_places(void **state)
{
	struct tables *tables;
	struct table_file file = { .fd = -1 };
	struct table *table;

	assert_int_equal(tables_open(&plain, MEM_MAX, NULL, &tables), 0);
	for (; file.key < UNWIND_FILES - 1; file.key++)
		assert_int_equal(tables_get(tables, &file, false, &table), 0);
	assert_int_equal(tables_get(tables, &file, false, &table), -ENOSPC);
	assert_null(table);
	tables_close(tables);
}

static void a_file_that_cannot_be_duplicated_is_an_error(void **state)
{
	const struct table_file file = { .key = 1, .fd = 99999 };
	struct tables *tables;
	struct table *table;

	assert_int_equal(tables_open(&plain, MEM_MAX, NULL, &tables), 0);
	assert_int_equal(tables_get(tables, &file, true, &table), -EBADF);
	tables_close(tables);
	tables_close(NULL);
}

/* They are walked here, by copies of the stacks, and that is counted. */
static void rows_that_the_program_cannot_have_are_pending_for_it(void **state)
{
	static const int refusals[] = { 0, EPERM, ENOMEM };
	int fd = open_libc();

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		const struct kernel_tables *kernel = fake_kernel_open();
		struct tables_totals totals;
		struct unwind_file file;
		struct unwind_row row;
		struct tables *tables;
		struct table *table;

		assert_int_equal(tables_open(kernel, MEM_MAX, NULL, &tables), 0);
		fake_kernel.refuse = refusals[i];
		table = get(tables, 1, fd, true);
		assert_true(tables_wait(tables, WAIT_MS));
		assert_int_equal(tables_find(tables, table, 0x100, &row), TABLE_READY);
		fake_read(kernel->files, table->file_id, &file, sizeof(file));
		assert_int_equal(file.page_cnt,
				 refusals[i] ? UNWIND_FILE_PENDING : table->page_cnt);
		tables_totals(tables, &totals);
		assert_int_equal(totals.unmapped, refusals[i] ? 1 : 0);
		assert_int_equal(totals.map_err, -refusals[i]);
		tables_close(tables);
		fake_kernel_close();
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_further_file_is_the_reason),
		cmocka_unit_test(a_table_says_what_the_file_says),
		cmocka_unit_test(whoever_waits_is_woken),
		cmocka_unit_test(a_wait_ends_after_its_time),
		cmocka_unit_test(nobody_waits_for_another_ones_files),
		cmocka_unit_test(who_gives_way_has_more_time),
		cmocka_unit_test(a_file_without_a_table_says_why),
		cmocka_unit_test(an_image_is_as_good_as_a_file),
		cmocka_unit_test(the_oldest_without_users_makes_room),
		cmocka_unit_test(no_more_files_than_places),
		cmocka_unit_test(a_file_that_cannot_be_duplicated_is_an_error),
		cmocka_unit_test(rows_that_the_program_cannot_have_are_pending_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
