// SPDX-License-Identifier: BSD-2-Clause
/* oracle.c - see oracle.h. */
#include "tests/truth/oracle.h"
#include "tests/truth/code_maps.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

enum { REG_RBP = 6, REG_RSP = 7 }; /* System V ABI x86-64, figure 3.36 */

struct visit {
	struct oracle_stack *stack;
	uint64_t fp; /* of the last frame; 0: not known */
};

static bool has_frame(Dwarf_CFI *cfi, Dwarf_Addr vaddr, bool *by_reg)
{
	Dwarf_Frame *frame;
	Dwarf_Op *ops;
	size_t cnt;

	if (!cfi || dwarf_cfi_addrframe(cfi, vaddr, &frame))
		return false;
	*by_reg = !dwarf_frame_cfa(frame, &ops, &cnt) && cnt == 1 && ops->atom >= DW_OP_breg0 &&
		  ops->atom <= DW_OP_breg31 && ops->atom != DW_OP_breg0 + REG_RBP &&
		  ops->atom != DW_OP_breg0 + REG_RSP;
	if (cnt == 1 && ops->atom == DW_OP_bregx)
		*by_reg = ops->number != REG_RBP && ops->number != REG_RSP;
	free(frame);
	return true;
}

/* In the order in which libdwfl tries them. */
static enum oracle_cfi cfi_of(Dwfl_Module *module, Dwarf_Addr ip)
{
	Dwarf_Addr bias = 0;
	bool by_reg = false;
	Dwarf_CFI *cfi;

	if (!module)
		return ORACLE_NO_CFI;
	cfi = dwfl_module_eh_cfi(module, &bias);
	if (has_frame(cfi, ip - bias, &by_reg))
		return by_reg ? ORACLE_EH_FRAME_REG : ORACLE_EH_FRAME;
	cfi = dwfl_module_dwarf_cfi(module, &bias);
	return has_frame(cfi, ip - bias, &by_reg) ? ORACLE_DEBUG_FRAME : ORACLE_NO_CFI;
}

static void name_file(Dwfl_Module *module, struct oracle_frame *frame)
{
	Dwarf_Addr start = 0;
	const char *name, *slash;

	if (!module)
		return;
	name = dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
	slash = name ? strrchr(name, '/') : NULL;
	snprintf(frame->file, sizeof(frame->file), "%s", slash ? slash + 1 : name ? name : "?");
	frame->vaddr = frame->ip - start;
}

static int add_frame(Dwfl_Frame *state, void *arg)
{
	struct visit *visit = arg;
	struct oracle_stack *stack = visit->stack;
	struct oracle_frame *frame = &stack->frames[stack->cnt];
	Dwarf_Addr ip, lookup;
	Dwfl_Module *module;

	if (stack->cnt == ORACLE_FRAMES_MAX)
		return DWARF_CB_ABORT;
	if (!dwfl_frame_pc(state, &ip, &frame->exact))
		return DWARF_CB_ABORT;
	if (dwfl_frame_reg(state, REG_RSP, &frame->sp))
		frame->sp = 0;
	if (dwfl_frame_reg(state, REG_RBP, &visit->fp))
		visit->fp = 0;
	lookup = ip - !frame->exact;
	module = dwfl_addrmodule(dwfl_thread_dwfl(dwfl_frame_thread(state)), lookup);
	frame->ip = ip;
	frame->cfi = cfi_of(module, lookup);
	frame->file[0] = '\0';
	frame->vaddr = 0;
	name_file(module, frame);
	stack->cnt++;
	return DWARF_CB_OK;
}

static void follow_chain(pid_t pid, uint64_t fp, struct oracle_stack *stack)
{
	uint64_t words[2];
	struct iovec to = { words, sizeof(words) };

	while (fp && stack->chain_cnt < ORACLE_FRAMES_MAX) {
		struct iovec from = { (void *)(uintptr_t)fp, sizeof(words) };

		if (process_vm_readv(pid, &to, 1, &from, 1, 0) != sizeof(words) || !words[1])
			return;
		stack->chain[stack->chain_cnt++] = words[1];
		fp = words[0];
	}
}

/* From registers that the thread does not have */

/* Where struct pt_regs has the DWARF registers 0..15; 16, the return address, is its ip. */
static const unsigned int reg_at[] = { 10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0 };
enum { REG_CNT = sizeof(reg_at) / sizeof(reg_at[0]) };

struct given {
	pid_t pid, tid;
	uint64_t ip, regs[REG_CNT]; /* DWARF order */
};

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *word, void *arg)
{
	const struct given *g = arg;
	struct iovec to = { word, sizeof(*word) };
	struct iovec from = { (void *)(uintptr_t)address, sizeof(*word) };

	return process_vm_readv(g->pid, &to, 1, &from, 1, 0) == sizeof(*word);
}

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread)
{
	const struct given *g = arg;
	bool first = !*thread;

	*thread = arg;
	return first ? g->tid : 0;
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
	struct given *g = arg;

	dwfl_thread_state_register_pc(thread, g->ip);
	return dwfl_thread_state_registers(thread, 0, REG_CNT, g->regs);
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_linux_proc_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
};

