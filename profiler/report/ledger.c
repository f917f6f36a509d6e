// SPDX-License-Identifier: BSD-2-Clause
/* ledger.c - see ledger.h. */
#include "profiler/report/ledger.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

#include "profiler/log.h"

#define SEVERAL 1.1 /* CPUs at a time: with one, the last tick may be behind the end */

/* NULL: what a complete stack ends with. */
static const char *const why_names[UNWIND_RESULT_CNT] = {
	[UNWIND_BAD_READ] = "unreadable_stack", [UNWIND_STUCK] = "bad_cfa",
	[UNWIND_UNSUP] = "unsupported_rule",	[UNWIND_NO_REG] = "register_not_saved",
	[UNWIND_NO_FP] = "frame_pointer_lost",	[UNWIND_BAD_FP] = "no_frame_pointer",
	[UNWIND_NO_MAPPING] = "unknown_code",	[UNWIND_PENDING] = "table_not_ready",
	[UNWIND_TOO_DEEP] = "too_deep",		[UNWIND_CUT] = "deeper_than_copy",
};

static uint64_t lost(const struct ledger *ledger)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ledger->source.lost_cnt; i++)
		sum += ledger->source.lost[i].cnt;
	return sum;
}

bool ledger_adds_up(const struct ledger *ledger)
{
	const struct source_stats *s = &ledger->source;

	return s->ticks == s->stored + s->idle + s->filtered + lost(ledger) &&
	       s->stored == ledger->complete + ledger->incomplete + ledger->none;
}

static double seconds(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

static double percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

static double ns_per_tick(const struct source_stats *s)
{
	return s->bpf_runs ? (double)s->bpf_ns / (double)s->bpf_runs : 0;
}

void ledger_fini(struct ledger *ledger)
{
	unnamed_fini(&ledger->unnamed);
}

/* JSON */

static void write_frames(const char *name, const struct frame_counts *counts, FILE *f)
{
	const char *comma = "";

	fprintf(f, "\"%s\": {\"named\": %" PRIu64 ", \"unnamed\": {", name,
		counts->by_reason[SYM_NAMED]);
	for (int i = SYM_NAMED + 1; i < SYM_REASON_CNT; i++) {
		if (!counts->by_reason[i])
			continue;
		fprintf(f, "%s\"%s\": %" PRIu64, comma, sym_reason_name((enum sym_reason)i),
			counts->by_reason[i]);
		comma = ", ";
	}
	fputs("}}", f);
}

static void write_overhead(const struct ledger *ledger, FILE *f)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	fprintf(f,
		"\"overhead\": {\"bpf_ns_per_tick\": %.0f, \"bpf_cpu_s\": %.6f, "
		"\"user_cpu_s\": %.6f, \"sys_cpu_s\": %.6f, \"helpers_cpu_s\": %.2f, "
		"\"max_rss_bytes\": %ld, "
		"\"report_s\": %.6f}",
		ns_per_tick(&ledger->source), (double)ledger->source.bpf_ns / 1e9,
		seconds(usage.ru_utime), seconds(usage.ru_stime), (double)ledger->helpers_ns / 1e9,
		usage.ru_maxrss * 1024L, ledger->report_s);
}

static void write_rate(const struct ledger *ledger, FILE *f)
{
	const struct budget_totals *b = ledger->budget;

	fprintf(f,
		"\"rate\": {\"max_overhead_percent\": %.6g, \"overhead_percent\": %.6g, "
		"\"ticks_percent\": %.6g, \"lowest_hz\": %.6g, \"changes\": %zu, \"changed\": [",
		b->max_percent, b->percent, b->ticks_percent, b->lowest_hz, b->change_cnt);
	for (size_t i = 0; i < b->change_cnt && i < BUDGET_CHANGES_MAX; i++)
		fprintf(f, "%s{\"at_s\": %.3f, \"hz\": %.6g}", i ? ", " : "", b->changes[i].at_s,
			b->changes[i].hz);
	fputs("]}, ", f);
}

static void write_why(const struct ledger *ledger, FILE *f)
{
	const char *comma = "";

	for (int i = 0; i < UNWIND_RESULT_CNT; i++) {
		if (!why_names[i])
			continue;
		fprintf(f, "%s\"%s\": %" PRIu64, comma, why_names[i], ledger->incomplete_why[i]);
		comma = ", ";
	}
}

