// SPDX-License-Identifier: BSD-2-Clause
/* The processes below one, of a real family: us, a child with a hostile name, and its child. */
#include "profiler/source/tree.h"
#include "tests/unit/row.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct kin {
	pid_t child, grandchild;
};

static void wait_for_the_end(int fd)
{
	char byte;

	while (read(fd, &byte, 1) > 0)
		;
	_exit(0);
}

/* Both end when END is closed. */
static struct kin start_family(int *end)
{
	int ends[2], ids[2];
	struct kin kin = { 0 };

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pipe(ids), 0);
	kin.child = fork();
	if (!kin.child) {
		close(ends[1]);
		prctl(PR_SET_NAME, "x) R 1 1 (y");
		kin.grandchild = fork();
		if (kin.grandchild && write(ids[1], &kin.grandchild, sizeof(pid_t)) < 0)
			_exit(1);
		wait_for_the_end(ends[0]);
	}
	assert_int_equal(read(ids[0], &kin.grandchild, sizeof(pid_t)), sizeof(pid_t));
	close(ends[0]);
	close(ids[0]);
	close(ids[1]);
	*end = ends[1];
	return kin;
}

static bool has(const struct id_list *list, pid_t id)
{
	for (size_t i = 0; i < list->cnt; i++) {
		if (list->ids[i] == id)
			return true;
	}
	return false;
}

static void a_family_is_found_whatever_its_names_are(void **state)
{
	int end;
	struct kin kin = start_family(&end);
	pid_t self = getpid();
	struct id_list family, root = { &self, 1 }, child = { &kin.child, 1 };

	assert_int_equal(tree_processes(&root, &family), 0);
	assert_true(has(&family, self) && has(&family, kin.child) && has(&family, kin.grandchild));
	assert_false(has(&family, getppid()));
	free(family.ids);
	assert_int_equal(tree_processes(&child, &family), 0);
	assert_int_equal(family.cnt, 2);
	assert_false(has(&family, self));
	free(family.ids);
	close(end);
	waitpid(kin.child, NULL, 0);
}

static void *stay(void *fd)
{
	char byte;

	return read(*(int *)fd, &byte, 1) ? NULL : fd;
}

static void all_threads_belong_to_it(void **state)
{
	int ends[2];
	pid_t self = getpid();
	struct id_list processes, threads, root = { &self, 1 };
	pthread_t thread;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pthread_create(&thread, NULL, stay, &ends[0]), 0);
	assert_int_equal(tree_processes(&root, &processes), 0);
	assert_int_equal(tree_threads(&root, &threads), 0);
	assert_int_equal(processes.cnt, 1);
	assert_int_equal(threads.cnt, 2);
	assert_true(has(&threads, self));
	free(processes.ids);
	free(threads.ids);
	close(ends[1]);
	pthread_join(thread, NULL);
	close(ends[0]);
}

static void what_does_not_exist_has_no_family(void **state)
{
	pid_t nobody = 1 << 22; /* the largest id there can be, and one */
	struct id_list family, root = { &nobody, 1 }, none = { 0 };

	assert_int_equal(tree_processes(&root, &family), 0);
	assert_int_equal(family.cnt, 0);
	free(family.ids);
	assert_int_equal(tree_threads(&none, &family), 0);
	assert_int_equal(family.cnt, 0);
	free(family.ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_family_is_found_whatever_its_names_are),
		cmocka_unit_test(all_threads_belong_to_it),
		cmocka_unit_test(what_does_not_exist_has_no_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
