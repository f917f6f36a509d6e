// SPDX-License-Identifier: BSD-2-Clause
/* perf_sample.c - see perf_sample.h. */
#include "profiler/source/perf_sample.h"

#include <asm/perf_regs.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>

#include "bpf/sample.h"

/* The registers in the order of their bits: the kernel's numbers of them. */
enum {
	AT_AX,
	AT_BX,
	AT_CX,
	AT_DX,
	AT_SI,
	AT_DI,
	AT_BP,
	AT_SP,
	AT_IP,
	AT_R8,
	AT_R9,
	AT_R10,
	AT_R11,
	AT_R12,
	AT_R13,
	AT_R14,
	AT_R15,
	REG_CNT,
};
_Static_assert(PERF_REG_X86_AX == 0 && PERF_REG_X86_DI == 5 && PERF_REG_X86_IP == 8 &&
		       PERF_REG_X86_R8 == 16 && PERF_REG_X86_R15 == 23 &&
		       PERF_SAMPLE_USER_REGS == (0x1ffULL | 0xffULL << PERF_REG_X86_R8),
	       "the registers that are asked for, in their order");

/* The end of a record that is no sample. */
struct tail {
	uint32_t pid, tid;
	uint64_t time_ns;
};

struct head {
	struct perf_event_header header;
	uint64_t ip;
	uint32_t pid, tid;
	uint64_t time_ns;
};

/* The words of a record that are not yet read. */
struct words {
	const uint64_t *next;
	size_t cnt;
};

static bool take(struct words *w, uint64_t *value)
{
	if (!w->cnt)
		return false;
	*value = *w->next++;
	w->cnt--;
	return true;
}

static const uint64_t *take_array(struct words *w, uint64_t cnt)
{
	const uint64_t *array = w->next;

	if (cnt > w->cnt)
		return NULL;
	w->next += cnt;
	w->cnt -= cnt;
	return array;
}

/* Markers say whose frames follow; they are addresses that no code can have. */
static int decode_chain(struct words *w, struct perf_sample *out)
{
	const uint64_t *ips, *first;
	size_t *part = NULL;
	uint64_t cnt;

	if (!take(w, &cnt) || !(ips = take_array(w, cnt)))
		return -EBADMSG;
	for (size_t i = 0; i < cnt; i++) {
		first = &ips[i + 1];
		if (ips[i] == (uint64_t)PERF_CONTEXT_KERNEL) {
			out->kernel = first;
			part = &out->kernel_cnt;
			*part = 0;
		} else if (ips[i] == (uint64_t)PERF_CONTEXT_USER) {
			out->user = first;
			part = &out->user_cnt;
			*part = 0;
		} else if (ips[i] >= (uint64_t)PERF_CONTEXT_MAX) {
			part = NULL; /* a guest's, a hypervisor's */
		} else if (part) {
			(*part)++;
		}
	}
	out->user_is_cut = out->user_cnt > SAMPLE_USER_MAX;
	if (out->user_is_cut)
		out->user_cnt = SAMPLE_USER_MAX;
	return 0;
}

static void set_state(struct unwind_state *s, const uint64_t *regs)
{
	static const __u8 from[UNWIND_GREG_CNT] = {
		[UNWIND_R8] = AT_R8,   [UNWIND_R9] = AT_R9,   [UNWIND_R10] = AT_R10,
		[UNWIND_R11] = AT_R11, [UNWIND_R12] = AT_R12, [UNWIND_R13] = AT_R13,
		[UNWIND_R14] = AT_R14, [UNWIND_R15] = AT_R15, [UNWIND_RDI] = AT_DI,
		[UNWIND_RSI] = AT_SI,  [UNWIND_RBP] = AT_BP,  [UNWIND_RBX] = AT_BX,
		[UNWIND_RDX] = AT_DX,  [UNWIND_RAX] = AT_AX,  [UNWIND_RCX] = AT_CX,
		[UNWIND_RSP] = AT_SP,
	};

	*s = (struct unwind_state){ .ip = regs[AT_IP], .sp = regs[AT_SP], .fp = regs[AT_BP] };
	for (int i = 0; i < UNWIND_GREG_CNT; i++)
		s->greg[i] = regs[from[i]];
}

