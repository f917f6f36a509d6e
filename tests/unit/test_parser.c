// SPDX-License-Identifier: BSD-2-Clause
/*
 * Files are read by another process with the answers that this one would have found; and one that
 * was taken over costs its file the names, and no more.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "profiler/guard/message.h"
#include "profiler/parsing/effort.h"
#include "profiler/parsing/parser.h"
#include "profiler/parsing/parser_process.h"
#include "profiler/parsing/protocol.h"
#include "profiler/parsing/zygote.h"
#include "symbolize/elf/symtab.h"
#include "symbolize/symbolizer.h"

/* A function of this program, to be found in it. */
__attribute__((noinline, used)) static void parser_test_function(void)
{
	__asm__ volatile("");
}

struct other {
	struct zygote *zygote;
	struct parser *parser;
	unsigned int costly; /* how often that was said */
};

static void count_costly(void *ctx, const char *module)
{
	struct other *o = ctx;

	(void)module;
	o->costly++;
}

static void begin(struct other *o, void (*run)(int socket))
{
	*o = (struct other){ 0 };
	assert_int_equal(zygote_open(run, &o->zygote), 0);
	assert_int_equal(parser_open(o->zygote, &o->parser), 0);
}

static void end(struct other *o)
{
	parser_close(o->parser);
	zygote_close(o->zygote);
}

/* What a function of this program is called: by OTHER's parser, or without one by this process. */
static const struct sym_answer *ask(struct other *o, struct symbolizer **s)
{
	struct symbolizer_opts opts = {
		.resolver = o ? parser_resolve : NULL,
		.resolver_ctx = o ? o->parser : NULL,
		.too_costly = count_costly,
		.callback_ctx = o,
	};
	struct process *process;
	uint32_t id;

	assert_int_equal(symbolizer_new(&opts, s), 0);
	assert_int_equal(symbolizer_read_process(*s, getpid(), NULL, &process), 0);
	assert_int_equal(symbolizer_ask_user(*s, process, (uintptr_t)parser_test_function, false,
					     &id),
			 0);
	assert_int_equal(symbolizer_resolve(*s), 0);
	return symbolizer_answer(*s, id);
}

static void test_names(void **state)
{
	struct symbolizer *here, *there;
	const struct sym_answer *want, *got;
	struct other o;

	(void)state;
	begin(&o, parser_process_run);
	want = ask(NULL, &here);
	got = ask(&o, &there);
	assert_int_equal(got->reason, SYM_NAMED);
	assert_int_equal(got->frame_cnt, want->frame_cnt);
	assert_string_equal(got->frames[0].name, "parser_test_function");
	assert_string_equal(got->module, want->module);
	assert_string_equal(got->file, want->file);
	assert_int_equal(got->line, want->line);
	assert_true(got->vaddr == want->vaddr);
	assert_int_equal(o.costly, 0);
	symbolizer_free(here);
	symbolizer_free(there);
	end(&o);
}

struct row_list {
	struct ehframe_row *rows;
	size_t cnt;
};

static int keep_rows(void *ctx, const struct ehframe_row *rows, size_t cnt)
{
	struct row_list *list = ctx;

	list->rows = reallocarray(list->rows, list->cnt + cnt, sizeof(*rows));
	assert_non_null(list->rows);
	memcpy(list->rows + list->cnt, rows, cnt * sizeof(*rows));
	list->cnt += cnt;
	return 0;
}

static void test_rows(void **state)
{
	struct row_list here = { 0 }, there = { 0 };
	const struct ehframe_sink sinks[] = { { keep_rows, &here }, { keep_rows, &there } };
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct ehframe_table *want, *got;
	struct interpreter_file interpreter;
	struct effort effort = { 0 };
	struct other o;

	(void)state;
	begin(&o, parser_process_run);
	assert_int_equal(ehframe_load_to(fd, &sinks[0], &want), 0);
	assert_int_equal(parser_load_rows(o.parser, fd, &effort, &sinks[1], &got, &interpreter), 0);
	assert_int_equal(got->row_cnt, want->row_cnt);
	assert_int_equal(got->fde_cnt, want->fde_cnt);
	assert_int_equal(there.cnt, here.cnt);
	assert_memory_equal(there.rows, here.rows, here.cnt * sizeof(*here.rows));
	ehframe_free(want);
	ehframe_free(got);
	free(here.rows);
	free(there.rows);
	close(fd);
	end(&o);
}

