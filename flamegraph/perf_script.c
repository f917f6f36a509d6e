// SPDX-License-Identifier: BSD-2-Clause
/*
 * perf_script.c - reads the text of `perf script` into a profile.
 *
 * A sample is a head, its frames from the innermost on, and a blank line.  Names
 * are made as those who fold such text are used to: without parameters, quotes and
 * the signature's L of Java; a function that is not known is its file.
 */
#include "flamegraph/formats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/perf_line.h"
#include "flamegraph/profile.h"

#define NAMESPACE "(anonymous namespace)"

enum perf_state {
	OUTSIDE, /* between samples */
	IN_SAMPLE,
	IN_OTHER, /* in a sample of an event that is not wanted */
};

struct perf_reader {
	struct profile *p;
	const struct perf_opts *opts;
	struct perf_result *result;
	enum perf_state state;
	bool is_java, is_cut;
	double weight;
	uint64_t bare_line; /* number of the head's line if it may be no head, else 0 */
	uint32_t root;
	uint32_t frames[2 * PROFILE_MAX_DEPTH]; /* the innermost first */
	size_t frame_cnt;
	uint32_t path[PROFILE_MAX_DEPTH], nodes[PROFILE_MAX_DEPTH];
	char name[PERF_MAX_LINE + 8]; /* the name that is being made */
	char line[PERF_MAX_LINE + 1];
};

static void count_bad(struct perf_reader *r, uint64_t line)
{
	if (!r->result->bad_cnt++ || line < r->result->first_bad)
		r->result->first_bad = line;
}

/* ---- samples */

static int end_sample(struct perf_reader *r)
{
	size_t cnt = r->frame_cnt, depth = 0;
	int err;

	if (r->state != IN_SAMPLE) {
		r->state = OUTSIDE;
		return 0;
	}
	r->state = OUTSIDE;
	if (!cnt && r->bare_line) {
		count_bad(r, r->bare_line);
		return 0;
	}
	if (cnt > PROFILE_MAX_DEPTH - 1) {
		cnt = PROFILE_MAX_DEPTH - 1;
		r->is_cut = true;
	}
	r->result->sample_cnt++;
	r->result->cut_cnt += r->is_cut;
	r->path[depth++] = r->root;
	while (depth <= cnt) {
		r->path[depth] = r->frames[r->frame_cnt - depth];
		depth++;
	}
	err = profile_walk(r->p, PROFILE_ROOT, r->path, depth, r->nodes);
	if (!err)
		profile_add(r->p, r->nodes[depth - 1], r->weight);
	return err;
}

static int push_frame(struct perf_reader *r, const char *name, size_t len, enum frame_kind kind)
{
	/* The outermost frames come last, and they are kept. */
	if (r->frame_cnt == 2 * PROFILE_MAX_DEPTH) {
		r->frame_cnt = PROFILE_MAX_DEPTH;
		memmove(r->frames, r->frames + PROFILE_MAX_DEPTH,
			PROFILE_MAX_DEPTH * sizeof(*r->frames));
		r->is_cut = true;
	}
	return profile_frame(r->p, name, len, kind, &r->frames[r->frame_cnt++]);
}

/* ---- heads */

/* Return the number, but 1 if it is 0, missing or larger than can be counted exactly. */
static double parse_period(struct perf_text period)
{
	double value = 0;

	for (size_t i = 0; i < period.len && value <= PROFILE_MAX_WEIGHT; i++)
		value = value * 10 + (period.s[i] - '0');
	return value > 0 && value <= PROFILE_MAX_WEIGHT ? value : 1;
}

/* Is it the event that is used?  That is the first one if none was asked for. */
static bool is_wanted(struct perf_reader *r, struct perf_text event)
{
	char *used = r->result->event;
	size_t len =
		event.len < sizeof(r->result->event) - 1 ? event.len : sizeof(r->result->event) - 1;

	if (!event.len)
		return true;
	if (!*used) {
		memcpy(used, event.s, len);
		used[len] = '\0';
	}
	return strlen(used) == len && !memcmp(used, event.s, len);
}

static size_t add_text(char *to, struct perf_text t)
{
	memcpy(to, t.s, t.len);
	return t.len;
}

