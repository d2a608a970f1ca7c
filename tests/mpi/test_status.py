"""MPI.Status."""

import copy
import inspect
import pickle
import weakref

import pytest
from mpi4py import MPI

HUGE = (1 << 33) + 5


@pytest.fixture
def status():
    status = MPI.Status()
    status.source, status.tag, status.error = 3, 4, MPI.ERR_TRUNCATE
    status.Set_elements(MPI.INT, 7)
    return status


def fields(status):
    return status.source, status.tag, status.error, status.count, status.cancelled


def test_empty():
    assert fields(MPI.Status()) == (MPI.ANY_SOURCE, MPI.ANY_TAG, MPI.SUCCESS, 0, False)
    assert fields(MPI.Status(None)) == fields(MPI.Status(status=None)) == fields(MPI.Status())


def test_new_is_a_copy(status):
    twin = MPI.Status(status)
    assert fields(twin) == fields(status)
    twin.tag = 9
    assert status.tag == 4
    with pytest.raises(TypeError):
        MPI.Status(3)


def test_methods_and_properties_agree(status):
    assert status.Get_source() == status.source == 3
    assert status.Get_tag() == status.tag == 4
    assert status.Get_error() == status.error == MPI.ERR_TRUNCATE
    assert status.Get_count() == status.Get_count(MPI.BYTE) == status.count
    assert status.Is_cancelled() is status.cancelled is False
    status.Set_source(source=5)
    status.Set_tag(tag=6)
    status.Set_error(error=MPI.SUCCESS)
    status.Set_cancelled(flag=True)
    assert (status.source, status.tag, status.error, status.cancelled) == (5, 6, MPI.SUCCESS, True)
    status.count = 12
    status.cancelled = False
    assert fields(status) == (5, 6, MPI.SUCCESS, 12, False)


def test_counts(status):
    assert status.Get_count(MPI.INT) == status.Get_elements(MPI.INT) == 7
    assert status.count == status.Get_count() == 7 * MPI.INT.Get_size()
    assert status.Get_count(datatype=MPI.DOUBLE) == MPI.UNDEFINED
    with pytest.raises(TypeError):
        status.Get_elements()


def test_elements_of_a_part_of_an_item(status):
    pair = MPI.INT.Create_contiguous(2).Commit()
    status.Set_elements(MPI.INT, 5)
    assert status.Get_count(pair) == MPI.UNDEFINED
    assert status.Get_elements(pair) == 5
    status.Set_elements(MPI.INT, 6)
    assert status.Get_count(pair) == 3
    pair.Free()


def test_counts_above_31_bits(status):
    status.Set_elements(MPI.BYTE, HUGE)
    assert status.count == status.Get_count() == status.Get_elements(MPI.BYTE) == HUGE
    status.count = 8 * HUGE
    assert status.Get_count(MPI.INT64_T) == HUGE


def test_wrong_arguments(status):
    for setter in (status.Set_source, status.Set_tag, status.Set_error):
        with pytest.raises(TypeError):
            setter("one")
        with pytest.raises(OverflowError):
            setter(1 << 40)
    with pytest.raises(TypeError):
        status.Get_count(3)
    with pytest.raises(MPI.Exception):
        status.Get_count(MPI.DATATYPE_NULL)


def test_equality(status):
    assert status == MPI.Status(status)
    assert not status != MPI.Status(status)
    assert status != MPI.Status()
    assert status != 3
    with pytest.raises(TypeError, match="unorderable"):
        status < status  # noqa: B015
    with pytest.raises(TypeError, match="unhashable"):
        hash(status)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(status, protocol):
    for cancelled in (False, True):
        status.cancelled = cancelled
        twin = pickle.loads(pickle.dumps(status, protocol))
        assert type(twin) is MPI.Status
        assert fields(twin) == fields(status)


def test_state(status):
    state = {"source": 3, "tag": 4, "error": MPI.ERR_TRUNCATE, "count": 28, "cancelled": False}
    assert status.__getstate__() == state
    twin = MPI.Status()
    twin.__setstate__(state)
    assert twin == status == copy.copy(status) == copy.deepcopy(status)
    with pytest.raises(KeyError):
        twin.__setstate__({"source": 1})
    with pytest.raises(TypeError):
        twin.__setstate__(None)


def test_subclass(status):
    class Subclass(MPI.Status):
        pass

    assert Subclass(status) == status
    assert type(copy.copy(Subclass(status))) is Subclass


def test_memory_is_the_objects_own(status):
    memory = status.tomemory()
    assert isinstance(memory, memoryview)
    assert memory.format == "i"
    assert not memory.readonly
    assert memory.nbytes == MPI._sizeof(MPI.Status)
    index = memory.tolist().index(4)
    memory[index] = 11
    assert status.tag == 11
    del status
    assert 11 in memory.tolist()


def test_fortran(status):
    integers = status.py2f()
    assert 4 * len(integers) == MPI._sizeof(status)
    assert MPI.Status.f2py(integers) == MPI.Status.f2py(tuple(integers)) == status
    with pytest.raises(IndexError):
        MPI.Status.f2py([])
    with pytest.raises(TypeError):
        MPI.Status.f2py(3)


def test_weak_reference(status):
    assert weakref.ref(status)() is status


def test_signature():
    assert str(inspect.signature(MPI.Status)) == "(status=None)"
    assert inspect.signature(MPI.Status.Get_count).parameters["datatype"].default is ...
