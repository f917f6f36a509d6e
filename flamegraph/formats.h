/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * formats.h - the readers and writers of a profile.
 *
 * Ownership: nobody keeps what it is given; streams stay open and are the
 *            caller's to close.
 * Errors:    0 or a negative errno.  A writer returns the error of the stream
 *            and flushes it; the caller still checks fclose().
 * Threads:   writers may share a profile; each call has a stream of its own.
 */
#ifndef FLAMEGRAPH_FORMATS_H
#define FLAMEGRAPH_FORMATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct profile;

#define FOLDED_MAX_LINE (1024 * 1024) /* bytes; a line that is longer is not a stack */

/* What is wrong with a line.  folded_fault_text() says it in words. */
enum folded_fault {
	FOLDED_GOOD,
	FOLDED_NO_COUNT,  /* no space, so no count */
	FOLDED_BAD_COUNT, /* not digits with an optional fraction */
	FOLDED_NEGATIVE,
	FOLDED_TOO_LARGE, /* above PROFILE_MAX_WEIGHT */
	FOLDED_NO_STACK,  /* a count and nothing before it */
	FOLDED_TOO_LONG,  /* longer than FOLDED_MAX_LINE */
	FOLDED_NUL,	  /* a NUL byte: binary */
	FOLDED_FAULT_CNT,
};

struct folded_result {
	uint64_t line_cnt;	       /* all lines: stack_cnt + bad_cnt + blank ones */
	uint64_t stack_cnt;	       /* lines used; 0: the input had no stacks */
	uint64_t cut_cnt;	       /* of these, cut to the outermost PROFILE_MAX_DEPTH frames */
	uint64_t bad_cnt;	       /* lines that were skipped */
	uint64_t first_bad;	       /* number of the first of them, from 1; 0: none */
	enum folded_fault first_fault; /* what is wrong with it */
};

/*
 * Add the stacks of F, to its end, to P.  Lines that are not stacks are counted
 * and skipped: an error is only what ends the reading (the stream's, -ENOMEM,
 * -EOVERFLOW).  RESULT is set in any case.
 */
int folded_read(struct profile *p, FILE *f, struct folded_result *result);

/*
 * The same for a flame chart: lines stay in their order, only neighbours share
 * nodes, and profile_starts() says where each node begins.
 */
int folded_read_by_time(struct profile *p, FILE *f, struct folded_result *result);

/* For the caller's message: "line 12: has a negative count". */
const char *folded_fault_text(enum folded_fault fault);

struct folded_opts {
	bool no_annotations; /* drop _[k], _[i], _[j], _[p] */
};

/*
 * Lines sorted bytewise, one a stack: `a;b;c 12`.  Weights have up to six
 * decimals; stacks that weigh less than that are left out.  OPTS may be NULL.
 */
int folded_write(const struct profile *p, const struct folded_opts *opts, FILE *f);

/* What a differential picture shows of each node; arrays as long as profile_nodes(). */
struct profile_changes {
	const double *weights;	   /* how much it grew; below 0: shrank */
	const signed char *colors; /* -7 shrank .. 7 grew; 0 is drawn neutral */
};

#define PICTURE_WIDTH	     1200
#define PICTURE_WIDTH_MIN    100
#define PICTURE_WIDTH_MAX    100000
#define PICTURE_FRAME_HEIGHT 16
#define PICTURE_HEIGHT_MIN   4
#define PICTURE_HEIGHT_MAX   1000
#define PICTURE_MIN_WIDTH    0.1
#define PICTURE_FONT_TYPE    "monospace"
#define PICTURE_FONT_SIZE    12
#define PICTURE_FONT_MIN     1
#define PICTURE_FONT_MAX     1000
#define PICTURE_COUNT_NAME   "samples"
#define PICTURE_NAME_TYPE    "Function:"

/*
 * How a picture looks, as SVG or as a page.  A page fits itself to its window: it leaves out
 * frames by their share only, and uses neither the sizes, the font nor name_type.
 */
struct picture_opts {
	const char *title;	   /* "Flame Graph" */
	const char *subtitle;	   /* NULL: there is none */
	unsigned int width;	   /* of the whole image in pixels: PICTURE_WIDTH */
	unsigned int frame_height; /* in pixels: PICTURE_FRAME_HEIGHT */
	double min_width;	   /* narrower frames are left out: PICTURE_MIN_WIDTH */
	bool min_is_percent;	   /* min_width is a share of the whole, not pixels */
	const char *font_type;	   /* CSS font family: PICTURE_FONT_TYPE */
	double font_size;	   /* in pixels: PICTURE_FONT_SIZE */
	const char *count_name;	   /* what a weight counts: PICTURE_COUNT_NAME */
	const char *name_type;	   /* what a frame is: PICTURE_NAME_TYPE */
	const char *colors;	   /* a name of palette.h; NULL: by kind */
	const char *background;	   /* a name or #rrggbb, see palette.h; NULL: by light and dark */
	double factor;		   /* counts are shown multiplied by it: 1 */
	double total;		   /* weight of the whole width if above the profile's: 0 */
	bool inverted;		   /* the root is at the top, as in an icicle graph */
	bool no_script;		   /* SVG has no viewer: the image is only looked at */
	const char *notes;	   /* facts of the recording, JSON or any text; NULL: none */
	const struct profile_changes *changes; /* frames are coloured by change; NULL: by kind */
	bool negate;			       /* the hues of grown and shrunk are swapped */
};

