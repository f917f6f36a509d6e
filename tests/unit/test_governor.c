// SPDX-License-Identifier: BSD-2-Clause
/* Which rate follows from what the intervals cost. */
#include "profiler/source/governor.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

/* A run of equal intervals, and the divisor at its end. */
struct run {
	unsigned int cnt;
	double ticks;
	unsigned int divisor;
	double other;
};

static void the_rate_follows_the_cost(void **state)
{
	static const struct {
		const char *name;
		unsigned int freq_hz;
		struct run runs[8];
	} rows[] = {
		{ "below the limit nothing changes", 4999, { { 1000, 0.99, 1, 0 } } },
		{ "at the limit neither", 4999, { { 1000, 1.0, 1, 0 } } },
		{ "free of cost neither", 4999, { { 1000, 0, 1, 0 } } },
		{ "one dear interval is no reason",
		  4999,
		  { { 1, 50, 1, 0 }, { 1, 0.9, 1, 0 }, { 1, 50, 1, 0 }, { 1, 0.9, 1, 0 } } },
		{ "two in a row are", 4999, { { 1, 1.1, 1, 0 }, { 1, 1.1, 2, 0 } } },
		{ "as far as the limit demands, at once",
		  4999,
		  { { 1, 7, 1, 0 }, { 1, 7, 8, 0 } } },
		{ "a whole power of the limit exactly", 4999, { { 2, 4, 4, 0 } } },
		{ "the last of the two says how far", 4999, { { 1, 90, 1, 0 }, { 1, 1.5, 2, 0 } } },
		{ "further, if that was not enough",
		  4999,
		  { { 2, 3, 4, 0 }, { 1, 1.4, 4, 0 }, { 1, 1.4, 8, 0 } } },
		{ "never below 10 Hz", 99, { { 2, 1e9, 8, 0 }, { 100, 1e9, 8, 0 } } },
		{ "from 4999 Hz", 4999, { { 2, 1e9, 256, 0 } } },
		{ "19 Hz cannot be lowered", 19, { { 100, 1e9, 1, 0 } } },
		{ "20 Hz can", 20, { { 2, 1e9, 2, 0 } } },
		{ "1 Hz cannot", 1, { { 100, 1e9, 1, 0 } } },
		{ "the highest rate of all", 0xffffffffu, { { 2, 1e300, 1u << 28, 0 } } },
		{ "the rate comes back after five cheap intervals, step by step",
		  4999,
		  { { 2, 4, 4, 0 },
		    { 4, 0.3, 4, 0 },
		    { 1, 0.3, 2, 0 },
		    { 4, 0.3, 2, 0 },
		    { 1, 0.3, 1, 0 },
		    { 100, 0.3, 1, 0 } } },
		{ "not if twice the rate came close to the limit",
		  4999,
		  { { 2, 4, 4, 0 }, { 1000, 0.38, 4, 0 } } },
		{ "one that is not cheap begins the five again",
		  4999,
		  { { 2, 4, 4, 0 },
		    { 4, 0.3, 4, 0 },
		    { 1, 0.5, 4, 0 },
		    { 4, 0.3, 4, 0 },
		    { 1, 0.3, 2, 0 } } },
		{ "and is lowered again",
		  4999,
		  { { 2, 4, 4, 0 }, { 5, 0.2, 2, 0 }, { 2, 1.2, 4, 0 } } },
		{ "a cost that has nothing to do with the ticks is no reason",
		  4999,
		  { { 100, 0.12, 1, 50 } } },
		{ "the ticks are lowered to an eighth of the limit, no further",
		  4999,
		  { { 2, 2, 16, 50 }, { 100, 0.125, 16, 50 } } },
		{ "all of the limit is theirs if the rest is free", 4999, { { 2, 2, 2, 0 } } },
		{ "what is left to the ticks is what the rest leaves",
		  4999,
		  { { 2, 0.8, 2, 0.8 }, { 2, 0.4, 4, 0.8 } } },
		{ "it comes back whatever the rest costs",
		  4999,
		  { { 2, 2, 16, 50 }, { 5, 0.04, 8, 50 }, { 100, 0.08, 8, 50 } } },
		{ "a measure that is no number changes nothing", 4999, { { 100, NAN, 1, 0 } } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned int divisor = 1;
		struct governor g;

		governor_init(&g, rows[i].freq_hz);
		for (const struct run *run = rows[i].runs; run->cnt; run++) {
			for (unsigned int j = 0; j < run->cnt; j++)
				divisor = governor_decide(&g, (struct governor_cost){ run->ticks,
										      run->other });
			if (divisor != run->divisor)
				fail_msg("%s: run %td ends with 1/%u of the rate, not 1/%u",
					 rows[i].name, run - rows[i].runs + 1, divisor,
					 run->divisor);
		}
	}
}

/* Cost in proportion to the rate, and a part that is not: it settles, and stays. */
static void it_settles(void **state)
{
	static const struct {
		double fixed, full; /* shares of the limit */
	} rows[] = { { 0, 0.5 }, { 0, 1.5 }, { 0, 30 }, { 0.4, 5 },    { 0.9, 3 },
		     { 2, 3 },	 { 50, 3 },  { 0, 4 },	{ 0, 1.0001 }, { 0.36, 0.65 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned int divisor = 1, settled = 0;
		struct governor g;

		governor_init(&g, 4999);
		for (int j = 0; j < 1000; j++) {
			divisor = governor_decide(&g, (struct governor_cost){
							      .ticks = rows[i].full / divisor,
							      .other = rows[i].fixed });
			if (j == 100)
				settled = divisor;
		}
		assert_int_equal(divisor, settled);
		if (rows[i].fixed < 1)
			assert_true(rows[i].fixed + rows[i].full / divisor <= 1);
		/* Not lower than need be: twice the cost would be near the limit. */
		if (divisor > 1 && rows[i].fixed < 1)
			assert_true(2 * (rows[i].fixed + rows[i].full / divisor) > 0.75);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rate_follows_the_cost),
		cmocka_unit_test(it_settles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
