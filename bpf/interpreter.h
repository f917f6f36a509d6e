/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * interpreter.h - what crosses the border about interpreters: where the kernel program finds
 * the frames of one, and what it says of them.
 *
 * Written by profiler/recording/ (struct interpreter) and bpf/interpreter.bpf.h (the rest).
 * The includer supplies the __u32 family.  Rules for this file: those of bpf/sample.h.
 */
#ifndef BPF_INTERPRETER_H
#define BPF_INTERPRETER_H

/* unwind_process.flags: which plug walks the process, and by which struct interpreter. */
#define INTERPRETER_KIND_SHIFT	8
#define INTERPRETER_KIND_MASK	15u
#define INTERPRETER_INDEX_SHIFT 16
#define INTERPRETERS		4096

enum interpreter_kind { INTERPRETER_NONE, INTERPRETER_PYTHON, INTERPRETER_KIND_CNT };

#define INTERPRETER_OFFSETS 40

/* An interpreter as processes of one program have it: the offsets mean what its kind says. */
struct interpreter {
	__u8 kind; /* enum interpreter_kind */
	__u8 pad[3];
	__u32 flags;   /* of the kind */
	__s32 slot;    /* from fsbase: the word that is the address of the thread's state */
	__u32 version; /* as shown, 0x030b for 3.11 */
	__u16 off[INTERPRETER_OFFSETS];
	__u64 root[4]; /* addresses in the process */
};
_Static_assert(sizeof(struct interpreter) == 128, "interpreter is wire format");

/*
 * The newest interpreters that were found in processes of one user: these are tried for processes of
 * that user that are not known yet.
 */
#define INTERPRETER_GUESSES 4

struct interpreter_guesses {
	__u32 cnt;
	__u32 index[INTERPRETER_GUESSES]; /* the first CNT of them */
};

/* CPython: bpf/python.bpf.h.  Offsets are bytes in the struct that the name begins with. */
enum python_offset {
	PYTHON_THREAD_ID,	/* of the thread's state: which thread it is, fsbase */
	PYTHON_THREAD_FRAME,	/* its innermost frame, or with PYTHON_CFRAME its CFrame */
	PYTHON_THREAD_CFRAME,	/* 3.10, 3.11 */
	PYTHON_CFRAME_FRAME,	/* 3.11, 3.12 */
	PYTHON_CFRAME_PREVIOUS, /* 3.10 to 3.12 */
	PYTHON_FRAME_SIZE,	/* bytes that hold the fields below: at the most PYTHON_FRAME_MAX */
	PYTHON_FRAME_CODE,
	PYTHON_FRAME_PREVIOUS,
	PYTHON_FRAME_AT,   /* the instruction, as a pointer; 3.10 and before: its number, 32 bits */
	PYTHON_FRAME_MARK, /* a byte. 3.11: is_entry, 3.12 and later: owner */
	PYTHON_CODE_BLOCK, /* where PYTHON_CODE_SIZE bytes begin that hold the next four */
	PYTHON_CODE_LINE,  /* the first line, 32 bits */
	PYTHON_CODE_NAME,  /* qualified where there is one */
	PYTHON_CODE_FILE,
	PYTHON_CODE_LINES,   /* the line table: bytes */
	PYTHON_CODE_FIRST,   /* the first instruction, 3.11 and later */
	PYTHON_TEXT_LENGTH,  /* of a str: characters */
	PYTHON_TEXT_STATE,   /* 32 bits that say how wide they are: PYTHON_TEXT_KIND ... */
	PYTHON_TEXT_SHIFT,   /* no offset: ... above as many bits of something else */
	PYTHON_TEXT_ASCII,   /* where ASCII characters begin */
	PYTHON_TEXT_COMPACT, /* where those of other compact strings do */
	PYTHON_BYTES_LENGTH,
	PYTHON_BYTES_DATA,
	PYTHON_OBJECT_TYPE, /* of any object */
	PYTHON_TYPE_NAME,   /* the address of its text, which ends with a NUL */
	/* Read by user space only: */
	PYTHON_RUNTIME_INTERPRETERS, /* of _PyRuntime: the first interpreter */
	PYTHON_INTERPRETER_NEXT,
	PYTHON_INTERPRETER_THREADS, /* the first thread state */
	PYTHON_THREAD_NEXT,
	PYTHON_OFFSET_CNT,
};
_Static_assert(PYTHON_OFFSET_CNT <= INTERPRETER_OFFSETS, "there is room for all");

#define PYTHON_FRAME_MAX 128
#define PYTHON_CODE_SIZE 96

