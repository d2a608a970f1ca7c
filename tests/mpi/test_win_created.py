"""MPI.Win: windows over memory of the program's own, known at once or attached later."""

import gc
import weakref

import numpy as np
import pytest
from mpi4py import MPI

UNIT = 8


class Traced(np.ndarray):
    """An array that can be watched."""


def traced(length=4):
    array = np.zeros(length).view(Traced)
    return array, weakref.ref(array)


@pytest.fixture
def making(comm):
    """Makes windows, from the names of constructors, and frees them in the end."""
    windows = []

    def make(name, *arguments):
        windows.append(getattr(MPI.Win, name)(*arguments, comm=comm))
        return windows[-1]

    yield make
    for win in windows:
        win.free()


@pytest.mark.parametrize(
    ("name", "arguments"), [("Create", [None]), ("Create_dynamic", [])], ids=["self", "self-dynamic"]
)
def test_default_communicator(name, arguments):
    win = getattr(MPI.Win, name)(*arguments)
    assert win.group_size == 1
    win.Free()


# Known at once


@pytest.mark.parametrize("memory", [None, MPI.BOTTOM], ids=["None", "BOTTOM"])
def test_a_window_over_nothing(making, memory):
    win = making("Create", memory)
    assert win.attrs[1:] == (0, 1)
    assert len(win.tomemory()) == 0
    win.Fence()


@pytest.mark.parametrize("make", [
    lambda array: array, lambda array: memoryview(array), lambda array: MPI.buffer(array), lambda array: array.data,
    lambda array: np.asfortranarray(array),
])  # fmt: skip
def test_a_window_over_what_has_memory(making, make):
    array = np.zeros((2, 3))
    memory = make(array)
    win = making("Create", memory, 1)
    assert win.attrs == (MPI.Get_address(memory), 48, 1)


@pytest.mark.parametrize(("memory", "error"), [
    (b"read-only", BufferError), (np.zeros((4, 4))[:, 1], BufferError), ("text", TypeError), (3, TypeError),
    ([bytearray(8), MPI.BYTE], TypeError),
])  # fmt: skip
def test_no_window_over_other_things(memory, error):
    with pytest.raises(error):
        MPI.Win.Create(memory)


def test_a_window_keeps_its_memory(making):
    array, reference = traced()
    address = MPI.Get_address(array)
    win = making("Create", array)
    del array
    gc.collect()
    assert reference() is not None
    assert win.attrs[0] == address
    alias = MPI.Win(win)
    win.Free()
    gc.collect()
    assert reference() is not None
    del alias
    gc.collect()
    assert reference() is None


def test_memory_cannot_be_resized_meanwhile(making):
    memory = bytearray(8)
    win = making("Create", memory)
    with pytest.raises(BufferError):
        memory.append(0)
    win.Free()
    memory.append(0)


def test_memory_is_that_of_the_array(making):
    array = np.zeros(4)
    win = making("Create", array, UNIT)
    np.frombuffer(win.tomemory())[:] = range(4)
    assert array.tolist() == [0, 1, 2, 3]
    array[1] = 7
    assert np.frombuffer(win.tomemory())[1] == 7


# Attached later


def test_memory_of_a_dynamic_window_is_nowhere(making):
    win = making("Create_dynamic")
    assert win.attrs[:2] == (0, 0)
    memory = win.tomemory()
    assert (memory.address, memory.nbytes, MPI.Get_address(memory)) == (0, 0, 0)


def test_attached_memory_is_kept(making):
    win = making("Create_dynamic")
    (first, watched), (second, other) = traced(), traced()
    win.Attach(first)
    win.Attach(second)
    del second
    gc.collect()
    assert other() is not None
    win.Detach(first)
    del first
    gc.collect()
    assert watched() is None
    assert other() is not None
    win.Detach(MPI.buffer(other()))
    gc.collect()
    assert other() is None


def test_attached_memory_is_kept_for_all_objects(making):
    win = making("Create_dynamic")
    alias = MPI.Win(win)
    array, watched = traced()
    alias.Attach(array)
    del alias, array
    gc.collect()
    assert watched() is not None
    win.Detach(watched())
    gc.collect()
    assert watched() is None


def test_free_lets_go_of_attached_memory(making):
    win = making("Create_dynamic")
    array, watched = traced()
    win.Attach(array)
    del array
    win.Free()
    gc.collect()
    assert watched() is None


def test_a_window_that_is_not_ours_keeps_too(making):
    win = making("Create_dynamic")
    twin = MPI.Win.fromhandle(win.handle)
    array, watched = traced()
    twin.Attach(array)
    del array
    gc.collect()
    assert watched() is not None
    twin.Detach(watched())
    gc.collect()
    assert watched() is None


@pytest.mark.parametrize("memory", [None, 3, "text", b"read-only"])
def test_what_cannot_be_attached(making, memory):
    win = making("Create_dynamic")
    for call in (win.Attach, win.Detach):
        with pytest.raises((TypeError, BufferError)):
            call(memory)


def test_access_to_attached_memory(making, comm):
    rank, size = comm.Get_rank(), comm.Get_size()
    win = making("Create_dynamic")
    array = np.zeros(4)
    win.Attach(array)
    addresses = comm.allgather(MPI.Get_address(array))
    target = (rank + 1) % size
    win.Fence()
    win.Put(np.full(2, rank + 1.0), target, MPI.Aint_add(addresses[target], 8))
    win.Fence()
    assert array.tolist() == [0, (rank - 1) % size + 1, (rank - 1) % size + 1, 0]
    win.Detach(array)
