// SPDX-License-Identifier: BSD-2-Clause
/*
 * silentfs.c - a file system with one file, whose server can fall silent.
 *
 *	silentfs FOLDER FILE FLAG	mount on FOLDER, where `prog` is FILE, until a signal or
 *					for five minutes; while there is a file FLAG nothing is
 *					answered
 *
 * As on a network file system whose server is gone, whoever asks waits, and cannot be killed if the
 * question was read.  Nothing is cached but what was read.
 *
 * Source: fuse(4), and the header of the kernel that it names.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define ROOT_INODE 1
#define FILE_INODE 2
#define BUFFER	   (256u << 10)
#define LIFE_S	   300

struct server {
	int fuse, file;
	const char *flag;
	struct stat st; /* of the file */
};

static volatile sig_atomic_t over;

static void end(int signal_number)
{
	(void)signal_number;
	over = 1;
}

static void answer(const struct server *s, uint64_t unique, int err, const void *bytes, size_t len)
{
	struct fuse_out_header header = {
		.len = (uint32_t)(sizeof(header) + (err ? 0 : len)),
		.error = err,
		.unique = unique,
	};
	struct iovec parts[] = { { &header, sizeof(header) }, { (void *)bytes, err ? 0 : len } };

	if (writev(s->fuse, parts, 2) < 0 && errno != ENOENT)
		perror("silentfs: writev");
}

static struct fuse_attr attributes(const struct server *s, uint64_t inode)
{
	struct fuse_attr attr = { .ino = inode, .nlink = 1, .blksize = 4096 };

	attr.mode = inode == ROOT_INODE ? S_IFDIR | 0755 : S_IFREG | 0755;
	if (inode == FILE_INODE)
		attr.size = (uint64_t)s->st.st_size;
	return attr;
}

static void look_up(const struct server *s, const struct fuse_in_header *in, const char *name)
{
	struct fuse_entry_out entry = { .nodeid = FILE_INODE };

	entry.attr = attributes(s, FILE_INODE);
	answer(s, in->unique, strcmp(name, "prog") ? -ENOENT : 0, &entry, sizeof(entry));
}

static void read_file(const struct server *s, const struct fuse_in_header *in,
		      const struct fuse_read_in *wanted)
{
	char *bytes = malloc(wanted->size + 1);
	ssize_t got = bytes ? pread(s->file, bytes, wanted->size, (off_t)wanted->offset) : -1;

	answer(s, in->unique, got < 0 ? -EIO : 0, bytes, got > 0 ? (size_t)got : 0);
	free(bytes);
}

static void serve(const struct server *s, const struct fuse_in_header *in)
{
	const void *body = in + 1;
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = 31,
		.max_readahead = 65536,
		.max_write = 65536,
		.time_gran = 1,
	};
	struct fuse_attr_out attr = { .attr = attributes(s, in->nodeid) };
	struct fuse_open_out open_out = { 0 };
	struct fuse_statfs_out statfs_out = { .st = { .bsize = 4096, .namelen = 255 } };

	switch (in->opcode) {
	case FUSE_INIT:
		answer(s, in->unique, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		look_up(s, in, body);
		break;
	case FUSE_GETATTR:
		answer(s, in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		answer(s, in->unique, 0, &open_out, sizeof(open_out));
		break;
	case FUSE_READ:
		read_file(s, in, body);
		break;
	case FUSE_STATFS:
		answer(s, in->unique, 0, &statfs_out, sizeof(statfs_out));
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		answer(s, in->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break; /* there is no answer to these */
	default:
		answer(s, in->unique, -ENOSYS, NULL, 0);
	}
}

static bool is_silent(const struct server *s)
{
	struct stat st;

	return !stat(s->flag, &st);
}

static void run(const struct server *s)
{
	static union {
		struct fuse_in_header header;
		char bytes[BUFFER];
	} request;
	time_t until = time(NULL) + LIFE_S;

	while (!over && time(NULL) < until) {
		struct pollfd poll_fd = { .fd = s->fuse, .events = POLLIN };
		ssize_t got;

		if (poll(&poll_fd, 1, 100) <= 0)
			continue;
		got = read(s->fuse, &request, sizeof(request));
		if (got < 0 && errno != EINTR && errno != EAGAIN && errno != ENOENT)
			return;
		/* What was read is waited for. */
		while (!over && is_silent(s))
			usleep(20000);
		if (got > 0)
			serve(s, &request.header);
	}
}

int main(int argc, char **argv)
{
	struct server s = { .fuse = -1 };
	char options[128];

	if (argc != 4)
		return 2;
	s.flag = argv[3];
	s.file = open(argv[2], O_RDONLY | O_CLOEXEC);
	s.fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		 s.fuse);
	if (s.file < 0 || s.fuse < 0 || fstat(s.file, &s.st) ||
	    mount("silentfs", argv[1], "fuse.silentfs", MS_NOSUID | MS_NODEV, options)) {
		perror("silentfs");
		return 1;
	}
	signal(SIGTERM, end);
	signal(SIGINT, end);
	run(&s);
	umount2(argv[1], MNT_DETACH);
	return 0;
}
