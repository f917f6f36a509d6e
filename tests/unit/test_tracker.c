// SPDX-License-Identifier: BSD-2-Clause
/* Which process had what mapped, as sideband records and /proc tell it. */
#include "profiler/recording/tracker.h"
#include "symbolize/symbolizer.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <sys/resource.h>

static void no_further_file_is_the_reason(void **state)
{
	struct symbolizer_opts symbolizer_opts = { 0 };
	struct tracker_opts opts = { 0 };
	struct rlimit limit, none = { 0 };
	struct tracker *tracker;
	int err;

	assert_int_equal(symbolizer_new(&symbolizer_opts, &opts.symbolizer), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none.rlim_max = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	err = tracker_open(&opts, &tracker);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(err, -EMFILE);
	assert_null(tracker);
	symbolizer_free(opts.symbolizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_further_file_is_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
