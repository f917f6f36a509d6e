/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * python.bpf.h - the frames of CPython: a list that begins at the thread's state, which is a word
 * at a fixed distance from fsbase.  It is there without the GIL, too.
 *
 * Runs end with a mark: from 3.12 on with a frame that lies on the C stack and belongs to no
 * function (a shim), in 3.11 with a frame that says so, before with each frame.  3.10 and 3.11 have
 * an object on the C stack for each run (a CFrame).
 *
 * Source: CPython's headers of frames, thread states, code and str.
 */
#ifndef BPF_PYTHON_BPF_H
#define BPF_PYTHON_BPF_H

__noinline int python_begin(struct interpreter_walk *iw)
{
	const struct interpreter *info;
	__u64 state;

	if (!iw)
		return INTERPRETER_NO_STATE;
	info = &iw->info;
	if (bpf_probe_read_kernel(&iw->fsbase, sizeof(iw->fsbase),
				  (const void *)(bpf_get_current_task() + fsbase_off)))
		return INTERPRETER_NO_STATE;
	state = user_word(iw->fsbase + info->slot);
	if (!state)
		return INTERPRETER_NO_STATE;
	if (user_word(state + info->off[PYTHON_THREAD_ID]) != iw->fsbase)
		return INTERPRETER_NOT_HERE;
	iw->frame = user_word(state + info->off[PYTHON_THREAD_FRAME]);
	if (info->flags & PYTHON_CFRAME) {
		iw->marks = iw->frame;
		iw->older =
			iw->marks ? user_word(iw->marks + info->off[PYTHON_CFRAME_PREVIOUS]) : 0;
		iw->older_frame =
			iw->older ? user_word(iw->older + info->off[PYTHON_CFRAME_FRAME]) : 0;
		iw->frame = iw->frame ? user_word(iw->frame + info->off[PYTHON_CFRAME_FRAME]) : 0;
	} else if (info->flags & PYTHON_CFRAME_MARK) {
		iw->marks = user_word(state + info->off[PYTHON_THREAD_CFRAME]);
	}
	return iw->frame ? INTERPRETER_COMPLETE : INTERPRETER_NO_STATE;
}

/* Is what the innermost frame executes a code object?  Its type's name says so. */
__noinline int python_fits(struct interpreter_walk *iw)
{
	const struct interpreter *info;
	__u64 code, type, name;
	char text[5];

	if (!iw)
		return 0;
	info = &iw->info;
	if (!read_block(iw, iw->frame, info->off[PYTHON_FRAME_SIZE]))
		return 0;
	code = block_word(iw, info->off[PYTHON_FRAME_CODE]);
	if (info->flags & PYTHON_TAGGED)
		code &= ~1ULL;
	type = user_word(code + info->off[PYTHON_OBJECT_TYPE]);
	name = user_word(type + info->off[PYTHON_TYPE_NAME]);
	return !bpf_probe_read_user(text, sizeof(text), (const void *)name) && text[0] == 'c' &&
	       text[1] == 'o' && text[2] == 'd' && text[3] == 'e' && !text[4];
}

/* Where the block of a code object begins: its words are aligned in it, too. */
static __always_inline __u32 python_code_start(const struct interpreter *info)
{
	return info->off[PYTHON_CODE_BLOCK] & ~7u;
}

static __always_inline __u64 python_code_word(const struct interpreter_walk *iw,
					      enum python_offset field)
{
	return block_word(iw, iw->info.off[field] - python_code_start(&iw->info));
}

static __always_inline __u32 python_code_line(const struct interpreter_walk *iw)
{
	return block_half(iw, iw->info.off[PYTHON_CODE_LINE] - python_code_start(&iw->info));
}

