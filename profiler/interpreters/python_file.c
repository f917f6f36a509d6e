// SPDX-License-Identifier: BSD-2-Clause
/* python_file.c - which CPython a file is; see python.h. */
#include "profiler/interpreters/python.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "profiler/interpreters/python_offsets.h"
#include "symbolize/elf/dynsym.h"

/* Bytes of a section that are looked through for a text: 2 MB of .rodata in Debian's python3.9. */
#define TEXT_MAX (32u << 20)
#define PIECE	 16384
#define OVERLAP	 64 /* of two pieces: longer than what is looked for */

/* Part of the stable ABI: every CPython has it, and will have it. */
#define SYMBOL_OF_ALL "Py_IsInitialized"

static uint64_t vaddr_of(const struct elf_image *image, const char *name)
{
	Elf64_Sym sym;

	return dynsym_find(image, name, &sym) ? 0 : sym.st_value;
}

static int read_at(const struct elf_image *image, uint64_t vaddr, void *out, size_t size)
{
	uint64_t off;
	int err = elf_image_vaddr_to_off(image, vaddr, &off);

	return err ? err : elf_image_read(image, off, out, size);
}

/* PY_VERSION_HEX has patch level and release in its lower half. */
static uint32_t version_of_hex(uint64_t hex)
{
	return hex >> 32 ? 0 : (uint32_t)(hex >> 16);
}

static uint32_t version_by_symbol(const struct elf_image *image, uint64_t root)
{
	uint64_t vaddr = vaddr_of(image, "Py_Version"), hex;

	return !vaddr || read_at(image, vaddr, &hex, sizeof(hex)) ? 0 : version_of_hex(hex);
}

static uint32_t version_by_cookie(const struct elf_image *image, uint64_t root)
{
	struct {
		char cookie[8];
		uint64_t hex;
	} head;

	if (!root || read_at(image, root, &head, sizeof(head)) ||
	    memcmp(head.cookie, PYTHON_COOKIE, sizeof(head.cookie)))
		return 0;
	return version_of_hex(head.hex);
}

/* The number of one or two digits that TEXT begins with; -1: none. */
static int number_at(const char *text)
{
	if (!isdigit((unsigned char)text[0]))
		return -1;
	return isdigit((unsigned char)text[1]) ? (text[0] - '0') * 10 + text[1] - '0'
					       : text[0] - '0';
}

/* The number behind the first PREFIX in the section NAME; -1: there is none. */
static int number_behind(const struct elf_image *image, const char *name, const char *prefix)
{
	const Elf64_Shdr *section = elf_image_find_section(image, name, SHT_PROGBITS);
	uint64_t size = section ? section->sh_size : 0;
	char bytes[PIECE + 1], *hit;

	if (size > TEXT_MAX)
		size = TEXT_MAX;
	for (uint64_t at = 0; at < size; at += PIECE - OVERLAP) {
		size_t len = size - at < PIECE ? size - at : PIECE;

		if (elf_image_read(image, section->sh_offset + at, bytes, len))
			break;
		bytes[len] = '\0';
		hit = memmem(bytes, len, prefix, strlen(prefix));
		if (hit && (hit < bytes + PIECE - OVERLAP || at + len == size))
			return number_at(hit + strlen(prefix));
	}
	return -1;
}

/* The ending of its extensions; of Python 2 where its library is. */
static uint32_t version_by_text(const struct elf_image *image, uint64_t root)
{
	int minor = number_behind(image, ".rodata", "cpython-3");

	if (minor >= 0)
		return 0x0300 | (uint32_t)(minor & 0xff);
	minor = number_behind(image, ".data", "lib/python2.");
	return minor >= 0 ? 0x0200 | (uint32_t)(minor & 0xff) : 0;
}

static uint32_t version_of(const struct elf_image *image, uint64_t root)
{
	static uint32_t (*const ways[])(const struct elf_image *, uint64_t) = {
		version_by_symbol, /* 3.11 and later */
		version_by_cookie, /* 3.13 and later */
		version_by_text,
	};
	uint32_t version = 0;

	for (size_t i = 0; !version && i < sizeof(ways) / sizeof(ways[0]); i++)
		version = ways[i](image, root);
	return version;
}

int python_describe(struct elf_image *image, struct interpreter_file *out)
{
	const Elf64_Shdr *section = elf_image_find_section(image, ".PyRuntime", SHT_NULL);
	Elf64_Sym eval;

	*out = (struct interpreter_file){ 0 };
	if (!elf_image_is_64(image) || elf_image_header(image)->e_machine != EM_X86_64 ||
	    (!section && !vaddr_of(image, SYMBOL_OF_ALL)))
		return -ENOENT;
	out->kind = INTERPRETER_PYTHON;
	out->root = vaddr_of(image, "_PyRuntime");
	if (!out->root && section)
		out->root = section->sh_addr;
	out->version = version_of(image, out->root);
	if (!dynsym_find(image, "_PyEval_EvalFrameDefault", &eval)) {
		out->eval_start = eval.st_value;
		out->eval_end = eval.st_value + eval.st_size;
	}
	return out->root && python_offsets_known(out->version) ? 0 : -ENOTSUP;
}
