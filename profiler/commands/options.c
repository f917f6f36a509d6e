// SPDX-License-Identifier: BSD-2-Clause
/* options.c - what the commands' option tables share, see options_parse.h. */
#include "profiler/commands/options_parse.h"
#include "profiler/commands/output_format.h"
#include "profiler/log.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values */

unsigned long parse_number(struct argp_state *state, const char *what, const char *arg,
			   unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(arg, &end, 10);
	if (errno || end == arg || *end || *arg < '0' || *arg > '9' || !value || value > max)
		argp_error(state, "%s: '%s' is not a number from 1 to %lu", what, arg, max);
	return value;
}

double parse_positive(struct argp_state *state, const char *what, const char *arg, double max)
{
	double value;
	char *end;

	errno = 0;
	value = strtod(arg, &end);
	if (errno || end == arg || *end || !isfinite(value) || value <= 0 || value > max)
		argp_error(state, "%s: '%s' is not a number above 0", what, arg);
	return value;
}

/* Outputs */

static const struct output_format *format_by_name(struct argp_state *state, const char *name)
{
	const struct output_format *format = output_format_by_name(name);

	if (!format)
		argp_error(state,
			   "--format: unknown format '%s' (folded, svg, html, pprof, speedscope)",
			   name);
	return format;
}

static const struct output_format *format_by_ending(struct argp_state *state, const char *path)
{
	const struct output_format *format = output_format_by_path(path);

	if (!format)
		argp_error(state,
			   "--output: unknown ending of '%s' (.folded, .txt, .svg, .html, .pb.gz, "
			   ".pprof, .speedscope.json; or add --format)",
			   path);
	return format;
}

static void add_output(struct argp_state *state, struct output_list *list, const char *path)
{
	list->specs = reallocarray(list->specs, list->cnt + 1, sizeof(*list->specs));
	if (!list->specs)
		argp_failure(state, EXIT_FAILURE, ENOMEM, "--output");
	list->specs[list->cnt++] = (struct output_spec){ .path = path };
}

static void set_format(struct argp_state *state, struct output_list *list, const char *name)
{
	if (!list->cnt)
		argp_error(state, "--format: no --output stands before it");
	else
		list->specs[list->cnt - 1].format = format_by_name(state, name);
}

error_t parse_output(int key, char *arg, struct argp_state *state, struct output_list *list)
{
	switch (key) {
	case 'o':
		add_output(state, list, arg);
		return 0;
	case KEY_FORMAT:
		set_format(state, list, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void check_outputs(struct argp_state *state, struct output_list *list)
{
	size_t on_stdout = 0;

	for (size_t i = 0; i < list->cnt; i++) {
		struct output_spec *spec = &list->specs[i];

		if (!spec->format)
			spec->format = format_by_ending(state, spec->path);
		on_stdout += !strcmp(spec->path, "-");
	}
	if (on_stdout > 1)
		argp_error(state, "--output: only one output can be '-'");
}

/* Inputs */

enum input_format parse_from(struct argp_state *state, const char *name)
{
	static const char *const names[] = {
		[INPUT_FOLDED] = "folded",
		[INPUT_PPROF] = "pprof",
		[INPUT_PERF] = "perf",
	};

	for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i]))
			return (enum input_format)i;
	}
	argp_error(state, "--from: unknown format '%s' (folded, pprof, perf)", name);
	return INPUT_DETECT;
}

void add_input(struct argp_state *state, const char ***list, size_t *cnt, const char *path)
{
	const char **bigger = reallocarray(*list, *cnt + 1, sizeof(*bigger));

	if (!bigger) {
		argp_failure(state, EXIT_FAILURE, ENOMEM, "arguments");
		return;
	}
	*list = bigger;
	(*list)[(*cnt)++] = path;
}

/* Options that several commands have */

error_t parse_names(int key, char *arg, struct argp_state *state, struct names_options *names)
{
	switch (key) {
	case KEY_SYMBOLIZE_MEM:
		names->symbolize_mem_mib = (unsigned int)parse_number(state, "--symbolize-mem", arg,
								      SYMBOLIZE_MEM_MAX_MIB);
		return 0;
	case KEY_DEBUGINFOD_TIMEOUT:
		names->debuginfod_timeout_s = parse_positive(state, "--debuginfod-timeout", arg,
							     DEBUGINFOD_TIMEOUT_MAX_S);
		return 0;
	case KEY_NO_INLINES:
		names->no_inlines = true;
		return 0;
	case KEY_NO_DEMANGLE:
		names->no_demangle = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option verbosity_options[] = {
	{ "quiet", 'q', 0, 0, "Only errors on stderr", 90 },
	{ "verbose", 'v', 0, 0, "More on stderr; -vv adds libbpf's own messages", 90 },
	{ 0 },
};

static error_t parse_verbosity(int key, char *arg, struct argp_state *state)
{
	int *verbosity = state->input;

	switch (key) {
	case 'q':
		*verbosity = LOG_QUIET;
		return 0;
	case 'v':
		*verbosity = *verbosity < LOG_DEBUG ? *verbosity + 1 : LOG_DEBUG;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp verbosity_argp = {
	.options = verbosity_options,
	.parser = parse_verbosity,
};
const struct argp_child verbosity_child[] = { { &verbosity_argp, 0, NULL, 90 }, { 0 } };

void run_argp(const struct argp *argp, const char *name, int argc, char **argv, unsigned int flags,
	      void *opts)
{
	int err;

	argp_err_exit_status = EXIT_USAGE;
	argv[0] = (char *)name; /* messages say "wick record: ..." */
	err = argp_parse(argp, argc, argv, flags, NULL, opts);
	if (err) { /* our parsers end the program by themselves: no memory, then */
		log_error("cannot read the options: %s", strerror(err));
		exit(EXIT_FAILURE);
	}
}
