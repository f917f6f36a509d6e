// SPDX-License-Identifier: BSD-2-Clause
/* writer_process.c - see writer_process.h. */
#include "profiler/guard/writer_process.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "profiler/guard/confine.h"
#include "profiler/guard/draft.h"
#include "profiler/guard/message.h"
#include "profiler/guard/terminal.h"
#include "profiler/resident.h"

#define ANSWER_NICE (-10) /* the process does next to nothing, and somebody waits for it */

/* What message_send() makes of a question.  It is read by recv(), which takes no open file. */
struct question {
	uint32_t op, file;
};

struct shop {
	const struct writer_file *files;
	struct draft *drafts; /* one for each file */
	size_t cnt;
	pid_t asker;
};

/* A pipe waits for its reader, and the asker may be killed meanwhile. */
static int open_file(struct shop *shop, size_t file)
{
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != shop->asker)
		return -ESRCH;
	fd = draft_open(&shop->drafts[file], shop->files[file].path, true);
	prctl(PR_SET_PDEATHSIG, 0);
	return fd;
}

/* Can it be opened?  A device or a pipe stays open, a pipe without a reader is waited for later. */
static int check_file(struct shop *shop, size_t file, int *fd)
{
	struct draft *draft = &shop->drafts[file];

	*fd = draft_open(draft, shop->files[file].path, false);
	if (*fd < 0)
		return *fd;
	if (draft_is_open(draft)) {
		close(*fd);
		*fd = -1;
	}
	draft_discard(draft);
	return 0;
}

/* Send ERR, and FD unless it is negative; it is closed then. */
static bool answer(int socket, int32_t err, int fd)
{
	struct message m;
	bool sent;

	m.kind = 0;
	m.len = sizeof(err);
	memcpy(m.bytes, &err, sizeof(err));
	m.files[0] = fd;
	m.file_cnt = fd >= 0;
	sent = !message_send(socket, &m, false);
	message_close_files(&m);
	return sent;
}

static bool serve(struct shop *shop, int socket)
{
	struct question q;
	int err = 0, fd = -1;

	resident_wait(socket);
	if (recv(socket, &q, sizeof(q), 0) != sizeof(q) || q.file >= shop->cnt)
		return false;
	if (q.op == WRITER_CHECK) {
		err = check_file(shop, q.file, &fd);
	} else if (q.op == WRITER_OPEN) {
		fd = open_file(shop, q.file);
		err = fd < 0 ? fd : 0;
	} else if (q.op == WRITER_COMMIT) {
		err = draft_commit(&shop->drafts[q.file], shop->files[q.file].keep_old);
	} else {
		draft_discard(&shop->drafts[q.file]);
	}
	return answer(socket, err, fd);
}

void writer_process_serve(const struct writer_file *files, size_t cnt, pid_t asker, int socket)
{
	struct shop shop = { files, calloc(cnt, sizeof(*shop.drafts)), cnt, asker };

	if (!shop.drafts)
		return;
	for (size_t i = 0; i < cnt; i++)
		draft_init(&shop.drafts[i]);
	while (serve(&shop, socket))
		;
	for (size_t i = 0; i < cnt; i++)
		draft_discard(&shop.drafts[i]);
	free(shop.drafts);
}

/* Close what the asker had open: its pipes must end when it does. */
static bool keep_only(int socket)
{
	if (dup2(socket, STDIN_FILENO) < 0)
		return false;
	if (close_range(STDIN_FILENO + 1, ~0U, 0)) { /* before Linux 5.9 */
		for (int fd = STDIN_FILENO + 1; fd <= socket; fd++)
			close(fd);
	}
	return true;
}

void writer_process_run(const struct writer_file *files, size_t cnt, pid_t asker, int socket)
{
	/* What is written belongs to who calls, also if the program were another user's (chmod u+s). */
	if (setresgid(getgid(), getgid(), getgid()) || setresuid(getuid(), getuid(), getuid()))
		_exit(EXIT_FAILURE);
	terminal_ignore_signals();
	prctl(PR_SET_NAME, "wick-writer");
	setpriority(PRIO_PROCESS, 0, ANSWER_NICE);
	if (!keep_only(socket) || confine(CONFINE_WRITER, NULL, 0, false))
		_exit(EXIT_FAILURE);
	resident_drop();
	writer_process_serve(files, cnt, asker, STDIN_FILENO);
	_exit(EXIT_SUCCESS);
}
