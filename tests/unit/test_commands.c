// SPDX-License-Identifier: BSD-2-Clause
/*
 * flamegraph, diff and symbolize, called as main() calls them.  confine() is this program's
 * own and does nothing, or the tests after the first could open no file.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/commands/commands.h"
#include "profiler/commands/output_format.h"
#include "profiler/guard/confine.h"
#include "tests/unit/row.h"

#include "tests/unit/caught.h"

#define MAX_WORDS 16

static char folder[] = "/tmp/wick-commands.XXXXXX";

int confine(enum confine_role role, const pid_t *pids, size_t cnt, bool foreign_command)
{
	return 0;
}

uint64_t confine_permitted(bool *stand_in)
{
	return 0;
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

static void put_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static char *get_file(const char *name)
{
	FILE *f = fopen(name, "r");
	char *text = NULL;
	size_t size = 0;

	if (!f)
		fail_msg("no file %s", name);
	if (getdelim(&text, &size, '\0', f) < 0)
		text = strdup("");
	fclose(f);
	return text;
}

/* The status of COMMAND with the words of LINE; stdin is IN, stdout goes to "out". */
static int run(int (*command)(int argc, char **argv), const char *line, const char *in, char **said)
{
	char copy[512], *words[MAX_WORDS] = { (char *)"command" };
	int stdin_fd = dup(STDIN_FILENO), stdout_fd = dup(STDOUT_FILENO), argc = 1, status;
	struct caught stderr_text;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		words[argc++] = word;
	put_file("in", in ? in : "");
	fflush(stdout);
	assert_non_null(freopen("in", "r", stdin));
	assert_true(dup2(open("out", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600), 1) == 1);
	stderr_text = catch_stderr();
	status = command(argc, words);
	*said = caught(&stderr_text);
	fflush(stdout);
	dup2(stdin_fd, STDIN_FILENO);
	dup2(stdout_fd, STDOUT_FILENO);
	close(stdin_fd);
	close(stdout_fd);
	return status;
}

struct command_row {
	const char *line, *in;
	int status;
	const char *file, *has; /* what that file has; NULL: nothing is asked */
	const char *said;	/* on stderr; NULL: nothing is asked */
};

static void check_rows(int (*command)(int argc, char **argv), const struct command_row *rows,
		       size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		char *said, *text;
		int status = run(command, rows[i].line, rows[i].in, &said);

		if (status != rows[i].status)
			fail_msg("[%s] status %d, said: %s", rows[i].line, status, said);
		if (rows[i].said && !strstr(said, rows[i].said))
			fail_msg("[%s] said: %s", rows[i].line, said);
		free(said);
		if (!rows[i].file)
			continue;
		text = get_file(rows[i].file);
		if (!strstr(text, rows[i].has))
			fail_msg("[%s] wrote: %.200s", rows[i].line, text);
		free(text);
	}
}

#define PERF "prog 12/34 1.0: 250 cycles:\n\t1000 inner (/bin/prog)\n\t2000 outer (/bin/prog)\n\n"

static void flamegraph_draws_what_it_reads(void **state)
{
	static const struct command_row rows[] = {
		{ "", "a;b 1\n", 0, "out", "<svg", NULL },
		{ "-", "a;b 1\n", 0, "out", ">Flame Graph<", NULL },
		{ "--inverted", "a;b 1\n", 0, "out", ">Icicle Graph<", NULL },
		{ "--flamechart", "a;b 1\na;c 1\na;b 1\n", 0, "out", ">Flame Chart<", NULL },
		{ "--title Mine two", "a 1\n", 1, NULL, NULL, "cannot read two" },
		{ "-o x.folded --format html", "a;b 1\n", 0, "x.folded", "<!DOCTYPE html>", NULL },
		{ "-o x.folded two.folded two.folded", "", 0, "x.folded", "a;b 6\n", NULL },
		{ "-o x.speedscope.json", "a;b 1\n", 0, "x.speedscope.json", "wick@", NULL },
		{ "-o x.pb.gz", "a;b 3\n", 0, "x.pb.gz", "\x1f\x8b", NULL },
		{ "-o y.folded x.pb.gz", "", 0, "y.folded", "a;b 3\n", NULL },
		{ "-o y.folded --reverse", "a;b 3\n", 0, "y.folded", "b;a 3\n", NULL },
		{ "-o y.folded --no-annotations", "a;b_[k] 3\n", 0, "y.folded", "a;b 3\n", NULL },
		{ "-o y.folded --from perf", PERF, 0, "y.folded", "prog;outer;inner 250", NULL },
		{ "-o y.folded --from perf --per-thread", PERF, 0, "y.folded", "prog-12/34;",
		  NULL },
		{ "-o y.folded --encoding latin1", "\xe4 1\n", 0, "y.folded", "\xc3\xa4 1\n",
		  NULL },
		{ "--from perf", "x", 1, NULL, NULL, "is not the text of `perf script`" },
		{ "--from pprof", "x", 1, NULL, NULL, "stdin " },
		{ "--from folded", "x\n", 1, NULL, NULL, "has no folded stacks" },
		{ "", "a 1\nx\n", 0, NULL, NULL, "1 of 2 lines skipped" },
		{ "", "", 0, "out", "no samples", "is empty" },
		{ "--total 1", "a 2\n", 0, NULL, NULL, "--total is less" },
		{ "",
		  "\x7f"
		  "ELF 12\n",
		  1, NULL, NULL, "stdin is a program or library (ELF)" },
		{ "", "{\n\"a\": 12\n", 1, NULL, NULL, "stdin is JSON, not a profile" },
		{ "--from folded x.pb.gz", "", 1, NULL, NULL, "x.pb.gz is compressed by gzip" },
		{ "--from pprof two.folded", "", 1, NULL, NULL, "two.folded is damaged" },
		{ ".", "", 1, NULL, NULL, "cannot read .: Is a directory (name a file in it)" },
		{ "-o y.folded", "{};a 3\n[b] 1\n", 0, "y.folded", "{};a 3\n", NULL },
		{ "-o /nowhere/x.svg", "a 2\n", 1, NULL, NULL, "cannot write /nowhere/x.svg" },
	};

	put_file("two.folded", "a;b 3\n");
	check_rows(command_flamegraph, rows, ARRAY_SIZE(rows));
}

