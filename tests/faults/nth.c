// SPDX-License-Identifier: BSD-2-Clause
/*
 * nth.c - preloaded: the n-th call of one kind fails, as if there were no memory, no
 * such file, or a disk that cannot be read.
 *
 *	NTH_KIND=malloc|open|read NTH=n NTH_FIRED=file LD_PRELOAD=nth.so COMMAND...
 *
 * NTH_FIRED has an 'x' when the call failed; a command that makes fewer calls leaves it
 * a NUL.  It is mapped at the start: later on wick opens nothing for writing, and closes
 * what it did not open.  malloc is
 * calloc and realloc too, open is fopen too; calls that the C library makes of its own
 * open and read are not counted, nor what libbpf allocates, of which 1.7 crashes.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The C library's own; no look-up, which would itself allocate. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t cnt, size_t size);
extern void *__libc_realloc(void *old, size_t size);

#define API __attribute__((visibility("default")))

static const char *kind;
static char *fired; /* the file's byte */
static long nth;
static atomic_long calls;
static uintptr_t spared_start, spared_end; /* the code of libbpf */

static int spare_libbpf(struct dl_phdr_info *object, size_t size, void *ctx)
{
	if (!strstr(object->dlpi_name, "/libbpf.so"))
		return 0;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

		if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
			continue;
		spared_start = object->dlpi_addr + segment->p_vaddr;
		spared_end = spared_start + segment->p_memsz;
	}
	return 1;
}

__attribute__((constructor)) static void begin(void)
{
	const char *n = getenv("NTH"), *path = getenv("NTH_FIRED");

	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT, 0644) : -1;

	if (fd >= 0 && !ftruncate(fd, 1))
		fired = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fired == MAP_FAILED)
		fired = NULL;
	if (fd >= 0)
		close(fd);
	nth = n ? strtol(n, NULL, 10) : 0;
	kind = getenv("NTH_KIND");
	dl_iterate_phdr(spare_libbpf, NULL);
}

/* Is it this one? */
static bool fails(const char *what, int error)
{
	if (!kind || strcmp(kind, what) || atomic_fetch_add(&calls, 1) + 1 != nth)
		return false;
	if (fired)
		*fired = 'x';
	errno = error;
	return true;
}

static bool lacks_memory(const void *caller)
{
	return (uintptr_t)caller - spared_start >= spared_end - spared_start &&
	       fails("malloc", ENOMEM);
}

API void *malloc(size_t size)
{
	return lacks_memory(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

API void *calloc(size_t cnt, size_t size)
{
	return lacks_memory(__builtin_return_address(0)) ? NULL : __libc_calloc(cnt, size);
}

API void *realloc(void *old, size_t size)
{
	return lacks_memory(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
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
