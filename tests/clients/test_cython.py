"""Clients of Cython: `cimport mpi4py.MPI` and `mpi4py.libmpi`, before Cython 3 and since."""

import re
import sys

import pytest

CYTHONS = [
    pytest.param(3, id="cython3"),
    pytest.param(
        0,
        id="cython0.29",
        marks=pytest.mark.skipif(sys.version_info >= (3, 13), reason="Cython 0.29 is not for Python 3.13 and newer"),
    ),
]


@pytest.mark.parametrize("version", CYTHONS)
def test_a_client_knows_the_classes_and_calls_mpi(workshop, version):
    name = workshop.cython("client.pyx", version)
    said = workshop.run(f"""if True:
        from mpi4py import MPI
        import {name} as client
        assert client.size(MPI.COMM_WORLD) == MPI.COMM_WORLD.Get_size()
        for wrong in None, MPI.INFO_NULL:
            try:
                client.size(wrong)
            except TypeError:
                print("refused")
        duplicate = client.duplicate(MPI.COMM_SELF)
        assert MPI.Comm.Compare(duplicate, MPI.COMM_SELF) == MPI.CONGRUENT
        duplicate.Free()
        status = MPI.Status()
        status.tag = 7
        window = MPI.Win()
        request = MPI.Request()
        client.keep(request, buffer := bytearray(1))
        found = client.fields(request, MPI.Grequest(), MPI.Message(), window, status)
        assert found == (buffer, None, None, None, 1, 7), found
        assert client.reduce_twice(3, 4) == 10
        assert client.name() == MPI.Get_processor_name()
        print("done")
    """)
    assert said == ["refused", "refused", "done"]


@pytest.mark.parametrize("version", CYTHONS)
def test_an_included_file_and_the_header_for_c(workshop, version):
    name = workshop.cython("old_style.pyx", version)
    said = workshop.run(f"""if True:
        from mpi4py import MPI
        import {name} as client
        part = client.split(MPI.COMM_WORLD, 0)
        assert type(part) is MPI.Intracomm and part.Get_size() == MPI.COMM_WORLD.Get_size()
        part.Free()
        assert client.split(MPI.COMM_WORLD, MPI.UNDEFINED) == MPI.COMM_NULL
        assert client.ignored(None) and not client.ignored(MPI.Status())
        print("done")
    """)
    assert said == ["done"]


def test_a_class_of_cython_below_ours(workshop):
    name = workshop.cython("subclass.pyx", 3)
    said = workshop.run(f"""if True:
        import gc, sys, weakref
        from mpi4py import MPI
        from {name} import Counted
        before = sys.getrefcount(Counted)
        for number in range(300_000):
            comm = Counted(MPI.COMM_SELF)
            comm.label = number
        assert (comm.label, comm.size_then, comm.Get_size()) == (299_999, 1, 1)
        assert isinstance(comm, MPI.Intracomm) and weakref.ref(comm)() is comm
        del comm
        gc.collect()
        assert sys.getrefcount(Counted) == before
        class Below(Counted):
            pass
        before = sys.getrefcount(Below)
        for number in range(100_000):
            comm = Below(MPI.COMM_SELF)
            comm.own = comm
        del comm
        gc.collect()
        assert sys.getrefcount(Below) == before, (sys.getrefcount(Below), before)
        print("done")
    """)
    assert said == ["done"]


def declared(text):
    """Every name that libmpi.pxd declares, but the fields of a status."""
    names = []
    for line in text.splitlines():
        line = line.strip().removesuffix(":")
        if line and not line.startswith(("#", "cdef", "pass", "int MPI_SOURCE", "int MPI_TAG", "int MPI_ERROR")):
            names += re.findall(r"\w+$", line.partition("(")[0])
    return names


@pytest.mark.parametrize("version", CYTHONS)
def test_every_name_of_mpi_can_be_used(workshop, version):
    names = declared(workshop.package.joinpath("libmpi.pxd").read_text())
    assert len(names) > 1000 and len(names) == len(set(names))
    source = workshop.folder / "every.pyx"
    source.write_text("".join(f"from mpi4py.libmpi cimport {name} as _{name}\n" for name in names))
    workshop.translated(source, f"every{version}", version)


def test_functions_are_as_the_header_of_the_library_has_them(workshop):
    """A pointer of the type that libmpi.pxd gives to a function takes the library's own function."""
    functions = """
        MPI_Send MPI_Alltoallw MPI_Comm_spawn MPI_Comm_spawn_multiple MPI_Group_range_incl MPI_Cart_create MPI_Info_set
        MPI_Type_create_struct MPI_Op_create MPI_Comm_create_keyval MPI_File_open MPI_Win_create MPI_Testsome
        MPI_Init_thread MPI_Graph_create MPI_Dist_graph_create MPI_Register_datarep MPI_Comm_create_errhandler
    """.split()
    text = workshop.package.joinpath("libmpi.pxd").read_text()
    lines = ["from mpi4py.libmpi cimport *"]
    for function in functions:
        (parameters,) = re.findall(rf"^    int {function}\((.*)\)$", text, re.MULTILINE)
        lines.append(f"cdef int (*own_{function})({parameters}) noexcept nogil\nown_{function} = {function}")
    source = workshop.folder / "functions.pyx"
    source.write_text("\n".join(lines))
    workshop.compile(workshop.translated(source, "functions"), "functions", "-w")
