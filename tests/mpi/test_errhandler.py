"""MPI.Errhandler."""

import copy
import pickle

import pytest
from mpi4py import MPI

PREDEFINED = ("ERRORS_RETURN", "ERRORS_ABORT", "ERRORS_ARE_FATAL")


def test_new_is_null():
    assert MPI.Errhandler() == MPI.ERRHANDLER_NULL
    assert not MPI.Errhandler()
    assert MPI.Errhandler(errhandler=MPI.ERRORS_RETURN) == MPI.ERRORS_RETURN


@pytest.mark.parametrize("name", ["ERRORS_RETURN", "ERRORS_ARE_FATAL"])
def test_predefined(name):
    known = getattr(MPI, name)
    assert type(known) is MPI.Errhandler
    assert known
    assert known != MPI.ERRHANDLER_NULL


def test_pickles_by_name():
    for name in (*PREDEFINED, "ERRHANDLER_NULL"):
        known = getattr(MPI, name)
        if known or name == "ERRHANDLER_NULL":
            assert pickle.loads(pickle.dumps(known)) is known
            assert copy.copy(known) is known


def test_free_leaves_the_predefined():
    for name in PREDEFINED:
        known = getattr(MPI, name)
        before = MPI.Errhandler(known)
        known.free()
        assert known == before


def test_free_of_null():
    MPI.Errhandler().free()
    with pytest.raises(MPI.Exception):
        MPI.Errhandler().Free()
