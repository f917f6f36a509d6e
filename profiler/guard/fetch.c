// SPDX-License-Identifier: BSD-2-Clause
/*
 * fetch.c - see fetch.h.
 *
 * The question is a message with the file whose debug file is wanted, the answer one with an
 * int32_t, 0 or -errno, and the debug file.
 */
#include "profiler/guard/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/clock.h"
#include "profiler/guard/message.h"
#include "profiler/guard/terminal.h"
#include "profiler/log.h"

#ifdef WICK_STATIC
#define NO_LIBRARY "this wick is linked statically and loads no " FETCH_LIBRARY
#else
#define NO_LIBRARY                                                                                 \
	"there is no " FETCH_LIBRARY " (install libdebuginfod1, elfutils-debuginfod-client or "    \
	"libdebuginfod)"
#endif
#define STOP_ASKED_MS 100

struct fetch {
	int64_t left_ms; /* that all questions together may still take */
	pid_t pid;	 /* 0: it has ended */
	int fd;
	bool (*stop)(void *ctx);
	void *stop_ctx;
	struct fetch_totals totals;
	struct message m;
};

/* The process that asks */

/*
 * It becomes this program again, so that it has none of our memory, and gives up its rights as
 * its first deed (fetcher.c).  What it writes is for nobody.
 */
static void become_asker(int socket)
{
	char *const argv[] = { "wick", "fetch-debug-files", NULL };
	int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
	sigset_t none;

	terminal_ignore_signals(); /* Ctrl-C ends the sampling, and files are asked for after it */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(socket, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0 ||
	    dup2(nothing, STDERR_FILENO) < 0)
		_exit(EXIT_FAILURE);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	execv("/proc/self/exe", argv);
	_exit(EXIT_FAILURE);
}

static int start(struct fetch *fetch)
{
	int pair[2], err = message_pair(pair);

	if (err)
		return err;
	fetch->pid = fork();
	if (!fetch->pid)
		become_asker(pair[1]);
	err = fetch->pid < 0 ? -errno : 0;
	close(pair[1]);
	if (err) {
		fetch->pid = 0;
		close(pair[0]);
		return err;
	}
	fetch->fd = pair[0];
	return 0;
}

static void end(struct fetch *fetch)
{
	/* It ends with us, too: if we may not kill it there is no waiting for it. */
	if (fetch->pid && !kill(fetch->pid, SIGKILL))
		waitpid(fetch->pid, NULL, 0);
	fetch->pid = 0;
	if (fetch->fd >= 0)
		close(fetch->fd);
	fetch->fd = -1;
}

/* Wait for the answer until DEADLINE_MS. */
static int hear(struct fetch *fetch, int64_t deadline_ms)
{
	struct pollfd poll_fd = { .fd = fetch->fd, .events = POLLIN };
	int64_t left;

	do {
		left = deadline_ms - now_ms();
		if (left <= 0 || (fetch->stop && fetch->stop(fetch->stop_ctx)))
			return -ETIMEDOUT;
	} while (poll(&poll_fd, 1, left < STOP_ASKED_MS ? (int)left : STOP_ASKED_MS) <= 0);
	return message_receive(fetch->fd, &fetch->m);
}

/* *ANSWER is what it says: 0, with a file in the message, or -errno. */
static int ask(struct fetch *fetch, int file, int32_t *answer)
{
	int64_t start_ms = now_ms();
	int err;

	fetch->m.files[0] = file;
	fetch->m.file_cnt = 1;
	fetch->m.len = 0;
	err = message_send(fetch->fd, &fetch->m, true);
	fetch->m.file_cnt = 0;
	if (!err)
		err = hear(fetch, start_ms + fetch->left_ms);
	fetch->left_ms -= now_ms() - start_ms;
	if (!err && (fetch->m.len != sizeof(*answer) || fetch->m.file_cnt > 1))
		err = -EPROTO;
	if (!err)
		memcpy(answer, fetch->m.bytes, sizeof(*answer));
	if (!err && (*answer > 0 || (*answer == 0) != (fetch->m.file_cnt == 1)))
		err = -EPROTO;
	if (err) /* what it answers now would be taken for the next one's answer */
		message_close_files(&fetch->m);
	return err;
}

static bool is_file(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode);
}

int fetch_debug_file(void *ctx, int file, int *fd)
{
	struct fetch *fetch = ctx;
	int err = fetch->totals.unusable;
	int32_t answer = 0;

	*fd = -1;
	fetch->totals.asked++;
	if (!err)
		err = ask(fetch, file, &answer);
	if (err == -ETIMEDOUT)
		fetch->totals.late++;
	if (err) {
		end(fetch);
		fetch->totals.unusable = err;
		return err;
	}
	if (answer == -ELIBACC || answer == -ELIBBAD || answer == -FETCH_STAYED_ROOT)
		fetch->totals.unusable = answer;
	if (answer)
		return answer;
	if (!is_file(fetch->m.files[0])) {
		message_close_files(&fetch->m);
		return -ENOEXEC;
	}
	*fd = fetch->m.files[0];
	fetch->m.file_cnt = 0;
	fetch->totals.fetched++;
	return 0;
}

void fetch_set_stop(struct fetch *fetch, bool (*stop)(void *ctx), void *ctx)
{
	if (!fetch)
		return;
	fetch->stop = stop;
	fetch->stop_ctx = ctx;
}

void fetch_totals(const struct fetch *fetch, struct fetch_totals *out)
{
	*out = fetch ? fetch->totals : (struct fetch_totals){ 0 };
}

void fetch_explain(const struct fetch_totals *totals)
{
	int err = totals->unusable;

	if (err == -ELIBACC || err == -ELIBBAD)
		log_print(LOG_NORMAL, "  DEBUGINFOD_URLS is set, but " NO_LIBRARY);
	else if (err == -FETCH_STAYED_ROOT)
		log_print(
			LOG_NORMAL,
			"  DEBUGINFOD_URLS is set, but no server was asked: root without "
			"CAP_SETUID "
			"and CAP_SETGID cannot have another user do it (give wick both, as `docker "
			"run --cap-add SETUID --cap-add SETGID` does, or unset DEBUGINFOD_URLS)");
	else if (err && err != -ETIMEDOUT)
		log_print(LOG_NORMAL, "  debuginfod: the helper failed: %s", strerror(-err));
	if (totals->late)
		log_print(LOG_NORMAL,
			  "  debuginfod: %" PRIu64 " of %" PRIu64 " files did not come in "
			  "time (a longer --debuginfod-timeout; what came is kept for the "
			  "next run)",
			  totals->late, totals->asked);
}

int fetch_open(double timeout_s, struct fetch **out)
{
	const char *urls = getenv("DEBUGINFOD_URLS");
	int err;

	*out = NULL;
	if (!urls || !*urls)
		return 0;
	*out = message_owner_alloc(sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->left_ms = (int64_t)(timeout_s * 1000);
	(*out)->fd = -1;
	err = start(*out);
	if (err) {
		free(*out);
		*out = NULL;
	}
	return err;
}

pid_t fetch_pid(const struct fetch *fetch)
{
	return fetch ? fetch->pid : 0;
}

void fetch_close(struct fetch *fetch)
{
	if (!fetch)
		return;
	end(fetch);
	free(fetch);
}
