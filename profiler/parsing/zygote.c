// SPDX-License-Identifier: BSD-2-Clause
/* zygote.c - see zygote.h. */
#include "profiler/parsing/zygote.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/guard/confine.h"
#include "profiler/guard/message.h"
#include "profiler/resident.h"

#define PARSER_NICE  (-15) /* stacks wait for what is parsed, and the machine may be busy */
#define CHILDREN_MAX 16	   /* that live at a time, also those that wait for a file system */

enum zygote_kind { ZYGOTE_FORK, ZYGOTE_KILL, ZYGOTE_DONE };

struct zygote {
	pid_t pid;
	int socket;
	pthread_mutex_t lock;
};

/* What is asked, and what is answered. */
struct zygote_note {
	pid_t pid;
	int err;
};

/* The zygote's side */

struct nursery {
	int socket;
	void (*run)(int socket);
	pid_t children[CHILDREN_MAX];
};

static pid_t *place_of(struct nursery *n, pid_t pid)
{
	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		if (n->children[i] == pid)
			return &n->children[i];
	}
	return NULL;
}

static void reap(struct nursery *n)
{
	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		if (n->children[i] && waitpid(n->children[i], NULL, WNOHANG))
			n->children[i] = 0;
	}
}

/* Children end with the zygote; and if that has ended before it could be told, at once. */
static void become_child(const struct nursery *n, pid_t zygote, int sockets[2])
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != zygote)
		_exit(EXIT_FAILURE);
	close(n->socket);
	close(sockets[0]);
	n->run(sockets[1]);
	_exit(EXIT_SUCCESS);
}

static int fork_child(struct nursery *n, struct message *answer, pid_t *pid)
{
	pid_t *place, zygote = getpid();
	int sockets[2], err;

	reap(n);
	place = place_of(n, 0);
	if (!place)
		return -EAGAIN;
	err = message_pair(sockets);
	if (err)
		return err;
	*pid = fork();
	if (!*pid)
		become_child(n, zygote, sockets);
	err = *pid < 0 ? -errno : 0;
	close(sockets[1]);
	if (err) {
		close(sockets[0]);
		return err;
	}
	*place = *pid;
	answer->files[0] = sockets[0];
	answer->file_cnt = 1;
	return 0;
}

static int kill_child(struct nursery *n, pid_t pid)
{
	return pid > 0 && place_of(n, pid) && !kill(pid, SIGKILL) ? 0 : -ESRCH;
}

static bool serve(struct nursery *n)
{
	struct zygote_note note;
	struct message m;

	resident_wait(n->socket);
	if (message_receive(n->socket, &m) || m.len != sizeof(note))
		return false;
	message_close_files(&m);
	memcpy(&note, m.bytes, sizeof(note));
	if (m.kind == ZYGOTE_FORK)
		note.err = fork_child(n, &m, &note.pid);
	else
		note.err = kill_child(n, note.pid);
	m.kind = ZYGOTE_DONE;
	memcpy(m.bytes, &note, sizeof(note));
	if (message_send(n->socket, &m, false))
		return false;
	message_close_files(&m);
	return true;
}

static void run_zygote(struct nursery *n)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN); /* of the terminal; we end when the asker does */
	prctl(PR_SET_NAME, "wick-zygote");
	setpriority(PRIO_PROCESS, 0, PARSER_NICE);
	if (dup2(n->socket, STDIN_FILENO) < 0 || close_range(STDERR_FILENO + 1, ~0U, 0) ||
	    confine(CONFINE_ZYGOTE, NULL, 0, false))
		_exit(EXIT_FAILURE);
	n->socket = STDIN_FILENO;
	resident_drop();
	while (serve(n))
		;
	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		if (n->children[i])
			kill(n->children[i], SIGKILL);
	}
	_exit(EXIT_SUCCESS);
}

/* The asker's side */

static int ask(struct zygote *z, enum zygote_kind kind, struct zygote_note *note, int *socket)
{
	struct message m; /* no zeroes: they would take a tenth of a megabyte */
	int err;

	m.kind = kind;
	m.len = sizeof(*note);
	m.file_cnt = 0;
	memcpy(m.bytes, note, sizeof(*note));
	pthread_mutex_lock(&z->lock);
	err = message_send(z->socket, &m, false);
	if (!err)
		err = message_receive(z->socket, &m);
	pthread_mutex_unlock(&z->lock);
	if (err)
		return err;
	memcpy(note, m.bytes, sizeof(*note));
	if (m.len != sizeof(*note) || note->err > 0 || m.file_cnt != (socket && !note->err)) {
		message_close_files(&m);
		return -EPROTO;
	}
	if (m.file_cnt)
		*socket = m.files[0];
	return note->err;
}

int zygote_fork(struct zygote *z, int *socket, pid_t *pid)
{
	struct zygote_note note = { 0 };
	int err;

	*socket = -1;
	err = ask(z, ZYGOTE_FORK, &note, socket);
	*pid = err ? 0 : note.pid;
	return err;
}

int zygote_kill(struct zygote *z, pid_t pid)
{
	struct zygote_note note = { .pid = pid };

	return ask(z, ZYGOTE_KILL, &note, NULL);
}

int zygote_open(void (*run)(int socket), struct zygote **out)
{
	struct zygote *z = calloc(1, sizeof(*z));
	struct nursery n = { .run = run };
	int sockets[2], err = z ? message_pair(sockets) : -ENOMEM;

	*out = NULL;
	if (err) {
		free(z);
		return err;
	}
	pthread_mutex_init(&z->lock, NULL);
	n.socket = sockets[1];
	z->socket = sockets[0];
	z->pid = fork();
	if (!z->pid)
		run_zygote(&n);
	err = z->pid < 0 ? -errno : 0;
	close(sockets[1]);
	if (err) {
		close(sockets[0]);
		free(z);
		return err;
	}
	*out = z;
	return 0;
}

void zygote_close(struct zygote *z)
{
	if (!z)
		return;
	close(z->socket);
	while (waitpid(z->pid, NULL, 0) < 0 && errno == EINTR)
		;
	pthread_mutex_destroy(&z->lock);
	free(z);
}
