// SPDX-License-Identifier: BSD-2-Clause
/* test_symbolizer.c - questions and answers about this process. */
#include "tests/unit/row.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "symbolize/process/process.h"
#include "symbolize/resolve.h"
#include "tests/unit/asking.h"

static const struct symbolizer_opts plain = { .no_inlines = true };

__attribute__((noinline, used)) static int a_known_function(int x)
{
	__asm__ volatile("");
	return x * 3;
}

static void names_this_process(void **state)
{
	uint64_t here = (uintptr_t)a_known_function, libc = (uintptr_t)getppid;
	struct symbolizer *s = new_symbolizer(&plain);
	struct process *p = read_process(s, getpid());
	const struct sym_answer *answer;

	answer = answer_user(s, p, here, false);
	expect("own function", answer, "a_known_function");
	assert_int_equal(answer->sym_off, 0);
	assert_int_equal(answer->frames[0].kind, SYM_USER);
	assert_non_null(strstr(answer->module, "test_symbolizer"));
	expect("return address", answer_user(s, p, here + 1, true), "a_known_function");
	answer = answer_user(s, p, here, true);
	assert_true(answer->reason != SYM_NAMED ||
		    strcmp(answer->frames[0].name, "a_known_function"));
	answer = answer_user(s, p, libc, false);
	assert_int_equal(answer->reason, SYM_NAMED);
	assert_non_null(strstr(answer->frames[0].name, "getppid"));
	assert_true(process_maps_ip(p, here));
	assert_false(process_maps_ip(p, 16));
	symbolizer_free(s);
}

static void gives_one_id_per_question(void **state)
{
	uint64_t here = (uintptr_t)a_known_function;
	struct symbolizer *s = new_symbolizer(&plain);
	struct process *p = read_process(s, getpid());
	uint32_t first, same, as_return, other;

	assert_int_equal(symbolizer_ask_user(s, p, here, false, &first), 0);
	assert_int_equal(symbolizer_ask_user(s, p, here, false, &same), 0);
	assert_int_equal(symbolizer_ask_user(s, p, here + 1, true, &as_return), 0);
	assert_int_equal(symbolizer_ask_user(s, p, here + 1, false, &other), 0);
	assert_int_equal(first, same);
	assert_int_equal(first, as_return);
	assert_int_not_equal(first, other);
	/* Thousands of others make the table grow. */
	for (uint64_t ip = 1; ip < 5000; ip++)
		assert_int_equal(symbolizer_ask_user(s, p, here + ip, false, &other), 0);
	assert_int_equal(symbolizer_ask_user(s, p, here, false, &same), 0);
	assert_int_equal(first, same);
	symbolizer_free(s);
}

/* Each differs from the first in one thing; the last is the first again. */
static void keeps_what_it_is_given_once(void **state)
{
	static const struct sym_given rows[] = {
		{ "run", SYM_INTERPRETED, "[python]", "/srv/app.py", 31, 33 },
		{ "ru", SYM_INTERPRETED, "[python]", "/srv/app.py", 31, 33 },
		{ "run", SYM_JIT, "[python]", "/srv/app.py", 31, 33 },
		{ "run", SYM_INTERPRETED, "[ruby]", "/srv/app.py", 31, 33 },
		{ "run", SYM_INTERPRETED, NULL, "/srv/app.py", 31, 33 },
		{ "run", SYM_INTERPRETED, "[python]", "/srv/api.py", 31, 33 },
		{ "run", SYM_INTERPRETED, "[python]", NULL, 31, 33 },
		{ "run", SYM_INTERPRETED, "[python]", "", 31, 33 },
		{ "run", SYM_INTERPRETED, "[python]", "/srv/app.py", 30, 33 },
		{ "run", SYM_INTERPRETED, "[python]", "/srv/app.py", 31, 34 },
		{ "run/srv/app.py", SYM_INTERPRETED, "[python]", "", 31, 33 },
		{ "run", SYM_INTERPRETED, "[python]", "/srv/app.py", 31, 33 },
	};
	struct symbolizer *s = new_symbolizer(&plain);
	uint32_t ids[ARRAY_SIZE(rows)], id;
	char text[16];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(symbolizer_ask_given(s, &rows[i], &ids[i]), 0);
		for (size_t j = 0; j < i; j++)
			ROW_EQUAL(rows[i].name, ids[i] == ids[j],
				  i == ARRAY_SIZE(rows) - 1 && j == 0);
	}
	/* Thousands of others, in memory that is used again, make the table grow. */
	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(symbolizer_ask_given(s,
						      &(struct sym_given){
							      .name = text,
							      .kind = SYM_INTERPRETED },
						      &id),
				 0);
		assert_int_equal(id, ARRAY_SIZE(rows) - 1 + i);
	}
	assert_int_equal(symbolizer_resolve(s), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct sym_answer *answer = symbolizer_answer(s, ids[i]);

		expect("given", answer, rows[i].name);
		ROW_EQUAL(rows[i].name, answer->frames[0].kind, rows[i].kind);
		ROW_EQUAL(rows[i].name, answer->line, rows[i].line);
		ROW_EQUAL(rows[i].name, answer->first_line, rows[i].first_line);
		assert_true(!answer->file == !rows[i].file);
		assert_true(!answer->module == !rows[i].module);
		if (rows[i].file)
			assert_string_equal(answer->file, rows[i].file);
		if (rows[i].module)
			assert_string_equal(answer->module, rows[i].module);
	}
	assert_string_equal(symbolizer_answer(s, id)->frames[0].name, "4999");
	symbolizer_free(s);
}

