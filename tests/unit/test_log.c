// SPDX-License-Identifier: BSD-2-Clause
/* test_log.c - what is said at which level, and what becomes of bytes that a terminal obeys. */
#include "profiler/log.h"
#include "tests/unit/row.h"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/caught.h"

static void each_level_has_its_messages(void **state)
{
	static const struct {
		const char *name;
		enum log_level level;
		const char *want;
	} rows[] = {
		{ "quiet", LOG_QUIET, "wick: an error 1\n" },
		{ "normal", LOG_NORMAL, "wick: an error 1\nwick: a warning\nnormal\n" },
		{ "verbose", LOG_VERBOSE, "wick: an error 1\nwick: a warning\nnormal\nverbose\n" },
		{ "debug", LOG_DEBUG,
		  "wick: an error 1\nwick: a warning\nnormal\nverbose\ndebug\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct caught c = catch_stderr();
		char *text;

		log_set_level(rows[i].level);
		log_error("an error %d", 1);
		log_warn("a warning");
		log_print(LOG_NORMAL, "normal");
		log_print(LOG_VERBOSE, "verbose");
		log_print(LOG_DEBUG, "debug");
		log_progress("%d of %d", 1, 2); /* a file is no terminal */
		text = caught(&c);
		if (strcmp(text, rows[i].want))
			fail_msg("[%s] got `%s`, want `%s`", rows[i].name, text, rows[i].want);
		free(text);
	}
	log_set_level(LOG_NORMAL);
}

/* Stderr as a terminal: what it was sent until BUF is full or there is no more. */
static size_t read_terminal(int master, char *buf, size_t size)
{
	struct pollfd poll_fd = { .fd = master, .events = POLLIN };
	size_t len = 0;
	ssize_t got;

	while (len < size - 1 && poll(&poll_fd, 1, 100) > 0) {
		got = read(master, buf + len, size - 1 - len);
		if (got <= 0)
			break;
		len += (size_t)got;
	}
	buf[len] = '\0';
	return len;
}

static void progress_is_one_line_of_a_terminal(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), saved = dup(STDERR_FILENO), slave;
	char text[256];

	if (master < 0)
		skip(); /* no /dev/pts here */
	assert_int_equal(grantpt(master) | unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	dup2(slave, STDERR_FILENO);
	log_progress("%d samples", 1);
	log_progress("%d samples", 2);
	log_print(LOG_NORMAL, "done"); /* it takes the line's place */
	log_progress("%d samples", 3);
	log_progress("%s", "");
	log_set_level(LOG_QUIET);
	log_progress("%d samples", 4);
	log_set_level(LOG_NORMAL);
	read_terminal(master, text, sizeof(text));
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(slave);
	close(master);
	assert_string_equal(text, "1 samples\r\033[K2 samples\r\033[Kdone\r\n3 samples\r\033[K");
}

static const struct {
	const char *name, *text;
	const char *put;       /* by log_put(), as messages are */
	const char *printable; /* by log_printable() */
} texts[] = {
	{ "plain", "libc.so.6", "libc.so.6", "libc.so.6" },
	{ "nothing", "", "", "" },
	{ "newlines and tabs", "a\tb\nc", "a\tb\nc", "a?b?c" },
	{ "an escape", "a\x1b[2Jb", "a?[2Jb", "a?[2Jb" },
	{ "the escape of one byte", "a\xc2\x9bz", "a?z", "a?z" },
	{ "delete", "a\x7f", "a?", "a?" },
	{ "the last of the controls", "\xc2\x9f\xc2\xa0", "?\xc2\xa0", "?\xc2\xa0" },
	{ "right to left", "a\xe2\x80\xaez", "a?z", "a?z" },
	{ "marks and embeddings",
	  "\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad\xd8\x9c",
	  "???????", "???????" },
	{ "isolates", "\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9", "????", "????" },
	{ "lines and paragraphs", "\xe2\x80\xa8\xe2\x80\xa9", "??", "??" },
	{ "what is not seen", "a\xe2\x80\x8b\xef\xbb\xbf\xc2\xad\xf3\xa0\x81\x81z", "a????z",
	  "a????z" },
	{ "their neighbours", "\xe2\x80\xaf\xe2\x80\x8a\xc2\xac\xc2\xae\xe2\x80\x90",
	  "\xe2\x80\xaf\xe2\x80\x8a\xc2\xac\xc2\xae\xe2\x80\x90",
	  "\xe2\x80\xaf\xe2\x80\x8a\xc2\xac\xc2\xae\xe2\x80\x90" },
	{ "other characters", "\xc3\xa9\xe2\x82\xac", "\xc3\xa9\xe2\x82\xac",
	  "\xc3\xa9\xe2\x82\xac" },
	{ "no UTF-8", "a\xff\x80z", "a??z", "a??z" },
	{ "cut off", "a\xe2\x82", "a??", "a??" },
};

static void a_terminal_obeys_no_message(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct caught c = catch_stderr();
		char *text;

		log_put(texts[i].text, stderr);
		text = caught(&c);
		if (strcmp(text, texts[i].put))
			fail_msg("[%s] got `%s`, want `%s`", texts[i].name, text, texts[i].put);
		free(text);
	}
}

