// SPDX-License-Identifier: BSD-2-Clause
/* sample_program.c - see sample_program.h. */
#include "profiler/source/sample_program.h"

#include <asm/prctl.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/ids.h"
#include "bpf/sample.h"
#include "bpf/sample.skel.h"
#include "profiler/log.h"
#include "profiler/source/denial.h"
#include "profiler/source/filter.h"
#include "profiler/source/lockup.h"
#include "profiler/source/source.h"

#define COUNT_FROM_HZ	 1000 /* slower, nothing is counted: want_counts in bpf/sample.bpf.c */
#define TREE_THREADS_MAX 131072

/* Setting it up */

static int size_stacks(const struct bpf_sizes *sizes, struct sample_bpf *skel)
{
	struct bpf_map *stacks[] = { skel->maps.stacks0, skel->maps.stacks1 };
	int err = 0;

	for (int i = 0; i < 2 && !err; i++) {
		err = bpf_map__set_max_entries(stacks[i], sizes->stack_cnt);
		if (!err)
			err = bpf_map__set_value_size(stacks[i],
						      (__u32)(sizes->frames_max * sizeof(__u64)));
	}
	return err;
}

static int size_targets(const struct sample_setup *setup, struct sample_bpf *skel)
{
	bool follows = filter_follows(setup->opts->filter);
	unsigned int cnt = follows ? TREE_THREADS_MAX : (unsigned int)setup->opts->targets.cnt;
	int err = cnt ? bpf_map__set_max_entries(skel->maps.targets, cnt) : 0;

	if (!err && follows && setup->ns->ino)
		err = bpf_map__set_max_entries(skel->maps.seeds, cnt);
	return err;
}

static int size_maps(const struct sample_setup *setup, struct sample_bpf *skel)
{
	const struct bpf_sizes *sizes = setup->sizes;
	int err = size_stacks(sizes, skel);

	if (!err)
		err = bpf_map__set_max_entries(skel->maps.counts, 2 * sizes->count_cnt);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.ring, sizes->ring_size);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.copies, sizes->copies_size);
	return err ? err : size_targets(setup, skel);
}

static void set_knobs(const struct sample_setup *setup, struct sample_bpf__rodata *knobs)
{
	static const __u32 filters[] = {
		[FILTER_NONE] = SAMPLE_ALL,	   [FILTER_PROCESSES] = SAMPLE_PROCESSES,
		[FILTER_THREADS] = SAMPLE_THREADS, [FILTER_TREE] = SAMPLE_TREE,
		[FILTER_CGROUP] = SAMPLE_CGROUP,   [FILTER_FAMILIES] = SAMPLE_TREE,
	};
	const struct source_opts *opts = setup->opts;

	knobs->filter = filters[opts->filter];
	knobs->want_kernel = !opts->no_kernel;
	knobs->want_user = !opts->no_user;
	knobs->want_counts = (double)opts->freq_hz * (double)opts->cpus.cnt > COUNT_FROM_HZ;
	knobs->want_idle = opts->idle;
	knobs->want_threads = opts->per_thread;
	knobs->want_time = setup->want_time;
	knobs->want_lines = setup->opts->lines;
	knobs->ring_wake_size = setup->sizes->ring_size / 2;
	knobs->count_cpus = setup->sizes->count_cpus;
	knobs->count_mask = setup->sizes->counts_a_cpu - 1;
	memcpy((void *)&knobs->ids_ns, setup->ns, sizeof(*setup->ns));
}

/* How user stacks are walked, each needing more of the kernel than the one before. */
enum walk_kind { BY_FRAME_POINTERS, BY_TAIL_CALLS, BY_LOOP, WITH_INTERPRETERS };

/* Have libbpf load the one program that is wanted, and make no map that only the others need. */
static void choose(struct sample_program *p, enum walk_kind kind)
{
	struct sample_bpf *skel = p->skel;
	struct bpf_map *of_interpreters[] = {
		skel->maps.interpreters,    skel->maps.interpreter_guesses,
		skel->maps.code_cache,	    skel->maps.told_codes,
		skel->maps.code_allowances, skel->maps.interpreter_walks,
	};
	struct bpf_map *of_tables[] = {
		skel->maps.processes, skel->maps.mappings, skel->maps.files,
		skel->maps.pages,     skel->maps.shards,   skel->maps.copies
	};

	p->by_tables = kind != BY_FRAME_POINTERS;
	p->has_interpreters = kind == WITH_INTERPRETERS;
	p->prog = kind == BY_FRAME_POINTERS ? skel->progs.sample_fp
		  : kind == BY_TAIL_CALLS   ? skel->progs.sample_cfi_tail
					    : skel->progs.sample_cfi;
	bpf_program__set_autoload(p->prog, true);
	bpf_program__set_autoload(skel->progs.walk_on, kind == BY_TAIL_CALLS);
	for (size_t i = 0; !p->by_tables && i < sizeof(of_tables) / sizeof(of_tables[0]); i++)
		bpf_map__set_autocreate(of_tables[i], false);
	bpf_map__set_autocreate(skel->maps.walkers, kind == BY_TAIL_CALLS);
	bpf_program__set_autoload(skel->progs.find_fsbase, p->has_interpreters);
	for (size_t i = 0; i < sizeof(of_interpreters) / sizeof(of_interpreters[0]); i++)
		bpf_map__set_autocreate(of_interpreters[i], p->has_interpreters);
	skel->rodata->want_interpreters = p->has_interpreters;
}