static int decode_regs(struct words *w, struct perf_sample *out)
{
	const uint64_t *regs;
	uint64_t abi;

	if (!take(w, &abi) || abi > PERF_SAMPLE_REGS_ABI_64)
		return -EBADMSG;
	if (abi == PERF_SAMPLE_REGS_ABI_NONE)
		return 0;
	regs = take_array(w, REG_CNT);
	if (!regs)
		return -EBADMSG;
	out->regs = abi == PERF_SAMPLE_REGS_ABI_64 ? PERF_REGS_64 : PERF_REGS_32;
	set_state(&out->state, regs);
	return 0;
}

/* The copy's own size comes first, and behind the copy how much of it was used. */
static int decode_stack(struct words *w, struct perf_sample *out)
{
	const uint64_t *stack;
	uint64_t size, used;

	if (!take(w, &size) || size % sizeof(*stack))
		return -EBADMSG;
	if (!size)
		return 0;
	stack = take_array(w, size / sizeof(*stack));
	if (!stack || !take(w, &used) || used > size)
		return -EBADMSG;
	out->stack = (const uint8_t *)stack;
	out->stack_size = used;
	out->stack_is_cut = used == size;
	return 0;
}

int perf_sample_decode(const void *record, size_t size, const struct perf_layout *layout,
		       struct perf_sample *out)
{
	const struct head *head = record;
	struct words w;
	int err = 0;

	*out = (struct perf_sample){ 0 };
	if (size < sizeof(*head) || size % sizeof(*w.next))
		return -EBADMSG;
	out->ip = head->ip;
	out->tgid = head->pid;
	out->tid = head->tid;
	out->time_ns = head->time_ns;
	w = (struct words){ (const uint64_t *)(head + 1),
			    (size - sizeof(*head)) / sizeof(*w.next) };
	if (layout->callchain)
		err = decode_chain(&w, out);
	if (!err && layout->stack)
		err = decode_regs(&w, out);
	if (!err && layout->stack)
		err = decode_stack(&w, out);
	return err;
}

struct comm_record {
	struct perf_event_header header;
	uint32_t pid, tid;
	char comm[];
};

bool perf_record_comm(const void *record, size_t size, uint32_t *tid, char name[COMM_LEN])
{
	const struct comm_record *comm = record;
	size_t room = size - sizeof(*comm);

	if (size <= sizeof(*comm) || (int32_t)comm->tid <= 0)
		return false;
	memset(name, 0, COMM_LEN);
	memcpy(name, comm->comm, strnlen(comm->comm, room < COMM_LEN ? room : COMM_LEN));
	*tid = comm->tid;
	return true;
}

struct fork_record {
	struct perf_event_header header;
	uint32_t pid, ppid, tid, ptid;
};

bool perf_record_fork(const void *record, size_t size, uint32_t *tid, uint32_t *parent)
{
	const struct fork_record *fork = record;

	if (size < sizeof(*fork) || (int32_t)fork->tid <= 0)
		return false;
	*tid = fork->tid;
	*parent = fork->ptid;
	return true;
}

struct lost_record {
	struct perf_event_header header;
	uint64_t id, cnt;
};

uint64_t perf_record_lost(const void *record, size_t size)
{
	return size < sizeof(struct lost_record) ? 0 : ((const struct lost_record *)record)->cnt;
}

int perf_record_time(const void *record, size_t size, uint64_t *time_ns)
{
	const struct perf_event_header *header = record;
	struct tail tail;

	if (size < sizeof(*header) + sizeof(tail))
		return -EBADMSG;
	if (header->type == PERF_RECORD_SAMPLE) {
		if (size < sizeof(struct head))
			return -EBADMSG;
		*time_ns = ((const struct head *)record)->time_ns;
		return 0;
	}
	memcpy(&tail, (const char *)record + size - sizeof(tail), sizeof(tail));
	*time_ns = tail.time_ns;
	return 0;
}
