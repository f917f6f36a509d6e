// SPDX-License-Identifier: BSD-2-Clause
/*
 * Kernels that a walk by tables can lock up are told by their code, as recorded in
 * tests/golden/kernel.*.txt, and where there is none by what they call themselves.
 */
#include "profiler/source/lockup.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "profiler/source/kernel_text.h"

#define PLACES_MAX 16
#define READER	   0xffffffffc0000000 /* where the kernel keeps BPF programs */

struct place {
	char name[64];
	uint64_t ip;
	size_t size;
	uint8_t code[KERNEL_TEXT_SIZE];
};

static struct fake_text {
	struct kernel_text text;
	struct place places[PLACES_MAX];
	size_t cnt;
} fake;

static struct place *place_at(uint64_t ip)
{
	for (size_t i = 0; i < fake.cnt; i++) {
		if (ip >= fake.places[i].ip && ip - fake.places[i].ip < fake.places[i].size)
			return &fake.places[i];
	}
	return NULL;
}

static int look(struct kernel_text *text, uint64_t ip, struct kernel_look *out)
{
	uint64_t from = ip ? ip : READER;
	const struct place *place = place_at(from);

	memset(out, 0, sizeof(*out));
	out->ip = from;
	strcpy(out->name, place ? place->name : "something_else");
	for (size_t i = 0; i < sizeof(out->code); i++) {
		place = place_at(from + i);
		out->code[i] = place ? place->code[from + i - place->ip] : 0xcc;
	}
	return place_at(from) || from > READER / 2 ? 0 : -EFAULT;
}

static struct place *add(const char *name, uint64_t ip, size_t size)
{
	struct place *place = &fake.places[fake.cnt++];

	assert_true(fake.cnt <= PLACES_MAX && size <= sizeof(place->code));
	*place = (struct place){ .ip = ip, .size = size };
	snprintf(place->name, sizeof(place->name), "%s", name);
	return place;
}

/* A function at IP that does nothing but call TO. */
static void add_caller(const char *name, uint64_t ip, uint64_t to)
{
	struct place *place = add(name, ip, 16);
	int32_t off = (int32_t)(to - ip - 9);

	memcpy(place->code, "\xf3\x0f\x1e\xfa\xe8", 5);
	memcpy(place->code + 5, &off, sizeof(off));
	place->code[9] = 0xc3;
}

/* One without a name: there is none. */
static struct place *place_of(const char *name)
{
	static struct place none;
	size_t i = 0;

	while (i < fake.cnt && strcmp(fake.places[i].name, name))
		i++;
	return i < fake.cnt ? &fake.places[i] : &none;
}

static uint64_t ip_of(const char *name)
{
	return place_of(name)->ip;
}

static void read_kernel(const char *kernel)
{
	char path[64], line[256], name[64];
	struct place *place = NULL;
	size_t done = 0;
	unsigned long ip;
	size_t size;
	FILE *f;

	fake = (struct fake_text){ .text.look = look };
	snprintf(path, sizeof(path), "tests/golden/kernel.%s.txt", kernel);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (line[0] == '#')
			continue;
		if (sscanf(line, "function %63s %lx %zu", name, &ip, &size) == 3) {
			place = add(name, ip, size);
			done = 0;
		} else if (sscanf(line, "symbol %63s %lx", name, &ip) == 2) {
			add(name, ip, 1);
		} else {
			for (const char *at = line; sscanf(at, "%2hhx", &place->code[done]) == 1;
			     at += 2)
				done++;
		}
	}
	fclose(f);
	if (!ip_of("bpf_probe_read_user"))
		add_caller("bpf_probe_read_user", 0xffffffff81100000,
			   ip_of("copy_from_user_nofault"));
	add_caller("bpf_prog_0123456789abcdef_read_user", READER, ip_of("bpf_probe_read_user"));
}

