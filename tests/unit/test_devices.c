// SPDX-License-Identifier: BSD-2-Clause
/* test_devices.c - who is late is not asked again, and nobody else suffers. */
#include "profiler/parsing/devices.h"
#include "tests/unit/row.h"

#define DISK 1
#define FUSE 1000 /* and on */

static void who_is_late_is_not_asked_again(void **state)
{
	static const struct {
		const char *row;
		unsigned int answered, late;
		bool refused;
	} rows[] = {
		{ "nobody knows it", 0, 0, false },
		{ "it answers", 1, 0, false },
		{ "it never did", 0, 1, true },
		{ "it did for a while", 15, 1, true },
		{ "it is busy now and then", 16, 1, false },
		{ "it is busy, and used much", 1000, 60, false },
		{ "it has fallen silent", 1000, 63, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct devices devices = { 0 };

		for (unsigned int n = 0; n < rows[i].answered; n++)
			devices_answered(&devices, DISK);
		for (unsigned int n = 0; n < rows[i].late; n++)
			devices_late(&devices, DISK, 60);
		ROW_EQUAL(rows[i].row, devices_refuse(&devices, DISK), rows[i].refused);
		ROW_TRUE(rows[i].row, rows[i].late * 60 > 1000 || !devices_refuse(&devices, FUSE));
	}
}

/* More silent ones than are remembered: the disk is asked as ever, and no new one. */
static void nobody_else_suffers(void **state)
{
	struct devices devices = { 0 };
	unsigned int asked = 0;

	(void)state;
	devices_answered(&devices, DISK);
	for (uint64_t id = FUSE; id < FUSE + 1000; id++) {
		if (devices_refuse(&devices, id))
			continue;
		devices_late(&devices, id, 60);
		asked++;
	}
	assert_int_equal(asked, 17); /* a second */
	assert_false(devices_refuse(&devices, DISK));
	assert_true(devices_refuse(&devices, 7));
}

static void what_is_not_remembered_is_refused_in_the_end(void **state)
{
	struct devices devices = { 0 };

	(void)state;
	for (uint64_t id = 0; id < 2 * DEVICES_MAX; id++)
		devices_answered(&devices, id);
	assert_false(devices_refuse(&devices, 2 * DEVICES_MAX - 1));
	devices_late(&devices, 2 * DEVICES_MAX - 1, 2000);
	assert_true(devices_refuse(&devices, 2 * DEVICES_MAX - 1));
	assert_false(devices_refuse(&devices, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_late_is_not_asked_again),
		cmocka_unit_test(nobody_else_suffers),
		cmocka_unit_test(what_is_not_remembered_is_refused_in_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
