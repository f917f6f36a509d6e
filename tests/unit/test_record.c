// SPDX-License-Identifier: BSD-2-Clause
/*
 * `wick record` from its options to its files, and `wick dump`, with a source of samples that hands
 * over what is written down here.  confine() does nothing, and the source is the fake one.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/commands/commands.h"
#include "profiler/guard/confine.h"
#include "profiler/log.h"
#include "profiler/source/choose_source.h"
#include "tests/unit/row.h"

#include "tests/unit/caught.h"
#include "tests/unit/fake_source.h"

#define MAX_WORDS 16

static char folder[] = "/tmp/wick-record.XXXXXX";
static const uint64_t user_ips[] = { 0x1001, 0x2002 };
static const struct raw_sample five = {
	.comm = "prog",
	.user = user_ips,
	.user_cnt = 2,
	.user_end = UNWIND_END,
	.count = 5,
};
static const struct fake_step steps[] = { { .sample = &five } };
static struct fake_source source;
static struct source_opts asked;
static int asked_id; /* the first of its targets, which are the command's */
static int open_err;

int confine(enum confine_role role, const pid_t *pids, size_t cnt, bool foreign_command)
{
	return 0;
}

int confine_to_caller(void)
{
	return 0;
}

uint64_t confine_permitted(bool *stand_in)
{
	return 0;
}

int source_open(const struct source_opts *opts, struct sample_source **out)
{
	log_capture_libbpf(); /* as the real one does */
	asked = *opts;
	asked_id = opts->targets.cnt ? opts->targets.ids[0] : 0;
	*out = open_err ? NULL : &source.base;
	return open_err;
}

static int enter_folder(void **state)
{
	return mkdtemp(folder) && !chdir(folder) ? 0 : -1;
}

static int leave_folder(void **state)
{
	char remove[64];

	snprintf(remove, sizeof(remove), "rm -r %s", folder);
	return chdir("/") || system(remove);
}

typedef int command_fn(int argc, char **argv);

/* The status of COMMAND with the words of LINE; stdout goes to "out". */
static int run_command(command_fn *command, const char *line, size_t step_cnt, char **said)
{
	char copy[512], *words[MAX_WORDS] = { (char *)"wick" };
	int stdout_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0), argc = 1, status;
	struct caught stderr_text;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		words[argc++] = word;
	source = fake_source(steps, step_cnt);
	fflush(stdout);
	assert_true(dup2(open("out", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600), 1) == 1);
	stderr_text = catch_stderr();
	status = command(argc, words);
	*said = caught(&stderr_text);
	fflush(stdout);
	dup2(stdout_fd, STDOUT_FILENO);
	close(stdout_fd);
	return status;
}

static int run(const char *line, size_t step_cnt, char **said)
{
	return run_command(command_record, line, step_cnt, said);
}

static void check_file(const char *name, const char *has)
{
	char text[65536];
	FILE *f = fopen(name, "r");

	if (!f)
		fail_msg("no file %s", name);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	if (!strstr(text, has))
		fail_msg("%s has: %.300s", name, text);
}

static void what_was_sampled_is_written_in_each_format(void **state)
{
	char *said;

	assert_int_equal(run("-d 0.05 -o a.folded -o a.svg -o a.html -o a.pb.gz --stats s.json", 1,
			     &said),
			 0);
	check_file("a.folded", "prog;");
	check_file("a.folded", " 5\n");
	check_file("a.svg", ">Flame Graph<");
	check_file("a.svg", "&quot;stored&quot;"); /* the ledger is in it */
	check_file("a.html", "<!DOCTYPE html>");
	check_file("a.pb.gz", "\x1f\x8b");
	check_file("s.json", "\"stored\": 5");
	assert_non_null(strstr(said, "5 "));
	assert_int_equal(source.life, FAKE_CLOSED);
	free(said);
}

static void without_an_output_a_file_on_stdout_gets_folded_stacks(void **state)
{
	char *said;

	assert_int_equal(run("-d 0.05 -q", 1, &said), 0);
	check_file("out", "prog;");
	assert_string_equal(said, "");
	free(said);
}

