// SPDX-License-Identifier: BSD-2-Clause
/* Each distribution's own words for debug symbols, by its os-release and by dpkg's lists. */
#include "profiler/report/distro.h"
#include "tests/unit/row.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/wick-distro.XXXXXX";

static int make_root(void **state)
{
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

/* The file PATH below the root, with the folders that lead there. */
static void put(const char *path, const char *text)
{
	char full[PATH_MAX];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *slash = strchr(full + strlen(root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static const char *hint(const char *path)
{
	static char text[1024];
	struct distro distro;

	distro_read(root, &distro);
	distro_hint(&distro, path, text, sizeof(text));
	return text;
}

#define PROGRAM "/usr/bin/prog"

static void each_distribution_has_its_words(void **state)
{
	static const struct {
		const char *os_release, *want;
	} rows[] = {
		{ "ID=fedora\nVERSION_ID=40\n",
		  "dnf debuginfo-install $(rpm -qf /usr/bin/prog) or set "
		  "DEBUGINFOD_URLS=https://debuginfod.fedoraproject.org, for /usr/bin/prog" },
		{ "NAME=\"Rocky Linux\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n",
		  "dnf debuginfo-install $(rpm -qf /usr/bin/prog) or set "
		  "DEBUGINFOD_URLS=https://debuginfod.elfutils.org, for /usr/bin/prog" },
		{ "ID_LIKE=\"suse opensuse\"\nID=\"opensuse-tumbleweed\"\n",
		  "zypper install -C $(rpm -qf --qf '%{name}-debuginfo' /usr/bin/prog) or set "
		  "DEBUGINFOD_URLS=https://debuginfod.opensuse.org, for /usr/bin/prog" },
		{ "ID=arch\n", "install the debug symbols of /usr/bin/prog or set "
			       "DEBUGINFOD_URLS=https://debuginfod.archlinux.org" },
		{ "ID=mine\nID_LIKE=\"unheard-of arch\"\n",
		  "install the debug symbols of /usr/bin/prog or set "
		  "DEBUGINFOD_URLS=https://debuginfod.archlinux.org" },
		{ "ID=alpine\n", "install the debug symbols of /usr/bin/prog or set "
				 "DEBUGINFOD_URLS=https://debuginfod.elfutils.org" },
		{ "", "install the debug symbols of /usr/bin/prog or set "
		      "DEBUGINFOD_URLS=https://debuginfod.elfutils.org" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		put("/etc/os-release", rows[i].os_release);
		if (strcmp(hint(PROGRAM), rows[i].want))
			fail_msg("[%s] %s", rows[i].os_release, hint(PROGRAM));
	}
}

static void dpkg_knows_the_package(void **state)
{
	static const struct {
		const char *path, *want; /* up to the server */
	} rows[] = {
		{ PROGRAM, "apt install prog-tools-dbgsym (of the archive debian-debug)" },
		{ "/usr/lib/x86_64-linux-gnu/libc.so.6", "apt install libc6-dbg" },
		{ "/usr/lib/libssl.so.3",
		  "apt install libssl3-dbgsym (of the archive debian-debug)" },
		{ "/usr/lib/libssl.so", "install the debug symbols of /usr/lib/libssl.so" },
		{ "/bin/prog", "install the debug symbols of /bin/prog" },
	};
	const char *server = " or set DEBUGINFOD_URLS=https://debuginfod.debian.net";

	put("/etc/os-release", "ID=debian\n");
	put("/var/lib/dpkg/info/prog-tools.list", "/.\n/usr\n/usr/bin\n" PROGRAM "\n");
	put("/var/lib/dpkg/info/libc6:amd64.list", "/.\n/lib/x86_64-linux-gnu/libc.so.6\n");
	put("/var/lib/dpkg/info/libssl3:amd64.list", "/usr/lib/libssl.so.3");
	put("/var/lib/dpkg/info/other.conffiles", "/usr/lib/libssl.so\n");
	put("/var/lib/dpkg/info/libssl-dev.list", "/usr/lib/libssl.so.old\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *said = hint(rows[i].path);
		size_t len = strlen(rows[i].want);

		if (strncmp(said, rows[i].want, len) || strncmp(said + len, server, strlen(server)))
			fail_msg("[%s] %s", rows[i].path, said);
	}
	put("/etc/os-release", "ID=ubuntu\nID_LIKE=debian\n");
	assert_non_null(strstr(hint(PROGRAM),
			       "prog-tools-dbgsym (of the archive ddebs.ubuntu.com) or "
			       "set DEBUGINFOD_URLS=https://debuginfod.ubuntu.com"));
}

static void what_is_of_no_package_was_built_here(void **state)
{
	put("/etc/os-release", "ID=debian\n");
	put("/opt/mine", "");
	assert_string_equal(hint("/opt/mine"),
			    "/opt/mine is of no package: build it with -g, and do not strip it");
}

static void a_server_that_is_asked_is_not_named(void **state)
{
	put("/etc/os-release", "ID=debian\n");
	setenv("DEBUGINFOD_URLS", "http://127.0.0.1:1", 1);
	assert_string_equal(
		hint(PROGRAM),
		"apt install prog-tools-dbgsym (of the archive debian-debug), for " PROGRAM);
	unsetenv("DEBUGINFOD_URLS");
}

/* What a profiled program calls itself is in no command, and in no terminal as it is. */
static void a_hostile_path_is_in_no_command(void **state)
{
	static const char *const paths[] = { "/tmp/$(reboot)", "/tmp/`id`",	  "/tmp/a b",
					     "/tmp/a;b",       "/tmp/\033]0;x\a", "relative",
					     "/tmp/a\nb",      "/tmp/'x" };

	put("/etc/os-release", "ID=fedora\n");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const char *said = hint(paths[i]);

		ROW_TRUE(paths[i], !strncmp(said, "install the debug symbols of", 28));
		ROW_TRUE(paths[i], !strpbrk(said, "\033\n\a"));
	}
}

/* Neither is a file that is none of a data base's waited for or followed. */
static void a_data_base_that_is_none_is_passed_over(void **state)
{
	char path[PATH_MAX];

	put("/etc/os-release", "ID=debian\n");
	snprintf(path, sizeof(path), "%s/var/lib/dpkg/info/pipe.list", root);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/var/lib/dpkg/info/link.list", root);
	assert_int_equal(symlink("/dev/zero", path), 0);
	snprintf(path, sizeof(path), "%s/var/lib/dpkg/info/hole.list", root);
	put("/var/lib/dpkg/info/hole.list", "/usr/lib/nowhere\n");
	assert_int_equal(truncate(path, (off_t)1 << 40), 0);
	assert_non_null(strstr(hint("/usr/lib/nowhere"), "install the debug symbols of"));
	assert_non_null(strstr(hint(PROGRAM), "prog-tools-dbgsym"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_distribution_has_its_words),
		cmocka_unit_test(dpkg_knows_the_package),
		cmocka_unit_test(what_is_of_no_package_was_built_here),
		cmocka_unit_test(a_server_that_is_asked_is_not_named),
		cmocka_unit_test(a_hostile_path_is_in_no_command),
		cmocka_unit_test(a_data_base_that_is_none_is_passed_over),
	};

	unsetenv("DEBUGINFOD_URLS");
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
