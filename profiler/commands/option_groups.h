/* SPDX-License-Identifier: BSD-2-Clause */
/* option_groups.h - the rows of options that several commands have. */
#ifndef PROFILER_COMMANDS_OPTION_GROUPS_H
#define PROFILER_COMMANDS_OPTION_GROUPS_H

#include "profiler/commands/option_table.h"
#include "profiler/commands/option_values.h"
#include "profiler/commands/options.h"

/* Fills an int, enum log_level: -q and -v. */
#define OPTION_TALK_GROUP(owner)                                                                   \
	{                                                                                          \
		.number = 90, .rows = option_talk_rows,                                            \
		.offset = offsetof(struct owner, verbosity)                                        \
	}
extern const struct option_row option_talk_rows[];

/* Fill struct names_options. */
extern const struct option_row option_names_rows[];

/* Fill struct picture_opts: those of every picture, and those of `wick flamegraph` alone. */
extern const struct option_row option_picture_rows[];
extern const struct option_row option_drawing_rows[];

/* --output and --format: a struct output_list. */
void option_add_output(struct argp_state *state, const struct option_row *row, const char *arg,
		       void *field);
void option_set_format(struct argp_state *state, const struct option_row *row, const char *arg,
		       void *field);
const char *option_format_name(size_t i);
const char *option_format_ending(size_t i);
#define OPTION_OUTPUT(owner)                                                                       \
	.name = "output", .letter = 'o', .argument = "FILE", .completion = COMPLETE_FILE,          \
	.set = option_add_output, OPTION_FIELD(struct output_list, owner, outputs)
#define OPTION_FORMAT(owner, words)                                                                \
	{                                                                                          \
		.name = "format", .argument = "NAME", .help = "Format of the -o before it: {}",    \
		.set = option_set_format, OPTION_FIELD(struct output_list, owner, outputs),        \
		.word = (words), .noun = "format"                                                  \
	}

/* When all options have been read: each output has a format and a file of its own. */
void option_check_outputs(struct argp_state *state, struct output_list *list);

/* PATH, which OPTION names, is a name, and not one of the first CNT of LIST. */
void option_check_other_output(struct argp_state *state, const struct output_list *list, size_t cnt,
			       const char *option, const char *path);

/* What is written where no output was named. */
void option_default_output(struct argp_state *state, struct output_list *list, const char *path,
			   const char *format, bool keep_old);

/* --from: an enum input_format. */
const char *option_input_name(size_t i);
#define OPTION_FROM(owner)                                                                         \
	{                                                                                          \
		.name = "from", .argument = "NAME",                                                \
		.help = "Format of the inputs: {}; folded and pprof are recognized, perf is the "  \
			"text of perf script",                                                     \
		OPTION_ENUM(owner, from, option_input_name, "format")                              \
	}

/* Which frames an interpreter's stack has: an enum native_frames, and a bool. */
const char *option_native_name(size_t i);
#define OPTION_NATIVE_FRAMES(owner, member)                                                        \
	{                                                                                          \
		.name = "native-frames", .argument = "useful|all|none", .fallback = "useful",      \
		.help = "Which are shown of programs in Python",                                   \
		OPTION_ENUM(owner, member, option_native_name, "choice")                           \
	}
#define OPTION_NO_INTERPRETERS(owner, member)                                                      \
	{                                                                                          \
		.name = "no-interpreters", .help = "No functions of Python, only native ones",     \
		OPTION_FLAG(owner, member)                                                         \
	}

#define OPTION_NO_ANNOTATIONS(owner)                                                               \
	{                                                                                          \
		.name = "no-annotations",                                                          \
		.help = "Leave _[k], _[i], _[j] and _[p] out of folded output",                    \
		OPTION_FLAG(owner, no_annotations)                                                 \
	}

#endif /* PROFILER_COMMANDS_OPTION_GROUPS_H */