static void write_tracker(const struct tracker_totals *t, FILE *f)
{
	fprintf(f,
		"\"unwind\": {\"tables\": %" PRIu64 ", \"rows\": %" PRIu64
		", \"table_bytes\": %" PRIu64 ", \"table_cpu_s\": %.6f, \"maps_read\": %" PRIu64
		", \"records_lost\": %" PRIu64 ", \"processes_without_room\": %" PRIu64,
		t->tables.tables, t->tables.rows, t->tables.bytes, (double)t->tables.build_ns / 1e9,
		t->reads, t->lost, t->no_room);
	if (t->denied)
		fprintf(f, ", \"processes_denied\": %" PRIu64, t->denied);
	if (t->tables.no_room)
		fprintf(f, ", \"tables_without_room\": %" PRIu64, t->tables.no_room);
	if (t->tables.unmapped)
		fprintf(f, ", \"tables_not_in_kernel\": %" PRIu64, t->tables.unmapped);
	fputs("}, ", f);
}

int ledger_write_json(const struct ledger *ledger, FILE *f)
{
	const struct source_stats *s = &ledger->source;

	fprintf(f,
		"{\"event\": \"%s\", \"freq_hz\": %u, \"duration_s\": %.3f, \"cpus\": %zu, "
		"\"cpus_gone\": %zu, \"cpus_gone_s\": %.3f, \"tier\": \"%s\", ",
		ledger->event, ledger->freq_hz, ledger->duration_s, ledger->cpu_cnt,
		ledger->tracker.gone.cnt, (double)ledger->tracker.gone.ns / 1e9,
		source_tier_name(s->tier));
	if (ledger->tier_why)
		fprintf(f, "\"tier_why\": \"%s\", ", source_why_words(ledger->tier_why)->name);
	if (ledger->budget->max_percent)
		write_rate(ledger, f);
	fprintf(f,
		"\"ticks\": %" PRIu64 ", \"stored\": %" PRIu64 ", \"counted\": %" PRIu64
		", \"idle\": %" PRIu64 ", \"filtered\": %" PRIu64 ", \"lost\": {",
		s->ticks, s->stored, ledger->weight, s->idle, s->filtered);
	for (size_t i = 0; i < s->lost_cnt; i++)
		fprintf(f, "%s\"%s\": %" PRIu64, i ? ", " : "", s->lost[i].cause, s->lost[i].cnt);
	fprintf(f, "}, \"throttled\": %" PRIu64, s->throttled);
	fprintf(f,
		", \"user_stacks\": {\"complete\": %" PRIu64 ", \"incomplete\": %" PRIu64
		", \"none\": %" PRIu64 "}, \"incomplete_why\": {",
		ledger->complete, ledger->incomplete, ledger->none);
	write_why(ledger, f);
	fputs("}, \"frames\": {", f);
	write_frames("user", &ledger->user, f);
	fputs(", ", f);
	write_frames("kernel", &ledger->kernel, f);
	fputs("}, ", f);
	interpreted_write_json(&ledger->interpreted, &ledger->tracker.unread, f);
	if (ledger->cut_short)
		fprintf(f, "\"cut_short\": \"%s\", ", ledger->cut_short);
	fputs("\"unnamed_files\": ", f);
	unnamed_write_json(&ledger->unnamed, f);
	fprintf(f,
		", \"debuginfod\": {\"asked\": %" PRIu64 ", \"fetched\": %" PRIu64
		", \"late\": %" PRIu64 "}, ",
		ledger->fetch.asked, ledger->fetch.fetched, ledger->fetch.late);
	write_tracker(&ledger->tracker, f);
	write_overhead(ledger, f);
	fputs("}\n", f);
	return ferror(f) ? -EIO : 0;
}

/* Text */

static uint64_t frame_sum(const struct frame_counts *counts)
{
	uint64_t sum = 0;

	for (int i = 0; i < SYM_REASON_CNT; i++)
		sum += counts->by_reason[i];
	return sum;
}

