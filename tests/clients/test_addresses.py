"""Clients without a compiler: what the package says of places, addresses, sizes and signatures."""

import re
import subprocess
import sys
from pathlib import Path

import mpi4py


def test_files_are_where_clients_look(workshop):
    said = subprocess.check_output([sys.executable, "-m", "mpi4py", "--prefix"], text=True).strip()
    assert Path(said) == workshop.package
    assert Path(mpi4py.get_include()) == workshop.package / "include"
    header = workshop.package / "include/mpi4py/mpi4py.h"
    included = re.findall(r'#include "(.*)"', header.read_text())
    assert "pycapi.h" in included and "../../MPI_api.h" in included
    assert all(header.parent.joinpath(name).is_file() for name in included)
    assert workshop.package.joinpath("include/mpi4py/mpi.pxi").read_text() == 'include "../../libmpi.pxd"\n'


def test_the_header_asks_for_what_the_module_exports(workshop):
    text = workshop.package.joinpath("MPI_api.h").read_text()
    asked = dict(re.findall(r'PyMPI_ImportFunction\(module, "(\w+)", "(.*?)", &', text.replace("\n", " ")))
    assert len(asked) == 26
    said = workshop.run("""if True:
        import ctypes
        from mpi4py import MPI
        name_of = ctypes.pythonapi.PyCapsule_GetName
        name_of.argtypes, name_of.restype = [ctypes.py_object], ctypes.c_char_p
        for name, capsule in MPI.__pyx_capi__.items():
            print(name, name_of(capsule).decode().replace(" ", "~"))
    """)
    assert dict(zip(said[::2], said[1::2], strict=True)) == {
        name: signature.replace(" ", "~") for name, signature in asked.items()
    }


def test_ctypes_calls_mpi_with_a_handle_in_place(workshop):
    said = workshop.run("""if True:
        import ctypes, os
        from mpi4py import MPI
        library = ctypes.CDLL(os.environ["MPI_API_LIBRARY"])
        for kind, size in (MPI.Comm, None), (MPI.Datatype, None), (MPI.File, 8):
            assert MPI._sizeof(kind) == MPI._sizeof(kind()) in (4, 8)
            assert size in (None, MPI._sizeof(kind))
        MPI_Comm = ctypes.c_int if MPI._sizeof(MPI.Comm) == 4 else ctypes.c_void_p
        number = ctypes.c_int(-1)
        world = MPI_Comm.from_address(MPI._addressof(MPI.COMM_WORLD))
        assert library.MPI_Comm_size(world, ctypes.byref(number)) == 0
        assert number.value == MPI.COMM_WORLD.Get_size()
        comm = MPI.Intracomm()
        assert library.MPI_Comm_dup(world, ctypes.byref(MPI_Comm.from_address(MPI._addressof(comm)))) == 0
        assert comm.Get_size() == number.value
        comm.Free()
        print("done")
    """)
    assert said == ["done"]
