// SPDX-License-Identifier: BSD-2-Clause
/* folded.c - writes folded stacks, sorted as bytes; folded_read.c reads them. */
#include "flamegraph/formats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/out.h"
#include "flamegraph/profile.h"

/*
 * A node has up to two entries in the order of its siblings: the line that ends
 * with it ("name COUNT") and the block of lines that go on ("name;...").  Both
 * have to be placed by their own text: a sibling "name x" comes between them.
 */
struct folded_entry {
	size_t path_len; /* bytes of the parent's path, with its final ';' */
	uint32_t node;
	bool is_block;
};

struct folded_writer {
	const struct profile *stacks; /* the profile whose nodes are written */
	const struct profile *texts;  /* the profile whose frames have the texts for them */
	struct out out;
	struct folded_entry *todo; /* the entry that comes next is the last */
	size_t todo_cnt, todo_cap;
	char *path;
	size_t path_cap;
};

static char clean_char(char c)
{
	if (c == ';')
		return ':';
	return (unsigned char)c < ' ' || c == '\x7f' ? '?' : c;
}

/* Add to TEXTS one frame whose name is what FRAME looks like in a line. */
static int add_text(struct profile *texts, const struct frame *frame, const char *annotation,
		    uint32_t *text)
{
	size_t annotation_len = strlen(annotation), len = frame->name_len + annotation_len;
	char small[512], *s = small;
	int err;

	if (len > sizeof(small)) {
		s = malloc(len);
		if (!s)
			return -ENOMEM;
	}
	for (uint32_t i = 0; i < frame->name_len; i++)
		s[i] = clean_char(frame->name[i]);
	memcpy(s + frame->name_len, annotation, annotation_len);
	err = profile_frame(texts, s, len, FRAME_USER, text);
	if (s != small)
		free(s);
	return err;
}

/* Copy the stacks of P to TEXTS, frame I becoming frame TEXT_OF[I]. */
static int merge_stacks(const struct profile *p, const uint32_t *text_of, struct profile *texts)
{
	const struct profile_node *nodes = profile_nodes(p);
	uint32_t node_cnt = profile_node_cnt(p), *copies;
	int err = 0;

	copies = reallocarray(NULL, node_cnt, sizeof(*copies));
	if (!copies)
		return -ENOMEM;
	copies[PROFILE_ROOT] = PROFILE_ROOT;
	for (uint32_t i = PROFILE_ROOT + 1; i < node_cnt && !err; i++) {
		err = profile_child(texts, copies[nodes[i].parent], text_of[nodes[i].frame],
				    &copies[i]);
		if (!err)
			profile_add(texts, copies[i], nodes[i].self);
	}
	free(copies);
	return err;
}

/*
 * Make the text of each frame, and if two frames have the same text, a copy of the stacks
 * too: stacks that look equal are one line.
 */
static int make_texts(const struct profile *p, bool no_annotations, struct folded_writer *w,
		      struct profile *texts)
{
	uint32_t frame_cnt = profile_frame_cnt(p), *text_of;
	int err = 0;

	text_of = reallocarray(NULL, (size_t)frame_cnt + 1, sizeof(*text_of));
	if (!text_of)
		return -ENOMEM;
	for (uint32_t i = 0; i < frame_cnt && !err; i++) {
		const struct frame *frame = profile_frame_at(p, i);

		err = add_text(texts, frame, no_annotations ? "" : frame_annotation(frame->kind),
			       &text_of[i]);
	}
	/* If no two texts are equal, text I is that of frame I. */
	w->texts = texts;
	w->stacks = p;
	if (!err && profile_frame_cnt(texts) < frame_cnt) {
		w->stacks = texts;
		err = merge_stacks(p, text_of, texts);
	}
	free(text_of);
	return err;
}

static const struct frame *text_of_node(const struct folded_writer *w, uint32_t node)
{
	return profile_frame_at(w->texts, profile_nodes(w->stacks)[node].frame);
}

/* Write what follows the name: ';' or the count.  Returns its length. */
static size_t format_tail(const struct folded_writer *w, const struct folded_entry *e,
			  char tail[OUT_WEIGHT_SIZE + 1])
{
	tail[0] = e->is_block ? ';' : ' ';
	if (e->is_block)
		return 1;
	return 1 + out_format_weight(tail + 1, profile_nodes(w->stacks)[e->node].self);
}

/* Return the I-th byte of an entry's text, or -1 after the last. */
static int entry_byte(const struct frame *text, const char *tail, size_t tail_len, size_t i)
{
	if (i < text->name_len)
		return (unsigned char)text->name[i];
	return i - text->name_len < tail_len ? (unsigned char)tail[i - text->name_len] : -1;
}

