// SPDX-License-Identifier: BSD-2-Clause
/* parser.c - see parser.h. */
#include "profiler/parsing/parser.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/clock.h"
#include "profiler/parsing/answer_code.h"
#include "profiler/parsing/effort.h"
#include "profiler/parsing/protocol.h"
#include "profiler/parsing/talk.h"
#include "symbolize/limits.h"
#include "symbolize/process/perf_map.h"

#define NAMES_CPU_MS	 30000 /* of a file; LLVM's library with 100,000 inlined calls takes a third */
#define SYMBOLS_CPU_MS	 5000 /* of its symbols alone */
#define LAST_CPU_MS	 500  /* of them, when the report is to end */
#define HEADERS_CPU_MS	 500
#define HEADERS_STUCK_MS 60   /* samples wait meanwhile; what is in no cache of ours comes in 10 */
#define ROWS_CPU_MS	 5000 /* of its unwind rows; the largest of 3,244 files took a tenth */
#define ATTACH_CPU_MS	 50   /* to look into a process's memory; it takes one */
#define MEMORY_MAX	 ((size_t)512 << 20)
#define ROOM_FIRST	 ((size_t)256 << 10) /* bytes of the answers to a file, and to each question */
#define ROOM_A_QUESTION	 ((size_t)2 << 10)
#define IDLE_MS		 1000
#define OPENS_MAX	 65536 /* files that a file names: a browser has 30,000 .dwo */

struct parser {
	const struct symbolizer_opts *opts; /* whose questions are being answered */
	const struct name_source *source;
	size_t opens;
	bool told_too_large, told_too_costly; /* of this source */
	const struct effort *effort;	      /* for the file whose rows are read */
	atomic_bool cancelled;		      /* by another thread */
	struct talk talk;		      /* it ends in a message */
};

/* Files that the parser asks for */

/* Those that came with a message are foreign files: they are the opener's to close. */
static void close_files(struct parser *p)
{
	struct message *m = &p->talk.m;

	for (size_t i = 0; i < m->file_cnt; i++)
		opener_close(p->opts->debug.opener, m->files[i]);
	m->file_cnt = 0;
}

static int open_named(struct parser *p, int *fd)
{
	char path[PATH_MAX];
	int err;

	if (p->talk.m.len >= sizeof(path) || ++p->opens > OPENS_MAX)
		return -ENAMETOOLONG;
	memcpy(path, p->talk.m.bytes, p->talk.m.len);
	path[p->talk.m.len] = '\0';
	err = opener_open(p->opts->debug.opener, path, fd);
	if (err == -ETIMEDOUT) /* others of it may wait, too */
		p->opens = OPENS_MAX;
	return err;
}

/* Of the file that the parser reads: it cannot have anything else be told to a server. */
static int fetch(struct parser *p, int *fd)
{
	const struct debuginfo_opts *debug = &p->opts->debug;

	if (!debug->fetch || ++p->opens > OPENS_MAX)
		return -EPROTO;
	return debug->fetch(debug->fetch_ctx, p->source->fd, fd);
}

static int give_file(struct parser *p)
{
	int32_t answer;
	int fd = -1, err;

	answer = p->talk.m.kind == PROTOCOL_OPEN ? open_named(p, &fd) : fetch(p, &fd);
	close_files(p);
	if (!answer) {
		p->talk.m.files[0] = fd;
		p->talk.m.file_cnt = 1;
	}
	err = talk_say(&p->talk, PROTOCOL_FILE, &answer, sizeof(answer));
	if (fd >= 0)
		opener_close(p->opts->debug.opener, fd);
	return err;
}

static int give_path(struct parser *p)
{
	char path[PATH_MAX] = "";
	int err = p->talk.m.file_cnt == 1 ? 0 : -EPROTO;

	if (!err && opener_path_of(p->opts->debug.opener, p->talk.m.files[0], path))
		path[0] = '\0';
	close_files(p);
	return err ? err : talk_say(&p->talk, PROTOCOL_PATH, path, strlen(path));
}

static int tell_progress(const struct parser *p)
{
	const struct symbolizer_opts *opts = p->opts;
	struct protocol_progress progress;

	if (p->talk.m.len != sizeof(progress))
		return -EPROTO;
	memcpy(&progress, p->talk.m.bytes, sizeof(progress));
	if (opts->progress)
		opts->progress(opts->callback_ctx, p->source->module, progress.done,
			       progress.total);
	return 0;
}

/* Once of a source, however often a parser says it. */
static void tell_too_large(struct parser *p)
{
	if (p->opts->too_large && !p->told_too_large)
		p->opts->too_large(p->opts->callback_ctx, p->source->module);
	p->told_too_large = true;
}