/* The address 0 in no mapping is another question than what has no address. */
static void what_is_given_is_no_answer_to_others(void **state)
{
	const struct sym_given given = { .name = "run", .kind = SYM_INTERPRETED };
	struct symbolizer *s = new_symbolizer(&plain);
	struct process *p = read_process(s, getpid());
	uint32_t first, again;

	assert_int_equal(symbolizer_ask_given(s, &given, &first), 0);
	assert_int_equal(answer_user(s, p, 0, false)->reason, SYM_UNMAPPED);
	assert_int_equal(answer_user(s, NULL, 0, false)->reason, SYM_GONE);
	symbolizer_forget(s);
	assert_int_equal(answer_user(s, p, 0, false)->reason, SYM_UNMAPPED);
	assert_int_equal(symbolizer_ask_given(s, &given, &again), 0);
	assert_int_equal(symbolizer_resolve(s), 0);
	assert_int_equal(again, 1); /* ids begin anew */
	expect("given again", symbolizer_answer(s, again), "run");
	symbolizer_free(s);
}

static void answers_later_questions_too(void **state)
{
	struct symbolizer *s = new_symbolizer(&plain);
	struct process *p = read_process(s, getpid());
	const struct sym_answer *first = answer_user(s, p, (uintptr_t)a_known_function, false);
	const struct sym_frame *frames = first->frames;

	expect("second round", answer_user(s, p, (uintptr_t)names_this_process, false),
	       "names_this_process");
	assert_ptr_equal(first->frames, frames);
	expect("first round, later", first, "a_known_function");
	symbolizer_free(s);
}

/* True from the time on that it has been asked *CTX times. */
static bool stop_later(void *ctx)
{
	int *left = ctx;

	return --*left < 0;
}

/* What was named by then has its name, what is left has the reason. */
static void stops_when_it_is_told_to(void **state)
{
	int left = 1; /* before the first of two files */
	const struct symbolizer_opts opts = {
		.no_inlines = true,
		.is_over = stop_later,
		.callback_ctx = &left,
	};
	struct symbolizer *s = new_symbolizer(&opts);
	struct process *p = read_process(s, getpid());
	const struct sym_answer *answers[2];
	int named = 0, late = 0;
	uint32_t ids[2];

	assert_int_equal(symbolizer_ask_user(s, p, (uintptr_t)a_known_function, false, &ids[0]), 0);
	assert_int_equal(symbolizer_ask_user(s, p, (uintptr_t)getppid, false, &ids[1]), 0);
	assert_int_equal(symbolizer_resolve(s), 0);
	for (int i = 0; i < 2; i++) {
		answers[i] = symbolizer_answer(s, ids[i]);
		named += answers[i]->reason == SYM_NAMED && answers[i]->frame_cnt;
		late += answers[i]->reason == SYM_NO_TIME && !answers[i]->frame_cnt;
	}
	assert_int_equal(named, 1);
	assert_int_equal(late, 1);
	symbolizer_free(s);
}

