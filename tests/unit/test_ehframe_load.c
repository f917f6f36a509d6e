// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_ehframe_load.c - files and images in, rows out: which section or segment
 * is read, what is refused.  The damage tests take this program's own .eh_frame.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>
#include <zlib.h>

#include "symbolize/limits.h"
#include "tests/unit/ehframe_bytes.h"

struct file {
	uint8_t *at;
	size_t size;
};

static struct file read_self(void)
{
	struct file f;
	int fd = open("/proc/self/exe", O_RDONLY);
	off_t size = lseek(fd, 0, SEEK_END);

	assert_true(size > 0);
	f.size = (size_t)size;
	f.at = malloc(f.size);
	assert_non_null(f.at);
	assert_int_equal(pread(fd, f.at, f.size, 0), size);
	close(fd);
	return f;
}

static struct ehframe_section own_eh_frame(const struct file *f)
{
	struct ehframe_section sec = { 0 };
	const Elf64_Ehdr *eh = (const void *)f->at;
	const Elf64_Shdr *sh = (const void *)(f->at + eh->e_shoff);
	const char *names = (const char *)f->at + sh[eh->e_shstrndx].sh_offset;

	for (int i = 0; i < eh->e_shnum; i++)
		if (!strcmp(names + sh[i].sh_name, ".eh_frame"))
			sec = (struct ehframe_section){ .bytes = f->at + sh[i].sh_offset,
							.size = sh[i].sh_size,
							.vaddr = sh[i].sh_addr };
	assert_true(sec.size > 200);
	return sec;
}

static void survives_every_truncation(void **state)
{
	struct file self = read_self();
	struct ehframe_section sec = own_eh_frame(&self);
	size_t whole = 0, max = sec.size < 4096 ? sec.size : 4096;

	for (size_t size = 0; size <= max; size++) {
		struct ehframe_table *t = parse(sec.bytes, size, sec);

		check_promises(t);
		assert_true(t->fde_cnt >= whole); /* what came whole is used */
		whole = t->fde_cnt;
		ehframe_free(t);
	}
	assert_true(whole > 10);
	free(self.at);
}

