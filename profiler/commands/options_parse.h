/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options_parse.h - what the option tables of several commands share: values,
 * outputs, names, pictures, -q and -v.  Private to options*.c.
 *
 * Errors: a wrong value ends the process by argp_error(), see options.h.
 */
#ifndef PROFILER_COMMANDS_OPTIONS_PARSE_H
#define PROFILER_COMMANDS_OPTIONS_PARSE_H

#include "profiler/commands/options.h"

#include <argp.h>

/* Keys of the options without a letter; one space, as commands share parsers. */
enum {
	KEY_FORMAT = 256,
	KEY_PER_PROCESS,
	KEY_PER_THREAD,
	KEY_UNWIND,
	KEY_UNWIND_MEM,
	KEY_NO_INLINES,
	KEY_SYMBOLIZE_MEM,
	KEY_NO_DEMANGLE,
	KEY_DEBUGINFOD_TIMEOUT,
	KEY_NO_ANNOTATIONS,
	KEY_IDLE,
	KEY_CHILDREN,
	KEY_STATS,
	KEY_MAP_ENTRIES,
	KEY_MAX_OVERHEAD,
	KEY_TITLE,
	KEY_SUBTITLE,
	KEY_WIDTH,
	KEY_MINWIDTH,
	KEY_COUNTNAME,
	KEY_INVERTED,
	KEY_FROM,
	KEY_NORMALIZE,
	KEY_HEIGHT,
	KEY_FONTTYPE,
	KEY_FONTSIZE,
	KEY_NAMETYPE,
	KEY_COLORS,
	KEY_BGCOLORS,
	KEY_HASH,
	KEY_REVERSE,
	KEY_FLAMECHART,
	KEY_NEGATE,
	KEY_FACTOR,
	KEY_TOTAL,
	KEY_NOTES,
	KEY_ENCODING,
};

/* A whole number from 1 to MAX; a number above 0, at the most MAX. */
unsigned long parse_number(struct argp_state *state, const char *what, const char *arg,
			   unsigned long max);
double parse_positive(struct argp_state *state, const char *what, const char *arg, double max);

/* Parsers of groups of options, for a command's own: ARGP_ERR_UNKNOWN if KEY is no such. */
error_t parse_output(int key, char *arg, struct argp_state *state, struct output_list *list);
error_t parse_names(int key, char *arg, struct argp_state *state, struct names_options *names);
error_t parse_picture(int key, char *arg, struct argp_state *state, struct picture_opts *picture);

/* When all options are read. */
void check_outputs(struct argp_state *state, struct output_list *list);

/* --from; an argument that names an input. */
enum input_format parse_from(struct argp_state *state, const char *name);
void add_input(struct argp_state *state, const char ***list, size_t *cnt, const char *path);

/* -q and -v; its input is an int, enum log_level. */
extern const struct argp_child verbosity_child[];

/* argp_parse() under NAME, with our exit status. */
void run_argp(const struct argp *argp, const char *name, int argc, char **argv, unsigned int flags,
	      void *opts);

#endif /* PROFILER_COMMANDS_OPTIONS_PARSE_H */