static void tell_too_costly(struct parser *p)
{
	if (p->opts->too_costly && !p->told_too_costly)
		p->opts->too_costly(p->opts->callback_ctx, p->source->module);
	p->told_too_costly = true;
}

/* Names */

static int send_request(struct parser *p, const struct protocol_names *wanted)
{
	const char *module = p->source->module ? p->source->module : "";
	size_t len = strnlen(module, PATH_MAX);

	memcpy(p->talk.m.bytes, wanted, sizeof(*wanted));
	memcpy(p->talk.m.bytes + sizeof(*wanted), module, len);
	if (wanted->is_generated) {
		perf_map_refresh(p->source->perf_map); /* it may have been written since */
		p->talk.m.file_cnt =
			perf_map_fds(p->source->perf_map, p->talk.m.files, MESSAGE_FILES);
	} else {
		p->talk.m.files[0] = p->source->fd;
		p->talk.m.file_cnt = 1;
	}
	return talk_say(&p->talk, PROTOCOL_NAMES, NULL, sizeof(*wanted) + len);
}

static int send_questions(struct parser *p, struct question *const *questions, size_t cnt)
{
	const size_t most = MESSAGE_SIZE / sizeof(struct protocol_question);
	int err = 0;

	for (size_t at = 0, part; at < cnt && !err; at += part) {
		part = cnt - at < most ? cnt - at : most;
		for (size_t i = 0; i < part; i++) {
			const struct protocol_question q = { questions[at + i]->value,
							     questions[at + i]->is_vaddr };

			memcpy(p->talk.m.bytes + i * sizeof(q), &q, sizeof(q));
		}
		err = talk_say(&p->talk, PROTOCOL_QUESTIONS, NULL,
			       part * sizeof(struct protocol_question));
	}
	return err;
}

static int take_done(const struct parser *p, struct protocol_done *done)
{
	if (p->talk.m.len != sizeof(*done))
		return -EPROTO;
	memcpy(done, p->talk.m.bytes, sizeof(*done));
	return talk_error(done->err);
}

/* What was said does not matter any more when DONE is heard: *IS_DONE. */
static int take_message(struct parser *p, struct answer_decoder *d, bool *is_done)
{
	struct protocol_done done;

	switch (p->talk.m.kind) {
	case PROTOCOL_ANSWERS:
		return answer_decode(d, p->talk.m.bytes, p->talk.m.len);
	case PROTOCOL_OPEN:
	case PROTOCOL_FETCH:
		return give_file(p);
	case PROTOCOL_PATH_OF:
		return give_path(p);
	case PROTOCOL_PROGRESS:
		return tell_progress(p);
	case PROTOCOL_TOO_LARGE:
		tell_too_large(p);
		return 0;
	case PROTOCOL_TOO_COSTLY:
		tell_too_costly(p);
		return 0;
	case PROTOCOL_DONE:
		*is_done = true;
		return take_done(p, &done);
	default:
		return -EPROTO;
	}
}

/* What is begun when the report is to end has its symbols, if they are soon read. */
static int begin_watch(struct parser *p, bool no_inlines)
{
	bool is_late = symbolizer_is_over(p->opts);
	int64_t cpu_ms = is_late ? LAST_CPU_MS : no_inlines ? SYMBOLS_CPU_MS : NAMES_CPU_MS;
	int err;

	if (p->opts->try_ms && p->opts->try_ms < cpu_ms)
		cpu_ms = p->opts->try_ms;
	err = watch_begin(&p->talk.watch, p->talk.pid, cpu_ms, MEMORY_MAX);

	if (!err && !is_late) {
		p->talk.watch.stop = p->opts->is_over;
		p->talk.watch.stop_ctx = p->opts->callback_ctx;
	}
	return err;
}

static int ask_names(struct parser *p, const struct protocol_names *wanted,
		     struct question *const *questions, struct answer_decoder *d)
{
	bool is_done = false;
	int err = talk_start(&p->talk);

	if (!err)
		err = begin_watch(p, wanted->no_inlines);
	if (!err)
		err = send_request(p, wanted);
	if (!err)
		err = send_questions(p, questions, wanted->cnt);
	while (!err && !is_done) {
		err = talk_hear(&p->talk);
		if (!err)
			err = take_message(p, d, &is_done);
		close_files(p);
	}
	if (!is_done)
		talk_stop(&p->talk);
	return err;
}

/* What is not answered, or was before it failed, has no name. */
static void reset(struct sym_answer **answers, size_t cnt, enum sym_reason reason)
{
	for (size_t i = 0; i < cnt; i++)
		*answers[i] = (struct sym_answer){ .module = answers[i]->module, .reason = reason };
}

