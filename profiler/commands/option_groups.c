// SPDX-License-Identifier: BSD-2-Clause
/* option_groups.c - see option_groups.h. */
#include "profiler/commands/option_groups.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "flamegraph/formats.h"
#include "flamegraph/palette.h"
#include "profiler/commands/output_format.h"
#include "profiler/guard/place.h"
#include "profiler/log.h"

#define FACTOR_MAX		 1e15
#define SYMBOLIZE_MEM_MAX_MIB	 (1u << 20)
#define DEBUGINFOD_TIMEOUT_MAX_S 3600
#define NUMBER_SIZE		 64

/* Talk */

static void set_quiet(struct argp_state *state, const struct option_row *row, const char *arg,
		      void *field)
{
	*(int *)field = LOG_QUIET;
}

static void raise_verbosity(struct argp_state *state, const struct option_row *row, const char *arg,
			    void *field)
{
	int *verbosity = field;

	*verbosity = *verbosity < LOG_DEBUG ? *verbosity + 1 : LOG_DEBUG;
}

const struct option_row option_talk_rows[] = {
	{ .name = "quiet", .letter = 'q', .help = "Only errors on stderr", .set = set_quiet },
	{ .name = "verbose",
	  .letter = 'v',
	  .help = "More on stderr; -vv adds libbpf's own messages",
	  .set = raise_verbosity },
	{ 0 },
};

/* Names */

const struct option_row option_names_rows[] = {
	{ .name = "no-inlines",
	  .help = "Do not expand inlined functions",
	  OPTION_FLAG(names_options, no_inlines) },
	{ .name = "no-demangle",
	  .help = "Leave C++ and Rust names as they are",
	  OPTION_FLAG(names_options, no_demangle) },
	{ .name = "symbolize-mem",
	  .argument = "MIB",
	  .fallback = "512", /* three times what the JVM's needs */
	  .help = "Most memory for debug information",
	  OPTION_NUMBER(names_options, symbolize_mem_mib, SYMBOLIZE_MEM_MAX_MIB) },
	{ .name = "debuginfod-timeout",
	  .argument = "SECS",
	  .fallback = "5",
	  .help = "Longest wait for debug files from DEBUGINFOD_URLS",
	  OPTION_POSITIVE(names_options, debuginfod_timeout_s, DEBUGINFOD_TIMEOUT_MAX_S) },
	{ 0 },
};

/* Interpreters */

const char *option_native_name(size_t i)
{
	static const char *const names[] = {
		[NATIVE_USEFUL] = "useful",
		[NATIVE_ALL] = "all",
		[NATIVE_NONE] = "none",
	};

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}

/* Pictures */

/* Whole pixels are drawn; a fraction is no error. */
static unsigned int parse_pixels(struct argp_state *state, const struct option_row *row,
				 const char *arg)
{
	double value = option_parse_positive(state, row, arg, row->max);

	if (value < row->min)
		argp_error(state, "--%s: '%s' is below the least that can be drawn, %.0f",
			   row->name, arg, row->min);
	return (unsigned int)value;
}

static void set_pixels(struct argp_state *state, const struct option_row *row, const char *arg,
		       void *field)
{
	*(unsigned int *)field = parse_pixels(state, row, arg);
}

static void set_font_size(struct argp_state *state, const struct option_row *row, const char *arg,
			  void *field)
{
	*(double *)field = parse_pixels(state, row, arg);
}

/* Pixels, or a share of the whole: "0.5%". */
static void set_min_width(struct argp_state *state, const struct option_row *row, const char *arg,
			  void *field)
{
	struct picture_opts *picture = field;
	size_t len = strlen(arg);
	char number[NUMBER_SIZE];

	picture->min_is_percent = len && arg[len - 1] == '%';
	snprintf(number, sizeof(number), "%.*s", (int)len - picture->min_is_percent, arg);
	picture->min_width =
		option_parse_positive(state, row, number,
				      picture->min_is_percent ? 100 : PICTURE_WIDTH_MAX);
}

