// SPDX-License-Identifier: BSD-2-Clause
/* output.c - see output.h. */
#include "profiler/output.h"
#include "profiler/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *path, int err)
{
	log_error("cannot write %s: %s", strcmp(path, "-") ? path : "stdout", strerror(-err));
	return err;
}

/* mkstemp() makes files for their owner only; an output is as public as umask says. */
static void apply_umask(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	fchmod(fd, 0666 & ~mask);
}

static int open_stream(int fd, struct output *out)
{
	int err;

	out->f = fdopen(fd, "w");
	if (out->f)
		return 0;
	err = -errno;
	close(fd);
	return err;
}

static int open_temporary(struct output *out)
{
	int fd, err;

	if (asprintf(&out->temporary, "%s.XXXXXX", out->path) < 0) {
		out->temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(out->temporary, O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		free(out->temporary);
		out->temporary = NULL;
		return err;
	}
	apply_umask(fd);
	err = open_stream(fd, out);
	if (err) {
		unlink(out->temporary);
		free(out->temporary);
		out->temporary = NULL;
	}
	return err;
}

static int open_direct(struct output *out)
{
	int fd = strcmp(out->path, "-") ? open(out->path, O_WRONLY | O_CLOEXEC)
					: fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return -errno;
	return open_stream(fd, out);
}

int output_open(const char *path, bool keep_old, struct output *out)
{
	struct stat st;
	bool direct = !strcmp(path, "-") || (!stat(path, &st) && !S_ISREG(st.st_mode));
	int err;

	*out = (struct output){ .path = path, .keep_old = keep_old };
	err = direct ? open_direct(out) : open_temporary(out);
	return err ? fail(path, err) : 0;
}

static int put_in_place(const struct output *out)
{
	char *old;
	int err = 0;

	if (out->keep_old) {
		if (asprintf(&old, "%s.old", out->path) < 0)
			return -ENOMEM;
		if (rename(out->path, old) && errno != ENOENT)
			err = -errno;
		free(old);
	}
	if (!err && rename(out->temporary, out->path))
		err = -errno;
	return err;
}

int output_commit(struct output *out, int err)
{
	if (fclose(out->f) && !err)
		err = -errno;
	out->f = NULL;
	if (!err && out->temporary)
		err = put_in_place(out);
	if (err) {
		fail(out->path, err);
		output_discard(out);
		return err;
	}
	free(out->temporary);
	out->temporary = NULL;
	return 0;
}

void output_discard(struct output *out)
{
	if (out->f)
		fclose(out->f);
	if (out->temporary) {
		unlink(out->temporary);
		free(out->temporary);
	}
	*out = (struct output){ 0 };
}
