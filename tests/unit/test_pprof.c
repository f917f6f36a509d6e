// SPDX-License-Identifier: BSD-2-Clause
/* test_pprof.c - pprof files: what is written, and that it reads back. */
#include "flamegraph/pprof/pprof.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/golden.h"
#include "tests/unit/pprof_bytes.h"
#include "tests/unit/pprof_message.h"

#define CNT(array) (sizeof(array) / sizeof(*(array)))

static void dump_head(const Pprof__Profile *m, FILE *f)
{
	for (size_t i = 0; i < m->n_values; i++)
		fprintf(f, "value %s/%s\n", text_of(m, m->values[i]->type),
			text_of(m, m->values[i]->unit));
	if (m->period_unit)
		fprintf(f, "period %ld %s/%s\n", m->period, text_of(m, m->period_unit->type),
			text_of(m, m->period_unit->unit));
	fprintf(f, "time %ld duration %ld\n", m->time_ns, m->duration_ns);
	for (size_t i = 0; i < m->n_comments; i++)
		fprintf(f, "comment %s\n", text_of(m, m->comments[i]));
	for (size_t i = 0; i < m->n_mappings; i++) {
		const Pprof__Mapping *p = m->mappings[i];

		fprintf(f, "mapping %lu %#lx-%#lx +%#lx `%s` `%s` has %d%d%d%d\n", p->id, p->start,
			p->end, p->offset, text_of(m, p->file), text_of(m, p->build_id),
			p->has_functions, p->has_files, p->has_lines, p->has_inlines);
	}
}

static void dump_body(const Pprof__Profile *m, FILE *f)
{
	for (size_t i = 0; i < m->n_functions; i++) {
		fprintf(f, "function %lu `%s` `%s`", m->functions[i]->id,
			text_of(m, m->functions[i]->name), text_of(m, m->functions[i]->file));
		if (m->functions[i]->first_line)
			fprintf(f, " from line %ld", m->functions[i]->first_line);
		fputc('\n', f);
	}
	for (size_t i = 0; i < m->n_locations; i++) {
		const Pprof__Location *l = m->locations[i];

		fprintf(f, "location %lu mapping %lu %#lx:", l->id, l->mapping, l->address);
		for (size_t j = 0; j < l->n_lines; j++)
			fprintf(f, " %lu:%ld", l->lines[j]->function, l->lines[j]->line);
		fputc('\n', f);
	}
	for (size_t i = 0; i < m->n_samples; i++) {
		const Pprof__Sample *s = m->samples[i];

		fprintf(f, "sample");
		for (size_t j = 0; j < s->n_values; j++)
			fprintf(f, " %ld", s->values[j]);
		fprintf(f, ":");
		for (size_t j = 0; j < s->n_locations; j++)
			fprintf(f, " %lu", s->locations[j]);
		for (size_t j = 0; j < s->n_labels; j++)
			fprintf(f, " %s=%s%ld", text_of(m, s->labels[j]->key),
				text_of(m, s->labels[j]->str), s->labels[j]->num);
		fputc('\n', f);
	}
}

static void compare_dump(const char *path, const char *bytes, size_t len)
{
	Pprof__Profile *m = unpack(bytes, len);
	char *text = NULL;
	size_t text_len;
	FILE *f = open_memstream(&text, &text_len);

	dump_head(m, f);
	dump_body(m, f);
	fclose(f);
	golden_compare(path, text, text_len);
	free(text);
	pprof__profile__free_unpacked(m, NULL);
}

/* Names only */

static void folded_stacks_survive_the_way_there_and_back(void **state)
{
	static const char *const rows[] = {
		"a 1\n",
		"a;b;c 12\na;b;d 3\n",
		"a;a;a 2\n",
		"c;main;k_[k] 1\n",
		"c;k1_[k];k2_[k] 9007199254740992\n",
		"c;main 6\nc;main;in_[i] 5\nc;main;in_[i];deeper_[i] 4\n",
		"c;k_[k];in_[i] 1\n",
		"c;j_[j];in_[i] 1\n",
		"j_[j];k_[k];u 3\n",
		"c;main;f (f.py:1)_[p];g (g.py)_[p] 1\n",
		"c;f_[p];f_[j];f_[i];f 1\n",
		"in_[i] 1\n",
		"in_[i];deeper_[i] 1\n",
		"c;in_[i] 2\nin_[i] 1\n",
		"[incomplete] 1\n",
		"[libfoo.so];[unknown] 2\n",
		"x _[k] 1\n",
		"f_[k]_[k] 1\n",
		"a b c;d e 3\n",
		"\xc3\xa4;\xf0\x9f\x94\xa5 1\n",
		"",
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		struct profile *p = profile_of(rows[i]), *back;
		struct pprof_result result;
		size_t len;
		char *bytes = write_pprof(p, &len);

		assert_int_equal(read_pprof(bytes, len, &back, &result), 0);
		assert_folded(back, rows[i]);
		assert_int_equal(result.bad_cnt, 0);
		assert_string_equal(result.value_type, "samples");
		free(bytes);
		profile_free(p);
		profile_free(back);
	}
}