/* Loading it */

static int link_walkers(struct sample_bpf *skel)
{
	int zero = 0, fd = bpf_program__fd(skel->progs.walk_on);

	return bpf_map_update_elem(bpf_map__fd(skel->maps.walkers), &zero, &fd, BPF_ANY);
}

#define OWN_GSBASE 0x77696b0a000 /* any address that is nobody's */

/* Without it no thread's interpreter is found, and that is all. */
static void find_fsbase(struct sample_program *p)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);
	unsigned long fsbase = 0, gsbase = 0;

	syscall(SYS_arch_prctl, ARCH_GET_FS, &fsbase);
	syscall(SYS_arch_prctl, ARCH_GET_GS, &gsbase);
	syscall(SYS_arch_prctl, ARCH_SET_GS, OWN_GSBASE);
	p->skel->bss->own_fsbase = fsbase;
	p->skel->bss->own_gsbase = OWN_GSBASE;
	bpf_prog_test_run_opts(bpf_program__fd(p->skel->progs.find_fsbase), &run);
	syscall(SYS_arch_prctl, ARCH_SET_GS, gsbase);
	p->has_interpreters = p->skel->bss->fsbase_off != 0;
}

static int load_once(const struct sample_setup *setup, struct sample_program *p,
		     enum walk_kind kind)
{
	int err;

	log_capture_libbpf();
	sample_program_unload(p);
	p->skel = sample_bpf__open();
	if (!p->skel)
		return -errno;
	choose(p, kind);
	set_knobs(setup, p->skel->rodata);
	err = size_maps(setup, p->skel);
	if (!err)
		err = sample_bpf__load(p->skel);
	if (!err && kind == BY_TAIL_CALLS)
		err = link_walkers(p->skel);
	if (!err && p->has_interpreters)
		find_fsbase(p);
	return err;
}

/*
 * With interpreters' frames or without, with bpf_loop() or without: what this kernel takes.  A
 * verifier that refuses the former is no reason to be without the rest.
 */
static int load_by_tables(const struct sample_setup *setup, struct sample_program *p)
{
	bool loop = libbpf_probe_bpf_helper(BPF_PROG_TYPE_PERF_EVENT, BPF_FUNC_loop, NULL) > 0;
	bool interpreters = loop && !setup->opts->no_interpreters;
	int err = load_once(setup, p,
			    interpreters ? WITH_INTERPRETERS
			    : loop	 ? BY_LOOP
					 : BY_TAIL_CALLS);

	if (err && interpreters && err != -EPERM) {
		int refused = err;

		err = load_once(setup, p, BY_LOOP);
		if (!err)
			log_warn("this kernel refuses the program that finds functions of Python "
				 "(%s): native ones only (-vv says why)",
				 strerror(-refused));
	}
	if (err && loop && err != -EPERM && err != -EACCES)
		err = load_once(setup, p, BY_TAIL_CALLS);
	return err;
}

static int refuse(struct refusal *out, int err)
{
	enum source_why why = refusal_why(err);
	char text[256];

	if (why == SOURCE_SECCOMP)
		return refusal_set(out, why, err, "cannot load the sampling program: %s (%s)",
				   strerror(-err),
				   denial_text(DENIAL_SECCOMP, "bpf", text, sizeof(text)));
	if (why == SOURCE_NO_BPF)
		return refusal_set(out, why, err,
				   "cannot load the sampling program: this kernel has no BPF "
				   "(CONFIG_BPF_SYSCALL)");
	if (why == SOURCE_NO_PRIVILEGE)
		refusal_set(out, why, err,
			    "cannot load the sampling program: %s (needs root, or CAP_BPF and "
			    "CAP_PERFMON: try sudo)",
			    strerror(-err));
	else
		refusal_set(out, why, err, "cannot load the sampling program: %s", strerror(-err));
	refusal_add_libbpf(out);
	return err;
}

/*
 * A kernel that loads a program without tables, but none with them, refuses the tables: perf
 * events would then give complete stacks.  One that loads neither has another reason.
 */
int sample_program_load(const struct sample_setup *setup, struct refusal *refusal,
			struct sample_program *out)
{
	bool by_fp = setup->opts->unwind == UNWIND_BY_FP || setup->opts->no_user, by_code;
	int err;

	*out = (struct sample_program){ 0 };
	log_capture_libbpf();
	if (!by_fp && lockup_find(&by_code) == LOCKUP_USERCOPY)
		return refusal_set(refusal, SOURCE_UNSAFE_KERNEL, -EOPNOTSUPP,
				   "cannot load the sampling program: %s",
				   source_why_words(SOURCE_UNSAFE_KERNEL)->sentence);
	err = by_fp ? load_once(setup, out, BY_FRAME_POINTERS) : load_by_tables(setup, out);
	if (!err)
		return 0;
	refuse(refusal, err);
	if (by_fp || refusal->why != SOURCE_BEST)
		return err;
	err = load_once(setup, out, BY_FRAME_POINTERS);
	if (err)
		return refuse(refusal, err);
	refusal->why = SOURCE_NO_TABLES;
	return refusal->err;
}

void sample_program_unload(struct sample_program *p)
{
	sample_bpf__destroy(p->skel);
	*p = (struct sample_program){ 0 };
}