/* Has the file taken what it may while others wait, and no more? */
static bool is_to_be_tried_again(const struct parser *p, int err)
{
	return err == -ETIME && p->opts->try_ms && !symbolizer_is_over(p->opts);
}

static int ask_twice(struct parser *p, struct protocol_names *wanted, struct arena *arena,
		     struct question *const *questions, struct sym_answer **answers)
{
	size_t room = ROOM_FIRST + wanted->cnt * ROOM_A_QUESTION;
	int err = 0;

	for (;;) {
		struct answer_decoder d = {
			.arena = arena,
			.answers = answers,
			.cnt = wanted->cnt,
			.room = room,
		};

		reset(answers, wanted->cnt, SYM_TOO_COSTLY);
		err = ask_names(p, wanted, questions, &d);
		answer_decoder_fini(&d);
		if (!err || err == -ENOMEM || err == -ETIMEDOUT || wanted->no_inlines ||
		    is_to_be_tried_again(p, err))
			break;
		if (err != -ECANCELED)
			tell_too_costly(p);
		wanted->no_inlines = true;
	}
	return err;
}

int parser_resolve(void *ctx, const struct symbolizer_opts *opts, struct arena *arena,
		   struct name_source *source, struct question *const *questions, size_t cnt)
{
	struct parser *p = ctx;
	struct sym_answer **answers = calloc(cnt, sizeof(*answers));
	struct protocol_names wanted = {
		.cnt = cnt,
		.dwarf_per_address = opts->dwarf_per_address,
		.dwarf_mem = opts->dwarf_mem,
		.is_generated = source->kind == NAMED_BY_JIT,
		.no_demangle = opts->no_demangle,
		.params = opts->params,
		.no_inlines = opts->no_inlines,
		.no_lines = opts->no_lines,
		.can_fetch = opts->debug.fetch != NULL,
	};
	int err;

	if (!answers)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++)
		answers[i] = &questions[i]->answer;
	p->opts = opts;
	p->source = source;
	p->opens = 0;
	p->told_too_large = p->told_too_costly = false;
	err = ask_twice(p, &wanted, arena, questions, answers);
	if (err && err != -ENOMEM && !is_to_be_tried_again(p, err)) {
		reset(answers, cnt, symbolizer_is_over(opts) ? SYM_NO_TIME : SYM_TOO_COSTLY);
		err = 0;
	}
	free(answers);
	return err;
}

/* Headers */

static int take_headers(const struct parser *p, struct elf_headers *out)
{
	struct protocol_headers answer;
	size_t size;

	if (p->talk.m.kind != PROTOCOL_HEADERS || p->talk.m.len < sizeof(answer))
		return -EPROTO;
	memcpy(&answer, p->talk.m.bytes, sizeof(answer));
	if (answer.err)
		return talk_error(answer.err);
	size = answer.segment_cnt * sizeof(*out->segments);
	if (answer.segment_cnt > ELF_HEADERS_SEGMENTS || answer.build_id_len > ELF_BUILD_ID_MAX ||
	    p->talk.m.len != sizeof(answer) + size)
		return -EPROTO;
	out->segments = malloc(size + 1);
	if (!out->segments)
		return -ENOMEM;
	memcpy(out->segments, p->talk.m.bytes + sizeof(answer), size);
	out->segment_cnt = answer.segment_cnt;
	memcpy(out->build_id, answer.build_id, sizeof(out->build_id));
	out->build_id_len = answer.build_id_len;
	return 0;
}

int parser_read_headers(void *ctx, int fd, struct elf_headers *out)
{
	struct parser *p = ctx;
	int err = talk_start(&p->talk);

	*out = (struct elf_headers){ 0 };
	if (!err)
		err = watch_begin(&p->talk.watch, p->talk.pid, HEADERS_CPU_MS, MEMORY_MAX);
	p->talk.watch.stuck_ms = HEADERS_STUCK_MS;
	p->talk.m.files[0] = fd;
	p->talk.m.file_cnt = 1;
	if (!err)
		err = talk_say(&p->talk, PROTOCOL_HEADERS, NULL, 0);
	if (!err)
		err = talk_hear_bytes(&p->talk);
	if (err) {
		talk_stop(&p->talk);
		return err;
	}
	err = take_headers(p, out);
	if (err == -EPROTO)
		talk_stop(&p->talk);
	return err;
}

/* Unwind rows */

static bool is_cancelled(void *ctx)
{
	struct parser *p = ctx;
	const struct effort *effort = p->effort;

	return atomic_load(&p->cancelled) || (effort->is_over && effort->is_over(effort->ctx));
}

_Static_assert(offsetof(struct parser, talk.m.bytes) % _Alignof(struct ehframe_row) == 0,
	       "rows can be read where they are");

