// SPDX-License-Identifier: BSD-2-Clause
/*
 * embed.c - a program of its own that has an interpreter in it, and Python call its C, and that
 * C call Python.
 *
 *	embed SECONDS
 */
#include <Python.h>
#include <stdlib.h>

/* Calls what it is given, from a frame that no interpreter knows. */
static __attribute__((noinline)) PyObject *call_back(PyObject *self, PyObject *function)
{
	PyObject *result = PyObject_CallFunction(function, NULL);

	(void)self;
	__asm__ volatile(""); /* no tail call: this frame is to be seen */
	return result;
}

static PyMethodDef methods[] = {
	{ "call_back", call_back, METH_O, NULL },
	{ NULL, NULL, 0, NULL },
};

static struct PyModuleDef module = {
	PyModuleDef_HEAD_INIT,
	.m_name = "host",
	.m_size = -1,
	.m_methods = methods,
};

static PyObject *make_module(void)
{
	return PyModule_Create(&module);
}

static const char script[] = "import host, time\n"
			     "def burn():\n"
			     "    return sum(i * i % 7 for i in range(1000))\n"
			     "def called():\n"
			     "    burn()\n"
			     "def handler():\n"
			     "    host.call_back(called)\n"
			     "end = time.monotonic() + seconds\n"
			     "while time.monotonic() < end:\n"
			     "    handler()\n";

static __attribute__((noinline)) int run_script(void)
{
	int err = PyRun_SimpleString(script);

	__asm__ volatile("");
	return err;
}

int main(int argc, char **argv)
{
	PyObject *seconds;
	int err;

	PyImport_AppendInittab("host", make_module);
	Py_Initialize();
	seconds = PyFloat_FromDouble(argc > 1 ? atof(argv[1]) : 1);
	PyObject_SetAttrString(PyImport_AddModule("__main__"), "seconds", seconds);
	Py_DECREF(seconds);
	err = run_script();
	return Py_FinalizeEx() || err;
}