static void set_background(struct argp_state *state, const struct option_row *row, const char *arg,
			   void *field)
{
	char words[OPTION_WORDS_SIZE];
	struct palette_back back;

	if (!palette_find_back(arg, &back))
		argp_error(state, "--%s: '%s' is not one of %s, or #rrggbb", row->name, arg,
			   option_table_words(row->word, words));
	*(const char **)field = arg;
}

static void set_colors(struct argp_state *state, const struct option_row *row, const char *arg,
		       void *field)
{
	option_find_word(state, row, arg);
	*(const char **)field = arg;
}

const struct option_row option_picture_rows[] = {
	{ .name = "title",
	  .argument = "TEXT",
	  .help = "Title of the picture",
	  OPTION_STRING(picture_opts, title) },
	{ .name = "subtitle",
	  .argument = "TEXT",
	  .help = "Second title",
	  OPTION_STRING(picture_opts, subtitle) },
	{ .name = "width",
	  .argument = "PIXELS",
	  .fallback = OPTION_TEXT(PICTURE_WIDTH),
	  .help = "Width of the picture",
	  .set = set_pixels,
	  OPTION_FIELD(unsigned int, picture_opts, width),
	  .min = PICTURE_WIDTH_MIN,
	  .max = PICTURE_WIDTH_MAX },
	{ .name = "inverted", .help = "Roots at the top", OPTION_FLAG(picture_opts, inverted) },
	{ 0 },
};

/* The names of what flamegraph.pl has too are its own, so that scripts need no change. */
const struct option_row option_drawing_rows[] = {
	{ .name = "height",
	  .argument = "PIXELS",
	  .fallback = OPTION_TEXT(PICTURE_FRAME_HEIGHT),
	  .help = "Height of a frame",
	  .set = set_pixels,
	  OPTION_FIELD(unsigned int, picture_opts, frame_height),
	  .min = PICTURE_HEIGHT_MIN,
	  .max = PICTURE_HEIGHT_MAX },
	{ .name = "minwidth",
	  .argument = "PIXELS|N%",
	  .fallback = OPTION_TEXT(PICTURE_MIN_WIDTH),
	  .help = "Leave out frames narrower than this, or than this share of the whole",
	  .set = set_min_width },
	{ .name = "fonttype",
	  .argument = "FONT",
	  .fallback = PICTURE_FONT_TYPE,
	  .help = "Font family",
	  OPTION_STRING(picture_opts, font_type) },
	{ .name = "fontsize",
	  .argument = "PIXELS",
	  .fallback = OPTION_TEXT(PICTURE_FONT_SIZE),
	  .help = "Height of the text",
	  .set = set_font_size,
	  OPTION_FIELD(double, picture_opts, font_size),
	  .min = PICTURE_FONT_MIN,
	  .max = PICTURE_FONT_MAX },
	{ .name = "countname",
	  .argument = "TEXT",
	  .fallback = PICTURE_COUNT_NAME,
	  .help = "What is counted",
	  OPTION_STRING(picture_opts, count_name) },
	{ .name = "nametype",
	  .argument = "TEXT",
	  .fallback = PICTURE_NAME_TYPE,
	  .help = "What a frame is",
	  OPTION_STRING(picture_opts, name_type) },
	{ .name = "colors",
	  .argument = "NAME",
	  .fallback = "wick",
	  .help = "By kind (wick), or as flamegraph.pl has them: {}",
	  .set = set_colors,
	  OPTION_FIELD(const char *, picture_opts, colors),
	  .word = palette_name,
	  .noun = "palette" },
	{ .name = "bgcolors",
	  .argument = "COLOR",
	  .help = "Background: {}, or #rrggbb",
	  .set = set_background,
	  OPTION_FIELD(const char *, picture_opts, background),
	  .word = palette_back_name },
	{ .name = "hash",
	  .help = "Shades by the function's name; they always are",
	  .set = option_set_nothing },
	{ .name = "negate",
	  .help = "Swap the hues of a differential picture",
	  OPTION_FLAG(picture_opts, negate) },
	{ .name = "factor",
	  .argument = "N",
	  .help = "Show counts multiplied by this",
	  OPTION_POSITIVE(picture_opts, factor, FACTOR_MAX) },
	{ .name = "total",
	  .argument = "N",
	  .help = "What the whole width stands for, if more than the sum",
	  OPTION_POSITIVE(picture_opts, total, FACTOR_MAX) },
	{ .name = "notes",
	  .argument = "TEXT",
	  .help = "Kept inside the picture",
	  OPTION_STRING(picture_opts, notes) },
	{ 0 },
};