static int take_rows(const struct parser *p, const struct ehframe_sink *sink, size_t *row_cnt,
		     uint64_t *last)
{
	const struct ehframe_row *rows =
		(const void *)p->talk.m.bytes; /* a copy costs as much again */
	size_t cnt = p->talk.m.len / sizeof(*rows);

	if (p->talk.m.len % sizeof(*rows) || !cnt || *row_cnt + cnt > LIMIT_ROWS)
		return -EPROTO;
	for (size_t i = 0; i < cnt; i++) {
		if (rows[i].cfa >= EHFRAME_CFA_CNT || rows[i].fp >= EHFRAME_FP_CNT ||
		    (*row_cnt + i && rows[i].vaddr <= *last))
			return -EPROTO;
		*last = rows[i].vaddr;
	}
	*row_cnt += cnt;
	return sink->rows(sink->ctx, rows, cnt);
}

int parser_load_rows(void *ctx, int fd, const struct effort *effort,
		     const struct ehframe_sink *sink, struct ehframe_table **out,
		     struct interpreter_file *interpreter)
{
	struct parser *p = ctx;
	struct protocol_done done = { 0 };
	bool is_done = false;
	size_t row_cnt = 0;
	uint64_t last = 0;
	int err = talk_start(&p->talk);

	*out = NULL;
	if (!err)
		err = watch_begin(&p->talk.watch, p->talk.pid, ROWS_CPU_MS, MEMORY_MAX);
	p->effort = effort;
	p->talk.watch.stop = is_cancelled;
	p->talk.watch.stop_ctx = p;
	p->talk.m.files[0] = fd;
	p->talk.m.file_cnt = 1;
	if (!err)
		err = talk_say(&p->talk, PROTOCOL_ROWS, NULL, 0);
	while (!err && !is_done) {
		err = talk_hear_bytes(&p->talk);
		if (err)
			break;
		is_done = p->talk.m.kind == PROTOCOL_DONE;
		if (is_done)
			err = take_done(p, &done);
		else
			err = p->talk.m.kind == PROTOCOL_TABLE_ROWS
				      ? take_rows(p, sink, &row_cnt, &last)
				      : -EPROTO;
	}
	if (!is_done)
		talk_stop(&p->talk);
	else if (interpreter_plug(done.interpreter.kind))
		*interpreter = done.interpreter;
	if (err)
		return err;
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->row_cnt = row_cnt;
	(*out)->fde_cnt = done.fde_cnt;
	(*out)->bad_cnt = done.bad_cnt;
	(*out)->debug_frame = done.debug_frame;
	return 0;
}

/* Interpreters */

static int take_attached(const struct parser *p, struct interpreter *out)
{
	struct protocol_attached answer;

	if (p->talk.m.kind != PROTOCOL_ATTACHED || p->talk.m.len != sizeof(answer))
		return -EPROTO;
	memcpy(&answer, p->talk.m.bytes, sizeof(answer));
	if (answer.err)
		return talk_error(answer.err);
	*out = answer.interpreter;
	return interpreter_plug(out->kind) ? 0 : -EPROTO;
}

int parser_attach(void *ctx, int memory, const struct interpreter_file *file, uint64_t bias,
		  struct interpreter *out)
{
	const struct protocol_attach wanted = { *file, bias };
	struct parser *p = ctx;
	int err = talk_start(&p->talk);

	if (!err)
		err = watch_begin(&p->talk.watch, p->talk.pid, ATTACH_CPU_MS, MEMORY_MAX);
	p->talk.watch.stuck_ms = HEADERS_STUCK_MS;
	p->talk.m.files[0] = memory;
	p->talk.m.file_cnt = 1;
	if (!err)
		err = talk_say(&p->talk, PROTOCOL_ATTACH, &wanted, sizeof(wanted));
	if (!err)
		err = talk_hear_bytes(&p->talk);
	if (err) {
		talk_stop(&p->talk);
		return err;
	}
	err = take_attached(p, out);
	if (err == -EPROTO)
		talk_stop(&p->talk);
	return err;
}

void parser_rest(void *ctx)
{
	struct parser *p = ctx;

	talk_stop(&p->talk);
}

void parser_rest_if_idle(struct parser *p)
{
	if (p->talk.socket >= 0 && now_ms() - p->talk.watch.looked_ms > IDLE_MS)
		talk_stop(&p->talk);
}

void parser_cancel(void *ctx)
{
	struct parser *p = ctx;

	atomic_store(&p->cancelled, true);
}

/* Life */

int parser_open(struct zygote *zygote, struct parser **out)
{
	*out = message_owner_alloc(sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->talk.zygote = zygote;
	(*out)->talk.socket = -1;
	return 0;
}

void parser_close(struct parser *p)
{
	if (!p)
		return;
	talk_stop(&p->talk);
	free(p);
}
