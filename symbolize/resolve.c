// SPDX-License-Identifier: BSD-2-Clause
/* resolve.c - see resolve.h. */
#include "symbolize/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolize/demangle.h"
#include "symbolize/dwarf/inlines.h"
#include "symbolize/process/perf_map.h"
#include "symbolize/elf/plt.h"
#include "symbolize/query.h"
#include "symbolize/elf/symtab.h"

#define FIRST_KALLSYMS	(8u << 20) /* bytes; a distribution's kernel has about 10 MiB */
#define COMPRESSION	3	   /* of DWARF by zlib, on average */
#define KERNEL_NAME_MAX 1024	   /* bytes; KSYM_NAME_LEN is 512, and a module's 64 */

struct batch {
	const struct symbolizer_opts *opts;
	struct arena *arena;
	struct dwarf_cache *dwarf;
	struct name_source *source;
	struct question **questions;
	size_t cnt;
};

static int refuse_all(const struct batch *b, enum sym_reason reason)
{
	for (size_t i = 0; i < b->cnt; i++)
		b->questions[i]->answer.reason = reason;
	return 0;
}

/*
 * Hand out what Q found.  Neighbours share a function as a rule, and then one
 * copy of its name; `frames` of different answers may be the same.
 */
static int hand_out(const struct batch *b, const struct query *q, enum sym_kind kind)
{
	const struct query_sym *last = NULL;
	struct sym_frame *frame = NULL;
	const char *file = NULL;

	for (size_t i = 0; i < b->cnt; i++) {
		struct sym_answer *answer = &b->questions[i]->answer;
		const struct query_sym *sym = query_find(q, answer->vaddr);

		if (!sym)
			continue;
		if (sym != last) {
			frame = arena_alloc(b->arena, sizeof(*frame));
			if (!frame)
				return -ENOMEM;
			frame->name = demangle_for(b->opts, b->arena, sym->name);
			if (!frame->name)
				return -ENOMEM;
			frame->kind = kind;
			last = sym;
			file = NULL;
			if (sym->file && !b->opts->no_lines && !b->opts->no_inlines)
				file = arena_copy(b->arena, sym->file, strlen(sym->file));
		}
		answer->reason = SYM_NAMED;
		answer->frames = frame;
		answer->frame_cnt = 1;
		answer->sym_off = answer->vaddr - sym->start;
		answer->file = file;
	}
	return 0;
}

static int new_query(const struct batch *b, struct query **out)
{
	uint64_t *addrs = calloc(b->cnt, sizeof(*addrs));
	int err;

	*out = NULL;
	if (!addrs)
		return -ENOMEM;
	for (size_t i = 0; i < b->cnt; i++)
		addrs[i] = b->questions[i]->answer.vaddr;
	err = query_new(addrs, b->cnt, out);
	free(addrs);
	return err;
}

/* .dynsym, and with it the functions that it lacks, if the file has them in .gnu_debugdata. */
static int offer_exported(struct name_source *src, struct query *q)
{
	int err = name_source_open_mini(src), mini_err;

	if (err)
		return err;
	mini_err = src->mini ? symtab_offer_elf(src->mini, SHT_SYMTAB, q) : -ENODATA;
	if (mini_err == -ENOMEM)
		return mini_err;
	err = symtab_offer_elf(src->image, SHT_DYNSYM, q);
	return err && err != -ENOMEM && !mini_err ? 0 : err;
}

/* The first table that has a function, in the order that README.md states. */
static int offer_first_table(const struct batch *b, struct query *q)
{
	struct name_source *src = b->source;
	int err;

	err = symtab_offer_elf(src->image, SHT_SYMTAB, q);
	if (!err || err == -ENOMEM)
		return err;
	err = name_source_open_debug(src, &b->opts->debug);
	if (err)
		return err;
	if (src->debug) {
		err = symtab_offer_elf(src->debug, SHT_SYMTAB, q);
		if (!err || err == -ENOMEM)
			return err;
	}
	return offer_exported(src, q);
}

