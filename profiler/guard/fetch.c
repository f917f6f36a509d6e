// SPDX-License-Identifier: BSD-2-Clause
/*
 * fetch.c - see fetch.h.
 *
 * The two processes talk in lines: build-ids in hexadecimal one way, the path of a
 * file or "-" and an errno the other.
 */
#include "profiler/guard/fetch.h"

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/clock.h"
#include "profiler/guard/confine.h"
#include "profiler/guard/terminal.h"
#include "profiler/log.h"
#include "symbolize/elf/opener.h"

#define LIBRARY "libdebuginfod.so.1"
#ifdef WICK_STATIC
#define NO_LIBRARY "this wick is linked statically and loads no " LIBRARY
#else
#define NO_LIBRARY                                                                                 \
	"there is no " LIBRARY " (install libdebuginfod1, elfutils-debuginfod-client or "          \
	"libdebuginfod)"
#endif
#define STOP_ASKED_MS 100
#define ID_HEX_MAX    130 /* a build-id of 64 bytes, newline, NUL */

struct fetch {
	int64_t left_ms; /* that all questions together may still take */
	pid_t pid;	 /* 0: it has ended */
	int fd;
	bool (*stop)(void *ctx);
	void *stop_ctx;
	struct fetch_totals totals;
};

/* The process that asks */

struct library {
	void *handle, *client;
	void *(*begin)(void);
	void (*end)(void *client);
	int (*find)(void *client, const unsigned char *id, int id_len, char **path);
};

#ifdef WICK_STATIC
/* What is linked statically can load no library that was built for another libc. */
static int open_library(struct library *lib)
{
	(void)lib;
	return -ELIBACC;
}
#else
static int open_library(struct library *lib)
{
	lib->handle = dlopen(LIBRARY, RTLD_NOW);
	if (!lib->handle)
		return -ELIBACC;
	lib->begin = (void *(*)(void))dlsym(lib->handle, "debuginfod_begin");
	lib->end = (void (*)(void *))dlsym(lib->handle, "debuginfod_end");
	lib->find = (int (*)(void *, const unsigned char *, int,
			     char **))dlsym(lib->handle, "debuginfod_find_debuginfo");
	if (!lib->begin || !lib->end || !lib->find)
		return -ELIBBAD;
	lib->client = lib->begin();
	return lib->client ? 0 : -ENOMEM;
}
#endif

static void answer(const struct library *lib, int err, const char *id)
{
	char *path = NULL;
	int fd = err;

	/* An id of length 0 is a string in hexadecimal. */
	if (!err)
		fd = lib->find(lib->client, (const unsigned char *)id, 0, &path);
	if (fd >= 0 && path && !strchr(path, '\n'))
		printf("%s\n", path);
	else
		printf("-%d\n", fd < 0 ? -fd : EINVAL);
	fflush(stdout);
	if (fd >= 0)
		close(fd);
	free(path);
}

int command_fetch(int argc, char **argv)
{
	struct library lib = { 0 };
	char id[ID_HEX_MAX];
	int err = open_library(&lib);

	while (fgets(id, sizeof(id), stdin)) {
		id[strcspn(id, "\n")] = '\0';
		answer(&lib, err, id);
	}
	if (lib.client)
		lib.end(lib.client);
	return EXIT_SUCCESS;
}

/* The process that wants to know */

/*
 * Without a capability: it believes what servers say.  Where HOME is that of whom sudo
 * came from, so is the cache of files, and they are who asks.
 */
static bool step_down(void)
{
	const char *home = getenv("HOME"), *uid = getenv("SUDO_UID");
	struct stat st;

	if (!geteuid() && home && uid && !stat(home, &st) && st.st_uid &&
	    st.st_uid == strtoul(uid, NULL, 10) &&
	    (setgroups(0, NULL) || setgid(st.st_gid) || setuid(st.st_uid)))
		return false;
	return !confine(CONFINE_FETCHER, NULL, 0, false);
}

/*
 * The program and the library that it loads are started with the first question; the
 * process before that, as the one that asks may start none later (confine.h).
 */
static void become_asker(int fd)
{
	char *const argv[] = { "wick", "fetch-debug-files", NULL };
	struct pollfd poll_fd = { .fd = STDIN_FILENO, .events = POLLIN };
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	terminal_ignore_signals(); /* Ctrl-C ends the sampling, and files are asked for after it */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0 || !step_down())
		_exit(EXIT_FAILURE);
	close_range(STDERR_FILENO + 1, ~0U, 0); /* waiting, it keeps nothing else open */
	while (poll(&poll_fd, 1, -1) < 0 && errno == EINTR)
		;
	if (poll_fd.revents & POLLHUP && !(poll_fd.revents & POLLIN))
		_exit(EXIT_SUCCESS);
	execv("/proc/self/exe", argv);
	_exit(EXIT_FAILURE);
}

static int start(struct fetch *fetch)
{
	int pair[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
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

static int ask(const struct fetch *fetch, const uint8_t *id, size_t id_len)
{
	char hex[ID_HEX_MAX];
	size_t len = 2 * id_len + 1;

	if (len >= sizeof(hex))
		return -EINVAL;
	for (size_t i = 0; i < id_len; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	hex[len - 1] = '\n';
	return send(fetch->fd, hex, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -EPIPE;
}

/* Read one line into LINE, without its newline, until DEADLINE_MS. */
static int read_answer(const struct fetch *fetch, int64_t deadline_ms, char *line, size_t size)
{
	size_t len = 0;

	while (len < size) {
		struct pollfd poll_fd = { .fd = fetch->fd, .events = POLLIN };
		int64_t left = deadline_ms - now_ms();
		ssize_t got;

		if (left <= 0 || (fetch->stop && fetch->stop(fetch->stop_ctx)))
			return -ETIMEDOUT;
		if (poll(&poll_fd, 1, left < STOP_ASKED_MS ? (int)left : STOP_ASKED_MS) <= 0)
			continue; /* the time is up, or a signal came */
		got = read(fetch->fd, line + len, size - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : -EPIPE;
		len += (size_t)got;
		if (line[len - 1] == '\n') {
			line[len - 1] = '\0';
			return 0;
		}
	}
	return -ENAMETOOLONG;
}

static int fetch_path(struct fetch *fetch, const uint8_t *id, size_t id_len, char *path,
		      size_t path_size)
{
	int64_t start_ms = now_ms();
	int err;

	if (fetch->totals.unusable)
		return fetch->totals.unusable;
	err = ask(fetch, id, id_len);
	if (!err)
		err = read_answer(fetch, start_ms + fetch->left_ms, path, path_size);
	fetch->left_ms -= now_ms() - start_ms;
	if (err) { /* what it answers now would be taken for the next one's answer */
		end(fetch);
		fetch->totals.unusable = err;
		return err;
	}
	if (path[0] != '-')
		return 0;
	err = -atoi(path + 1);
	if (err == -ELIBACC || err == -ELIBBAD)
		fetch->totals.unusable = err;
	return err ? err : -ENOENT;
}

int fetch_debug_file(void *ctx, const uint8_t *id, size_t id_len, int *fd)
{
	struct fetch *fetch = ctx;
	char path[PATH_MAX];
	int err;

	*fd = -1;
	fetch->totals.asked++;
	err = fetch_path(fetch, id, id_len, path, sizeof(path));
	if (err == -ETIMEDOUT)
		fetch->totals.late++;
	if (err)
		return err;
	err = opener_open(NULL, path, fd);
	if (err)
		return err;
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
	*out = calloc(1, sizeof(**out));
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
