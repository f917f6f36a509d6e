/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.h - what each command was asked for: its options, parsed and checked.
 *
 * Ownership: strings point into argv; options_fini_*() free the lists.
 * Errors:    a wrong command line ends the process, see option_table.h.
 */
#ifndef PROFILER_COMMANDS_OPTIONS_H
#define PROFILER_COMMANDS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "flamegraph/formats.h"
#include "profiler/cpus.h"
#include "profiler/ids.h"
#include "profiler/report/output.h"
#include "profiler/report/report.h"
#include "profiler/source/events.h"
#include "profiler/source/source.h"

struct option_command;

enum input_format { INPUT_FOLDED, INPUT_PPROF, INPUT_PERF, INPUT_DETECT };

/* How addresses get their names. */
struct names_options {
	bool no_inlines, no_demangle;
	unsigned int symbolize_mem_mib;
	double debuginfod_timeout_s;
};

struct record_options {
	struct source_opts source; /* but the filter, its targets and the rate's divisor */
	struct report_opts report;
	bool all_cpus;
	struct id_list pids, tids;
	bool children;	    /* those of pids are recorded, present and future ones */
	const char *cgroup; /* NULL: none was named */
	char **cmd;	    /* ends with NULL; NULL: there is no command */
	double duration_s;  /* 0: there is no limit */
	double report_timeout_s;
	struct output_list outputs;
	unsigned int unwind_mem_mib;
	struct names_options names;
	bool no_annotations;
	const char *stats;   /* file of --stats, or NULL */
	double max_overhead; /* percent of the CPU time of the sampled CPUs; 0: no limit */
	int verbosity;	     /* enum log_level */
};

struct flamegraph_options {
	const char **inputs; /* "-": stdin */
	size_t input_cnt;
	struct output_list outputs;
	struct picture_opts picture; /* title is NULL if none was given */
	bool reverse, flamechart;
	const char *encoding; /* of the inputs; NULL: UTF-8 */
	bool no_annotations;
	enum input_format from;
	bool per_process, per_thread;
	int verbosity;
};

struct diff_options {
	const char *before, *after; /* "-": stdin */
	struct output_list outputs;
	enum input_format from;
	bool normalize;
	struct picture_opts picture; /* title and subtitle are NULL if none was given */
	bool no_annotations;
	int verbosity;
};

enum symbolize_format { SYMBOLIZE_HUMAN, SYMBOLIZE_ADDR2LINE, SYMBOLIZE_JSON };

struct symbolize_options {
	const char *elf; /* one of the three was given */
	pid_t pid;
	bool kernel;
	char **addresses; /* ends with NULL; NULL: one per line on stdin */
	enum symbolize_format format;
	struct names_options names;
	int verbosity;
};

struct dump_options {
	pid_t pid;
	enum native_frames native;
	bool no_interpreters;
	struct names_options names;
	int verbosity;
};

struct doctor_options {
	pid_t pid; /* 0: it is about the machine */
};

/* The tables of the commands. */
extern const struct option_command options_record, options_flamegraph, options_diff,
	options_symbolize, options_dump, options_doctor;

void options_parse_record(int argc, char **argv, struct record_options *out);
void options_parse_flamegraph(int argc, char **argv, struct flamegraph_options *out);
void options_parse_symbolize(int argc, char **argv, struct symbolize_options *out);
void options_parse_diff(int argc, char **argv, struct diff_options *out);
void options_parse_dump(int argc, char **argv, struct dump_options *out);
void options_parse_doctor(int argc, char **argv, struct doctor_options *out);

void options_fini_record(struct record_options *opts);
void options_fini_flamegraph(struct flamegraph_options *opts);
void options_fini_diff(struct diff_options *opts);

#endif /* PROFILER_COMMANDS_OPTIONS_H */
