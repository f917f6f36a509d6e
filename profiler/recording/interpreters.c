// SPDX-License-Identifier: BSD-2-Clause
/* interpreters.c - see interpreters.h. */
#include "profiler/recording/interpreters.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/allowance.h"
#include "profiler/array.h"
#include "profiler/clock.h"
#include "profiler/log.h"

/* A process that is not yet so far is looked at again: first soon, then less often. */
#define RETRY_FIRST_NS 5000000ULL
#define RETRY_MAX      12 /* the last look is 20 s after the first */
/*
 * Samples wait while a process is looked at: 5 % of the time, and more for a moment.  The memory of a
 * hostile one may be slow.
 */
#define LOOKS_ONE_OF  20
#define LOOKS_DEBT_NS 2000000000ULL
#define NS_PER_MS     1000000
#define EXPIRY_NS     1000000000ULL

/* An interpreter in a program: how its threads are found depends on both files. */
struct known {
	uint32_t program, library; /* keys of the tables */
	bool is_refused;
};

struct waiting {
	uint32_t tgid;
	unsigned int tries;
	uint64_t due_ns; /* CLOCK_MONOTONIC */
};

struct interpreters {
	struct tables *tables;
	int map_fd;
	struct allowance looks;
	volatile uint32_t *cnt; /* the program's: so many of its array are filled */
	struct interpreter_attacher attacher;
	struct known *known; /* its index is that in the program's array */
	size_t known_cnt, known_cap;
	struct waiting *waiting;
	size_t waiting_cnt, waiting_cap;
};

