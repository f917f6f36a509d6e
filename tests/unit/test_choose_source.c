// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which source of samples is taken, and what is said of it.  bpf_source_open() and
 * perf_source_open() are this program's own: they open what a row allows.
 */
#include "profiler/source/choose_source.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <string.h>

#include "profiler/source/bpf_source.h"
#include "profiler/source/perf_source.h"
#include "profiler/source/source.h"

/* What this kernel and this user's privileges give. */
static struct kernel {
	int tables_err;	     /* of BPF that walks by tables; 0: it loads */
	int fp_err;	     /* of BPF by frame pointers */
	int perf_err;	     /* of perf events */
	enum source_why why; /* of a failing BPF source */
} kernel;

static struct sample_source bpf_source, perf_source;
static struct perf_scope scope;

int bpf_source_open(const struct source_opts *opts, struct refusal *refusal,
		    struct sample_source **out)
{
	int err = opts->unwind == UNWIND_BY_FP ? kernel.fp_err : kernel.tables_err;

	*out = NULL;
	if (err)
		return refusal_set(refusal, kernel.why, err, "bpf");
	*out = &bpf_source;
	return 0;
}

int perf_source_open(const struct source_opts *opts, struct refusal *refusal,
		     struct sample_source **out)
{
	*out = NULL;
	if (kernel.perf_err)
		return refusal_set(refusal, SOURCE_BEST, kernel.perf_err, "perf");
	*out = &perf_source;
	return 0;
}

static void the_best_source_that_opens_is_taken(void **state)
{
	static const struct {
		const char *name;
		struct kernel kernel;
		enum unwind_method unwind;
		const struct sample_source *want;
		enum source_why why;
		int err;
		const char *text; /* what the user would be told */
		enum source_why text_why;
	} rows[] = {
		{ "BPF", { 0 }, .unwind = UNWIND_AUTO, .want = &bpf_source },
		{ "no privilege",
		  { -EPERM, -EPERM, 0, SOURCE_NO_PRIVILEGE },
		  UNWIND_AUTO,
		  &perf_source,
		  SOURCE_NO_PRIVILEGE,
		  0,
		  "bpf",
		  SOURCE_NO_PRIVILEGE },
		{ "no BPF in the kernel",
		  { -ENOSYS, -ENOSYS, 0, SOURCE_NO_BPF },
		  UNWIND_BY_CFI,
		  &perf_source,
		  SOURCE_NO_BPF,
		  0,
		  "bpf",
		  SOURCE_NO_BPF },
		{ "no privilege for either",
		  { -EPERM, -EPERM, -EACCES, SOURCE_NO_PRIVILEGE },
		  UNWIND_AUTO,
		  NULL,
		  SOURCE_BEST,
		  -EACCES,
		  "perf",
		  SOURCE_NO_PRIVILEGE },
		{ "something that perf events would not mend",
		  { -ENODEV, 0, 0, SOURCE_BEST },
		  UNWIND_AUTO,
		  NULL,
		  SOURCE_BEST,
		  -ENODEV,
		  "bpf",
		  SOURCE_BEST },
		{ "no tables, but perf events",
		  { -EINVAL, 0, 0, SOURCE_NO_TABLES },
		  UNWIND_AUTO,
		  &perf_source,
		  SOURCE_NO_TABLES,
		  0,
		  "bpf",
		  SOURCE_NO_TABLES },
		{ "no tables, no perf events",
		  { -EINVAL, 0, -ENOSYS, SOURCE_NO_TABLES },
		  UNWIND_AUTO,
		  &bpf_source,
		  SOURCE_NO_TABLES,
		  0,
		  "bpf",
		  SOURCE_BEST },
		{ "no tables, which were asked for, no perf events",
		  { -EINVAL, 0, -ENOSYS, SOURCE_NO_TABLES },
		  UNWIND_BY_CFI,
		  NULL,
		  SOURCE_BEST,
		  -EINVAL,
		  "bpf",
		  SOURCE_BEST },
		{ "frame pointers that were asked for",
		  { -EINVAL, 0, 0, SOURCE_NO_TABLES },
		  .unwind = UNWIND_BY_FP,
		  .want = &bpf_source },
		{ "nothing",
		  { -EINVAL, -E2BIG, -ENOSYS, SOURCE_NO_TABLES },
		  UNWIND_AUTO,
		  NULL,
		  SOURCE_BEST,
		  -E2BIG,
		  "bpf",
		  SOURCE_BEST },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct source_opts opts = { .unwind = rows[i].unwind };
		struct refusal refusal = { 0 };
		struct sample_source *out;

		kernel = rows[i].kernel;
		bpf_source = (struct sample_source){ 0 };
		perf_source = (struct sample_source){ .scope = &scope };
		ROW_EQUAL(rows[i].name, source_open_best(&opts, &refusal, &out), rows[i].err);
		ROW_TRUE(rows[i].name, out == rows[i].want);
		if (out)
			ROW_EQUAL(rows[i].name, out->why, rows[i].why);
		ROW_EQUAL(rows[i].name, refusal.why, rows[i].text_why);
		ROW_TRUE(rows[i].name,
			 rows[i].text ? !strcmp(refusal.text, rows[i].text) : !refusal.text);
		refusal_fini(&refusal);
	}
}

