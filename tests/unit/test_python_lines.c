// SPDX-License-Identifier: BSD-2-Clause
/* Lines of instructions: small tables of each form, and what Python says of its own library. */
#include "profiler/interpreters/python.h"
#include "tests/unit/row.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/python_child.h"

#define BEFORE ((uint32_t)-1) /* a frame that has not begun */

static void tables_are_read_as_their_version_writes_them(void **state)
{
	static const struct {
		const char *row;
		uint32_t version;
		const char *lines;
		size_t size;
		uint32_t at, want; /* of code that begins in line 100 */
	} rows[] = {
		{ "3.7: the first line", 0x307, "\x04\x01\x06\x02", 4, 0, 100 },
		{ "3.7: before a pair", 0x307, "\x04\x01\x06\x02", 4, 2, 100 },
		{ "3.7: at a pair", 0x307, "\x04\x01\x06\x02", 4, 4, 101 },
		{ "3.7: behind the last", 0x307, "\x04\x01\x06\x02", 4, 200, 103 },
		{ "3.7: a line back", 0x307, "\x04\x05\x02\xfd", 4, 6, 102 },
		{ "3.8: 300 lines", 0x308, "\x02\x7f\0\x7f\0\x2e", 6, 2, 400 },
		{ "3.9: 300 bytes", 0x309, "\xff\0\x2d\x01", 4, 299, 100 },
		{ "3.9: behind them", 0x309, "\xff\0\x2d\x01", 4, 300, 101 },
		{ "3.9: half a pair", 0x309, "\x02\x01\x02", 3, 4, 101 },
		{ "3.9: no table", 0x309, "", 0, 4, 100 },
		{ "3.9: before the first", 0x309, "\x02\x01", 2, BEFORE, 100 },

		/* `at` is in units of two bytes. */
		{ "3.10: the first range", 0x30a, "\x04\x01\x06\x02", 4, 1, 101 },
		{ "3.10: the second", 0x30a, "\x04\x01\x06\x02", 4, 2, 103 },
		{ "3.10: its end", 0x30a, "\x04\x01\x06\x02", 4, 4, 103 },
		{ "3.10: behind it", 0x30a, "\x04\x01\x06\x02", 4, 5, 0 },
		{ "3.10: no line", 0x30a, "\x04\x01\x02\x80\x02\x01", 6, 2, 0 },
		{ "3.10: behind no line", 0x30a, "\x04\x01\x02\x80\x02\x01", 6, 3, 102 },
		{ "3.10: an empty range", 0x30a, "\0\x7f\x02\x01", 4, 0, 228 },
		{ "3.10: a line back", 0x30a, "\x02\x05\x02\xfb", 4, 1, 100 },
		{ "3.10: half a pair", 0x30a, "\x02\x01\x02", 3, 1, 0 },
		{ "3.10: before the first", 0x30a, "\x02\x01", 2, BEFORE, 100 },

		/* 0x80 | kind << 3 | units - 1 */
		{ "3.11: short, the same line", 0x30b, "\x81\x12", 2, 2, 100 },
		{ "3.11: behind the end", 0x30b, "\x81\x12", 2, 4, 0 },
		{ "3.11: one line, delta 0", 0x30b, "\xd0\x01\x02", 3, 0, 100 },
		{ "3.11: one line, delta 2", 0x30b, "\xe0\x01\x02", 3, 0, 102 },
		{ "3.11: no columns, 3 on", 0x30b, "\xe8\x06", 2, 0, 103 },
		{ "3.11: no columns, 3 back", 0x30b, "\xe8\x07", 2, 0, 97 },
		{ "3.11: 1000 on", 0x30b, "\xe8\x50\x1f", 3, 0, 1100 },
		{ "3.11: long", 0x30b, "\xf0\x04\x01\x02\x03", 5, 0, 102 },
		{ "3.11: no line", 0x30b, "\xf8\x81\x12", 3, 0, 0 },
		{ "3.11: behind no line", 0x30b, "\xe8\x06\xf8\x81\x12", 5, 4, 103 },
		{ "3.12: the second entry", 0x30c, "\x80\x12\xd8\x01\x02", 5, 2, 101 },
		{ "3.13: a number without an end", 0x30d, "\xe8\x7f", 2, 0, 69 },
		{ "3.14: no table", 0x30e, "", 0, 0, 0 },
		{ "3.14: before the first", 0x30e, "\x80\x12", 2, (uint32_t)-2, 100 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ROW_EQUAL(rows[i].row,
			  python_line(rows[i].version, (const uint8_t *)rows[i].lines, rows[i].size,
				      100, rows[i].at),
			  rows[i].want);
}

/*
 * Some modules of the standard library, or those that MODULES is the pattern of: each function's
 * table, and the ranges of its bytes that have a line, 0 for those that have none.
 */
static const char script[] =
	"import dis, glob, os, sys, types, warnings\n"
	"warnings.simplefilter('ignore')\n"
	"print('python')\n"
	"print('version %d' % (sys.hexversion >> 16))\n"
	"def ranges(code):\n"
	"    if hasattr(code, 'co_lines'):\n"
	"        for start, end, line in code.co_lines():\n"
	"            yield start, end, line or 0\n"
	"        return\n"
	"    starts = list(dis.findlinestarts(code)) + [(len(code.co_code), 0)]\n"
	"    for (start, line), (end, _) in zip(starts, starts[1:]):\n"
	"        yield start, end, line\n"
	"def tell(code):\n"
	"    table = getattr(code, 'co_linetable', None) or code.co_lnotab\n"
	"    print('code %d %s %s' % (code.co_firstlineno, table.hex() or '-', code.co_name))\n"
	"    for each in ranges(code):\n"
	"        print('%d %d %d' % each)\n"
	"    for const in code.co_consts:\n"
	"        if isinstance(const, types.CodeType):\n"
	"            tell(const)\n"
	"library = os.path.dirname(os.__file__)\n"
	"pattern = os.environ.get('MODULES', '[di]*.py')\n"
	"for path in glob.glob(os.path.join(library, pattern), recursive=True):\n"
	"    try:\n"
	"        code = compile(open(path, 'rb').read(), path, 'exec')\n"
	"    except (SyntaxError, ValueError):\n"
	"        continue\n"
	"    tell(code)\n";

struct table {
	char name[256];
	uint8_t *bytes;
	size_t size;
	uint32_t first_line;
};

static void read_table(const char *line, struct table *table)
{
	char *hex = malloc(strlen(line) + 1);
	unsigned int byte;

	free(table->bytes);
	assert_int_equal(sscanf(line, "code %u %s %255s", &table->first_line, hex, table->name), 3);
	table->size = 0;
	table->bytes = malloc(strlen(hex) / 2 + 1);
	while (sscanf(hex + 2 * table->size, "%2x", &byte) == 1)
		table->bytes[table->size++] = (uint8_t)byte;
	free(hex);
}

static void lines_are_those_that_python_tells(void **state)
{
	struct table table = { 0 };
	struct python python;
	uint32_t version, start, end, line;
	size_t instructions = 0, size = 0;
	char *text = NULL;

	if (!python_start(script, &python)) {
		python_end(&python);
		skip();
	}
	assert_int_equal(fscanf(python.out, "version %u\n", &version), 1);
	while (getline(&text, &size, python.out) > 0) {
		if (sscanf(text, "%u %u %u", &start, &end, &line) != 3) {
			read_table(text, &table);
			continue;
		}
		for (uint32_t at = start; at < end; at += 2, instructions++)
			ROW_EQUAL(table.name,
				  python_line(version, table.bytes, table.size, table.first_line,
					      version == 0x30a ? at / 2 : at),
				  line);
	}
	print_message("# version %#x: %zu instructions\n", version, instructions);
	assert_true(instructions > 1000);
	free(text);
	free(table.bytes);
	python_end(&python);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_read_as_their_version_writes_them),
		cmocka_unit_test(lines_are_those_that_python_tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