static void test_no_rows(void **state)
{
	const struct ehframe_sink sink = { keep_rows, NULL };
	int fd = memfd_create("empty", MFD_CLOEXEC);
	struct ehframe_table *got;
	struct interpreter_file interpreter;
	struct effort effort = { 0 };
	struct other o;

	(void)state;
	begin(&o, parser_process_run);
	assert_int_equal(parser_load_rows(o.parser, fd, &effort, &sink, &got, &interpreter),
			 -ENOEXEC);
	close(fd);
	end(&o);
}

static void test_headers(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int nothing = memfd_create("nothing", MFD_CLOEXEC);
	struct elf_headers here, there;
	struct elf_image *image;
	struct other o;

	(void)state;
	begin(&o, parser_process_run);
	assert_int_equal(elf_image_open(fd, &image), 0);
	assert_int_equal(elf_headers_read(image, &here), 0);
	assert_int_equal(parser_read_headers(o.parser, fd, &there), 0);
	assert_int_equal(there.segment_cnt, here.segment_cnt);
	assert_memory_equal(there.segments, here.segments, here.segment_cnt * sizeof(Elf64_Phdr));
	assert_int_equal(there.build_id_len, here.build_id_len);
	assert_memory_equal(there.build_id, here.build_id, here.build_id_len);
	elf_headers_fini(&here);
	elf_headers_fini(&there);
	elf_image_close(image);
	parser_rest(o.parser);
	parser_rest_if_idle(o.parser); /* it rests */
	assert_int_equal(parser_read_headers(o.parser, nothing, &there), -ENOEXEC);
	parser_rest_if_idle(o.parser); /* it was asked just now */
	close(fd);
	close(nothing);
	end(&o);
}

/* Parsers that were taken over.  Each reads the request and its one message of questions first. */
static struct message asked;

static void read_asked(int socket)
{
	for (int i = 0; i < 2; i++) {
		message_receive(socket, &asked);
		message_close_files(&asked);
	}
}

static void crash(int socket)
{
	read_asked(socket);
	kill(getpid(), SIGKILL);
}

static void babble(int socket)
{
	read_asked(socket);
	asked.kind = PROTOCOL_ANSWERS;
	asked.len = 1000;
	asked.file_cnt = 0;
	memset(asked.bytes, 0xff, asked.len);
	message_send(socket, &asked, false);
	message_receive(socket, &asked); /* there is none */
}

static void talk_of_another_thing(int socket)
{
	read_asked(socket);
	asked.kind = 12345;
	asked.len = asked.file_cnt = 0;
	message_send(socket, &asked, false);
	message_receive(socket, &asked); /* there is none */
}

static void swallow_memory(int socket)
{
	const size_t size = (size_t)1 << 30;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(memory, size, MADV_HUGEPAGE);
	read_asked(socket);
	for (size_t i = 0; i < size; i += 4096)
		memory[i] = 1;
	message_receive(socket, &asked); /* there is none */
}

static void wait_for_ever(int socket)
{
	read_asked(socket);
	message_receive(socket, &asked);
}

/* It asks for a file that is none of a debugger's business, and tells if it got it. */
static void ask_for_secret(int socket)
{
	static const char path[] = "/etc/passwd";

	read_asked(socket);
	message_close_files(&asked);
	asked.kind = PROTOCOL_OPEN;
	asked.len = sizeof(path) - 1;
	memcpy(asked.bytes, path, asked.len);
	message_send(socket, &asked, false);
	message_receive(socket, &asked);
	if (asked.file_cnt)
		kill(getpid(), SIGKILL);
	asked.kind = PROTOCOL_DONE;
	asked.len = sizeof(struct protocol_done);
	memset(asked.bytes, 0, asked.len);
	message_send(socket, &asked, false);
	message_receive(socket, &asked); /* there is none */
}

/* All that a parser may say before its answers; it tells what became of it. */
static void answer_one(int socket, uint32_t kind, size_t len)
{
	asked.kind = kind;
	asked.len = len;
	asked.file_cnt = 0;
	message_send(socket, &asked, false);
}

