// SPDX-License-Identifier: BSD-2-Clause
/* distro.c - see distro.h. */
#include "profiler/report/distro.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/clock.h"
#include "profiler/log.h"

#define LISTS	     "/var/lib/dpkg/info"
#define LIST_MAX     (4u << 20)
#define SEARCH_NS    100000000
#define PACKAGE_SIZE 128
#define PATH_COLUMNS 200
#define ANY_SERVER   "https://debuginfod.elfutils.org"

enum tool { NO_TOOL, DPKG, RPM };

struct distro_family {
	const char *ids; /* of os-release, between spaces */
	const char *server;
	enum tool tool;
	const char *before,
		*behind; /* the package's name, of RPM the file's path, in its command */
};

static const struct distro_family families[] = {
	{ " debian raspbian ", "https://debuginfod.debian.net", DPKG, "apt install ",
	  " (of the archive debian-debug)" },
	{ " ubuntu ", "https://debuginfod.ubuntu.com", DPKG, "apt install ",
	  " (of the archive ddebs.ubuntu.com)" },
	{ " fedora ", "https://debuginfod.fedoraproject.org", RPM,
	  "dnf debuginfo-install $(rpm -qf ", ")" },
	{ " centos ", "https://debuginfod.centos.org", RPM, "dnf debuginfo-install $(rpm -qf ",
	  ")" },
	{ " rhel rocky almalinux ol amzn ", ANY_SERVER, RPM, "dnf debuginfo-install $(rpm -qf ",
	  ")" },
	{ " suse opensuse opensuse-leap opensuse-tumbleweed sles ",
	  "https://debuginfod.opensuse.org", RPM,
	  "zypper install -C $(rpm -qf --qf '%{name}-debuginfo' ", ")" },
	{ " arch manjaro ", "https://debuginfod.archlinux.org", NO_TOOL, NULL, NULL },
};

/* What is named otherwise than PACKAGE-dbgsym. */
static const struct {
	const char *package, *debug;
} exceptions[] = {
	{ "libc6", "libc6-dbg" },
	{ "libc-bin", "libc6-dbg" },
};

/* os-release */

static const struct distro_family *family_of(const char *id)
{
	char word[64];

	snprintf(word, sizeof(word), " %s ", id);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (strstr(families[i].ids, word))
			return &families[i];
	}
	return NULL;
}

/* The family of the first of the words behind NAME= in LINE that has one. */
static const struct distro_family *family_in(char *line, const char *name)
{
	size_t len = strlen(name);
	const struct distro_family *family = NULL;
	char *words = line + len, *state = NULL;

	if (strncmp(line, name, len))
		return NULL;
	for (char *id = strtok_r(words, " \"'\n", &state); id && !family;
	     id = strtok_r(NULL, " \"'\n", &state))
		family = family_of(id);
	return family;
}

void distro_read(const char *root, struct distro *out)
{
	static const char *const places[] = { "/etc/os-release", "/usr/lib/os-release" };
	const struct distro_family *like = NULL;
	const char *urls = getenv("DEBUGINFOD_URLS");
	char path[PATH_MAX], line[512];
	FILE *f = NULL;

	*out = (struct distro){ .root = root, .asks_server = urls && *urls };
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !f; i++) {
		snprintf(path, sizeof(path), "%s%s", root, places[i]);
		f = fopen(path, "re");
	}
	for (int i = 0; f && i < 100 && fgets(line, sizeof(line), f); i++) {
		if (!out->family)
			out->family = family_in(line, "ID=");
		if (!like)
			like = family_in(line, "ID_LIKE=");
	}
	if (f)
		fclose(f);
	if (!out->family)
		out->family = like;
}

const char *distro_server(const struct distro *distro)
{
	return distro->family ? distro->family->server : ANY_SERVER;
}

const char *distro_packages(const struct distro *distro)
{
	static const char *const names[] = {
		[NO_TOOL] = "",
		[DPKG] = "packages NAME-dbgsym and libc6-dbg, or ",
		[RPM] = "packages NAME-debuginfo, or ",
	};

	return names[distro->family ? distro->family->tool : NO_TOOL];
}

/* dpkg */

/* What is looked for: PATH as it is, and as it was before /lib became /usr/lib. */
struct search {
	const char *path, *old;
	char stem[32]; /* letters that the package's name begins with, as likely as not */
	uint64_t until_ns;
	bool late;
	char package[PACKAGE_SIZE]; /* "": none was found */
};

static bool holds_line(const char *text, size_t size, const char *line)
{
	size_t len = line ? strlen(line) : 0;

	for (const char *at = text; len;) {
		at = memmem(at, (size_t)(text + size - at), line, len);
		if (!at)
			return false;
		if ((at == text || at[-1] == '\n') && (at + len == text + size || at[len] == '\n'))
			return true;
		at += len;
	}
	return false;
}

