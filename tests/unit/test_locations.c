// SPDX-License-Identifier: BSD-2-Clause
/* test_locations.c - a recording as pprof: its names are the report's, its addresses the samples'. */
#include "profiler/report/locations.h"
#include "tests/unit/row.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf/sample.h"
#include "flamegraph/pprof/pprof.h"
#include "tests/unit/asking.h"
#include "tests/unit/child.h"
#include "tests/unit/pprof_bytes.h"
#include "tests/unit/pprof_message.h"
#include "tests/unit/recorded.h"

#define PERIOD_NS 10000000 /* of recorded_build()'s 100 Hz */

/* A recording, and the file that is made of it. */
struct written {
	struct recorded r;
	Pprof__Profile *message;
	struct profile *names; /* what a reader makes of the file */
};

/* CHANGE may be NULL; else it changes the answers that the report is built from. */
static struct written write_changed(struct fake_source *fake, void (*change)(struct recorded *r))
{
	struct pprof_result result;
	struct written w;
	char *bytes = NULL;
	size_t len;
	FILE *f = open_memstream(&bytes, &len);

	assert_non_null(f);
	recorded_open(&w.r, fake);
	recorded_sample(&w.r, fake);
	recorded_ask(&w.r);
	if (change)
		change(&w.r);
	recorded_build(&w.r, fake, &(struct report_opts){ 0 });
	assert_int_equal(locations_write(&w.r.report, &w.r.ledger, f), 0);
	fclose(f);
	w.message = unpack(bytes, len);
	assert_int_equal(read_pprof(bytes, len, &w.names, &result), 0);
	assert_int_equal(result.bad_cnt, 0);
	free(bytes);
	return w;
}

static struct written write_locations(struct fake_source *fake)
{
	return write_changed(fake, NULL);
}

static void free_written(struct written *w, struct fake_source *fake)
{
	profile_free(w->names);
	pprof__profile__free_unpacked(w->message, NULL);
	recorded_close(&w->r, fake);
}

static const Pprof__Mapping *mapping_of(const Pprof__Profile *m, const Pprof__Location *location)
{
	for (size_t i = 0; i < m->n_mappings; i++) {
		if (m->mappings[i]->id == location->mapping)
			return m->mappings[i];
	}
	return NULL;
}

/* The location of frame I, the innermost is 0, of sample NR. */
static const Pprof__Location *location_at(const Pprof__Profile *m, size_t nr, size_t i)
{
	assert_true(nr < m->n_samples && i < m->samples[nr]->n_locations);
	for (size_t at = 0; at < m->n_locations; at++) {
		if (m->locations[at]->id == m->samples[nr]->locations[i])
			return m->locations[at];
	}
	fail_msg("sample %zu has no location %zu", nr, i);
	return NULL;
}

static const Pprof__Function *function_at(const Pprof__Profile *m, const Pprof__Location *location,
					  size_t line)
{
	assert_true(line < location->n_lines);
	for (size_t i = 0; i < m->n_functions; i++) {
		if (m->functions[i]->id == location->lines[line]->function)
			return m->functions[i];
	}
	fail_msg("line %zu has no function", line);
	return NULL;
}

