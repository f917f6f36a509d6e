// SPDX-License-Identifier: BSD-2-Clause
/*
 * shadow.c - a module of Python that keeps shadow.h: the interpreter calls it when a frame begins
 * and before it ends.
 *
 *	shadow.start()	in each thread, before what is to be seen of it
 *	shadow.stop()	in the same thread
 *
 * The frame is there before the first call and after the last one: in between, a stack has one
 * frame more than its shadow.  Built for each interpreter with its own headers, 3.7 to 3.14.
 */
#include <Python.h>
#include <frameobject.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shadow.h"

static struct shadow **table;
static __thread struct shadow *own;

/* The outermost frames that were there before shadow.start() was called. */
#define OLDER_MAX 64

#if PY_VERSION_HEX < 0x03090000
static PyCodeObject *PyFrame_GetCode(PyFrameObject *frame)
{
	Py_INCREF(frame->f_code);
	return frame->f_code;
}

static PyFrameObject *PyFrame_GetBack(PyFrameObject *frame)
{
	Py_XINCREF(frame->f_back);
	return frame->f_back;
}
#endif

/* The object stays: a frame has it. */
static unsigned long long code_of(PyFrameObject *frame)
{
	PyCodeObject *code = PyFrame_GetCode(frame);

	Py_DECREF(code);
	return (unsigned long long)code;
}

/* A tick may come between any two instructions: the stack is right between any two of these stores. */
static int follow(PyObject *self, PyFrameObject *frame, int what, PyObject *arg)
{
	volatile struct shadow *shadow = own;

	(void)self;
	(void)arg;
	if (what == PyTrace_CALL) {
		if (shadow->depth < SHADOW_CODES)
			shadow->codes[shadow->depth] = code_of(frame);
		shadow->depth++;
	} else if (what == PyTrace_RETURN) {
		shadow->depth--;
	}
	return 0;
}

/* The frames that are there now are known, from the outermost one on. */
static void fill(struct shadow *shadow)
{
	unsigned long long codes[OLDER_MAX];
	PyFrameObject *frame = PyEval_GetFrame();
	int cnt = 0;

	Py_XINCREF(frame);
	while (frame && cnt < OLDER_MAX) {
		PyFrameObject *back = PyFrame_GetBack(frame);

		codes[cnt++] = code_of(frame);
		Py_DECREF(frame);
		frame = back;
	}
	Py_XDECREF(frame);
	while (cnt)
		shadow->codes[shadow->depth++] = codes[--cnt];
}

/* Memory that is there: a tick cannot wait for it. */
static void *map_memory(void *at, size_t size)
{
	void *memory = mmap(at, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static PyObject *start(PyObject *self, PyObject *none)
{
	unsigned long long tid = (unsigned long long)syscall(SYS_gettid);

	(void)self;
	(void)none;
	own = map_memory(NULL, sizeof(*own));
	if (!own)
		return PyErr_NoMemory();
	fill(own);
	own->tid = tid;
	table[tid % SHADOW_SLOTS] = own;
	PyEval_SetProfile(follow, NULL);
	Py_RETURN_NONE;
}

static PyObject *stop(PyObject *self, PyObject *none)
{
	(void)self;
	(void)none;
	table[own->tid % SHADOW_SLOTS] = NULL;
	PyEval_SetProfile(NULL, NULL);
	munmap(own, sizeof(*own));
	own = NULL;
	Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
	{ "start", start, METH_NOARGS, NULL },
	{ "stop", stop, METH_NOARGS, NULL },
	{ NULL, NULL, 0, NULL },
};

static struct PyModuleDef module = {
	PyModuleDef_HEAD_INIT,
	.m_name = "shadow",
	.m_size = -1,
	.m_methods = methods,
};

PyMODINIT_FUNC PyInit_shadow(void)
{
	table = map_memory((void *)SHADOW_TABLE, SHADOW_SLOTS * sizeof(*table));
	if (table && (unsigned long long)table != SHADOW_TABLE)
		return PyErr_Format(PyExc_MemoryError, "%p is taken", (void *)SHADOW_TABLE);
	return table ? PyModule_Create(&module) : PyErr_NoMemory();
}