/* Tell of a text at OBJECT: its end, if it is longer than SIZE. */
static __always_inline void python_text(struct interpreter_walk *iw, __u64 object, __u8 *to,
					__u32 size, bool tail, __u32 *len, __u32 *state)
{
	const struct interpreter *info = &iw->info;
	__u64 length = 0, bytes, from;
	__u32 word = 0;

	*state = *len = 0;
	if (bpf_probe_read_user(&length, sizeof(length),
				(const void *)(object + info->off[PYTHON_TEXT_LENGTH])) ||
	    bpf_probe_read_user(&word, sizeof(word),
				(const void *)(object + info->off[PYTHON_TEXT_STATE])) ||
	    length >> 32)
		return;
	word >>= info->off[PYTHON_TEXT_SHIFT] & 31;
	from = object + (word & PYTHON_TEXT_IS_ASCII ? info->off[PYTHON_TEXT_ASCII]
						     : info->off[PYTHON_TEXT_COMPACT]);
	bytes = length * (word & PYTHON_TEXT_KIND);
	if (bytes > size) {
		from += tail ? bytes - size : 0;
		bytes = size;
	}
	if (bpf_probe_read_user(to, (__u32)bytes, (const void *)from))
		return;
	*len = (__u32)length;
	*state = word & (PYTHON_TEXT_KIND | PYTHON_TEXT_IS_COMPACT | PYTHON_TEXT_IS_ASCII);
}

/*
 * Send the record with the piece of its lines that begins at lines_at; LINES is where all are.  A piece
 * that is not paged in is left out.
 */
static __always_inline bool python_send(struct interpreter_walk *iw, __u64 lines)
{
	struct sample_code *rec = &iw->code;
	__u32 size = rec->lines_len - rec->lines_at;

	if (size > CODE_LINES_SIZE)
		size = CODE_LINES_SIZE;
	if (size &&
	    bpf_probe_read_user(rec->lines_bytes, size, (const void *)(lines + rec->lines_at)))
		size = 0;
	return !bpf_ringbuf_output(&ring, rec,
				   __builtin_offsetof(struct sample_code, lines_bytes) + size,
				   rec->lines_at ? 0 : BPF_RB_FORCE_WAKEUP);
}

/* Send what there is to know of CODE, whose block was just read; 0: that is to be tried again. */
__noinline int python_tell(struct interpreter_walk *iw, __u64 code, __u32 check)
{
	const struct interpreter *info;
	struct sample_code *rec;
	__u64 lines, lines_len = 0;

	if (!iw)
		return 0;
	info = &iw->info;
	rec = &iw->code;
	rec->type = RECORD_CODE;
	rec->tgid = iw->tgid;
	rec->code = code;
	rec->check = check;
	rec->kind = info->kind;
	rec->version = info->version;
	rec->user = (__u32)bpf_get_current_uid_gid();
	rec->first_line = python_code_line(iw);
	lines = python_code_word(iw, PYTHON_CODE_LINES);
	python_text(iw, python_code_word(iw, PYTHON_CODE_NAME), rec->name, sizeof(rec->name), false,
		    &rec->name_len, &rec->name_state);
	python_text(iw, python_code_word(iw, PYTHON_CODE_FILE), rec->file, sizeof(rec->file), true,
		    &rec->file_len, &rec->file_state);
	bpf_probe_read_user(&lines_len, sizeof(lines_len),
			    (const void *)(lines + info->off[PYTHON_BYTES_LENGTH]));
	rec->lines_len = lines_len > 0xffffffff ? 0 : (__u32)lines_len;
	lines += info->off[PYTHON_BYTES_DATA];
	if (!rec->name_state) /* it may be paged in at the next look */
		return 0;
	for (__u32 i = 0; i < CODE_LINES_CNT; i++) {
		rec->lines_at = i * CODE_LINES_SIZE;
		if (i && (!want_lines || rec->lines_at >= rec->lines_len))
			break;
		if ((i && !may_tell_code(iw)) || !python_send(iw, lines))
			return 0;
	}
	return 1;
}

/* Who CODE is: a number that another function at the same address does not have; 0: unreadable. */
__noinline int python_see(struct interpreter_walk *iw, __u64 code)
{
	const struct interpreter *info;
	struct cached_code *cached;
	struct told_code *place;
	__u64 key, hash;
	__u32 slot, check;
	bool told;

	if (!iw)
		return 0;
	info = &iw->info;
	key = code ^ (__u64)iw->tgid << 48;
	slot = (key ^ (__u64)iw->tgid >> 16) * 0x9e3779b97f4a7c15ULL >> (64 - CODE_CACHE_BITS);
	cached = bpf_map_lookup_elem(&code_cache, &slot);
	if (!cached)
		return 0;
	if (cached->key == key && cached->epoch == iw->epoch)
		return (int)cached->check;
	if (!read_block(iw, code + python_code_start(info), PYTHON_CODE_SIZE))
		return 0;
	hash = mix(python_code_line(iw), python_code_word(iw, PYTHON_CODE_NAME));
	hash = mix(mix(hash, python_code_word(iw, PYTHON_CODE_FILE)),
		   python_code_word(iw, PYTHON_CODE_LINES));
	check = (__u32)hash | 1;
	*cached = (struct cached_code){ key, check, iw->epoch };
	place = told_place(code, iw->tgid, check, &told);
	if (place && !told && may_tell_code(iw) && python_tell(iw, code, check))
		*place = (struct told_code){ code, iw->tgid, check };
	return (int)check;
}

