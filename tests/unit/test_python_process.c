// SPDX-License-Identifier: BSD-2-Clause
/* Where a process has its frames of CPython: a living one, and recorded ones that are damaged. */
#include "profiler/interpreters/python.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <stdlib.h>

#include "tests/unit/golden.h"
#include "tests/unit/python_child.h"

/*
 * Threads that wait in functions with names of each width, below a generator; one of them says
 * where the others are once they no longer move.
 */
static const char script[] =
	"import sys, threading, time\n"
	"print('python')\n"
	"end = threading.Lock()\n"
	"end.acquire()\n"
	"class Bank:\n"
	"    def größe(self, deep):\n"
	"        if deep:\n"
	"            return self.größe(\n"
	"                deep - 1)\n"
	"        return [x for x in self.λόγος()]\n"
	"    def λόγος(self):\n"
	"        yield self.𐌰()\n"
	"    def 𐌰(self):\n"
	"        with end:\n"
	"            pass\n"
	"def look():\n"
	"    out = ['version %x' % (sys.hexversion >> 16)]\n"
	"    for ident, frame in sys._current_frames().items():\n"
	"        if ident != threading.get_ident():\n"
	"            out.append('thread %x' % ident)\n"
	"            while frame:\n"
	"                code = frame.f_code\n"
	"                name = getattr(code, 'co_qualname', code.co_name)\n"
	"                out.append('%s %s:%d' % (name, code.co_filename, frame.f_lineno))\n"
	"                frame = frame.f_back\n"
	"    return out\n"
	"def tell():\n"
	"    looks = [[]]\n"
	"    while len(looks) < 10:\n"
	"        time.sleep(0.01)\n"
	"        now = look()\n"
	"        looks = looks + [now] if now == looks[-1] else [now]\n"
	"    print('\\n'.join(looks[-1]) + '\\nend')\n"
	"    end.acquire()\n"
	"for target in Bank().größe, Bank().größe, lambda deep: end.acquire():\n"
	"    threading.Thread(target=target, args=(3,)).start()\n"
	"threading.Thread(target=tell).start()\n"
	"sys.stdin.read()\n"
	"import os; os._exit(0)\n";

static uint64_t word(struct process_memory *memory, uint64_t address)
{
	uint64_t value;

	assert_int_equal(process_memory_word(memory, address, &value), 0);
	return value;
}

#define LINES_MAX 65536

/* The frame as the script says it. */
static void print_frame(struct process_memory *memory, const struct interpreter *info,
			const struct interpreter_frame *frame, FILE *to)
{
	struct sample_code *code = calloc(1, sizeof(*code) + LINES_MAX);
	size_t head = offsetof(struct sample_code, lines_bytes);
	size_t size = python_read_code(memory, info, frame->code & INTERPRETER_CODE_MASK, code,
				       LINES_MAX);
	struct code_text text;

	assert_int_equal(size, head + code->lines_len);
	python_read_text(code, &text);
	fprintf(to, "%s %s:%u\n", text.name, text.file,
		python_line(info->version, (uint8_t *)code + head, size - head, code->first_line,
			    frame->at));
	free(code);
}

/* The frames of the thread that fsbase is of. */
static void print_thread(struct process_memory *memory, const struct interpreter *info,
			 uint64_t fsbase, FILE *to)
{
	uint64_t state = word(memory, fsbase + (int64_t)info->slot);
	struct interpreter_stack *stack = malloc(sizeof(*stack));

	fprintf(to, "thread %lx\n", word(memory, state + info->off[PYTHON_THREAD_ID]));
	python_read_stack(memory, info, fsbase, stack);
	assert_int_equal(stack->end, INTERPRETER_COMPLETE);
	for (size_t i = 0; i < stack->cnt; i++)
		print_frame(memory, info, &stack->frames[i], to);
	assert_true(stack->cnt && stack->frames[stack->cnt - 1].code & INTERPRETER_RUN_END);
	free(stack);
}

static void a_living_process_is_read_as_it_says(void **state)
{
	struct process_memory memory;
	struct interpreter_file file;
	struct interpreter info;
	struct python python;
	char *want = NULL, *got = NULL, line[512];
	size_t want_len, got_len;
	FILE *says, *read;
	uint64_t bias, id;
	int err, fd;

	if (!python_start(script, &python)) {
		python_end(&python);
		skip();
	}
	says = open_memstream(&want, &want_len);
	read = open_memstream(&got, &got_len);
	err = python_find_file(&python, &file, &bias);
	fd = python_open_memory(&python);
	if (err == -ENOTSUP || fd < 0) {
		python_end(&python);
		skip();
	}
	assert_int_equal(err, 0);
	memory = process_memory_of(fd);
	while (fgets(line, sizeof(line), python.out) && strcmp(line, "end\n"))
		fputs(line, says);
	assert_int_equal(python_attach(&memory, &file, bias, &info), 0);
	fclose(says);
	fprintf(read, "version %x\n", info.version);
	for (char *at = want; (at = strstr(at, "thread ")); at++) {
		id = strtoull(at + strlen("thread "), NULL, 16);
		print_thread(&memory, &info, id, read);
	}
	fclose(read);
	assert_string_equal(got, want);
	print_message("# version %#x, slot %d\n", info.version, info.slot);
	free(want);
	free(got);
	close(fd);
	python_end(&python);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_living_process_is_read_as_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
