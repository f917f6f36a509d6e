// SPDX-License-Identifier: BSD-2-Clause
/* budget.c - see budget.h. */
#include "profiler/source/budget.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "profiler/clock.h"
#include "profiler/log.h"
#include "profiler/source/helpers.h"

#define NS_PER_S 1000000000

static uint64_t timeval_ns(struct timeval tv)
{
	return (uint64_t)tv.tv_sec * NS_PER_S + (uint64_t)tv.tv_usec * 1000;
}

static struct budget_cost measure(const struct budget *b)
{
	struct source_stats stats;
	struct rusage usage;

	source_read_stats(b->source, &stats);
	getrusage(RUSAGE_SELF, &usage);
	return (struct budget_cost){
		.time_ns = now_ns(),
		.has_ticks = stats.bpf_runs,
		.ticks_ns = stats.bpf_ns,
		.own_ns = timeval_ns(usage.ru_utime) + timeval_ns(usage.ru_stime) +
			  helpers_cpu_ns(b->command),
	};
}

/* What was spent from BEGIN to END, by the ticks or by this process. */
static double percent(const struct budget *b, const struct budget_cost *begin,
		      const struct budget_cost *end, bool ticks)
{
	int64_t time_ns = end->time_ns - begin->time_ns;
	uint64_t ns = ticks ? end->ticks_ns - begin->ticks_ns : end->own_ns - begin->own_ns;

	return time_ns > 0 ? 100.0 * (double)ns / ((double)time_ns * (double)b->cpu_cnt) : 0;
}

static void remember(struct budget *b, int64_t now, double hz)
{
	struct budget_totals *t = &b->totals;

	if (t->change_cnt < BUDGET_CHANGES_MAX)
		t->changes[t->change_cnt] =
			(struct rate_change){ (double)(now - b->start.time_ns) / NS_PER_S, hz };
	t->change_cnt++;
	if (hz < t->lowest_hz)
		t->lowest_hz = hz;
}

void budget_begin(struct budget *b, struct sample_source *source, double max_percent,
		  unsigned int freq_hz, size_t cpu_cnt, pid_t command)
{
	*b = (struct budget){
		.source = source,
		.freq_hz = freq_hz,
		.cpu_cnt = cpu_cnt,
		.command = command,
		.totals = { .max_percent = max_percent, .lowest_hz = freq_hz },
	};
	if (!max_percent)
		return;
	governor_init(&b->governor, freq_hz);
	b->start = b->last = measure(b);
	b->is_fixed = b->governor.divisor_max == 1;
	if (b->is_fixed)
		log_warn("--max-overhead has no effect at %u Hz: less than %d Hz is no profile",
			 freq_hz, GOVERNOR_MIN_HZ);
}

/* What the interval that ends now has cost, in percent. */
static struct governor_cost interval_cost(struct budget *b)
{
	struct budget_cost now = measure(b);
	struct governor_cost cost = {
		.ticks = percent(b, &b->last, &now, true),
		.other = percent(b, &b->last, &now, false),
	};

	b->last = now;
	log_print(LOG_DEBUG, "overhead: ticks %.4f %%, else %.4f %%", cost.ticks, cost.other);
	return cost;
}

static unsigned int decide(struct budget *b, struct governor_cost cost)
{
	double max = b->totals.max_percent;

	if (!b->last.has_ticks) /* the two kinds of cost are not known apart */
		return governor_decide(&b->governor,
				       (struct governor_cost){ .ticks = (cost.ticks + cost.other) /
									max });
	return governor_decide(&b->governor, (struct governor_cost){ .ticks = cost.ticks / max,
								     .other = cost.other / max });
}

void budget_check(struct budget *b)
{
	unsigned int before = b->governor.divisor, divisor, now;
	struct governor_cost cost;
	double hz;
	int err;

	if (!b->totals.max_percent || b->is_fixed)
		return;
	cost = interval_cost(b);
	divisor = decide(b, cost);
	if (divisor == before)
		return;
	err = source_divide_rate(b->source, divisor, &now);
	if (!err && now != divisor) { /* too early */
		b->governor.divisor = before;
		return;
	}
	if (err) {
		log_warn("--max-overhead: cannot change the sampling rate: %s (lower it by -F)",
			 strerror(-err));
		b->is_fixed = true;
		return;
	}
	hz = (double)b->freq_hz / divisor;
	if (!b->totals.change_cnt)
		log_warn("profiling takes %.3g %% of the CPU time, more than --max-overhead %g: "
			 "%.4g "
			 "samples a second from here on (the ledger has every change)",
			 cost.ticks + cost.other, b->totals.max_percent, hz);
	remember(b, b->last.time_ns, hz);
}

const struct budget_totals *budget_end(struct budget *b)
{
	if (b->totals.max_percent) {
		b->last = measure(b);
		b->totals.ticks_percent = percent(b, &b->start, &b->last, true);
		b->totals.percent =
			b->totals.ticks_percent + percent(b, &b->start, &b->last, false);
	}
	return &b->totals;
}