static void be_talkative(int socket)
{
	struct protocol_done done = { 0 };
	uint8_t answer[42] = { [0] = 'a', [5] = SYM_STRIPPED };

	read_asked(socket);
	answer_one(socket, PROTOCOL_PROGRESS, sizeof(struct protocol_progress));
	answer_one(socket, PROTOCOL_TOO_LARGE, 0);
	asked.bytes[0] = 1;
	answer_one(socket, PROTOCOL_FETCH, 20);
	message_receive(socket, &asked); /* nobody fetches */
	asked.kind = PROTOCOL_PATH_OF;
	asked.len = 0;
	asked.files[0] = STDERR_FILENO;
	asked.file_cnt = 1;
	message_send(socket, &asked, false);
	message_receive(socket, &asked);
	if (asked.kind != PROTOCOL_PATH || !asked.len)
		kill(getpid(), SIGKILL);
	memcpy(asked.bytes, answer, sizeof(answer));
	answer_one(socket, PROTOCOL_ANSWERS, sizeof(answer));
	memcpy(asked.bytes, &done, sizeof(done));
	answer_one(socket, PROTOCOL_DONE, sizeof(done));
	message_receive(socket, &asked); /* there is none */
}

static void tell_half_a_progress(int socket)
{
	read_asked(socket);
	answer_one(socket, PROTOCOL_PROGRESS, 1);
	message_receive(socket, &asked);
}

static void be_half_done(int socket)
{
	read_asked(socket);
	answer_one(socket, PROTOCOL_DONE, 1);
	message_receive(socket, &asked);
}

/* It has no memory, as it says: that is no lack of ours. */
static void lack_memory(int socket)
{
	const struct protocol_done done = { .err = -ENOMEM };

	for (int i = 0; i < 2; i++) { /* the second time without inlined functions */
		read_asked(socket);
		memcpy(asked.bytes, &done, sizeof(done));
		answer_one(socket, PROTOCOL_DONE, sizeof(done));
	}
	message_receive(socket, &asked); /* there is none */
}

static void lack_memory_for_headers(int socket)
{
	const struct protocol_headers answer = { .err = -ENOMEM };

	message_receive(socket, &asked);
	message_close_files(&asked);
	memcpy(asked.bytes, &answer, sizeof(answer));
	answer_one(socket, PROTOCOL_HEADERS, sizeof(answer));
	message_receive(socket, &asked); /* there is none */
}

static void complain_without_end(int socket)
{
	read_asked(socket);
	for (int i = 0; i < 1000; i++)
		answer_one(socket, PROTOCOL_TOO_COSTLY, 0);
	answer_one(socket, PROTOCOL_DONE, 1);
	message_receive(socket, &asked);
}

static void say_half_headers(int socket)
{
	message_receive(socket, &asked);
	message_close_files(&asked);
	answer_one(socket, PROTOCOL_HEADERS, 1);
	message_receive(socket, &asked);
}

static void wait_at_once(int socket)
{
	message_receive(socket, &asked);
	message_close_files(&asked);
	message_receive(socket, &asked);
}

static bool give_up(void *ctx)
{
	(void)ctx;
	return true;
}

/* Samples wait for headers, and a recording's end for rows: neither is waited for long. */
static void test_other_questions(void **state)
{
	const struct ehframe_sink sink = { keep_rows, NULL };
	int fd = memfd_create("empty", MFD_CLOEXEC);
	struct ehframe_table *table;
	struct elf_headers headers;
	struct interpreter_file interpreter;
	struct effort effort = { 0 };
	struct other o;

	(void)state;
	begin(&o, say_half_headers);
	assert_int_equal(parser_read_headers(o.parser, fd, &headers), -EPROTO);
	end(&o);
	begin(&o, lack_memory_for_headers);
	assert_int_equal(parser_read_headers(o.parser, fd, &headers), -ENOSPC);
	end(&o);
	begin(&o, wait_at_once);
	assert_int_equal(parser_read_headers(o.parser, fd, &headers), -ETIMEDOUT);
	effort.is_over = give_up;
	assert_int_equal(parser_load_rows(o.parser, fd, &effort, &sink, &table, &interpreter),
			 -ECANCELED);
	effort.is_over = NULL;
	parser_cancel(o.parser);
	assert_int_equal(parser_load_rows(o.parser, fd, &effort, &sink, &table, &interpreter),
			 -ECANCELED);
	end(&o);
	begin(&o, babble);
	assert_int_equal(parser_read_headers(o.parser, fd, &headers), -ETIMEDOUT);
	end(&o);
	close(fd);
}

