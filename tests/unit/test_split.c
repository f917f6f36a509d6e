// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_split.c - DWARF that is in another file than the code: split units (.dwo), packages
 * of them (.dwp), and the file into which dwz moves what several files share.
 *
 * Each row has the compiler make a library in a folder of its own.  Whether the other file
 * was found and believed shows in the inlined call, of which the library alone knows nothing.
 */
#include "symbolize/symbolizer.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/asking.h"

#define SOURCE                                                                                     \
	"static inline __attribute__((always_inline)) int inner(int *p)\\n"                        \
	"{\\n\\t*p += 3;\\n\\treturn *p * 7;\\n}\\n\\n"                                            \
	"int outer(int *p)\\n{\\n\\treturn inner(p) + 1;\\n}\\n"                                   \
	"#ifdef OTHER\\nint other;\\n#endif\\n"
/* A build in one command: the name of a .dwo follows from that of the output. */
#define CC "${CC:-cc} -O2 -fPIC -shared s.c -Wl,--build-id "

struct row {
	const char *name;
	const char *commands; /* run in the folder; they leave lib.so */
	const char *needs;    /* a program without which the row cannot be; or NULL */
	const char *asked;    /* the file that is asked for, in the folder */
	bool has_inner;
};

static const struct row rows[] = {
	{ "a .dwo of DWARF 5", CC "-gdwarf-5 -gsplit-dwarf -o lib.so", NULL, "lib.so", true },
	{ "a .dwo of DWARF 4", CC "-gdwarf-4 -gsplit-dwarf -o lib.so", NULL, "lib.so", true },
	{ "the .dwo is gone", CC "-gdwarf-5 -gsplit-dwarf -o lib.so; rm *.dwo", NULL, "lib.so",
	  false },
	{ "the .dwo is of another build",
	  CC "-gdwarf-5 -gsplit-dwarf -o lib.so; cp lib.so kept; " CC
	     "-DOTHER -gdwarf-5 -gsplit-dwarf -o lib.so; cp kept lib.so",
	  NULL, "lib.so", false },
	{ "the .dwo is a folder",
	  CC "-gdwarf-5 -gsplit-dwarf -o lib.so; for f in *.dwo; do rm $f; mkdir $f; done", NULL,
	  "lib.so", false },
	{ "the .dwo is cut off",
	  CC "-gdwarf-5 -gsplit-dwarf -o lib.so; for f in *.dwo; do head -c 200 $f >x; cp x $f; "
	     "done",
	  NULL, "lib.so", false },
	{ "a package beside the file",
	  CC "-gdwarf-4 -gsplit-dwarf -o lib.so; dwp -e lib.so; rm *.dwo", "dwp", "lib.so", true },
	{ "a package beside what a link leads to",
	  CC "-gdwarf-4 -gsplit-dwarf -o lib.so; dwp -e lib.so; rm *.dwo; ln -s lib.so link", "dwp",
	  "link", true },
	{ "a package in the folder of the file, called like the link",
	  CC "-gdwarf-4 -gsplit-dwarf -o lib.so; dwp -e lib.so; rm *.dwo; mkdir d; "
	     "mv lib.so d; mv lib.so.dwp d/link.dwp; ln -s d/lib.so link",
	  "dwp", "link", true },
	{ "the package is of another build",
	  CC "-DOTHER -gdwarf-4 -gsplit-dwarf -o lib.so; dwp -e lib.so; " CC
	     "-gdwarf-4 -gsplit-dwarf -o lib.so; rm *.dwo",
	  "dwp", "lib.so", false },
	{ "the package is cut off",
	  CC "-gdwarf-4 -gsplit-dwarf -o lib.so; dwp -e lib.so; rm *.dwo; "
	     "head -c 300 lib.so.dwp >x; mv x lib.so.dwp",
	  "dwp", "lib.so", false },
	{ "the package is another file",
	  CC "-gdwarf-4 -gsplit-dwarf -o lib.so; rm *.dwo; "
	     "cp lib.so lib.so.dwp",
	  NULL, "lib.so", false },
};

#define DWZ                                                                                        \
	CC "-gdwarf-4 -o lib.so; cp lib.so two.so; cp lib.so three.so; "                           \
	   "dwz -m common $DWZ_FLAGS lib.so two.so three.so; test -s common || exit 7; "

static const struct row shared_rows[] = {
	{ "dwz's file by its path", DWZ, "dwz", "lib.so", true },
	{ "dwz's file by a path from the file that names it", "DWZ_FLAGS=-r; " DWZ, "dwz", "lib.so",
	  true },
	{ "dwz's file below the debug root, by its build-id",
	  DWZ
	  "id=$(readelf -n common | sed -n 's/.*Build ID: //p'); "
	  "mkdir -p .build-id/${id%${id#??}}; mv common .build-id/${id%${id#??}}/${id#??}.debug",
	  "dwz", "lib.so", true },
	{ "dwz's file is gone", DWZ "rm common", "dwz", "lib.so", false },
	{ "dwz's file has another build-id", DWZ "cp lib.so common", "dwz", "lib.so", false },
};

/* What `nm` says of outer() in FILE: its address and size. */
static void find_outer(const char *file, unsigned long *start, unsigned long *size)
{
	char command[512], line[256];
	FILE *nm;

	*start = *size = 0;
	snprintf(command, sizeof(command), "nm -S %s", file);
	nm = popen(command, "r");
	assert_non_null(nm);
	while (fgets(line, sizeof(line), nm)) {
		if (strstr(line, " outer\n"))
			assert_int_equal(sscanf(line, "%lx %lx", start, size), 2);
	}
	pclose(nm);
	assert_true(*size > 0);
}

/* All answers name outer(), and have its line; does one of them have inner() in it? */
static bool has_inner(const struct row *row, const char *dir)
{
	struct symbolizer_opts opts = { .debug.root = dir };
	struct symbolizer *s = new_symbolizer(&opts);
	unsigned long start, size;
	bool found = false;
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, row->asked);
	find_outer(path, &start, &size);
	for (unsigned long at = start; at < start + size; at++) {
		const struct sym_answer *a;
		uint32_t id;

		assert_int_equal(symbolizer_ask_file(s, path, at, &id), 0);
		assert_int_equal(symbolizer_resolve(s), 0);
		a = symbolizer_answer(s, id);
		ROW_EQUAL(row->name, a->reason, SYM_NAMED);
		ROW_TRUE(row->name, !strcmp(a->frames[0].name, "outer") && a->line > 0);
		found |= a->frame_cnt == 2 && !strcmp(a->frames[1].name, "inner");
	}
	symbolizer_free(s);
	return found;
}

static bool is_there(const char *program)
{
	char command[256];

	snprintf(command, sizeof(command), "command -v %s >/dev/null", program);
	return !system(command);
}

static void check_row(const struct row *row)
{
	char dir[] = "/tmp/wick-split-XXXXXX", command[2048];

	if (row->needs && !is_there(row->needs)) {
		print_message("[%s] needs %s\n", row->name, row->needs);
		return;
	}
	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command),
		 "cd %s && printf '" SOURCE "' >s.c && { %s\n} 2>/dev/null", dir, row->commands);
	ROW_EQUAL(row->name, system(command), 0);
	ROW_EQUAL(row->name, has_inner(row, dir), row->has_inner);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

static void finds_the_other_half_of_a_unit(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
}

static void finds_what_dwz_moved(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(shared_rows); i++)
		check_row(&shared_rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_other_half_of_a_unit),
		cmocka_unit_test(finds_what_dwz_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
