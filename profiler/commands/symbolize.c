// SPDX-License-Identifier: BSD-2-Clause
/*
 * symbolize.c - `wick symbolize`: addresses in, functions out.
 *
 * Addresses are answered in batches, as many as there are to read without waiting:
 * a script that waits for each answer gets it, a file of a million is answered in
 * the order of the debug information.
 */
#include "profiler/commands/commands.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/commands/answer_print.h"
#include "profiler/commands/naming.h"
#include "profiler/commands/options.h"
#include "profiler/commands/process_kind.h"
#include "profiler/guard/confine.h"
#include "profiler/guard/fetch.h"
#include "profiler/log.h"
#include "profiler/source/ksym.h"
#include "symbolize/symbolizer.h"

#define BATCH (128 * 1024) /* addresses answered together, in about 60 MiB */
#define INPUT 65536	   /* bytes of stdin read at a time, and of a line at the most */

struct questions {
	const struct symbolize_options *opts;
	struct symbolizer *symbolizer;
	struct process *process;
	struct ksym *ksym;
	struct fetch *fetch; /* NULL: no DEBUGINFOD_URLS */
	uint64_t *addresses;
	uint32_t *ids;
	size_t cnt;
	struct naming naming;
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

static int flush_stdout(void)
{
	int err = fflush(stdout) ? -errno : ferror(stdout) ? -EIO : 0;

	if (err)
		log_error("cannot write stdout: %s", strerror(-err));
	return err;
}

static int answer_all(struct questions *q)
{
	int err = symbolizer_resolve(q->symbolizer);

	naming_done(&q->naming);
	if (err) {
		log_error("cannot answer: %s", strerror(-err));
	} else if (q->cnt && q->opts->elf &&
		   symbolizer_answer(q->symbolizer, q->ids[0])->reason == SYM_BAD_ELF) {
		log_error("%s is not an ELF file (a program, a library or its debug file), or a "
			  "damaged one (see file %s)",
			  q->opts->elf, q->opts->elf);
		err = -ENOEXEC;
	}
	for (size_t i = 0; i < q->cnt && !err; i++)
		answer_print(q->opts->format, q->addresses[i],
			     symbolizer_answer(q->symbolizer, q->ids[i]));
	q->cnt = 0;
	symbolizer_forget(q->symbolizer);
	return err ? err : flush_stdout();
}

static int ask_text(struct questions *q, const char *text)
{
	uint64_t address;
	char *end;
	int err;

	errno = 0;
	address = strtoull(text, &end, 16);
	if (errno || end == text || *end || *text == '-') {
		log_error("'%s' is not a hexadecimal address, such as 1f3a or 0x1f3a", text);
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

/* The first word of LINE is an address; an empty line is skipped. */
static int ask_line(struct questions *q, char *line)
{
	char *text = line + strspn(line, " \t");

	text[strcspn(text, " \t\r")] = '\0';
	return *text ? ask_text(q, text) : 0;
}

/* Ask for the whole lines in TEXT.  *LEN becomes what is left of them, moved to its start. */
static int ask_lines(struct questions *q, char *text, size_t *len)
{
	char *line = text, *end;
	int err = 0;

	while (!err && (end = memchr(line, '\n', *len - (size_t)(line - text)))) {
		*end = '\0';
		err = ask_line(q, line);
		line = end + 1;
	}
	*len -= (size_t)(line - text);
	memmove(text, line, *len);
	return err;
}

static bool has_input(void)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

static int ask_stdin(struct questions *q)
{
	char *text = malloc(INPUT + 1);
	size_t len = 0;
	int err = text ? 0 : -ENOMEM;

	while (!err) {
		ssize_t got;

		if (q->cnt && !has_input())
			err = answer_all(q);
		got = err ? -1 : read(STDIN_FILENO, text + len, INPUT - len);
		if (got < 0 && !err && errno == EINTR)
			continue;
		if (got < 0 && !err) {
			err = -errno;
			log_error("cannot read stdin: %s", strerror(-err));
		}
		if (got <= 0)
			break;
		len += (size_t)got;
		err = ask_lines(q, text, &len);
		if (!err && len == INPUT) {
			log_error("a line of stdin is longer than %d bytes", INPUT);
			err = -EINVAL;
		}
	}
	if (!err) {
		text[len] = '\0';
		err = ask_line(q, text);
	}
	free(text);
	return err;
}

static int open_questions(struct questions *q)
{
	struct symbolizer_opts opts = {
		.no_demangle = q->opts->names.no_demangle,
		.no_inlines = q->opts->names.no_inlines,
		.params = true,
		.keep_dwarf = true,
	};
	int err = fetch_open(q->opts->names.debuginfod_timeout_s, &q->fetch);
	pid_t fetcher = fetch_pid(q->fetch);

	if (q->fetch)
		opts.debug =
			(struct debuginfo_opts){ .fetch = fetch_debug_file, .fetch_ctx = q->fetch };
	naming_set_opts(&q->naming, q->opts->names.symbolize_mem_mib, &opts);
	if (q->opts->kernel && !ksym_open(&q->ksym)) {
		opts.kernel_name = ksym_name;
		opts.kernel_ctx = q->ksym;
	}
	if (!err)
		err = confine(q->opts->elf ? CONFINE_FILES : CONFINE_PROCESSES, &fetcher,
			      fetcher ? 1 : 0, false);
	if (err) {
		log_error("cannot give up privileges: %s", strerror(-err));
		return err;
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

static void close_questions(struct questions *q)
{
	struct fetch_totals totals;

	fetch_totals(q->fetch, &totals);
	fetch_explain(&totals);
	symbolizer_free(q->symbolizer);
	fetch_close(q->fetch);
	ksym_close(q->ksym);
	free(q->addresses);
	free(q->ids);
}

int command_symbolize(int argc, char **argv)
{
	struct symbolize_options opts;
	struct questions q = { .opts = &opts };
	int err, write_err;

	options_parse_symbolize(argc, argv, &opts);
	log_set_level((enum log_level)opts.verbosity);
	if (opts.pid && process_kind_check(opts.pid))
		return EXIT_FAILURE;
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
	write_err = err ? flush_stdout() : 0;
	close_questions(&q);
	return err || write_err ? EXIT_FAILURE : EXIT_SUCCESS;
}
