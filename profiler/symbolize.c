// SPDX-License-Identifier: BSD-2-Clause
/*
 * symbolize.c - `wick symbolize`: addresses to functions, one line for each
 * function, what is inlined in it before it: innermost first, as addr2line has it.
 */
#include "profiler/commands.h"
#include "profiler/ksym.h"
#include "profiler/log.h"
#include "profiler/options.h"
#include "symbolize/symbolizer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 65536 /* addresses answered together: bounds memory, shares the scans */

struct questions {
	const struct symbolize_options *opts;
	struct symbolizer *symbolizer;
	struct process *process;
	struct ksym *ksym;
	uint64_t *addresses;
	uint32_t *ids;
	size_t cnt;
};

static int ask(struct questions *q, uint64_t address)
{
	uint32_t *id = &q->ids[q->cnt];

	q->addresses[q->cnt++] = address;
	if (q->opts->kernel)
		return symbolizer_ask_kernel(q->symbolizer, address, false, id);
	if (q->opts->elf)
		return symbolizer_ask_file(q->symbolizer, q->opts->elf, address, id);
	return symbolizer_ask_user(q->symbolizer, q->process, address, false, id);
}

static void print_place(const struct sym_answer *answer)
{
	if (answer->file)
		printf(" at %s:%d", answer->file, answer->line);
	if (answer->module)
		printf(" in %s", answer->module);
	putchar('\n');
}

static void print_answer(uint64_t address, const struct sym_answer *answer)
{
	printf("0x%" PRIx64, address);
	if (!answer->frame_cnt) {
		printf(" ?? (%s)", sym_reason_name(answer->reason));
		print_place(answer);
		return;
	}
	for (unsigned int i = answer->frame_cnt; i > 1; i--)
		printf(" %s inlined by", answer->frames[i - 1].name);
	printf(" %s+0x%" PRIx64, answer->frames[0].name, answer->sym_off);
	print_place(answer);
}

static int answer_all(struct questions *q)
{
	int err = symbolizer_resolve(q->symbolizer);

	if (!err && q->cnt && q->opts->elf &&
	    symbolizer_answer(q->symbolizer, q->ids[0])->reason == SYM_BAD_ELF) {
		log_error("%s is not an ELF file, or a damaged one (see file %s)", q->opts->elf,
			  q->opts->elf);
		err = -ENOEXEC;
	}
	for (size_t i = 0; i < q->cnt && !err; i++)
		print_answer(q->addresses[i], symbolizer_answer(q->symbolizer, q->ids[i]));
	q->cnt = 0;
	return err;
}

static int ask_text(struct questions *q, const char *text)
{
	uint64_t address;
	char *end;
	int err;

	errno = 0;
	address = strtoull(text, &end, 16);
	if (errno || end == text || *end || *text == '-') {
		log_error("'%s' is not a hexadecimal address", text);
		return -EINVAL;
	}
	err = ask(q, address);
	if (err)
		log_error("cannot read %s: %s", q->opts->elf ? q->opts->elf : "the answer",
			  strerror(-err));
	else if (q->cnt == BATCH)
		err = answer_all(q);
	return err;
}

static int ask_stdin(struct questions *q)
{
	char *line = NULL;
	size_t cap = 0;
	int err = 0;

	while (!err && getline(&line, &cap, stdin) >= 0) {
		char *text = line + strspn(line, " \t");

		text[strcspn(text, " \t\r\n")] = '\0';
		if (*text)
			err = ask_text(q, text);
	}
	free(line);
	return err;
}

static int open_questions(struct questions *q)
{
	struct symbolizer_opts opts = {
		.no_demangle = q->opts->no_demangle,
		.no_inlines = q->opts->no_inlines,
		.params = true,
	};
	int err;

	if (q->opts->kernel && !ksym_open(&q->ksym)) {
		opts.kernel_name = ksym_name;
		opts.kernel_ctx = q->ksym;
	}
	q->addresses = calloc(BATCH, sizeof(*q->addresses));
	q->ids = calloc(BATCH, sizeof(*q->ids));
	err = q->addresses && q->ids ? symbolizer_new(&opts, &q->symbolizer) : -ENOMEM;
	if (err) {
		log_error("cannot begin: %s", strerror(-err));
		return err;
	}
	if (q->opts->pid) {
		err = symbolizer_read_process(q->symbolizer, q->opts->pid, NULL, &q->process);
		if (err)
			log_error("cannot read the mappings of process %d: %s%s", q->opts->pid,
				  strerror(-err), err == -EACCES ? " (try sudo)" : "");
	}
	return err;
}

static int flush_stdout(void)
{
	int err = fflush(stdout) ? -errno : ferror(stdout) ? -EIO : 0;

	if (err)
		log_error("cannot write stdout: %s", strerror(-err));
	return err;
}

int command_symbolize(int argc, char **argv)
{
	struct symbolize_options opts;
	struct questions q = { .opts = &opts };
	int err, write_err;

	options_parse_symbolize(argc, argv, &opts);
	log_set_level((enum log_level)opts.verbosity);
	log_capture_libbpf();
	err = open_questions(&q);
	for (char **text = opts.addresses; text && *text && !err; text++)
		err = ask_text(&q, *text);
	if (!err && !opts.addresses)
		err = ask_stdin(&q);
	if (!err)
		err = answer_all(&q);
	if (err && !log_error_said())
		log_error("cannot find names: %s", strerror(-err));
	write_err = flush_stdout();
	symbolizer_free(q.symbolizer);
	ksym_close(q.ksym);
	free(q.addresses);
	free(q.ids);
	return err || write_err ? EXIT_FAILURE : EXIT_SUCCESS;
}
