// SPDX-License-Identifier: BSD-2-Clause
/* image.c - see elf/image.h. */
#include "symbolize/elf/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbolize/limits.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HOST_ELFDATA ELFDATA2LSB
#else
#define HOST_ELFDATA ELFDATA2MSB
#endif

struct elf_image {
	int fd; /* -1 if the image is in memory */
	const uint8_t *memory;
	uint64_t size;
	uint64_t stored; /* bytes that the file system keeps for it; the size if it is in memory */
	bool is_64;
	Elf64_Ehdr header;
	Elf64_Phdr *segments;
	Elf64_Shdr *sections;
	size_t segment_cnt, section_cnt;
	char *section_names;
	size_t section_names_len;
};

int elf_image_holds(const struct elf_image *img, uint64_t off, uint64_t size)
{
	if (off > img->size || size > img->size - off)
		return -ENOEXEC;
	return size > LIMIT_SECTION ? -ENOSPC : 0;
}

int elf_image_read(const struct elf_image *img, uint64_t off, void *buffer, size_t size)
{
	size_t done = 0;
	ssize_t got;

	if (off > img->size || size > img->size - off)
		return -ENOEXEC;
	if (img->fd < 0) {
		memcpy(buffer, img->memory + off, size);
		return 0;
	}
	while (done < size) {
		got = pread(img->fd, (char *)buffer + done, size - done, (off_t)(off + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return -ESTALE;
		done += got;
	}
	return 0;
}

int elf_image_load(const struct elf_image *img, uint64_t off, uint64_t size, void **out)
{
	char *bytes;
	int err;

	*out = NULL;
	err = elf_image_holds(img, off, size);
	if (err)
		return err;
	bytes = malloc(size + 1);
	if (!bytes)
		return -ENOMEM;
	err = elf_image_read(img, off, bytes, size);
	if (err) {
		free(bytes);
		return err;
	}
	bytes[size] = '\0';
	*out = bytes;
	return 0;
}

int elf_image_load_section(const struct elf_image *img, const Elf64_Shdr *shdr, void **out)
{
	*out = NULL;
	if (shdr->sh_type == SHT_NOBITS)
		return -ENODATA;
	if (shdr->sh_flags & SHF_COMPRESSED)
		return -ENOTSUP;
	return elf_image_load(img, shdr->sh_offset, shdr->sh_size, out);
}

static void widen_ehdr(const Elf32_Ehdr *in, Elf64_Ehdr *out)
{
	memcpy(out->e_ident, in->e_ident, EI_NIDENT);
	out->e_type = in->e_type;
	out->e_machine = in->e_machine;
	out->e_version = in->e_version;
	out->e_entry = in->e_entry;
	out->e_phoff = in->e_phoff;
	out->e_shoff = in->e_shoff;
	out->e_flags = in->e_flags;
	out->e_ehsize = in->e_ehsize;
	out->e_phentsize = in->e_phentsize;
	out->e_phnum = in->e_phnum;
	out->e_shentsize = in->e_shentsize;
	out->e_shnum = in->e_shnum;
	out->e_shstrndx = in->e_shstrndx;
}

static Elf64_Phdr widen_phdr(const Elf32_Phdr *in)
{
	return (Elf64_Phdr){
		.p_type = in->p_type,
		.p_flags = in->p_flags,
		.p_offset = in->p_offset,
		.p_vaddr = in->p_vaddr,
		.p_paddr = in->p_paddr,
		.p_filesz = in->p_filesz,
		.p_memsz = in->p_memsz,
		.p_align = in->p_align,
	};
}

static Elf64_Shdr widen_shdr(const Elf32_Shdr *in)
{
	return (Elf64_Shdr){
		.sh_name = in->sh_name,
		.sh_type = in->sh_type,
		.sh_flags = in->sh_flags,
		.sh_addr = in->sh_addr,
		.sh_offset = in->sh_offset,
		.sh_size = in->sh_size,
		.sh_link = in->sh_link,
		.sh_info = in->sh_info,
		.sh_addralign = in->sh_addralign,
		.sh_entsize = in->sh_entsize,
	};
}

static int read_ehdr(struct elf_image *img)
{
	Elf32_Ehdr small;
	unsigned char ident[EI_NIDENT];
	int err;

	err = elf_image_read(img, 0, ident, sizeof(ident));
	if (err)
		return err;
	if (memcmp(ident, ELFMAG, SELFMAG) || ident[EI_VERSION] != EV_CURRENT)
		return -ENOEXEC;
	if (ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64)
		return -ENOEXEC;
	if (ident[EI_DATA] != HOST_ELFDATA)
		return -ENOTSUP;
	img->is_64 = ident[EI_CLASS] == ELFCLASS64;
	if (img->is_64)
		return elf_image_read(img, 0, &img->header, sizeof(img->header));
	err = elf_image_read(img, 0, &small, sizeof(small));
	if (!err)
		widen_ehdr(&small, &img->header);
	return err;
}

/*
 * Load CNT entries at OFF.  An entry size other than ours is malformed: no
 * linker writes one.
 */
static int load_table(const struct elf_image *img, uint64_t off, uint64_t cnt, size_t entry_size,
		      size_t entry_size_stated, void **out)
{
	uint64_t size;

	*out = NULL;
	if (entry_size != entry_size_stated || __builtin_mul_overflow(cnt, entry_size, &size))
		return -ENOEXEC;
	return elf_image_load(img, off, size, out);
}

static int read_segments(struct elf_image *img, size_t cnt)
{
	size_t size = img->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	Elf32_Phdr *small;
	void *table;
	int err;

	if (!cnt)
		return 0;
	if (cnt > LIMIT_SEGMENTS)
		return -ENOSPC;
	err = load_table(img, img->header.e_phoff, cnt, size, img->header.e_phentsize, &table);
	if (err)
		return err;
	img->segment_cnt = cnt;
	if (img->is_64) {
		img->segments = table;
		return 0;
	}
	small = table;
	img->segments = calloc(cnt, sizeof(*img->segments));
	for (size_t i = 0; img->segments && i < cnt; i++)
		img->segments[i] = widen_phdr(&small[i]);
	free(table);
	return img->segments ? 0 : -ENOMEM;
}

static int load_shdrs(const struct elf_image *img, size_t cnt, Elf64_Shdr **out)
{
	size_t size = img->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
	Elf64_Shdr *wide;
	Elf32_Shdr *small;
	void *table;
	int err;

	*out = NULL;
	err = load_table(img, img->header.e_shoff, cnt, size, img->header.e_shentsize, &table);
	if (err)
		return err;
	if (img->is_64) {
		*out = table;
		return 0;
	}
	small = table;
	wide = calloc(cnt, sizeof(*wide));
	for (size_t i = 0; wide && i < cnt; i++)
		wide[i] = widen_shdr(&small[i]);
	free(table);
	*out = wide;
	return wide ? 0 : -ENOMEM;
}

/*
 * Read the counts.  Those that are too large for the header's 16 bits are in section 0:
 * gABI, "ELF Header", e_phnum, e_shnum and e_shstrndx.
 */
static void read_big_counts(const struct elf_image *img, size_t *segment_cnt, size_t *section_cnt,
			    size_t *names)
{
	const Elf64_Ehdr *header = &img->header;
	Elf64_Shdr *zero;

	*segment_cnt = header->e_phnum;
	*section_cnt = header->e_shnum;
	*names = header->e_shstrndx;
	if (!header->e_shoff || load_shdrs(img, 1, &zero))
		return;
	if (header->e_phnum == PN_XNUM)
		*segment_cnt = zero->sh_info;
	if (!header->e_shnum)
		*section_cnt = zero->sh_size;
	if (header->e_shstrndx == SHN_XINDEX)
		*names = zero->sh_link;
	free(zero);
}

static int read_sections(struct elf_image *img, size_t cnt, size_t names)
{
	void *text;
	int err;

	if (!img->header.e_shoff || !cnt || cnt > LIMIT_SECTIONS)
		return 0;
	err = load_shdrs(img, cnt, &img->sections);
	if (err)
		return err == -ENOMEM ? err : 0;
	img->section_cnt = cnt;
	if (names >= cnt || img->sections[names].sh_size > LIMIT_SECTION_NAMES ||
	    elf_image_load_section(img, &img->sections[names], &text))
		return 0;
	img->section_names = text;
	img->section_names_len = img->sections[names].sh_size;
	return 0;
}

static int open_image(struct elf_image *img, struct elf_image **out)
{
	size_t segment_cnt, section_cnt, names;
	int err;

	err = read_ehdr(img);
	if (err)
		goto out;
	read_big_counts(img, &segment_cnt, &section_cnt, &names);
	err = read_segments(img, segment_cnt);
	if (err)
		goto out;
	err = read_sections(img, section_cnt, names);
	if (err)
		goto out;
	*out = img;
	img = NULL;
out:
	elf_image_close(img);
	return err;
}

int elf_image_open(int fd, struct elf_image **out)
{
	struct elf_image *img;
	struct stat st;

	*out = NULL;
	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOEXEC;
	img = calloc(1, sizeof(*img));
	if (!img)
		return -ENOMEM;
	img->fd = fd;
	img->size = st.st_size;
	img->stored = (uint64_t)st.st_blocks * 512;
	return open_image(img, out);
}

int elf_image_open_memory(const void *data, size_t size, struct elf_image **out)
{
	struct elf_image *img = calloc(1, sizeof(*img));

	*out = NULL;
	if (!img)
		return -ENOMEM;
	img->fd = -1;
	img->memory = data;
	img->size = img->stored = size;
	return open_image(img, out);
}

void elf_image_close(struct elf_image *img)
{
	if (!img)
		return;
	free(img->section_names);
	free(img->sections);
	free(img->segments);
	free(img);
}

int elf_image_fd(const struct elf_image *img)
{
	return img->fd;
}

uint64_t elf_image_size(const struct elf_image *img)
{
	return img->size;
}

const Elf64_Ehdr *elf_image_header(const struct elf_image *img)
{
	return &img->header;
}

bool elf_image_is_sparse(const struct elf_image *img)
{
	/* Some file systems keep small files elsewhere, and some do not say it. */
	return img->stored && img->size / LIMIT_SPARSENESS > img->stored;
}

bool elf_image_is_64(const struct elf_image *img)
{
	return img->is_64;
}

const Elf64_Phdr *elf_image_segments(const struct elf_image *img, size_t *cnt)
{
	*cnt = img->segment_cnt;
	return img->segments;
}

const Elf64_Shdr *elf_image_sections(const struct elf_image *img, size_t *cnt)
{
	*cnt = img->section_cnt;
	return img->sections;
}

int elf_image_off_to_vaddr(const struct elf_image *img, uint64_t off, uint64_t *vaddr)
{
	for (size_t i = 0; i < img->segment_cnt; i++) {
		const Elf64_Phdr *p = &img->segments[i];

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		if (off >= p->p_offset && off - p->p_offset < p->p_filesz) {
			*vaddr = off - p->p_offset + p->p_vaddr;
			return 0;
		}
	}
	*vaddr = 0;
	return -ENODATA;
}

int elf_image_vaddr_to_off(const struct elf_image *img, uint64_t vaddr, uint64_t *off)
{
	for (size_t i = 0; i < img->segment_cnt; i++) {
		const Elf64_Phdr *p = &img->segments[i];

		if (p->p_type != PT_LOAD)
			continue;
		if (vaddr >= p->p_vaddr && vaddr - p->p_vaddr < p->p_filesz) {
			*off = vaddr - p->p_vaddr + p->p_offset;
			return 0;
		}
	}
	*off = 0;
	return -ENODATA;
}

static const Elf64_Shdr *find_from(const struct elf_image *img, size_t first, const char *name,
				   uint32_t type)
{
	for (size_t i = first; i < img->section_cnt; i++) {
		const Elf64_Shdr *shdr = &img->sections[i];

		if (type != SHT_NULL && shdr->sh_type != type)
			continue;
		if (!name)
			return shdr;
		/* elf_image_load() put a NUL behind the table, so strcmp() stays inside. */
		if (shdr->sh_name < img->section_names_len &&
		    !strcmp(img->section_names + shdr->sh_name, name))
			return shdr;
	}
	return NULL;
}

const Elf64_Shdr *elf_image_find_section(const struct elf_image *img, const char *name,
					 uint32_t type)
{
	return find_from(img, 1, name, type);
}

const Elf64_Shdr *elf_image_next_section(const struct elf_image *img, const char *name,
					 const Elf64_Shdr *shdr)
{
	return find_from(img, (size_t)(shdr - img->sections) + 1, name, SHT_NULL);
}