static void test_taken_over(void **state)
{
	static const struct {
		const char *row;
		void (*run)(int socket);
		unsigned int costly;
		enum sym_reason reason;
	} rows[] = {
		{ "it crashes", crash, 1, SYM_TOO_COSTLY },
		{ "its answers are damaged", babble, 1, SYM_TOO_COSTLY },
		{ "its messages are", talk_of_another_thing, 1, SYM_TOO_COSTLY },
		{ "it takes memory", swallow_memory, 1, SYM_TOO_COSTLY },
		{ "it waits", wait_for_ever, 0, SYM_TOO_COSTLY },
		{ "it asks for a file that is not ELF", ask_for_secret, 0, SYM_TOO_COSTLY },
		{ "it says all that it may", be_talkative, 0, SYM_STRIPPED },
		{ "its progress is no progress", tell_half_a_progress, 1, SYM_TOO_COSTLY },
		{ "its end is none", be_half_done, 1, SYM_TOO_COSTLY },
		{ "it has no memory", lack_memory, 1, SYM_TOO_COSTLY },
		{ "it complains without end", complain_without_end, 1, SYM_TOO_COSTLY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sym_answer *got;
		struct symbolizer *s;
		struct other o;

		begin(&o, rows[i].run);
		got = ask(&o, &s);
		if (got->reason != rows[i].reason || o.costly != rows[i].costly)
			fail_msg("[%s] %s, said %u times", rows[i].row,
				 sym_reason_name(got->reason), o.costly);
		symbolizer_free(s);
		end(&o);
	}
}

static void take_time(int socket)
{
	read_asked(socket);
	for (;;)
		;
}

/* While other users' files wait a file is given up early, without a word, and is asked for later. */
static void test_tries(void **state)
{
	struct name_source source = { .fd = memfd_create("dear", MFD_CLOEXEC),
				      .debug_fd = -1,
				      .module = "dear" };
	struct question question = { .source = &source };
	struct question *const questions[] = { &question };
	struct arena arena = { 0 };
	struct other o;
	const struct symbolizer_opts opts = {
		.too_costly = count_costly,
		.callback_ctx = &o,
		.try_ms = 50,
	};

	(void)state;
	begin(&o, take_time);
	assert_int_equal(parser_resolve(o.parser, &opts, &arena, &source, questions, 1), -ETIME);
	assert_int_equal(o.costly, 0);
	end(&o);
	arena_fini(&arena);
	close(source.fd);
}

static int open_nothing(void *ctx, const char *path, int *fd)
{
	*fd = -1;
	return -ENOENT;
}

static int call_it_a_file(void *ctx, int fd, char path[PATH_MAX])
{
	strcpy(path, "/a/file");
	return 0;
}

static void close_and_count(void *ctx, int fd)
{
	close(fd);
	++*(int *)ctx;
}

/* What a parser hands over is a foreign file, for which this process does not wait. */
static void test_closed_by_opener(void **state)
{
	int closed = 0;
	const struct opener opener = {
		.open = open_nothing,
		.path_of = call_it_a_file,
		.close = close_and_count,
		.ctx = &closed,
	};
	const struct symbolizer_opts opts = { .debug = { .opener = &opener } };
	struct name_source source = { .fd = memfd_create("empty", MFD_CLOEXEC) };
	struct question question = { 0 }, *list = &question;
	struct arena arena = { 0 };
	struct other o;

	(void)state;
	begin(&o, be_talkative);
	assert_int_equal(parser_resolve(o.parser, &opts, &arena, &source, &list, 1), 0);
	assert_int_equal(question.answer.reason, SYM_STRIPPED);
	assert_int_equal(closed, 1);
	close(source.fd);
	arena_fini(&arena);
	end(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_rows),		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_other_questions), cmocka_unit_test(test_taken_over),
		cmocka_unit_test(test_tries),		cmocka_unit_test(test_closed_by_opener),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
