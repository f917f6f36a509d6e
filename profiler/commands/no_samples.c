// SPDX-License-Identifier: BSD-2-Clause
/* no_samples.c - see no_samples.h. */
#include "profiler/commands/no_samples.h"

#include "profiler/commands/session.h"
#include "profiler/log.h"

static const char *name_of(const struct target *target)
{
	switch (target->filter) {
	case FILTER_PROCESSES:
	case FILTER_FAMILIES:
		return "the process";
	case FILTER_THREADS:
		return "the thread";
	case FILTER_TREE:
		return "the command";
	default:
		return "the target";
	}
}

/* It ran, and no tick met it. */
static void explain_run(const struct session *s, const char *name, double ran_s)
{
	double tick_s = 1.0 / s->opts->source.freq_hz;

	if (s->opts->source.cpus.cnt && ran_s > 2 * tick_s)
		log_warn("no samples: %s ran for %.3g s, on other CPUs than those of --cpu", name,
			 ran_s);
	else
		log_warn("no samples: %s ran for %.3g ms, and there is a tick each %.3g ms (a "
			 "higher --freq or a longer recording sees it)",
			 name, ran_s * 1e3, tick_s * 1e3);
}

void no_samples_explain(const struct session *s)
{
	const char *name = name_of(&s->target), *event = s->opts->source.event->name;
	uint64_t ran_ns = target_cpu_ns(&s->target);

	if (!event_is_time(s->opts->source.event))
		log_warn("no samples: there were no %s in %s", event, name);
	else if (s->target.filter == FILTER_NONE)
		log_warn("no samples: nothing ran on the CPUs (--idle records that, too)");
	else if (ran_ns > s->target_start_ns)
		explain_run(s, name, (double)(ran_ns - s->target_start_ns) / 1e9);
	else if (s->target_over)
		log_warn("no samples: %s ended after %.3g ms, before a tick met it (a higher "
			 "--freq sees more)",
			 name, s->ledger.duration_s * 1e3);
	else
		log_warn("no samples: %s did not run on a CPU, it waited for all of %.3g s (wick "
			 "samples what runs)",
			 name, s->ledger.duration_s);
}
