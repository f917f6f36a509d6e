// SPDX-License-Identifier: BSD-2-Clause
/* options_record.c - the command line of `wick record`, see options.h. */
#include "profiler/commands/options_parse.h"
#include "profiler/log.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_FREQ_HZ	   99 /* not 100: in step with nothing that ticks at round rates */
#define UNWIND_MEM_MIB	   256
#define UNWIND_MEM_MAX_MIB 1024 /* UNWIND_SHARDS of 2 MiB */
#define DURATION_MAX_S	   (10.0 * 365 * 24 * 3600)

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

static void parse_ids(struct argp_state *state, const char *what, const char *arg,
		      struct id_list *list)
{
	char *copy = strdup(arg), *rest = copy, *word;

	if (!copy)
		argp_failure(state, EXIT_FAILURE, ENOMEM, "%s", what);
	while ((word = strsep(&rest, ","))) {
		pid_t id = (pid_t)parse_number(state, what, word, INT32_MAX);

		list->ids = reallocarray(list->ids, list->cnt + 1, sizeof(*list->ids));
		if (!list->ids)
			argp_failure(state, EXIT_FAILURE, ENOMEM, "%s", what);
		list->ids[list->cnt++] = id;
	}
	free(copy);
}

static double parse_percent(struct argp_state *state, const char *what, const char *arg)
{
	double value;
	char *end;

	errno = 0;
	value = strtod(arg, &end);
	if (errno || end == arg || *end || !(value > 0 && value <= 100))
		argp_error(state,
			   "%s: '%s' is not a percentage above 0, at the most 100 (such as 0.5; "
			   "without a %% sign)",
			   what, arg);
	return value;
}

static const struct event_type *parse_event(struct argp_state *state, const char *arg)
{
	for (size_t i = 0; i < sizeof(event_types) / sizeof(event_types[0]); i++) {
		if (!strcmp(arg, event_types[i].name))
			return &event_types[i];
	}
	argp_error(state,
		   "--event: unknown event '%s' (cpu-clock, page-faults, "
		   "context-switches, cycles, ... see the man page)",
		   arg);
	return NULL;
}

static enum unwind_method parse_unwind(struct argp_state *state, const char *arg)
{
	static const char *const names[] = {
		[UNWIND_AUTO] = "auto",
		[UNWIND_BY_CFI] = "cfi",
		[UNWIND_BY_FP] = "fp",
	};

	for (int i = 0; i < (int)(sizeof(names) / sizeof(names[0])); i++) {
		if (!strcmp(arg, names[i]))
			return (enum unwind_method)i;
	}
	argp_error(state, "--unwind: unknown method '%s' (auto, fp, cfi)", arg);
	return UNWIND_AUTO;
}

static const struct argp_option record_table[] = {
	{ 0, 0, 0, 0, "What to sample:", 1 },
	{ "all-cpus", 'a', 0, 0, "The whole system; the default when no target is named", 1 },
	{ "cpu", 'C', "LIST", 0, "Only these CPUs: 0,2-5", 1 },
	{ "pid", 'p', "PID[,PID]", 0, "These processes, with threads started later", 1 },
	{ "children", KEY_CHILDREN, 0, 0, "With --pid: and the processes below them", 1 },
	{ "tid", 't', "TID[,TID]", 0, "These threads", 1 },
	{ "cgroup", 'G', "PATH", 0, "Tasks of this cgroup v2 and below", 1 },
	{ "event", 'e', "NAME", 0, "What to count: cpu-clock (default), page-faults, ...", 1 },
	{ "freq", 'F', "HZ", 0, "Samples per second and CPU, default 99", 1 },
	{ "max-overhead", KEY_MAX_OVERHEAD, "PERCENT", 0,
	  "Sample less often while profiling costs more of the CPUs than this", 1 },
	{ "duration", 'd', "SECS", 0, "Stop after SECS; else at Ctrl-C or when the target ends",
	  1 },
	{ "idle", KEY_IDLE, 0, 0, "Record the idle task too", 1 },
	{ 0, 0, 0, 0, "Stacks:", 2 },
	{ "user", 'U', 0, 0, "User stacks only", 2 },
	{ "kernel", 'K', 0, 0, "Kernel stacks only", 2 },
	{ "unwind", KEY_UNWIND, "auto|fp|cfi", 0, "How user stacks are walked, default auto", 2 },
	{ "unwind-mem", KEY_UNWIND_MEM, "MIB", 0, "Most memory for unwind tables, default 256", 2 },
	{ "per-process", KEY_PER_PROCESS, 0, 0, "Roots are comm-PID", 2 },
	{ "per-thread", KEY_PER_THREAD, 0, 0, "Roots are comm-PID/TID", 2 },
	{ "no-inlines", KEY_NO_INLINES, 0, 0, "Do not expand inlined functions", 2 },
	{ "no-demangle", KEY_NO_DEMANGLE, 0, 0, "Leave C++ and Rust names as they are", 2 },
	{ "symbolize-mem", KEY_SYMBOLIZE_MEM, "MIB", 0,
	  "Most memory for debug information, default 512", 2 },
	{ "debuginfod-timeout", KEY_DEBUGINFOD_TIMEOUT, "SECS", 0,
	  "Longest wait for debug files from DEBUGINFOD_URLS, default 5", 2 },
	{ 0, 0, 0, 0, "Output:", 3 },
	{ "output", 'o', "FILE", 0,
	  "Repeatable; .svg .html .folded .txt .pb.gz .pprof "
	  ".speedscope.json; - is folded on stdout",
	  3 },
	{ "format", KEY_FORMAT, "NAME", 0,
	  "Format of the -o before it: svg, html, folded, pprof, "
	  "speedscope",
	  3 },
	{ "no-annotations", KEY_NO_ANNOTATIONS, 0, 0, "Leave out _[k], _[i] and _[j]", 3 },
	{ "stats", KEY_STATS, "FILE", 0, "Write the ledger as JSON; - is stdout", 3 },
	{ "map-entries", KEY_MAP_ENTRIES, "N", 0,
	  "Entries of each kernel map; by default from the rate", 3 },
	{ 0 },
};

