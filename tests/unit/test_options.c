// SPDX-License-Identifier: BSD-2-Clause
/* The options of each command: what is set, what is refused and why, and how they are listed. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/commands/option_list.h"
#include "profiler/commands/option_table.h"
#include "profiler/commands/options.h"
#include "profiler/commands/output_format.h"
#include "tests/unit/row.h"

#define MAX_WORDS  32
#define MAX_OUTPUT 65536

static const struct option_command *const commands[] = { &options_record, &options_flamegraph,
							 &options_diff,	  &options_symbolize,
							 &options_dump,	  &options_doctor };

/* LINE in words, after the name of a command; they point into LINE. */
static int split(char *line, char *words[MAX_WORDS])
{
	int cnt = 1;

	words[0] = (char *)"command";
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		words[cnt++] = word;
	words[cnt] = NULL;
	return cnt;
}

static void what_is_not_given_has_its_default(void **state)
{
	char *words[] = { (char *)"record", NULL };
	struct record_options opts;

	options_parse_record(1, words, &opts);
	assert_int_equal(opts.source.freq_hz, 99);
	assert_string_equal(opts.source.event->name, "cpu-clock");
	assert_int_equal(opts.source.unwind, UNWIND_AUTO);
	assert_int_equal(opts.unwind_mem_mib, 256);
	assert_int_equal(opts.names.symbolize_mem_mib, 512);
	assert_true(opts.names.debuginfod_timeout_s == 5);
	assert_true(opts.duration_s == 0 && opts.max_overhead == 0);
	assert_false(opts.source.no_kernel || opts.source.no_user || opts.source.per_thread);
	assert_null(opts.cmd);
	assert_int_equal(opts.verbosity, 0);
	assert_string_equal(words[0], "record");
	options_fini_record(&opts);
}

static void each_option_of_record_sets_its_field(void **state)
{
	char line[] = "-C 1,3-4 -p 12,34 --children -e page-faults --freq=499 --max-overhead 0.5 "
		      "-d 1.5 --idle";
	char more[] = "-U --unwind fp --per-thread -o a.svg -o b --format pprof -vv --stats s -- "
		      "ls -l";
	char *words[MAX_WORDS];
	struct record_options opts;

	options_parse_record(split(line, words), words, &opts);
	assert_int_equal(opts.source.cpus.cnt, 3);
	assert_int_equal(opts.source.cpus.ids[2], 4);
	assert_int_equal(opts.pids.cnt, 2);
	assert_int_equal(opts.pids.ids[1], 34);
	assert_true(opts.children && opts.source.idle);
	assert_string_equal(opts.source.event->name, "page-faults");
	assert_int_equal(opts.source.freq_hz, 499);
	assert_true(opts.max_overhead == 0.5 && opts.duration_s == 1.5);
	options_fini_record(&opts);

	options_parse_record(split(more, words), words, &opts);
	assert_true(opts.source.no_kernel && !opts.source.no_user);
	assert_int_equal(opts.source.unwind, UNWIND_BY_FP);
	assert_true(opts.report.per_thread && opts.source.per_thread);
	assert_int_equal(opts.outputs.cnt, 2);
	assert_string_equal(opts.outputs.specs[0].format->name, "svg");
	assert_string_equal(opts.outputs.specs[1].format->name, "pprof");
	assert_int_equal(opts.verbosity, 2);
	assert_string_equal(opts.stats, "s");
	assert_string_equal(opts.cmd[1], "-l"); /* the command's own */
	assert_null(opts.cmd[2]);
	options_fini_record(&opts);
}

static void a_picture_is_as_the_options_say(void **state)
{
	char line[] = "--width 900 --height 20 --minwidth 0.5% --fontsize 10 --colors java "
		      "--bgcolors #112233 --hash";
	char more[] = "--factor 2 --total 40 --minwidth 3 --encoding latin1 --from perf a b";
	char *words[MAX_WORDS];
	struct flamegraph_options opts;

	options_parse_flamegraph(split(line, words), words, &opts);
	assert_int_equal(opts.picture.width, 900);
	assert_int_equal(opts.picture.frame_height, 20);
	assert_true(opts.picture.min_width == 0.5 && opts.picture.min_is_percent);
	assert_true(opts.picture.font_size == 10);
	assert_string_equal(opts.picture.colors, "java");
	assert_string_equal(opts.picture.background, "#112233");
	assert_int_equal(opts.from, INPUT_DETECT);
	assert_null(opts.picture.title);
	options_fini_flamegraph(&opts);

	options_parse_flamegraph(split(more, words), words, &opts);
	assert_true(opts.picture.factor == 2 && opts.picture.total == 40);
	assert_true(opts.picture.min_width == 3 && !opts.picture.min_is_percent);
	assert_int_equal(opts.picture.width, PICTURE_WIDTH);
	assert_string_equal(opts.encoding, "latin1");
	assert_int_equal(opts.from, INPUT_PERF);
	assert_int_equal(opts.input_cnt, 2);
	options_fini_flamegraph(&opts);
}