static void the_source_is_asked_for_what_the_options_say(void **state)
{
	char *said, line[64];

	assert_int_equal(run("-d 0.05 -U --per-thread --idle -F 50 --max-overhead 1", 1, &said), 0);
	assert_true(asked.no_kernel && !asked.no_user && asked.per_thread && asked.idle);
	assert_int_equal(asked.freq_hz, 50);
	assert_int_equal(asked.filter, FILTER_NONE);
	assert_true(asked.divisor_max > 1);
	free(said);
	snprintf(line, sizeof(line), "-d 0.05 -p %d -q", getpid());
	assert_int_equal(run(line, 1, &said), 0);
	assert_int_equal(asked.filter, FILTER_PROCESSES);
	assert_int_equal(asked.targets.cnt, 1);
	assert_int_equal(asked.divisor_max, 0);
	free(said);
}

static void a_command_is_run_and_its_status_is_ours(void **state)
{
	static const struct {
		const char *line;
		int status;
	} rows[] = {
		{ "-q -- true", 0 },
		{ "-q -- false", 1 },
		{ "-q -- /nowhere/command", 127 },
		{ "-q -- /etc/passwd", 126 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *said;

		ROW_EQUAL(rows[i].line, run(rows[i].line, 1, &said), rows[i].status);
		free(said);
	}
	check_file("wick.svg", "<svg");
}

static void a_dump_prints_each_thread(void **state)
{
	char line[64], *said;

	snprintf(line, sizeof(line), "-p %d", getpid());
	assert_int_equal(run_command(command_dump, line, 1, &said), 0);
	assert_true(asked.once && asked.per_thread);
	assert_int_equal(asked_id, getpid());
	check_file("out", "thread 0 \"prog\"");
	check_file("out", "1001");
	free(said);
	assert_int_equal(run_command(command_dump, line, 0, &said), 1);
	assert_non_null(strstr(said, "has ended"));
	free(said);
	open_err = -EPERM;
	assert_int_equal(run_command(command_dump, line, 1, &said), 1);
	open_err = 0;
	free(said);
	assert_int_equal(run_command(command_dump, "-p 2147483647", 1, &said), 1);
	assert_non_null(strstr(said, "no process 2147483647"));
	free(said);
}

static void no_samples_are_no_failure(void **state)
{
	char *said;

	assert_int_equal(run("-d 0.05 -o none.folded", 0, &said), 0);
	assert_non_null(strstr(said, "no samples: nothing ran on the CPUs (--idle"));
	free(said);
}

static void what_cannot_begin_says_why(void **state)
{
	static const struct {
		const char *line, *said;
		int open_err;
	} rows[] = {
		{ "-F 2000000000", "is above this kernel's limit", 0 },
		{ "-C 4095", "CPU 4095 is not online", 0 },
		{ "-o /nowhere/a.svg", "cannot write /nowhere/a.svg", 0 },
		{ "-p 2147483647", "no process 2147483647", 0 },
		{ "-d 0.05", "", -EMFILE }, /* source_open() says why */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *said;

		open_err = rows[i].open_err;
		ROW_EQUAL(rows[i].line, run(rows[i].line, 0, &said), EXIT_FAILURE);
		ROW_TRUE(rows[i].line, fcntl(STDIN_FILENO, F_GETFD) >= 0); /* not the session's */
		if (!strstr(said, rows[i].said))
			fail_msg("[%s] said: %s", rows[i].line, said);
		free(said);
	}
	open_err = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sampled_is_written_in_each_format),
		cmocka_unit_test(without_an_output_a_file_on_stdout_gets_folded_stacks),
		cmocka_unit_test(the_source_is_asked_for_what_the_options_say),
		cmocka_unit_test(a_command_is_run_and_its_status_is_ours),
		cmocka_unit_test(a_dump_prints_each_thread),
		cmocka_unit_test(no_samples_are_no_failure),
		cmocka_unit_test(what_cannot_begin_says_why),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
