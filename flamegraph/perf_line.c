// SPDX-License-Identifier: BSD-2-Clause
/* perf_line.c - takes a line apart from both ends, as any field may be missing. */
#include "flamegraph/perf_line.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

struct perf_text perf_trim(struct perf_text line)
{
	while (line.len && is_space(line.s[0])) {
		line.s++;
		line.len--;
	}
	while (line.len && is_space(line.s[line.len - 1]))
		line.len--;
	return line;
}

/* Take the first word off LINE, which begins with it; len 0 at the end. */
static struct perf_text next_word(struct perf_text *line)
{
	struct perf_text word = { line->s, 0 };

	while (word.len < line->len && !is_space(line->s[word.len]))
		word.len++;
	line->s += word.len;
	line->len -= word.len;
	*line = perf_trim(*line);
	return word;
}

static bool is_all(struct perf_text t, bool (*is)(char c))
{
	for (size_t i = 0; i < t.len; i++)
		if (!is(t.s[i]))
			return false;
	return t.len > 0;
}

/* Take ids of the form 123 or 123/456. */
static bool split_ids(struct perf_text word, struct perf_head *head)
{
	const char *slash = memchr(word.s, '/', word.len);

	head->pid = (struct perf_text){ 0 };
	head->tid = word;
	if (slash) {
		head->pid = (struct perf_text){ word.s, slash - word.s };
		head->tid = (struct perf_text){ slash + 1, word.len - head->pid.len - 1 };
	}
	return is_all(head->tid, is_digit) && (!slash || is_all(head->pid, is_digit));
}

/* Is it a CPU, as [003]? */
static bool is_cpu(struct perf_text word)
{
	return word.len > 2 && word.s[0] == '[' && word.s[word.len - 1] == ']' &&
	       is_all((struct perf_text){ word.s + 1, word.len - 2 }, is_digit);
}

/* Is it a time, as 184694.229089: ? */
static bool is_time(struct perf_text word)
{
	const char *dot = memchr(word.s, '.', word.len);

	if (!dot || word.s[word.len - 1] != ':')
		return false;
	return is_all((struct perf_text){ word.s, dot - word.s }, is_digit) &&
	       is_all((struct perf_text){ dot + 1, word.s + word.len - 1 - (dot + 1) }, is_digit);
}

/* Read what follows the ids; false if it does not follow ids. */
static bool parse_after_ids(struct perf_text line, struct perf_head *head)
{
	struct perf_text rest = line, word = next_word(&rest);
	bool is_bare = !word.len;

	if (is_cpu(word))
		word = next_word(&rest);
	if (word.len && is_time(word))
		word = next_word(&rest);
	head->period = (struct perf_text){ 0 };
	if (is_all(word, is_digit)) {
		head->period = word;
		word = next_word(&rest);
	}
	head->event = head->rest = (struct perf_text){ 0 };
	head->is_bare = is_bare;
	if (!word.len)
		return true;
	if (word.len < 2 || word.s[word.len - 1] != ':' || is_time(word))
		return false;
	head->event = (struct perf_text){ word.s, word.len - 1 };
	head->rest = rest;
	return true;
}

/* A task's name may have spaces and numbers: ids are the first that fit what follows them. */
bool perf_parse_head(struct perf_text line, struct perf_head *head)
{
	struct perf_text rest;

	line = perf_trim(line);
	rest = line;
	if (!next_word(&rest).len)
		return false;
	while (rest.len) {
		const char *comm_end = rest.s;
		struct perf_text word = next_word(&rest);

		if (!split_ids(word, head) || !parse_after_ids(rest, head))
			continue;
		head->comm = perf_trim((struct perf_text){ line.s, comm_end - line.s });
		return true;
	}
	return false;
}

static bool text_is(struct perf_text t, const char *s)
{
	return t.len == strlen(s) && !memcmp(t.s, s, t.len);
}

static bool text_ends(struct perf_text t, const char *s)
{
	size_t len = strlen(s);

	return t.len >= len && !memcmp(t.s + t.len - len, s, len);
}

/* Is it a module, and not the parameters of a C++ function, such as "void (*)(int)"? */
static bool is_module(struct perf_text t)
{
	if (!t.len || t.s[0] == '/' || t.s[0] == '[' || text_is(t, "inlined"))
		return t.len > 0;
	for (size_t i = 0; i < t.len; i++)
		if (strchr(" \t()*&,<>", t.s[i]))
			return false;
	return true;
}

/* Take " (MODULE)" off the end of LINE; MODULE is empty if there is none. */
static void split_module(struct perf_text *line, struct perf_text *module)
{
	static const char deleted[] = " (deleted)";
	size_t end = line->len, start;

	*module = (struct perf_text){ 0 };
	if (!text_ends(*line, ")"))
		return;
	end--;
	if (text_ends((struct perf_text){ line->s, end }, deleted))
		end -= strlen(deleted);
	for (start = end; start > 0; start--) {
		struct perf_text inside = { line->s + start, end - start };

		if (line->s[start - 1] != '(' || (start > 1 && !is_space(line->s[start - 2])))
			continue;
		if (!is_module(inside))
			continue;
		*module = inside;
		line->len = start - 1;
		return;
	}
}

/* Return the text without an offset as in NAME+0x1f. */
static struct perf_text drop_offset(struct perf_text name)
{
	size_t i = name.len;

	while (i && is_hex(name.s[i - 1]))
		i--;
	if (i < name.len && i > 3 && !memcmp(name.s + i - 3, "+0x", 3))
		name.len = i - 3;
	return name;
}

bool perf_parse_frame(struct perf_text line, struct perf_frame *frame)
{
	struct perf_text rest, word;
	bool is_empty;

	*frame = (struct perf_frame){ 0 };
	line = perf_trim(line);
	split_module(&line, &frame->module);
	is_empty = text_ends(line, "  "); /* a name of no letter stands between two spaces */
	line = rest = perf_trim(line);
	word = next_word(&rest);
	/* A name can look like an address; then no other name follows. */
	frame->has_address = is_all(word, is_hex) && (rest.len || is_empty || !frame->module.len);
	frame->name = drop_offset(frame->has_address ? rest : line);
	if (frame->has_address && is_empty && !rest.len)
		frame->name = (struct perf_text){ " ", 1 };
	return line.len > 0;
}

bool perf_is_source(struct perf_text line)
{
	size_t i;

	line = perf_trim(line);
	i = line.len;
	if (i && line.s[i - 1] == ']') {
		for (i--; i && is_hex(line.s[i - 1]);)
			i--;
		return i > 1 && i + 1 < line.len && line.s[i - 1] == '[';
	}
	while (i && is_digit(line.s[i - 1]))
		i--;
	return i > 1 && i < line.len && line.s[i - 1] == ':' && !memchr(line.s, ' ', line.len);
}
