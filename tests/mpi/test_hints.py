"""Hints of communicators."""

import pytest
from mpi4py import MPI


def test_info_is_a_copy(comm):
    mine = comm.Dup()
    info = mine.Get_info()
    assert type(info) is MPI.Info
    info.Set("mpi4py_test", "value")
    info.Free()
    assert "mpi4py_test" not in mine.info
    mine.Free()


def test_set(comm):
    mine = comm.Dup()
    hints = MPI.Info.Create({"mpi_assert_no_any_tag": "true"})
    mine.Set_info(hints)
    mine.Set_info(info=hints)
    mine.info = hints
    # The library may ignore a hint, but what it knows of it is what it was told.
    assert mine.info.get("mpi_assert_no_any_tag", "true") in ("true", "false")
    hints.Free()
    mine.Free()


def test_duplicates_have_hints_of_their_own(comm):
    hints = MPI.Info.Create({"mpi_assert_no_any_tag": "true"})
    duplicate = comm.Dup_with_info(hints)
    known = duplicate.Get_info()
    assert known.Get_nkeys() >= 0
    known.Free()
    duplicate.Free()
    hints.Free()


def test_types():
    for wrong in (None, {"key": "value"}, 3):
        with pytest.raises(TypeError):
            MPI.COMM_SELF.Set_info(wrong)
        with pytest.raises(TypeError):
            MPI.COMM_SELF.info = wrong


def test_null_objects():
    with pytest.raises(MPI.Exception):
        MPI.COMM_NULL.Get_info()
    with pytest.raises(MPI.Exception):
        MPI.COMM_SELF.Set_info(MPI.INFO_NULL)
