// SPDX-License-Identifier: BSD-2-Clause
/* symbolizer.c - see symbolizer.h. */
#include "symbolize/symbolizer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "symbolize/arena.h"
#include "symbolize/process/name_source.h"
#include "symbolize/process/process.h"
#include "symbolize/resolve.h"
#include "symbolize/turns.h"

#define DEFAULT_DEBUG_ROOT "/usr/lib/debug"
#define DEFAULT_DWARF_MEM  (512u << 20) /* bytes; LLVM's library alone needs 800 MiB */
#define FIRST_BUCKETS	   1024		/* a power of two */
#define TRY_MS		   2000 /* of CPU time, that a file may take while other users' wait */

struct symbolizer {
	struct symbolizer_opts opts;
	struct arena arena;
	struct arena answers; /* and the questions */
	struct name_source_set *sources;
	struct dwarf_cache dwarf;
	struct process *processes;   /* newest first, linked both ways */
	struct question **questions; /* by id */
	size_t cnt, cap;
	size_t answered_cnt; /* the first so many are answered */
	uint32_t *buckets;   /* an open hash table of id + 1; 0 is an empty bucket */
	size_t bucket_cnt;
	uint64_t seed; /* a secret, so that nobody can give texts that collide */
};

int symbolizer_new(const struct symbolizer_opts *opts, struct symbolizer **out)
{
	const struct name_source_access access = {
		.opener = opts->debug.opener,
		.read_headers = opts->read_headers,
		.reader_ctx = opts->resolver_ctx,
	};
	struct symbolizer *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s)
		return -ENOMEM;
	s->opts = *opts;
	if (!s->opts.debug.root)
		s->opts.debug.root = DEFAULT_DEBUG_ROOT;
	if (!s->opts.dwarf_mem)
		s->opts.dwarf_mem = DEFAULT_DWARF_MEM;
	if (getrandom(&s->seed, sizeof(s->seed), GRND_NONBLOCK) != sizeof(s->seed))
		s->seed = (uintptr_t)s;
	dwarf_cache_init(&s->dwarf, s->opts.dwarf_mem);
	s->bucket_cnt = FIRST_BUCKETS;
	s->buckets = calloc(s->bucket_cnt, sizeof(*s->buckets));
	s->opts.debug.root = arena_copy(&s->arena, s->opts.debug.root, strlen(s->opts.debug.root));
	if (!s->buckets || !s->opts.debug.root ||
	    name_source_set_new(&s->arena, &access, &s->sources)) {
		symbolizer_free(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

void symbolizer_free(struct symbolizer *s)
{
	if (!s)
		return;
	while (s->processes) {
		struct process *older = s->processes->older;

		process_free(s->processes);
		s->processes = older;
	}
	dwarf_cache_fini(&s->dwarf);
	name_source_set_free(s->sources);
	free(s->questions);
	free(s->buckets);
	arena_fini(&s->answers);
	arena_fini(&s->arena);
	free(s);
}

static void link_process(struct symbolizer *s, struct process *p)
{
	p->older = s->processes;
	if (p->older)
		p->older->newer = p;
	s->processes = p;
}

int symbolizer_read_process(struct symbolizer *s, pid_t pid, struct process *prev,
			    struct process **out)
{
	int err = process_read(s->sources, &s->arena, pid, prev, out);

	if (err || *out == prev)
		return err;
	link_process(s, *out);
	return 0;
}

int symbolizer_copy_process(struct symbolizer *s, pid_t pid, const struct process *like,
			    struct process **out)
{
	int err = process_copy(pid, like, out);

	if (!err)
		link_process(s, *out);
	return err;
}

int symbolizer_add_mapping(struct symbolizer *s, struct process *p, const struct mapping *m)
{
	return process_add_mapping(p, s->sources, &s->arena, m);
}

void symbolizer_drop_process(struct symbolizer *s, struct process *p)
{
	if (!p)
		return;
	if (p->newer)
		p->newer->older = p->older;
	else
		s->processes = p->older;
	if (p->older)
		p->older->newer = p->newer;
	process_free(p);
}

_Static_assert(sizeof(((struct sym_mapping *)0)->build_id) == ELF_BUILD_ID_MAX,
	       "sym_mapping holds any build-id");

static size_t hash_question(const struct question *q)
{
	uint64_t source = q->source ? q->source->id + 1 : 0;

	/* Fibonacci hashing; the high bits are the mixed ones. */
	return ((q->value ^ source << 44 ^ (uint64_t)q->is_vaddr << 63) * 0x9e3779b97f4a7c15ull) >>
	       32;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_given(const struct sym_answer *a, const struct sym_answer *b)
{
	return a->line == b->line && a->first_line == b->first_line &&
	       a->frames->kind == b->frames->kind && same_text(a->frames->name, b->frames->name) &&
	       same_text(a->file, b->file) && same_text(a->module, b->module);
}

/* Of the answers without a source only those that were given have a name. */
static bool same_question(const struct question *a, const struct question *b)
{
	return a->source == b->source && a->value == b->value && a->is_vaddr == b->is_vaddr &&
	       (a->source ||
		(a->answer.reason == b->answer.reason &&
		 (a->answer.reason != SYM_NAMED || same_given(&a->answer, &b->answer))));
}

static uint32_t *find_bucket(const struct symbolizer *s, const struct question *question)
{
	size_t mask = s->bucket_cnt - 1, i = hash_question(question) & mask;

	while (s->buckets[i] && !same_question(s->questions[s->buckets[i] - 1], question))
		i = (i + 1) & mask;
	return &s->buckets[i];
}

/* Make memory for one more question. */
static int grow(struct symbolizer *s)
{
	size_t cap = s->cap ? 2 * s->cap : 64, cnt = 2 * s->bucket_cnt;
	struct question **bigger;
	uint32_t *buckets;

	if (s->cnt == UINT32_MAX - 1)
		return -ENOSPC;
	if (s->cnt == s->cap) {
		bigger = reallocarray(s->questions, cap, sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		s->questions = bigger;
		s->cap = cap;
	}
	if (2 * s->cnt < s->bucket_cnt)
		return 0;
	buckets = calloc(cnt, sizeof(*buckets));
	if (!buckets)
		return -ENOMEM;
	free(s->buckets);
	s->buckets = buckets;
	s->bucket_cnt = cnt;
	for (size_t i = 0; i < s->cnt; i++)
		*find_bucket(s, s->questions[i]) = i + 1;
	return 0;
}

static int ask(struct symbolizer *s, const struct question *question, uint32_t *id)
{
	uint32_t *bucket = find_bucket(s, question);
	struct question *copy;
	int err;

	*id = 0;
	if (*bucket) {
		*id = *bucket - 1;
		return 0;
	}
	err = grow(s);
	if (err)
		return err;
	copy = arena_alloc(&s->answers, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *question;
	*id = s->cnt;
	s->questions[s->cnt++] = copy;
	*find_bucket(s, copy) = *id + 1;
	return 0;
}

/* Ask a question that needs no looking up. */
static int ask_answered(struct symbolizer *s, uint64_t ip, enum sym_reason reason, uint32_t *id)
{
	struct question question = {
		.value = ip,
		.answer = { .reason = reason, .vaddr = ip },
	};

	return ask(s, &question, id);
}

int symbolizer_ask_user(struct symbolizer *s, struct process *p, uint64_t ip, bool is_return,
			uint32_t *id)
{
	struct question question = { 0 };
	const struct process_mapping *mapping;

	ip = symbolizer_call_ip(ip, is_return);
	if (!p)
		return ask_answered(s, ip, SYM_GONE, id);
	mapping = process_find(p, ip);
	if (!mapping)
		return ask_answered(s, ip, SYM_UNMAPPED, id);
	question.source = mapping->source;
	question.source->owner = owner_join(question.source->owner, p->owner);
	question.value =
		mapping->source->kind == NAMED_BY_ELF ? ip - mapping->start + mapping->off : ip;
	question.answer.module = mapping->module;
	return ask(s, &question, id);
}

int symbolizer_ask_kernel(struct symbolizer *s, uint64_t ip, bool is_return, uint32_t *id)
{
	struct question question = { .value = symbolizer_call_ip(ip, is_return) };
	int err;

	*id = 0;
	err = name_source_set_kernel(s->sources, &question.source);
	return err ? err : ask(s, &question, id);
}

int symbolizer_ask_file(struct symbolizer *s, const char *path, uint64_t vaddr, uint32_t *id)
{
	struct question question = { .value = vaddr, .is_vaddr = true };
	int err;

	*id = 0;
	err = name_source_set_path(s->sources, path, &question.source);
	if (err)
		return err;
	question.answer.module = question.source->module;
	return ask(s, &question, id);
}

/* Mix another word into HASH. */
static uint64_t hash_word(uint64_t hash, uint64_t word)
{
	unsigned __int128 product = (unsigned __int128)(hash ^ word) * 0x9e3779b97f4a7c15ull;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; text && *text; text++)
		hash = hash_word(hash, (unsigned char)*text);
	return hash_word(hash, text != NULL);
}

static uint64_t hash_given(uint64_t seed, const struct sym_given *given)
{
	uint64_t hash = hash_text(seed, given->name);

	hash = hash_text(hash, given->file);
	return hash_word(hash, (uint64_t)given->line << 32 | (uint32_t)given->first_line);
}

static int own_text(struct symbolizer *s, const char **text)
{
	if (!*text)
		return 0;
	*text = arena_copy(&s->answers, *text, strlen(*text));
	return *text ? 0 : -ENOMEM;
}

/* Copy what ANSWER refers to. */
static int own_given(struct symbolizer *s, struct sym_answer *answer)
{
	struct sym_frame *frame = arena_alloc(&s->answers, sizeof(*frame));

	if (!frame)
		return -ENOMEM;
	*frame = *answer->frames;
	answer->frames = frame;
	return own_text(s, &frame->name)
		       ?: own_text(s, &answer->file)
				  ?: own_text(s, &answer->module);
}

int symbolizer_ask_given(struct symbolizer *s, const struct sym_given *given, uint32_t *id)
{
	const struct sym_frame frame = { .name = given->name, .kind = given->kind };
	struct question question = {
		.value = hash_given(s->seed, given),
		.answer = {
			.reason = SYM_NAMED,
			.frames = &frame,
			.frame_cnt = 1,
			.module = given->module,
			.file = given->file,
			.line = given->line,
			.first_line = given->first_line,
		},
	};
	int err = *find_bucket(s, &question) ? 0 : own_given(s, &question.answer);

	*id = 0;
	return err ? err : ask(s, &question, id);
}

/* What an open question is sorted by: 100,000 questions themselves would miss the cache. */
struct open_question {
	uint32_t owner, source_id;
	bool is_vaddr;
	uint64_t value;
	struct question *question;
};

static int compare_open(const void *pa, const void *pb)
{
	const struct open_question *a = pa, *b = pb;

	if (a->owner != b->owner)
		return a->owner < b->owner ? -1 : 1;
	if (a->source_id != b->source_id)
		return a->source_id < b->source_id ? -1 : 1;
	if (a->is_vaddr != b->is_vaddr)
		return a->is_vaddr ? 1 : -1;
	return (a->value > b->value) - (a->value < b->value);
}

/* List the open questions that need a source, by owner, source and ascending. */
static int sort_open(const struct symbolizer *s, struct question **sorted, size_t *cnt)
{
	struct open_question *open = calloc(s->cnt - s->answered_cnt, sizeof(*open));

	*cnt = 0;
	if (!open)
		return -ENOMEM;
	for (size_t i = s->answered_cnt; i < s->cnt; i++) {
		struct question *q = s->questions[i];

		if (q->source)
			open[(*cnt)++] = (struct open_question){ q->source->owner, q->source->id,
								 q->is_vaddr, q->value, q };
	}
	qsort(open, *cnt, sizeof(*open), compare_open);
	for (size_t i = 0; i < *cnt; i++)
		sorted[i] = open[i].question;
	free(open);
	return 0;
}

/* What lies in a file that another process may have written can be another process's to read. */
static int resolve_source(struct symbolizer *s, struct name_source *source,
			  struct question *const *questions, size_t cnt)
{
	bool is_foreign = source->fd >= 0 || source->perf_map;

	if (s->opts.resolver && is_foreign)
		return s->opts.resolver(s->opts.resolver_ctx, &s->opts, &s->answers, source,
					questions, cnt);
	return resolve_questions(&s->opts, &s->answers, &s->dwarf, source, questions, cnt);
}

/* The questions to one source, of those that are sorted. */
struct part {
	struct question *const *questions;
	size_t cnt;
	bool is_done;
};

static int list_parts(struct question *const *sorted, size_t cnt, struct part **out,
		      size_t *part_cnt)
{
	struct part *parts = calloc(cnt ? cnt : 1, sizeof(*parts));

	*out = parts;
	*part_cnt = 0;
	if (!parts)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++) {
		if (!i || sorted[i]->source != sorted[i - 1]->source)
			parts[(*part_cnt)++].questions = sorted + i;
		parts[*part_cnt - 1].cnt++;
	}
	return 0;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static uint32_t owner_of_part(const struct part *part)
{
	return part->questions[0]->source->owner;
}

/* Count what each owner has to be done; the parts of one stand together. */
static int count_waiting(struct turns *turns, const struct part *parts, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		struct turn *turn;
		int err = turns_of(turns, owner_of_part(&parts[i]), &turn);

		if (err)
			return err;
		if (parts[i].is_done)
			continue;
		if (!turn->waiting++)
			turn->next = i;
	}
	return 0;
}

/* Resolve the next part of TURN's owner. */
static int take_turn(struct symbolizer *s, struct turn *turn, struct part *parts)
{
	uint64_t begin = now_ns();
	struct part *part;
	int err;

	while (parts[turn->next].is_done)
		turn->next++;
	part = &parts[turn->next++];
	turn->waiting--;
	err = resolve_source(s, part->questions[0]->source, part->questions, part->cnt);
	part->is_done = !err;
	turn->spent_ns += now_ns() - begin;
	return err == -ETIME ? 0 : err; /* it is tried again when all others were */
}

static void leave(const struct part *part)
{
	for (size_t i = 0; i < part->cnt; i++)
		part->questions[i]->answer.reason = SYM_NO_TIME;
}

/* Twice: what is dear waits until all of what is not has its names, where there are several owners. */
static int resolve_by_turns(struct symbolizer *s, struct part *parts, size_t cnt)
{
	struct turns turns = { 0 };
	int err = 0;

	for (int round = 0; round < 2 && !err; round++) {
		struct turn *turn;

		err = count_waiting(&turns, parts, cnt);
		s->opts.try_ms = !round && turns.cnt > 1 ? TRY_MS : 0;
		while (!err && !symbolizer_is_over(&s->opts) && (turn = turns_next(&turns)))
			err = take_turn(s, turn, parts);
		if (symbolizer_is_over(&s->opts))
			break; /* what is left waits still */
	}
	for (size_t i = 0; i < cnt; i++) {
		if (!parts[i].is_done)
			leave(&parts[i]);
	}
	turns_fini(&turns);
	return err;
}

int symbolizer_resolve(struct symbolizer *s)
{
	struct question **sorted;
	struct part *parts = NULL;
	size_t cnt, part_cnt;
	int err;

	if (s->answered_cnt == s->cnt)
		return 0;
	sorted = calloc(s->cnt - s->answered_cnt, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	err = sort_open(s, sorted, &cnt);
	if (!err)
		err = list_parts(sorted, cnt, &parts, &part_cnt);
	if (!err)
		err = resolve_by_turns(s, parts, part_cnt);
	free(parts);
	free(sorted);
	if (!err)
		s->answered_cnt = s->cnt;
	return err;
}

void symbolizer_forget(struct symbolizer *s)
{
	arena_fini(&s->answers);
	memset(s->buckets, 0, s->bucket_cnt * sizeof(*s->buckets));
	s->cnt = s->answered_cnt = 0;
}

const struct sym_answer *symbolizer_answer(const struct symbolizer *s, uint32_t id)
{
	assert(id < s->cnt);
	return &s->questions[id]->answer;
}

int symbolizer_find_mapping(const struct process *p, uint64_t ip, struct sym_mapping *out)
{
	const struct process_mapping *mapping = process_find(p, ip);
	struct name_source *src;

	*out = (struct sym_mapping){ 0 };
	if (!mapping)
		return -ENOENT;
	src = mapping->source;
	out->start = mapping->start;
	out->end = mapping->end;
	out->off = mapping->off;
	out->path = mapping->module;
	if (src->kind == NAMED_BY_ELF && !name_source_read_headers(src)) {
		out->build_id_len = src->headers.build_id_len;
		memcpy(out->build_id, src->headers.build_id, out->build_id_len);
	}
	return 0;
}

const char *sym_reason_name(enum sym_reason reason)
{
	static const char *const names[] = {
		[SYM_NAMED] = "named",		 [SYM_UNMAPPED] = "unmapped",
		[SYM_ANONYMOUS] = "anonymous",	 [SYM_NO_FILE] = "no_file",
		[SYM_BAD_ELF] = "bad_elf",	 [SYM_STRIPPED] = "stripped",
		[SYM_NO_SYMBOL] = "no_symbol",	 [SYM_GONE] = "gone",
		[SYM_FOREIGN] = "foreign",	 [SYM_DENIED] = "denied",
		[SYM_TOO_COSTLY] = "too_costly", [SYM_NO_TIME] = "no_time",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == SYM_REASON_CNT, "one name per reason");
	return names[reason];
}
