/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.h - the command line, parsed and checked.
 *
 * Ownership: strings point into argv; options_fini() frees the lists.
 * Errors:    a wrong command line ends the process with status 2 after a
 *            message, --help and --version with status 0: argp's way.
 */
#ifndef PROFILER_COMMANDS_OPTIONS_H
#define PROFILER_COMMANDS_OPTIONS_H

#include "flamegraph/formats.h"
#include "profiler/cpus.h"
#include "profiler/ids.h"
#include "profiler/report/output.h"
#include "profiler/source/events.h"
#include "profiler/source/source.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define EXIT_USAGE 2

#define SYMBOLIZE_MEM_MIB	 512 /* three times what the JVM's needs */
#define SYMBOLIZE_MEM_MAX_MIB	 (1u << 20)
#define DEBUGINFOD_TIMEOUT_S	 5
#define DEBUGINFOD_TIMEOUT_MAX_S 3600

enum input_format { INPUT_DETECT, INPUT_FOLDED, INPUT_PPROF, INPUT_PERF };

/* How addresses get their names. */
struct names_options {
	bool no_inlines, no_demangle;
	unsigned int symbolize_mem_mib;
	double debuginfod_timeout_s;
};

#define NAMES_OPTIONS_DEFAULT                                                                      \
	{                                                                                          \
		.symbolize_mem_mib = SYMBOLIZE_MEM_MIB,                                            \
		.debuginfod_timeout_s = DEBUGINFOD_TIMEOUT_S                                       \
	}

struct record_options {
	bool all_cpus;
	struct cpus cpus; /* --cpu; empty: every online CPU */
	struct id_list pids, tids;
	bool children; /* of pids, present and future */
	const char *cgroup;
	char **cmd; /* NULL-terminated, or NULL: no command */
	unsigned int freq_hz;
	const struct event_type *event;
	double duration_s; /* 0: no limit */
	struct output_list outputs;
	bool user_only, kernel_only;
	bool per_process, per_thread;
	enum unwind_method unwind;
	unsigned int unwind_mem_mib;
	struct names_options names;
	bool no_annotations;
	bool idle;
	const char *stats;	  /* --stats, or NULL */
	unsigned int map_entries; /* 0: chosen from the rate */
	double max_overhead;	  /* percent of the CPU time of the sampled CPUs; 0: no limit */
	int verbosity;		  /* enum log_level */
};

struct flamegraph_options {
	const char **inputs; /* "-": stdin */
	size_t input_cnt;
	struct output_list outputs;
	struct picture_opts picture; /* title: NULL if none was given */
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
	struct picture_opts picture; /* title and subtitle: NULL if none was given */
	bool no_annotations;
	int verbosity;
};

enum symbolize_format { SYMBOLIZE_HUMAN, SYMBOLIZE_ADDR2LINE, SYMBOLIZE_JSON };

struct symbolize_options {
	const char *elf; /* one of the three */
	pid_t pid;
	bool kernel;
	char **addresses; /* NULL-terminated; empty: one per line on stdin */
	enum symbolize_format format;
	struct names_options names;
	int verbosity;
};

struct doctor_options {
	pid_t pid; /* 0: the machine */
};

void options_parse_record(int argc, char **argv, struct record_options *out);
void options_parse_flamegraph(int argc, char **argv, struct flamegraph_options *out);
void options_parse_symbolize(int argc, char **argv, struct symbolize_options *out);
void options_parse_diff(int argc, char **argv, struct diff_options *out);
void options_parse_doctor(int argc, char **argv, struct doctor_options *out);

void options_fini_record(struct record_options *opts);
void options_fini_flamegraph(struct flamegraph_options *opts);
void options_fini_diff(struct diff_options *opts);

#endif /* PROFILER_COMMANDS_OPTIONS_H */
