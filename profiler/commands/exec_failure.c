// SPDX-License-Identifier: BSD-2-Clause
/* exec_failure.c - see exec_failure.h. */
#include "profiler/commands/exec_failure.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/log.h"

/* Find what execvp() has found in PATH: the first that may be executed. */
static bool find_in_path(const char *command, char found[PATH_MAX])
{
	const char *path = getenv("PATH");

	while (path && *path) {
		size_t len = strcspn(path, ":");

		snprintf(found, PATH_MAX, "%.*s/%s", len ? (int)len : 1, len ? path : ".", command);
		if (!access(found, X_OK))
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

/* What FILE names after "#!"; "" if it does not begin so. */
static void read_interpreter(const char *file, char interpreter[EXEC_INTERPRETER_MAX])
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char text[EXEC_INTERPRETER_MAX] = "";
	ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	const char *name = text + 2;

	if (fd >= 0)
		close(fd);
	text[len > 0 ? len : 0] = '\0';
	interpreter[0] = '\0';
	if (strncmp(text, "#!", 2))
		return;
	name += strspn(name, " \t");
	snprintf(interpreter, EXEC_INTERPRETER_MAX, "%.*s", (int)strcspn(name, " \t\n"), name);
}

static enum exec_hint why_not_found(const char *command, struct exec_failure *out)
{
	char found[PATH_MAX];

	if (strchr(command, '/'))
		snprintf(found, sizeof(found), "%s", command);
	else if (!find_in_path(command, found))
		return access(command, X_OK) ? EXEC_NOT_IN_PATH : EXEC_IN_THIS_FOLDER;
	if (access(found, F_OK))
		return EXEC_NO_HINT;
	read_interpreter(found, out->interpreter);
	return out->interpreter[0] ? EXEC_NO_SCRIPT_INTERPRETER : EXEC_NO_DYNAMIC_LINKER;
}

static enum exec_hint why_not_permitted(const char *command)
{
	struct stat st;

	if (stat(command, &st))
		return EXEC_NO_HINT;
	if (S_ISDIR(st.st_mode))
		return EXEC_IS_FOLDER;
	return access(command, X_OK) ? EXEC_NOT_EXECUTABLE : EXEC_NO_HINT;
}

void exec_failure_find(const char *command, int err, struct exec_failure *out)
{
	*out = (struct exec_failure){ .err = err };
	if (err == ENOENT)
		out->hint = why_not_found(command, out);
	else if (err == EACCES)
		out->hint = why_not_permitted(command);
}

void exec_failure_log(const char *command, const struct exec_failure *failure)
{
	static const char *const remedies[] = {
		[EXEC_NO_DYNAMIC_LINKER] =
			" (the dynamic linker that it names is missing: is it for "
			"another C library or machine? see file(1))",
		[EXEC_NOT_IN_PATH] = " in the folders of PATH",
		[EXEC_IN_THIS_FOLDER] =
			" in the folders of PATH, but in this one: put ./ before it",
		[EXEC_IS_FOLDER] = " (it is a folder)",
		[EXEC_NOT_EXECUTABLE] = " (chmod +x makes it executable)",
	};
	const char *remedy = failure->hint < sizeof(remedies) / sizeof(remedies[0])
				     ? remedies[failure->hint]
				     : NULL;

	if (failure->hint == EXEC_NO_SCRIPT_INTERPRETER)
		log_error("cannot start %s: %s, which its first line names, does not exist "
			  "(install it, or change that line)",
			  command, failure->interpreter);
	else
		log_error("cannot start %s: %s%s", command, strerror(failure->err),
			  remedy ? remedy : "");
}
