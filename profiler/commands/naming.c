// SPDX-License-Identifier: BSD-2-Clause
/* naming.c - see naming.h. */
#include "profiler/commands/naming.h"

#include <limits.h>

#include "profiler/clock.h"
#include "profiler/commands/interrupt.h"
#include "profiler/log.h"

#define PATIENCE_MS 1000 /* without a word */
#define PROGRESS_MS 200

static void tell_progress(void *ctx, const char *module, size_t done, size_t total)
{
	struct naming *n = ctx;
	int64_t now = now_ms();
	char shown[PATH_MAX];

	if (!n->start_ms)
		n->start_ms = now;
	if (now - n->start_ms < PATIENCE_MS || now - n->told_ms < PROGRESS_MS)
		return;
	n->told_ms = now;
	log_progress("naming: %zu of %zu units of %s", done, total,
		     log_printable(module ? module : "", shown, sizeof(shown)));
}

static void tell_too_large(void *ctx, const char *module)
{
	const struct naming *n = ctx;
	char shown[PATH_MAX];

	log_warn("%s: its debug information takes more than %u MiB: no inlined functions "
		 "(see --symbolize-mem)",
		 log_printable(module ? module : "", shown, sizeof(shown)), n->mem_mib);
}

static void tell_too_costly(void *ctx, const char *module)
{
	char shown[PATH_MAX];

	(void)ctx;
	log_warn("%s: reading its debug information takes more than one file may: no inlined "
		 "functions (--no-inlines leaves them out of all files)",
		 log_printable(module ? module : "", shown, sizeof(shown)));
}

bool naming_is_over(void *ctx)
{
	struct naming *n = ctx;

	if (!n->end && interrupt_came())
		n->end = NAMING_INTERRUPTED;
	else if (!n->end && n->deadline_ms && now_ms() >= n->deadline_ms)
		n->end = NAMING_LATE;
	return n->end != NAMING_WHOLE;
}

void naming_set_opts(struct naming *naming, unsigned int mem_mib, struct symbolizer_opts *opts)
{
	*naming = (struct naming){ .mem_mib = mem_mib };
	opts->dwarf_mem = (size_t)mem_mib << 20;
	opts->progress = tell_progress;
	opts->too_large = tell_too_large;
	opts->too_costly = tell_too_costly;
	opts->is_over = naming_is_over;
	opts->callback_ctx = naming;
}

void naming_done(struct naming *naming)
{
	if (naming->told_ms)
		log_progress("%s", "");
	naming->start_ms = naming->told_ms = 0;
}
