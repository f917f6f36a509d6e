// SPDX-License-Identifier: BSD-2-Clause
/* interpreters.c - see interpreters.h. */
#include "profiler/recording/interpreters.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/allowance.h"
#include "profiler/array.h"
#include "profiler/clock.h"
#include "profiler/log.h"
#include "symbolize/process/owner.h"
#include "symbolize/process/process.h"

/* A process that is not yet so far is looked at again: first soon, then less often. */
#define RETRY_FIRST_NS 5000000ULL
#define RETRY_MAX      12 /* the last look is 20 s after the first */
/*
 * Samples wait while a process is looked at: 5 % of the time, and more for a moment.  The memory of a
 * hostile one may be slow.  Its user has half of that, so that others are looked at.
 */
#define LOOKS_ONE_OF	   20
#define LOOKS_DEBT_NS	   2000000000ULL
#define LOOKS_USER_DEBT_NS (LOOKS_DEBT_NS / 2)
#define ROOT		   0
#define NS_PER_MS	   1000000
#define EXPIRY_NS	   1000000000ULL

/* An interpreter in a program: how its threads are found depends on both files. */
struct known {
	uint32_t program, library; /* keys of the tables */
	uint32_t owner;		   /* whose process said so, as of symbolize/process/owner.h */
	int err;		   /* -ENOTSUP, -EBADMSG: it is not read */
};

struct user {
	uint32_t owner;
	uint32_t known_cnt, guess_cnt; /* of what its processes said; of those that can be walked */
	struct interpreter_guesses guesses;
	struct allowance looks;
};

struct waiting {
	uint32_t tgid;
	struct interpreter_file file;
	enum interpreter_unread why;
	bool is_counted; /* for that */
	unsigned int tries;
	uint64_t due_ns; /* CLOCK_MONOTONIC */
};

struct interpreters {
	struct tables *tables;
	int map_fd, guesses_fd;
	struct allowance looks;
	struct user *users;
	size_t user_cnt, user_cap;
	volatile uint32_t *cnt; /* the program's: so many of its array are filled */
	struct interpreter_attacher attacher;
	struct known *known; /* its index is that in the program's array */
	size_t known_cnt, known_cap;
	struct waiting *waiting;
	size_t waiting_cnt, waiting_cap;
	struct interpreters_unread unread;
};

/* What a process maps. */
struct mapped {
	const struct space_mapping *program, *library; /* NULL: there is none */
	struct interpreter_file file;		       /* which the library is */
	struct interpreter_file second;		       /* and another file of the process */
};

/* What OWNER's processes said of this pair is taken first: root's may have been refused. */
static struct known *find_known(const struct interpreters *in, const struct known *wanted)
{
	struct known *found = NULL;

	for (size_t i = 0; i < in->known_cnt; i++) {
		struct known *known = &in->known[i];

		if (known->program != wanted->program || known->library != wanted->library)
			continue;
		if (known->owner == wanted->owner)
			return known;
		if (known->owner == ROOT && !known->err)
			found = known;
	}
	return found;
}

static int user_of(struct interpreters *in, uint32_t owner, struct user **out)
{
	int err;

	for (size_t i = 0; i < in->user_cnt; i++) {
		*out = &in->users[i];
		if ((*out)->owner == owner)
			return 0;
	}
	err = array_reserve(&in->users, sizeof(*in->users), &in->user_cap, in->user_cnt + 1);
	if (err)
		return err;
	*out = &in->users[in->user_cnt++];
	**out = (struct user){ .owner = owner };
	return 0;
}

/* Processes of USER that are not known yet may have the interpreter INDEX. */
static int add_guess(struct interpreters *in, struct user *user, __u32 index)
{
	struct interpreter_guesses *guesses = &user->guesses;

	guesses->index[user->guess_cnt++ % INTERPRETER_GUESSES] = index;
	if (guesses->cnt < INTERPRETER_GUESSES)
		guesses->cnt++;
	return bpf_map_update_elem(in->guesses_fd, &user->owner, guesses, BPF_ANY);
}

/* Keep KNOWN, and how it is walked, if it is. */
static int add_known(struct interpreters *in, const struct known *known, struct user *user,
		     const struct interpreter *interpreter, struct known **out)
{
	__u32 index = (__u32)in->known_cnt;
	int err;

	if (user->known_cnt >= INTERPRETERS - index)
		return -ENOSPC;
	err = array_reserve(&in->known, sizeof(*in->known), &in->known_cap, in->known_cnt + 1);
	if (!err && !known->err)
		err = bpf_map_update_elem(in->map_fd, &index, interpreter, BPF_ANY);
	if (err)
		return err;
	in->known[index] = *known;
	*out = &in->known[in->known_cnt++];
	*in->cnt = (uint32_t)in->known_cnt;
	user->known_cnt++;
	return known->err ? 0 : add_guess(in, user, index);
}