static void a_name_is_made_printable(void **state)
{
	char dst[64];

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		log_printable(texts[i].text, dst, sizeof(dst));
		if (strcmp(dst, texts[i].printable))
			fail_msg("[%s] got `%s`, want `%s`", texts[i].name, dst,
				 texts[i].printable);
	}
}

static void what_does_not_fit_is_cut_between_characters(void **state)
{
	static const struct {
		const char *name, *text;
		size_t size;
		const char *want;
	} rows[] = {
		{ "all but the end", "abcdef", 4, "abc" },
		{ "just all", "abc", 4, "abc" },
		{ "nothing", "abc", 1, "" },
		{ "not half of a character", "a\xe2\x82\xac", 4, "a" },
		{ "the whole character", "a\xe2\x82\xac", 5, "a\xe2\x82\xac" },
	};
	char dst[8];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(dst, 'x', sizeof(dst));
		assert_ptr_equal(log_printable(rows[i].text, dst, rows[i].size), dst);
		if (strcmp(dst, rows[i].want))
			fail_msg("[%s] got `%s`, want `%s`", rows[i].name, dst, rows[i].want);
	}
}

/* libbpf says why it cannot open what is no BPF object. */
static void make_libbpf_talk(void)
{
	struct bpf_object *object = bpf_object__open_file("/dev/null", NULL);

	if (object)
		bpf_object__close(object);
}

static void what_libbpf_says_is_kept_and_not_shown(void **state)
{
	struct caught c = catch_stderr();
	char *text;

	log_set_level(LOG_NORMAL);
	log_capture_libbpf();
	assert_string_equal(log_libbpf_output(), "");
	make_libbpf_talk();
	text = caught(&c);
	assert_string_equal(text, "");
	assert_non_null(strstr(log_libbpf_output(), "libbpf: "));
	free(text);
	log_capture_libbpf();
	assert_string_equal(log_libbpf_output(), "");
}

static void it_is_shown_when_debugging(void **state)
{
	struct caught c = catch_stderr();
	char *text;

	log_set_level(LOG_DEBUG);
	log_capture_libbpf();
	make_libbpf_talk();
	text = caught(&c);
	log_set_level(LOG_NORMAL);
	assert_non_null(strstr(text, "libbpf: "));
	assert_non_null(strstr(log_libbpf_output(), "libbpf: "));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_level_has_its_messages),
		cmocka_unit_test(progress_is_one_line_of_a_terminal),
		cmocka_unit_test(a_terminal_obeys_no_message),
		cmocka_unit_test(a_name_is_made_printable),
		cmocka_unit_test(what_does_not_fit_is_cut_between_characters),
		cmocka_unit_test(what_libbpf_says_is_kept_and_not_shown),
		cmocka_unit_test(it_is_shown_when_debugging),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