static int report(pid_t pid, Dwfl **out)
{
	*out = dwfl_begin(&callbacks);
	if (!*out)
		return -ENOMEM;
	return dwfl_linux_proc_report(*out, pid) || dwfl_report_end(*out, NULL, NULL) ? -ESRCH : 0;
}

static int mark_code(pid_t pid, struct oracle_stack *stack)
{
	struct code_maps maps = { 0 };
	int err = code_maps_read(&maps, pid);

	for (size_t i = 0; i < stack->cnt && !err; i++)
		stack->frames[i].is_code = code_maps_have(&maps, stack->frames[i].ip);
	code_maps_fini(&maps);
	return err;
}

int oracle_unwind(pid_t pid, pid_t tid, struct oracle_stack *out)
{
	struct visit visit = { .stack = out };
	Dwfl *dwfl;
	int err = report(pid, &dwfl);

	out->cnt = out->chain_cnt = 0;
	out->error = NULL;
	out->help = ORACLE_UNHELPED;
	if (!err && dwfl_linux_proc_attach(dwfl, pid, false))
		err = -ESRCH;
	if (!err) {
		if (dwfl_getthread_frames(dwfl, tid, add_frame, &visit) == -1)
			out->error = dwfl_errmsg(-1);
		follow_chain(pid, visit.fp, out);
		err = out->cnt ? mark_code(pid, out) : -ESRCH;
	}
	dwfl_end(dwfl);
	return err;
}

/* Frames KEPT.. become what libdwfl makes of G. */
static int unwind_given(struct given *g, size_t kept, struct oracle_stack *out)
{
	static const Dwfl_Thread_Callbacks threads = {
		.next_thread = next_thread,
		.memory_read = read_memory,
		.set_initial_registers = set_registers,
	};
	struct visit visit = { .stack = out };
	Dwfl *dwfl;
	int err = report(g->pid, &dwfl);

	if (!err && !dwfl_attach_state(dwfl, NULL, g->pid, &threads, g))
		err = -ESRCH;
	if (!err) {
		out->cnt = kept;
		out->error = NULL;
		if (dwfl_getthread_frames(dwfl, g->tid, add_frame, &visit) == -1)
			out->error = dwfl_errmsg(-1);
		err = mark_code(g->pid, out);
	}
	dwfl_end(dwfl);
	return err;
}

int oracle_unwind_returned(pid_t pid, pid_t tid, const uint64_t *regs, struct oracle_stack *out)
{
	struct given g = { .pid = pid, .tid = tid };
	int err;

	for (int i = 0; i < REG_CNT; i++)
		g.regs[i] = regs[reg_at[i]];
	if (!read_memory(NULL, g.regs[REG_RSP], &g.ip, &g))
		return -EFAULT;
	g.regs[REG_RSP] += 8;
	out->help = ORACLE_RETURNED;
	if (!g.ip) {
		out->cnt = 1;
		out->error = NULL;
		return 0;
	}
	err = unwind_given(&g, 1, out);
	if (!err && out->cnt > 1)
		out->frames[1].exact = false; /* libdwfl takes it for the innermost */
	return err;
}

static bool read_bytes(pid_t pid, uint64_t address, void *bytes, size_t size)
{
	struct iovec to = { bytes, size }, from = { (void *)(uintptr_t)address, size };

	return process_vm_readv(pid, &to, 1, &from, 1, 0) == (ssize_t)size;
}

int oracle_unwind_signal(pid_t pid, pid_t tid, size_t at, struct oracle_stack *out)
{
	/* mov $15, %rax; syscall */
	static const uint8_t code[] = { 0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05 };
	/* struct sigcontext_64: r8..r15 and on, rip last; 40 bytes into the frame. */
	static const unsigned int context_at[REG_CNT] = { 13, 12, 14, 11, 9, 8, 10, 15,
							  0,  1,  2,  3,  4, 5, 6,  7 };
	struct oracle_frame *frame = &out->frames[at];
	struct given g = { .pid = pid, .tid = tid };
	uint8_t bytes[sizeof(code)];
	uint64_t context[17];

	if (!read_bytes(pid, frame->ip, bytes, sizeof(bytes)) || memcmp(bytes, code, sizeof(code)))
		return -ENOENT;
	if (!read_bytes(pid, frame->sp + 40, context, sizeof(context)))
		return -EFAULT;
	for (int i = 0; i < REG_CNT; i++)
		g.regs[i] = context[context_at[i]];
	g.ip = context[16];
	frame->exact = true;
	out->help = ORACLE_SIGNAL;
	return unwind_given(&g, at + 1, out);
}
