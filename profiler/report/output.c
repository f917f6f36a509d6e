// SPDX-License-Identifier: BSD-2-Clause
/* output.c - see output.h. */
#include "profiler/report/output.h"

#include <errno.h>
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
		{ EACCES,
		  " (choose a folder that you can write; others' pipes in /tmp are not used)" },
		{ EROFS, " (choose another file system)" },
		{ EISDIR, " (name a file in it)" },
		{ ENOSPC, " (see df; choose another file system)" },
		{ EDQUOT, " (see quota)" },
		{ EFBIG, " (see ulimit -f)" },
		{ EMFILE, " (see ulimit -n)" },
		{ EBADF, " (it is not open for writing)" },
		{ EPIPE, " (its reader has gone)" },
		{ EBUSY, " (it is a mount of its own; name a file in a folder that is mounted)" },
		{ EPERM, " (what is in its place may not be replaced: see ls -l, lsattr)" },
		{ ENXIO, " (a socket, or a device that is not there)" },
		{ ECHILD, " (the process that opens outputs has ended)" },
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

/* Start a writer of FILES, and say of each why it cannot be written. */
static int start_writer(const struct writer_file *files, size_t cnt, struct writer **out)
{
	int *errs = calloc(cnt + 1, sizeof(*errs)), err;
	bool has_said = false;

	*out = NULL;
	err = errs ? writer_start(files, cnt, out, errs) : -ENOMEM;
	for (size_t i = 0; i < cnt && errs; i++) {
		if (errs[i])
			fail(files[i].path, errs[i]);
		has_said |= errs[i] != 0;
	}
	if (err && !has_said)
		log_error("cannot prepare to write: %s", strerror(-err));
	free(errs);
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
			files[i] = (struct writer_file){ .path = list->specs[i].path,
							 .keep_old = list->specs[i].keep_old,
							 .check = true };
		else
			files[i] = more[i - list->cnt];
	}
	err = start_writer(files, cnt, out);
	free(files);
	return err;
}

int output_open(struct writer *writer, size_t file, const char *path, struct output *out)
{
	int fd, err;

	*out = (struct output){ .path = path, .writer = writer, .file = file };
	if (writer_waits(writer, file))
		log_warn("%s is written to when something reads it (Ctrl-C gives up)", path);
	err = writer_open(writer, file, &fd);
	if (err)
		return fail(path, err);
	out->f = fdopen(fd, "w");
	err = out->f ? 0 : -errno;
	if (!err && isatty(fd)) {
		out->terminal = out->f;
		out->f = open_memstream(&out->text, &out->len);
		err = out->f ? 0 : -errno;
	} else if (err) {
		close(fd);
	}
	if (!err)
		return 0;
	output_discard(out);
	return fail(path, err);
}

/* Names in profiles are those of programs that anybody runs. */
static int close_files(struct output *out)
{
	int err = out->f && fclose(out->f) ? -errno : 0;

	out->f = NULL;
	if (out->terminal) {
		log_put_bytes(out->text, out->len, out->terminal);
		err = fclose(out->terminal) && !err ? -errno : err;
	}
	out->terminal = NULL;
	free(out->text);
	out->text = NULL;
	return err;
}

int output_commit(struct output *out, int err)
{
	int close_err = close_files(out);

	if (!err)
		err = close_err;
	if (!err)
		err = writer_commit(out->writer, out->file);
	if (err) {
		fail(out->path, err);
		output_discard(out);
	} else if (!writer_is_own(out->writer, out->file)) {
		log_print(LOG_NORMAL, "wrote %s", out->path);
	}
	return err;
}

void output_discard(struct output *out)
{
	close_files(out);
	if (out->writer)
		writer_discard(out->writer, out->file);
	*out = (struct output){ 0 };
}
