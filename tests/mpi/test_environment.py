"""Initialization, versions, names, times."""

import re

import pytest

import mpi4py
from mpi4py import MPI


def test_initialized_by_import():
    assert MPI.Is_initialized() is True
    assert MPI.Is_finalized() is False


def test_threads():
    assert MPI.THREAD_SINGLE <= MPI.Query_thread() <= MPI.THREAD_MULTIPLE
    assert MPI.Is_thread_main() is True


def test_versions():
    version, subversion = MPI.Get_version()
    assert version >= 3
    assert 0 <= subversion <= 1
    assert MPI.Get_library_version().strip()


def test_vendor():
    name, version = MPI.get_vendor()
    assert name in {"MPICH", "Open MPI", "Intel MPI"}
    text = MPI.Get_library_version()
    assert name.split()[0].lower() in text.lower()
    assert re.search(r"\b" + ".".join(str(part) for part in version[:2]), text)


def test_processor_name():
    name = MPI.Get_processor_name()
    assert isinstance(name, str)
    assert name
    assert MPI.COMM_WORLD.allreduce(name, lambda left, right: left if left == right else None) == name


def test_clock():
    start = MPI.Wtime()
    assert MPI.Wtime() >= start
    assert 0 < MPI.Wtick() < 1


def test_pcontrol():
    for level in (0, 1, 2):
        MPI.Pcontrol(level)


def test_initializing_twice_is_an_error():
    with pytest.raises(MPI.Exception):
        MPI.Init()


def test_package_version():
    assert mpi4py.__version__.startswith("4.2.0")


def test_what_hardware_the_library_knows_of():
    info = MPI.Get_hw_resource_info()
    assert type(info) is MPI.Info
    assert all(value in {"true", "false"} for value in info.values())
    info.Free()


def test_abi():
    major, minor = MPI.Get_abi_version()
    assert (major, minor) == (-1, -1) or major >= 1
    info = MPI.Get_abi_info()
    sizes = {"aint": MPI.AINT.size, "count": MPI.COUNT.size, "offset": MPI.OFFSET.size}
    assert dict(info) == {f"mpi_{name}_size": str(size) for name, size in sizes.items()}
    info.Free()


def test_abi_of_fortran():
    info = MPI.Get_abi_fortran_info()
    if info:
        known = dict(info)
        assert known["mpi_integer_size"] == str(MPI.INTEGER.size)
        assert known["mpi_double_precision_size"] == str(MPI.DOUBLE_PRECISION.size)
        assert {value for name, value in known.items() if name.endswith("_supported")} <= {"true", "false"}
        info.Free()
    else:
        assert info == MPI.INFO_NULL


def test_abort_status():
    for wrong in (None, "1", 1.5, 1 << 40):
        with pytest.raises((TypeError, OverflowError)):
            MPI._set_abort_status(wrong)
    MPI._set_abort_status(7)
    MPI._set_abort_status(status=0)


def test_import_of_all_names():
    names = {}
    exec("from mpi4py.MPI import *", names)
    assert {name for name in vars(MPI) if not name.startswith("_")} <= names.keys()
    assert not any(name.startswith("_") for name in names if name != "__builtins__")
