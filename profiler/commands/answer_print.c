// SPDX-License-Identifier: BSD-2-Clause
/* answer_print.c - see answer_print.h. */
#include "profiler/commands/answer_print.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "profiler/json.h"
#include "profiler/log.h"

#define NAME_SHOWN 65536 /* bytes of a name, or of a path */

/* Where the execution is in frame I: at the answer's line, or at the call of the next one. */
static void get_place(const struct sym_answer *answer, unsigned int i, const char **file, int *line)
{
	bool is_innermost = i + 1 >= answer->frame_cnt;

	*file = is_innermost ? answer->file : answer->frames[i + 1].call_file;
	*line = is_innermost ? answer->line : answer->frames[i + 1].call_line;
}

/* NAME is of a file that anyone may have made, and stdout a terminal. */
static void put_words(const char *before, const char *name, const char *after)
{
	char shown[NAME_SHOWN];

	fputs(before, stdout);
	fputs(log_printable(name, shown, sizeof(shown)), stdout);
	fputs(after, stdout);
}

static void print_human(uint64_t address, const struct sym_answer *answer)
{
	printf("0x%" PRIx64, address);
	if (!answer->frame_cnt)
		printf(" ?? (%s)", sym_reason_name(answer->reason));
	for (unsigned int i = answer->frame_cnt; i > 1; i--)
		put_words(" ", answer->frames[i - 1].name, " inlined by");
	if (answer->frame_cnt) {
		put_words(" ", answer->frames[0].name, "");
		printf("+0x%" PRIx64, answer->sym_off);
	}
	if (answer->file && *answer->file)
		put_words(" at ", answer->file, "");
	if (answer->file && answer->line)
		printf(":%d", answer->line);
	if (answer->module)
		put_words(" in ", answer->module, "");
	putchar('\n');
}

/*
 * binutils' way: a line that is not known is "?", a place of which nothing is known
 * "??:0"; and the discriminator of the address is repeated for the calls around it.
 */
static void print_addr2line(const struct sym_answer *answer)
{
	if (!answer->frame_cnt && !answer->file) {
		fputs("??\n??:0\n", stdout);
		return;
	}
	for (unsigned int left = answer->frame_cnt ? answer->frame_cnt : 1; left; left--) {
		const char *name = answer->frame_cnt ? answer->frames[left - 1].name : "??", *file;
		int line;

		if (left == 1 && answer->dwarf_name)
			name = answer->dwarf_name;
		get_place(answer, left - 1, &file, &line);
		put_words("", name, "\n");
		put_words("", file ? file : "??", ":");
		if (!line)
			puts("?");
		else if (answer->discriminator)
			printf("%d (discriminator %u)\n", line, answer->discriminator);
		else
			printf("%d\n", line);
	}
}

static void print_key(const char *key, const char *text)
{
	if (!text)
		return;
	printf(",\"%s\":", key);
	json_put_string(text, stdout);
}

static void print_frame(const struct sym_answer *answer, unsigned int i)
{
	const char *file;
	int line;

	fputs("{\"function\":", stdout);
	json_put_string(answer->frames[i].name, stdout);
	get_place(answer, i, &file, &line);
	print_key("file", file);
	if (line)
		printf(",\"line\":%d", line);
	printf(",\"inlined\":%s}", i ? "true" : "false");
}

static void print_json(uint64_t address, const struct sym_answer *answer)
{
	printf("{\"address\":\"0x%" PRIx64 "\"", address);
	print_key("module", answer->module);
	if (answer->vaddr != address)
		printf(",\"vaddr\":\"0x%" PRIx64 "\"", answer->vaddr);
	if (answer->frame_cnt)
		printf(",\"offset\":%" PRIu64, answer->sym_off);
	else
		print_key("reason", sym_reason_name(answer->reason));
	/* A place without a function: its frames cannot tell. */
	if (!answer->frame_cnt && answer->file) {
		print_key("file", answer->file);
		printf(",\"line\":%d", answer->line);
	}
	if (answer->discriminator)
		printf(",\"discriminator\":%u", answer->discriminator);
	fputs(",\"frames\":[", stdout);
	for (unsigned int i = answer->frame_cnt; i; i--) {
		print_frame(answer, i - 1);
		if (i > 1)
			putchar(',');
	}
	puts("]}");
}

void answer_print(enum symbolize_format format, uint64_t address, const struct sym_answer *answer)
{
	switch (format) {
	case SYMBOLIZE_HUMAN:
		print_human(address, answer);
		break;
	case SYMBOLIZE_ADDR2LINE:
		print_addr2line(answer);
		break;
	case SYMBOLIZE_JSON:
		print_json(address, answer);
		break;
	}
}