static const char *file_name_of(const Pprof__Profile *m, const Pprof__Location *location)
{
	const Pprof__Mapping *mapping = mapping_of(m, location);
	const char *path = mapping ? text_of(m, mapping->file) : "none",
		   *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static struct child start_shapes(const char *shape, struct known *known)
{
	char path[4096];
	struct child child = start(shape_path(shape, path));

	assert_true(read_known(&child, known) >= 3);
	assert_string_equal(known[0].name, "shape_exported");
	assert_string_equal(known[1].name, "shape_local");
	assert_string_equal(known[2].name, "shape_far");
	return child;
}

#define USER(ips)   .user = (ips), .user_cnt = ARRAY_SIZE(ips)
#define KERNEL(ips) .kernel = (ips), .kernel_cnt = ARRAY_SIZE(ips)

static void names_are_those_of_the_report(void **state)
{
	struct known known[MAX_FUNCTIONS];
	struct child child = start_shapes("shapes.pie", known);
	const uint64_t stack[] = { known[0].ip, known[1].ip + 3, known[2].ip + 3 };
	const uint64_t kernel[] = { FAKE_READ + 4, FAKE_SYSCALL + 4 };
	const uint32_t pid = (uint32_t)child.pid;
	const struct raw_sample samples[] = {
		{ .tgid = pid, .comm = "a", USER(stack), .user_end = UNWIND_END, .count = 3 },
		{ .tgid = pid,
		  .comm = "a",
		  USER(stack),
		  KERNEL(kernel),
		  .user_end = UNWIND_END,
		  .count = 2,
		  .divisor = 4 },
		{ .tgid = pid, .comm = "b", USER(stack), .user_end = UNWIND_BAD_FP, .count = 1 },
		{ .tgid = pid, .comm = SIXTEEN_LETTERS, KERNEL(kernel), .count = 5 },
	};
	struct fake_step steps[ARRAY_SIZE(samples)] = { { 0 } };
	struct fake_source fake = fake_source(steps, ARRAY_SIZE(steps));
	struct written w;
	char *want, *got;

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		steps[i].sample = &samples[i];
	w = write_locations(&fake);
	want = folded_of(w.r.report.profile);
	got = folded_of(w.names);
	assert_string_equal(got, want);
	assert_non_null(strstr(got, "a;shape_far;shape_local;shape_exported;do_syscall_64_[k];"
				    "vfs_read_[k] 8\n"));
	assert_non_null(strstr(got, "b;[incomplete];shape_far;"));
	free(want);
	free(got);
	free_written(&w, &fake);
	end(&child);
}

static void addresses_are_in_their_mappings(void **state)
{
	struct known known[MAX_FUNCTIONS];
	struct child child = start_shapes("shapes.id", known);
	const uint64_t stack[] = { known[0].ip, known[1].ip + 3 };
	const uint64_t kernel[] = { FAKE_READ + 4, FAKE_SYSCALL + 4 };
	const struct raw_sample sample = { .tgid = (uint32_t)child.pid,
					   .comm = "a",
					   USER(stack),
					   KERNEL(kernel),
					   .user_end = UNWIND_END,
					   .count = 1 };
	const struct fake_step step = { .sample = &sample };
	struct fake_source fake = fake_source(&step, 1);
	struct written w = write_locations(&fake);
	const Pprof__Profile *m = w.message;
	/* Of a caller the address within its call. */
	const uint64_t want[] = { kernel[0], kernel[1] - 1, stack[0], stack[1] - 1 };
	const char *const files[] = { PPROF_KERNEL, PPROF_KERNEL, "shapes.id", "shapes.id" };

	assert_int_equal(m->n_samples, 1);
	assert_int_equal(m->samples[0]->n_locations, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		const Pprof__Location *location = location_at(m, 0, i);
		const Pprof__Mapping *mapping = mapping_of(m, location);

		assert_int_equal(location->address, want[i]);
		assert_string_equal(file_name_of(m, location), files[i]);
		assert_true(mapping->start <= want[i] && want[i] < mapping->end);
		assert_true(mapping->has_functions);
		assert_false(mapping->has_lines || mapping->has_inlines);
	}
	assert_true(mapping_of(m, location_at(m, 0, 0))->start == PPROF_KERNEL_START);
	/* The first mapping is taken for the program. */
	assert_int_equal(m->n_mappings, 2);
	assert_string_equal(file_name_of(m, location_at(m, 0, 2)), "shapes.id");
	assert_int_equal(m->mappings[0]->id, location_at(m, 0, 2)->mapping);
	assert_string_equal(text_of(m, m->mappings[0]->build_id), "0123456789abcdef");
	free_written(&w, &fake);
	end(&child);
}

static void lines_and_inlined_functions_are_there(void **state)
{
	struct known known[MAX_FUNCTIONS];
	struct child child = start_shapes("shapes.pie", known);
	uint64_t ips[8];
	struct raw_sample samples[ARRAY_SIZE(ips)];
	struct fake_step steps[ARRAY_SIZE(ips)] = { { 0 } };
	struct fake_source fake = fake_source(steps, ARRAY_SIZE(steps));
	const Pprof__Location *inlined = NULL;
	struct written w;

	/* Where in the function the inlined call is, the compiler knows. */
	for (size_t i = 0; i < ARRAY_SIZE(ips); i++) {
		ips[i] = known[0].ip + i;
		samples[i] = (struct raw_sample){ .tgid = (uint32_t)child.pid,
						  .comm = "a",
						  .user = &ips[i],
						  .user_cnt = 1,
						  .user_end = UNWIND_END,
						  .count = 1 };
		steps[i].sample = &samples[i];
	}
	fake.with_dwarf = true;
	w = write_locations(&fake);
	for (size_t i = 0; i < ARRAY_SIZE(ips); i++) {
		if (location_at(w.message, i, 0)->n_lines == 2)
			inlined = location_at(w.message, i, 0);
	}
	assert_non_null(inlined);
	assert_string_equal(text_of(w.message, function_at(w.message, inlined, 0)->name),
			    "shape_inlined");
	assert_string_equal(text_of(w.message, function_at(w.message, inlined, 1)->name),
			    "shape_exported");
	for (size_t line = 0; line < 2; line++) {
		const char *file = text_of(w.message, function_at(w.message, inlined, line)->file);

		assert_non_null(strstr(file, "tests/fixtures/shapes.c"));
		assert_true(inlined->lines[line]->line > 0);
	}
	assert_true(inlined->lines[0]->line < inlined->lines[1]->line); /* as they stand there */
	assert_true(mapping_of(w.message, inlined)->has_lines);
	assert_true(mapping_of(w.message, inlined)->has_inlines);
	free_written(&w, &fake);
	end(&child);
}

/* Two processes of one program at the same address have one mapping, others have two. */
static void a_mapping_is_there_once(void **state)
{
	static const struct {
		const char *shape;
		size_t mapping_cnt;
	} rows[] = { { "shapes.nopie", 1 }, { "shapes.static-pie", 2 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct known one[MAX_FUNCTIONS], two[MAX_FUNCTIONS];
		struct child a = start_shapes(rows[i].shape, one),
			     b = start_shapes(rows[i].shape, two);
		const uint64_t first[] = { one[0].ip, one[1].ip + 3 }, second[] = { two[0].ip };
		const struct raw_sample samples[] = {
			{ .tgid = (uint32_t)a.pid,
			  .comm = "a",
			  USER(first),
			  .user_end = UNWIND_END,
			  .count = 1 },
			{ .tgid = (uint32_t)b.pid,
			  .comm = "b",
			  USER(second),
			  .user_end = UNWIND_END,
			  .count = 2 },
		};
		const struct fake_step steps[] = { { .sample = &samples[0] },
						   { .sample = &samples[1] } };
		struct fake_source fake = fake_source(steps, 2);
		struct written w = write_locations(&fake);

		ROW_EQUAL(rows[i].shape, w.message->n_mappings, rows[i].mapping_cnt);
		/* Locations, too; the label [incomplete] has one. */
		ROW_EQUAL(rows[i].shape, w.message->n_locations, rows[i].mapping_cnt + 2);
		free_written(&w, &fake);
		end(&a);
		end(&b);
	}
}

static void what_is_in_no_file_has_its_mapping(void **state)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const uint64_t generated[] = { (uint64_t)(uintptr_t)code + 8, 0x1000 };
	const struct raw_sample samples[] = {
		{ .tgid = (uint32_t)getpid(),
		  .comm = "a",
		  USER(generated),
		  .user_end = UNWIND_END,
		  .count = 1 },
		{ .tgid = 0,
		  .comm = "foreign",
		  USER(generated),
		  .user_end = UNWIND_END,
		  .count = 1 },
	};
	const struct fake_step steps[] = { { .sample = &samples[0] }, { .sample = &samples[1] } };
	struct fake_source fake = fake_source(steps, 2);
	struct written w;

	assert_true(code != MAP_FAILED);
	w = write_locations(&fake);
	assert_int_equal(w.message->n_mappings, 1);
	assert_string_equal(file_name_of(w.message, location_at(w.message, 0, 0)), PPROF_JIT);
	assert_false(mapping_of(w.message, location_at(w.message, 0, 0))->has_functions);
	assert_null(mapping_of(w.message, location_at(w.message, 0, 1))); /* a stray address */
	assert_null(mapping_of(w.message, location_at(w.message, 1, 0))); /* of no known process */
	assert_int_equal(location_at(w.message, 1, 0)->address, generated[0]);
	free_written(&w, &fake);
	munmap(code, 4096);
}

/* Of the two frames that one function evaluates the inner one is shown, in two lines. */
static void evaluate_two_lines(struct recorded *r)
{
	static const struct sym_given frames[] = {
		{ "handle", SYM_INTERPRETED, "[python]", "/srv/shop/views.py", 31, 39 },
		{ "handle", SYM_INTERPRETED, "[python]", "/srv/shop/views.py", 31, 40 },
		{ "handle", SYM_INTERPRETED, "[python]", "/srv/shop/api.py", 31, 0 },
		{ "[unknown]", SYM_INTERPRETED, NULL, NULL, 0, 0 },
	};

	for (struct collect_cursor at = { 0 }; collect_next(r->collect, &at);) {
		uint32_t *answers = r->report.answers + at.first_frame;

		answers[0] = REPORT_HIDDEN;
		assert_int_equal(symbolizer_ask_given(r->symbolizer, &frames[at.sample->tid],
						      &answers[1]),
				 0);
	}
}

static void interpreted_functions_have_a_file_and_lines_and_no_address(void **state)
{
	struct known known[MAX_FUNCTIONS];
	struct child child = start_shapes("shapes.pie", known);
	const uint64_t stack[] = { known[0].ip, known[1].ip + 3, known[2].ip + 3 };
	struct raw_sample samples[4];
	struct fake_step steps[ARRAY_SIZE(samples)] = { { 0 } };
	struct fake_source fake = fake_source(steps, ARRAY_SIZE(steps));
	const Pprof__Location *at[ARRAY_SIZE(samples)];
	const Pprof__Function *functions[ARRAY_SIZE(samples)];
	const Pprof__Mapping *mapping;
	struct written w;
	char *want, *got;

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		samples[i] = (struct raw_sample){ .tgid = (uint32_t)child.pid,
						  .tid = (uint32_t)i,
						  .comm = "a",
						  USER(stack),
						  .user_end = UNWIND_END,
						  .count = 1 };
		steps[i].sample = &samples[i];
	}
	w = write_changed(&fake, evaluate_two_lines);
	want = folded_of(w.r.report.profile);
	got = folded_of(w.names);
	assert_string_equal(want, "a;shape_far;[unknown]_[p] 1\n"
				  "a;shape_far;handle (api.py:31)_[p] 1\n"
				  "a;shape_far;handle (views.py:31)_[p] 2\n");
	assert_string_equal(got, want);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		assert_int_equal(w.message->samples[i]->n_locations, 2);
		at[i] = location_at(w.message, i, 0);
		functions[i] = function_at(w.message, at[i], 0);
		assert_int_equal(at[i]->address, 0);
		assert_int_equal(at[i]->n_lines, 1);
		assert_int_equal(functions[i]->first_line, i < 3 ? 31 : 0);
		if (i < 3)
			assert_string_equal(text_of(w.message, functions[i]->name), "handle");
	}
	assert_int_equal(at[0]->lines[0]->line, 39);
	assert_int_equal(at[1]->lines[0]->line, 40);
	assert_int_equal(at[2]->lines[0]->line, 0);
	assert_ptr_equal(functions[0], functions[1]);
	assert_string_equal(text_of(w.message, functions[0]->file), "/srv/shop/views.py");
	assert_string_equal(text_of(w.message, functions[2]->file), "/srv/shop/api.py");
	mapping = mapping_of(w.message, at[0]);
	assert_string_equal(text_of(w.message, mapping->file), "[python]");
	assert_ptr_equal(mapping_of(w.message, at[2]), mapping);
	assert_true(mapping->has_functions && mapping->has_files && mapping->has_lines);
	assert_string_equal(file_name_of(w.message, at[3]), PPROF_INTERPRETED);
	assert_false(mapping->start || mapping->end || mapping->has_inlines);
	/* It is not taken for the program. */
	assert_string_equal(file_name_of(w.message, location_at(w.message, 0, 1)), "shapes.pie");
	assert_int_equal(w.message->mappings[0]->id, location_at(w.message, 0, 1)->mapping);
	free(want);
	free(got);
	free_written(&w, &fake);
	end(&child);
}

