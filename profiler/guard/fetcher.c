// SPDX-License-Identifier: BSD-2-Clause
/*
 * fetcher.c - the process that asks servers for debug files: `wick fetch-debug-files`, see fetch.h.
 *
 * libdebuginfod, libcurl and TLS believe what anybody sends.  So they run as another user than
 * root, without a capability, behind a filter that knows files and the network alone.  What is
 * sent away is the build-id of a file that the asker hands over, and nothing that it says.
 *
 * Why not Landlock as root: root's files would have to be named one by one for it not to read
 * them, where another user may not; and kernels without it would leave them all.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/guard/confine.h"
#include "profiler/guard/fetch.h"
#include "profiler/guard/message.h"
#include "profiler/guard/place.h"
#include "symbolize/elf/image.h"

#define NOBODY	   65534 /* the user whom every system has; its name differs */
#define ITS_FOLDER "nobody"
#define CACHE	   "DEBUGINFOD_CACHE_PATH"

/* Rights */

/* The caller's cache of libdebuginfod, as debuginfod_find_debuginfo(3) has it. */
static bool cache_path(char *path, size_t size)
{
	const char *cache = getenv(CACHE), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int len = -1;

	if (cache && *cache)
		len = snprintf(path, size, "%s", cache);
	else if (xdg && *xdg)
		len = snprintf(path, size, "%s/debuginfod_client", xdg);
	else if (home && *home)
		len = snprintf(path, size, "%s/.cache/debuginfod_client", home);
	return len > 0 && (size_t)len < size;
}

/* Make what is missing of PATH, and open it. */
static int open_folder(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	mkdir(path, 0700);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/*
 * Go into the folder of root's cache that nobody else than NOBODY has: from there it needs no
 * right to the folders above.  What root itself fetched before is root's.
 */
static bool enter_cache(void)
{
	char path[PATH_MAX];
	struct stat st;
	bool is_ours;
	int above, fd;

	if (!cache_path(path, sizeof(path)))
		return false;
	above = open_folder(path);
	is_ours = !mkdirat(above, ITS_FOLDER, 0700);
	fd = openat(above, ITS_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	is_ours = fd >= 0 && !fstat(fd, &st) &&
		  (st.st_uid == NOBODY || (is_ours && !st.st_uid && !fchown(fd, NOBODY, NOBODY)));
	is_ours = is_ours && !fchdir(fd) && !setenv(CACHE, ".", true);
	if (above >= 0)
		close(above);
	if (fd >= 0)
		close(fd);
	return is_ours;
}

#ifdef WICK_STATIC
/* What is linked statically asks no name service. */
static void go_home(uid_t uid)
{
	(void)uid;
}
#else
/* Some configurations of sudo leave HOME root's. */
static void go_home(uid_t uid)
{
	const struct passwd *user = getpwuid(uid);

	if (user)
		setenv("HOME", user->pw_dir, true);
}
#endif

/* Root becomes whom sudo came from, with his cache, or NOBODY. */
static bool become_another(void)
{
	uid_t uid;
	gid_t gid;

	if (geteuid())
		return true;
	if (!place_sudo_ids(&uid, &gid) || !uid) {
		uid = gid = NOBODY;
		if (!enter_cache() && chdir("/"))
			return false;
	}
	if (setgroups(0, NULL) || setgid(gid) || setuid(uid))
		return false;
	if (uid != NOBODY)
		go_home(uid);
	return true;
}

static int step_down(void)
{
	if (!become_another())
		return -FETCH_STAYED_ROOT;
	/* The kernel forgets the signal when the user changes. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return -errno;
	return confine(CONFINE_FETCHER, NULL, 0, false);
}

/* The library */

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
	lib->handle = dlopen(FETCH_LIBRARY, RTLD_NOW);
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

/* The build-id of FILE as a string in hexadecimal. */
static int read_id(int file, char hex[2 * ELF_BUILD_ID_MAX + 1])
{
	uint8_t id[ELF_BUILD_ID_MAX];
	struct elf_image *img;
	size_t len;
	int err = elf_image_open(file, &img);

	if (err)
		return err;
	len = elf_image_build_id(img, id);
	elf_image_close(img);
	for (size_t i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	return len > 1 ? 0 : -ENODATA;
}

/* The fd of FILE's debug file, or -errno. */
static int find(const struct library *lib, int file)
{
	char hex[2 * ELF_BUILD_ID_MAX + 1], *path = NULL;
	int err = read_id(file, hex), fd;

	if (err)
		return err;
	/* An id of length 0 is a string in hexadecimal. */
	fd = lib->find(lib->client, (const unsigned char *)hex, 0, &path);
	free(path);
	return fd;
}

static void answer(const struct library *lib, int err, struct message *m)
{
	int fd = err ? err : m->file_cnt == 1 ? find(lib, m->files[0]) : -EPROTO;
	int32_t word = fd < 0 ? fd : 0;

	message_close_files(m);
	m->len = sizeof(word);
	memcpy(m->bytes, &word, sizeof(word));
	m->files[0] = fd;
	m->file_cnt = fd >= 0;
	message_send(STDIN_FILENO, m, false);
	message_close_files(m);
}

/* The library is loaded when the first file is asked for; who is root still only says so. */
int command_fetch(int argc, char **argv)
{
	struct message *m = message_owner_alloc(sizeof(*m));
	struct library lib = { 0 };
	bool is_loaded = false;
	int err;

	prctl(PR_SET_NAME, "wick-fetcher");
	err = step_down();
	if (!m || (err && err != -FETCH_STAYED_ROOT))
		_exit(EXIT_FAILURE);
	while (!message_receive(STDIN_FILENO, m)) {
		if (!err && !is_loaded)
			err = open_library(&lib);
		is_loaded = true;
		answer(&lib, err, m);
	}
	if (lib.client)
		lib.end(lib.client);
	_exit(EXIT_SUCCESS);
}
