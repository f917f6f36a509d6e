// SPDX-License-Identifier: BSD-2-Clause
/* option_list.c - see option_list.h. */
#include "profiler/commands/option_list.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/commands/option_table.h"

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static void write_completion(enum option_completion completion, option_word *word, FILE *f)
{
	static const char *const names[] = {
		[COMPLETE_WORDS] = "words",   [COMPLETE_FILE] = "file",
		[COMPLETE_FOLDER] = "folder", [COMPLETE_PROCESS] = "process",
		[COMPLETE_THREAD] = "thread", [COMPLETE_COMMAND] = "command",
	};

	fputs(completion == COMPLETE_WORDS && !word ? "-" : names[completion], f);
	for (size_t i = 0; word && word(i); i++)
		fprintf(f, " %s", word(i));
}

static int write_row(const struct option_command *command, const struct option_row *row, FILE *f)
{
	const char letter[] = { row->letter ? row->letter : '-', '\0' };
	char *help = option_table_help(row);

	if (!help)
		return -ENOMEM;
	fprintf(f, "%s\t%s\t%s\t%s\t%s\t", command->name, row->name, letter, or_dash(row->argument),
		or_dash(row->fallback));
	write_completion(row->completion, row->word, f);
	fprintf(f, "\t%s\n", help);
	free(help);
	return 0;
}

int option_list_write(const struct option_command *command, FILE *f)
{
	/* argp adds them to each command. */
	static const struct option_row rows[] = {
		{ .name = "help", .letter = '?', .help = "Give this help list" },
		{ .name = "usage", .help = "Give a short usage message" },
	};
	const struct option_row *row;
	int err = 0;

	fprintf(f, "%s\t-\t-\t%s\t-\t", command->name, or_dash(command->arguments));
	write_completion(command->completion, NULL, f);
	fprintf(f, "\t%s\n", command->what);
	for (size_t i = 0; !err && (row = option_table_row(command, i, NULL)); i++)
		err = write_row(command, row, f);
	for (size_t i = 0; !err && i < sizeof(rows) / sizeof(rows[0]); i++)
		err = write_row(command, &rows[i], f);
	return err;
}
