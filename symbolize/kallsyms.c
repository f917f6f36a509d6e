// SPDX-License-Identifier: BSD-2-Clause
/* kallsyms.c - see kallsyms.h. */
#include "symbolize/kallsyms.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolize/demangle.h"
#include "symbolize/query.h"
#include "symbolize/symtab_text.h"

#define FIRST_TEXT	(8u << 20) /* bytes; a distribution's kernel has about 10 MiB */
#define KERNEL_NAME_MAX 1024	   /* bytes; KSYM_NAME_LEN is 512, and a module's 64 */

struct kallsyms_batch {
	const struct symbolizer_opts *opts;
	struct arena *arena;
	struct sym_answer **answers;
	size_t cnt;
};

static int refuse_all(const struct kallsyms_batch *b, enum sym_reason reason)
{
	for (size_t i = 0; i < b->cnt; i++)
		b->answers[i]->reason = reason;
	return 0;
}

/* Read FD to its end, into memory with a NUL behind it. */
static int read_all(int fd, char **out, size_t *len)
{
	size_t cap = FIRST_TEXT, done = 0;
	char *text = malloc(cap + 1);
	ssize_t got = 1;
	int err = text ? 0 : -ENOMEM;

	while (!err && got > 0) {
		if (done == cap) {
			char *bigger = realloc(text, 2 * cap + 1);

			if (!bigger) {
				err = -ENOMEM;
				break;
			}
			text = bigger;
			cap *= 2;
		}
		got = read(fd, text + done, cap - done);
		if (got < 0)
			err = -errno;
		else
			done += (size_t)got;
	}
	if (err) {
		free(text);
		return err;
	}
	text[done] = '\0';
	*out = text;
	*len = done;
	return 0;
}

static int read_text(const char *path, char **out, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	*out = NULL;
	*len = 0;
	if (fd < 0)
		return -errno;
	err = read_all(fd, out, len);
	close(fd);
	return err;
}

/* Take the frame, and the module if there is one, from TEXT: "name" or "name [module]". */
static int set_name(const struct kallsyms_batch *b, struct sym_answer *answer, const char *text)
{
	const char *bracket = strstr(text, " [");
	struct sym_frame *frame = arena_alloc(b->arena, sizeof(*frame));
	size_t len = bracket ? (size_t)(bracket - text) : strlen(text);
	char name[KERNEL_NAME_MAX];

	if (!frame)
		return -ENOMEM;
	if (len >= sizeof(name))
		len = sizeof(name) - 1;
	memcpy(name, text, len);
	name[len] = '\0';
	if (bracket) {
		bracket += 2;
		answer->module = arena_copy(b->arena, bracket, strcspn(bracket, "]"));
		if (!answer->module)
			return -ENOMEM;
	}
	frame->kind = SYM_KERNEL;
	frame->name = demangle_for(b->opts, b->arena, name);
	if (!frame->name)
		return -ENOMEM;
	answer->reason = SYM_NAMED;
	answer->frames = frame;
	answer->frame_cnt = 1;
	return 0;
}

static int new_query(const struct kallsyms_batch *b, struct query **out)
{
	uint64_t *ips = calloc(b->cnt, sizeof(*ips));
	int err;

	*out = NULL;
	if (!ips)
		return -ENOMEM;
	for (size_t i = 0; i < b->cnt; i++)
		ips[i] = b->answers[i]->vaddr;
	err = query_new(ips, b->cnt, out);
	free(ips);
	return err;
}

static int hand_out(const struct kallsyms_batch *b, const struct query *q)
{
	int err = 0;

	for (size_t i = 0; i < b->cnt && !err; i++) {
		const struct query_sym *sym = query_find(q, b->answers[i]->vaddr);

		if (!sym)
			continue;
		b->answers[i]->sym_off = b->answers[i]->vaddr - sym->start;
		err = set_name(b, b->answers[i], sym->name);
	}
	return err;
}

static int answer_by_text(const struct kallsyms_batch *b, const char *path)
{
	struct query *q = NULL;
	char *text;
	size_t len;
	int err;

	err = read_text(path, &text, &len);
	if (err)
		return err == -ENOMEM ? err : refuse_all(b, SYM_DENIED);
	err = new_query(b, &q);
	if (err) {
		free(text);
		return err;
	}
	err = symtab_offer_kallsyms(text, len, q);
	if (err && err != -ENOMEM) {
		err = refuse_all(b, SYM_DENIED);
	} else if (!err) {
		err = query_finish(q);
		if (!err)
			err = hand_out(b, q);
	}
	query_free(q);
	return err;
}

/*
 * Ask the caller's look-up until it fails, and leave the answers that are still open in B.
 * -EACCES if nobody may know the addresses.
 */
static int answer_by_caller(struct kallsyms_batch *b)
{
	char name[KERNEL_NAME_MAX];
	int err;

	while (b->opts->kernel_name && b->cnt) {
		struct sym_answer *answer = b->answers[0];

		err = b->opts->kernel_name(b->opts->kernel_ctx, answer->vaddr, name, sizeof(name));
		if (err == -EACCES)
			return err;
		if (err && err != -ENOENT)
			return 0;
		if (!err)
			err = set_name(b, answer, name);
		if (err == -ENOMEM)
			return err;
		b->answers++;
		b->cnt--;
	}
	return 0;
}

int kallsyms_answer(const struct symbolizer_opts *opts, struct arena *arena, const char *path,
		    struct sym_answer **answers, size_t cnt)
{
	struct kallsyms_batch b = { opts, arena, answers, cnt };
	int err;

	refuse_all(&b, SYM_NO_SYMBOL);
	err = answer_by_caller(&b);
	if (err == -EACCES)
		return refuse_all(&b, SYM_DENIED);
	if (err || !b.cnt)
		return err;
	return answer_by_text(&b, path);
}
