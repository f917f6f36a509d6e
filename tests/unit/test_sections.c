// SPDX-License-Identifier: BSD-2-Clause
/* test_sections.c - compressed sections, MiniDebugInfo, stubs; sound and damaged. */
#include "tests/unit/row.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbolize/elf/image.h"
#include "symbolize/elf/minidebug.h"
#include "symbolize/elf/plt.h"
#include "symbolize/limits.h"
#include "tests/unit/asking.h"

#define DAMAGES 3000

struct file {
	void *bytes;
	size_t size;
};

/* shapes.pie as COMMAND, with $1 the original and $2 its place, makes it. */
static struct file make(const char *command)
{
	char dir[] = "/tmp/wick-sections-XXXXXX", original[4096], line[10000], path[64];
	struct file file = { 0 };
	struct stat st;
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/out", dir);
	snprintf(line, sizeof(line), "set -- '%s' %s; %s", shape_path("shapes.pie", original), path,
		 command);
	assert_int_equal(system(line), 0);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	file.size = (size_t)st.st_size;
	file.bytes = malloc(file.size);
	assert_non_null(file.bytes);
	assert_int_equal(fread(file.bytes, 1, file.size, f), file.size);
	fclose(f);
	snprintf(line, sizeof(line), "rm -r %s", dir);
	assert_int_equal(system(line), 0);
	return file;
}

static struct elf_image *open_file(const struct file *file)
{
	struct elf_image *img;

	assert_int_equal(elf_image_open_memory(file->bytes, file->size, &img), 0);
	return img;
}

static void inflates_what_objcopy_deflates(void **state)
{
	static const char *const methods[] = { "zlib", "zstd" };
	struct file plain = make("cp \"$1\" $2");
	struct elf_image *plain_img = open_file(&plain);
	const Elf64_Shdr *plain_shdr = elf_image_find_section(plain_img, ".debug_info", SHT_NULL);

	assert_non_null(plain_shdr);
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		char command[128];
		struct file file;
		struct elf_image *img;
		const Elf64_Shdr *shdr;
		void *bytes, *want;
		size_t size;

		/* Not every objcopy has zstd: then the section is as it was. */
		snprintf(command, sizeof(command),
			 "objcopy --compress-debug-sections=%s \"$1\" $2 2>/dev/null || cp \"$1\" "
			 "$2",
			 methods[i]);
		file = make(command);
		img = open_file(&file);
		shdr = elf_image_find_section(img, ".debug_info", SHT_NULL);
		assert_non_null(shdr);
		ROW_EQUAL(methods[i],
			  elf_image_inflate_section(img, shdr, LIMIT_SECTION, &bytes, &size), 0);
		ROW_EQUAL(methods[i], size, plain_shdr->sh_size);
		assert_int_equal(elf_image_load_section(plain_img, plain_shdr, &want), 0);
		assert_memory_equal(bytes, want, size);
		free(want);
		free(bytes);
		elf_image_close(img);
		free(file.bytes);
	}
	elf_image_close(plain_img);
	free(plain.bytes);
}

static void refuses_what_claims_too_much(void **state)
{
	static const struct {
		const char *name;
		uint32_t type;
		uint64_t claimed;
		int err;
	} rows[] = {
		{ "zlib, more than a gigabyte", ELFCOMPRESS_ZLIB, 1ull << 40, -ENOSPC },
		{ "zlib, a thousand times its size", ELFCOMPRESS_ZLIB, 100000, -ENOSPC },
		{ "zlib, random bytes", ELFCOMPRESS_ZLIB, 100, -ENOEXEC },
		{ "zstd, random bytes", 2, 100, -ENOEXEC },
		{ "a method of the future", 77, 100, -ENOTSUP },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		Elf64_Chdr header = { .ch_type = rows[i].type, .ch_size = rows[i].claimed };
		struct file file = make("cp \"$1\" $2");
		struct elf_image *img = open_file(&file);
		Elf64_Shdr shdr = { .sh_type = SHT_PROGBITS,
				    .sh_flags = SHF_COMPRESSED,
				    .sh_offset = 0x400,
				    .sh_size = sizeof(header) + 64 };
		void *bytes;
		size_t size;

		memcpy((char *)file.bytes + shdr.sh_offset, &header, sizeof(header));
		ROW_EQUAL(rows[i].name,
			  elf_image_inflate_section(img, &shdr, LIMIT_SECTION, &bytes, &size),
			  rows[i].err);
		assert_null(bytes);
		shdr.sh_size = sizeof(header) - 1;
		ROW_EQUAL(rows[i].name,
			  elf_image_inflate_section(img, &shdr, LIMIT_SECTION, &bytes, &size),
			  -ENOEXEC);
		elf_image_close(img);
		free(file.bytes);
	}
}