/* A value of KEY in sample NR: its text, else its number as text; "": none. */
static const char *label_of(const Pprof__Profile *m, size_t nr, const char *key)
{
	static char number[32];
	const Pprof__Sample *sample = m->samples[nr];

	for (size_t i = 0; i < sample->n_labels; i++) {
		const Pprof__Label *label = sample->labels[i];

		if (strcmp(text_of(m, label->key), key))
			continue;
		snprintf(number, sizeof(number), "%ld", label->num);
		return label->str ? text_of(m, label->str) : number;
	}
	return "";
}

static void samples_have_their_values_and_labels(void **state)
{
	struct known known[MAX_FUNCTIONS];
	struct child child = start_shapes("shapes.pie", known);
	const uint64_t stack[] = { known[0].ip };
	const struct raw_sample samples[] = {
		{ .tgid = (uint32_t)child.pid,
		  .tid = 77,
		  .comm = "app",
		  USER(stack),
		  .user_end = UNWIND_END,
		  .count = 3,
		  .divisor = 2 },
		{ .tgid = (uint32_t)child.pid,
		  .comm = SIXTEEN_LETTERS,
		  USER(stack),
		  .user_end = UNWIND_END,
		  .count = 4 },
	};
	const struct fake_step steps[] = { { .sample = &samples[0] }, { .sample = &samples[1] } };
	struct fake_source fake = fake_source(steps, 2);
	struct written w = write_locations(&fake);
	const Pprof__Profile *m = w.message;
	char pid[32];

	snprintf(pid, sizeof(pid), "%d", child.pid);
	assert_int_equal(m->n_values, 2);
	assert_string_equal(text_of(m, m->values[0]->type), "samples");
	assert_string_equal(text_of(m, m->values[1]->unit), "nanoseconds");
	assert_int_equal(m->samples[0]->values[0], 6);
	assert_int_equal(m->samples[0]->values[1], 6 * PERIOD_NS);
	assert_int_equal(m->samples[1]->values[0], 4);
	assert_string_equal(label_of(m, 0, "comm"), "app");
	assert_string_equal(label_of(m, 0, "thread"), "77");
	assert_string_equal(label_of(m, 0, "pid"), pid);
	assert_string_equal(label_of(m, 1, "comm"), "sixteen letters!");
	assert_string_equal(label_of(m, 1, "thread"), "");
	assert_int_equal(m->period, PERIOD_NS);
	assert_int_equal(m->time_ns, w.r.ledger.start_ns);
	assert_int_equal(m->duration_ns, 1500000000);
	assert_int_equal(m->n_comments, 1);
	assert_non_null(strstr(text_of(m, m->comments[0]), "{\"event\": \"cpu-clock\", "));
	free_written(&w, &fake);
	end(&child);
}