/* Set all options to the values named above, to be changed as wished. */
void picture_opts_init(struct picture_opts *opts);

/*
 * A profile with profile_starts() is drawn as a flame chart.  OPTS may be NULL.
 * -EINVAL: a size that cannot be drawn, no such colors; nothing is written then.
 */
int svg_write(const struct profile *p, const struct picture_opts *opts, FILE *f);

struct pprof_opts {
	const char *count_name; /* what a weight counts: "samples" */
};

/*
 * A pprof file (gzip) of names: frames have no addresses.  Its counts are whole:
 * fractions are rounded, and stacks that round to 0 left out.  OPTS may be NULL.
 */
int pprof_write(const struct profile *p, const struct pprof_opts *opts, FILE *f);

#define PPROF_MAX_SIZE (512 * 1024 * 1024) /* bytes, unpacked; more is refused */

enum pprof_fault {
	PPROF_GOOD,
	PPROF_NO_GZIP,	    /* the compressed data are damaged */
	PPROF_CUT,	    /* they end too early */
	PPROF_TOO_LARGE,    /* above PPROF_MAX_SIZE, unpacked */
	PPROF_NO_MESSAGE,   /* unpacked it is no protobuf message */
	PPROF_NO_VALUES,    /* it does not say what its samples' values are */
	PPROF_BAD_STRING,   /* refers to a string, function, location or mapping that */
	PPROF_BAD_FUNCTION, /* it does not have */
	PPROF_BAD_LOCATION,
	PPROF_BAD_MAPPING,
	PPROF_BAD_ID,	 /* two things of one kind have the same id, or one has 0 */
	PPROF_BAD_VALUE, /* a sample without the value that is used, or a negative one */
	PPROF_FAULT_CNT,
};

struct pprof_result {
	uint64_t sample_cnt;	/* samples used */
	uint64_t cut_cnt;	/* of these, cut to the outermost PROFILE_MAX_DEPTH frames */
	uint64_t bad_cnt;	/* samples that were skipped: a bad value or location */
	enum pprof_fault fault; /* what is wrong: with -EBADMSG, and with the last bad sample */
	char value_type[32];	/* what was counted: "samples" */
};

/*
 * Add the samples of the pprof file F to P: of its values the one called
 * "samples", else its own default, else the last.  A label "comm" becomes the
 * outermost frame.  -EBADMSG: damaged, see RESULT; P may have got a part of it.
 */
int pprof_read(struct profile *p, FILE *f, struct pprof_result *result);

/* Can F, not read so far, be a pprof file?  It is read from its start all the same. */
bool pprof_detect(FILE *f);

/* "is cut off", as folded_fault_text(). */
const char *pprof_fault_text(enum pprof_fault fault);

/* Where a function begins. */
struct speedscope_place {
	const char *file; /* NULL if not known */
	uint32_t line;	  /* 0 if not known */
};

struct speedscope_opts {
	const char *name;		       /* of the profile: "wick" */
	const char *exporter;		       /* program and version; none */
	bool no_annotations;		       /* as in folded_opts */
	const struct speedscope_place *places; /* of the frames below place_cnt, by number */
	size_t place_cnt;
};

/* JSON for speedscope: one profile, its stacks sorted by name.  OPTS may be NULL. */
int speedscope_write(const struct profile *p, const struct speedscope_opts *opts, FILE *f);

#define PERF_MAX_LINE (1024 * 1024) /* bytes, as FOLDED_MAX_LINE */

struct perf_result {
	uint64_t line_cnt;
	uint64_t sample_cnt; /* samples used */
	uint64_t other_cnt;  /* samples of other events than the first one's */
	uint64_t cut_cnt;    /* as in folded_result */
	uint64_t bad_cnt;    /* lines that are no part of a sample */
	uint64_t first_bad;  /* number of the first of them, from 1; 0: none */
	bool is_cut_off;     /* the last sample has no end, and was left out */
	char event[64];	     /* the first event; "": the text has none */
};

struct perf_opts {
	const char *event;	      /* the event to use; NULL: the first one */
	bool per_process, per_thread; /* roots as comm-PID, comm-PID/TID */
	bool count_samples;	      /* each weighs 1, not its period */
};

/* Add the samples of F, the text of `perf script`, to P.  Errors as folded_read(). */
int perf_script_read(struct profile *p, const struct perf_opts *opts, FILE *f,
		     struct perf_result *result);

/*
 * One file that needs nothing else: the profile and a viewer for it.  OPTS may be
 * NULL.  -EINVAL: no such colors, a number that is none; nothing is written then.
 */
int html_write(const struct profile *p, const struct picture_opts *opts, FILE *f);

#endif /* FLAMEGRAPH_FORMATS_H */