static void fractions_are_rounded(void **state)
{
	struct profile *p = profile_of("a 0.4\nb 0.5\nc 2.6\n"), *back;
	struct pprof_result result;
	size_t len;
	char *bytes = write_pprof(p, &len);

	assert_int_equal(read_pprof(bytes, len, &back, &result), 0);
	assert_folded(back, "b 1\nc 3\n");
	free(bytes);
	profile_free(p);
	profile_free(back);
}

static void what_is_not_utf8_is_replaced(void **state)
{
	struct profile *p = profile_of("\xff"
				       "a\xc3;b\xe2\x82 1\n"),
		       *back;
	struct pprof_result result;
	size_t len;
	char *bytes = write_pprof(p, &len);

	assert_int_equal(read_pprof(bytes, len, &back, &result), 0);
	assert_folded(back, "\xef\xbf\xbd"
			    "a\xef\xbf\xbd;b\xef\xbf\xbd\xef\xbf\xbd 1\n");
	free(bytes);
	profile_free(p);
	profile_free(back);
}

static void samples_are_sorted_whatever_the_order_of_the_input(void **state)
{
	struct profile *a = profile_of("m;x;y 1\nm;x 2\nn 4\n"),
		       *b = profile_of("n 4\nm;x 2\nm;x;y 1\n");
	size_t a_len, b_len;
	char *a_bytes = write_pprof(a, &a_len), *b_bytes = write_pprof(b, &b_len);
	Pprof__Profile *ma = unpack(a_bytes, a_len), *mb = unpack(b_bytes, b_len);

	assert_int_equal(ma->n_samples, mb->n_samples);
	for (size_t i = 0; i < ma->n_samples; i++)
		assert_int_equal(ma->samples[i]->values[0], mb->samples[i]->values[0]);
	pprof__profile__free_unpacked(ma, NULL);
	pprof__profile__free_unpacked(mb, NULL);
	free(a_bytes);
	free(b_bytes);
	profile_free(a);
	profile_free(b);
}

/* More than names */

static void put_recording(FILE *f)
{
	static const struct pprof_unit values[] = { { "samples", "count" },
						    { "cpu", "nanoseconds" } };
	const struct pprof_facts facts = {
		.values = values,
		.value_cnt = 2,
		.period_unit = values[1],
		.period = 10101010,
		.time_ns = 1700000000000000000,
		.duration_ns = 5000000000,
		.comment = "{\"ticks\": 7}",
	};
	const struct pprof_line lines[] = { { 1, 12 }, { 2, 0 } };
	const struct pprof_label labels[] = { { "comm", "prog", 0 }, { "pid", NULL, 42 } };
	const uint64_t stack[] = { 2, 1, 3 };
	const int64_t weights[] = { 3, 30303030 };
	struct pprof *w;

	assert_int_equal(pprof_open(&facts, f, &w), 0);
	/* What refers to what comes in any order. */
	pprof_put_sample(w, &(struct pprof_sample){ stack, 3, weights, labels, 2 });
	pprof_put_location(w, &(struct pprof_location){ 1, 1, 0x401136, lines, 2 });
	pprof_put_location(w, &(struct pprof_location){ 2, 2, 0xffffffff81000000, &lines[1], 1 });
	pprof_put_location(w, &(struct pprof_location){ 3, 3, 0x7f0000001000, NULL, 0 });
	pprof_put_mapping(w, &(struct pprof_mapping){ 1, 0x401000, 0x402000, 0x1000, "/bin/prog",
						      "0123abcd", true, true, true });
	pprof_put_mapping(w, &(struct pprof_mapping){ 2, PPROF_KERNEL_START, UINT64_MAX, 0,
						      PPROF_KERNEL, NULL, true, false, false });
	pprof_put_mapping(w,
			  &(struct pprof_mapping){ 3, 0x7f0000000000, 0x7f0000010000, 0,
						   "/lib/libfoo.so.1", NULL, false, false, false });
	pprof_put_function(w, &(struct pprof_function){ 1, "inner", 5, "prog.c", 0 });
	pprof_put_function(w, &(struct pprof_function){ 2, "outer", 5, NULL, 0 });
	assert_int_equal(pprof_close(w), 0);
}

