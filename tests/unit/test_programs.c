// SPDX-License-Identifier: BSD-2-Clause
/* test_programs.c - programs of every shape, named after they ended. */
#include "tests/unit/row.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/asking.h"
#include "tests/unit/child.h"

static const struct symbolizer_opts plain = { .no_inlines = true };

static void names_programs_of_every_shape(void **state)
{
	static const char *const shapes[] = { "pie",	    "nopie",	 "static",
					      "static-pie", "debuglink", "build-id" };
	char path[4096], debug_root[4096];

	shape_path("debug", debug_root);
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		const struct symbolizer_opts opts = { .no_inlines = true,
						      .debug.root = debug_root };
		struct symbolizer *s = new_symbolizer(&opts);
		struct known known[MAX_FUNCTIONS];
		struct child child;
		struct process *p;
		char shape[64];
		size_t cnt;

		snprintf(shape, sizeof(shape), "shapes.%s", shapes[i]);
		child = start(shape_path(shape, path));
		cnt = read_known(&child, known);
		ROW_EQUAL(shape, cnt, 5);
		p = read_process(s, child.pid);
		/* The names outlive the process. */
		end(&child);
		for (size_t f = 0; f < cnt; f++) {
			expect(shape, answer_user(s, p, known[f].ip, false), known[f].name);
			expect(shape, answer_user(s, p, known[f].ip + 2, true), known[f].name);
		}
		symbolizer_free(s);
	}
}

static void says_that_a_program_is_stripped(void **state)
{
	const struct symbolizer_opts opts = { .no_inlines = true, .debug.root = "/nonexistent" };
	struct symbolizer *s = new_symbolizer(&opts);
	struct known known[MAX_FUNCTIONS];
	struct child child;
	struct process *p;
	char path[4096];

	child = start(shape_path("shapes.stripped", path));
	assert_int_equal(read_known(&child, known), 5);
	p = read_process(s, child.pid);
	end(&child);
	assert_int_equal(answer_user(s, p, known[0].ip, false)->reason, SYM_STRIPPED);
	symbolizer_free(s);
}

/* A debug file of another build must not be believed: not by its CRC, not by its build-id. */
static void distrusts_a_debug_file_that_does_not_match(void **state)
{
	static const char *const progs[] = { "shapes.debuglink", "shapes.build-id" };
	char dir[] = "/tmp/wick-link-XXXXXX", path[4096], command[20000], fixtures[4096];
	const struct symbolizer_opts opts = { .no_inlines = true, .debug.root = dir };

	assert_non_null(mkdtemp(dir));
	shape_path("", fixtures);
	snprintf(command, sizeof(command),
		 "cp '%s%s' '%s%s' %s && mkdir -p %s/.build-id/01 && "
		 "cp '%sshapes.nopie' %s/shapes.debug && "
		 "cp '%sshapes.nopie' %s/.build-id/01/23456789abcdef.debug",
		 fixtures, progs[0], fixtures, progs[1], dir, dir, fixtures, dir, fixtures, dir);
	assert_int_equal(system(command), 0);
	for (size_t i = 0; i < ARRAY_SIZE(progs); i++) {
		struct symbolizer *s = new_symbolizer(&opts);
		uint32_t id;

		snprintf(path, sizeof(path), "%s/%s", dir, progs[i]);
		assert_int_equal(symbolizer_ask_file(s, path, 0x401139, &id), 0);
		assert_int_equal(symbolizer_resolve(s), 0);
		ROW_EQUAL(progs[i], symbolizer_answer(s, id)->reason, SYM_STRIPPED);
		symbolizer_free(s);
	}
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

/* Only /proc/PID/map_files leads to a deleted file, and it asks for a capability. */
static bool may_read_map_files(void)
{
	char path[128], line[4096];
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long first, last;
	bool may = false;

	while (f && !may && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx", &first, &last) != 2)
			continue;
		snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", first, last);
		may = !access(path, R_OK);
	}
	if (f)
		fclose(f);
	return may;
}

static void names_a_program_that_was_deleted(void **state)
{
	char path[] = "/tmp/wick-deleted-XXXXXX", original[4096], command[8192];
	struct symbolizer *s = new_symbolizer(&plain);
	const struct sym_answer *answer;
	struct known known[MAX_FUNCTIONS];
	struct child child;
	struct process *p;

	close(mkstemp(path));
	snprintf(command, sizeof(command), "cp '%s' %s && chmod +x %s",
		 shape_path("shapes.pie", original), path, path);
	assert_int_equal(system(command), 0);
	child = start(path);
	assert_int_equal(read_known(&child, known), 5);
	/* A successor under the same name must not be taken for it. */
	snprintf(command, sizeof(command), "rm %s && cp /bin/true %s", path, path);
	assert_int_equal(system(command), 0);
	p = read_process(s, child.pid);
	end(&child);
	unlink(path);
	answer = answer_user(s, p, known[0].ip, false);
	if (may_read_map_files())
		expect("deleted", answer, known[0].name);
	else
		assert_int_equal(answer->reason, SYM_NO_FILE);
	assert_string_equal(answer->module, path);
	symbolizer_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_programs_of_every_shape),
		cmocka_unit_test(says_that_a_program_is_stripped),
		cmocka_unit_test(distrusts_a_debug_file_that_does_not_match),
		cmocka_unit_test(names_a_program_that_was_deleted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
