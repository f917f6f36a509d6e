/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exec_failure.h - why a command could not be started: "No such file or directory" may be a
 * script's interpreter.
 *
 * Source: execve(2), execvp(3).
 */
#ifndef PROFILER_COMMANDS_EXEC_FAILURE_H
#define PROFILER_COMMANDS_EXEC_FAILURE_H

#define EXEC_INTERPRETER_MAX 256

enum exec_hint {
	EXEC_NO_HINT,
	EXEC_NO_SCRIPT_INTERPRETER,
	EXEC_NO_DYNAMIC_LINKER,
	EXEC_NOT_IN_PATH,
	EXEC_IN_THIS_FOLDER, /* which is none of PATH */
	EXEC_IS_FOLDER,
	EXEC_NOT_EXECUTABLE,
};

struct exec_failure {
	int err; /* that of execvp() */
	enum exec_hint hint;
	char interpreter[EXEC_INTERPRETER_MAX]; /* of EXEC_NO_SCRIPT_INTERPRETER */
};

/* Look why execvp() has failed for COMMAND with ERR, as the process that called it. */
void exec_failure_find(const char *command, int err, struct exec_failure *out);

void exec_failure_log(const char *command, const struct exec_failure *failure);

#endif /* PROFILER_COMMANDS_EXEC_FAILURE_H */
