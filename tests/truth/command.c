// SPDX-License-Identifier: BSD-2-Clause
/* command.c - see command.h. */
#include "tests/truth/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void command_end(struct command *command)
{
	if (!command->pid)
		return;
	kill(command->pid, SIGKILL);
	waitpid(command->pid, NULL, 0);
	command->pid = 0;
}

int command_start(struct command *command)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execvp(command->argv[0], command->argv);
		_exit(127);
	}
	command->pid = pid;
	return 0;
}

bool command_has_ended(struct command *command, const char *name)
{
	int status;

	if (waitpid(command->pid, &status, WNOHANG) != command->pid)
		return false;
	command->pid = 0;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	fprintf(stderr, "%s: the command failed (status 0x%x)\n", name, (unsigned int)status);
	command->failures++;
	return true;
}
