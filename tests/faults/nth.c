// SPDX-License-Identifier: BSD-2-Clause
/*
 * nth.c - preloaded: the n-th call of one kind fails, as if there were no memory, no
 * such file, or a disk that cannot be read.
 *
 *	NTH_KIND=malloc|open|read NTH=n NTH_FIRED=file LD_PRELOAD=nth.so COMMAND...
 *
 * NTH_FIRED has a byte when the call failed; a command that makes fewer calls leaves it
 * empty.  It is opened at the start: later on wick opens nothing for writing.  malloc is
 * calloc and realloc too, open is fopen too; calls that the C library makes of its own
 * open and read are not counted.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The C library's own; no look-up, which would itself allocate. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t cnt, size_t size);
extern void *__libc_realloc(void *old, size_t size);

#define API __attribute__((visibility("default")))

static const char *kind;
static long fired_fd = -1;
static long nth;
static atomic_long calls;

__attribute__((constructor)) static void begin(void)
{
	const char *n = getenv("NTH"), *path = getenv("NTH_FIRED");

	if (path)
		fired_fd = syscall(SYS_openat, AT_FDCWD, path,
				   O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	nth = n ? strtol(n, NULL, 10) : 0;
	kind = getenv("NTH_KIND");
}

/* Is it this one? */
static bool fails(const char *what, int error)
{
	if (!kind || strcmp(kind, what) || atomic_fetch_add(&calls, 1) + 1 != nth)
		return false;
	if (fired_fd >= 0)
		syscall(SYS_write, fired_fd, "x", 1);
	errno = error;
	return true;
}

API void *malloc(size_t size)
{
	return fails("malloc", ENOMEM) ? NULL : __libc_malloc(size);
}

API void *calloc(size_t cnt, size_t size)
{
	return fails("malloc", ENOMEM) ? NULL : __libc_calloc(cnt, size);
}

API void *realloc(void *old, size_t size)
{
	return fails("malloc", ENOMEM) ? NULL : __libc_realloc(old, size);
}

static int open_or_fail(int dir, const char *path, int flags, va_list args)
{
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;

	return fails("open", EMFILE) ? -1 : (int)syscall(SYS_openat, dir, path, flags, mode);
}

/* The parameters behind DIR, where a relative path begins, end in path and flags. */
#define OPEN(name, dir, ...)                                                                       \
	API int name(__VA_ARGS__, ...)                                                             \
	{                                                                                          \
		va_list args;                                                                      \
		int fd;                                                                            \
                                                                                                   \
		va_start(args, flags);                                                             \
		fd = open_or_fail(dir, path, flags, args);                                         \
		va_end(args);                                                                      \
		return fd;                                                                         \
	}

#define FOPEN(name)                                                                                \
	API FILE *name(const char *path, const char *mode)                                         \
	{                                                                                          \
		typedef FILE *fopen_fn(const char *, const char *);                                \
		fopen_fn *next;                                                                    \
                                                                                                   \
		if (fails("open", EMFILE))                                                         \
			return NULL;                                                               \
		next = (fopen_fn *)dlsym(RTLD_NEXT, #name);                                        \
		return next ? next(path, mode) : NULL;                                             \
	}

OPEN(open, AT_FDCWD, const char *path, int flags)
OPEN(open64, AT_FDCWD, const char *path, int flags)
OPEN(openat, dir, int dir, const char *path, int flags)
OPEN(openat64, dir, int dir, const char *path, int flags)
FOPEN(fopen)
FOPEN(fopen64)

API ssize_t read(int fd, void *buf, size_t size)
{
	return fails("read", EIO) ? -1 : syscall(SYS_read, fd, buf, size);
}

API ssize_t pread(int fd, void *buf, size_t size, off_t off)
{
	return fails("read", EIO) ? -1 : syscall(SYS_pread64, fd, buf, size, off);
}

API ssize_t pread64(int fd, void *buf, size_t size, off64_t off)
{
	return fails("read", EIO) ? -1 : syscall(SYS_pread64, fd, buf, size, off);
}
