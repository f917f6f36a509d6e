// SPDX-License-Identifier: BSD-2-Clause
/* options_record.c - the command line of `wick record`, see options.h. */
#include "profiler/commands/option_groups.h"

#include <argp.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNWIND_MEM_MAX_MIB   1024 /* UNWIND_SHARDS of 2 MiB */
#define MAP_ENTRIES_MAX	     (1 << 20)
#define DEFAULT_PICTURE	     "wick.svg"
#define DURATION_MAX_S	     (10.0 * 365 * 24 * 3600)
#define REPORT_TIMEOUT_MAX_S (24.0 * 3600)

/* Words */

#define SOFTWARE(name, what)                                                                       \
	{                                                                                          \
		name, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_##what                                     \
	}
#define HARDWARE(name, what)                                                                       \
	{                                                                                          \
		name, PERF_TYPE_HARDWARE, PERF_COUNT_HW_##what                                     \
	}

static const struct event_type event_types[] = {
	SOFTWARE("cpu-clock", CPU_CLOCK),
	SOFTWARE("task-clock", TASK_CLOCK),
	SOFTWARE("page-faults", PAGE_FAULTS),
	SOFTWARE("minor-faults", PAGE_FAULTS_MIN),
	SOFTWARE("major-faults", PAGE_FAULTS_MAJ),
	SOFTWARE("context-switches", CONTEXT_SWITCHES),
	SOFTWARE("cpu-migrations", CPU_MIGRATIONS),
	SOFTWARE("alignment-faults", ALIGNMENT_FAULTS),
	SOFTWARE("emulation-faults", EMULATION_FAULTS),
	HARDWARE("cycles", CPU_CYCLES),
	HARDWARE("instructions", INSTRUCTIONS),
	HARDWARE("cache-references", CACHE_REFERENCES),
	HARDWARE("cache-misses", CACHE_MISSES),
	HARDWARE("branches", BRANCH_INSTRUCTIONS),
	HARDWARE("branch-misses", BRANCH_MISSES),
};

static const char *event_name(size_t i)
{
	return i < sizeof(event_types) / sizeof(event_types[0]) ? event_types[i].name : NULL;
}

static void set_event(struct argp_state *state, const struct option_row *row, const char *arg,
		      void *field)
{
	*(const struct event_type **)field = &event_types[option_find_word(state, row, arg)];
}

static const char *unwind_name(size_t i)
{
	static const char *const names[] = {
		[UNWIND_AUTO] = "auto",
		[UNWIND_BY_CFI] = "cfi",
		[UNWIND_BY_FP] = "fp",
	};

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}

static void set_cpus(struct argp_state *state, const struct option_row *row, const char *arg,
		     void *field)
{
	cpus_fini(field);
	if (cpus_parse(arg, field))
		argp_error(state, "--%s: '%s' is not a list such as 0,2-5", row->name, arg);
}

/* The table */