/* Make the root's name: comm, comm-PID or comm-PID/TID. */
static int make_root(struct perf_reader *r, const struct perf_head *head)
{
	static const struct perf_text unknown = { "?", 1 };
	size_t len = add_text(r->name, head->comm);

	r->is_java = len >= 4 && !memcmp(r->name, "java", 4);
	for (size_t i = 0; i < len; i++)
		if (r->name[i] == ' ')
			r->name[i] = '_';
	if (r->opts->per_process || r->opts->per_thread) {
		r->name[len++] = '-';
		len += add_text(r->name + len, head->pid.len ? head->pid : unknown);
	}
	if (r->opts->per_thread) {
		r->name[len++] = '/';
		len += add_text(r->name + len, head->tid);
	}
	return profile_frame(r->p, r->name, len, FRAME_USER, &r->root);
}

static int add_frame(struct perf_reader *r, struct perf_text line);

static int begin_sample(struct perf_reader *r, const struct perf_head *head)
{
	struct perf_frame frame;
	int err = end_sample(r);

	if (err)
		return err;
	if (!is_wanted(r, head->event)) {
		r->state = IN_OTHER;
		r->result->other_cnt++;
		return 0;
	}
	r->state = IN_SAMPLE;
	r->is_cut = false;
	r->bare_line = head->is_bare ? r->result->line_cnt : 0;
	r->frame_cnt = 0;
	r->weight = r->opts->count_samples ? 1 : parse_period(head->period);
	err = make_root(r, head);
	/* Without stacks the only frame is in the head's line, and no blank line follows. */
	if (err || !head->rest.len || !perf_parse_frame(head->rest, &frame) || !frame.has_address)
		return err;
	err = add_frame(r, head->rest);
	return err ? err : end_sample(r);
}

/* ---- frames */

static bool text_starts(struct perf_text t, const char *s)
{
	return t.len >= strlen(s) && !memcmp(t.s, s, strlen(s));
}

static bool text_ends(struct perf_text t, const char *s)
{
	return t.len >= strlen(s) && !memcmp(t.s + t.len - strlen(s), s, strlen(s));
}

static bool text_is(struct perf_text t, const char *s)
{
	return t.len == strlen(s) && !memcmp(t.s, s, t.len);
}

static enum frame_kind kind_of(struct perf_text module)
{
	static const char *const user[] = { "[unknown]", "[vdso]", "[vsyscall]",
					    "[stack]",	 "[heap]", "[uprobes]" };

	if (text_is(module, "inlined"))
		return FRAME_INLINED;
	if (text_starts(module, "/tmp/perf-") && text_ends(module, ".map"))
		return FRAME_JIT;
	for (size_t i = 0; i < sizeof(user) / sizeof(*user); i++)
		if (text_is(module, user[i]))
			return FRAME_USER;
	return text_starts(module, "[") || text_ends(module, "vmlinux") ? FRAME_KERNEL : FRAME_USER;
}

/* Are the parentheses a part of the name, as in "net/http.(*Client).Do"? */
static bool is_go_method(struct perf_text name)
{
	const char *open = memmem(name.s, name.len, ".(", 2);

	return open && memmem(open + 2, name.s + name.len - (open + 2), ").", 2);
}

/* Return where the parameters begin, or the end of the name. */
static size_t parameters(struct perf_text name)
{
	for (size_t i = 0; i < name.len; i++) {
		struct perf_text rest = { name.s + i, name.len - i };

		if (rest.s[0] == '(' && !text_starts(rest, NAMESPACE))
			return i;
	}
	return name.len;
}

static int push_name(struct perf_reader *r, struct perf_text name, enum frame_kind kind)
{
	size_t len = is_go_method(name) ? name.len : parameters(name), out = 0, start = 0;

	for (size_t i = 0; i < len; i++)
		if (name.s[i] != '"' && name.s[i] != '\'')
			r->name[out++] = name.s[i] == ';' ? ':' : name.s[i];
	if (r->is_java && out && r->name[0] == 'L' && memchr(r->name, '/', out))
		start = 1;
	return push_frame(r, r->name + start, out - start, kind);
}

/* Make a name of a module: [libc.so.6], or [unknown] if there is none. */
static int push_module(struct perf_reader *r, struct perf_text module, enum frame_kind kind)
{
	const char *slash = module.len ? memrchr(module.s, '/', module.len) : NULL;
	struct perf_text base = module;
	char *copy;
	int err;

	if (slash)
		base = (struct perf_text){ slash + 1, module.s + module.len - (slash + 1) };
	if (!module.len || text_is(module, "[unknown]"))
		base = (struct perf_text){ "unknown", 7 };
	copy = malloc(base.len + 2);
	if (!copy)
		return -ENOMEM;
	copy[0] = '[';
	memcpy(copy + 1, base.s, base.len);
	copy[base.len + 1] = ']';
	err = push_name(r, (struct perf_text){ copy, base.len + 2 }, kind);
	free(copy);
	return err;
}