static void gives_a_reason_for_each_failure(void **state)
{
	struct symbolizer *s = new_symbolizer(&plain);
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct process *p = read_process(s, getpid());
	const struct sym_answer *answer;

	answer = answer_user(s, NULL, 0x1000, false);
	assert_int_equal(answer->reason, SYM_GONE);
	assert_int_equal(answer->frame_cnt, 0);
	assert_null(answer->module);
	answer = answer_user(s, p, 0x1000, false);
	assert_int_equal(answer->reason, SYM_UNMAPPED);
	answer = answer_user(s, p, (uintptr_t)code, false);
	assert_int_equal(answer->reason, SYM_ANONYMOUS);
	assert_null(answer->module);
	assert_int_equal(answer->vaddr, (uintptr_t)code);
	for (int reason = 0; reason < SYM_REASON_CNT; reason++)
		assert_non_null(sym_reason_name(reason));
	assert_string_equal(sym_reason_name(SYM_NO_FILE), "no_file");
	munmap(code, 4096);
	symbolizer_free(s);
}

static void keeps_a_process_that_did_not_change(void **state)
{
	struct symbolizer *s = new_symbolizer(&plain);
	struct process *p = read_process(s, getpid()), *again, *changed;
	void *code, *more;
	uint32_t id, same;

	assert_int_equal(symbolizer_read_process(s, getpid(), p, &again), 0);
	assert_ptr_equal(again, p);
	code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_int_equal(symbolizer_read_process(s, getpid(), p, &changed), 0);
	assert_ptr_not_equal(changed, p);
	assert_false(process_maps_ip(p, (uintptr_t)code));
	assert_true(process_maps_ip(changed, (uintptr_t)code));
	expect("through the older one", answer_user(s, p, (uintptr_t)a_known_function, false),
	       "a_known_function");
	/* Its generated code stays one thing, however often it is read. */
	assert_int_equal(symbolizer_ask_user(s, changed, (uintptr_t)code, false, &id), 0);
	more = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_int_equal(symbolizer_read_process(s, getpid(), changed, &again), 0);
	assert_int_equal(symbolizer_ask_user(s, again, (uintptr_t)code, false, &same), 0);
	assert_int_equal(id, same);
	munmap(more, 4096);
	munmap(code, 4096);
	symbolizer_free(s);
}