static const struct option_row what_rows[] = {
	{ .name = "all-cpus",
	  .letter = 'a',
	  .help = "The whole system; the default when no target is named",
	  OPTION_FLAG(record_options, all_cpus) },
	{ .name = "cpu",
	  .letter = 'C',
	  .argument = "LIST",
	  .help = "Only these CPUs: 0,2-5",
	  .set = set_cpus,
	  OPTION_FIELD(struct cpus, record_options, source.cpus) },
	{ .name = "pid",
	  .letter = 'p',
	  .argument = "PID[,PID]",
	  .completion = COMPLETE_PROCESS,
	  .help = "These processes, with threads started later",
	  OPTION_IDS(record_options, pids) },
	{ .name = "children",
	  .help = "With --pid: and the processes below them",
	  OPTION_FLAG(record_options, children) },
	{ .name = "tid",
	  .letter = 't',
	  .argument = "TID[,TID]",
	  .completion = COMPLETE_THREAD,
	  .help = "These threads",
	  OPTION_IDS(record_options, tids) },
	{ .name = "cgroup",
	  .letter = 'G',
	  .argument = "PATH",
	  .completion = COMPLETE_FOLDER,
	  .help = "Tasks of this cgroup v2 and below",
	  OPTION_STRING(record_options, cgroup) },
	{ .name = "event",
	  .letter = 'e',
	  .argument = "NAME",
	  .fallback = "cpu-clock",
	  .help = "What to count: {}",
	  .set = set_event,
	  OPTION_FIELD(const struct event_type *, record_options, source.event),
	  .word = event_name,
	  .noun = "event" },
	{ .name = "freq",
	  .letter = 'F',
	  .argument = "HZ",
	  .fallback = "99", /* not 100: in step with nothing that ticks at round rates */
	  .help = "Samples per second and CPU",
	  OPTION_NUMBER(record_options, source.freq_hz, INT32_MAX) },
	{ .name = "max-overhead",
	  .argument = "PERCENT",
	  .help = "Sample less often while profiling costs more of the CPUs than this",
	  OPTION_PERCENT(record_options, max_overhead) },
	{ .name = "duration",
	  .letter = 'd',
	  .argument = "SECS",
	  .help = "Stop after SECS; else at Ctrl-C or when the target ends",
	  OPTION_POSITIVE(record_options, duration_s, DURATION_MAX_S) },
	{ .name = "idle",
	  .help = "Record the idle task too",
	  OPTION_FLAG(record_options, source.idle) },
	{ 0 },
};

static const struct option_row stack_rows[] = {
	{ .name = "user",
	  .letter = 'U',
	  .help = "User stacks only",
	  OPTION_FLAG(record_options, source.no_kernel) },
	{ .name = "kernel",
	  .letter = 'K',
	  .help = "Kernel stacks only",
	  OPTION_FLAG(record_options, source.no_user) },
	{ .name = "unwind",
	  .argument = "auto|fp|cfi",
	  .fallback = "auto",
	  .help = "How user stacks are walked",
	  OPTION_ENUM(record_options, source.unwind, unwind_name, "method") },
	{ .name = "unwind-mem",
	  .argument = "MIB",
	  .fallback = "256",
	  .help = "Most memory for unwind tables",
	  OPTION_NUMBER(record_options, unwind_mem_mib, UNWIND_MEM_MAX_MIB) },
	OPTION_NATIVE_FRAMES(record_options, report.native),
	{ .name = "interpreter-lines",
	  .help = "Their functions by the line that is executed",
	  OPTION_FLAG(record_options, report.lines) },
	OPTION_NO_INTERPRETERS(record_options, source.no_interpreters),
	{ .name = "per-process",
	  .help = "Roots are comm-PID",
	  OPTION_FLAG(record_options, report.per_process) },
	{ .name = "per-thread",
	  .help = "Roots are comm-PID/TID",
	  OPTION_FLAG(record_options, report.per_thread) },
	{ 0 },
};

static const struct option_row output_rows[] = {
	{ OPTION_OUTPUT(record_options), .word = option_format_ending,
	  .help = "Repeatable; {}; - is folded on stdout" },
	OPTION_FORMAT(record_options, option_format_name),
	OPTION_NO_ANNOTATIONS(record_options),
	{ .name = "stats",
	  .argument = "FILE",
	  .completion = COMPLETE_FILE,
	  .help = "Write the ledger as JSON; - is stdout",
	  OPTION_STRING(record_options, stats) },
	{ .name = "report-timeout",
	  .argument = "SECS",
	  .fallback = "30", /* longer than any but the largest programs need */
	  .help = "Write what has names by then, SECS after the sampling",
	  OPTION_POSITIVE(record_options, report_timeout_s, REPORT_TIMEOUT_MAX_S) },
	{ .name = "map-entries",
	  .argument = "N",
	  .help = "Entries of each kernel map; by default from the rate",
	  OPTION_NUMBER(record_options, source.map_entries, MAP_ENTRIES_MAX) },
	{ 0 },
};

