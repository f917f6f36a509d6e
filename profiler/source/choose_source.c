// SPDX-License-Identifier: BSD-2-Clause
/* choose_source.c - see choose_source.h. */
#include "profiler/source/choose_source.h"

#include <errno.h>

#include "profiler/log.h"
#include "profiler/source/bpf_source.h"
#include "profiler/source/perf_source.h"
#include "profiler/source/source.h"
#include "profiler/source/thread_source.h"

/* BPF by frame pointers, unless it was tables that were asked for. */
static int open_without_tables(const struct source_opts *opts, struct refusal *refusal,
			       struct sample_source **out)
{
	struct source_opts by_fp = *opts;

	if (opts->unwind != UNWIND_AUTO)
		return refusal->err;
	by_fp.unwind = UNWIND_BY_FP;
	return bpf_source_open(&by_fp, refusal, out);
}

/*
 * What is next best where BPF is refused.  That perf events are refused as well is the
 * message for a user who may not load BPF programs; where only tables are missing, it is
 * what BPF said.
 */
static int open_instead(const struct source_opts *opts, struct refusal *refusal,
			struct sample_source **out)
{
	enum source_why why = refusal->why;
	struct refusal perf = { 0 };
	int err = perf_source_open(opts, &perf, out);

	if (err && (why == SOURCE_NO_TABLES || why == SOURCE_UNSAFE_KERNEL)) {
		refusal_fini(&perf);
		err = open_without_tables(opts, refusal, out);
		refusal->why = SOURCE_BEST; /* nothing is left to be tried */
	} else if (err) {
		refusal_fini(refusal);
		*refusal = perf;
		refusal->why = why;
	}
	if (!err)
		(*out)->why = why;
	return err;
}

int source_open_best(const struct source_opts *opts, struct refusal *refusal,
		     struct sample_source **out)
{
	int err = bpf_source_open(opts, refusal, out);

	return err && refusal->why != SOURCE_BEST ? open_instead(opts, refusal, out) : err;
}

static void tell_why(const struct sample_source *source)
{
	const char *why = source_why_words(source->why)->sentence;

	if (!source->scope)
		log_warn("%s: falling back to frame pointers", why);
	else
		log_warn("%s: sampling %s by perf events; very deep stacks are cut", why,
			 source->scope->user_only ? "user code only, not the kernel's,"
						  : "all code");
}

int source_open(const struct source_opts *opts, struct sample_source **out)
{
	struct refusal refusal = { 0 };
	int err = opts->once ? thread_source_open(opts, &refusal, out)
			     : source_open_best(opts, &refusal, out);

	if (err)
		refusal_log(&refusal);
	else if ((*out)->why != SOURCE_BEST) {
		if (refusal.detail && *refusal.detail)
			log_print(LOG_VERBOSE, "%s", refusal.detail);
		tell_why(*out);
	}
	refusal_fini(&refusal);
	return err;
}
