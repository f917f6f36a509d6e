/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * refusal.h - why something could not be opened, as a value.  Whoever fails fills it in;
 * whoever decides what happens instead also decides whether the user is told.
 *
 * Ownership: the texts are the refusal's; refusal_fini() frees them.
 * Errors:    without memory for a text the refusal has none.
 * Threads:   one.
 */
#ifndef PROFILER_SOURCE_REFUSAL_H
#define PROFILER_SOURCE_REFUSAL_H

#include <stdbool.h>

/* Why it is not BPF that walks the stacks. */
enum source_why {
	SOURCE_BEST,	      /* BPF does, or the reason has nothing to do with BPF */
	SOURCE_NO_BPF,	      /* the kernel has no BPF */
	SOURCE_NO_PRIVILEGE,  /* this user may not load BPF programs, or not attach them */
	SOURCE_NO_TABLES,     /* the kernel's BPF walks stacks by frame pointers only */
	SOURCE_SECCOMP,	      /* a filter of system calls forbids bpf() */
	SOURCE_NO_TRACEFS,    /* what BPF follows processes by cannot be read */
	SOURCE_NO_MEMORY,     /* the kernel had none for the maps */
	SOURCE_UNSAFE_KERNEL, /* a walk by tables can lock it up: lockup.h */
	SOURCE_WHY_CNT,
};

/* What is said of it. */
struct source_why_words {
	const char *name;     /* the ledger's */
	const char *reason;   /* behind "as" */
	const char *sentence; /* object, reason and remedy */
};

/* Of every one but SOURCE_BEST. */
const struct source_why_words *source_why_words(enum source_why why);

/* One that is all zero says nothing. */
struct refusal {
	enum source_why why; /* not SOURCE_BEST: another source of samples may do */
	int err;	     /* a negative errno */
	char *text;	     /* a sentence for the user: object, reason, remedy; or NULL */
	char *detail;	     /* more lines, those of libbpf and the verifier; or NULL */
};

/*
 * Make *OUT, which may have said something else before, speak of ERR by FMT, or without a
 * sentence if FMT is NULL.  Returns ERR.
 */
int refusal_set(struct refusal *out, enum source_why why, int err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Add what libbpf has said since log_capture_libbpf(). */
void refusal_add_libbpf(struct refusal *refusal);

void refusal_fini(struct refusal *refusal); /* it is all zero afterwards */

/* Log the sentence and the detail as an error.  False: there is no sentence to log. */
bool refusal_log(const struct refusal *refusal);

/* What an errno of bpf(2), or of an event that a program is to be attached to, says here and now. */
enum source_why refusal_why(int err);

#endif /* PROFILER_SOURCE_REFUSAL_H */
