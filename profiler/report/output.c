// SPDX-License-Identifier: BSD-2-Clause
/* output.c - see output.h. */
#include "profiler/report/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/log.h"

static bool is_stdout(const char *path)
{
	return !strcmp(path, "-");
}

static const char *remedy(int err)
{
	static const struct {
		int err;
		const char *text;
	} rows[] = {
		{ ENOENT, " (does its folder exist?)" },
		{ EACCES, " (choose a folder that you can write)" },
		{ EROFS, " (choose another file system)" },
		{ EISDIR, " (name a file in it)" },
		{ ENOSPC, " (see df; choose another file system)" },
		{ EDQUOT, " (see quota)" },
		{ EFBIG, " (see ulimit -f)" },
		{ EMFILE, " (see ulimit -n)" },
		{ EBADF, " (it is not open for writing)" },
		{ EPIPE, " (its reader has gone)" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].err == -err)
			return rows[i].text;
	}
	return "";
}

static int fail(const char *path, int err)
{
	log_error("cannot write %s: %s%s", is_stdout(path) ? "stdout" : path, strerror(-err),
		  remedy(err));
	return err;
}

/* True if stdout was closed when wick was started, see main(). */
static bool stdout_is_closed(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	return flags < 0 || (flags & O_ACCMODE) == O_RDONLY;
}

/* Start a writer for those of FILES that are not stdout. */
static int start_writer(struct writer_file *files, size_t cnt, struct writer **out)
{
	bool needed = false;
	size_t bad;
	int err;

	for (size_t i = 0; i < cnt; i++) {
		bool is_file = !is_stdout(files[i].path);

		if (!is_file && files[i].check && stdout_is_closed())
			return fail(files[i].path, -EBADF);
		files[i].check &= is_file;
		needed |= is_file;
	}
	if (!needed)
		return 0;
	err = writer_start(files, cnt, out, &bad);
	if (err && bad < cnt)
		fail(files[bad].path, err);
	else if (err)
		log_error("cannot prepare to write: %s", strerror(-err));
	return err;
}

int output_prepare(const struct output_list *list, const struct writer_file *more, size_t more_cnt,
		   struct writer **out)
{
	size_t cnt = list->cnt + more_cnt;
	struct writer_file *files = calloc(cnt + 1, sizeof(*files));
	int err;

	*out = NULL;
	if (!files) {
		log_error("cannot prepare to write: %s", strerror(ENOMEM));
		return -ENOMEM;
	}
	for (size_t i = 0; i < cnt; i++) {
		if (i < list->cnt)
			files[i] =
				(struct writer_file){ .path = list->specs[i].path, .check = true };
		else
			files[i] = more[i - list->cnt];
	}
	err = start_writer(files, cnt, out);
	free(files);
	return err;
}

static int open_fd(struct output *out, int *fd)
{
	if (out->writer)
		return writer_open(out->writer, out->file, fd);
	*fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	return *fd < 0 ? -errno : 0;
}

int output_open(struct writer *writer, size_t file, const char *path, struct output *out)
{
	int fd, err;

	*out = (struct output){ .path = path, .file = file };
	if (!is_stdout(path))
		out->writer = writer;
	err = open_fd(out, &fd);
	if (err)
		return fail(path, err);
	out->f = fdopen(fd, "w");
	if (out->f)
		return 0;
	err = -errno;
	close(fd);
	output_discard(out);
	return fail(path, err);
}

int output_commit(struct output *out, int err)
{
	if (fclose(out->f) && !err)
		err = -errno;
	out->f = NULL;
	if (!err && out->writer)
		err = writer_commit(out->writer, out->file);
	if (err) {
		fail(out->path, err);
		output_discard(out);
	}
	return err;
}

void output_discard(struct output *out)
{
	if (out->f)
		fclose(out->f);
	if (out->writer)
		writer_discard(out->writer, out->file);
	*out = (struct output){ 0 };
}