static void diff_shows_what_changed(void **state)
{
	static const struct command_row rows[] = {
		{ "one two -o d.folded", "", 0, "d.folded", "a;b 100 300\n", "functions" },
		{ "one two -o d.svg", "", 0, "d.svg", ">Differential Flame Graph<", "--normalize" },
		{ "one two -o d.html --normalize", "", 0, "d.html", "a larger share", "%" },
		{ "one two -o d.svg --title T --subtitle S", "", 0, "d.svg", ">S<", NULL },
		{ "one two", "", 0, "out", "<svg", NULL },
		{ "one -", "a;c 7\n", 0, NULL, NULL, "7 after" },
		{ "one three", "", 1, NULL, NULL, "cannot read three" },
	};

	put_file("one", "a;b 100\na;c 50\n");
	put_file("two", "a;b 300\na;c 50\n");
	check_rows(command_diff, rows, ARRAY_SIZE(rows));
}

/* Addresses of no file that is there, and of this program. */
static void symbolize_names_addresses(void **state)
{
	char line[128], address[32], *said, *text;
	static const struct command_row rows[] = {
		{ "-e /proc/self/exe 1", "", 0, "out", "0x1 ??", NULL },
		{ "-e /proc/self/exe --format addr2line 1", "", 0, "out", "??\n??:0\n", NULL },
		{ "-e /proc/self/exe --format json", "1\n\n 2 x\n3", 0, "out",
		  "\"address\":\"0x3\"", NULL },
		{ "-e /proc/self/exe xyz", "", 1, NULL, NULL, "'xyz' is not a hexadecimal" },
		{ "-e /proc/self/exe -", "", 1, NULL, NULL, "is not a hexadecimal" },
		{ "-e in 1", "text", 1, NULL, NULL, "in is not an ELF file" },
		{ "-e nothing 1", "", 1, NULL, NULL, "cannot read nothing" },
		{ "-p 2147483647 1", "", 1, NULL, NULL, "no process 2147483647" },
	};
	int (*const function)(int argc, char **argv) = command_symbolize;

	check_rows(command_symbolize, rows, ARRAY_SIZE(rows));
	snprintf(address, sizeof(address), "%lx", (unsigned long)function);
	for (int i = 0; i < 3; i++) {
		static const char *const formats[] = { "human", "addr2line", "json" };

		snprintf(line, sizeof(line), "-p %d --format %s %s", getpid(), formats[i], address);
		assert_int_equal(run(command_symbolize, line, "", &said), 0);
		text = get_file("out");
		ROW_TRUE(formats[i], strstr(text, "command_symbolize"));
		free(text);
		free(said);
	}
}

static void the_longest_ending_that_fits_counts(void **state)
{
	static const struct {
		const char *path, *name;
	} rows[] = {
		{ "a.svg", "svg" },
		{ "a.b/c.txt", "folded" },
		{ "-", "folded" },
		{ "x.pb.gz", "pprof" },
		{ "x.speedscope.json", "speedscope" },
		{ "x.html", "html" },
		{ ".svg", NULL },
		{ "svg", NULL },
		{ "x.gz", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct output_format *format = output_format_by_path(rows[i].path);

		ROW_EQUAL(rows[i].path, !format, !rows[i].name);
		if (format)
			assert_string_equal(format->name, rows[i].name);
	}
	assert_null(output_format_by_name("jpeg"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flamegraph_draws_what_it_reads),
		cmocka_unit_test(diff_shows_what_changed),
		cmocka_unit_test(symbolize_names_addresses),
		cmocka_unit_test(the_longest_ending_that_fits_counts),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
