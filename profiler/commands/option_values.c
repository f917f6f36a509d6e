// SPDX-License-Identifier: BSD-2-Clause
/* option_values.c - see option_values.h. */
#include "profiler/commands/option_values.h"

#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

void option_set_flag(struct argp_state *state, const struct option_row *row, const char *arg,
		     void *field)
{
	*(bool *)field = true;
}

void option_set_nothing(struct argp_state *state, const struct option_row *row, const char *arg,
			void *field)
{
}

void option_set_text(struct argp_state *state, const struct option_row *row, const char *arg,
		     void *field)
{
	*(const char **)field = arg;
}

static unsigned int parse_number(struct argp_state *state, const struct option_row *row,
				 const char *arg, unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(arg, &end, 10);
	if (errno || end == arg || *end || *arg < '0' || *arg > '9' || !value || value > max)
		argp_error(state, "--%s: '%s' is not a number from 1 to %lu", row->name, arg, max);
	return (unsigned int)value;
}

void option_set_number(struct argp_state *state, const struct option_row *row, const char *arg,
		       void *field)
{
	*(unsigned int *)field = parse_number(state, row, arg, (unsigned long)row->max);
}

static bool is_id(const char *text)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && value && value <= INT32_MAX;
}

/* An id is often what `pgrep` printed, which may be nothing, and then the next word is taken. */
static pid_t parse_id(struct argp_state *state, const struct option_row *row, const char *text)
{
	if (!is_id(text))
		argp_error(state,
			   "--%s: '%s' is not a number from 1 to %d, the id of what runs (see "
			   "ps -eL; pgrep prints nothing for what does not run)",
			   row->name, text, INT32_MAX);
	return (pid_t)strtoul(text, NULL, 10);
}

void option_set_id(struct argp_state *state, const struct option_row *row, const char *arg,
		   void *field)
{
	*(pid_t *)field = parse_id(state, row, arg);
}

void option_add_ids(struct argp_state *state, const struct option_row *row, const char *arg,
		    void *field)
{
	char *copy = strdup(arg), *rest = copy, *word;
	struct id_list *list = field;

	if (!copy)
		argp_failure(state, EXIT_FAILURE, ENOMEM, "--%s", row->name);
	while ((word = strsep(&rest, ","))) {
		pid_t id = parse_id(state, row, word);

		list->ids = reallocarray(list->ids, list->cnt + 1, sizeof(*list->ids));
		if (!list->ids)
			argp_failure(state, EXIT_FAILURE, ENOMEM, "--%s", row->name);
		list->ids[list->cnt++] = id;
	}
	free(copy);
}

double option_parse_positive(struct argp_state *state, const struct option_row *row,
			     const char *arg, double max)
{
	double value;
	char *end;

	errno = 0;
	value = strtod(arg, &end);
	if (end == arg || *end || isnan(value) || isinf(value) || value <= 0)
		argp_error(state, "--%s: '%s' is not a number above 0", row->name, arg);
	if (errno || value > max)
		argp_error(state, "--%s: '%s' is above the most that it can be, %.15g", row->name,
			   arg, max);
	return value;
}

void option_set_positive(struct argp_state *state, const struct option_row *row, const char *arg,
			 void *field)
{
	*(double *)field = option_parse_positive(state, row, arg, row->max);
}

void option_set_percent(struct argp_state *state, const struct option_row *row, const char *arg,
			void *field)
{
	double value;
	char *end;

	errno = 0;
	value = strtod(arg, &end);
	if (errno || end == arg || *end || !(value > 0 && value <= 100))
		argp_error(state,
			   "--%s: '%s' is not a percentage above 0, at the most 100 (such as 0.5; "
			   "without a %% sign)",
			   row->name, arg);
	*(double *)field = value;
}

size_t option_find_word(struct argp_state *state, const struct option_row *row, const char *arg)
{
	char words[OPTION_WORDS_SIZE];

	for (size_t i = 0; row->word(i); i++) {
		if (!strcmp(arg, row->word(i)))
			return i;
	}
	argp_error(state, "--%s: unknown %s '%s' (%s)", row->name, row->noun, arg,
		   option_table_words(row->word, words));
	return 0;
}

void option_set_word(struct argp_state *state, const struct option_row *row, const char *arg,
		     void *field)
{
	*(unsigned int *)field = (unsigned int)option_find_word(state, row, arg);
}
