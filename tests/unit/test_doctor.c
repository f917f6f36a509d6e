// SPDX-License-Identifier: BSD-2-Clause
/* What `wick doctor` says, of this machine and of this process; whatever it finds. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/commands/commands.h"
#include "tests/unit/row.h"

/* The status of `wick doctor` in a process of its own, which gives up its privileges. */
static int run(char **words, int argc, char *said, size_t said_size)
{
	FILE *out = tmpfile();
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(out), STDERR_FILENO);
		exit(command_doctor(argc, words));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	rewind(out);
	said[fread(said, 1, said_size - 1, out)] = '\0';
	fclose(out);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void every_check_has_a_verdict(void **state)
{
	static const char *const checks[] = { "kernel names", "sampling rate", "debug files",
					      "confinement" };
	char *words[] = { (char *)"doctor", NULL };
	char said[65536];

	assert_in_range(run(words, 1, said, sizeof(said)), EXIT_SUCCESS, EXIT_FAILURE);
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		char *line = strstr(said, checks[i]);

		ROW_TRUE(checks[i], line);
		while (line > said && line[-1] != '\n')
			line--;
		ROW_TRUE(checks[i], !strncmp(line, "ok", 2) || !strncmp(line, "note", 4) ||
					    !strncmp(line, "FAIL", 4));
	}
}

static void each_mapping_of_a_process_is_listed(void **state)
{
	char pid[16], said[65536];
	char *words[] = { (char *)"doctor", (char *)"-p", pid, NULL };

	snprintf(pid, sizeof(pid), "%d", getpid());
	assert_int_equal(run(words, 3, said, sizeof(said)), EXIT_SUCCESS);
	assert_non_null(strstr(said, "test_doctor"));
	assert_non_null(strstr(said, "libc.so"));
	assert_non_null(strstr(said, ".eh_frame, "));
	snprintf(pid, sizeof(pid), "%d", INT32_MAX);
	assert_int_equal(run(words, 3, said, sizeof(said)), EXIT_FAILURE);
	assert_non_null(strstr(said, "no process 2147483647"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_check_has_a_verdict),
		cmocka_unit_test(each_mapping_of_a_process_is_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
