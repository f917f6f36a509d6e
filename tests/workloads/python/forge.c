// SPDX-License-Identifier: BSD-2-Clause
/*
 * forge.c - what forge.py loads: a thread of a real Python that has let go of the lock, and from
 * then on writes into its own state, frames and code whatever harms who reads them.
 *
 * It never goes back to Python.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE	    4096
#define FRAMES	    256
#define FRAME_SIZE  256
#define CODE_SIZE   1024
#define TEXT_SIZE   128
#define TEXT_LENGTH 16 /* where a str, and bytes, have theirs */
#define ARENA_SIZE  (FRAMES * (FRAME_SIZE + CODE_SIZE + TEXT_SIZE))

/* Where fields are, as forge.py knows them of this version. */
struct offsets {
	long thread_frame, cframe_frame; /* -1: there is no CFrame */
	long frame_code, frame_previous, frame_mark;
	long code_line, code_name, code_file, code_lines, text;
};

/* What is real, to be copied. */
struct models {
	const char *code, *text;
	long code_size, text_size;
};

struct forger {
	const struct offsets *off;
	char *state; /* the thread's */
	char *frames, *codes, *texts;
	uint64_t cframe[16];
	uint32_t line;
	uint64_t random;
};

static void put(char *base, long off, uint64_t word)
{
	memcpy(base + off, &word, sizeof(word));
}

static char *frame_at(const struct forger *f, int i)
{
	return f->frames + (i % FRAMES) * FRAME_SIZE;
}

static char *code_at(const struct forger *f, int i)
{
	return f->codes + (i % FRAMES) * CODE_SIZE;
}

static char *text_at(const struct forger *f, int i)
{
	return f->texts + (i % FRAMES) * TEXT_SIZE;
}

/* All that is read of code makes up which it is: its first line, too. */
static void renew_code(struct forger *f, int i)
{
	f->line++;
	memcpy(code_at(f, i) + f->off->code_line, &f->line, sizeof(f->line));
}

/* A chain of frames that a reader takes for true. */
static void build(struct forger *f, const struct models *models)
{
	for (int i = 0; i < FRAMES; i++) {
		memcpy(code_at(f, i), models->code, (size_t)models->code_size);
		memcpy(text_at(f, i), models->text, (size_t)models->text_size);
		snprintf(text_at(f, i) + f->off->text, 16, "forged_%05d", i);
		text_at(f, i)[f->off->text + 12] = ' ';
		put(code_at(f, i), f->off->code_name, (uint64_t)text_at(f, i));
		put(code_at(f, i), f->off->code_file, (uint64_t)text_at(f, i + 1));
		put(frame_at(f, i), f->off->frame_code, (uint64_t)code_at(f, i));
		put(frame_at(f, i), f->off->frame_previous,
		    i + 1 < FRAMES ? (uint64_t)frame_at(f, i + 1) : 0);
		renew_code(f, i);
	}
}

static void hang_up(struct forger *f, const void *frame)
{
	if (f->off->cframe_frame < 0) {
		put(f->state, f->off->thread_frame, (uint64_t)frame);
		return;
	}
	put((char *)f->cframe, f->off->cframe_frame, (uint64_t)frame);
	put(f->state, f->off->thread_frame, (uint64_t)f->cframe);
}

static uint64_t some(struct forger *f, uint64_t below)
{
	f->random = f->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (f->random >> 33) % below;
}

static uint64_t wild(struct forger *f)
{
	const uint64_t all[] = {
		0,
		8,
		0xffffffff81000000ULL,
		0xffff888000000000ULL,
		1ULL << 60,
		~0ULL,
		(uint64_t)f->frames + ARENA_SIZE - 8,
		(uint64_t)f->cframe,
		(uint64_t)f->state,
		(uint64_t)frame_at(f, (int)some(f, FRAMES)),
		(uint64_t)code_at(f, (int)some(f, FRAMES)) + some(f, 64),
	};

	return all[some(f, sizeof(all) / sizeof(all[0]))];
}

/* The kinds: each does one of its turns, and is called again. */

/* Each look finds code that was never seen. */
static void forge_codes(struct forger *f)
{
	for (int i = 0; i < FRAMES; i++)
		renew_code(f, i);
}

static void forge_circle(struct forger *f)
{
	for (int i = 0; i < FRAMES; i++)
		put(frame_at(f, i), f->off->frame_previous,
		    (uint64_t)frame_at(f, i % 2 ? i - 1 : i + 1));
}

