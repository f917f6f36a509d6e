// SPDX-License-Identifier: BSD-2-Clause
/* parser_process.c - see parser_process.h. */
#include "profiler/parsing/parser_process.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "profiler/clock.h"
#include "profiler/guard/message.h"
#include "profiler/guard/syscall_filter.h"
#include "profiler/parsing/answer_code.h"
#include "profiler/parsing/protocol.h"
#include "profiler/resident.h"
#include "symbolize/cfi/ehframe.h"
#include "symbolize/process/perf_map.h"
#include "symbolize/resolve.h"

#define PROGRESS_MS 100
#define DEBUG_ROOT  "/usr/lib/debug"

/* The lock is for what the threads that read DWARF say. */
struct parser_process {
	int socket;
	pthread_mutex_t lock;
	int64_t told_ms;
	struct message m;
};

/* What is asked of one file. */
struct names_request {
	struct protocol_names wanted;
	struct name_source source;
	struct arena arena;
	struct question *questions;
	struct question **list;
	size_t cnt;
};

static int say(struct parser_process *p, enum protocol_kind kind, const void *bytes, size_t len)
{
	p->m.kind = kind;
	p->m.len = len;
	p->m.file_cnt = 0;
	if (bytes)
		memcpy(p->m.bytes, bytes, len);
	return message_send(p->socket, &p->m, false);
}

/* Ask for the file that BYTES name. */
static int ask_file(struct parser_process *p, enum protocol_kind kind, const void *bytes,
		    size_t len, int *fd)
{
	int32_t answer = -EPROTO;
	int err = len <= MESSAGE_SIZE ? 0 : -ENAMETOOLONG;

	*fd = -1;
	pthread_mutex_lock(&p->lock);
	if (!err)
		err = say(p, kind, bytes, len);
	if (!err)
		err = message_receive(p->socket, &p->m);
	if (!err && p->m.kind == PROTOCOL_FILE && p->m.len == sizeof(answer))
		memcpy(&answer, p->m.bytes, sizeof(answer));
	if (!err)
		err = answer;
	if (!err && p->m.file_cnt != 1)
		err = -EMFILE;
	if (err)
		message_close_files(&p->m);
	else
		*fd = p->m.files[0];
	pthread_mutex_unlock(&p->lock);
	return err;
}

static int open_file(void *ctx, const char *path, int *fd)
{
	return ask_file(ctx, PROTOCOL_OPEN, path, strlen(path), fd);
}

static int path_of_file(void *ctx, int fd, char path[PATH_MAX])
{
	struct parser_process *p = ctx;
	int err;

	pthread_mutex_lock(&p->lock);
	p->m.kind = PROTOCOL_PATH_OF;
	p->m.len = 0;
	p->m.files[0] = fd;
	p->m.file_cnt = 1;
	err = message_send(p->socket, &p->m, false);
	if (!err)
		err = message_receive_bytes(p->socket, &p->m);
	if (!err && (p->m.kind != PROTOCOL_PATH || !p->m.len || p->m.len >= PATH_MAX))
		err = -ENODATA;
	if (!err) {
		memcpy(path, p->m.bytes, p->m.len);
		path[p->m.len] = '\0';
	}
	pthread_mutex_unlock(&p->lock);
	return err;
}

/* The asker knows which file it is. */
static int fetch_file(void *ctx, int file, int *fd)
{
	(void)file;
	return ask_file(ctx, PROTOCOL_FETCH, NULL, 0, fd);
}

static void tell_progress(void *ctx, const char *module, size_t done, size_t total)
{
	const struct protocol_progress progress = { done, total };
	struct parser_process *p = ctx;
	int64_t now = now_ms();

	(void)module;
	if (now - p->told_ms < PROGRESS_MS)
		return;
	pthread_mutex_lock(&p->lock);
	p->told_ms = now;
	say(p, PROTOCOL_PROGRESS, &progress, sizeof(progress));
	pthread_mutex_unlock(&p->lock);
}

static void tell(struct parser_process *p, enum protocol_kind kind)
{
	pthread_mutex_lock(&p->lock);
	say(p, kind, NULL, 0);
	pthread_mutex_unlock(&p->lock);
}

static void tell_too_large(void *ctx, const char *module)
{
	(void)module;
	tell(ctx, PROTOCOL_TOO_LARGE);
}

static void tell_too_costly(void *ctx, const char *module)
{
	(void)module;
	tell(ctx, PROTOCOL_TOO_COSTLY);
}