static void a_refusal_says_the_last_thing_it_was_told(void **state)
{
	struct refusal refusal = { 0 };

	assert_false(refusal_log(&refusal));
	assert_int_equal(refusal_set(&refusal, SOURCE_NO_BPF, -ENOSYS, "no %s", "bpf"), -ENOSYS);
	assert_string_equal(refusal.text, "no bpf");
	assert_int_equal(refusal_set(&refusal, SOURCE_BEST, -ENOMEM, NULL), -ENOMEM);
	assert_int_equal(refusal.err, -ENOMEM);
	assert_int_equal(refusal.why, SOURCE_BEST);
	assert_null(refusal.text);
	assert_false(refusal_log(&refusal));
	refusal_set(&refusal, SOURCE_BEST, -EIO, "cannot open a source");
	refusal_add_libbpf(&refusal);
	assert_true(refusal_log(&refusal));
	refusal_fini(&refusal);
	assert_null(refusal.text);
	assert_null(refusal.detail);
}

static void an_errno_says_why_bpf_is_refused(void **state)
{
	static const struct {
		const char *name;
		int err;
		enum source_why why;
	} rows[] = {
		{ "no such call", -ENOSYS, SOURCE_NO_BPF },
		{ "not permitted", -EPERM, SOURCE_NO_PRIVILEGE },
		{ "denied", -EACCES, SOURCE_NO_PRIVILEGE },
		{ "the verifier", -EINVAL, SOURCE_BEST },
		{ "no memory", -ENOMEM, SOURCE_NO_MEMORY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ROW_EQUAL(rows[i].name, refusal_why(rows[i].err), rows[i].why);
}

static void a_recording_is_told_what_it_gets(void **state)
{
	static const struct kernel kernels[] = {
		{ 0 },
		{ -EPERM, -EPERM, 0, SOURCE_NO_PRIVILEGE },
		{ -EINVAL, 0, -ENOSYS, SOURCE_NO_TABLES },
		{ -ENODEV, -ENODEV, 0, SOURCE_BEST },
	};
	static const int errs[] = { 0, 0, 0, -ENODEV };

	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct source_opts opts = { .unwind = UNWIND_AUTO };
		struct sample_source *out;

		kernel = kernels[i];
		assert_int_equal(source_open(&opts, &out), errs[i]);
		assert_true(!out == !!errs[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_source_that_opens_is_taken),
		cmocka_unit_test(a_refusal_says_the_last_thing_it_was_told),
		cmocka_unit_test(an_errno_says_why_bpf_is_refused),
		cmocka_unit_test(a_recording_is_told_what_it_gets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