static int entry_order(const void *left, const void *right, void *writer)
{
	const struct folded_entry *a = left, *b = right;
	const struct frame *ta = text_of_node(writer, a->node), *tb = text_of_node(writer, b->node);
	size_t len = ta->name_len < tb->name_len ? ta->name_len : tb->name_len, la, lb;
	int order = memcmp(ta->name, tb->name, len), ca, cb;
	char tail_a[OUT_WEIGHT_SIZE + 1], tail_b[OUT_WEIGHT_SIZE + 1];

	if (order)
		return order;
	/* One name begins with the other: count and separator decide. */
	la = format_tail(writer, a, tail_a);
	lb = format_tail(writer, b, tail_b);
	do {
		ca = entry_byte(ta, tail_a, la, len);
		cb = entry_byte(tb, tail_b, lb, len);
		len++;
	} while (ca == cb && ca >= 0);
	return (ca > cb) - (ca < cb);
}

static int push_entry(struct folded_writer *w, size_t path_len, uint32_t node, bool is_block)
{
	if (w->todo_cnt == w->todo_cap) {
		size_t cap = w->todo_cap ? w->todo_cap * 2 : 256;
		struct folded_entry *todo = reallocarray(w->todo, cap, sizeof(*todo));

		if (!todo)
			return -ENOMEM;
		w->todo = todo;
		w->todo_cap = cap;
	}
	w->todo[w->todo_cnt++] = (struct folded_entry){ path_len, node, is_block };
	return 0;
}

/* Put the entries of all children of NODE on top of the list, the first one last. */
static int push_children(struct folded_writer *w, size_t path_len, uint32_t node)
{
	const struct profile_node *nodes = profile_nodes(w->stacks);
	size_t start = w->todo_cnt;
	int err = 0;

	for (uint32_t i = nodes[node].child; i && !err; i = nodes[i].sibling) {
		if (nodes[i].self > 0)
			err = push_entry(w, path_len, i, false);
		if (!err && nodes[i].child)
			err = push_entry(w, path_len, i, true);
	}
	if (err || w->todo_cnt == start)
		return err;
	qsort_r(w->todo + start, w->todo_cnt - start, sizeof(*w->todo), entry_order, w);
	for (size_t i = start, j = w->todo_cnt; i + 1 < j; i++) {
		struct folded_entry swap = w->todo[i];

		w->todo[i] = w->todo[--j];
		w->todo[j] = swap;
	}
	return 0;
}

/* Make the path end in the entry's name and tail. */
static int set_path(struct folded_writer *w, const struct folded_entry *e, size_t *path_len)
{
	const struct frame *text = text_of_node(w, e->node);
	size_t want = e->path_len + text->name_len + OUT_WEIGHT_SIZE + 2;

	if (want > w->path_cap) {
		char *path = realloc(w->path, want * 2);

		if (!path)
			return -ENOMEM;
		w->path = path;
		w->path_cap = want * 2;
	}
	*path_len = e->path_len;
	memcpy(w->path + *path_len, text->name, text->name_len);
	*path_len += text->name_len;
	*path_len += format_tail(w, e, w->path + *path_len);
	return 0;
}

static bool is_zero(const char *line, size_t len)
{
	return len >= 2 && line[len - 2] == ' ' && line[len - 1] == '0';
}

static int write_entries(struct folded_writer *w)
{
	int err = push_children(w, 0, PROFILE_ROOT);

	while (!err && w->todo_cnt) {
		struct folded_entry e = w->todo[--w->todo_cnt];
		size_t len;

		err = set_path(w, &e, &len);
		if (err)
			break;
		if (e.is_block) {
			err = push_children(w, len, e.node);
		} else if (!is_zero(w->path, len)) {
			w->path[len++] = '\n';
			out_bytes(&w->out, w->path, len);
		}
	}
	return err;
}

int folded_write(const struct profile *p, const struct folded_opts *opts, FILE *f)
{
	struct profile *texts = NULL;
	struct folded_writer w = { 0 };
	int err, out_err;

	out_init(&w.out, f);
	err = profile_new(&texts);
	if (!err)
		err = make_texts(p, opts && opts->no_annotations, &w, texts);
	if (!err)
		err = write_entries(&w);
	out_err = out_finish(&w.out);
	free(w.todo);
	free(w.path);
	profile_free(texts);
	return err ? err : out_err;
}
