// SPDX-License-Identifier: BSD-2-Clause
/* Why an interpreter is not read. */
#include "profiler/interpreters/unread.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <string.h>

static void each_has_a_reason(void **state)
{
	static const struct {
		const char *row;
		uint32_t version;
		uint64_t root;
		int err;
		const char *why, *name;
	} rows[] = {
		{ "known", 0x030b, 8, 0, "read", "python 3.11" },
		{ "2.7", 0x0207, 0, -ENOTSUP, "too_old", "python 2.7" },
		{ "3.6", 0x0306, 0, -ENOTSUP, "too_old", "python 3.6" },
		{ "3.7, patched", 0x0307, 8, -ENOTSUP, "not_as_known", "python 3.7" },
		{ "3.15, patched", 0x030f, 8, -ENOTSUP, "not_as_known", "python 3.15" },
		{ "3.16", 0x0310, 8, -ENOTSUP, "too_new", "python 3.16" },
		{ "no version", 0, 8, -ENOTSUP, "no_version", "python" },
		{ "stripped", 0x0309, 0, -ENOTSUP, "no_state_symbol", "python 3.9" },
		{ "absurd offsets", 0x030d, 8, -EBADMSG, "bad_offsets", "python 3.13" },
		{ "early", 0x030d, 8, -EAGAIN, "not_begun", "python 3.13" },
		{ "another user's", 0x030d, 8, -EACCES, "denied", "python 3.13" },
		{ "ended", 0x030d, 8, -ENOENT, "gone", "python 3.13" },
		{ "no time", 0x030d, 8, -EBUSY, "no_time", "python 3.13" },
		{ "anything else", 0x030d, 8, -ENOMEM, "unreadable", "python 3.13" },
	};
	char name[INTERPRETER_NAME_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct interpreter_file file = { .kind = INTERPRETER_PYTHON,
						       .version = rows[i].version,
						       .root = rows[i].root };
		enum interpreter_unread why = interpreter_unread_of(&file, rows[i].err);

		ROW_TRUE(rows[i].row, !strcmp(interpreter_unread_words(why)->name, rows[i].why));
		ROW_TRUE(rows[i].row, !strcmp(interpreter_name(&file, name), rows[i].name));
	}
}

static void each_reason_has_words(void **state)
{
	for (int why = UNREAD_NOT; why < UNREAD_CNT; why++)
		assert_true(interpreter_unread_words((enum interpreter_unread)why)->text[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_a_reason),
		cmocka_unit_test(each_reason_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