static void a_recording_has_all_that_is_known(void **state)
{
	struct pprof_result result;
	struct profile *p;
	char *bytes = NULL;
	size_t len;
	FILE *f = open_memstream(&bytes, &len);

	put_recording(f);
	fclose(f);
	compare_dump("tests/golden/recording.pprof.txt", bytes, len);
	assert_int_equal(read_pprof(bytes, len, &p, &result), 0);
	assert_folded(p, "prog;[libfoo.so.1];outer;inner_[i];outer_[k] 3\n");
	profile_free(p);
	free(bytes);
}

/* What has a name, a file and a line is one function with the three. */
static void functions_of_an_interpreter_are_told_apart(void **state)
{
	static const struct {
		const char *mapping, *file;
		int64_t first_line;
		const char *want;
	} rows[] = {
		{ PPROF_PYTHON, "/srv/app.py", 31, "run (app.py:31)_[p] 1\n" },
		{ PPROF_PYTHON, "/srv/app.py", 4294967295, "run (app.py:4294967295)_[p] 1\n" },
		{ PPROF_PYTHON, "/srv/app.py", 0, "run (app.py)_[p] 1\n" },
		{ PPROF_PYTHON, "app.py", 2, "run (app.py:2)_[p] 1\n" },
		{ PPROF_PYTHON, NULL, 2, "run_[p] 1\n" },
		{ PPROF_INTERPRETED, "<frozen zipimport>", 7,
		  "run (<frozen zipimport>:7)_[p] 1\n" },
		{ "/bin/prog", "/src/prog.c", 31, "run 1\n" },
		{ PPROF_JIT, "/srv/app.js", 31, "run_[j] 1\n" },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		const struct pprof_unit unit = { "samples", "count" };
		const struct pprof_facts facts = { .values = &unit, .value_cnt = 1 };
		const struct pprof_line line = { 1, 33 };
		const uint64_t stack = 1;
		const int64_t value = 1;
		struct pprof_result result;
		struct profile *p;
		char *bytes = NULL;
		size_t len;
		FILE *f = open_memstream(&bytes, &len);
		struct pprof *w;

		assert_int_equal(pprof_open(&facts, f, &w), 0);
		pprof_put_function(w, &(struct pprof_function){ 1, "run", 3, rows[i].file,
								rows[i].first_line });
		pprof_put_mapping(w, &(struct pprof_mapping){ .id = 1, .file = rows[i].mapping });
		pprof_put_location(w, &(struct pprof_location){ 1, 1, 0, &line, 1 });
		pprof_put_sample(w, &(struct pprof_sample){ &stack, 1, &value, NULL, 0 });
		assert_int_equal(pprof_close(w), 0);
		fclose(f);
		assert_int_equal(read_pprof(bytes, len, &p, &result), 0);
		assert_folded(p, rows[i].want);
		profile_free(p);
		free(bytes);
	}
}

static void golden_files_are_as_expected(void **state)
{
	static const char *const rows[][2] = {
		{ "tests/golden/kinds.folded", "tests/golden/kinds.pprof.txt" },
		{ "tests/golden/interpreted.folded", "tests/golden/interpreted.pprof.txt" },
	};

	for (size_t i = 0; i < CNT(rows); i++) {
		size_t len, in_len;
		char *in = golden_slurp(rows[i][0], &in_len), *bytes;
		struct profile *p = profile_of(in);

		bytes = write_pprof(p, &len);
		compare_dump(rows[i][1], bytes, len);
		free(bytes);
		free(in);
		profile_free(p);
	}
}

static void errors_of_the_stream_are_returned(void **state)
{
	struct profile *p = profile_of("a 1\n");
	FILE *full = fopen("/dev/full", "w");
	struct pprof_result result;

	assert_int_equal(pprof_write(p, NULL, full), -ENOSPC);
	fclose(full);
	full = fopen("tests", "r");
	assert_int_equal(pprof_read(p, full, &result), -EISDIR);
	fclose(full);
	profile_free(p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(folded_stacks_survive_the_way_there_and_back),
		cmocka_unit_test(fractions_are_rounded),
		cmocka_unit_test(what_is_not_utf8_is_replaced),
		cmocka_unit_test(samples_are_sorted_whatever_the_order_of_the_input),
		cmocka_unit_test(a_recording_has_all_that_is_known),
		cmocka_unit_test(functions_of_an_interpreter_are_told_apart),
		cmocka_unit_test(golden_files_are_as_expected),
		cmocka_unit_test(errors_of_the_stream_are_returned),
	};

	return cmocka_run_group_tests_name("pprof", tests, NULL, NULL);
}
