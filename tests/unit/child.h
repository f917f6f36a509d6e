/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * child.h - a child that runs one of the programs of tests/fixtures, and says where its
 * functions are.
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_CHILD_H
#define TESTS_UNIT_CHILD_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
	pid_t pid;
	int in; /* closing it ends the child */
	FILE *out;
};

static inline struct child start(const char *path)
{
	int in[2], out[2];
	struct child child;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	child.pid = fork();
	if (!child.pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execl(path, path, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	child.in = in[1];
	child.out = fdopen(out[0], "r");
	return child;
}

static inline void end(struct child *child)
{
	close(child->in);
	fclose(child->out);
	waitpid(child->pid, NULL, 0);
}

#define MAX_FUNCTIONS 16

struct known {
	char name[64];
	uint64_t ip;
};

/* The functions that shapes.c prints. */
static inline size_t read_known(struct child *child, struct known *known)
{
	size_t cnt = 0;
	char line[128];

	while (cnt < MAX_FUNCTIONS && fgets(line, sizeof(line), child->out) &&
	       sscanf(line, "%63s %lx", known[cnt].name, &known[cnt].ip) == 2)
		cnt++;
	return cnt;
}

#endif /* TESTS_UNIT_CHILD_H */
