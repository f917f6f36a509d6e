/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * messages.h - what the fuzz targets of processes share: bytes in, and out come the messages of
 * another process that was taken over.
 *
 * Of each message the input has a byte that is its kind, one that says how many files come with it
 * (the low four bits) and from which on (the high ones), two that are its length, and its bytes.
 * A kind of FUZZ_NEXT is none: what follows is said by the process's successor.
 */
#ifndef TESTS_FUZZ_MESSAGES_H
#define TESTS_FUZZ_MESSAGES_H

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "profiler/guard/message.h"
#include "tests/fuzz/check.h"
#include "tests/unit/elf_builder.h"

#define FUZZ_NEXT     255
#define FUZZ_MESSAGES 64 /* of a process; their answers wait in the socket meanwhile */
#define FUZZ_FILES    4

struct fuzz_input {
	const uint8_t *at, *end;
};

static inline uint8_t fuzz_u8(struct fuzz_input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

static inline void fuzz_write_file(int file, const void *bytes, size_t len)
{
	check(!ftruncate(file, 0) && pwrite(file, bytes, len, 0) == (ssize_t)len);
}

/* An ELF file with symbols, a build-id and, somewhere, a debug file. */
static inline void fuzz_write_elf(int file)
{
	static const struct elf_spec spec = {
		.segments = { { .p_type = PT_LOAD,
				.p_flags = PF_X,
				.p_vaddr = 0x1000,
				.p_filesz = 0x1000 } },
		.text_vaddr = 0x1000,
		.text_size = 0x1000,
		.symtab_type = SHT_DYNSYM, /* with .symtab none would look for the debug file */
		.syms = { { "_Z3onev", 0x1000, 16, STB_GLOBAL, STT_FUNC, ELF_TEXT },
			  { "two", 0x1010, 16, STB_GLOBAL, STT_FUNC, ELF_TEXT } },
		.build_id = "\x01\x02\x03\x04",
		.debuglink = "x.debug",
	};
	struct elf_bytes elf;

	elf_build(&spec, &elf);
	fuzz_write_file(file, elf.bytes, elf.size);
}

/* That one, a perf map, and two that are no regular files. */
static inline const int *fuzz_files(void)
{
	static const char names[] = "1000 100 made_up\n";
	static int files[FUZZ_FILES] = { -1 };

	if (files[0] >= 0)
		return files;
	files[0] = memfd_create("elf", MFD_CLOEXEC);
	fuzz_write_elf(files[0]);
	files[1] = memfd_create("perf map", MFD_CLOEXEC);
	fuzz_write_file(files[1], names, sizeof(names) - 1);
	files[2] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	files[3] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return files;
}

/* Any bytes, also such as message_send() would not send, with any number of files. */
static inline bool fuzz_send(int socket, const void *bytes, size_t len, uint8_t files)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(16 * sizeof(int))];
	} control = { 0 };
	struct iovec part = { (void *)bytes, len };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	int *fds = (int *)CMSG_DATA(&control.header);
	size_t cnt = files & 15;

	for (size_t i = 0; i < cnt; i++)
		fds[i] = fuzz_files()[(i + (files >> 4)) % FUZZ_FILES];
	if (cnt) {
		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(cnt * sizeof(int));
		control.header.cmsg_len = CMSG_LEN(cnt * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
	}
	return sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len;
}

/* Take the next message from the input: its kind, which is a word, and its bytes.  0: there is none. */
static inline size_t fuzz_next(struct fuzz_input *in, uint8_t bytes[4 + UINT16_MAX], uint8_t *files)
{
	uint32_t kind = fuzz_u8(in);
	size_t len, left;

	*files = fuzz_u8(in);
	len = fuzz_u8(in);
	len |= (size_t)fuzz_u8(in) << 8;
	left = (size_t)(in->end - in->at);
	if (kind == FUZZ_NEXT || !left)
		return 0;
	len = len < left ? len : left;
	memcpy(bytes, &kind, sizeof(kind));
	memcpy(bytes + sizeof(kind), in->at, len);
	in->at += len;
	return sizeof(kind) + len;
}

/* Say at SOCKET what the input has for one process, which says no more then, but listens. */
static inline void fuzz_say_all(int socket, struct fuzz_input *in)
{
	static uint8_t bytes[4 + UINT16_MAX];
	uint8_t files;

	for (int i = 0; i < FUZZ_MESSAGES; i++) {
		size_t len = fuzz_next(in, bytes, &files);

		if (!len || !fuzz_send(socket, bytes, len, files))
			break;
	}
	check(!shutdown(socket, SHUT_WR));
}

/* How many files this process has open: none may be left of a message. */
static inline size_t fuzz_open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t cnt = 0;

	check(dir);
	while (readdir(dir))
		cnt++;
	closedir(dir);
	return cnt;
}

#endif /* TESTS_FUZZ_MESSAGES_H */