/* Count a process that is not read; FILE's version and WHY are what tells rows apart. */
static void count_unread(struct interpreters_unread *unread, const struct interpreter_file *file,
			 enum interpreter_unread why)
{
	struct unread_row *row = unread->rows;

	while (row < unread->rows + unread->cnt &&
	       (row->file.kind != file->kind || row->file.version != file->version ||
		row->why != why))
		row++;
	if (row == unread->rows + UNREAD_ROWS) {
		unread->others++;
		return;
	}
	if (row == unread->rows + unread->cnt)
		unread->rows[unread->cnt++] = (struct unread_row){ .file = *file, .why = why };
	row->processes++;
}

/* A number of this reason, which is not 0: a process that changes its interpreter has another one. */
static uint32_t unread_id(const struct interpreter_file *file, enum interpreter_unread why)
{
	return file->version << 16 | file->kind << 8 | why;
}

/* Count the process OF, unless it was counted for this. */
static void note_unread(struct interpreters *in, struct tracked_interpreter *of,
			const struct interpreter_file *file, enum interpreter_unread why)
{
	uint32_t id = unread_id(file, why);

	if (why == UNREAD_NOT || of->unread == id)
		return;
	of->unread = id;
	count_unread(&in->unread, file, why);
}

/* Take TGID off the list; all zero: it was not on it. */
static struct waiting stop_waiting(struct interpreters *in, uint32_t tgid)
{
	for (size_t i = 0; i < in->waiting_cnt; i++) {
		struct waiting waiting = in->waiting[i];

		if (waiting.tgid != tgid)
			continue;
		in->waiting[i] = in->waiting[--in->waiting_cnt];
		return waiting;
	}
	return (struct waiting){ 0 };
}

/* Look again at WAITING after a while, but not for ever; false: no more. */
static bool wait_for(struct interpreters *in, struct waiting waiting)
{
	if (waiting.tries == RETRY_MAX || array_reserve(&in->waiting, sizeof(*in->waiting),
							&in->waiting_cap, in->waiting_cnt + 1))
		return false;
	waiting.due_ns = now_ns() + (RETRY_FIRST_NS << waiting.tries++);
	in->waiting[in->waiting_cnt++] = waiting;
	return true;
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
	struct waiting waiting = stop_waiting(in, tgid);

	if (waiting.tgid && !waiting.is_counted)
		count_unread(&in->unread, &waiting.file, waiting.why);
}

/* Were processes of USER looked at for too long, or those of others while it was, too? */
static bool owes_looks(const struct interpreters *in, const struct user *user, uint64_t now)
{
	uint64_t own = allowance_debt_ns(&user->looks, now);

	return own > LOOKS_USER_DEBT_NS ||
	       (own && allowance_debt_ns(&in->looks, now) > LOOKS_DEBT_NS);
}

/* Find out of TGID, which is of WANTED, how the file it maps, at BIAS, is walked in its program. */
static int attach(struct interpreters *in, uint32_t tgid, struct known *wanted,
		  const struct interpreter_file *file, uint64_t bias, struct known **out)
{
	struct interpreter interpreter = { 0 };
	uint64_t begin = now_ns();
	char name[INTERPRETER_NAME_SIZE];
	struct user *user;
	int memory, err = user_of(in, wanted->owner, &user);

	if (err)
		return err;
	if (owes_looks(in, user, begin))
		return -EBUSY;
	memory = process_memory_open((pid_t)tgid);
	if (memory < 0)
		return memory;
	err = in->attacher.attach(in->attacher.ctx, memory, file, bias, &interpreter);
	close(memory);
	allowance_charge(&in->looks, begin, now_ns() - begin, LOOKS_ONE_OF);
	allowance_charge(&user->looks, begin, now_ns() - begin, LOOKS_ONE_OF);
	log_print(LOG_DEBUG, "interpreter of process %u: %s at %d: %s", tgid,
		  interpreter_name(file, name), interpreter.slot,
		  interpreter_unread_words(interpreter_unread_of(file, err))->text);
	if (err && err != -ENOTSUP && err != -EBADMSG)
		return err;
	if (owner_of((pid_t)tgid) != wanted->owner) /* whoever logs in */
		return -EAGAIN;
	wanted->err = err;
	return add_known(in, wanted, user, &interpreter, out);
}

/* Of several interpreters the first one whose version is known is read. */
static struct mapped find_mapped(struct tables *tables, const struct space_mapping *mappings,
				 size_t cnt)
{
	struct mapped mapped = { 0 };

	for (size_t i = 0; i < cnt; i++) {
		struct interpreter_file file;

		if (!mappings[i].table)
			continue;
		if (!mapped.program)
			mapped.program = &mappings[i];
		file = tables_interpreter(tables, mappings[i].table);
		if (!interpreter_plug(file.kind))
			continue;
		if (mapped.library && mappings[i].table == mapped.library->table)
			continue;
		if (!mapped.library ||
		    (!interpreter_is_known(&mapped.file) && interpreter_is_known(&file))) {
			mapped.second = mapped.file;
			mapped.library = &mappings[i];
			mapped.file = file;
		} else {
			mapped.second = file;
		}
	}
	return mapped;
}

