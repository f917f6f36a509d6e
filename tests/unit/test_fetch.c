// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_fetch.c - debug files by a process of its own, which is this program again: the library
 * that it loads is tests/fixtures/debuginfod.c, which asks no server.
 */
#include "profiler/guard/fetch.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/clock.h"
#include "tests/unit/asking.h"
#include "tests/unit/caught.h"
#include "tests/unit/elf_builder.h"

#define SOON_S	   0.3
#define AGES_S	   60
#define A_WHILE_MS 20000 /* far less than AGES_S, and enough on a busy machine */

static struct fetch *open_fetch(double timeout_s)
{
	struct fetch *fetch;

	assert_int_equal(fetch_open(timeout_s, &fetch), 0);
	assert_non_null(fetch);
	assert_true(fetch_pid(fetch) > 0);
	return fetch;
}

/* Ask for the debug file of one that has this build-id; "": it has none. */
static int ask_for(struct fetch *fetch, const char *id)
{
	const struct elf_spec spec = { .build_id = *id ? id : NULL };
	static struct elf_bytes elf;
	int file = memfd_create("wick-fetch", MFD_CLOEXEC), fd, err;

	elf_build(&spec, &elf);
	assert_int_equal(write(file, elf.bytes, elf.size), elf.size);
	err = fetch_debug_file(fetch, file, &fd);
	assert_true(err ? fd == -1 : fd >= 0);
	if (!err)
		close(fd);
	close(file);
	return err;
}

/* The same, with the build-id FIRST, 0xff. */
static int ask(struct fetch *fetch, char first)
{
	const char id[] = { first, '\xff', '\0' };

	return ask_for(fetch, id);
}

static char library_dir[] = "/tmp/wick-fetch.XXXXXX";
static char library[sizeof(library_dir) + 32];

/* Another user than root loads the library, and the build may be in a folder of root's alone. */
static int copy_library(void **state)
{
	char path[4096], bytes[65536];
	FILE *from = fopen(shape_path("libdebuginfod.so.1", path), "re"), *to;
	size_t size = from ? fread(bytes, 1, sizeof(bytes), from) : 0;

	if (!size || !feof(from) || !mkdtemp(library_dir) || chmod(library_dir, 0755))
		return -1;
	fclose(from);
	snprintf(library, sizeof(library), "%s/libdebuginfod.so.1", library_dir);
	to = fopen(library, "we");
	return !to || fwrite(bytes, 1, size, to) != size || fclose(to);
}

static int remove_library(void **state)
{
	return unlink(library) || rmdir(library_dir);
}

static int set_up(void **state)
{
	char path[4096];

	return setenv("DEBUGINFOD_URLS", "http://localhost:1/", true) ||
	       setenv("DEBUGINFOD_CACHE_PATH", shape_path("cache", path), true) ||
	       setenv("LD_LIBRARY_PATH", library_dir, true);
}

static void nothing_is_started_without_servers(void **state)
{
	static const char *const rows[] = { NULL, "" };
	struct fetch_totals totals = { .asked = 1 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fetch *fetch = (struct fetch *)1;

		if (rows[i])
			setenv("DEBUGINFOD_URLS", rows[i], true);
		else
			unsetenv("DEBUGINFOD_URLS");
		assert_int_equal(fetch_open(AGES_S, &fetch), 0);
		assert_null(fetch);
	}
	assert_int_equal(fetch_pid(NULL), 0);
	fetch_totals(NULL, &totals);
	assert_int_equal(totals.asked, 0);
	fetch_close(NULL);
}

