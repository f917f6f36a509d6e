// SPDX-License-Identifier: BSD-2-Clause
/* resolve.c - see resolve.h. */
#include "symbolize/resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/demangle.h"
#include "symbolize/dwarf/inlines.h"
#include "symbolize/elf/minidebug.h"
#include "symbolize/elf/plt.h"
#include "symbolize/elf/symtab.h"
#include "symbolize/kallsyms.h"
#include "symbolize/process/perf_map.h"
#include "symbolize/query.h"
#include "symbolize/symtab_text.h"

#define COMPRESSION 3 /* zlib leaves a third of DWARF, on average */

/* The answers to all questions to one source. */
struct resolve_batch {
	const struct symbolizer_opts *opts;
	struct arena *arena;
	struct dwarf_cache *dwarf;
	struct name_source *source;
	struct sym_answer **answers;
	size_t cnt;
};

static int refuse_all(const struct resolve_batch *b, enum sym_reason reason)
{
	for (size_t i = 0; i < b->cnt; i++)
		b->answers[i]->reason = reason;
	return 0;
}

/*
 * Hand out what Q found.  Neighbours share a function as a rule, and then one
 * copy of its name; `frames` of different answers may be the same.
 */
static int hand_out(const struct resolve_batch *b, const struct query *q, enum sym_kind kind)
{
	const struct query_sym *last = NULL;
	struct sym_frame *frame = NULL;
	const char *file = NULL;

	for (size_t i = 0; i < b->cnt; i++) {
		struct sym_answer *answer = b->answers[i];
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

static int new_query(const struct resolve_batch *b, struct query **out)
{
	uint64_t *addrs = calloc(b->cnt, sizeof(*addrs));
	int err;

	*out = NULL;
	if (!addrs)
		return -ENOMEM;
	for (size_t i = 0; i < b->cnt; i++)
		addrs[i] = b->answers[i]->vaddr;
	err = query_new(addrs, b->cnt, out);
	free(addrs);
	return err;
}

/* Offer what .gnu_debugdata has, which is inflated for this query alone: Q keeps the names. */
static int offer_mini(const struct name_source *src, struct query *q)
{
	struct elf_image *mini;
	void *bytes;
	int err = minidebug_open(src->image, &bytes, &mini);

	if (err)
		return err;
	err = symtab_offer_elf(mini, SHT_SYMTAB, q);
	elf_image_close(mini);
	free(bytes);
	return err;
}

/* Offer .dynsym, and the functions that it lacks if the file has them in .gnu_debugdata. */
static int offer_exported(const struct name_source *src, struct query *q)
{
	int mini_err = offer_mini(src, q), err;

	if (mini_err == -ENOMEM)
		return mini_err;
	err = symtab_offer_elf(src->image, SHT_DYNSYM, q);
	return err && err != -ENOMEM && !mini_err ? 0 : err;
}

/* Offer the first table that has a function, in the order that README.md states. */
static int offer_first_table(const struct resolve_batch *b, struct query *q)
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

/*
 * Set the vaddrs of the answers.  An offset that lies in no executable segment has none, and
 * its answer leaves the batch.
 */
static void set_vaddrs(struct resolve_batch *b, struct question *const *questions)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->cnt; i++) {
		struct sym_answer *answer = b->answers[i];

		answer->reason = SYM_NO_SYMBOL;
		if (questions[i]->is_vaddr)
			answer->vaddr = questions[i]->value;
		else if (elf_image_off_to_vaddr(b->source->image, questions[i]->value,
						&answer->vaddr))
			continue;
		b->answers[kept++] = answer;
	}
	b->cnt = kept;
}

/* About how many bytes of DWARF must be read for the answers. */
static uint64_t dwarf_size(const struct elf_image *image)
{
	const Elf64_Shdr *info = elf_image_find_section(image, ".debug_info", SHT_NULL);

	if (!info)
		return 0;
	return info->sh_flags & SHF_COMPRESSED ? info->sh_size * COMPRESSION : info->sh_size;
}

/* Is there so little DWARF that it is worth reading for what is asked? */
static int is_worth_it(const struct resolve_batch *b, bool *out)
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

static int add_inlines(const struct resolve_batch *b)
{
	const struct symbolizer_opts *opts = b->opts;
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
	dwarf_cache_begin_work(b->dwarf, dw);
	err = inlines_expand(opts, b->arena, dw, b->answers, b->cnt);
	if (b->dwarf->budget.lacks_work && opts->too_costly)
		opts->too_costly(opts->callback_ctx, b->source->module);
	is_short = dwarf_file_lacks_memory(dw);
	if (is_short && opts->too_large)
		opts->too_large(opts->callback_ctx, b->source->module);
	/* The next batch may fit into the budget when what this one needed is gone. */
	if (!opts->keep_dwarf || is_short)
		dwarf_cache_drop(b->dwarf);
	return err;
}

static int resolve_elf(struct resolve_batch *b, struct question *const *questions)
{
	struct query *q = NULL;
	int err;

	err = name_source_open_image(b->source);
	if (err == -ENOMEM)
		return err;
	if (err)
		return refuse_all(b, b->source->fd < 0 ? SYM_NO_FILE : SYM_BAD_ELF);
	set_vaddrs(b, questions);
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
out:
	query_free(q); /* before DWARF is read, which takes as much memory */
	if (err || b->opts->no_inlines || symbolizer_is_over(b->opts))
		return err;
	return add_inlines(b);
}

static int resolve_jit(const struct resolve_batch *b)
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

static int resolve_batch(struct resolve_batch *b, struct question *const *questions)
{
	for (size_t i = 0; i < b->cnt && b->source->kind != NAMED_BY_ELF; i++)
		b->answers[i]->vaddr = questions[i]->value;
	switch (b->source->kind) {
	case NAMED_BY_ELF:
		return resolve_elf(b, questions);
	case NAMED_BY_JIT:
		return resolve_jit(b);
	case NAMED_BY_KERNEL:
		return kallsyms_answer(b->opts, b->arena, KALLSYMS_PATH, b->answers, b->cnt);
	}
	return -EINVAL;
}

int resolve_questions(const struct symbolizer_opts *opts, struct arena *arena,
		      struct dwarf_cache *dwarf, struct name_source *source,
		      struct question *const *questions, size_t cnt)
{
	struct sym_answer **answers = calloc(cnt, sizeof(*answers));
	struct resolve_batch b = { opts, arena, dwarf, source, answers, cnt };
	int err;

	if (!answers)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++)
		answers[i] = &questions[i]->answer;
	err = resolve_batch(&b, questions);
	free(answers);
	return err;
}
