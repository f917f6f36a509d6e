/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * python_child.h - a CPython that runs a script as the test's child, and its memory.
 *
 * PYTHON is the interpreter; python3 of the PATH if it is not set.
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_PYTHON_CHILD_H
#define TESTS_UNIT_PYTHON_CHILD_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/interpreters/plugs.h"
#include "symbolize/process/maps.h"

struct python {
	pid_t pid;
	int in; /* its standard input */
	FILE *out;
};

static inline const char *python_path(void)
{
	const char *path = getenv("PYTHON");

	return path ? path : "python3";
}

/* Run SCRIPT; false: there is no interpreter. */
static inline bool python_start(const char *script, struct python *out)
{
	int to[2], from[2];
	char word[16];

	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	out->pid = fork();
	if (!out->pid) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		setenv("PYTHONUTF8", "1", 1);
		execlp(python_path(), python_path(), "-u", "-S", "-c", script, (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	out->in = to[1];
	out->out = fdopen(from[0], "r");
	return fgets(word, sizeof(word), out->out) && !strcmp(word, "python\n");
}

static inline void python_end(struct python *python)
{
	close(python->in);
	fclose(python->out);
	kill(python->pid, SIGKILL);
	waitpid(python->pid, NULL, 0);
}

/* The address of what IMAGE, which is mapped from its beginning at START, has at vaddr 0. */
static inline uint64_t python_bias(const struct elf_image *image, uint64_t start)
{
	size_t cnt, i = 0;
	const Elf64_Phdr *segments = elf_image_segments(image, &cnt);

	while (i + 1 < cnt && segments[i].p_type != PT_LOAD)
		i++;
	return start - (segments[i].p_vaddr & ~4095ull);
}

/* The first mapped file that is an interpreter. */
static inline int python_find_file(const struct python *python, struct interpreter_file *file,
				   uint64_t *bias)
{
	char path[4096], line[4200];
	int err = -ENOENT;
	FILE *maps;

	*bias = 0;
	snprintf(path, sizeof(path), "/proc/%d/maps", python->pid);
	maps = fopen(path, "r");
	while (err == -ENOENT && fgets(line, sizeof(line), maps)) {
		struct elf_image *image = NULL;
		struct mapping m;
		int fd;

		if (maps_parse_line(line, strlen(line), &m) || !m.inode || m.off)
			continue;
		snprintf(path, sizeof(path), "%.*s", (int)m.path_len, m.path);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && !elf_image_open(fd, &image)) {
			err = interpreter_describe(image, file);
			*bias = python_bias(image, m.start);
		}
		elf_image_close(image);
		if (fd >= 0)
			close(fd);
	}
	fclose(maps);
	return err;
}

static inline int python_open_memory(const struct python *python)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", python->pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

#endif /* TESTS_UNIT_PYTHON_CHILD_H */