static void files_that_a_server_has_are_opened(void **state)
{
	struct fetch *fetch = open_fetch(AGES_S);
	struct fetch_totals totals;

	assert_int_equal(ask(fetch, 0x01), 0);
	assert_int_equal(ask(fetch, '\x99'), -ENOENT); /* no server has it */
	assert_int_equal(ask(fetch, 0x02), -ENOENT);   /* it is not there */
	assert_int_equal(ask(fetch, 0x03), -EACCES);   /* also for root */
	assert_int_equal(ask(fetch, 0x06), -ENOEXEC);  /* a device */
	assert_int_equal(ask(fetch, 0x01), 0);
	fetch_totals(fetch, &totals);
	assert_int_equal(totals.asked, 6);
	assert_int_equal(totals.fetched, 2);
	assert_int_equal(totals.late, 0);
	assert_int_equal(totals.unusable, 0);
	fetch_close(fetch);
}

static void what_has_no_id_is_not_asked_for(void **state)
{
	struct fetch *fetch = open_fetch(AGES_S);
	char id[66] = "";
	int fd, text = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	memset(id, 0x01, 64);
	assert_int_equal(ask_for(fetch, id), 0);
	memset(id, 0x01, 65);
	assert_int_equal(ask_for(fetch, id), -ENODATA); /* longer than any is */
	assert_int_equal(ask_for(fetch, "\x01"), -ENODATA);
	assert_int_equal(ask_for(fetch, ""), -ENODATA);
	assert_int_equal(fetch_debug_file(fetch, text, &fd), -ENOEXEC);
	assert_int_equal(fd, -1);
	close(text);
	fetch_close(fetch);
}

/* It is ended then, and nobody is waited for again. */
static void a_server_that_hangs_costs_the_time_once(void **state)
{
	struct fetch *fetch = open_fetch(SOON_S);
	pid_t pid = fetch_pid(fetch);
	struct fetch_totals totals;
	int64_t start_ms = now_ms();

	assert_int_equal(ask(fetch, 0x04), -ETIMEDOUT);
	assert_true(now_ms() - start_ms >= (int64_t)(SOON_S * 1000) - 1);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(fetch_pid(fetch), 0);
	assert_int_equal(ask(fetch, 0x01), -ETIMEDOUT);
	fetch_totals(fetch, &totals);
	assert_int_equal(totals.late, 2);
	assert_int_equal(totals.unusable, -ETIMEDOUT);
	fetch_close(fetch);
}

static void on_alarm(int signal)
{
}

/* A signal ends the waiting for an answer, but not the time that it may take. */
static void a_signal_makes_nobody_wait_for_ever(void **state)
{
	const struct itimerval once = { .it_value.tv_usec = (suseconds_t)(SOON_S * 1e6 / 3) };
	struct fetch *fetch = open_fetch(SOON_S);

	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_alarm }, NULL);
	setitimer(ITIMER_REAL, &once, NULL);
	assert_int_equal(ask(fetch, 0x04), -ETIMEDOUT);
	fetch_close(fetch);
}

static bool is_soon_over(void *ctx)
{
	return now_ms() - *(int64_t *)ctx >= (int64_t)(SOON_S * 1000);
}

/* Somebody else can have the waiting end. */
static void it_waits_until_it_is_told_to_stop(void **state)
{
	struct fetch *fetch = open_fetch(60);
	int64_t start_ms = now_ms();

	fetch_set_stop(fetch, is_soon_over, &start_ms);
	assert_int_equal(ask(fetch, 0x04), -ETIMEDOUT);
	assert_true(now_ms() - start_ms < 10000);
	fetch_close(fetch);
	fetch_set_stop(NULL, is_soon_over, &start_ms);
}

static void a_library_that_crashes_takes_nobody_with_it(void **state)
{
	struct fetch *fetch = open_fetch(AGES_S);
	struct fetch_totals totals;
	int64_t start_ms = now_ms();

	assert_int_equal(ask(fetch, 0x05), -EPIPE);
	assert_int_equal(ask(fetch, 0x01), -EPIPE);
	assert_true(now_ms() - start_ms < A_WHILE_MS);
	fetch_totals(fetch, &totals);
	assert_int_equal(totals.unusable, -EPIPE);
	fetch_close(fetch);
}