static void survives_bit_flips(void **state)
{
	struct file self = read_self();
	struct ehframe_section sec = own_eh_frame(&self);
	size_t bad = 0, max = sec.size < 2048 ? sec.size : 2048;
	uint8_t *copy = malloc(max);

	assert_non_null(copy);
	memcpy(copy, sec.bytes, max);
	for (size_t bit = 0; bit < 8 * max; bit++) {
		struct ehframe_table *t;

		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		t = parse(copy, max, sec);
		check_promises(t);
		bad += t->bad_cnt > 0;
		ehframe_free(t);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_true(bad > max / 8); /* damage is noticed, not only survived */
	free(copy);
	free(self.at);
}

static int load_image(const void *image, size_t size, struct ehframe_table **out)
{
	int err = ehframe_load_image(image, size, out);

	assert_true(err ? !*out : (*out)->row_cnt > 1);
	return err;
}

static void loads_an_open_file(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	struct ehframe_table *t;
	Elf64_Ehdr eh;
	size_t i = 0;

	assert_int_equal(lseek(fd, 7, SEEK_SET), 7);
	assert_int_equal(ehframe_load(fd, &t), 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 7);
	assert_int_equal(pread(fd, &eh, sizeof(eh), 0), sizeof(eh));
	check_promises(t);
	assert_int_equal(t->bad_cnt, 0);
	assert_false(t->debug_frame);
	while (i < t->row_cnt && t->rows[i].vaddr != eh.e_entry)
		i++;
	assert_true(i < t->row_cnt);
	assert_int_equal(t->rows[i].cfa, EHFRAME_CFA_END); /* crt1.o ends the stack here */
	ehframe_free(t);
	close(fd);
	assert_int_equal(ehframe_load(-1, &t), -ENOEXEC);
	assert_null(t);
}

static void loads_without_section_headers(void **state)
{
	struct file self = read_self();
	Elf64_Ehdr *eh = (void *)self.at;
	struct ehframe_table *with, *without;

	assert_int_equal(load_image(self.at, self.size, &with), 0);
	eh->e_shoff = 0;
	eh->e_shnum = eh->e_shstrndx = 0;
	assert_int_equal(load_image(self.at, self.size, &without), 0);
	assert_int_equal(without->row_cnt, with->row_cnt);
	assert_memory_equal(without->rows, with->rows, with->row_cnt * sizeof(*with->rows));
	ehframe_free(with);
	ehframe_free(without);
	free(self.at);
}

/* The segment goes on behind .eh_frame, with what only looks like an entry. */
static void a_segment_is_read_up_to_the_terminator(void **state)
{
	struct ehframe_table *t;
	struct image im = { 0 };
	Elf64_Ehdr eh = { .e_type = ET_DYN,
			  .e_machine = EM_X86_64,
			  .e_version = EV_CURRENT,
			  .e_ehsize = sizeof(eh),
			  .e_phentsize = sizeof(Elf64_Phdr),
			  .e_phnum = 2,
			  .e_phoff = sizeof(eh) };
	Elf64_Phdr ph[2] = { { .p_type = PT_LOAD, .p_vaddr = SECTION_VADDR, .p_filesz = 4096 },
			     { .p_type = PT_GNU_EH_FRAME,
			       .p_filesz = 8,
			       .p_vaddr = SECTION_VADDR + sizeof(eh) + sizeof(ph) } };
	size_t cie;

	memcpy(eh.e_ident, "\177ELF\2\1\1", 7);
	put(&im, &eh, sizeof(eh));
	put(&im, ph, sizeof(ph));
	put_int(&im, 1, 1);
	put_int(&im, DW_EH_PE_datarel | DW_EH_PE_udata4, 1);
	put_int(&im, 0xffff, 2); /* no table */
	put_int(&im, 8, 4);	 /* .eh_frame: from the start of this header */
	cie = put_cie(&im, &usual_cie);
	put_fde(&im, cie, CODE_VADDR, CODE_SIZE, "", 0);
	put_int(&im, 0, 4);
	put_int(&im, 1000000, 4);

	assert_int_equal(load_image(im.at, sizeof(im.at), &t), 0);
	check_table("segment", t, "+0 rsp+8; +40 none");
	ehframe_free(t);
	im.at[sizeof(eh) + sizeof(ph)] = 2; /* the header's version */
	assert_int_equal(load_image(im.at, sizeof(im.at), &t), -ENOEXEC);
}

static void refuses_what_is_not_ours(void **state)
{
	struct file self = read_self();
	Elf64_Ehdr *eh = (void *)self.at, good = *eh;
	struct ehframe_table *t;

	assert_int_equal(load_image("#!/bin/sh\n", 10, &t), -ENOEXEC);
	assert_int_equal(load_image(self.at, 40, &t), -ENOEXEC);
	eh->e_machine = EM_AARCH64;
	assert_int_equal(load_image(self.at, self.size, &t), -ENOTSUP);
	*eh = good;
	eh->e_type = ET_REL;
	assert_int_equal(load_image(self.at, self.size, &t), -ENOTSUP);
	*eh = good;
	eh->e_ident[EI_CLASS] = ELFCLASS32;
	assert_int_equal(load_image(self.at, self.size, &t), -ENOTSUP);
	free(self.at);
}

static void loads_the_vdso(void **state)
{
	const Elf64_Ehdr *eh = (const void *)getauxval(AT_SYSINFO_EHDR);
	struct ehframe_table *t;
	size_t size;

	if (!eh)
		skip();
	size = eh->e_shoff + (size_t)eh->e_shnum * eh->e_shentsize; /* they are its end */
	assert_int_equal(load_image(eh, size, &t), 0);
	check_promises(t);
	ehframe_free(t);
}

/* An ELF file of two sections: the names, and NAME with BYTES. */
static int load_section(const char *name, uint32_t type, uint64_t flags, const struct image *bytes,
			struct ehframe_table **out)
{
	static const char names[] = "\0.shstrtab\0.eh_frame\0.debug_frame\0.note.go.buildid";
	struct image im = { 0 };
	Elf64_Ehdr eh = { .e_type = ET_EXEC,
			  .e_machine = EM_X86_64,
			  .e_version = EV_CURRENT,
			  .e_ehsize = sizeof(eh),
			  .e_shentsize = sizeof(Elf64_Shdr),
			  .e_shnum = 4,
			  .e_shstrndx = 1,
			  .e_shoff = sizeof(eh) };
	Elf64_Shdr sh[4] = { { 0 },
			     { .sh_name = 1, .sh_type = SHT_STRTAB, .sh_size = sizeof(names) },
			     { .sh_type = type, .sh_flags = flags, .sh_size = bytes->size },
			     { .sh_type = SHT_NOTE } };

	memcpy(eh.e_ident, "\177ELF\2\1\1", 7);
	sh[1].sh_offset = sizeof(eh) + sizeof(sh);
	sh[2].sh_offset = sh[1].sh_offset + sizeof(names);
	sh[3].sh_offset = sh[2].sh_offset;
	for (size_t i = 1; i < sizeof(names); i += strlen(names + i) + 1) {
		if (!strncmp(names + i, name, strlen(names + i)))
			sh[2].sh_name = (uint32_t)i;
		if (strstr(name, " go") && !strcmp(names + i, ".note.go.buildid"))
			sh[3].sh_name = (uint32_t)i;
	}
	put(&im, &eh, sizeof(eh));
	put(&im, sh, sizeof(sh));
	put(&im, names, sizeof(names));
	put(&im, bytes->at, bytes->size);
	return load_image(im.at, im.size, out);
}

/* Go's code saves RBP once it has made its frame, and its CFI does not say where. */
static void loses_rbp_in_a_frame_of_go(void **state)
{
	static const uint8_t program[] = { DW_CFA_advance_loc | 4, DW_CFA_def_cfa_offset, 32,
					   DW_CFA_advance_loc | 8, DW_CFA_def_cfa_offset, 8 };
	struct image im = { 0 };
	struct ehframe_table *t;

	put_debug_cie(&im, 4);
	entry_begin(&im, 0, 4);
	put_int(&im, CODE_VADDR, 8);
	put_int(&im, CODE_SIZE, 8);
	put(&im, program, sizeof(program));
	entry_end(&im, 4);
	assert_int_equal(load_section(".debug_frame go", SHT_PROGBITS, 0, &im, &t), 0);
	check_table("Go", t, "+0 rsp+8; +4 rsp+32 fp lost; +c rsp+8; +40 none");
	ehframe_free(t);
	assert_int_equal(load_section(".debug_frame", SHT_PROGBITS, 0, &im, &t), 0);
	check_table("others", t, "+0 rsp+8; +4 rsp+32; +c rsp+8; +40 none");
	ehframe_free(t);
}

static void loads_debug_frame_as_the_only_source(void **state)
{
	struct ehframe_table *t;
	struct image plain = { 0 }, packed = { 0 };
	Elf64_Chdr ch = { .ch_type = ELFCOMPRESS_ZLIB, .ch_addralign = 1 };
	uLongf room = sizeof(packed.at) - sizeof(ch);

	put_debug_cie(&plain, 4);
	put_debug_fde(&plain, 0, 4);
	assert_int_equal(load_section(".debug_frame", SHT_PROGBITS, 0, &plain, &t), 0);
	assert_true(t->debug_frame);
	check_table(".debug_frame", t, "+0 rsp+8; +40 none");
	ehframe_free(t);

	ch.ch_size = plain.size;
	put(&packed, &ch, sizeof(ch));
	assert_int_equal(compress(packed.at + sizeof(ch), &room, plain.at, plain.size), Z_OK);
	packed.size += room;
	assert_int_equal(load_section(".debug_frame", SHT_PROGBITS, SHF_COMPRESSED, &packed, &t),
			 0);
	check_table("compressed", t, "+0 rsp+8; +40 none");
	ehframe_free(t);
	ch.ch_size = LIMIT_CFI + 1;
	memcpy(packed.at, &ch, sizeof(ch));
	assert_int_equal(load_section(".debug_frame", SHT_PROGBITS, SHF_COMPRESSED, &packed, &t),
			 -ENOSPC);

	assert_int_equal(load_section(".eh_frame", SHT_NOBITS, 0, &plain, &t), -ENODATA);
	plain.size = 0; /* libelf gives no bytes at all then */
	assert_int_equal(load_section(".eh_frame", SHT_PROGBITS, 0, &plain, &t), -ENODATA);
	assert_int_equal(load_section(".text", SHT_PROGBITS, 0, &plain, &t), -ENODATA);
}

/* A file of a segment at CODE_VADDR, and one that has DYN. */
static int load_code(const void *code, size_t size, uint32_t flags, int64_t dyn,
		     struct ehframe_table **out)
{
	struct image im = { 0 };
	Elf64_Ehdr eh = { .e_type = ET_DYN,
			  .e_machine = EM_X86_64,
			  .e_version = EV_CURRENT,
			  .e_ehsize = sizeof(eh),
			  .e_phentsize = sizeof(Elf64_Phdr),
			  .e_phnum = 2,
			  .e_phoff = sizeof(eh) };
	Elf64_Phdr ph[2] = { { .p_type = PT_LOAD,
			       .p_flags = flags,
			       .p_vaddr = CODE_VADDR,
			       .p_offset = sizeof(eh) + sizeof(ph),
			       .p_filesz = size },
			     { .p_type = PT_DYNAMIC,
			       .p_filesz = 2 * sizeof(Elf64_Dyn),
			       .p_offset = sizeof(eh) + sizeof(ph) + size } };
	Elf64_Dyn dyns[2] = { { .d_tag = DT_SONAME }, { .d_tag = dyn } };

	memcpy(eh.e_ident, "\177ELF\2\1\1", 7);
	put(&im, &eh, sizeof(eh));
	put(&im, ph, sizeof(ph));
	put(&im, code, size);
	put(&im, dyns, sizeof(dyns));
	return load_image(im.at, im.size, out);
}

static void recognises_a_signal_trampoline_by_its_code(void **state)
{
	static const uint8_t code[] = { 0x90, 0x90, 0x90, 0x90, 0x48, 0xc7, 0xc0,
					15,   0,    0,	  0,	0x0f, 0x05, 0x90 };
	uint8_t other[sizeof(code)];
	struct ehframe_table *t;

	assert_int_equal(load_code(code, sizeof(code), PF_R | PF_X, DT_NULL, &t), 0);
	check_table("from the byte before to the last", t, "+3 signal; +d none");
	ehframe_free(t);
	assert_int_equal(load_code(code + 4, 9, PF_R | PF_X, DT_NULL, &t), 0);
	check_table("all there is", t, "+ffffffffffffffff signal; +9 none");
	ehframe_free(t);

	assert_int_equal(load_code(code, sizeof(code), PF_R, DT_NULL, &t), -ENODATA);
	assert_int_equal(load_code(code, sizeof(code) - 2, PF_R | PF_X, DT_NULL, &t), -ENODATA);
	memcpy(other, code, sizeof(code));
	assert_int_equal(load_code(code, sizeof(code), PF_R | PF_X, DT_NEEDED, &t), -ENODATA);
	other[7] = 14; /* another system call */
	assert_int_equal(load_code(other, sizeof(other), PF_R | PF_X, DT_NULL, &t), -ENODATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_every_truncation),
		cmocka_unit_test(survives_bit_flips),
		cmocka_unit_test(loads_an_open_file),
		cmocka_unit_test(loads_without_section_headers),
		cmocka_unit_test(a_segment_is_read_up_to_the_terminator),
		cmocka_unit_test(refuses_what_is_not_ours),
		cmocka_unit_test(loads_the_vdso),
		cmocka_unit_test(loads_debug_frame_as_the_only_source),
		cmocka_unit_test(loses_rbp_in_a_frame_of_go),
		cmocka_unit_test(recognises_a_signal_trampoline_by_its_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
