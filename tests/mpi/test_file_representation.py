"""MPI.Register_datarep.

No library that is known converts with a user's functions, and some register none. So the functions that MPI is given
are also called from here, by a definition of MPI's function that comes before the library's.
"""

import gc
import inspect
import json
import shutil
import subprocess
import sys
import textwrap
import weakref

import pytest
from mpi4py import MPI


class Function:
    def __call__(self, *args):
        return 4


def test_register():
    MPI.Register_datarep("mpi4py-plain", None, None, lambda datatype: datatype.extent)
    MPI.Register_datarep(datarep=b"mpi4py-bytes", read_fn=None, write_fn=None, extent_fn=Function())


@pytest.mark.parametrize("conversions", [0, 2])
def test_functions_are_kept_if_they_are_taken(conversions):
    functions = [Function() for _ in range(conversions + 1)]
    gone = [weakref.ref(function) for function in functions]
    try:
        MPI.Register_datarep(f"mpi4py-{conversions}", *(functions[1:] or [None, None]), functions[0])
    except MPI.Exception:
        taken = False
    else:
        taken = True
    del functions
    gc.collect()
    assert [reference() is not None for reference in gone] == [taken] * len(gone)


def test_names_that_are_none():
    for name, error in [(None, TypeError), (3, TypeError), ("a\0b", ValueError), ("x" * 1000, MPI.Exception)]:
        with pytest.raises(error):
            MPI.Register_datarep(name, None, None, Function())


def test_signature():
    assert str(inspect.signature(MPI.Register_datarep)) == "(datarep, read_fn, write_fn, extent_fn)"


# MPI's function, which keeps what it is given for whoever asks.
REGISTER = """
    #include <string.h>
    void *read_fn, *write_fn, *extent_fn, *state;
    char name[100];
    int large;
    static int take(const char *datarep, void *read, void *write, void *extent, void *extra, int wide) {
        read_fn = read; write_fn = write; extent_fn = extent; state = extra; large = wide;
        strncpy(name, datarep, sizeof name - 1);
        return 0;
    }
    int MPI_Register_datarep(const char *datarep, void *read, void *write, void *extent, void *extra) {
        return take(datarep, read, write, extent, extra, 0);
    }
    int MPI_Register_datarep_c(const char *datarep, void *read, void *write, void *extent, void *extra) {
        return take(datarep, read, write, extent, extra, 1);
    }
"""

# Registers functions, and calls what MPI was given for them. Prints what they were called with.
PROGRAM = """
    import ctypes, json, os, sys

    library = ctypes.CDLL(os.environ["LD_PRELOAD"])
    handle = ctypes.c_int if MPI._sizeof(MPI.Datatype) == 4 else ctypes.c_void_p
    calls, kept = [], []

    def pointer(name):
        return ctypes.c_void_p.in_dll(library, name)

    def raw(datatype):
        return handle.from_address(MPI._addressof(datatype)).value

    def convert(what, callback, datatype, count, position):
        # Memory on one side, the file's representation on the other.
        kind = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.c_void_p, handle, ctypes.c_int64 if large else ctypes.c_int, ctypes.c_void_p,
            ctypes.c_int64, ctypes.c_void_p)
        memory, stored = (ctypes.create_string_buffer(bytes(range(byte, byte + 100)), 100) for byte in (0, 100))
        code = kind(pointer(callback).value)(memory, raw(datatype), count, stored, position, pointer("state"))
        calls.append([what, code, list(memory.raw[:12]), list(stored.raw[:12])])

    def extent(what, datatype):
        kind = ctypes.CFUNCTYPE(ctypes.c_int, handle, ctypes.POINTER(ctypes.c_int64), ctypes.c_void_p)
        found = ctypes.c_int64(-1)
        code = kind(pointer("extent_fn").value)(raw(datatype), ctypes.byref(found), pointer("state"))
        calls.append([what, code, found.value])

    def note(what, userbuf, datatype, count, filebuf, position):
        calls.append([what, userbuf.nbytes, datatype.extent, count, position, filebuf.nbytes == sys.maxsize])
        kept.extend([userbuf, datatype, filebuf])

    def read(userbuf, datatype, count, filebuf, position):
        note("read", userbuf, datatype, count, filebuf, position)
        size = datatype.extent
        userbuf[position * size:(position + count) * size] = filebuf[:count * size]

    def write(userbuf, datatype, count, filebuf, position):
        note("write", userbuf, datatype, count, filebuf, position)
        size = datatype.extent
        filebuf[:count * size] = userbuf[position * size:(position + count) * size]

    def fail(*args):
        raise ValueError("what went wrong")

    def refuse(*args):
        raise MPI.Exception(MPI.ERR_ACCESS)

    MPI.Register_datarep("mine", read, write, lambda datatype: 3 * datatype.extent)
    large = ctypes.c_int.in_dll(library, "large").value
    calls.append((ctypes.c_char * 100).in_dll(library, "name").value.decode())
    extent("three times as long", MPI.INT)
    convert("first", "read_fn", MPI.SHORT, 2, 0)
    convert("second", "write_fn", MPI.SHORT, 2, 3)
    calls.append([
        [item.nbytes for item in kept[::3]], [bool(item) for item in kept[1::3]], [item.nbytes for item in kept[2::3]]])
    for function in (fail, refuse):
        MPI.Register_datarep("failing", function, function, function)
        convert("read fails", "read_fn", MPI.BYTE, 1, 0)
        convert("write fails", "write_fn", MPI.BYTE, 1, 0)
        extent("extent fails", MPI.BYTE)
    MPI.Register_datarep("no integer", None, None, lambda datatype: "text")
    calls.append([pointer("read_fn").value, pointer("write_fn").value])
    extent("no integer", MPI.INT)
    print(json.dumps([MPI.ERR_ACCESS, MPI.ERR_OTHER, calls]))
"""


@pytest.mark.skipif(
    not shutil.which("cc") or sys.platform != "linux", reason="needs a C compiler called cc, and LD_PRELOAD")
def test_functions_as_mpi_calls_them(alone, tmp_path):
    source, library = tmp_path / "register.c", tmp_path / "register.so"
    source.write_text(textwrap.dedent(REGISTER))
    subprocess.run(["cc", "-shared", "-fPIC", source, "-o", library], check=True)
    done = alone(PROGRAM, LD_PRELOAD=str(library))
    assert done.returncode == 0, done.stderr
    access, other, calls = json.loads(done.stdout.splitlines()[-1])
    before, stored = list(range(12)), list(range(100, 112))
    failing = [
        [["read fails", code, before, stored], ["write fails", code, before, stored], ["extent fails", code, -1]]
        for code in (other, access)]
    assert calls == [
        "mine",
        ["three times as long", 0, 12],
        ["read", 4, 2, 2, 0, True],
        ["first", 0, [*stored[:4], *before[4:]], stored],
        ["write", 10, 2, 2, 3, True],
        ["second", 0, before, [6, 7, 8, 9, *stored[4:]]],
        # What they were passed is gone: empty memory, null datatypes.
        [[0, 0], [False, False], [0, 0]],
        *failing[0],
        *failing[1],
        [None, None],
        ["no integer", other, -1],
    ]
    assert done.stderr.count("ValueError: what went wrong") == 3
