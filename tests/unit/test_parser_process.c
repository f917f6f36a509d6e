// SPDX-License-Identifier: BSD-2-Clause
/* What is said at the sockets of a parser and of the opener's threads, here in threads of the test. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "profiler/guard/message.h"
#include "profiler/parsing/answer_code.h"
#include "profiler/parsing/opener_pool.h"
#include "profiler/parsing/parser_process.h"
#include "profiler/parsing/protocol.h"
#include "symbolize/cfi/ehframe.h"
#include "symbolize/symbolizer.h"

struct served {
	void (*serve)(int socket);
	int sockets[2];
	pthread_t thread;
	struct message m;
};

static void *run(void *arg)
{
	struct served *s = arg;

	s->serve(s->sockets[1]);
	close(s->sockets[1]);
	return NULL;
}

static void begin(struct served *s, void (*serve)(int socket))
{
	s->serve = serve;
	assert_int_equal(message_pair(s->sockets), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, run, s), 0);
}

static void end(struct served *s)
{
	close(s->sockets[0]);
	assert_int_equal(pthread_join(s->thread, NULL), 0);
}

/* FD: -1 if none goes with it. */
static void say(struct served *s, uint32_t kind, const void *bytes, size_t len, int fd)
{
	s->m.kind = kind;
	s->m.len = len;
	s->m.file_cnt = fd >= 0;
	s->m.files[0] = fd;
	if (len)
		memcpy(s->m.bytes, bytes, len);
	assert_int_equal(message_send(s->sockets[0], &s->m, false), 0);
}

static uint32_t hear(struct served *s)
{
	assert_int_equal(message_receive(s->sockets[0], &s->m), 0);
	return s->m.kind;
}

