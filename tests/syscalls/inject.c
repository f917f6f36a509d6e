// SPDX-License-Identifier: BSD-2-Clause
/*
 * inject.c - inject run COMMAND [ARG...]: what COMMAND becomes can be looked at.
 *            inject try PID COLUMN TABLE: each thread of PID against a column of the table.
 */
#include <dirent.h>

#include "tests/syscalls/table.h"

static int run(char **command)
{
	int err = inject_watch();

	if (err) {
		fprintf(stderr, "inject: cannot install a filter: %s\n", strerror(-err));
		return 77;
	}
	execvp(command[0], command);
	perror(command[0]);
	return 127;
}

static int try_thread(pid_t pid, pid_t tid, const char *column, const char *table)
{
	struct inject in;
	int wrong = inject_begin(pid, tid, &in), err;

	if (!wrong) {
		wrong = table_compare(&in, table, column);
		err = inject_end(&in);
		wrong = wrong ? wrong : err;
	}
	if (wrong < 0)
		fprintf(stderr, "inject: thread %d: %s\n", tid, strerror(-wrong));
	return wrong;
}

static int try_process(const char *pid, const char *column, const char *table)
{
	int cnt = 0, wrong = 0;
	struct dirent *entry;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		wrong |= try_thread((pid_t)atoi(pid), (pid_t)atoi(entry->d_name), column, table);
		cnt++;
	}
	if (dir)
		closedir(dir);
	printf("%d threads\n", cnt);
	return cnt && !wrong ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "run"))
		return run(argv + 2);
	if (argc == 5 && !strcmp(argv[1], "try"))
		return try_process(argv[2], argv[3], argv[4]);
	fprintf(stderr, "inject run COMMAND [ARG...] | try PID COLUMN TABLE\n");
	return 2;
}