/* interpreter.flags of CPython. */
#define PYTHON_CFRAME	   1u /* frames hang on a CFrame: 3.11, 3.12 */
#define PYTHON_CFRAME_MARK 2u /* CFrames are the marks on the C stack: 3.10, 3.11 */
#define PYTHON_SHIM_MARK   4u /* frames of an owner from PYTHON_OWNER_SHIM on are: 3.12 and later */
#define PYTHON_EACH_RUN	   8u /* each frame is evaluated by a C function of its own: 3.10 and before */
#define PYTHON_TAGGED	   16u /* the lowest bit of the code's address is none of it: 3.14 */
#define PYTHON_OWNER_SHIM  3

/* The state of a str, shifted by PYTHON_TEXT_SHIFT. */
#define PYTHON_TEXT_KIND       7u /* bytes of a character: 1, 2, 4; 0: it is of no use */
#define PYTHON_TEXT_IS_COMPACT 8u /* its characters follow it; else they are elsewhere */
#define PYTHON_TEXT_IS_ASCII   16u

/* How the walk of a thread's interpreter frames ended. */
enum interpreter_end {
	INTERPRETER_COMPLETE,
	INTERPRETER_NO_STATE, /* the thread has none: a native thread, or it starts or ends */
	INTERPRETER_NOT_HERE, /* what was found is another thread's */
	INTERPRETER_BAD_READ, /* memory that is not there, or not paged in */
	INTERPRETER_TORN,     /* the chain ends at what cannot be the outermost frame */
	INTERPRETER_TOO_DEEP, /* INTERPRETER_FRAMES, and more to come */
	INTERPRETER_END_CNT,
};

#define INTERPRETER_FRAMES 256 /* of a stack that are kept: the innermost */

/* A frame, innermost first: two words behind the native ones of sample_stacks. */
struct interpreter_frame {
	/*
	 * The address of its code, 48 bits.  Above it, if INTERPRETER_RUN_END says that this is the
	 * outermost frame of those that one native frame evaluates: the index of that, or
	 * INTERPRETER_UNPAIRED.
	 */
	__u64 code;
	__u32 check; /* as in its sample_code; 0: the code could not be read */
	__u32 at;    /* the instruction: what the plug's line() takes */
};
_Static_assert(sizeof(struct interpreter_frame) == 16, "interpreter_frame is wire format");

#define INTERPRETER_RUN_END    (1ULL << 63)
#define INTERPRETER_PAIR_SHIFT 48
#define INTERPRETER_UNPAIRED   1023u /* 10 bits: above the index of any native frame */
#define INTERPRETER_CODE_MASK  ((1ULL << 48) - 1)

/* The index of the native frame that evaluates FRAME and those before it in its run. */
static inline __u32 interpreter_frame_pair(const struct interpreter_frame *frame)
{
	return frame->code & INTERPRETER_RUN_END
		       ? (__u32)(frame->code >> INTERPRETER_PAIR_SHIFT) & INTERPRETER_UNPAIRED
		       : INTERPRETER_UNPAIRED;
}

/*
 * Code that a process is seen to execute for the first time.  The record ends with its lines; if they
 * are wanted, a longer table follows in records that are equal but for lines_at and what it says.
 */
#define CODE_NAME_SIZE	96
#define CODE_FILE_SIZE	128
#define CODE_LINES_SIZE 1024
#define CODE_LINES_CNT	64 /* records of a table: 3600 lines of CPython 3.11, 18 bytes each */

struct sample_code {
	__u32 type; /* RECORD_CODE */
	__u32 tgid;
	__u64 code;
	__u32 check;
	__u32 kind;    /* enum interpreter_kind */
	__u32 version; /* as in struct interpreter */
	__u32 first_line;
	/* Of the texts: their length in characters, and how wide they are: PYTHON_TEXT_*, 0: not read. */
	__u32 name_len, name_state, file_len, file_state;
	__u32 lines_len; /* bytes: up to CODE_LINES_SIZE of them follow, ... */
	__u32 lines_at;	 /* ... which begin at this one */
	__u32 user;	 /* whose process it is, in the initial user namespace */
	__u8 name[CODE_NAME_SIZE];
	__u8 file[CODE_FILE_SIZE]; /* of a longer one its end */
	__u8 lines_bytes[CODE_LINES_SIZE];
};
_Static_assert(sizeof(struct sample_code) == 64 + CODE_NAME_SIZE + CODE_FILE_SIZE + CODE_LINES_SIZE,
	       "sample_code is wire format");

#endif /* BPF_INTERPRETER_H */