/* Cycles are no time: then there is no second value. */
static void only_clocks_have_nanoseconds(void **state)
{
	static const struct {
		const char *event;
		unsigned int freq_hz;
		size_t value_cnt;
	} rows[] = {
		{ "cpu-clock", 100, 2 },
		{ "task-clock", 100, 2 },
		{ "cycles", 100, 1 },
		{ "cpu-clock", 0, 1 },
	};
	struct fake_source fake = fake_source(NULL, 0);
	struct recorded r;

	recorded_run(&r, &fake, &(struct report_opts){ 0 });
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		Pprof__Profile *m;
		char *bytes = NULL;
		size_t len;
		FILE *f = open_memstream(&bytes, &len);

		r.ledger.event = rows[i].event;
		r.ledger.freq_hz = rows[i].freq_hz;
		assert_int_equal(locations_write(&r.report, &r.ledger, f), 0);
		fclose(f);
		m = unpack(bytes, len);
		ROW_EQUAL(rows[i].event, m->n_values, rows[i].value_cnt);
		ROW_EQUAL(rows[i].event, m->n_samples, 0);
		pprof__profile__free_unpacked(m, NULL);
		free(bytes);
	}
	recorded_close(&r, &fake);
}

static void a_full_disk_is_an_error(void **state)
{
	struct fake_source fake = fake_source(NULL, 0);
	FILE *f = fopen("/dev/full", "w");
	struct recorded r;

	assert_non_null(f);
	recorded_run(&r, &fake, &(struct report_opts){ 0 });
	assert_true(locations_write(&r.report, &r.ledger, f) < 0);
	fclose(f);
	recorded_close(&r, &fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_the_report),
		cmocka_unit_test(addresses_are_in_their_mappings),
		cmocka_unit_test(lines_and_inlined_functions_are_there),
		cmocka_unit_test(a_mapping_is_there_once),
		cmocka_unit_test(what_is_in_no_file_has_its_mapping),
		cmocka_unit_test(interpreted_functions_have_a_file_and_lines_and_no_address),
		cmocka_unit_test(samples_have_their_values_and_labels),
		cmocka_unit_test(only_clocks_have_nanoseconds),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