/* What is known of the interpreter of TGID, after another look if that is due. */
static int find_or_attach(struct interpreters *in, uint32_t tgid, const struct mapped *mapped,
			  uint64_t bias, struct tracked_interpreter *of, struct known **out)
{
	struct waiting waiting = stop_waiting(in, tgid);
	struct known wanted = {
		.program = mapped->program->table->key,
		.library = mapped->library->table->key,
		.owner = owner_of((pid_t)tgid),
	};
	int err = 0;

	*out = find_known(in, &wanted);
	if (!*out)
		err = attach(in, tgid, &wanted, &mapped->file, bias, out);
	if (*out)
		err = (*out)->err;
	waiting.tgid = tgid;
	waiting.file = mapped->file;
	waiting.why = interpreter_unread_of(&mapped->file, err);
	waiting.is_counted = of->unread == unread_id(&mapped->file, waiting.why);
	if ((err != -EAGAIN && err != -EBUSY) || !wait_for(in, waiting))
		note_unread(in, of, &mapped->file, waiting.why);
	return err;
}

/* Does PROCESS map a module that switches C stacks below the interpreter of PLUG? */
static bool switches_stacks(const struct interpreter_plug *plug, const struct process *process)
{
	for (size_t i = 0; plug->switcher && i < process->cnt; i++) {
		const char *module = process->mappings[i].module;
		const char *slash = module ? strrchr(module, '/') : NULL;

		if (slash && !strncmp(slash + 1, plug->switcher, strlen(plug->switcher)))
			return true;
	}
	return false;
}

/* As an address is beyond the file's own; *EVALUATOR is set if the file says where that is. */
static uint64_t bias_of(const struct process *process, const struct mapped *mapped,
			struct interpreter_code *evaluator)
{
	const struct interpreter_file *file = &mapped->file;
	uint64_t bias = mapped->library->bias - mapped->library->table->base;

	if (file->eval_end)
		*evaluator = (struct interpreter_code){
			.start = file->eval_start + bias,
			.end = file->eval_end + bias,
			.is_switched = switches_stacks(interpreter_plug(file->kind), process),
		};
	return bias;
}

uint32_t interpreters_flags(struct interpreters *in, const struct process *process,
			    const struct space_mapping *mappings, size_t cnt,
			    struct tracked_interpreter *of)
{
	struct mapped mapped;
	struct known *known;
	uint32_t tgid;
	uint64_t bias;

	if (!in)
		return 0;
	tgid = (uint32_t)process->pid;
	mapped = find_mapped(in->tables, mappings, cnt);
	if (!mapped.library) {
		stop_waiting(in, tgid);
		return 0;
	}
	bias = bias_of(process, &mapped, &of->evaluator);
	if (find_or_attach(in, tgid, &mapped, bias, of, &known))
		return 0;
	if (interpreter_plug(mapped.second.kind))
		note_unread(in, of, &mapped.second,
			    interpreter_is_known(&mapped.second)
				    ? UNREAD_SECOND
				    : interpreter_unread_of(&mapped.second, -ENOTSUP));
	return mapped.file.kind << INTERPRETER_KIND_SHIFT | (uint32_t)(known - in->known)
								    << INTERPRETER_INDEX_SHIFT;
}

void interpreters_unread(const struct interpreters *in, struct interpreters_unread *out)
{
	*out = (struct interpreters_unread){ 0 };
	if (!in)
		return;
	*out = in->unread;
	for (size_t i = 0; i < in->waiting_cnt; i++) {
		const struct waiting *waiting = &in->waiting[i];

		if (!waiting->is_counted)
			count_unread(out, &waiting->file, waiting->why);
	}
}

int interpreters_look(struct tables *tables, const struct interpreter_attacher *attacher,
		      int memory, const struct process *process,
		      const struct space_mapping *mappings, size_t cnt,
		      struct interpreter_code *evaluator, struct interpreter_file *file,
		      struct interpreter *out)
{
	struct mapped mapped = find_mapped(tables, mappings, cnt);
	uint64_t bias;

	*file = mapped.file;
	if (!mapped.library)
		return -ENOENT;
	bias = bias_of(process, &mapped, evaluator);
	return attacher->attach(attacher->ctx, memory, file, bias, out);
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
	in->guesses_fd = kernel->interpreter_guesses;
	in->cnt = kernel->interpreter_cnt;
	in->attacher = *attacher;
	return 0;
}

void interpreters_close(struct interpreters *in)
{
	if (!in)
		return;
	free(in->known);
	free(in->users);
	free(in->waiting);
	free(in);
}