static void has_no_process_without_one(void **state)
{
	struct symbolizer *s = new_symbolizer(&plain);
	struct process *p;
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	/* A zombie has no mappings any more; a reaped one no directory. */
	waitid(P_PID, pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	assert_int_equal(symbolizer_read_process(s, pid, NULL, &p), -ENOENT);
	assert_null(p);
	waitpid(pid, NULL, 0);
	assert_int_equal(symbolizer_read_process(s, pid, NULL, &p), -ENOENT);
	symbolizer_free(s);
}

/* With one fd left the file can be looked at, but not opened. */
static void survives_a_lack_of_fds(void **state)
{
	struct symbolizer *s = new_symbolizer(&plain);
	int fds[64], cnt = 0;
	struct rlimit before, few;
	struct process *p;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	while (cnt < 64 && (fds[cnt] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		cnt++;
	assert_int_equal(symbolizer_read_process(s, getpid(), NULL, &p), -EMFILE);
	close(fds[--cnt]);
	assert_int_equal(symbolizer_read_process(s, getpid(), NULL, &p), 0);
	assert_int_equal(answer_user(s, p, (uintptr_t)a_known_function, false)->reason,
			 SYM_NO_FILE);
	while (cnt)
		close(fds[--cnt]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	symbolizer_free(s);
}

/* Two processes, one file: one open fd, and one answer. */
static void shares_files_between_processes(void **state)
{
	struct symbolizer *s = new_symbolizer(&plain);
	struct process *p = read_process(s, getpid()), *q;
	uint32_t id, other;
	pid_t pid = fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	q = read_process(s, pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(symbolizer_ask_user(s, p, (uintptr_t)a_known_function, false, &id), 0);
	assert_int_equal(symbolizer_ask_user(s, q, (uintptr_t)a_known_function, false, &other), 0);
	assert_int_equal(id, other);
	symbolizer_free(s);
}

static void write_text(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void names_generated_code(void **state)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct symbolizer *s = new_symbolizer(&plain);
	struct process *p = read_process(s, getpid());
	const struct sym_answer *answer;
	char path[64], text[256];

	/* Written after the process was read, and once more after it was asked. */
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	snprintf(text, sizeof(text), "%lx 10 jitted one\n", (unsigned long)code);
	write_text(path, text, 0644);
	answer = answer_user(s, p, (uintptr_t)code + 15, false);
	expect("perf map", answer, "jitted one");
	assert_int_equal(answer->frames[0].kind, SYM_JIT);
	assert_int_equal(answer->sym_off, 15);
	snprintf(text, sizeof(text), "%lx 10 jitted one\n%lx 10 jitted two\n%lx 10 half wri",
		 (unsigned long)code, (unsigned long)code + 16, (unsigned long)code + 32);
	write_text(path, text, 0644);
	expect("perf map that grew", answer_user(s, p, (uintptr_t)code + 16, false), "jitted two");
	assert_int_equal(answer_user(s, p, (uintptr_t)code + 32, false)->reason, SYM_ANONYMOUS);
	unlink(path);
	munmap(code, 4096);
	symbolizer_free(s);
}

static void refuses_a_perf_map_that_is_no_plain_file(void **state)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char path[64], target[64], text[256];

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	snprintf(target, sizeof(target), "/tmp/wick-target-%d.map", getpid());
	snprintf(text, sizeof(text), "%lx 10 jitted\n", (unsigned long)code);
	write_text(target, text, 0644);
	for (int i = 0; i < 3; i++) {
		static const char *const kinds[] = { "symlink", "FIFO", "another user's" };
		struct symbolizer *s = new_symbolizer(&plain);
		struct process *p;

		if (i == 0)
			assert_int_equal(symlink(target, path), 0);
		else if (i == 1)
			assert_int_equal(mkfifo(path, 0644), 0);
		else
			write_text(path, text, 0644);
		/* Only root can give a file away; for others the third round shows it is read. */
		if (i == 2 && chown(path, 12345, -1))
			i = 3;
		p = read_process(s, getpid());
		ROW_EQUAL(i < 3 ? kinds[i] : "our own",
			  answer_user(s, p, (uintptr_t)code, false)->reason,
			  i < 3 ? SYM_ANONYMOUS : SYM_NAMED);
		unlink(path);
		symbolizer_free(s);
	}
	unlink(target);
	munmap(code, 4096);
}

static int kernel_name(void *ctx, uint64_t ip, char *name, size_t name_size)
{
	++*(int *)ctx;
	if (ip == 0x1000)
		snprintf(name, name_size, "do_work");
	else if (ip == 0x2000)
		snprintf(name, name_size, "nf_hook [nf_tables]");
	else
		return -ENOENT;
	return 0;
}

static void asks_the_caller_for_kernel_names(void **state)
{
	int asked_cnt = 0;
	const struct symbolizer_opts opts = { .kernel_name = kernel_name,
					      .kernel_ctx = &asked_cnt };
	struct symbolizer *s = new_symbolizer(&opts);
	uint32_t ids[4];

	assert_int_equal(symbolizer_ask_kernel(s, 0x1000, false, &ids[0]), 0);
	assert_int_equal(symbolizer_ask_kernel(s, 0x2001, true, &ids[1]), 0);
	assert_int_equal(symbolizer_ask_kernel(s, 0x3000, false, &ids[2]), 0);
	assert_int_equal(symbolizer_ask_kernel(s, 0x1000, false, &ids[3]), 0);
	assert_int_equal(symbolizer_resolve(s), 0);
	expect("kernel", symbolizer_answer(s, ids[0]), "do_work");
	assert_int_equal(symbolizer_answer(s, ids[0])->frames[0].kind, SYM_KERNEL);
	assert_null(symbolizer_answer(s, ids[0])->module);
	expect("module", symbolizer_answer(s, ids[1]), "nf_hook");
	assert_string_equal(symbolizer_answer(s, ids[1])->module, "nf_tables");
	assert_int_equal(symbolizer_answer(s, ids[2])->reason, SYM_NO_SYMBOL);
	assert_int_equal(asked_cnt, 3);
	symbolizer_free(s);
}

static int cannot_tell(void *ctx, uint64_t ip, char *name, size_t name_size)
{
	return -ENOSYS;
}

/* What kallsyms says depends on who asks: either it names its own entry, or it is denied. */
static void falls_back_to_kallsyms(void **state)
{
	const struct symbolizer_opts opts = { .kernel_name = cannot_tell };
	struct symbolizer *s = new_symbolizer(&opts);
	const struct sym_answer *answer;
	unsigned long ip = 0, each;
	char line[512];
	uint32_t id;
	FILE *f = fopen("/proc/kallsyms", "re");

	if (!f)
		skip();
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx", &each) == 1 && strstr(line, " T vfs_read\n"))
			ip = each;
	}
	fclose(f);
	assert_int_equal(symbolizer_ask_kernel(s, ip ? ip + 4 : 0x1000, false, &id), 0);
	assert_int_equal(symbolizer_resolve(s), 0);
	answer = symbolizer_answer(s, id);
	if (ip) {
		expect("kallsyms", answer, "vfs_read");
		assert_int_equal(answer->sym_off, 4);
	} else {
		assert_int_equal(answer->reason, SYM_DENIED);
	}
	symbolizer_free(s);
}

static void names_the_vdso(void **state)
{
	struct symbolizer *s = new_symbolizer(&plain);
	struct process *p = read_process(s, getpid());
	unsigned long start = 0, last;
	char line[512];
	FILE *f = fopen("/proc/self/maps", "re");
	size_t named_cnt = 0;

	assert_non_null(f);
	while (!start && fgets(line, sizeof(line), f)) {
		if (strstr(line, "[vdso]"))
			sscanf(line, "%lx-%lx", &start, &last);
	}
	fclose(f);
	if (!start)
		skip();
	for (uint64_t ip = start; ip < last; ip += 16) {
		const struct sym_answer *answer = answer_user(s, p, ip, false);

		assert_string_equal(answer->module, "[vdso]");
		named_cnt += answer->frame_cnt && strstr(answer->frames[0].name, "vdso");
	}
	assert_true(named_cnt > 0);
	symbolizer_free(s);
}

/* Opening a device may block, or do something. */
static void opens_no_device(void **state)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	void *zero = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	struct symbolizer *s;

	close(fd);
	if (zero == MAP_FAILED)
		skip();
	s = new_symbolizer(&plain);
	assert_int_equal(answer_user(s, read_process(s, getpid()), (uintptr_t)zero, false)->reason,
			 SYM_NO_FILE);
	munmap(zero, 4096);
	symbolizer_free(s);
}

/* A page at one address in every process; no perf map is looked for on its account. */
static void has_no_name_for_vsyscall(void **state)
{
	const uint64_t vsyscall = 0xffffffffff600000;
	struct symbolizer *s = new_symbolizer(&plain);
	struct process *p = read_process(s, getpid());
	const struct sym_answer *answer;

	if (!process_maps_ip(p, vsyscall)) {
		symbolizer_free(s);
		skip();
	}
	answer = answer_user(s, p, vsyscall, false);
	assert_int_equal(answer->reason, SYM_ANONYMOUS);
	assert_string_equal(answer->module, "[vsyscall]");
	symbolizer_free(s);
}

/* The ELF header is mapped executable by some linkers; the symbols begin behind it. */
static void has_no_name_for_data(void **state)
{
	char path[4096];
	struct symbolizer *s = new_symbolizer(&plain);
	uint32_t id;

	assert_int_equal(symbolizer_ask_file(s, shape_path("shapes.pie", path), 0, &id), 0);
	assert_int_equal(symbolizer_resolve(s), 0);
	assert_int_equal(symbolizer_answer(s, id)->reason, SYM_NO_SYMBOL);
	symbolizer_free(s);
}

static void says_that_a_file_cannot_be_opened(void **state)
{
	struct symbolizer *s = new_symbolizer(&plain);
	uint32_t id;

	assert_int_equal(symbolizer_ask_file(s, "/nonexistent", 0, &id), -ENOENT);
	assert_int_equal(symbolizer_ask_file(s, "/dev/zero", 0, &id), 0);
	assert_int_equal(symbolizer_resolve(s), 0);
	assert_int_equal(symbolizer_answer(s, id)->reason, SYM_BAD_ELF);
	symbolizer_free(s);
}

/* What was asked of whom, in this order. */
struct asked {
	struct {
		uint32_t owner;
		bool tries;
	} turns[8];
	size_t cnt;
};

/* Owner 1 has dear files only. */
static int resolve_slowly(void *ctx, const struct symbolizer_opts *opts, struct arena *arena,
			  struct name_source *source, struct question *const *questions, size_t cnt)
{
	struct asked *asked = ctx;
	bool is_dear = source->owner == 1;

	(void)arena;
	assert_true(asked->cnt < ARRAY_SIZE(asked->turns));
	asked->turns[asked->cnt].owner = source->owner;
	asked->turns[asked->cnt++].tries = opts->try_ms;
	if (is_dear)
		usleep(20000);
	if (is_dear && opts->try_ms)
		return -ETIME;
	for (size_t i = 0; i < cnt; i++)
		questions[i]->answer.reason = SYM_STRIPPED;
	return 0;
}

/* Two files of OWNER, and one of OTHER. */
static void ask_for(uint32_t owner, uint32_t other, struct asked *asked)
{
	struct symbolizer_opts opts = plain;
	struct symbolizer *s;
	struct process *dear, *cheap;
	uint32_t ids[3];

	*asked = (struct asked){ 0 };
	opts.resolver = resolve_slowly;
	opts.resolver_ctx = asked;
	s = new_symbolizer(&opts);
	dear = read_process(s, getpid());
	cheap = read_process(s, getpid());
	assert_int_equal(dear->owner, geteuid());
	dear->owner = owner;
	cheap->owner = other;
	assert_int_equal(symbolizer_ask_user(s, dear, (uintptr_t)a_known_function, false, &ids[0]),
			 0);
	assert_int_equal(symbolizer_ask_user(s, dear, (uintptr_t)getppid, false, &ids[1]), 0);
	assert_int_equal(symbolizer_ask_user(s, cheap, (uintptr_t)_fail, false, &ids[2]), 0);
	assert_int_equal(symbolizer_resolve(s), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		assert_int_equal(symbolizer_answer(s, ids[i])->reason, SYM_STRIPPED);
	symbolizer_free(s);
}

static void lets_no_user_wait_for_another_ones_files(void **state)
{
	static const struct {
		uint32_t owner;
		bool tries;
	} want[] = { { 1, true }, { 2, true }, { 1, true }, { 1, false }, { 1, false } };
	struct asked asked;

	ask_for(1, 2, &asked);
	assert_int_equal(asked.cnt, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_int_equal(asked.turns[i].owner, want[i].owner);
		assert_int_equal(asked.turns[i].tries, want[i].tries);
	}
	ask_for(1, 1, &asked); /* nobody waits: each file has its time */
	assert_int_equal(asked.cnt, 3);
	for (size_t i = 0; i < asked.cnt; i++)
		assert_false(asked.turns[i].tries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_this_process),
		cmocka_unit_test(gives_one_id_per_question),
		cmocka_unit_test(keeps_what_it_is_given_once),
		cmocka_unit_test(what_is_given_is_no_answer_to_others),
		cmocka_unit_test(answers_later_questions_too),
		cmocka_unit_test(stops_when_it_is_told_to),
		cmocka_unit_test(lets_no_user_wait_for_another_ones_files),
		cmocka_unit_test(gives_a_reason_for_each_failure),
		cmocka_unit_test(keeps_a_process_that_did_not_change),
		cmocka_unit_test(has_no_process_without_one),
		cmocka_unit_test(survives_a_lack_of_fds),
		cmocka_unit_test(shares_files_between_processes),
		cmocka_unit_test(names_generated_code),
		cmocka_unit_test(refuses_a_perf_map_that_is_no_plain_file),
		cmocka_unit_test(asks_the_caller_for_kernel_names),
		cmocka_unit_test(falls_back_to_kallsyms),
		cmocka_unit_test(names_the_vdso),
		cmocka_unit_test(opens_no_device),
		cmocka_unit_test(has_no_name_for_vsyscall),
		cmocka_unit_test(has_no_name_for_data),
		cmocka_unit_test(says_that_a_file_cannot_be_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