/* Set the vaddrs.  What lies in no executable segment has none and leaves the batch. */
static void set_vaddrs(struct batch *b)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->cnt; i++) {
		struct question *question = b->questions[i];
		uint64_t *vaddr = &question->answer.vaddr;

		question->answer.reason = SYM_NO_SYMBOL;
		if (question->is_vaddr)
			*vaddr = question->value;
		else if (elf_image_off_to_vaddr(b->source->image, question->value, vaddr))
			continue;
		b->questions[kept++] = question;
	}
	b->cnt = kept;
}

/* Bytes of DWARF that the answers cost to read, more or less. */
static uint64_t dwarf_size(const struct elf_image *image)
{
	const Elf64_Shdr *info = elf_image_find_section(image, ".debug_info", SHT_NULL);

	if (!info)
		return 0;
	return info->sh_flags & SHF_COMPRESSED ? info->sh_size * COMPRESSION : info->sh_size;
}

/* Is there so little DWARF that it is worth reading for what is asked? */
static int is_worth_it(const struct batch *b, bool *out)
{
	const struct elf_image *image;
	int fd, err;

	*out = true;
	if (!b->opts->dwarf_per_address)
		return 0;
	err = dwarf_cache_find_image(b->source, &b->opts->debug, &image, &fd);
	if (!err && image)
		*out = dwarf_size(image) <= b->cnt * (uint64_t)b->opts->dwarf_per_address;
	return err;
}

static int add_inlines(const struct batch *b)
{
	const struct symbolizer_opts *opts = b->opts;
	struct sym_answer **answers;
	struct dwarf *dw;
	bool wanted, is_short;
	int err = is_worth_it(b, &wanted);

	if (err || !wanted)
		return err;
	err = dwarf_cache_open(b->dwarf, b->source, &opts->debug, &dw);
	if (err == -ENOSPC && opts->too_large)
		opts->too_large(opts->callback_ctx, b->source->module);
	if (err)
		return err == -ENOMEM ? err : 0;
	answers = calloc(b->cnt, sizeof(*answers));
	if (!answers)
		return -ENOMEM;
	for (size_t i = 0; i < b->cnt; i++)
		answers[i] = &b->questions[i]->answer;
	err = inlines_expand(opts, b->arena, dw, answers, b->cnt);
	free(answers);
	is_short = dwarf_file_lacks_memory(dw);
	if (is_short && opts->too_large)
		opts->too_large(opts->callback_ctx, b->source->module);
	/* The next batch may fit, when what this one needed is gone. */
	if (!opts->keep_dwarf || is_short)
		dwarf_cache_drop(b->dwarf);
	return err;
}

static int resolve_elf(struct batch *b)
{
	struct query *q = NULL;
	int err;

	err = name_source_open_image(b->source);
	if (err == -ENOMEM)
		return err;
	if (err)
		return refuse_all(b, b->source->fd < 0 ? SYM_NO_FILE : SYM_BAD_ELF);
	set_vaddrs(b);
	err = new_query(b, &q);
	if (err)
		return err;
	err = offer_first_table(b, q);
	if (err == -ENOMEM)
		goto out;
	/* What a damaged or label-only table offered is used all the same. */
	refuse_all(b, err == -ENODATA ? SYM_STRIPPED : err ? SYM_BAD_ELF : SYM_NO_SYMBOL);
	err = plt_offer(b->source->image, q);
	if (err == -ENOMEM)
		goto out;
	err = query_finish(q);
	if (!err)
		err = hand_out(b, q, SYM_USER);
	if (!err && !b->opts->no_inlines)
		err = add_inlines(b);
out:
	query_free(q);
	return err;
}

static int resolve_jit(const struct batch *b)
{
	struct query *q = NULL;
	char *text;
	size_t len;
	int err;

	refuse_all(b, SYM_ANONYMOUS);
	if (!b->source->perf_map)
		return 0;
	perf_map_refresh(b->source->perf_map);
	err = perf_map_read(b->source->perf_map, &text, &len);
	if (err)
		return err == -ENOMEM ? err : 0;
	err = new_query(b, &q);
	if (err) {
		free(text);
		return err;
	}
	err = symtab_offer_perf_map(text, len, q);
	if (!err)
		err = query_finish(q);
	if (!err)
		err = hand_out(b, q, SYM_JIT);
	query_free(q);
	return err == -ENODATA ? 0 : err;
}