/* Find the last "->" of an inlined call; NULL if there is none but C++'s operator. */
static const char *last_arrow(struct perf_text name)
{
	for (size_t i = name.len; i >= 3; i--) {
		struct perf_text before = { name.s, i - 2 };

		if (name.s[i - 2] == '-' && name.s[i - 1] == '>' && !text_ends(before, "operator"))
			return name.s + i - 2;
	}
	return NULL;
}

/* "outer->inner": perf-map-agent names what a compiler of Java inlined like that. */
static int push_calls(struct perf_reader *r, struct perf_text name, struct perf_text module)
{
	const char *arrow;
	int err = 0;

	while (!err && (arrow = last_arrow(name))) {
		struct perf_text inner = { arrow + 2, name.s + name.len - (arrow + 2) };

		name.len = arrow - name.s;
		err = push_name(r, inner, FRAME_INLINED);
	}
	return err ? err : push_name(r, name, kind_of(module));
}

static int add_frame(struct perf_reader *r, struct perf_text line)
{
	struct perf_frame frame;

	perf_parse_frame(line, &frame);
	if (!frame.name.len || text_is(frame.name, "[unknown]"))
		return push_module(r, frame.module, kind_of(frame.module));
	/* A sample without a stack has the name of its process alone. */
	if (frame.name.s[0] == '(' && !text_starts(frame.name, NAMESPACE))
		return 0;
	return push_calls(r, frame.name, frame.module);
}

/* ---- lines */

static bool has_address(struct perf_text line)
{
	struct perf_frame frame;

	return perf_parse_frame(line, &frame) && frame.has_address;
}

static int add_line(struct perf_reader *r, size_t len)
{
	struct perf_text line = { r->line, len };
	bool is_indented = len && (line.s[0] == ' ' || line.s[0] == '\t');
	struct perf_head head;

	if (!perf_trim(line).len)
		return end_sample(r);
	if (line.s[0] == '#')
		return 0;
	if (memchr(line.s, '\0', len)) {
		count_bad(r, r->result->line_cnt);
		return 0;
	}
	/* In a sample an indented line is a frame, unless it ends as a head does. */
	if ((r->state == OUTSIDE || !is_indented || line.s[perf_trim(line).len - 1] == ':') &&
	    perf_parse_head(line, &head))
		return begin_sample(r, &head);
	/* Some tools strip the indentation; then it takes an address to know a frame. */
	if (r->state == OUTSIDE || (!is_indented && !has_address(line)))
		count_bad(r, r->result->line_cnt);
	else if (r->state == IN_SAMPLE && !perf_is_source(line))
		return add_frame(r, line);
	return 0;
}

/* Read a line of any length, its first PERF_MAX_LINE bytes into r->line; false at the end. */
static bool next_line(struct perf_reader *r, FILE *f, size_t *len)
{
	int c = getc_unlocked(f);

	*len = 0;
	if (c == EOF)
		return false;
	for (; c != EOF && c != '\n'; c = getc_unlocked(f)) {
		if (*len <= PERF_MAX_LINE)
			r->line[(*len)++] = (char)c;
	}
	return true;
}

static int read_lines(struct perf_reader *r, FILE *f)
{
	size_t len;
	int err = 0;

	while (!err && next_line(r, f, &len)) {
		r->result->line_cnt++;
		if (len && len <= PERF_MAX_LINE && r->line[len - 1] == '\r')
			len--;
		if (len > PERF_MAX_LINE)
			count_bad(r, r->result->line_cnt);
		else
			err = add_line(r, len);
	}
	if (!err && ferror(f))
		err = errno ? -errno : -EIO;
	if (err)
		return err;
	/* Without its blank line the text is cut off, and the outermost frames with it. */
	if (r->state == IN_SAMPLE && r->frame_cnt) {
		r->result->is_cut_off = true;
		return 0;
	}
	return end_sample(r);
}

int perf_script_read(struct profile *p, const struct perf_opts *opts, FILE *f,
		     struct perf_result *result)
{
	static const struct perf_opts defaults = { 0 };
	struct perf_reader *r = malloc(sizeof(*r));
	int err;

	*result = (struct perf_result){ 0 };
	if (!r)
		return -ENOMEM;
	r->p = p;
	r->opts = opts ? opts : &defaults;
	r->result = result;
	r->state = OUTSIDE;
	if (r->opts->event)
		snprintf(result->event, sizeof(result->event), "%s", r->opts->event);
	errno = 0;
	err = read_lines(r, f);
	free(r);
	return err;
}