static void forge_wild(struct forger *f)
{
	char *frame = frame_at(f, (int)some(f, FRAMES)), *code = code_at(f, (int)some(f, FRAMES));

	put(frame, f->off->frame_previous, wild(f));
	put(frame, f->off->frame_code, wild(f));
	put(code, f->off->code_name, wild(f));
	put(code, f->off->code_file, wild(f));
	put(code, f->off->code_lines, wild(f));
	hang_up(f, some(f, 4) ? frame : (char *)wild(f));
}

/* Names of 4 GB and more, and of what a terminal obeys. */
static void forge_names(struct forger *f)
{
	static const uint64_t lengths[] = {
		0xffffffff, 0x100000000, 1ULL << 63, ~0ULL, 12, 12, 12
	};

	for (int i = 0; i < FRAMES; i++) {
		char *text = text_at(f, i);

		put(text, TEXT_LENGTH, lengths[some(f, sizeof(lengths) / sizeof(lengths[0]))]);
		memcpy(text + f->off->text, "\033[31m;\n\r\233\177\1x", 12);
		if (some(f, 8) == 0)
			put(code_at(f, i), f->off->code_lines, (uint64_t)text);
		renew_code(f, i);
	}
}

/* The state, then a frame, is on a page that nobody may read. */
static void forge_guard(struct forger *f)
{
	char *page = (char *)((uintptr_t)f->state & ~(uintptr_t)(PAGE - 1));
	struct timespec ms = { .tv_nsec = 1000000 };

	hang_up(f, f->frames + PAGE - 16);
	mprotect(f->frames + PAGE, PAGE, PROT_NONE);
	for (int i = 0; i < 200000; i++)
		some(f, 2);
	mprotect(page, 2 * PAGE, PROT_NONE);
	for (int i = 0; i < 200000; i++)
		some(f, 2);
	nanosleep(&ms, NULL);
	mprotect(page, 2 * PAGE, PROT_READ | PROT_WRITE);
	mprotect(f->frames + PAGE, PAGE, PROT_READ | PROT_WRITE);
}

/* Frames come and go; no other thread knows when. */
static void *remap(void *arg)
{
	const struct forger *f = arg;

	for (;;) {
		mprotect(f->frames, ARENA_SIZE, PROT_NONE);
		usleep(100);
		mprotect(f->frames, ARENA_SIZE, PROT_READ | PROT_WRITE);
		usleep(100);
	}
	return NULL;
}

static void forge_remap(struct forger *f)
{
	for (int i = 0; i < 100000; i++)
		some(f, 2);
}

/* The state is not where all other processes of this program have it. */
static void forge_slot(struct forger *f)
{
	uint64_t *block, found = (uint64_t)f->state;

	syscall(SYS_arch_prctl, ARCH_GET_FS, &block);
	for (int i = 98; i < 98 + 2 * 32; i++) { /* glibc: the first words of its keys */
		if (block[i] != found)
			continue;
		block[i] = 0;
		block[98 + 2 * 31 + 1] = found;
		break;
	}
	forge_remap(f);
}

static const struct {
	const char *name;
	void (*turn)(struct forger *f);
} kinds[] = {
	{ "codes", forge_codes }, { "circle", forge_circle }, { "wild", forge_wild },
	{ "names", forge_names }, { "guard", forge_guard },   { "remap", forge_remap },
	{ "slot", forge_slot },
};

/* Returns 1 if there is no such KIND; else it ends the process. */
int forge(const char *kind, double seconds, char *state, const struct offsets *off,
	  const struct models *models)
{
	static struct forger f;
	void (*turn)(struct forger *) = NULL;
	time_t end = time(NULL) + (time_t)seconds;
	pthread_t thread;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		turn = strcmp(kind, kinds[i].name) ? turn : kinds[i].turn;
	f = (struct forger){ .off = off, .state = state, .random = (uint64_t)getpid() };
	f.frames =
		mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!turn || f.frames == MAP_FAILED || models->code_size > CODE_SIZE ||
	    models->text_size > TEXT_SIZE)
		return 1;
	f.codes = f.frames + FRAMES * FRAME_SIZE;
	f.texts = f.codes + FRAMES * CODE_SIZE;
	build(&f, models);
	if (turn == forge_remap && pthread_create(&thread, NULL, remap, &f))
		return 1;
	hang_up(&f, f.frames);
	while (time(NULL) < end)
		turn(&f);
	_exit(0);
}