static int own_program(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void test_headers(void **state)
{
	int fd = own_program(), nothing = memfd_create("nothing", MFD_CLOEXEC);
	struct protocol_headers answer;
	static struct served s;

	(void)state;
	begin(&s, parser_process_serve);
	say(&s, PROTOCOL_HEADERS, NULL, 0, fd);
	assert_int_equal(hear(&s), PROTOCOL_HEADERS);
	memcpy(&answer, s.m.bytes, sizeof(answer));
	assert_int_equal(answer.err, 0);
	assert_int_equal(answer.segment_cnt, 1);
	assert_int_equal(s.m.len, sizeof(answer) + sizeof(Elf64_Phdr));
	say(&s, PROTOCOL_HEADERS, NULL, 0, nothing);
	hear(&s);
	memcpy(&answer, s.m.bytes, sizeof(answer));
	assert_int_equal(answer.err, -ENOEXEC);
	say(&s, PROTOCOL_HEADERS, NULL, 0, -1);
	hear(&s);
	memcpy(&answer, s.m.bytes, sizeof(answer));
	assert_int_equal(answer.err, -EPROTO);
	close(fd);
	close(nothing);
	end(&s);
}

static void take_done(const struct served *s, struct protocol_done *done)
{
	assert_int_equal(s->m.len, sizeof(*done));
	memcpy(done, s->m.bytes, sizeof(*done));
}

static void test_rows(void **state)
{
	struct ehframe_table *want;
	struct protocol_done done;
	static struct served s;
	int fd = own_program();
	size_t rows = 0;

	(void)state;
	assert_int_equal(ehframe_load(fd, &want), 0);
	begin(&s, parser_process_serve);
	say(&s, PROTOCOL_ROWS, NULL, 0, fd);
	while (hear(&s) == PROTOCOL_TABLE_ROWS)
		rows += s.m.len / sizeof(struct ehframe_row);
	assert_int_equal(s.m.kind, PROTOCOL_DONE);
	take_done(&s, &done);
	assert_int_equal(done.err, 0);
	assert_int_equal(rows, want->row_cnt);
	assert_int_equal(done.fde_cnt, want->fde_cnt);
	say(&s, PROTOCOL_ROWS, NULL, 0, -1);
	assert_int_equal(hear(&s), PROTOCOL_DONE);
	take_done(&s, &done);
	assert_int_equal(done.err, -EPROTO);
	ehframe_free(want);
	close(fd);
	end(&s);
}

/* A function of this program and where it is in it. */
static const struct sym_answer *own_function(struct symbolizer **s)
{
	const struct symbolizer_opts opts = { .no_inlines = true };
	struct process *process;
	uint32_t id;

	assert_int_equal(symbolizer_new(&opts, s), 0);
	assert_int_equal(symbolizer_read_process(*s, getpid(), NULL, &process), 0);
	assert_int_equal(symbolizer_ask_user(*s, process, (uintptr_t)own_function, false, &id), 0);
	assert_int_equal(symbolizer_resolve(*s), 0);
	return symbolizer_answer(*s, id);
}

/* Refuse whatever it asks for, until it is done; files that come all the same it does not keep. */
static void answer_all(struct served *s, struct answer_decoder *d, struct protocol_done *done)
{
	const int32_t refused = -ENOENT;

	for (;;) {
		uint32_t kind = hear(s);

		message_close_files(&s->m);
		if (kind == PROTOCOL_ANSWERS) {
			assert_int_equal(answer_decode(d, s->m.bytes, s->m.len), 0);
		} else if (kind == PROTOCOL_OPEN || kind == PROTOCOL_FETCH) {
			say(s, PROTOCOL_FILE, &refused, sizeof(refused), STDERR_FILENO);
		} else if (kind == PROTOCOL_PATH_OF) {
			say(s, PROTOCOL_PATH, NULL, 0, STDERR_FILENO);
		} else if (kind == PROTOCOL_DONE) {
			take_done(s, done);
			return;
		}
	}
}

static size_t count_open(void)
{
	size_t cnt = 0;

	for (int fd = 0; fd < 256; fd++)
		cnt += fcntl(fd, F_GETFD) >= 0;
	return cnt;
}

static void ask_names(struct served *s, const struct protocol_names *wanted, int fd, uint64_t vaddr)
{
	const struct protocol_question question = { vaddr, 1 };

	say(s, PROTOCOL_NAMES, wanted, sizeof(*wanted), fd);
	say(s, PROTOCOL_QUESTIONS, &question, sizeof(question), STDERR_FILENO);
}

static void test_names(void **state)
{
	static const struct protocol_names kinds[] = {
		{ .cnt = 1, .no_inlines = true },
		{ .cnt = 1, .dwarf_mem = 512u << 20, .can_fetch = true },
		{ .cnt = 1, .dwarf_mem = 1, .no_demangle = true, .params = true },
	};
	struct symbolizer *local;
	const struct sym_answer *want = own_function(&local);
	static struct served s;
	int fd = own_program();
	size_t open;

	(void)state;
	begin(&s, parser_process_serve);
	open = count_open();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct sym_answer got = { 0 }, *list = &got;
		struct arena arena = { 0 };
		struct answer_decoder d = {
			.arena = &arena,
			.answers = &list,
			.cnt = 1,
			.room = 1 << 20,
		};
		struct protocol_done done;

		ask_names(&s, &kinds[i], fd, want->vaddr);
		answer_all(&s, &d, &done);
		assert_int_equal(done.err, 0);
		assert_string_equal(got.frames[0].name, want->frames[0].name);
		answer_decoder_fini(&d);
		arena_fini(&arena);
	}
	assert_int_equal(count_open(), open);
	symbolizer_free(local);
	close(fd);
	end(&s);
}