static void a_library_that_is_none_is_told_of(void **state)
{
	char dir[] = "/tmp/wick-fetch.XXXXXX", path[sizeof(dir) + 32];
	struct fetch_totals totals;
	struct fetch *fetch;
	FILE *f;

	assert_non_null(mkdtemp(dir));
	chmod(dir, 0755); /* another user than root looks there */
	snprintf(path, sizeof(path), "%s/libdebuginfod.so.1", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("this is no ELF file\n", f);
	fclose(f);
	setenv("LD_LIBRARY_PATH", dir, true);
	fetch = open_fetch(AGES_S);
	assert_int_equal(ask(fetch, 0x01), -ELIBACC);
	fetch_totals(fetch, &totals);
	assert_int_equal(totals.unusable, -ELIBACC);
	fetch_close(fetch);
	unlink(path);
	rmdir(dir);
}

/* What the process needs to be another user than root goes with the bounding set, as in a container. */
static int ask_as_root_forever(void)
{
	struct fetch_totals totals;
	struct fetch *fetch;

	if (prctl(PR_CAPBSET_DROP, CAP_SETUID, 0, 0, 0) || fetch_open(AGES_S, &fetch))
		return 1;
	if (ask(fetch, 0x01) != -FETCH_STAYED_ROOT)
		return 2;
	fetch_totals(fetch, &totals);
	fetch_close(fetch);
	return totals.unusable == -FETCH_STAYED_ROOT ? 0 : 3;
}

static void who_stays_root_asks_nobody(void **state)
{
	int status;
	pid_t pid;

	if (geteuid())
		skip();
	pid = fork();
	if (!pid)
		_exit(ask_as_root_forever());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void what_is_amiss_is_explained(void **state)
{
	static const struct {
		const char *name;
		struct fetch_totals totals;
		const char *want; /* a part of it; "": nothing is said */
	} rows[] = {
		{ "nothing", { .asked = 3, .fetched = 3 }, "" },
		{ "no library", { .asked = 1, .unusable = -ELIBACC }, "libdebuginfod.so.1" },
		{ "a bad library", { .asked = 1, .unusable = -ELIBBAD }, "libdebuginfod.so.1" },
		{ "a crash",
		  { .asked = 1, .unusable = -EPIPE },
		  "  debuginfod: the helper failed: Broken pipe\n" },
		{ "no rights to give up",
		  { .asked = 1, .unusable = -FETCH_STAYED_ROOT },
		  "root without CAP_SETUID and CAP_SETGID cannot have another user do it" },
		{ "late",
		  { .asked = 5, .late = 2, .unusable = -ETIMEDOUT },
		  "  debuginfod: 2 of 5 files did not come in time" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct caught c = catch_stderr();
		char *text;

		fetch_explain(&rows[i].totals);
		text = caught(&c);
		if (!strstr(text, rows[i].want) || (!*rows[i].want && *text))
			fail_msg("[%s] got `%s`, want `%s`", rows[i].name, text, rows[i].want);
		free(text);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_is_started_without_servers, set_up),
		cmocka_unit_test_setup(files_that_a_server_has_are_opened, set_up),
		cmocka_unit_test_setup(what_has_no_id_is_not_asked_for, set_up),
		cmocka_unit_test_setup(a_server_that_hangs_costs_the_time_once, set_up),
		cmocka_unit_test_setup(it_waits_until_it_is_told_to_stop, set_up),
		cmocka_unit_test_setup(a_signal_makes_nobody_wait_for_ever, set_up),
		cmocka_unit_test_setup(a_library_that_crashes_takes_nobody_with_it, set_up),
		cmocka_unit_test_setup(a_library_that_is_none_is_told_of, set_up),
		cmocka_unit_test_setup(who_stays_root_asks_nobody, set_up),
		cmocka_unit_test_setup(what_is_amiss_is_explained, set_up),
	};

	if (argc > 1 && !strcmp(argv[1], "fetch-debug-files"))
		return command_fetch(argc - 1, argv + 1);
	return cmocka_run_group_tests(tests, copy_library, remove_library);
}
