// SPDX-License-Identifier: BSD-2-Clause
/* doctor_process.c - see doctor_process.h. */
#include "profiler/commands/doctor_process.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "profiler/commands/process_kind.h"
#include "profiler/guard/confine.h"
#include "profiler/interpreters/unread.h"
#include "profiler/log.h"
#include "symbolize/cfi/ehframe.h"
#include "symbolize/process/process.h"
#include "symbolize/process/unwind_file.h"
#include "symbolize/symbolizer.h"

/* How each executable mapping of a process will be walked. */

static const char *table_text(struct ehframe_table *table, int err, char *text, size_t text_size)
{
	if (err)
		snprintf(text, text_size, "frame pointers (%s)",
			 err == -ENODATA ? "it has no .eh_frame" : strerror(-err));
	else
		snprintf(text, text_size, "%s, %zu functions, %zu rows%s",
			 table->debug_frame ? ".debug_frame" : ".eh_frame", table->fde_cnt,
			 table->row_cnt, table->bad_cnt ? ", some of it damaged" : "");
	return text;
}

static void print_mapping(const struct process_mapping *map)
{
	struct ehframe_table *table = NULL;
	char text[128], module[256];
	int err = 0;

	if (!map->source || map->source->kind != NAMED_BY_ELF) {
		snprintf(text, sizeof(text), "frame pointers (code without a file)");
	} else if (map->source->fd < 0 && !map->source->image) {
		snprintf(text, sizeof(text), "frame pointers (the file cannot be opened)");
	} else {
		err = map->source->fd >= 0
			      ? ehframe_load(map->source->fd, &table)
			      : ehframe_load_image((const void *)getauxval(AT_SYSINFO_EHDR),
						   map->end - map->start, &table);
		table_text(table, err, text, sizeof(text));
	}
	printf("%12" PRIx64 "-%-12" PRIx64 "  %-48s %s\n", map->start, map->end,
	       log_printable(map->module ? map->module : "[anonymous]", module, sizeof(module)),
	       text);
	ehframe_free(table);
}

/* Find out how the interpreter FILE, mapped at BIAS, is walked in PID. */
static int attach(pid_t pid, const struct interpreter_file *file, uint64_t bias,
		  struct interpreter *found)
{
	struct process_memory memory;
	int fd = process_memory_open(pid), err;

	if (fd < 0)
		return fd;
	memory = process_memory_of(fd);
	err = interpreter_plug(file->kind)->attach(&memory, file, bias, found);
	close(fd);
	return err;
}

/*
 * How the frames of an interpreter will be found, if the file of CODE is one.  *FIRST is above
 * the key of the first one of a known version by 1; 0: there was none.
 */
static void print_interpreter(pid_t pid, const struct process_unwind_file *code, uint32_t *first)
{
	const struct interpreter_plug *plug;
	enum interpreter_unread why;
	char name[INTERPRETER_NAME_SIZE];
	struct interpreter_file file;
	struct interpreter found;
	struct elf_image *image;
	int err = elf_image_open(code->fd, &image);

	if (err)
		return;
	err = interpreter_describe(image, &file);
	elf_image_close(image);
	plug = err == -ENOENT ? NULL : interpreter_plug(file.kind);
	if (!plug || *first == code->key + 1)
		return;
	why = *first && interpreter_is_known(&file)
		      ? UNREAD_SECOND
		      : interpreter_unread_of(&file, attach(pid, &file, code->bias, &found));
	if (!*first && interpreter_is_known(&file))
		*first = code->key + 1;
	printf("%s: ", interpreter_name(&file, name));
	if (why == UNREAD_NOT)
		printf("functions and lines, by the offsets of %s; a thread's state is at "
		       "fsbase%+d\n",
		       plug->tells_offsets(file.version) ? "the program itself" : "this version",
		       found.slot);
	else
		printf("native frames only: %s\n", interpreter_unread_words(why)->text);
}

int doctor_process(pid_t pid)
{
	struct symbolizer_opts opts = { 0 };
	struct symbolizer *symbolizer;
	struct process *process;
	uint32_t interpreter = 0;
	int err = process_kind_check(pid);

	if (err)
		return EXIT_FAILURE;
	err = symbolizer_new(&opts, &symbolizer);
	if (!err)
		err = confine(CONFINE_PROCESSES, NULL, 0, false);
	if (!err)
		err = symbolizer_read_process(symbolizer, pid, NULL, &process);
	if (err)
		log_error("cannot read the mappings of process %d: %s%s", pid, strerror(-err),
			  err == -EACCES ? " (try sudo)" : "");
	for (size_t i = 0; !err && i < process->cnt; i++) {
		if (process->mappings[i].source)
			name_source_open_image(process->mappings[i].source);
		print_mapping(&process->mappings[i]);
	}
	for (size_t i = 0; !err && i < process->cnt; i++) {
		struct process_unwind_file code;

		if (!process_unwind_file(process, i, &code) && code.fd >= 0)
			print_interpreter(pid, &code, &interpreter);
	}
	symbolizer_free(symbolizer);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
