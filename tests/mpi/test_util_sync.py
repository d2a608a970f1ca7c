"""``mpi4py.util.sync``: what processes share."""

import pytest
from mpi4py import MPI
from mpi4py.util import sync


@pytest.fixture
def make(comm):
    """Make an object of the module, and free it after the test."""
    made = []

    def make(name, *arguments, **options):
        made.append(getattr(sync, name)(*arguments, comm=comm, **options))
        return made[-1]

    yield make
    comm.Barrier()
    for one in reversed(made):
        one.free()


def test_sequential_is_by_rank(comm):
    order = sync.Counter(comm=comm)
    with sync.Sequential(comm, tag=4):
        turn = next(order)
    assert turn == comm.Get_rank()
    comm.Barrier()
    order.free()


@pytest.mark.parametrize("typecode", ["i", "q", "d"])
def test_counter_gives_each_value_once(comm, make, typecode):
    counter = make("Counter", 3, 2, typecode=typecode)
    mine = [next(counter) for _ in range(20)]
    assert mine == sorted(mine)
    everybody = sorted(value for part in comm.allgather(mine) for value in part)
    assert everybody == [3 + 2 * index for index in range(20 * comm.Get_size())]


def test_counter_at_another_root(comm, make):
    counter = make("Counter", root=comm.Get_size() - 1)
    assert iter(counter) is counter
    if comm.Get_rank() == 0:
        assert [counter.next(), counter.next(10), counter.next()] == [0, 1, 11]


def test_mutex_excludes(comm, make):
    """Reading, and writing later, loses no increment under the mutex."""
    mutex = make("Mutex")
    total = make("Counter")
    for _ in range(20):
        with mutex:
            assert mutex.locked()
            before = total.next(0)
            assert total.next(1) == before
    comm.Barrier()
    assert total.next(0) == 20 * comm.Get_size()
    assert not mutex.locked()


def test_mutex_nonblocking(comm, make):
    mutex = make("Mutex")
    if comm.Get_rank() == 0:
        assert mutex.acquire(blocking=False)
    comm.Barrier()
    if comm.Get_rank() > 0:
        assert not mutex.acquire(blocking=False)
        assert not mutex.locked()
    comm.Barrier()
    if comm.Get_rank() == 0:
        mutex.release()
    comm.Barrier()
    with mutex:
        assert mutex.count() == 1


def test_mutex_errors(make):
    mutex = make("Mutex")
    with pytest.raises(RuntimeError, match="unheld"):
        mutex.release()
    with mutex, pytest.raises(RuntimeError, match="already held"):
        mutex.acquire()


def test_freed_by_its_holder(comm):
    """Others may be waiting for it."""
    mutex = sync.Mutex(recursive=True, comm=comm)
    mutex.acquire()
    mutex.acquire()
    mutex.free()
    with pytest.raises(RuntimeError, match="already freed"):
        mutex.acquire()


def test_recursive_mutex(make):
    mutex = make("Mutex", recursive=True)
    with mutex, mutex:
        assert mutex.count() == 2
        assert mutex.acquire(blocking=False)
        mutex.release()
    assert mutex.count() == 0


def test_semaphore_lets_so_many_in(comm, make):
    semaphore = make("Semaphore", 1)
    inside = make("Counter")
    for _ in range(10):
        with semaphore:
            assert inside.next(1) == 0
            inside.next(-1)


def test_semaphore_bound(comm, make):
    semaphore = make("Semaphore", 2)
    if comm.Get_rank() == 0:
        assert [semaphore.acquire(False) for _ in range(3)] == [True, True, False]
        semaphore.release(2)
        with pytest.raises(ValueError, match="too many times"):
            semaphore.release()
        with pytest.raises(ValueError, match="one or more"):
            semaphore.release(0)


def test_unbounded_semaphore(comm, make):
    semaphore = make("Semaphore", 0, bounded=False)
    if comm.Get_rank() == 0:
        semaphore.release(comm.Get_size())
    assert semaphore.acquire()
    comm.Barrier()
    assert not semaphore.acquire(False)
    with pytest.raises(ValueError, match="non-negative"):
        sync.Semaphore(-1)


def test_condition_wakes_who_waits(comm, make):
    condition = make("Condition")
    waiting, ready = make("Counter"), make("Counter")
    others = comm.Get_size() - 1
    if comm.Get_rank() > 0:
        with condition, condition:
            waiting.next()
            assert condition.wait_for(lambda: ready.next(0)) == 1
            assert condition.locked()
    else:
        while waiting.next(0) < others:
            pass
        with condition:
            assert condition.notify(0) == 0
            ready.next()
            assert condition.notify_all() == others
            assert condition.notify_all() == 0


def test_condition_is_of_its_mutex(comm, make):
    mutex = make("Mutex")
    condition = sync.Condition(mutex)
    with condition:
        assert mutex.locked()
    if comm.Get_rank() > 0:
        with condition:
            condition.wait()
    else:
        count = 0
        while count < comm.Get_size() - 1:
            with condition:
                count += condition.notify_all()
    condition.free()
    assert not mutex.locked()


def test_condition_needs_its_mutex(make):
    condition = make("Condition")
    with pytest.raises(RuntimeError, match="notify on unheld"):
        condition.notify()
    with pytest.raises(RuntimeError, match="wait on unheld"):
        condition.wait()


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("Counter", next),
        ("Mutex", lambda mutex: mutex.acquire()),
        ("Mutex", lambda mutex: mutex.locked()),
        ("Condition", lambda condition: condition.acquire()),
        ("Semaphore", lambda semaphore: semaphore.acquire()),
    ],
)
def test_freed(name, use):
    made = getattr(sync, name)(comm=MPI.COMM_SELF)
    made.free()
    made.free()
    with pytest.raises(RuntimeError, match="already freed"):
        use(made)