static int send_answers(void *ctx, const uint8_t *bytes, size_t len)
{
	return say(ctx, PROTOCOL_ANSWERS, bytes, len);
}

/* Take the request over from the message, and its files. */
static int read_request(struct parser_process *p, struct names_request *r)
{
	struct message *m = &p->m;
	int err = -EPROTO;

	r->source = (struct name_source){ .fd = -1, .debug_fd = -1 };
	if (m->len >= sizeof(r->wanted)) {
		memcpy(&r->wanted, m->bytes, sizeof(r->wanted));
		err = r->wanted.cnt && r->wanted.cnt <= PROTOCOL_QUESTIONS_MAX ? 0 : -EPROTO;
	}
	if (!err)
		r->source.module = arena_copy(&r->arena, (const char *)m->bytes + sizeof(r->wanted),
					      m->len - sizeof(r->wanted));
	if (!err && r->wanted.is_generated) {
		r->source.kind = NAMED_BY_JIT;
		err = perf_map_adopt(m->files, m->file_cnt, &r->source.perf_map);
		m->file_cnt = err ? m->file_cnt : 0;
	} else if (!err && m->file_cnt) {
		r->source.fd = m->files[0];
		m->files[0] = m->files[--m->file_cnt];
	}
	message_close_files(m);
	return err;
}

static int read_questions(struct parser_process *p, struct names_request *r)
{
	struct protocol_question q;
	int err;

	r->questions = calloc(r->wanted.cnt, sizeof(*r->questions));
	r->list = calloc(r->wanted.cnt, sizeof(*r->list));
	if (!r->questions || !r->list)
		return -ENOMEM;
	while (r->cnt < r->wanted.cnt) {
		err = message_receive_bytes(p->socket, &p->m);
		if (err)
			return err;
		for (size_t at = 0; at + sizeof(q) <= p->m.len && r->cnt < r->wanted.cnt;
		     at += sizeof(q)) {
			struct question *question = &r->questions[r->cnt];

			memcpy(&q, p->m.bytes + at, sizeof(q));
			question->source = &r->source;
			question->value = q.value;
			question->is_vaddr = q.is_vaddr;
			r->list[r->cnt++] = question;
		}
	}
	return 0;
}

static int resolve(struct parser_process *p, struct names_request *r)
{
	const struct protocol_names *wanted = &r->wanted;
	const struct opener opener = {
		.open = open_file,
		.path_of = path_of_file,
		.ctx = p,
	};
	const struct symbolizer_opts opts = {
		.no_demangle = wanted->no_demangle,
		.params = wanted->params,
		.no_inlines = wanted->no_inlines,
		.no_lines = wanted->no_lines,
		.dwarf_per_address = wanted->dwarf_per_address,
		.progress = tell_progress,
		.too_large = tell_too_large,
		.too_costly = tell_too_costly,
		.callback_ctx = p,
		.debug = { .root = DEBUG_ROOT,
			   .opener = &opener,
			   .fetch = wanted->can_fetch ? fetch_file : NULL,
			   .fetch_ctx = p },
	};
	struct dwarf_cache dwarf;
	int err;

	dwarf_cache_init(&dwarf, wanted->dwarf_mem);
	err = resolve_questions(&opts, &r->arena, &dwarf, &r->source, r->list, r->cnt);
	dwarf_cache_fini(&dwarf);
	return err;
}

static int answer_questions(struct parser_process *p, struct names_request *r)
{
	struct sym_answer **answers = calloc(r->cnt, sizeof(*answers));
	int err = answers ? 0 : -ENOMEM;

	for (size_t i = 0; i < r->cnt && !err; i++)
		answers[i] = &r->questions[i].answer;
	if (!err)
		err = answer_encode(answers, r->cnt, send_answers, p);
	free(answers);
	return err;
}

static int serve_names(struct parser_process *p)
{
	struct names_request r = { 0 };
	struct protocol_done done = { 0 };

	done.err = read_request(p, &r);
	if (!done.err)
		done.err = read_questions(p, &r);
	if (!done.err)
		done.err = resolve(p, &r);
	if (!done.err)
		done.err = answer_questions(p, &r);
	free(r.questions);
	free(r.list);
	name_source_fini(&r.source);
	arena_fini(&r.arena);
	return say(p, PROTOCOL_DONE, &done, sizeof(done));
}

#define ROWS_MAX (MESSAGE_SIZE / sizeof(struct ehframe_row)) /* of a message */

