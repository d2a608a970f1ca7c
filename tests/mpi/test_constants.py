"""The names of the module: all that mpi4py 4.1.2 has, with values that belong together."""

from pathlib import Path

import pytest
from mpi4py import MPI

# Every name of the released module, one per line.
RELEASED = set(Path(__file__).with_name("data").joinpath("names-4.1.2.txt").read_text().split())


def test_no_released_name_is_missing():
    assert sorted(RELEASED - set(dir(MPI))) == []


def integers(prefix):
    return {name: value for name, value in vars(MPI).items() if name.startswith(prefix) and type(value) is int}


@pytest.mark.parametrize("prefix, count", [
    ("ERR_", 60), ("THREAD_", 4), ("COMBINER_", 16), ("MAX_", 8), ("MODE_", 14), ("SEEK_", 3), ("LOCK_", 2),
    ("TYPECLASS_", 3), ("DISTRIBUTE_", 4), ("WIN_", 10), ("COMM_TYPE_", 1),
])
def test_families_are_complete(prefix, count):
    assert len(integers(prefix)) >= count


def test_standard_numbers():
    # These the standard fixes, or orders.
    assert MPI.SUCCESS == 0
    assert MPI.THREAD_SINGLE < MPI.THREAD_FUNNELED < MPI.THREAD_SERIALIZED < MPI.THREAD_MULTIPLE
    assert MPI.ERR_LASTCODE > MPI.SUCCESS
    assert MPI.PROC_NULL < 0 and MPI.ANY_SOURCE < 0 and MPI.ANY_TAG < 0 and MPI.ROOT < 0
    assert len({MPI.PROC_NULL, MPI.ANY_SOURCE, MPI.ROOT}) == 3
    assert len({MPI.IDENT, MPI.CONGRUENT, MPI.SIMILAR, MPI.UNEQUAL}) == 4
    assert (MPI.VERSION, MPI.SUBVERSION) >= (3, 1)


def test_error_classes_are_distinct():
    # MPI 3.1's own; later ones are ERR_UNKNOWN where the library has them not.
    old = ["BUFFER", "COUNT", "TYPE", "TAG", "COMM", "RANK", "REQUEST", "ROOT", "GROUP", "OP", "TOPOLOGY", "DIMS",
           "ARG", "UNKNOWN", "TRUNCATE", "OTHER", "INTERN", "PENDING", "IN_STATUS", "FILE", "WIN", "INFO", "IO"]
    assert len({getattr(MPI, f"ERR_{name}") for name in old}) == len(old)


def test_open_modes_are_bits():
    modes = [MPI.MODE_RDONLY, MPI.MODE_RDWR, MPI.MODE_WRONLY, MPI.MODE_CREATE, MPI.MODE_EXCL, MPI.MODE_APPEND]
    assert all(mode & (mode - 1) == 0 for mode in modes)
    assert len(set(modes)) == len(modes)


@pytest.mark.parametrize("alias, name", [
    ("DISP_CUR", "DISPLACEMENT_CURRENT"), ("ORDER_F", "ORDER_FORTRAN"), ("WIN_FLAVOR", "WIN_CREATE_FLAVOR"),
])
def test_aliases(alias, name):
    assert getattr(MPI, alias) == getattr(MPI, name)


def test_sizes_of_strings():
    for name in ("PROCESSOR_NAME", "ERROR_STRING", "OBJECT_NAME", "INFO_KEY", "INFO_VAL", "PORT_NAME"):
        assert getattr(MPI, f"MAX_{name}") >= 32
    assert len(MPI.Get_processor_name()) <= MPI.MAX_PROCESSOR_NAME
