"""Reductions of objects: the order of the operands, intercommunicators, failures, and what they leave alone."""

import functools
import operator
import threading

import pytest

from mpi4py import MPI


def pair(left, right):
    """Neither commutative nor associative: it shows what was combined, and in which order."""
    return (left, right)


def flat(item):
    """The ranks of nested pairs, from left to right."""
    return [item] if isinstance(item, int) else [rank for part in item for rank in flat(part)]


def test_operands_are_in_the_order_of_the_ranks(comm):
    ranks = list(range(comm.size))
    assert flat(comm.allreduce(comm.rank, pair)) == ranks
    for root in ranks:
        got = comm.reduce(comm.rank, pair, root)
        assert (flat(got) == ranks) if comm.rank == root else (got is None)
    assert flat(comm.scan(comm.rank, pair)) == ranks[: comm.rank + 1]
    got = comm.exscan(comm.rank, pair)
    assert (flat(got) == ranks[: comm.rank]) if comm.rank else (got is None)


@pytest.mark.parametrize("name", ["reduce", "allreduce", "scan", "exscan"])
def test_all_processes_see_what_one_would(comm, name):
    matrices = [((1, rank + 1), (0, 1)) for rank in range(comm.size)]

    def multiply(a, b):
        return tuple(tuple(sum(map(operator.mul, row, column)) for column in zip(*b)) for row in a)

    got = getattr(comm, name)(matrices[comm.rank], multiply)
    count = {"scan": comm.rank + 1, "exscan": comm.rank}.get(name, comm.size)
    if name == "reduce" and comm.rank > 0 or count == 0:
        assert got is None
    else:
        assert got == functools.reduce(multiply, matrices[:count])


@pytest.mark.parametrize("name", ["reduce", "allreduce", "scan", "exscan"])
def test_an_operation_may_change_its_operands(comm, name):
    def extend(left, right):
        left.extend(right)
        right.clear()
        return left

    mine = [comm.rank]
    got = getattr(comm, name)(mine, extend)
    assert mine == [comm.rank]
    assert got is not mine
    if name == "scan":
        assert got == list(range(comm.rank + 1))
    elif name == "exscan":
        assert got == (list(range(comm.rank)) or None)
    elif name == "allreduce" or comm.rank == 0:
        assert got == list(range(comm.size))


def test_large_objects(comm):
    got = comm.allreduce(bytes([comm.rank]) * (1 << 20), operator.add)
    assert got == b"".join(bytes([rank]) * (1 << 20) for rank in range(comm.size))


def test_root_that_is_none(comm):
    for root in (-1, comm.size, MPI.ROOT):
        with pytest.raises(MPI.Exception) as caught:
            comm.reduce(1, root=root)
        assert caught.value.error_class == MPI.ERR_ROOT


@pytest.mark.parametrize("name", ["reduce", "allreduce", "scan", "exscan"])
def test_null(name):
    with pytest.raises(MPI.Exception):
        getattr(MPI.Intracomm(), name)(1)


def test_receives_of_any_source_do_not_meet_a_reduction(world):
    requests = [world.irecv(source=MPI.ANY_SOURCE, tag=MPI.ANY_TAG)]
    assert world.allreduce(world.rank) == sum(range(world.size))
    assert world.scan(1) == world.rank + 1
    assert not world.iprobe()
    world.barrier()
    world.send("mine", (world.rank + 1) % world.size, tag=4)
    assert MPI.Request.waitall(requests) == ["mine"]


def test_communicators_come_and_go(world):
    for _ in range(20):
        comm = world.Dup()
        twin = comm.Dup()
        assert comm.allreduce(1) == twin.allreduce(1) == world.size
        comm.Free()
        assert twin.allreduce(2) == 2 * world.size
        twin.Free()


@pytest.mark.ranks(2)
class TestFailures:
    """What one process cannot do, the others learn."""

    def outcome(self, world, reduction):
        """What came of it at each process."""
        try:
            reduction()
        except Exception as error:
            return world.allgather(f"{type(error).__name__}: {error}")
        return world.allgather(None)

    @pytest.mark.parametrize("name", ["reduce", "allreduce", "scan", "exscan"])
    def test_an_object_that_cannot_be_pickled(self, world, name):
        for bad in range(world.size):
            item = [threading.Lock() if world.rank == bad else world.rank]
            got = self.outcome(world, lambda: getattr(world, name)(item))
            assert got[bad].startswith("TypeError: cannot pickle")
            told = {"reduce": {0}, "allreduce": range(world.size)}.get(name, range(bad + 1, world.size))
            for rank in set(range(world.size)) - {bad}:
                if rank in told:
                    assert got[rank].startswith("RuntimeError: another process of the reduction failed: TypeError:")
                else:
                    assert got[rank] is None
        assert world.allreduce(1) == world.size

    def test_an_operation_that_raises(self, world):
        def fail(left, right):
            raise KeyError(world.rank)

        got = self.outcome(world, lambda: world.allreduce(1, fail))
        assert any(text.startswith("KeyError") for text in got)
        assert all("KeyError" in text for text in got)
        assert world.allreduce(1) == world.size


@pytest.mark.ranks(2)
def test_intercommunicator(world):
    low = world.rank < world.size // 2
    local = world.Split(low)
    inter = local.Create_intercomm(0, world, world.size // 2 if low else 0)
    groups = {True: list(range(world.size // 2)), False: list(range(world.size // 2, world.size))}
    assert flat(inter.allreduce(world.rank, pair)) == groups[not low]
    for side in (True, False):
        for root in range(len(groups[side])):
            if low != side:
                assert inter.reduce(world.rank, pair, root) is None
            elif local.rank == root:
                assert flat(inter.reduce(None, pair, MPI.ROOT)) == groups[not low]
            else:
                assert inter.reduce(None, pair, MPI.PROC_NULL) is None
    with pytest.raises(MPI.Exception) as caught:
        inter.reduce(1, root=world.size)
    assert caught.value.error_class == MPI.ERR_ROOT
    inter.Free()
    local.Free()


@pytest.mark.skipif(MPI.Query_thread() < MPI.THREAD_MULTIPLE, reason="the library was built without threads")
@pytest.mark.parametrize("name", ["allreduce", "allgather"])
def test_threads_take_turns(world, name):
    comm, got = world.Dup(), []

    def run():
        for _ in range(25):
            got.append(getattr(comm, name)([world.rank]))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ranks = list(range(world.size))
    assert got == [ranks if name == "allreduce" else [[rank] for rank in ranks]] * 75
    comm.Free()