static const struct option_group record_groups[] = {
	{ .number = 1, .heading = "What to sample:", .rows = what_rows },
	{ .number = 2, .heading = "Stacks:", .rows = stack_rows },
	{ .number = 2,
	  .rows = option_names_rows,
	  .offset = offsetof(struct record_options, names) },
	{ .number = 3, .heading = "Output:", .rows = output_rows },
	OPTION_TALK_GROUP(record_options),
	{ 0 },
};

static const struct option_foreign record_foreign[] = {
	{ "call-graph", 'g', "stacks are always recorded (--unwind chooses how they are walked)" },
	{ "count", 'c', "--freq says how often, in samples a second" },
	{ "interval", 'I', "--freq says how often, in samples a second" },
	{ 0 },
};

/* The first word of the command ends the options. */
static void take_command(struct argp_state *state, void *opts, char *arg)
{
	struct record_options *record = opts;

	record->cmd = &state->argv[state->next - 1];
	state->next = state->argc;
}

static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

static void check_target(struct argp_state *state, const struct record_options *record)
{
	int targets = !!record->pids.cnt + !!record->tids.cnt + !!record->cgroup;

	if (record->children && !record->pids.cnt)
		argp_error(state, "--children needs --pid (a command's are followed always)");
	if (targets > 1)
		argp_error(state, "--pid, --tid and --cgroup exclude each other");
	if (targets && record->all_cpus)
		argp_error(state, "--all-cpus excludes --pid, --tid and --cgroup");
	if (targets && record->cmd && is_number(record->cmd[0]))
		argp_error(state,
			   "'%s' would be a command, which excludes --pid, --tid and --cgroup "
			   "(several ids are one word: 1,%s)",
			   record->cmd[0], record->cmd[0]);
	if (targets && record->cmd)
		argp_error(state, "a command excludes --pid, --tid and --cgroup");
	if (!record->cmd && state->quoted)
		argp_error(state, "no command stands behind -- (leave it out to record the "
				  "whole machine)");
	if (record->cmd && !record->cmd[0][0])
		argp_error(state, "the command is an empty word (is a variable not set?)");
	if (record->source.no_kernel && record->source.no_user)
		argp_error(state, "--user and --kernel exclude each other");
}

static void check_outputs(struct argp_state *state, struct record_options *record)
{
	option_check_outputs(state, &record->outputs);
	for (size_t i = 0; i < record->outputs.cnt && record->cmd; i++) {
		if (!strcmp(record->outputs.specs[i].path, "-"))
			argp_error(state, "--output: '-' is the command's own stdout");
	}
	if (record->cmd && record->stats && !strcmp(record->stats, "-"))
		argp_error(state, "--stats: '-' is the command's own stdout");
	if (record->stats)
		option_check_other_output(state, &record->outputs, record->outputs.cnt, "stats",
					  record->stats);
}

/* A pipe is for folded stacks, a terminal for a picture in a file; with a command stdout is its own. */
static void set_default_output(struct argp_state *state, struct record_options *record)
{
	if (record->cmd || isatty(STDOUT_FILENO))
		option_default_output(state, &record->outputs, DEFAULT_PICTURE, "svg", true);
	else
		option_default_output(state, &record->outputs, "-", "folded", false);
}

static void check_record(struct argp_state *state, void *opts)
{
	struct record_options *record = opts;

	check_outputs(state, record);
	check_target(state, record);
	set_default_output(state, record);
	record->source.per_thread = record->report.per_thread;
}

const struct option_command options_record = {
	.name = "record",
	.arguments = "[-- CMD [ARG...]]",
	.completion = COMPLETE_COMMAND,
	.what = "Sample stacks, name them, and write a profile.",
	.groups = record_groups,
	.foreign = record_foreign,
	.ends_at_argument = true,
	.argument = take_command,
	.check = check_record,
};

void options_parse_record(int argc, char **argv, struct record_options *out)
{
	*out = (struct record_options){ 0 };
	option_table_parse(&options_record, argc, argv, out);
}

void options_fini_record(struct record_options *opts)
{
	cpus_fini(&opts->source.cpus);
	free(opts->pids.ids);
	free(opts->tids.ids);
	free(opts->outputs.specs);
}