static int read_kallsyms(char **out, size_t *len)
{
	int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC), err = 0;
	size_t cap = FIRST_KALLSYMS, done = 0;
	char *text = NULL;
	ssize_t got = 1;

	*out = NULL;
	*len = 0;
	if (fd < 0)
		return -errno;
	text = malloc(cap + 1);
	while (text && got > 0) {
		if (done == cap) {
			char *bigger = realloc(text, 2 * cap + 1);

			if (!bigger) {
				err = -ENOMEM;
				break;
			}
			text = bigger;
			cap *= 2;
		}
		got = read(fd, text + done, cap - done);
		if (got < 0)
			err = -errno;
		else
			done += got;
	}
	close(fd);
	if (!text || err) {
		free(text);
		return text ? err : -ENOMEM;
	}
	text[done] = '\0';
	*out = text;
	*len = done;
	return 0;
}

/* "name [module]" -> the frame and the module. */
static int set_kernel_name(const struct batch *b, struct question *question, const char *text)
{
	const char *bracket = strstr(text, " [");
	struct sym_frame *frame = arena_alloc(b->arena, sizeof(*frame));
	size_t len = bracket ? (size_t)(bracket - text) : strlen(text);
	char name[KERNEL_NAME_MAX];

	if (!frame)
		return -ENOMEM;
	if (len >= sizeof(name))
		len = sizeof(name) - 1;
	memcpy(name, text, len);
	name[len] = '\0';
	if (bracket) {
		bracket += 2;
		question->answer.module = arena_copy(b->arena, bracket, strcspn(bracket, "]"));
		if (!question->answer.module)
			return -ENOMEM;
	}
	frame->kind = SYM_KERNEL;
	question->answer.reason = SYM_NAMED;
	question->answer.frames = frame;
	question->answer.frame_cnt = 1;
	frame->name = demangle_for(b->opts, b->arena, name);
	return frame->name ? 0 : -ENOMEM;
}

static int resolve_by_kallsyms(const struct batch *b)
{
	struct query *q = NULL;
	char *text;
	size_t len;
	int err;

	err = read_kallsyms(&text, &len);
	if (err)
		return err == -ENOMEM ? err : refuse_all(b, SYM_DENIED);
	err = new_query(b, &q);
	if (err) {
		free(text);
		return err;
	}
	err = symtab_offer_kallsyms(text, len, q);
	if (err && err != -ENOMEM)
		err = refuse_all(b, SYM_DENIED);
	else if (!err)
		err = query_finish(q);
	for (size_t i = 0; i < b->cnt && !err; i++) {
		struct question *question = b->questions[i];
		const struct query_sym *sym = query_find(q, question->answer.vaddr);

		if (!sym)
			continue;
		question->answer.sym_off = question->answer.vaddr - sym->start;
		err = set_kernel_name(b, question, sym->name);
	}
	query_free(q);
	return err;
}

static int resolve_kernel(struct batch b)
{
	char name[KERNEL_NAME_MAX];
	int err;

	for (size_t i = 0; i < b.cnt; i++)
		b.questions[i]->answer.vaddr = b.questions[i]->value;
	refuse_all(&b, SYM_NO_SYMBOL);
	while (b.opts->kernel_name && b.cnt) {
		struct question *question = b.questions[0];

		err = b.opts->kernel_name(b.opts->kernel_ctx, question->value, name, sizeof(name));
		if (err == -EACCES)
			return refuse_all(&b, SYM_DENIED);
		if (err && err != -ENOENT)
			break;
		if (!err)
			err = set_kernel_name(&b, question, name);
		if (err == -ENOMEM)
			return err;
		b.questions++;
		b.cnt--;
	}
	return b.cnt ? resolve_by_kallsyms(&b) : 0;
}

int resolve_questions(const struct symbolizer_opts *opts, struct arena *arena,
		      struct dwarf_cache *dwarf, struct name_source *source,
		      struct question **questions, size_t cnt)
{
	struct batch b = { opts, arena, dwarf, source, questions, cnt };

	switch (source->kind) {
	case NAMED_BY_ELF:
		return resolve_elf(&b);
	case NAMED_BY_JIT:
		for (size_t i = 0; i < cnt; i++)
			questions[i]->answer.vaddr = questions[i]->value;
		return resolve_jit(&b);
	case NAMED_BY_KERNEL:
		return resolve_kernel(b);
	}
	return -EINVAL;
}