static void test_generated(void **state)
{
	static const char text[] = "1000 100 made_up\n";
	const struct protocol_names wanted = { .cnt = 1, .is_generated = true };
	int fd = memfd_create("map", MFD_CLOEXEC);
	struct sym_answer got = { 0 }, *list = &got;
	struct arena arena = { 0 };
	struct answer_decoder d = { .arena = &arena, .answers = &list, .cnt = 1, .room = 1 << 20 };
	struct protocol_done done;
	static struct served s;

	(void)state;
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	begin(&s, parser_process_serve);
	ask_names(&s, &wanted, fd, 0x1010);
	answer_all(&s, &d, &done);
	assert_int_equal(done.err, 0);
	assert_int_equal(got.frames[0].kind, SYM_JIT);
	assert_string_equal(got.frames[0].name, "made_up");
	answer_decoder_fini(&d);
	arena_fini(&arena);
	close(fd);
	end(&s);
}

/* A request that makes no sense is answered, or ends it; it does not wait. */
static void test_nonsense(void **state)
{
	const struct protocol_names none = { .cnt = 0 };
	struct protocol_done done;
	static struct served s;

	(void)state;
	begin(&s, parser_process_serve);
	say(&s, PROTOCOL_NAMES, &none, sizeof(none), -1);
	assert_int_equal(hear(&s), PROTOCOL_DONE);
	take_done(&s, &done);
	assert_int_equal(done.err, -EPROTO);
	say(&s, 12345, NULL, 0, -1);
	assert_int_equal(message_receive(s.sockets[0], &s.m), -EPIPE);
	end(&s);
}

static int ask_opener(struct served *s, enum opener_kind kind, const struct opener_question *q,
		      const char *path)
{
	struct opener_answer answer;

	memcpy(s->m.bytes + sizeof(*q), path, strlen(path));
	memcpy(s->m.bytes, q, sizeof(*q));
	s->m.kind = kind;
	s->m.len = sizeof(*q) + strlen(path);
	s->m.file_cnt = 0;
	assert_int_equal(message_send(s->sockets[0], &s->m, false), 0);
	if (kind == OPENER_CLOSE)
		return 0;
	assert_int_equal(hear(s), OPENER_ANSWER);
	memcpy(&answer, s->m.bytes, sizeof(answer));
	assert_true(answer.id == q->id);
	return answer.err ? answer.err : answer.fd;
}

/* The path of a mapping is what is sent, to its end; a deleted file is not looked for by it. */
static void open_own_program(struct served *s)
{
	struct opener_question q = { .id = 9, .pid = getpid() };
	struct stat st;
	int fd;

	assert_int_equal(stat("/proc/self/exe", &st), 0);
	q.dev = st.st_dev;
	q.inode = st.st_ino;
	fd = ask_opener(s, OPENER_MAPPED, &q, "/proc/self/exe");
	assert_true(fd >= 0);
	close(fd);
	q.is_deleted = 0x69; /* is no bool */
	assert_int_equal(ask_opener(s, OPENER_MAPPED, &q, "/proc/self/exe"), -ENOENT);
}

static void test_opener(void **state)
{
	struct opener_question q = { .id = 7 };
	static struct served s;

	(void)state;
	begin(&s, opener_pool_serve);
	assert_int_equal(ask_opener(&s, OPENER_PATH, &q, "/absent"), -ENOENT);
	assert_int_equal(ask_opener(&s, OPENER_MAPPED, &q, ""), -ENOENT);
	q.fd = ask_opener(&s, OPENER_PATH, &q, "/proc/self/exe");
	assert_true(q.fd >= 0);
	open_own_program(&s);
	ask_opener(&s, OPENER_CLOSE, &q, "");
	for (int i = 0; i < 1000 && fcntl(q.fd, F_GETFD) >= 0; i++)
		usleep(1000);
	assert_int_equal(fcntl(q.fd, F_GETFD), -1);
	say(&s, OPENER_PATH, "short", 5, -1); /* is no question, and has no answer */
	q.id++;
	assert_int_equal(ask_opener(&s, OPENER_PATH, &q, "/absent"), -ENOENT);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),	 cmocka_unit_test(test_rows),
		cmocka_unit_test(test_names),	 cmocka_unit_test(test_generated),
		cmocka_unit_test(test_nonsense), cmocka_unit_test(test_opener),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
