/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * option_table.h - the options of a command as one table, from which they are parsed, and
 * from which help, completion and the check of the manual come.
 *
 * A row says what an option is called, what it is unless given, and which function puts its
 * argument into which field: nothing else has to be changed to add one but the manual.
 *
 * Ownership: tables are static; what is set refers to argv.
 * Errors:    a wrong command line ends the process with EXIT_USAGE after a message, --help
 *            with 0, as argp does.
 * Threads:   one.
 */
#ifndef PROFILER_COMMANDS_OPTION_TABLE_H
#define PROFILER_COMMANDS_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define EXIT_USAGE 2

#define OPTION_WORDS_SIZE 512 /* bytes that are enough for the words of any option */

struct argp_state;

/* The I-th of the words that an argument can be; NULL behind the last. */
typedef const char *option_word(size_t i);

/* What a shell offers for an argument that is not one of the words. */
enum option_completion {
	COMPLETE_WORDS, /* the words, if there are any */
	COMPLETE_FILE,
	COMPLETE_FOLDER,
	COMPLETE_PROCESS, /* an id */
	COMPLETE_THREAD,  /* an id */
	COMPLETE_COMMAND, /* of the shell, with its arguments */
};

struct option_row {
	const char *name;     /* the long one, without --; NULL: the table's end */
	char letter;	      /* the short one; 0: there is none */
	const char *argument; /* as the help calls it; NULL: it takes none */
	const char *fallback; /* the argument unless given; NULL: the field stays as it was */
	const char *help;     /* {} stands for the words */
	option_word *word;    /* NULL: it has no words */
	const char *noun;     /* what one of the words is, for a message: "format" */
	enum option_completion completion;
	/* Put ARG, NULL if it takes none, into FIELD, or call argp_error(). */
	void (*set)(struct argp_state *state, const struct option_row *row, const char *arg,
		    void *field);
	size_t field;	 /* offset in the struct that the group fills */
	double min, max; /* of a number, as set() wants them */
};

/* Rows that fill one struct. */
struct option_group {
	int number;		       /* help shows groups in its order, equal ones as one */
	const char *heading;	       /* NULL: there is none */
	const struct option_row *rows; /* NULL: the table's end */
	size_t offset;		       /* of the struct within the command's options */
};

/* An option that other profilers have, and what to do instead.  Help does not show it. */
struct option_foreign {
	const char *name; /* NULL: the table's end */
	char letter;	  /* 0: there is none */
	const char *instead;
};

struct option_command {
	const char *name;		   /* "record" */
	const char *arguments;		   /* as the help shows them; NULL: there are none */
	enum option_completion completion; /* of the arguments */
	const char *what;		   /* what it does, a sentence */
	const struct option_group *groups;
	const struct option_foreign *foreign; /* NULL: there are none */
	bool ends_at_argument;		      /* the options end at the first other word */
	/* A word that is no option, which ARG is; and the end of the line.  NULL: nothing to do. */
	void (*argument)(struct argp_state *state, void *opts, char *arg);
	void (*check)(struct argp_state *state, void *opts);
};

/* A number of a macro as the text of a fallback. */
#define OPTION_TEXT(number)    OPTION_LITERAL(number)
#define OPTION_LITERAL(number) #number

/* The field of a row: MEMBER of struct OWNER, which has to be of TYPE. */
#define OPTION_FIELD(type, owner, member)                                                          \
	.field = offsetof(struct owner, member) +                                                  \
		 0 * sizeof(char[_Generic(((struct owner *)0)->member, type : 1)])

/* Row I of all groups; NULL behind the last.  GROUP may be NULL. */
const struct option_row *option_table_row(const struct option_command *command, size_t i,
					  const struct option_group **group);

/* The words of WORD as "a, b, c" in TEXT, which is returned. */
const char *option_table_words(option_word *word, char text[OPTION_WORDS_SIZE]);

/* What --help says of ROW, to be freed; NULL: no memory. */
char *option_table_help(const struct option_row *row);

/* Parse the line into OPTS, the command's struct: fallbacks first, then as it stands. */
void option_table_parse(const struct option_command *command, int argc, char **argv, void *opts);

#endif /* PROFILER_COMMANDS_OPTION_TABLE_H */
