// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_unwind_live.c - the kernel program's steps over this process's own stack, instruction by
 * instruction, with libgcc's unwinder as the truth.
 */
#include "symbolize/cfi/ehframe.h"

#include <alloca.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include <linux/types.h>

#include "tests/unit/row.h"

struct unwind_state;

/* By a system call, as it must not fault. */
static int read_user(struct unwind_state *s, void *dst, __u32 size, __u64 addr)
{
	struct iovec to = { dst, size }, from = { (void *)addr, size };

	(void)s;
	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) != (ssize_t)size;
}

#include "bpf/unwind_step.h"

_Static_assert((int)UNWIND_CFA_CNT == (int)EHFRAME_CFA_CNT &&
		       (int)UNWIND_CFA_UNSUP == (int)EHFRAME_CFA_UNSUP &&
		       (int)UNWIND_FP_CNT == (int)EHFRAME_FP_CNT,
	       "the parser's numbers are the wire's");

#define FRAMES_MAX   64
#define MODULES_MAX  64	  /* some twenty, with the sanitizers' */
#define INSTRUCTIONS 6000 /* of `work` that are looked at: all of them and more */

static struct module {
	uint64_t bias;
	struct ehframe_table *table;
} modules[MODULES_MAX];
static size_t module_cnt;

static struct live {
	volatile sig_atomic_t on, steps, wrong;
	uint64_t ip; /* interrupted, of the first wrong walk */
	enum unwind_result result;
	unsigned char kinds[UNWIND_CFA_CNT];
} live;

static int module_add(struct dl_phdr_info *info, size_t size, void *ctx)
{
	const char *path = *info->dlpi_name ? info->dlpi_name : "/proc/self/exe";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(module_cnt < MODULES_MAX);
	modules[module_cnt].bias = info->dlpi_addr;
	if (!ehframe_load(fd, &modules[module_cnt].table))
		module_cnt++;
	if (fd >= 0)
		close(fd);
	return 0;
}

/* The row that holds VADDR, or NULL below the first; a NONE row in a gap. */
static const struct ehframe_row *find_row(const struct ehframe_table *table, uint64_t vaddr)
{
	size_t lo = 0, hi = table->row_cnt, mid;

	while (lo < hi) { /* lo: the first row above vaddr */
		mid = lo + (hi - lo) / 2;
		if (table->rows[mid].vaddr <= vaddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &table->rows[lo - 1] : NULL;
}

/* The row of IP in wire form; a NONE row if there is no CFI. */
static struct unwind_row live_row(uint64_t ip)
{
	const struct ehframe_row *r;

	for (size_t i = 0; i < module_cnt; i++) {
		r = find_row(modules[i].table, ip - modules[i].bias);
		if (r && r->cfa != EHFRAME_CFA_NONE)
			return (struct unwind_row){ .kind = UNWIND_KIND(r->cfa, r->fp),
						    .fp8 = (__s8)(r->fp_off / 8),
						    .cfa_off = r->cfa_off };
	}
	return (struct unwind_row){ 0 };
}

static enum unwind_result live_walk(struct unwind_state *s, void **ips, size_t *cnt)
{
	enum unwind_result result = UNWIND_OK;
	struct unwind_row row;

	for (*cnt = 0; *cnt < FRAMES_MAX && result == UNWIND_OK; ++*cnt) {
		ips[*cnt] = (void *)s->ip;
		row = live_row(unwind_lookup_ip(s));
		live.kinds[row.kind & 15] = 1;
		result = unwind_step(s, &row);
	}
	return result;
}

/* From here, through the trampoline, to what was interrupted and on to _start. */
static void on_instruction(int sig, siginfo_t *info, void *context)
{
	void *truth[FRAMES_MAX], *ips[FRAMES_MAX];
	ucontext_t *interrupted = context, here;
	size_t truth_cnt = (size_t)backtrace(truth, FRAMES_MAX), cnt, skip = 0;
	struct unwind_state s = { 0 };
	enum unwind_result result;

	getcontext(&here);
	s.ip = (__u64)here.uc_mcontext.gregs[REG_RIP];
	s.sp = (__u64)here.uc_mcontext.gregs[REG_RSP];
	s.fp = (__u64)here.uc_mcontext.gregs[REG_RBP];
	result = live_walk(&s, ips, &cnt);

	/* backtrace() begins here too, or with a sanitizer's wrapper above. */
	while (skip < truth_cnt && cnt > 1 && truth[skip] != ips[1])
		skip++;
	if (result != UNWIND_END || truth_cnt - skip != cnt - 1 ||
	    memcmp(truth + skip, ips + 1, (cnt - 1) * sizeof(*ips))) {
		if (!live.wrong++) {
			live.ip = (uint64_t)interrupted->uc_mcontext.gregs[REG_RIP];
			live.result = result;
		}
	}
	if (live.on && ++live.steps < INSTRUCTIONS)
		interrupted->uc_mcontext.gregs[REG_EFL] |= 0x100; /* TF: a trap per instruction */
	else
		interrupted->uc_mcontext.gregs[REG_EFL] &= ~0x100LL;
}

static int compare(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* A realigned frame whose size is not known: no offset from RSP finds the CFA. */
static __attribute__((noinline)) int realigned(int size, int a, int b, int c, int d, int e, int f)
{
	int vector[16] __attribute__((aligned(64))) = { a, b, c, d, e, f };
	char *text = alloca((size_t)size);

	qsort(vector, 6, sizeof(*vector), compare);
	return snprintf(text, (size_t)size, "%d %s", vector[5], "text");
}

static __attribute__((noinline)) int recurse(int depth)
{
	return depth ? recurse(depth - 1) + depth : realigned(40, 5, 3, 4, 1, 2, 0);
}

static void walks_this_process_at_every_instruction(void **state)
{
	struct sigaction action = { .sa_sigaction = on_instruction, .sa_flags = SA_SIGINFO }, old;

	dl_iterate_phdr(module_add, NULL);
	assert_int_equal(sigaction(SIGTRAP, &action, &old), 0);
	/* Once before: lazy binding has a frame by RBX that only the innermost can be. */
	recurse(3);
	raise(SIGTRAP);
	assert_int_equal(live.wrong, 0);

	live.on = 1;
	raise(SIGTRAP);
	recurse(3);
	live.on = 0;
	raise(SIGTRAP);
	sigaction(SIGTRAP, &old, NULL);
	for (size_t i = 0; i < module_cnt; i++)
		ehframe_free(modules[i].table);

	if (live.wrong)
		fail_msg("%d of %d walks wrong, the first at %#lx: result %d", (int)live.wrong,
			 (int)live.steps, (long)live.ip, live.result);
	assert_true(live.steps > 500);
	assert_true(live.kinds[UNWIND_CFA_RSP] && live.kinds[UNWIND_CFA_SIGNAL] &&
		    live.kinds[UNWIND_CFA_END]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_this_process_at_every_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
