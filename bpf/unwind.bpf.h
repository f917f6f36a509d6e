/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * unwind.bpf.h - walk the user stack of the current task by the tables of
 * bpf/unwind.h, frame by frame, by frame pointers where code has no table.
 *
 * The state of a walk is in a per-CPU map: 512 frames do not fit the BPF stack,
 * and a tail call keeps nothing else.
 */
#ifndef BPF_UNWIND_BPF_H
#define BPF_UNWIND_BPF_H

#include "bpf/count.bpf.h" /* mix() */
#include "bpf/registers.bpf.h"
#include "bpf/sample.h"
#include "bpf/stack_window.bpf.h"
#include "bpf/unwind.h"

struct walk {
	struct pt_regs regs; /* the user code's, where the tick came in the kernel */
	struct unwind_state state;
	struct unwind_process process;
	struct unwind_mapping mapping; /* holds the ip of the frame before: mostly this one's too */
	__u64 hash;		       /* of the frames so far */
	__u32 cnt;
	__u32 result;
	struct stack_window window;
	__u64 first_sp; /* of the innermost frame */
	/* With want_interpreters: where each frame ends on the stack, and the next one begins. */
	__u64 frame_ends[SAMPLE_USER_MAX];
	struct sample_stacks rec; /* ips[cnt] */
};

/* Set before load. */
const volatile bool want_interpreters;

static __always_inline int read_user(struct unwind_state *s, void *dst, __u32 size, __u64 addr)
{
	struct walk *w = (struct walk *)((void *)s - __builtin_offsetof(struct walk, state));

	if (size > sizeof(w->window.found))
		return bpf_probe_read_user(dst, size, (const void *)addr);
	if (find_in_window(&w->window, addr, size))
		return -1;
	__builtin_memcpy(dst, w->window.found, size);
	return 0;
}

#include "bpf/unwind_step.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, UNWIND_PROCESSES);
	__type(key, __u32); /* process id in user space's pid namespace */
	__type(value, struct unwind_process);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, UNWIND_MAPPINGS);
	__type(key, __u32);
	__type(value, struct unwind_mapping);
} mappings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, UNWIND_FILES);
	__type(key, __u32);
	__type(value, struct unwind_file);
} files SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, UNWIND_PAGES);
	__type(key, __u32);
	__type(value, struct unwind_page);
} pages SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, UNWIND_SHARDS);
	__type(key, __u32);
	/* clang-format off */
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(map_flags, BPF_F_MMAPABLE);
		__uint(max_entries, UNWIND_SHARD_ROWS);
		__type(key, __u32);
		__type(value, __u64); /* one struct unwind_row */
	});
	/* clang-format on */
} shards SEC(".maps");

/*
 * Rows found lately, by address: outer frames are the same in sample after sample,
 * and a search costs a dozen cache misses.  An entry is right as long as its
 * address space is.
 *
 * One page: at low rates everything here is cold, and a larger cache cost more in
 * TLB misses than it saved.  So an entry is 16 bytes: an ip needs 48 bits, and a row
 * that is found has no use for its pc_lo.
 */
#define ROW_CACHE_BITS 8

struct cached_row {
	__u64 ip;  /* and above it the low half of the address space's version */
	__u64 row; /* in the place of pc_lo: its high half */
};

static __always_inline struct cached_row cached_row_of(__u64 ip, __u32 version, __u64 row)
{
	return (struct cached_row){ ip ^ (__u64)version << 48, (row & ~0xffffULL) | version >> 16 };
}

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1 << ROW_CACHE_BITS);
	__type(key, __u32);
	__type(value, struct cached_row);
} row_cache SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct walk);
} walks SEC(".maps");

static __always_inline struct walk *this_walk(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&walks, &zero);
}

/* Make w->mapping the mapping that holds IP.  A subprogram of its own keeps the verifier's work small. */
__noinline int find_mapping(struct walk *w, __u64 ip)
{
	__u32 lo, hi;

	if (!w)
		return 0;
	lo = w->process.first;
	hi = lo + w->process.cnt;
	for (int i = 0; i < UNWIND_MAPPING_STEPS && lo < hi; i++) {
		__u32 mid = lo + ((hi - lo) >> 1);
		struct unwind_mapping *mapping = bpf_map_lookup_elem(&mappings, &mid);

		if (!mapping)
			return 0;
		if (ip < mapping->start) {
			hi = mid;
		} else if (ip >= mapping->end) {
			lo = mid + 1;
		} else {
			w->mapping = *mapping;
			return 1;
		}
	}
	return 0;
}

#define ROW_NONE    0ULL /* UNWIND_CFA_NONE: walk the frame pointer */
#define ROW_PENDING (~0ULL)