static void the_other_commands_take_their_arguments(void **state)
{
	char diff_line[] = "--normalize a.folded --title x b.folded -o c.html";
	char symbolize_line[] = "-e prog 10 --format json 20 -q";
	char dump_line[] = "-p 8 --native-frames none --no-interpreters --no-inlines";
	char doctor_line[] = "-p 7";
	char *words[MAX_WORDS];
	struct diff_options diff;
	struct symbolize_options symbolize;
	struct dump_options dump;
	struct doctor_options doctor;

	options_parse_diff(split(diff_line, words), words, &diff);
	assert_true(diff.normalize);
	assert_string_equal(diff.before, "a.folded");
	assert_string_equal(diff.after, "b.folded");
	assert_string_equal(diff.outputs.specs[0].format->name, "html");
	options_fini_diff(&diff);

	options_parse_symbolize(split(symbolize_line, words), words, &symbolize);
	assert_int_equal(symbolize.format, SYMBOLIZE_JSON);
	assert_string_equal(symbolize.addresses[0], "10");
	assert_string_equal(symbolize.addresses[1], "20");
	assert_null(symbolize.addresses[2]);
	assert_int_equal(symbolize.verbosity, -1);

	options_parse_dump(split(dump_line, words), words, &dump);
	assert_int_equal(dump.pid, 8);
	assert_int_equal(dump.native, NATIVE_NONE);
	assert_true(dump.no_interpreters && dump.names.no_inlines);
	options_parse_doctor(split(doctor_line, words), words, &doctor);
	assert_int_equal(doctor.pid, 7);
}

static void parse(const char *command, int argc, char **argv)
{
	static struct record_options record;
	static struct flamegraph_options flamegraph;
	static struct diff_options diff;
	static struct symbolize_options symbolize;
	static struct dump_options dump;
	static struct doctor_options doctor;

	if (!strcmp(command, "record"))
		options_parse_record(argc, argv, &record);
	else if (!strcmp(command, "flamegraph"))
		options_parse_flamegraph(argc, argv, &flamegraph);
	else if (!strcmp(command, "diff"))
		options_parse_diff(argc, argv, &diff);
	else if (!strcmp(command, "symbolize"))
		options_parse_symbolize(argc, argv, &symbolize);
	else if (!strcmp(command, "dump"))
		options_parse_dump(argc, argv, &dump);
	else
		options_parse_doctor(argc, argv, &doctor);
}

/* The exit status of a process that parses LINE, and what it said; -1: it took the line. */
static int refusal(const char *command, const char *line, char *said, size_t said_size)
{
	char copy[512], *words[MAX_WORDS];
	FILE *out = tmpfile();
	int status;
	pid_t pid;

	snprintf(copy, sizeof(copy), "%s", line);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(out), STDERR_FILENO);
		parse(command, split(copy, words), words);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	rewind(out);
	said[fread(said, 1, said_size - 1, out)] = '\0';
	fclose(out);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 99 ? -1 : WEXITSTATUS(status);
}