static int open_memory(uint32_t tgid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%u/mem", tgid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static struct known *find_known(const struct interpreters *in, uint32_t program, uint32_t library)
{
	for (size_t i = 0; i < in->known_cnt; i++) {
		if (in->known[i].program == program && in->known[i].library == library)
			return &in->known[i];
	}
	return NULL;
}

static int add_known(struct interpreters *in, uint32_t program, uint32_t library,
		     const struct interpreter *interpreter, struct known **out)
{
	__u32 index = (__u32)in->known_cnt;
	int err = index < INTERPRETERS ? 0 : -ENOSPC;

	if (!err)
		err = array_reserve(&in->known, sizeof(*in->known), &in->known_cap,
				    in->known_cnt + 1);
	if (!err && interpreter)
		err = bpf_map_update_elem(in->map_fd, &index, interpreter, BPF_ANY);
	if (err)
		return err;
	in->known[index] = (struct known){ program, library, !interpreter };
	*out = &in->known[in->known_cnt++];
	*in->cnt = (uint32_t)in->known_cnt;
	return 0;
}

/* Take TGID off the list; returns how often it was looked at. */
static unsigned int stop_waiting(struct interpreters *in, uint32_t tgid)
{
	for (size_t i = 0; i < in->waiting_cnt; i++) {
		unsigned int tries = in->waiting[i].tries;

		if (in->waiting[i].tgid != tgid)
			continue;
		in->waiting[i] = in->waiting[--in->waiting_cnt];
		return tries;
	}
	return 0;
}

/* Look again at TGID after a while, but not for ever. */
static void wait_for(struct interpreters *in, uint32_t tgid, unsigned int tries)
{
	if (tries == RETRY_MAX || array_reserve(&in->waiting, sizeof(*in->waiting),
						&in->waiting_cap, in->waiting_cnt + 1))
		return;
	in->waiting[in->waiting_cnt++] =
		(struct waiting){ tgid, tries + 1, now_ns() + (RETRY_FIRST_NS << tries) };
}

bool interpreters_due(struct interpreters *in, uint32_t *tgid)
{
	uint64_t now = in && in->waiting_cnt ? now_ns() : 0;

	for (size_t i = 0; in && i < in->waiting_cnt; i++) {
		struct waiting *waiting = &in->waiting[i];

		if (waiting->due_ns > now)
			continue;
		*tgid = waiting->tgid;
		waiting->due_ns = now + EXPIRY_NS; /* unless interpreters_flags() is called */
		return true;
	}
	return false;
}

int interpreters_wait_ms(const struct interpreters *in, int most_ms)
{
	uint64_t now = in && in->waiting_cnt ? now_ns() : 0;

	for (size_t i = 0; in && i < in->waiting_cnt; i++) {
		uint64_t due_ns = in->waiting[i].due_ns;
		uint64_t ms = due_ns > now ? (due_ns - now) / NS_PER_MS + 1 : 1;

		if (ms < (uint64_t)most_ms)
			most_ms = (int)ms;
	}
	return most_ms;
}

void interpreters_forget(struct interpreters *in, uint32_t tgid)
{
	stop_waiting(in, tgid);
}

/* Find out of TGID how FILE, mapped at BIAS, is walked in PROGRAM. */
static int attach(struct interpreters *in, uint32_t tgid, uint32_t program, uint32_t library,
		  const struct interpreter_file *file, uint64_t bias, struct known **out)
{
	struct interpreter interpreter = { 0 };
	uint64_t begin = now_ns();
	int memory, err;

	if (allowance_debt_ns(&in->looks, begin) > LOOKS_DEBT_NS)
		return -EAGAIN;
	memory = open_memory(tgid);
	if (memory < 0)
		return -errno;
	err = in->attacher.attach(in->attacher.ctx, memory, file, bias, &interpreter);
	close(memory);
	allowance_charge(&in->looks, begin, now_ns() - begin, LOOKS_ONE_OF);
	log_print(LOG_DEBUG, "interpreter of process %u: %s %u.%u at %d: %s", tgid,
		  interpreter_plug(file->kind)->name, file->version >> 8, file->version & 0xff,
		  interpreter.slot, err ? strerror(-err) : "attached");
	if (err && err != -ENOTSUP)
		return err;
	return add_known(in, program, library, err ? NULL : &interpreter, out);
}

/* What a process maps of an interpreter. */
struct mapped {
	const struct space_mapping *program, *library;
	struct interpreter_file file; /* the library */
	uint64_t bias;		      /* address - vaddr */
};

/* False: none of the mappings is an interpreter.  *EVALUATOR is set if the file says where that is. */
static bool find_mapped(struct tables *tables, const struct space_mapping *mappings, size_t cnt,
			struct interpreter_code *evaluator, struct mapped *out)
{
	*out = (struct mapped){ 0 };
	for (size_t i = 0; i < cnt && !out->library; i++) {
		if (!mappings[i].table)
			continue;
		out->program = out->program ? out->program : &mappings[i];
		out->file = tables_interpreter(tables, mappings[i].table);
		if (interpreter_plug(out->file.kind))
			out->library = &mappings[i];
	}
	if (!out->library)
		return false;
	out->bias = out->library->bias - out->library->table->base;
	if (out->file.eval_end)
		*evaluator = (struct interpreter_code){ out->file.eval_start + out->bias,
							out->file.eval_end + out->bias };
	return true;
}

uint32_t interpreters_flags(struct interpreters *in, uint32_t tgid,
			    const struct space_mapping *mappings, size_t cnt,
			    struct interpreter_code *evaluator)
{
	unsigned int tries = in ? stop_waiting(in, tgid) : 0;
	struct mapped m;
	struct known *known;

	if (!in || !find_mapped(in->tables, mappings, cnt, evaluator, &m))
		return 0;
	known = find_known(in, m.program->table->key, m.library->table->key);
	if (!known) {
		int err = attach(in, tgid, m.program->table->key, m.library->table->key, &m.file,
				 m.bias, &known);

		if (err == -EAGAIN)
			wait_for(in, tgid, tries);
		if (err)
			return 0;
	}
	if (known->is_refused)
		return 0;
	return m.file.kind << INTERPRETER_KIND_SHIFT | (uint32_t)(known - in->known)
							       << INTERPRETER_INDEX_SHIFT;
}

int interpreters_look(struct tables *tables, const struct interpreter_attacher *attacher,
		      int memory, const struct space_mapping *mappings, size_t cnt,
		      struct interpreter_code *evaluator, struct interpreter *out)
{
	struct mapped m;
	int err;

	*out = (struct interpreter){ .kind = INTERPRETER_NONE };
	if (!find_mapped(tables, mappings, cnt, evaluator, &m))
		return -ENOENT;
	err = attacher->attach(attacher->ctx, memory, &m.file, m.bias, out);
	if (err)
		*out = (struct interpreter){ .kind = (__u8)m.file.kind, .version = m.file.version };
	return err;
}

int interpreters_open(struct tables *tables, const struct kernel_tables *kernel,
		      const struct interpreter_attacher *attacher, struct interpreters **out)
{
	struct interpreters *in = calloc(1, sizeof(*in));

	*out = in;
	if (!in)
		return -ENOMEM;
	in->tables = tables;
	in->map_fd = kernel->interpreters;
	in->cnt = kernel->interpreter_cnt;
	in->attacher = *attacher;
	return 0;
}

void interpreters_close(struct interpreters *in)
{
	if (!in)
		return;
	free(in->known);
	free(in->waiting);
	free(in);
}
