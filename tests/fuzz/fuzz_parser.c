// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_parser.c - what a parser says that was taken over: whoever asks it gets names, headers and rows
 * that are sound or none, and keeps no file.
 *
 * The first byte is the question; the rest is what is said (messages.h), and if a parser is ended,
 * what the next one says.  There is no zygote: the parser is this file's.
 */
#include "profiler/parsing/parser.h"

#include <errno.h>

#include "profiler/parsing/effort.h"
#include "profiler/parsing/zygote.h"
#include "symbolize/limits.h"
#include "tests/fuzz/messages.h"

#define QUESTIONS 4

static void ask_attach(struct parser *parser)
{
	const struct interpreter_file file = { .kind = INTERPRETER_PYTHON };
	struct interpreter out;
	int err = parser_attach(parser, fuzz_files()[0], &file, 0, &out);

	check(err <= 0 && (err || interpreter_plug(out.kind)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct zygote {
	struct fuzz_input in;
	int socket; /* the parser's end; -1: there is no parser */
	unsigned int too_large, too_costly;
};

static void forget_parser(struct zygote *z)
{
	if (z->socket >= 0)
		close(z->socket);
	z->socket = -1;
}

int zygote_fork(struct zygote *z, int *socket, pid_t *pid)
{
	int sockets[2];

	forget_parser(z);
	check(!message_pair(sockets));
	*socket = sockets[0];
	*pid = getpid();
	z->socket = sockets[1];
	fuzz_say_all(z->socket, &z->in);
	return 0;
}

int zygote_kill(struct zygote *z, pid_t pid)
{
	forget_parser(z);
	return 0;
}

static int open_file(void *ctx, const char *path, int *fd)
{
	check(strlen(path) < PATH_MAX);
	*fd = *path == 'e' ? fcntl(fuzz_files()[0], F_DUPFD_CLOEXEC, 3) : -1;
	return *fd < 0 ? -ENOENT : 0;
}

static int path_of_file(void *ctx, int fd, char path[PATH_MAX])
{
	check(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	strcpy(path, "/a/file");
	return fcntl(fd, F_GETFL) & O_DIRECTORY ? -ENODATA : 0;
}

static int fetch(void *ctx, int file, int *fd)
{
	check(file == fuzz_files()[0]);
	return open_file(ctx, "e", fd);
}

static void on_progress(void *ctx, const char *module, size_t done, size_t total)
{
	check(!strcmp(module, "m"));
}

/* Each is a line on the terminal. */
static void on_too_large(void *ctx, const char *module)
{
	struct zygote *z = ctx;

	check(!strcmp(module, "m") && !z->too_large++);
}

static void on_too_costly(void *ctx, const char *module)
{
	struct zygote *z = ctx;

	check(!strcmp(module, "m") && !z->too_costly++);
}

static void check_answer(const struct sym_answer *a, const struct name_source *source)
{
	check(a->reason < SYM_REASON_CNT && (a->reason == SYM_NAMED) == (a->frame_cnt > 0));
	check(a->module == source->module);
	check(!a->file || strlen(a->file) < SIZE_MAX);
	for (unsigned int i = 0; i < a->frame_cnt; i++)
		check(strlen(a->frames[i].name) < SIZE_MAX);
}

static void ask_names(struct parser *parser, struct zygote *z, unsigned int how)
{
	const struct opener opener = { .open = open_file, .path_of = path_of_file };
	const struct symbolizer_opts opts = {
		.no_inlines = how & 1,
		.progress = on_progress,
		.too_large = on_too_large,
		.too_costly = on_too_costly,
		.callback_ctx = z,
		.debug = { .opener = &opener, .fetch = how & 2 ? fetch : NULL },
	};
	struct name_source source = { .module = "m", .fd = fuzz_files()[0] };
	struct question questions[QUESTIONS] = { 0 }, *list[QUESTIONS];
	struct arena arena = { 0 };

	z->too_large = z->too_costly = 0;
	for (size_t i = 0; i < QUESTIONS; i++) {
		questions[i].value = i;
		questions[i].answer.module = source.module;
		list[i] = &questions[i];
	}
	check(!parser_resolve(parser, &opts, &arena, &source, list, QUESTIONS));
	for (size_t i = 0; i < QUESTIONS; i++)
		check_answer(&questions[i].answer, &source);
	arena_fini(&arena);
}

static void ask_headers(struct parser *parser)
{
	struct elf_headers headers;
	int err = parser_read_headers(parser, fuzz_files()[0], &headers);

	check(err <= 0 && (!err || !headers.segments));
	check(headers.segment_cnt <= ELF_HEADERS_SEGMENTS);
	check(headers.build_id_len <= sizeof(headers.build_id));
	elf_headers_fini(&headers);
}

struct seen {
	size_t cnt;
	uint64_t last;
};

static int on_rows(void *ctx, const struct ehframe_row *rows, size_t cnt)
{
	struct seen *seen = ctx;

	for (size_t i = 0; i < cnt; i++) {
		check(rows[i].cfa < EHFRAME_CFA_CNT && rows[i].fp < EHFRAME_FP_CNT);
		check(!seen->cnt || rows[i].vaddr > seen->last);
		seen->last = rows[i].vaddr;
		seen->cnt++;
	}
	return 0;
}

static void ask_rows(struct parser *parser)
{
	struct seen seen = { 0 };
	const struct ehframe_sink sink = { on_rows, &seen };
	const struct effort effort = { 0 };
	struct ehframe_table *table;
	struct interpreter_file interpreter;
	int err = parser_load_rows(parser, fuzz_files()[0], &effort, &sink, &table, &interpreter);

	check(err <= 0 && !err == !!table);
	check(!table || table->row_cnt == seen.cnt);
	ehframe_free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zygote z = { .in = { data, data + size }, .socket = -1 };
	unsigned int how = fuzz_u8(&z.in);
	const int *files = fuzz_files();
	size_t open = fuzz_open_files();
	struct parser *parser;

	check(files && !parser_open(&z, &parser));
	for (unsigned int i = 0; i < 2; i++) { /* the second one by the same parser, if it lives */
		if (how % 4 == 0)
			ask_headers(parser);
		else if (how % 4 == 1 && how >> 2 & 1)
			ask_attach(parser);
		else if (how % 4 == 1)
			ask_rows(parser);
		else
			ask_names(parser, &z, how >> 2);
		how >>= 4;
	}
	parser_close(parser);
	check(fuzz_open_files() == open);
	return 0;
}
