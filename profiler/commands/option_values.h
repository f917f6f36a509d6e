/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * option_values.h - what an option's argument can be, for the rows of option_table.h.
 *
 * Errors: a wrong value ends the process by argp_error(), with a message that names the
 *         option, the value and what it should have been.
 */
#ifndef PROFILER_COMMANDS_OPTION_VALUES_H
#define PROFILER_COMMANDS_OPTION_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "profiler/commands/option_table.h"
#include "profiler/ids.h"

/* No argument: the bool becomes true. */
void option_set_flag(struct argp_state *state, const struct option_row *row, const char *arg,
		     void *field);
#define OPTION_FLAG(owner, member) .set = option_set_flag, OPTION_FIELD(bool, owner, member)

/* An option that others have, and that changes nothing here. */
void option_set_nothing(struct argp_state *state, const struct option_row *row, const char *arg,
			void *field);

/* Any text; it is not copied. */
void option_set_text(struct argp_state *state, const struct option_row *row, const char *arg,
		     void *field);
#define OPTION_STRING(owner, member)                                                               \
	.set = option_set_text, OPTION_FIELD(const char *, owner, member)

/* A whole number from 1 to MOST. */
void option_set_number(struct argp_state *state, const struct option_row *row, const char *arg,
		       void *field);
#define OPTION_NUMBER(owner, member, most)                                                         \
	.set = option_set_number, OPTION_FIELD(unsigned int, owner, member), .max = (most)

/* The id of a process or thread. */
void option_set_id(struct argp_state *state, const struct option_row *row, const char *arg,
		   void *field);
#define OPTION_ID(owner, member) .set = option_set_id, OPTION_FIELD(pid_t, owner, member)

/* Ids with commas between them, which are added to an id_list. */
void option_add_ids(struct argp_state *state, const struct option_row *row, const char *arg,
		    void *field);
#define OPTION_IDS(owner, member) .set = option_add_ids, OPTION_FIELD(struct id_list, owner, member)

/* A number above 0, at the most MOST; a percentage of at most 100. */
void option_set_positive(struct argp_state *state, const struct option_row *row, const char *arg,
			 void *field);
#define OPTION_POSITIVE(owner, member, most)                                                       \
	.set = option_set_positive, OPTION_FIELD(double, owner, member), .max = (most)
void option_set_percent(struct argp_state *state, const struct option_row *row, const char *arg,
			void *field);
#define OPTION_PERCENT(owner, member) .set = option_set_percent, OPTION_FIELD(double, owner, member)

/* One of the row's words; the enum becomes its index. */
void option_set_word(struct argp_state *state, const struct option_row *row, const char *arg,
		     void *field);
#define OPTION_ENUM(owner, member, words, called)                                                  \
	.set = option_set_word, OPTION_FIELD(unsigned int, owner, member), .word = (words),        \
	.noun = (called)

/* The index of ARG among the row's words, for a set() of one's own. */
size_t option_find_word(struct argp_state *state, const struct option_row *row, const char *arg);

/* ARG as a number above 0 and at most MAX, for a set() of one's own. */
double option_parse_positive(struct argp_state *state, const struct option_row *row,
			     const char *arg, double max);

#endif /* PROFILER_COMMANDS_OPTION_VALUES_H */
