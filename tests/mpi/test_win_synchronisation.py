"""MPI.Win: fences, general active target synchronisation, locks, flushes."""

import inspect

import numpy as np
import pytest
from mpi4py import MPI

METHODS = {
    "Fence": "(self, assertion=0)",
    "Start": "(self, group, assertion=0)",
    "Complete": "(self)",
    "Post": "(self, group, assertion=0)",
    "Wait": "(self)",
    "Test": "(self)",
    "Lock": f"(self, rank, lock_type={MPI.LOCK_EXCLUSIVE}, assertion=0)",
    "Unlock": "(self, rank)",
    "Lock_all": "(self, assertion=0)",
    "Unlock_all": "(self)",
    "Flush": "(self, rank)",
    "Flush_all": "(self)",
    "Flush_local": "(self, rank)",
    "Flush_local_all": "(self)",
    "Sync": "(self)",
}


class Window:
    """A window over one number for each process, and one process's neighbours in it."""

    def __init__(self, comm):
        self.comm = comm
        self.rank, self.size = comm.Get_rank(), comm.Get_size()
        self.next, self.previous = (self.rank + 1) % self.size, (self.rank - 1) % self.size
        self.mine = np.array([self.rank + 1.0])
        self.win = MPI.Win.Allocate(8 * self.size, 8, comm=comm)
        self.numbers = np.frombuffer(self.win.tomemory())
        self.numbers[:] = 0
        comm.Barrier()

    def group(self, *ranks):
        whole = self.win.Get_group()
        part = whole.Incl(ranks)
        whole.Free()
        return part

    def found(self):
        """The numbers, when passive accesses of all are done."""
        self.comm.Barrier()
        self.win.Lock(self.rank)
        numbers = self.numbers.tolist()
        self.win.Unlock(self.rank)
        self.comm.Barrier()
        return numbers


@pytest.fixture
def window(comm):
    window = Window(comm)
    yield window
    window.win.Free()


def test_signatures():
    for name, expected in METHODS.items():
        signature = inspect.signature(getattr(MPI.Win, name))
        assert str(signature).replace(", /", "") == expected
        assert inspect.getdoc(getattr(MPI.Win, name))


@pytest.mark.parametrize("asserted", [False, True])
def test_fence(window, asserted):
    first, last = (MPI.MODE_NOPRECEDE, MPI.MODE_NOSUCCEED | MPI.MODE_NOSTORE) if asserted else (0, 0)
    assert window.win.Fence(first) is None
    for target in range(window.size):
        window.win.Put(window.mine, target, window.rank)
    window.win.Fence(assertion=last)
    assert window.numbers.tolist() == [rank + 1 for rank in range(window.size)]


@pytest.mark.parametrize("wait", ["Wait", "Test"])
def test_general_active_target(window, wait):
    """Each process exposes its window to the previous one, and accesses that of the next."""
    origins, targets = window.group(window.previous), window.group(window.next)
    for assertion in (0, MPI.MODE_NOPUT):
        assert window.win.Post(origins, assertion) is None
        assert window.win.Start(targets) is None
        if not assertion:
            window.win.Put(window.mine, window.next, window.rank)
        assert window.win.Complete() is None
        if wait == "Wait":
            assert window.win.Wait() is True
        else:
            while not (ended := window.win.Test()):
                assert ended is False
            assert ended is True
    expected = [0] * window.size
    expected[window.previous] = window.previous + 1
    assert window.numbers.tolist() == expected
    origins.Free()
    targets.Free()


def test_exposure_to_nobody(window):
    nobody = MPI.GROUP_EMPTY
    window.win.Post(nobody)
    window.win.Start(nobody)
    window.win.Complete()
    assert window.win.Wait() is True


@pytest.mark.parametrize("name", ["Post", "Start"])
def test_groups_are_groups(window, name):
    for wrong in (None, MPI.COMM_SELF, [0]):
        with pytest.raises(TypeError):
            getattr(window.win, name)(wrong)