static const char mini_command[] =
	"objcopy -S --keep-symbol=shape_local --keep-symbol=main \"$1\" $2.mini 2>/dev/null && "
	"xz $2.mini && objcopy --strip-all --add-section .gnu_debugdata=$2.mini.xz \"$1\" $2";

static void reads_minidebug(void **state)
{
	struct file file = make(mini_command);
	struct elf_image *img = open_file(&file), *mini;
	void *bytes;

	assert_null(elf_image_find_section(img, NULL, SHT_SYMTAB));
	assert_int_equal(minidebug_open(img, &bytes, &mini), 0);
	assert_non_null(elf_image_find_section(mini, NULL, SHT_SYMTAB));
	elf_image_close(mini);
	free(bytes);
	elf_image_close(img);
	free(file.bytes);
}

/* Every section of it, every stub, and what .gnu_debugdata holds. */
static void read_everything(const struct file *file)
{
	const struct query_sym all = { .start = 0, .end = UINT64_MAX, .sized = true, .name = "" };
	struct elf_image *img, *mini;
	const Elf64_Shdr *sections;
	uint64_t vaddrs[64];
	struct query *q;
	size_t cnt, size;
	void *bytes;

	if (elf_image_open_memory(file->bytes, file->size, &img))
		return;
	sections = elf_image_sections(img, &cnt);
	for (size_t i = 1; i < cnt; i++) {
		elf_image_inflate_section(img, &sections[i], LIMIT_SECTION, &bytes, &size);
		free(bytes);
	}
	for (size_t i = 0; i < ARRAY_SIZE(vaddrs); i++)
		vaddrs[i] = 0x1000 + 8 * i;
	assert_int_equal(query_new(vaddrs, ARRAY_SIZE(vaddrs), &q), 0);
	query_offer(q, &all);
	plt_offer(img, q);
	query_finish(q);
	query_free(q);
	if (!minidebug_open(img, &bytes, &mini)) {
		elf_image_close(mini);
		free(bytes);
	}
	elf_image_close(img);
}

static void survives_damage(void **state)
{
	static const char *const commands[] = {
		mini_command,
		"objcopy --compress-debug-sections=zlib \"$1\" $2",
		"objcopy --compress-debug-sections=zstd \"$1\" $2 2>/dev/null || cp \"$1\" $2",
	};

	srand(4711); /* the same damage in each run */
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		struct file file = make(commands[i]);
		struct file damaged = { malloc(file.size), file.size };

		assert_non_null(damaged.bytes);
		for (int n = 0; n < DAMAGES; n++) {
			memcpy(damaged.bytes, file.bytes, file.size);
			for (int hit = rand() % 8; hit >= 0; hit--) {
				/* Most in the section table and the stubs' neighbourhood. */
				size_t at = rand() % 2 ? file.size - 1 - (size_t)rand() % 4096
						       : (size_t)rand() % file.size;

				((uint8_t *)damaged.bytes)[at] = (uint8_t)rand();
			}
			read_everything(&damaged);
		}
		free(damaged.bytes);
		free(file.bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inflates_what_objcopy_deflates),
		cmocka_unit_test(refuses_what_claims_too_much),
		cmocka_unit_test(reads_minidebug),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