static void print_kernel_frames(const struct frame_counts *counts)
{
	uint64_t sum = frame_sum(counts), unnamed = sum - counts->by_reason[SYM_NAMED];
	char reasons[256] = "";
	size_t len = 0;

	if (!unnamed)
		return;
	for (int i = SYM_NAMED + 1; i < SYM_REASON_CNT; i++) {
		if (!counts->by_reason[i] || len >= sizeof(reasons))
			continue;
		len += (size_t)snprintf(reasons + len, sizeof(reasons) - len, "%s%s %.1f %%",
					len ? ", " : "", sym_reason_name((enum sym_reason)i),
					percent((double)counts->by_reason[i], (double)sum));
	}
	log_print(LOG_NORMAL, "  %.1f %% of kernel frames have no name: %s%s",
		  percent((double)unnamed, (double)sum), reasons,
		  counts->by_reason[SYM_DENIED] ? " (sysctl kernel.kptr_restrict=1)" : "");
}

static void print_incomplete(const struct ledger *ledger, uint64_t stacks)
{
	char reasons[256] = "";
	size_t len = 0;

	for (int i = 0; i < UNWIND_RESULT_CNT && len < sizeof(reasons); i++) {
		if (why_names[i] && ledger->incomplete_why[i])
			len += (size_t)snprintf(reasons + len, sizeof(reasons) - len,
						"%s%s %.2f %%", len ? ", " : "", why_names[i],
						percent((double)ledger->incomplete_why[i],
							(double)stacks));
	}
	log_print(LOG_NORMAL, "  %.2f %% of user stacks are incomplete: %s",
		  percent((double)ledger->incomplete, (double)stacks), reasons);
}

static void print_tier(const struct ledger *ledger)
{
	enum source_tier tier = ledger->source.tier;

	if (ledger->tier_why)
		log_print(LOG_NORMAL, "  tier %s: by %s, as %s%s", source_tier_name(tier),
			  tier == SOURCE_BPF ? "frame pointers" : "perf events",
			  source_why_words(ledger->tier_why)->reason,
			  tier == SOURCE_PERF_USER ? "; time in the kernel is not in the samples"
						   : "");
}

static void print_gone(const struct cpus_gone *gone)
{
	char others[64] = "";

	if (!gone->cnt)
		return;
	if (gone->cnt > 1)
		snprintf(others, sizeof(others), " and %zu others", gone->cnt - 1);
	log_print(LOG_NORMAL,
		  "  CPU %d%s went offline: for %.1f s nothing was sampled there, nor is it "
		  "after coming back (record again)",
		  gone->first, others, (double)gone->ns / 1e9);
}

static void print_tables(const struct tracker_totals *t)
{
	if (t->denied)
		log_print(LOG_NORMAL,
			  "  %" PRIu64 " processes are not ours to read, and their frames have no "
			  "names (CAP_SYS_PTRACE; docker, podman: --cap-add SYS_PTRACE)",
			  t->denied);
	if (t->no_room)
		log_print(LOG_NORMAL,
			  "  %" PRIu64 " times a process found no room in the kernel's unwind "
			  "tables",
			  t->no_room);
	if (t->tables.no_room)
		log_print(LOG_NORMAL,
			  "  %" PRIu64
			  " unwind tables found no room (--unwind-mem): their code was "
			  "walked by frame pointers",
			  t->tables.no_room);
	if (t->tables.unmapped)
		log_print(LOG_NORMAL,
			  "  the kernel made no map for %" PRIu64 " unwind tables (%s): stacks of "
			  "their code were copied and walked by wick, which costs more and cuts "
			  "very deep ones",
			  t->tables.unmapped, strerror(-t->tables.map_err));
}

static void print_lost(const struct ledger *ledger)
{
	const struct source_stats *s = &ledger->source;

	if (s->throttled)
		log_print(LOG_NORMAL,
			  "  the kernel held the sampling back %" PRIu64 " times (sysctl "
			  "kernel.perf_cpu_time_max_percent)",
			  s->throttled);

	for (size_t i = 0; i < s->lost_cnt; i++) {
		if (s->lost[i].cnt)
			log_print(LOG_NORMAL, "  lost %" PRIu64 " samples (%.2f %%): %s",
				  s->lost[i].cnt, percent((double)s->lost[i].cnt, (double)s->ticks),
				  s->lost[i].cause);
	}
	if (s->not_followed)
		log_print(LOG_NORMAL,
			  "  %" PRIu64 " child tasks were not followed: too many at once",
			  s->not_followed);
	if (ledger->tracker.lost)
		log_print(LOG_NORMAL,
			  "  mapping records were lost %" PRIu64 " times: names and stacks of "
			  "new processes may be missing",
			  ledger->tracker.lost);
	print_tables(&ledger->tracker);
	if (!ledger_adds_up(ledger))
		log_warn("the ledger does not add up: please report this with the output of "
			 "--stats -");
}