static void what_is_wrong_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *command, *line, *why;
	} rows[] = {
		{ "record", "-F 0", "wick record: --freq: '0' is not a number from 1" },
		{ "record", "-F 10k", "--freq: '10k'" },
		{ "record", "-F -5", "--freq: '-5'" },
		{ "record", "-p 1,x", "--pid: 'x'" },
		{ "record", "-C 3-1", "--cpu: '3-1' is not a list" },
		{ "record", "-d nan", "--duration: 'nan' is not a number above 0" },
		{ "record", "--max-overhead 101", "is not a percentage" },
		{ "record", "-e nothing", "unknown event 'nothing' (cpu-clock, task-clock" },
		{ "record", "--unwind dwarf", "unknown method 'dwarf' (auto, cfi, fp)" },
		{ "record", "-o x.jpg", "unknown ending of 'x.jpg' (.folded, .txt, .svg" },
		{ "record", "-o x --format jpg", "unknown format 'jpg' (folded, svg, html" },
		{ "record", "--format svg", "no --output stands before it" },
		{ "record", "-o - -o -", "'-' is an output already" },
		{ "record", "-o - --stats -", "stats: '-' is an output already" },
		{ "record", "-o - ls", "the command's own stdout" },
		{ "record", "--stats - ls", "the command's own stdout" },
		{ "record", "--children", "--children needs --pid" },
		{ "record", "-p 1 -t 1", "exclude each other" },
		{ "record", "-p 1 -a", "--all-cpus excludes" },
		{ "record", "-p 1 ls", "a command excludes" },
		{ "record", "-p 1 2", "'2' would be a command, which excludes --pid" },
		{ "record", "-p 1 2", "(several ids are one word: 1,2)" },
		{ "record", "-p -d 10",
		  "--pid: '-d' is not a number from 1 to 2147483647, the id" },
		{ "record", "-p 1,,2", "--pid: '' is not a number" },
		{ "record", "-p 2147483648", "--pid: '2147483648' is not a number" },
		{ "record", "-d 1e9",
		  "--duration: '1e9' is above the most that it can be, 315360000" },
		{ "record", "--", "no command stands behind --" },
		{ "record", "-a --", "no command stands behind --" },
		{ "record", "-g", "--call-graph is not needed: stacks are always recorded" },
		{ "record", "--call-graph dwarf", "--call-graph is not needed" },
		{ "record", "--call-graph=fp", "--call-graph is not needed" },
		{ "record", "-c 1000", "--count is not needed: --freq" },
		{ "symbolize", "-p x 10", "--pid: 'x' is not a number" },
		{ "doctor", "-p 0", "--pid: '0' is not a number" },
		{ "record", "-U -K", "--user and --kernel exclude each other" },
		{ "flamegraph", "--width 99", "--width: '99' is below the least" },
		{ "flamegraph", "--minwidth 101%",
		  "--minwidth: '101' is above the most that it can be, 100" },
		{ "flamegraph", "--minwidth %", "--minwidth: '' is not a number" },
		{ "flamegraph", "--colors pink", "unknown palette 'pink' (wick, hot" },
		{ "flamegraph", "--bgcolors pink", "'pink' is not one of yellow" },
		{ "flamegraph", "--encoding klingon", "unknown encoding 'klingon'" },
		{ "flamegraph", "--flamechart --reverse", "exclude each other" },
		{ "flamegraph", "--flamechart -o x.html", "only an SVG picture" },
		{ "diff", "a", "two profiles are needed" },
		{ "diff", "a b c", "only two profiles" },
		{ "diff", "a b -o x.pprof", "written as one of folded, svg, html" },
		{ "diff", "a b -o x --format pprof", "unknown format 'pprof' (folded, svg, html)" },
		{ "symbolize", "10", "exactly one of --elf" },
		{ "symbolize", "-k -p 1", "exactly one of --elf" },
		{ "symbolize", "-k --format xml", "unknown format 'xml' (human, addr2line, json)" },
		{ "dump", "", "--pid is needed" },
		{ "dump", "1234", "'1234' is not an option (--pid 1234?)" },
		{ "dump", "-p 0", "--pid: '0' is not a number" },
		{ "dump", "-p 1 --native-frames some", "'some' (useful, all, none)" },
		{ "doctor", "now", "'now' is not an option" },
	};
	char said[MAX_OUTPUT];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ROW_EQUAL(rows[i].line, refusal(rows[i].command, rows[i].line, said, sizeof(said)),
			  EXIT_USAGE);
		if (!strstr(said, rows[i].why))
			fail_msg("[%s] said: %s", rows[i].line, said);
	}
}

static void the_help_has_defaults_and_words_of_the_table(void **state)
{
	static const struct {
		const char *command, *text;
	} rows[] = {
		{ "record", "Samples per second and CPU, default 99" },
		{ "record", "Stacks:" },
		{ "flamegraph", "Width of the picture, default 1200" },
		{ "diff", "folded, svg, html" },
		{ "symbolize", "default human" },
		{ "dump", "--native-frames=useful|all|none" },
		{ "doctor", "--pid=PID" },
	};
	char said[MAX_OUTPUT];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ROW_EQUAL(rows[i].text, refusal(rows[i].command, "--help", said, sizeof(said)), 0);
		ROW_TRUE(rows[i].text, strstr(said, rows[i].text));
	}
}

/* Every line has seven fields, and no field is empty: a shell's `read` would drop it. */
static void every_option_is_a_line_of_the_list(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		size_t option_cnt = 0, line_cnt = 0, len;
		char *text;
		FILE *f = open_memstream(&text, &len);

		while (option_table_row(commands[i], option_cnt, NULL))
			option_cnt++;
		assert_int_equal(option_list_write(commands[i], f), 0);
		fclose(f);
		for (char *at = text, *line; (line = strsep(&at, "\n")) && *line; line_cnt++) {
			size_t field_cnt = 0;
			char *field;

			for (char *rest = line; (field = strsep(&rest, "\t")); field_cnt++)
				ROW_TRUE(commands[i]->name, *field);
			ROW_EQUAL(line, field_cnt, 7);
		}
		ROW_EQUAL(commands[i]->name, line_cnt, option_cnt + 3); /* itself, help, usage */
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_given_has_its_default),
		cmocka_unit_test(each_option_of_record_sets_its_field),
		cmocka_unit_test(a_picture_is_as_the_options_say),
		cmocka_unit_test(the_other_commands_take_their_arguments),
		cmocka_unit_test(what_is_wrong_is_refused_with_the_reason),
		cmocka_unit_test(the_help_has_defaults_and_words_of_the_table),
		cmocka_unit_test(every_option_is_a_line_of_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
