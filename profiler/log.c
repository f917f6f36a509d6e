// SPDX-License-Identifier: BSD-2-Clause
/* log.c - see log.h.  The only file that writes to stderr. */
#include "profiler/log.h"

#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/printable.h"

#define CAPTURE_SIZE (64 * 1024) /* a verifier log's end is what matters */

static enum log_level current_level;
static bool progress_shown, error_said;
static char captured[CAPTURE_SIZE];
static size_t captured_len;

void log_set_level(enum log_level level)
{
	current_level = level;
}

static bool is_enabled(enum log_level level)
{
	return current_level >= level;
}

void log_put_bytes(const char *text, size_t len, FILE *f)
{
	while (len) {
		uint32_t c;
		size_t size = printable_next(text, len, &c);

		if (printable_is_safe(c) || c == '\n' || c == '\t')
			fwrite(text, 1, size, f);
		else
			fputc('?', f);
		text += size;
		len -= size;
	}
}

void log_put(const char *text, FILE *f)
{
	log_put_bytes(text, strlen(text), f);
}

/* Whatever a message is about may be named by a program that we do not trust. */
__attribute__((format(printf, 1, 0))) static void put_message(const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0) {
		fputs("(no memory for a message)", stderr);
		return;
	}
	log_put(text, stderr);
	free(text);
}

static void wipe_progress(void)
{
	if (progress_shown)
		fputs("\r\033[K", stderr);
	progress_shown = false;
}

__attribute__((format(printf, 2, 0))) static void say(const char *prefix, const char *fmt,
						      va_list args)
{
	wipe_progress();
	fputs(prefix, stderr);
	put_message(fmt, args);
	fputc('\n', stderr);
}

void log_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("wick: ", fmt, args);
	va_end(args);
	error_said = true;
}

bool log_error_said(void)
{
	return error_said;
}

void log_warn(const char *fmt, ...)
{
	va_list args;

	if (!is_enabled(LOG_NORMAL))
		return;
	va_start(args, fmt);
	say("wick: ", fmt, args);
	va_end(args);
}

void log_print(enum log_level level, const char *fmt, ...)
{
	va_list args;

	if (!is_enabled(level))
		return;
	va_start(args, fmt);
	say("", fmt, args);
	va_end(args);
}

void log_progress(const char *fmt, ...)
{
	va_list args;

	if (!is_enabled(LOG_NORMAL) || !isatty(STDERR_FILENO))
		return;
	wipe_progress();
	if (!*fmt)
		return;
	va_start(args, fmt);
	put_message(fmt, args);
	va_end(args);
	fflush(stderr);
	progress_shown = true;
}

__attribute__((format(printf, 2, 0))) static int capture(enum libbpf_print_level level,
							 const char *fmt, va_list args)
{
	char *line, *end;
	size_t len;

	if (level == LIBBPF_DEBUG && !is_enabled(LOG_DEBUG))
		return 0;
	if (vasprintf(&line, fmt, args) < 0) /* a verifier log comes in one piece */
		return 0;
	if (is_enabled(LOG_DEBUG))
		log_put(line, stderr);
	end = line;
	len = strlen(line);
	if (len >= sizeof(captured)) {
		end += len - (sizeof(captured) - 1);
		len = sizeof(captured) - 1;
	}
	if (captured_len + len >= sizeof(captured))
		captured_len = 0; /* start again: the end of a long log is kept */
	memcpy(captured + captured_len, end, len + 1);
	captured_len += len;
	free(line);
	return (int)len;
}

void log_capture_libbpf(void)
{
	captured_len = 0;
	captured[0] = '\0';
	libbpf_set_print(capture);
}

const char *log_libbpf_output(void)
{
	return captured;
}

const char *log_printable(const char *src, char *dst, size_t dst_size)
{
	size_t len = 0, left = strlen(src);

	while (left) {
		uint32_t c;
		size_t size = printable_next(src, left, &c);
		bool is_safe = printable_is_safe(c);

		if (len + (is_safe ? size : 1) >= dst_size)
			break;
		if (is_safe)
			memcpy(dst + len, src, size);
		else
			dst[len] = '?';
		len += is_safe ? size : 1;
		src += size;
		left -= size;
	}
	dst[len] = '\0';
	return dst;
}
