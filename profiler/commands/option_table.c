// SPDX-License-Identifier: BSD-2-Clause
/* option_table.c - see option_table.h. */
#include "profiler/commands/option_table.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/log.h"

#define FIRST_KEY    256  /* of options without a letter: no character */
#define FOREIGN_KEY  4096 /* of the first that is another program's */
#define HELP_KEY     'h'  /* as everybody has it, unless the command's own is called so */
#define PROGRAM_SIZE 32

struct parse {
	const struct option_command *command;
	char *opts;
};

static void stop(int err)
{
	log_error("cannot read the options: %s", strerror(-err));
	exit(EXIT_FAILURE);
}

const struct option_row *option_table_row(const struct option_command *command, size_t i,
					  const struct option_group **group)
{
	for (const struct option_group *g = command->groups; g->rows; g++) {
		for (const struct option_row *row = g->rows; row->name; row++) {
			if (i--)
				continue;
			if (group)
				*group = g;
			return row;
		}
	}
	return NULL;
}

const char *option_table_words(option_word *word, char text[OPTION_WORDS_SIZE])
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; word(i) && len < OPTION_WORDS_SIZE; i++)
		len += (size_t)snprintf(text + len, OPTION_WORDS_SIZE - len, "%s%s", i ? ", " : "",
					word(i));
	return text;
}

char *option_table_help(const struct option_row *row)
{
	const char *gap = row->word ? strstr(row->help, "{}") : NULL;
	const char *fallback = row->fallback ? row->fallback : "";
	char words[OPTION_WORDS_SIZE], *text;
	int len;

	if (gap)
		len = asprintf(&text, "%.*s%s%s%s%s", (int)(gap - row->help), row->help,
			       option_table_words(row->word, words), gap + strlen("{}"),
			       *fallback ? "; default " : "", fallback);
	else
		len = asprintf(&text, "%s%s%s", row->help, *fallback ? ", default " : "", fallback);
	return len < 0 ? NULL : text;
}

static int key_of(const struct option_row *row, size_t i)
{
	return row->letter ? row->letter : FIRST_KEY + (int)i;
}

static void set_row(const struct parse *parse, struct argp_state *state,
		    const struct option_row *row, const struct option_group *group, const char *arg)
{
	row->set(state, row, arg, parse->opts + group->offset + row->field);
}

static size_t foreign_cnt(const struct option_command *command)
{
	size_t cnt = 0;

	while (command->foreign && command->foreign[cnt].name)
		cnt++;
	return cnt;
}

static void refuse_foreign(const struct parse *parse, struct argp_state *state, int key)
{
	size_t cnt = foreign_cnt(parse->command);

	for (size_t i = 0; i < cnt; i++) {
		const struct option_foreign *foreign = &parse->command->foreign[i];

		if (key == FOREIGN_KEY + (int)i || (foreign->letter && key == foreign->letter))
			argp_error(state, "--%s is not needed: %s", foreign->name,
				   foreign->instead);
	}
}

static error_t set_option(const struct parse *parse, struct argp_state *state, int key,
			  const char *arg)
{
	const struct option_group *group;
	const struct option_row *row;

	for (size_t i = 0; (row = option_table_row(parse->command, i, &group)); i++) {
		if (key_of(row, i) != key)
			continue;
		set_row(parse, state, row, group, arg);
		return 0;
	}
	if (key == HELP_KEY)
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
	refuse_foreign(parse, state, key);
	return ARGP_ERR_UNKNOWN;
}

static void set_fallbacks(const struct parse *parse, struct argp_state *state)
{
	const struct option_group *group;
	const struct option_row *row;

	for (size_t i = 0; (row = option_table_row(parse->command, i, &group)); i++) {
		if (row->fallback)
			set_row(parse, state, row, group, row->fallback);
	}
}

static error_t parse_key(int key, char *arg, struct argp_state *state)
{
	const struct parse *parse = state->input;
	const struct option_command *command = parse->command;

	switch (key) {
	case ARGP_KEY_INIT:
		set_fallbacks(parse, state);
		return 0;
	case ARGP_KEY_ARG:
		if (!command->argument)
			return ARGP_ERR_UNKNOWN;
		command->argument(state, parse->opts, arg);
		return 0;
	case ARGP_KEY_END:
		if (command->check)
			command->check(state, parse->opts);
		return 0;
	default:
		return set_option(parse, state, key, arg);
	}
}

/* The table as argp wants it; its texts are to be freed. */
static struct argp_option *make_argp_options(const struct option_command *command)
{
	const struct option_group *group, *last = NULL;
	const struct option_row *row;
	struct argp_option *options, *at;
	size_t cnt = 0;

	while (option_table_row(command, cnt, NULL))
		cnt++;
	options = at = calloc(2 * cnt + foreign_cnt(command) + 2, sizeof(*options)); /* headings */
	if (!options)
		stop(-ENOMEM);
	for (size_t i = 0; (row = option_table_row(command, i, &group)); i++) {
		if (group != last && group->heading)
			*at++ = (struct argp_option){ .doc = strdup(group->heading),
						      .group = group->number };
		last = group;
		*at++ = (struct argp_option){
			.name = row->name,
			.key = key_of(row, i),
			.arg = row->argument,
			.doc = option_table_help(row),
			.group = group->number,
		};
		if (!at[-1].doc)
			stop(-ENOMEM);
	}
	*at++ = (struct argp_option){ .key = HELP_KEY, .flags = OPTION_HIDDEN };
	for (size_t i = 0; i < foreign_cnt(command); i++)
		*at++ = (struct argp_option){
			.name = command->foreign[i].name,
			.key = command->foreign[i].letter ? command->foreign[i].letter
							  : FOREIGN_KEY + (int)i,
			.arg = "",
			.flags = OPTION_HIDDEN | OPTION_ARG_OPTIONAL,
		};
	return options;
}

void option_table_parse(const struct option_command *command, int argc, char **argv, void *opts)
{
	struct argp_option *options = make_argp_options(command);
	struct parse parse = { command, opts };
	const struct argp argp = {
		.options = options,
		.parser = parse_key,
		.args_doc = command->arguments,
		.doc = command->what,
	};
	char program[PROGRAM_SIZE], *called = argv[0];
	int err;

	argp_err_exit_status = EXIT_USAGE;
	snprintf(program, sizeof(program), "wick %s", command->name);
	argv[0] = program; /* messages begin with it */
	err = argp_parse(&argp, argc, argv, command->ends_at_argument ? ARGP_IN_ORDER : 0, NULL,
			 &parse);
	argv[0] = called;
	for (struct argp_option *option = options; option->doc || option->key; option++)
		free((char *)option->doc);
	free(options);
	if (err) /* wrong options have ended the program: there was no memory */
		stop(-err);
}
