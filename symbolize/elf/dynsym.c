// SPDX-License-Identifier: BSD-2-Clause
/* dynsym.c - see elf/dynsym.h. */
#include "symbolize/elf/dynsym.h"

#include <errno.h>
#include <string.h>

#include "symbolize/limits.h"

/* The table begins with this; words of the filter, buckets and chains follow. */
struct gnu_hash_header {
	uint32_t bucket_cnt;
	uint32_t first_sym; /* whose chain is the first: the others have none */
	uint32_t filter_cnt;
	uint32_t filter_shift;
};

#define NAME_SIZE 64 /* bytes of a name that can be asked for, with its NUL */

struct gnu_hash {
	const struct elf_image *img;
	const Elf64_Shdr *hash, *syms, *strings;
	struct gnu_hash_header header;
};

static uint32_t hash_of(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

static int read_in(const struct gnu_hash *h, const Elf64_Shdr *section, uint64_t at, void *out,
		   size_t size)
{
	if (at > section->sh_size || size > section->sh_size - at)
		return -ENOEXEC;
	return elf_image_read(h->img, section->sh_offset + at, out, size);
}

static int open_hash(const struct elf_image *img, struct gnu_hash *h)
{
	const Elf64_Shdr *sections;
	size_t cnt;

	*h = (struct gnu_hash){ .img = img,
				.hash = elf_image_find_section(img, NULL, SHT_GNU_HASH) };
	sections = elf_image_sections(img, &cnt);
	if (!h->hash || !elf_image_is_64(img))
		return -ENODATA;
	if (h->hash->sh_link >= cnt)
		return -ENOEXEC;
	h->syms = &sections[h->hash->sh_link];
	if (h->syms->sh_type != SHT_DYNSYM || h->syms->sh_link >= cnt)
		return -ENOEXEC;
	h->strings = &sections[h->syms->sh_link];
	return read_in(h, h->hash, 0, &h->header, sizeof(h->header));
}

/* -ENODATA: the filter says that no symbol has HASH. */
static int ask_filter(const struct gnu_hash *h, uint32_t hash)
{
	uint64_t word, bits;
	int err;

	if (!h->header.filter_cnt || h->header.filter_shift > 31)
		return -ENOEXEC;
	err = read_in(h, h->hash, sizeof(h->header) + 8ull * (hash / 64 % h->header.filter_cnt),
		      &word, sizeof(word));
	if (err)
		return err;
	bits = 1ull << hash % 64 | 1ull << (hash >> h->header.filter_shift) % 64;
	return (word & bits) == bits ? 0 : -ENODATA;
}

/* Is symbol INDEX, which has the hash of NAME, it? */
static int read_sym(const struct gnu_hash *h, uint32_t index, const char *name, Elf64_Sym *out)
{
	char found[NAME_SIZE];
	size_t size = strlen(name) + 1;
	int err;

	err = read_in(h, h->syms, (uint64_t)index * sizeof(*out), out, sizeof(*out));
	if (!err)
		err = read_in(h, h->strings, out->st_name, found, size);
	if (!err && memcmp(found, name, size))
		err = -ENODATA;
	return err;
}

/* The chain of a bucket: the hash of each of its symbols, whose lowest bit says that it is the last. */
static int walk_chain(const struct gnu_hash *h, uint32_t hash, const char *name, Elf64_Sym *out)
{
	uint64_t buckets = sizeof(h->header) + 8ull * h->header.filter_cnt;
	uint64_t chains = buckets + 4ull * h->header.bucket_cnt;
	uint32_t index, other = 0;
	int err;

	if (!h->header.bucket_cnt)
		return -ENOEXEC;
	err = read_in(h, h->hash, buckets + 4ull * (hash % h->header.bucket_cnt), &index,
		      sizeof(index));
	if (err)
		return err;
	if (index < h->header.first_sym)
		return -ENODATA;
	for (int step = 0; step < LIMIT_HASH_CHAIN && !(other & 1); step++, index++) {
		err = read_in(h, h->hash, chains + 4ull * (index - h->header.first_sym), &other,
			      sizeof(other));
		if (err)
			return err;
		if ((other | 1) != (hash | 1))
			continue;
		err = read_sym(h, index, name, out);
		if (err != -ENODATA)
			return err;
	}
	return -ENODATA;
}

int dynsym_find(const struct elf_image *img, const char *name, Elf64_Sym *out)
{
	struct gnu_hash h;
	uint32_t hash = hash_of(name);
	int err = strlen(name) < NAME_SIZE ? open_hash(img, &h) : -EINVAL;

	if (!err)
		err = ask_filter(&h, hash);
	if (!err)
		err = walk_chain(&h, hash, name, out);
	if (err)
		*out = (Elf64_Sym){ 0 };
	return err;
}