static error_t parse_record_what(int key, char *arg, struct argp_state *state)
{
	struct record_options *opts = state->input;
	int err;

	switch (key) {
	case 'a':
		opts->all_cpus = true;
		return 0;
	case 'C':
		cpus_fini(&opts->cpus);
		err = cpus_parse(arg, &opts->cpus);
		if (err)
			argp_error(state, "--cpu: '%s' is not a list such as 0,2-5", arg);
		return 0;
	case 'p':
		parse_ids(state, "--pid", arg, &opts->pids);
		return 0;
	case 't':
		parse_ids(state, "--tid", arg, &opts->tids);
		return 0;
	case 'G':
		opts->cgroup = arg;
		return 0;
	case 'e':
		opts->event = parse_event(state, arg);
		return 0;
	case 'F':
		opts->freq_hz = (unsigned int)parse_number(state, "--freq", arg, INT32_MAX);
		return 0;
	case 'd':
		opts->duration_s = parse_positive(state, "--duration", arg, DURATION_MAX_S);
		return 0;
	case KEY_MAX_OVERHEAD:
		opts->max_overhead = parse_percent(state, "--max-overhead", arg);
		return 0;
	case KEY_CHILDREN:
		opts->children = true;
		return 0;
	case KEY_IDLE:
		opts->idle = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_record_stacks(int key, char *arg, struct argp_state *state)
{
	struct record_options *opts = state->input;

	switch (key) {
	case 'U':
		opts->user_only = true;
		return 0;
	case 'K':
		opts->kernel_only = true;
		return 0;
	case KEY_UNWIND:
		opts->unwind = parse_unwind(state, arg);
		return 0;
	case KEY_UNWIND_MEM:
		opts->unwind_mem_mib =
			(unsigned int)parse_number(state, "--unwind-mem", arg, UNWIND_MEM_MAX_MIB);
		return 0;
	case KEY_PER_PROCESS:
		opts->per_process = true;
		return 0;
	case KEY_PER_THREAD:
		opts->per_thread = true;
		return 0;
	default:
		return parse_names(key, arg, state, &opts->names);
	}
}

static error_t parse_record_output(int key, char *arg, struct argp_state *state)
{
	struct record_options *opts = state->input;

	switch (key) {
	case 'o':
	case KEY_FORMAT:
		return parse_output(key, arg, state, &opts->outputs);
	case KEY_NO_ANNOTATIONS:
		opts->no_annotations = true;
		return 0;
	case KEY_STATS:
		opts->stats = arg;
		return 0;
	case KEY_MAP_ENTRIES:
		opts->map_entries =
			(unsigned int)parse_number(state, "--map-entries", arg, 1 << 20);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void check_record(struct argp_state *state, const struct record_options *opts)
{
	int targets = !!opts->pids.cnt + !!opts->tids.cnt + !!opts->cgroup;

	if (opts->children && !opts->pids.cnt)
		argp_error(state, "--children needs --pid (a command's are followed always)");
	if (targets > 1)
		argp_error(state, "--pid, --tid and --cgroup exclude each other");
	if (targets && opts->all_cpus)
		argp_error(state, "--all-cpus excludes --pid, --tid and --cgroup");
	if (targets && opts->cmd)
		argp_error(state, "a command excludes --pid, --tid and --cgroup");
	if (opts->user_only && opts->kernel_only)
		argp_error(state, "--user and --kernel exclude each other");
	for (size_t i = 0; i < opts->outputs.cnt; i++) {
		if (strcmp(opts->outputs.specs[i].path, "-"))
			continue;
		if (opts->cmd)
			argp_error(state, "--output: '-' is the command's own stdout");
		if (opts->stats && !strcmp(opts->stats, "-"))
			argp_error(state, "--output and --stats cannot both be '-'");
	}
	if (opts->cmd && opts->stats && !strcmp(opts->stats, "-"))
		argp_error(state, "--stats: '-' is the command's own stdout");
}

static error_t parse_record(int key, char *arg, struct argp_state *state)
{
	struct record_options *opts = state->input;
	error_t err;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &opts->verbosity;
		return 0;
	case ARGP_KEY_ARG: /* the first word of the command ends the options */
		opts->cmd = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		check_outputs(state, &opts->outputs);
		check_record(state, opts);
		return 0;
	}
	err = parse_record_what(key, arg, state);
	if (err == ARGP_ERR_UNKNOWN)
		err = parse_record_stacks(key, arg, state);
	if (err == ARGP_ERR_UNKNOWN)
		err = parse_record_output(key, arg, state);
	return err;
}

void options_parse_record(int argc, char **argv, struct record_options *out)
{
	static const struct argp argp = {
		.options = record_table,
		.parser = parse_record,
		.args_doc = "[-- CMD [ARG...]]",
		.doc = "Sample stacks, name them, and write a profile.",
		.children = verbosity_child,
	};

	*out = (struct record_options){
		.freq_hz = DEFAULT_FREQ_HZ,
		.event = &event_types[0],
		.unwind_mem_mib = UNWIND_MEM_MIB,
		.names = NAMES_OPTIONS_DEFAULT,
	};
	run_argp(&argp, "wick record", argc, argv, ARGP_IN_ORDER, out);
}

void options_fini_record(struct record_options *opts)
{
	cpus_fini(&opts->cpus);
	free(opts->pids.ids);
	free(opts->tids.ids);
	free(opts->outputs.specs);
}
