# SPDX-License-Identifier: BSD-2-Clause
"""A program that lies about its own frames: see forge.c.

    python forge.py LIBRARY KIND SECONDS

Exit status 3: it does not know this version.
"""
import ctypes
import sys

# thread: frame; cframe: frame; frame: code, previous, mark; code: line, name, file, lines; str: text
OFFSETS = {
    (3, 11): (56, 8, 32, 48, 68, 72, 128, 112, 136, 48),
    (3, 12): (56, 0, 0, 8, 70, 68, 128, 112, 136, 40),
    (3, 13): (72, -1, 0, 8, 70, 68, 128, 112, 136, 40),
}


class Models(ctypes.Structure):
    _fields_ = [('code', ctypes.c_void_p), ('text', ctypes.c_void_p),
                ('code_size', ctypes.c_long), ('text_size', ctypes.c_long)]


def short():
    return 1


def main():
    library, kind, seconds = sys.argv[1:]
    offsets = OFFSETS.get(sys.version_info[:2])
    if not offsets:
        return 3
    text = 'forged_name_'
    models = Models(id(short.__code__), id(text), sys.getsizeof(short.__code__), sys.getsizeof(text))
    state = ctypes.pythonapi.PyThreadState_Get
    state.restype = ctypes.c_void_p
    forge = ctypes.CDLL(library).forge
    print('ready', flush=True)
    return forge(kind.encode(), ctypes.c_double(float(seconds)), ctypes.c_void_p(state()),
                 (ctypes.c_long * len(offsets))(*offsets), ctypes.byref(models))


sys.exit(main())