static void code_says_which_kernel_locks_up(void **state)
{
	static const struct {
		const char *kernel;
		const char *gone; /* a symbol that this kernel does not have */
		enum lockup want;
	} rows[] = {
		{ "6.1.176", NULL, LOCKUP_NONE },
		{ "6.1-unfixed", NULL, LOCKUP_USERCOPY },
		{ "5.10.223", NULL, LOCKUP_NONE }, /* it checks, and takes no lock */
		{ "6.1-unfixed", "__check_object_size", LOCKUP_NONE }, /* without hardening */
		{ "6.1-unfixed", "find_vmap_area", LOCKUP_NONE },
		{ "6.1-unfixed", "copy_from_user_nofault", LOCKUP_UNKNOWN },
		{ "6.1-unfixed", "bpf_probe_read_user", LOCKUP_UNKNOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		read_kernel(rows[i].kernel);
		for (size_t nr = 0; nr < fake.cnt && rows[i].gone; nr++) {
			if (!strcmp(fake.places[nr].name, rows[i].gone))
				strcpy(fake.places[nr].name, "another");
		}
		ROW_EQUAL(rows[i].gone ? rows[i].gone : rows[i].kernel, lockup_by_code(&fake.text),
			  rows[i].want);
	}
}

/* The check's part for the heap may be a function of its own. */
static void a_part_of_the_check_is_looked_at(void **state)
{
	struct place *place;
	uint64_t part;

	read_kernel("6.1-unfixed");
	place = place_of("find_vmap_area");
	part = place->ip;
	*place = (struct place){ 0 };
	add("find_vmap_area", part + 0x1000, 1);
	add_caller("check_heap_object", part, part + 0x1000);
	assert_int_equal(lockup_by_code(&fake.text), LOCKUP_USERCOPY);
}

/* Of the functions behind copy_from_user_nofault() none counts. */
static void the_next_function_is_another(void **state)
{
	struct place *place;
	uint64_t end;

	read_kernel("6.1-unfixed");
	place = place_of("copy_from_user_nofault");
	memset(place->code, 0x90, sizeof(place->code));
	end = place->ip + place->size;
	add_caller("the_next", end, ip_of("__check_object_size"));
	assert_int_equal(lockup_by_code(&fake.text), LOCKUP_NONE);
}

static int cannot_look(struct kernel_text *text, uint64_t ip, struct kernel_look *out)
{
	return -EPERM;
}

static void what_cannot_be_read_is_not_known(void **state)
{
	struct kernel_text text = { .look = cannot_look };

	assert_int_equal(lockup_by_code(&text), LOCKUP_UNKNOWN);
}

static void versions_say_it_where_code_cannot_be_read(void **state)
{
	static const struct {
		const char *release, *version;
		bool is_soft;
		enum lockup want;
	} rows[] = {
		{ "5.18.19", "", false, LOCKUP_NONE },
		{ "5.19.0", "", false, LOCKUP_USERCOPY },
		{ "5.19.0", "", true, LOCKUP_NONE },
		{ "5.19.0-50-generic", "#50-Ubuntu SMP", false, LOCKUP_USERCOPY },
		{ "6.0.19", "", false, LOCKUP_USERCOPY },
		{ "6.1.25-37.47.amzn2023.x86_64", "#1 SMP", false, LOCKUP_USERCOPY },
		{ "6.1.35", "", false, LOCKUP_USERCOPY },
		{ "6.1.36", "", false, LOCKUP_NONE },
		{ "6.1.300", "", false, LOCKUP_NONE },
		{ "6.1.0-9-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.27-1 (2023-05-08)", false,
		  LOCKUP_USERCOPY },
		{ "6.1.0-10-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.37-1 (2023-07-03)", false,
		  LOCKUP_NONE },
		{ "6.2.16", "", false, LOCKUP_USERCOPY },
		{ "6.3.9-arch1-1", "", false, LOCKUP_USERCOPY },
		{ "6.3.10-arch1-1", "", false, LOCKUP_NONE },
		{ "6.4.0", "", false, LOCKUP_NONE },
		{ "6.18.44", "", false, LOCKUP_NONE },
		{ "5.14.0-427.el9", "", false, LOCKUP_NONE },
		{ "unheard-of", "", false, LOCKUP_NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct utsname uts = { 0 };

		snprintf(uts.release, sizeof(uts.release), "%s", rows[i].release);
		snprintf(uts.version, sizeof(uts.version), "%s", rows[i].version);
		ROW_EQUAL(rows[i].release, lockup_by_version(&uts, !rows[i].is_soft), rows[i].want);
	}
}

/* As root, where BPF is. */
static void the_running_kernels_code_is_read(void **state)
{
	struct kernel_text *text;
	struct kernel_look at;

	if (kernel_text_open(&text))
		skip();
	assert_int_equal(text->look(text, 0, &at), 0);
	assert_non_null(strstr(at.name, "read_user"));
	assert_int_not_equal(lockup_by_code(text), LOCKUP_UNKNOWN);
	kernel_text_close(text);
	kernel_text_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_says_which_kernel_locks_up),
		cmocka_unit_test(a_part_of_the_check_is_looked_at),
		cmocka_unit_test(the_next_function_is_another),
		cmocka_unit_test(what_cannot_be_read_is_not_known),
		cmocka_unit_test(versions_say_it_where_code_cannot_be_read),
		cmocka_unit_test(the_running_kernels_code_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