/* The run ends here: the next object on the C stack marks it, if there is one. */
static __always_inline void python_end_run(struct walk *w, struct interpreter_walk *iw)
{
	iw->mark = iw->marks;
	if (iw->marks)
		iw->marks = user_word(iw->marks + iw->info.off[PYTHON_CFRAME_PREVIOUS]);
	else
		end_run(w, iw, INTERPRETER_UNPAIRED);
}

/*
 * A function that evaluates puts its CFrame into the list before it says in there what it
 * evaluates: until then that word is what was on the stack.  The innermost run is right if it ends
 * where the one before goes on; else the walk begins there.
 */
static __always_inline bool python_begin_older(struct walk *w, struct interpreter_walk *iw)
{
	if (!iw->older_frame || iw->frame == iw->older_frame) {
		iw->older_frame = 0;
		return false;
	}
	w->hash = iw->first_hash;
	w->rec.interpreter_end = INTERPRETER_COMPLETE; /* the innermost run may have broken off */
	iw->marks = iw->older;
	iw->frame = iw->older_frame;
	iw->cnt = iw->run_cnt = 0;
	iw->mark = iw->older_frame = 0;
	return true;
}

/* Take one frame; non-zero ends the walk. */
static __always_inline long python_step(struct walk *w, struct interpreter_walk *iw)
{
	const struct interpreter *info = &iw->info;
	__u64 frame = iw->frame, code;
	__u32 at, check;
	__u8 mark;

	if (!frame) {
		if (is_run_end(w, iw))
			return 1;
		w->rec.interpreter_end = INTERPRETER_TORN;
		return !python_begin_older(w, iw);
	}
	if (!read_block(iw, frame, info->off[PYTHON_FRAME_SIZE])) {
		w->rec.interpreter_end = INTERPRETER_BAD_READ;
		iw->frame = 0;
		return !python_begin_older(w, iw);
	}
	mark = block_byte(iw, info->off[PYTHON_FRAME_MARK]);
	code = block_word(iw, info->off[PYTHON_FRAME_CODE]);
	iw->frame = block_word(iw, info->off[PYTHON_FRAME_PREVIOUS]);
	if (info->flags & PYTHON_SHIM_MARK && mark >= PYTHON_OWNER_SHIM) {
		iw->mark = frame;
		python_begin_older(w, iw);
		return 0;
	}
	if (iw->cnt >= INTERPRETER_FRAMES) {
		w->rec.interpreter_end = INTERPRETER_TOO_DEEP;
		return 1;
	}
	if (info->flags & PYTHON_TAGGED)
		code &= ~1ULL;
	if (info->flags & PYTHON_EACH_RUN)
		at = block_half(iw, info->off[PYTHON_FRAME_AT]);
	else
		at = (__u32)(block_word(iw, info->off[PYTHON_FRAME_AT]) - code -
			     info->off[PYTHON_CODE_FIRST]);
	check = (__u32)python_see(iw, code);
	if (!check && iw->older_frame) { /* most likely it is no frame */
		w->rec.interpreter_end = INTERPRETER_BAD_READ;
		iw->frame = 0;
		return !python_begin_older(w, iw);
	}
	push_frame(w, iw, code, check, want_lines ? at : 0);
	if (info->flags & PYTHON_EACH_RUN || (info->flags & PYTHON_CFRAME_MARK && mark)) {
		python_end_run(w, iw);
		python_begin_older(w, iw);
	}
	return 0;
}

#endif /* BPF_PYTHON_BPF_H */