static bool list_has(int dir, const char *name, const struct search *search)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	char *text = NULL;
	ssize_t size = 0;
	bool has = false;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= LIST_MAX)
		text = malloc((size_t)st.st_size);
	if (text)
		size = read(fd, text, (size_t)st.st_size);
	if (size > 0)
		has = holds_line(text, (size_t)size, search->path) ||
		      holds_line(text, (size_t)size, search->old);
	free(text);
	close(fd);
	return has;
}

/* "libc6:amd64.list" is libc6's. */
static bool take_package(struct search *search, const char *list)
{
	size_t len = strcspn(list, ":");

	if (len == strlen(list))
		len -= strlen(".list");
	if (len >= sizeof(search->package))
		return false;
	memcpy(search->package, list, len);
	search->package[len] = '\0';
	return true;
}

/* Look through the lists whose names begin with the stem, or through those that do not. */
static bool search_lists(DIR *dir, struct search *search, bool likely)
{
	struct dirent *entry;

	rewinddir(dir);
	while (!search->late && (entry = readdir(dir))) {
		const char *ending = strrchr(entry->d_name, '.');
		bool is_likely = !strncmp(entry->d_name, search->stem, strlen(search->stem));

		if (!ending || strcmp(ending, ".list") || is_likely != likely)
			continue;
		search->late = now_ns() > search->until_ns;
		if (list_has(dirfd(dir), entry->d_name, search))
			return take_package(search, entry->d_name);
	}
	return false;
}

/* "libssl.so.3" begins with "libssl", "python3.11" with "python". */
static void set_stem(struct search *search)
{
	const char *base = strrchr(search->path, '/') + 1;
	size_t len = 0;

	while (len < sizeof(search->stem) - 1 &&
	       (isalpha((unsigned char)base[len]) || base[len] == '-'))
		len++;
	memcpy(search->stem, base, len);
	search->stem[len] = '\0';
}

/* The package that PATH is of; search->late says that not all were looked through. */
static void find_package(const struct distro *distro, const char *path, struct search *search)
{
	char folder[PATH_MAX];
	DIR *dir;

	*search = (struct search){ .path = path, .until_ns = now_ns() + SEARCH_NS };
	if (!strncmp(path, "/usr/", 5))
		search->old = path + 4;
	set_stem(search);
	snprintf(folder, sizeof(folder), "%s" LISTS, distro->root);
	dir = opendir(folder);
	search->late = !dir;
	if (dir && !search_lists(dir, search, true))
		search_lists(dir, search, false);
	if (dir)
		closedir(dir);
}

/* Hints */

static const char *exception_for(const char *package)
{
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++) {
		if (!strcmp(exceptions[i].package, package))
			return exceptions[i].debug;
	}
	return NULL;
}

/* Nothing that a shell would take for more than a name, nor a terminal. */
static bool is_plain(const char *path)
{
	return path[0] == '/' && !path[strspn(path, "/-+._0123456789abcdefghijklmnopqrstuvwxyz"
						    "ABCDEFGHIJKLMNOPQRSTUVWXYZ")];
}

/* A path of another root, such as a container's, is of none of our packages. */
static bool is_ours(const struct distro *distro, const char *path)
{
	char here[PATH_MAX];
	struct stat st;

	snprintf(here, sizeof(here), "%s%s", distro->root, path);
	return !lstat(here, &st);
}

/* The command that installs the symbols; "": none is known.  False: PATH is of no package. */
static bool find_command(const struct distro *distro, const char *path, char *text, size_t size)
{
	const struct distro_family *family = distro->family;
	const char *debug;
	struct search search;

	*text = '\0';
	if (!family || family->tool == NO_TOOL || !is_plain(path))
		return true;
	if (family->tool == RPM) {
		snprintf(text, size, "%s%s%s", family->before, path, family->behind);
		return true;
	}
	find_package(distro, path, &search);
	debug = exception_for(search.package);
	if (debug)
		snprintf(text, size, "%s%s", family->before, debug);
	else if (*search.package)
		snprintf(text, size, "%s%s-dbgsym%s", family->before, search.package,
			 family->behind);
	return *search.package || search.late || !is_ours(distro, path);
}

void distro_hint(const struct distro *distro, const char *path, char *text, size_t size)
{
	char command[PATH_MAX + 128], shown[PATH_COLUMNS], server[128] = "";

	log_printable(path, shown, sizeof(shown));
	if (!find_command(distro, path, command, sizeof(command))) {
		snprintf(text, size, "%s is of no package: build it with -g, and do not strip it",
			 shown);
		return;
	}
	if (!distro->asks_server)
		snprintf(server, sizeof(server), " or set DEBUGINFOD_URLS=%s",
			 distro_server(distro));
	if (*command)
		snprintf(text, size, "%s%s, for %s", command, server, shown);
	else
		snprintf(text, size, "install the debug symbols of %s%s", shown, server);
}