@pytest.mark.parametrize("lock", [(), (MPI.LOCK_EXCLUSIVE,), (MPI.LOCK_SHARED,), (MPI.LOCK_SHARED, 0)])
def test_lock(window, lock):
    for target in range(window.size):
        assert window.win.Lock(target, *lock) is None
        window.win.Put(window.mine, target, window.rank)
        assert window.win.Unlock(target) is None
    assert window.found() == [rank + 1 for rank in range(window.size)]


def test_lock_by_name(window):
    window.win.Lock(rank=window.next, lock_type=MPI.LOCK_SHARED, assertion=MPI.MODE_NOCHECK)
    window.win.Put(window.mine, window.next, window.rank)
    window.win.Unlock(rank=window.next)
    expected = [0] * window.size
    expected[window.previous] = window.previous + 1
    assert window.found() == expected


def test_exclusive_locks_exclude(window):
    """A number read, changed and written back, by all processes: no change is lost."""
    number = np.zeros(1)
    for _ in range(20):
        window.win.Lock(0, MPI.LOCK_EXCLUSIVE)
        window.win.Get(number, 0)
        window.win.Flush(0)
        number += 1
        window.win.Put(number, 0)
        window.win.Unlock(0)
    assert window.found()[0] == (20 * window.size if window.rank == 0 else 0)


@pytest.mark.parametrize("assertion", [(), (0,), (MPI.MODE_NOCHECK,)])
def test_lock_all(window, assertion):
    assert window.win.Lock_all(*assertion) is None
    for target in range(window.size):
        window.win.Put(window.mine, target, window.rank)
    assert window.win.Unlock_all() is None
    assert window.found() == [rank + 1 for rank in range(window.size)]


@pytest.mark.parametrize("everywhere", [False, True])
def test_flush(window, everywhere):
    """After a flush, others see what was put."""
    window.win.Lock_all()
    window.win.Put(window.mine, window.next, window.rank)
    assert (window.win.Flush_all() if everywhere else window.win.Flush(rank=window.next)) is None
    window.comm.Barrier()
    got = np.zeros(1)
    window.win.Get(got, window.rank, window.previous)
    window.win.Flush(window.rank)
    assert got[0] == window.previous + 1
    window.win.Unlock_all()


@pytest.mark.parametrize("everywhere", [False, True])
def test_flush_local(window, everywhere):
    """After a local flush, the buffer may be used again."""
    sent = np.array([window.rank + 1.0])
    window.win.Lock_all()
    window.win.Put(sent, window.next, window.rank)
    assert (window.win.Flush_local_all() if everywhere else window.win.Flush_local(rank=window.next)) is None
    sent[:] = -1
    window.win.Unlock_all()
    assert window.found()[window.previous] == window.previous + 1


def test_sync(window):
    window.win.Lock_all()
    window.numbers[window.rank] = 7
    assert window.win.Sync() is None
    window.comm.Barrier()
    got = np.zeros(1)
    window.win.Get(got, window.next, window.next)
    window.win.Flush(window.next)
    assert got[0] == 7
    window.win.Unlock_all()


@pytest.mark.parametrize("name", METHODS)
def test_null_window(name):
    arguments = {
        "Start": [MPI.GROUP_EMPTY],
        "Post": [MPI.GROUP_EMPTY],
        "Lock": [0],
        "Unlock": [0],
        "Flush": [0],
        "Flush_local": [0],
    }
    with pytest.raises(MPI.Exception) as caught:
        getattr(MPI.WIN_NULL, name)(*arguments.get(name, []))
    assert caught.value.Get_error_class() == MPI.ERR_WIN


@pytest.mark.parametrize("name", METHODS)
def test_wrong_arguments(name):
    with pytest.raises(TypeError):
        getattr(MPI.WIN_NULL, name)(1, 2, 3, 4)
    with pytest.raises(TypeError):
        getattr(MPI.WIN_NULL, name)(nonsense=1)
    if name not in ("Start", "Post") and "(self)" not in METHODS[name]:
        with pytest.raises(TypeError):
            getattr(MPI.WIN_NULL, name)(1.5)
