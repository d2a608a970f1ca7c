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