/* The row, as one word, that holds for VADDR of file FILE_ID. */
__noinline __u64 find_row(__u32 file_id, __u64 vaddr)
{
	struct unwind_file *file = bpf_map_lookup_elem(&files, &file_id);
	__u64 page_nr = vaddr >> UNWIND_PAGE_BITS, *row;
	__u32 lo, hi, index, pc_lo = vaddr & ((1 << UNWIND_PAGE_BITS) - 1);
	struct unwind_page *page;
	void *shard;

	if (!file)
		return ROW_NONE;
	if (file->page_cnt == UNWIND_FILE_PENDING)
		return ROW_PENDING;
	if (page_nr >= file->page_cnt)
		return ROW_NONE;
	index = file->first_page + (__u32)page_nr;
	page = bpf_map_lookup_elem(&pages, &index);
	if (!page || !page->cnt)
		return ROW_NONE;
	lo = page->first & (UNWIND_SHARD_ROWS - 1);
	hi = lo + page->cnt;
	index = page->first >> UNWIND_SHARD_BITS;
	shard = bpf_map_lookup_elem(&shards, &index);
	if (!shard)
		return ROW_NONE;
	/* row[lo].pc_lo <= pc_lo < row[hi].pc_lo: the first row of a page has pc_lo 0 */
	for (int i = 0; i < UNWIND_ROW_STEPS && hi - lo > 1; i++) {
		__u32 mid = (lo + hi) >> 1;

		row = bpf_map_lookup_elem(shard, &mid);
		if (!row)
			return ROW_NONE;
		if ((__u16)*row <= pc_lo)
			lo = mid;
		else
			hi = mid;
	}
	row = bpf_map_lookup_elem(shard, &lo);
	return row ? *row : ROW_NONE;
}

/* The upper bits of what is read from a stack may be anything; version 0 is no address space. */
static __always_inline bool is_cacheable(const struct walk *w, __u64 ip)
{
	return !(ip >> 48) && w->process.version;
}

/* UNWIND_OK: *WORD is the row for IP, but for its pc_lo, which has no meaning. */
static __always_inline enum unwind_result row_of(struct walk *w, __u64 ip, __u64 *word)
{
	struct cached_row wanted = cached_row_of(ip, w->process.version, 0), *cached;
	__u32 slot = (wanted.ip * 0x9e3779b97f4a7c15ULL) >> (64 - ROW_CACHE_BITS);

	cached = bpf_map_lookup_elem(&row_cache, &slot);
	if (!cached)
		return UNWIND_NO_MAPPING; /* it cannot be: the array has this element */
	*word = cached->row;
	if (cached->ip == wanted.ip && (*word & 0xffff) == wanted.row && is_cacheable(w, ip))
		return UNWIND_OK;
	if (ip - w->mapping.start >= w->mapping.end - w->mapping.start && !find_mapping(w, ip))
		return UNWIND_NO_MAPPING;
	*word = find_row(w->mapping.file_id, ip - w->mapping.bias);
	if (*word == ROW_PENDING)
		return UNWIND_PENDING;
	if (is_cacheable(w, ip))
		*cached = cached_row_of(ip, w->process.version, *word);
	return UNWIND_OK;
}

/* Undo the frame of which WORD is the row: an enum unwind_result. */
__noinline int undo_frame(struct walk *w, __u64 word)
{
	struct unwind_row row;

	if (!w)
		return UNWIND_UNSUP;
	__builtin_memcpy(&row, &word, sizeof(row));
	return unwind_step(&w->state, &row);
}

/* Record this frame and undo it; non-zero ends the walk. */
static __always_inline long walk_frame(struct walk *w)
{
	__u64 ip = w->state.ip, word = ROW_NONE;
	__u32 cnt = w->cnt;
	struct unwind_row row;

	if (cnt >= SAMPLE_USER_MAX) {
		w->result = UNWIND_TOO_DEEP;
		return 1;
	}
	w->result = row_of(w, unwind_lookup_ip(&w->state), &word);
	/* ip is not in code: the frame before was undone wrongly, or was the last one. */
	if (w->result == UNWIND_NO_MAPPING && cnt)
		return 1;
	if (!w->state.is_return)
		ip |= SAMPLE_IP_EXACT;
	w->rec.ips[cnt & (SAMPLE_USER_MAX - 1)] = ip;
	w->hash = mix(w->hash, ip);
	w->cnt = cnt + 1;
	if (w->result != UNWIND_OK)
		return 1;
	__builtin_memcpy(&row, &word, sizeof(row));
	if (unwind_is_exact(&w->state, &row))
		w->rec.ips[cnt & (SAMPLE_USER_MAX - 1)] = ip | SAMPLE_IP_EXACT;
	w->result = undo_frame(w, word);
	if (want_interpreters)
		w->frame_ends[cnt & (SAMPLE_USER_MAX - 1)] = w->state.sp;
	return w->result != UNWIND_OK;
}

/*
 * Could user space do better, had it been told of this process in time?  Of mappings it may know no
 * more than this; a table that is being built it will have.
 */
static __always_inline bool is_early(const struct walk *w)
{
	if (!w->rec.key.tgid)
		return false;
	return w->result == UNWIND_PENDING ||
	       (w->result == UNWIND_NO_MAPPING && !(w->process.flags & UNWIND_PROCESS_SETTLED));
}

/* What bpf_loop() hands to each turn. */
struct loop_ctx {
	struct walk *w;
};

static long walk_frame_in_loop(__u32 i, struct loop_ctx *loop)
{
	return walk_frame(loop->w);
}

#endif /* BPF_UNWIND_BPF_H */