/* Outputs */

const char *option_format_name(size_t i)
{
	const struct output_format *format = output_format_at(i);

	return format ? format->name : NULL;
}

const char *option_format_ending(size_t i)
{
	const struct output_format *format;

	for (size_t at = 0; (format = output_format_at(at)); at++) {
		for (size_t j = 0; j < OUTPUT_ENDINGS_MAX && format->endings[j]; j++) {
			if (!i--)
				return format->endings[j];
		}
	}
	return NULL;
}

static void add_spec(struct argp_state *state, struct output_list *list, struct output_spec spec)
{
	list->specs = reallocarray(list->specs, list->cnt + 1, sizeof(*list->specs));
	if (!list->specs)
		argp_failure(state, EXIT_FAILURE, ENOMEM, "--output");
	list->specs[list->cnt++] = spec;
}

void option_add_output(struct argp_state *state, const struct option_row *row, const char *arg,
		       void *field)
{
	add_spec(state, field, (struct output_spec){ .path = arg });
}

void option_set_format(struct argp_state *state, const struct option_row *row, const char *arg,
		       void *field)
{
	const struct output_list *list = field;

	if (!list->cnt)
		argp_error(state, "--%s: no --output stands before it", row->name);
	option_find_word(state, row, arg);
	list->specs[list->cnt - 1].format = output_format_by_name(arg);
}

/* Two names of what can only be written once.  A device takes everything. */
static bool is_same_output(const char *a, const char *b)
{
	int fd = place_own_fd(a);
	struct stat st;

	if (fd >= 0)
		return fd == place_own_fd(b);
	return !strcmp(a, b) && (stat(a, &st) || !S_ISCHR(st.st_mode));
}

void option_check_other_output(struct argp_state *state, const struct output_list *list, size_t cnt,
			       const char *option, const char *path)
{
	if (!*path)
		argp_error(state, "--%s: the file's name is empty (is a variable not set?)",
			   option);
	for (size_t i = 0; i < cnt; i++) {
		if (is_same_output(list->specs[i].path, path))
			argp_error(state,
				   "--%s: '%s' is an output already (each needs a file of its own)",
				   option, path);
	}
}

void option_check_outputs(struct argp_state *state, struct output_list *list)
{
	char endings[OPTION_WORDS_SIZE];

	for (size_t i = 0; i < list->cnt; i++) {
		struct output_spec *spec = &list->specs[i];

		option_check_other_output(state, list, i, "output", spec->path);
		if (!spec->format)
			spec->format = output_format_by_path(spec->path);
		if (!spec->format)
			argp_error(state, "--output: unknown ending of '%s' (%s; or add --format)",
				   spec->path, option_table_words(option_format_ending, endings));
	}
}

void option_default_output(struct argp_state *state, struct output_list *list, const char *path,
			   const char *format, bool keep_old)
{
	if (!list->cnt)
		add_spec(state, list,
			 (struct output_spec){ path, output_format_by_name(format), keep_old });
}

/* Inputs */

const char *option_input_name(size_t i)
{
	static const char *const names[] = {
		[INPUT_FOLDED] = "folded",
		[INPUT_PPROF] = "pprof",
		[INPUT_PERF] = "perf",
	};

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}