static void print_rate(const struct ledger *ledger)
{
	const struct budget_totals *b = ledger->budget;

	if (!b->max_percent)
		return;
	log_print(LOG_NORMAL,
		  "  overhead while sampling: %.3g %% of the CPU time (%.3g %% in the ticks), "
		  "--max-overhead %g%s",
		  b->percent, b->ticks_percent, b->max_percent,
		  b->change_cnt ? "" : ": the rate was kept");
	if (b->change_cnt)
		log_print(LOG_NORMAL,
			  "  the rate was changed %zu times, first after %.1f s, and was "
			  "%.4g Hz at the lowest; the samples count as %" PRIu64 " ticks of "
			  "%u Hz",
			  b->change_cnt, b->changes[0].at_s, b->lowest_hz, ledger->weight,
			  ledger->freq_hz);
}

static void print_cost(const struct ledger *ledger)
{
	double bpf_s = (double)ledger->source.bpf_ns / 1e9;
	char ticks[64] = "of a tick is not known";
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	if (ledger->source.bpf_runs)
		snprintf(ticks, sizeof(ticks), "%.1f us a tick, %.3f %% of a CPU",
			 ns_per_tick(&ledger->source) / 1e3, percent(bpf_s, ledger->duration_s));
	log_print(LOG_NORMAL,
		  "  cost: %s; wick itself %.3f s of CPU as user, %.3f s in the kernel, %ld MB, "
		  "and %.2f s by its helpers; "
		  "%.0f ms from the last sample to the last byte",
		  ticks, seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss / 1024,
		  (double)ledger->helpers_ns / 1e9, ledger->report_s * 1e3);
}

/* How much of the time something ran: a process that waits is fast or slow for other reasons. */
static void print_time(const struct ledger *ledger)
{
	double busy_s = (double)ledger->weight / ledger->freq_hz;
	const char *where =
		ledger->source.tier == SOURCE_PERF_USER ? ", outside of the kernel," : "";

	if (!ledger->is_time || !ledger->weight)
		return;
	if (ledger->is_system)
		log_print(LOG_NORMAL, "  the CPUs were busy%s for %.2f s of %.1f s", where, busy_s,
			  ledger->duration_s * (double)ledger->cpu_cnt);
	else
		log_print(LOG_NORMAL, "  on a CPU%s for %.2f s of %.1f s%s", where, busy_s,
			  ledger->duration_s,
			  busy_s > SEVERAL * ledger->duration_s ? " (several at a time)" : "");
}

void ledger_print(const struct ledger *ledger)
{
	const struct source_stats *s = &ledger->source;
	uint64_t stacks = ledger->complete + ledger->incomplete;

	log_print(LOG_NORMAL,
		  "%" PRIu64 " samples of %s at %u Hz in %.1f s on %zu CPUs "
		  "(%" PRIu64 " ticks: %" PRIu64 " idle, %" PRIu64 " filtered%s, %" PRIu64 " lost)",
		  s->stored, ledger->event, ledger->freq_hz, ledger->duration_s, ledger->cpu_cnt,
		  s->ticks, s->idle, s->filtered, s->filtered ? " (other tasks)" : "",
		  lost(ledger));
	print_time(ledger);
	print_tier(ledger);
	print_gone(&ledger->tracker.gone);
	print_lost(ledger);
	if (ledger->incomplete)
		print_incomplete(ledger, stacks);
	interpreted_print(&ledger->interpreted, &ledger->tracker.unread);
	unnamed_print(&ledger->unnamed, frame_sum(&ledger->user));
	print_kernel_frames(&ledger->kernel);
	fetch_explain(&ledger->fetch);
	print_rate(ledger);
	print_cost(ledger);
}
