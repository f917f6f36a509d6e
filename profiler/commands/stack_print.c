// SPDX-License-Identifier: BSD-2-Clause
/* stack_print.c - see stack_print.h. */
#include "profiler/commands/stack_print.h"

#include <inttypes.h>
#include <linux/types.h>
#include <string.h>

#include "bpf/threads.h"
#include "profiler/log.h"
#include "symbolize/answer.h"

#define NAME_SHOWN 4096 /* bytes of a name, or of a path */

static void put(FILE *f, const char *text)
{
	char shown[NAME_SHOWN];

	fputs(log_printable(text, shown, sizeof(shown)), f);
}

static const char *state_name(uint32_t state)
{
	static const struct {
		uint32_t state;
		const char *name;
	} rows[] = {
		{ THREAD_HAS_ENDED, "ended" },	  { THREAD_IS_TRACED, "traced" },
		{ THREAD_IS_STOPPED, "stopped" }, { THREAD_WAITS, "uninterruptible" },
		{ THREAD_SLEEPS, "sleeping" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (state & rows[i].state)
			return rows[i].name;
	}
	return "running";
}

void stack_print_thread(FILE *f, uint32_t tid, const char *comm, const uint32_t *state)
{
	char name[THREAD_COMM_LEN + 1] = "";

	memcpy(name, comm, THREAD_COMM_LEN);
	fprintf(f, "thread %" PRIu32 " \"", tid);
	put(f, name);
	fputc('"', f);
	if (state)
		fprintf(f, " (%s)", state_name(*state));
	fputc('\n', f);
}

/* The file's own name: paths make lines long. */
static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void put_place(FILE *f, const char *file, int line)
{
	if (!file || !*file)
		return;
	fputs(" (", f);
	put(f, base_of(file));
	if (line)
		fprintf(f, ":%d", line);
	fputc(')', f);
}

/* "[libc.so.6]"; "[vdso]" and "[python]" have their brackets. */
static void put_module(FILE *f, const char *module)
{
	bool is_bare = module && *module != '[';

	fputs(is_bare ? " [" : " ", f);
	put(f, module ? base_of(module) : "[unknown]");
	fputs(is_bare ? "]" : "", f);
}

void stack_print_frame(FILE *f, uint64_t ip, bool is_kernel, const struct sym_answer *answer)
{
	const char *module = is_kernel ? "[kernel]" : answer->module;

	if (!answer->frame_cnt) {
		fprintf(f, "    0x%" PRIx64, answer->vaddr ? answer->vaddr : ip);
		put_module(f, module);
		fputc('\n', f);
	}
	for (unsigned int i = answer->frame_cnt; i; i--) {
		const struct sym_frame *frame = &answer->frames[i - 1], *called = frame + 1;
		bool is_innermost = i == answer->frame_cnt;

		fputs("    ", f);
		put(f, frame->name);
		put_place(f, is_innermost ? answer->file : called->call_file,
			  is_innermost ? answer->line : called->call_line);
		put_module(f, frame->kind == SYM_INLINED ? "[inlined]" : module);
		fputc('\n', f);
	}
}

void stack_print_incomplete(FILE *f, const char *language)
{
	fprintf(f, "    [%s%sincomplete]\n", language ? language : "", language ? " " : "");
}