static int send_rows(void *ctx, const struct ehframe_row *rows, size_t cnt)
{
	int err = 0;

	for (size_t at = 0, part; at < cnt && !err; at += part) {
		part = cnt - at < ROWS_MAX ? cnt - at : ROWS_MAX;
		err = say(ctx, PROTOCOL_TABLE_ROWS, rows + at, part * sizeof(*rows));
	}
	return err;
}

static int serve_rows(struct parser_process *p)
{
	const struct ehframe_sink sink = { send_rows, p };
	int fd = p->m.file_cnt == 1 ? p->m.files[0] : -1;
	struct ehframe_table *table = NULL;
	struct protocol_done done = { .err = -EPROTO };
	struct elf_image *image;

	if (fd >= 0 && !elf_image_open(fd, &image)) {
		interpreter_describe(image, &done.interpreter);
		elf_image_close(image);
	}
	if (fd >= 0)
		done.err = ehframe_load_to(fd, &sink, &table);
	else
		message_close_files(&p->m);
	if (!done.err) {
		done.fde_cnt = table->fde_cnt;
		done.bad_cnt = table->bad_cnt;
		done.debug_frame = table->debug_frame;
	}
	ehframe_free(table);
	if (fd >= 0)
		close(fd);
	return say(p, PROTOCOL_DONE, &done, sizeof(done));
}

_Static_assert(sizeof(struct protocol_headers) + ELF_HEADERS_SEGMENTS * sizeof(Elf64_Phdr) <=
		       MESSAGE_SIZE,
	       "all headers fit into a message");

static int serve_headers(struct parser_process *p)
{
	int fd = p->m.file_cnt == 1 ? p->m.files[0] : -1;
	struct protocol_headers answer = { .err = -EPROTO };
	struct elf_headers headers = { 0 };
	struct elf_image *image = NULL;

	if (fd >= 0)
		answer.err = elf_image_open(fd, &image);
	if (!answer.err)
		answer.err = elf_headers_read(image, &headers);
	answer.segment_cnt = (uint32_t)headers.segment_cnt;
	answer.build_id_len = (uint32_t)headers.build_id_len;
	memcpy(answer.build_id, headers.build_id, sizeof(answer.build_id));
	memcpy(p->m.bytes, &answer, sizeof(answer));
	if (headers.segment_cnt)
		memcpy(p->m.bytes + sizeof(answer), headers.segments,
		       headers.segment_cnt * sizeof(*headers.segments));
	elf_image_close(image);
	message_close_files(&p->m);
	p->m.kind = PROTOCOL_HEADERS;
	p->m.len = sizeof(answer) + headers.segment_cnt * sizeof(*headers.segments);
	elf_headers_fini(&headers);
	return message_send(p->socket, &p->m, false);
}

static int serve_attach(struct parser_process *p)
{
	struct protocol_attached answer = { .err = -EPROTO };
	struct protocol_attach wanted;
	const struct interpreter_plug *plug = NULL;
	struct process_memory memory;

	if (p->m.len == sizeof(wanted) && p->m.file_cnt == 1) {
		memcpy(&wanted, p->m.bytes, sizeof(wanted));
		plug = interpreter_plug(wanted.file.kind);
	}
	if (plug) {
		memory = process_memory_of(p->m.files[0]);
		answer.err = plug->attach(&memory, &wanted.file, wanted.bias, &answer.interpreter);
	}
	message_close_files(&p->m);
	return say(p, PROTOCOL_ATTACHED, &answer, sizeof(answer));
}

static int serve(struct parser_process *p)
{
	int err;

	resident_wait(p->socket);
	err = message_receive(p->socket, &p->m);
	if (err)
		return err;
	switch (p->m.kind) {
	case PROTOCOL_NAMES:
		return serve_names(p);
	case PROTOCOL_HEADERS:
		return serve_headers(p);
	case PROTOCOL_ROWS:
		return serve_rows(p);
	case PROTOCOL_ATTACH:
		return serve_attach(p);
	default:
		message_close_files(&p->m);
		return -EPROTO;
	}
}

void parser_process_serve(int socket)
{
	struct parser_process *p = message_owner_alloc(sizeof(*p));

	if (!p)
		return;
	p->socket = socket;
	pthread_mutex_init(&p->lock, NULL);
	while (!serve(p))
		;
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void parser_process_run(int socket)
{
	prctl(PR_SET_NAME, "wick-parser");
	if (syscall_filter_available() && syscall_filter_install(SYSCALLS_OF_PARSER, NULL, 0))
		_exit(EXIT_FAILURE);
	parser_process_serve(socket);
	_exit(EXIT_SUCCESS);
}
