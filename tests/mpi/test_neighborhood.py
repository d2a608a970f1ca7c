"""Collectives between neighbors: buffers in all forms, and pickled objects."""

import inspect
import pickle
import sys

import numpy as np
import pytest
from mpi4py import MPI

NAMES = "Neighbor_allgather Neighbor_allgatherv Neighbor_alltoall Neighbor_alltoallv Neighbor_alltoallw".split()


def blocking(comm, name, *args):
    assert getattr(comm, name)(*args) is None


def nonblocking(comm, name, *args):
    request = getattr(comm, "I" + name.lower())(*args)
    assert type(request) is MPI.Request
    request.Wait()
    assert request == MPI.REQUEST_NULL


def persistent(comm, name, *args):
    request = getattr(comm, name + "_init")(*args)
    assert type(request) is MPI.Prequest
    for _ in range(2):
        request.Start()
        request.Wait()
    request.Free()


FORMS = [
    blocking,
    nonblocking,
    pytest.param(persistent, marks=pytest.mark.optional("persistent collectives came with MPI 4.0")),
]


@pytest.fixture(params=FORMS, ids=["blocking", "nonblocking", "persistent"])
def form(request):
    return request.param


def open_line(comm):
    return comm.Create_cart([comm.size])


def closed_line(comm):
    return comm.Create_cart([comm.size], True)


def star(comm):
    """Rank 0 has itself and all others as neighbors; they have rank 0."""
    size = comm.size
    return comm.Create_graph(range(size, 2 * size), [*range(size)] + [0] * (size - 1))


def one_way(comm):
    """All, rank 0 too, send to rank 0; nobody sends to others."""
    return comm.Create_dist_graph_adjacent(range(comm.size) if comm.rank == 0 else [], [0])


def alone(comm):
    """Nobody has neighbors."""
    return comm.Create_dist_graph_adjacent(None, None)


@pytest.fixture(params=[open_line, closed_line, star, one_way, alone], ids=lambda make: make.__name__)
def topo(comm, request):
    made = request.param(comm)
    yield made
    made.Free()


UNTOUCHED = -1


def block(rank, length=3):
    """What a rank sends to all: numbers of its own."""
    return np.arange(length, dtype="i") + 100 * (rank + 1)


def gathered(topo, length=3):
    """What arrives of it: an item for each neighbor."""
    nothing = np.full(length, UNTOUCHED, dtype="i")
    blocks = [nothing if source == MPI.PROC_NULL else block(source, length) for source in topo.inedges]
    return np.concatenate([np.empty(0, dtype="i"), *blocks])


def edge(source, destination, length=3):
    """What one rank sends to another. To two neighbors that are one process goes the same, whatever their order."""
    return np.arange(length, dtype="i") + 100 * (source + 1) + 10 * (destination + 1)


def sent(topo, length=3):
    blocks = [edge(topo.rank, destination, length) for destination in topo.outedges]
    return np.concatenate([np.empty(0, dtype="i"), *blocks])


def received(topo, length=3):
    nothing = np.full(length, UNTOUCHED, dtype="i")
    blocks = [nothing if source == MPI.PROC_NULL else edge(source, topo.rank, length) for source in topo.inedges]
    return np.concatenate([np.empty(0, dtype="i"), *blocks])


def room(count):
    return np.full(count, UNTOUCHED, dtype="i")


def reversed_places(count, length=3):
    """Counts and displacements of blocks that lie in memory from the last to the first."""
    return [length] * count, [length * place for place in reversed(range(count))]


def reverse(array, length=3):
    return array.reshape(-1, length)[::-1].reshape(-1)


def test_allgather(topo, form):
    got = room(3 * topo.indegree)
    form(topo, "Neighbor_allgather", block(topo.rank), got)
    assert got.tolist() == gathered(topo).tolist()


def test_allgather_with_counts(topo, form):
    got = room(3 * topo.indegree + 1)
    form(topo, "Neighbor_allgather", [block(topo.rank), 3, MPI.INT], [got, 3, MPI.INT])
    assert got.tolist() == [*gathered(topo), UNTOUCHED]


def test_allgatherv(topo, form):
    got = room(3 * topo.indegree)
    form(topo, "Neighbor_allgatherv", block(topo.rank), got)
    assert got.tolist() == gathered(topo).tolist()
    got = room(3 * topo.indegree)
    form(topo, "Neighbor_allgatherv", block(topo.rank), [got, reversed_places(topo.indegree), MPI.INT])
    assert got.tolist() == reverse(gathered(topo)).tolist()


def test_alltoall(topo, form):
    got = room(3 * topo.indegree)
    form(topo, "Neighbor_alltoall", sent(topo), got)
    assert got.tolist() == received(topo).tolist()


def test_alltoallv(topo, form):
    got = room(3 * topo.indegree)
    form(topo, "Neighbor_alltoallv", sent(topo), got)
    assert got.tolist() == received(topo).tolist()
    got = room(3 * topo.indegree)
    message = [reverse(sent(topo)), reversed_places(topo.outdegree), MPI.INT]
    form(topo, "Neighbor_alltoallv", message, [got, *reversed_places(topo.indegree), MPI.INT])
    assert got.tolist() == reverse(received(topo)).tolist()


def test_alltoallw(topo, form):
    def entries(data, count):
        counts, displs = reversed_places(count)
        return [data, counts, [displ * data.itemsize for displ in displs], [MPI.INT] * count]

    got = room(3 * topo.indegree)
    message = entries(reverse(sent(topo)), topo.outdegree)
    form(topo, "Neighbor_alltoallw", message, entries(got, topo.indegree))
    assert got.tolist() == reverse(received(topo)).tolist()


def test_alltoallw_of_different_datatypes(comm, form):
    # All are neighbors of all; two ranks exchange a double when their sum is even, else two shorts.
    me, peers = comm.rank, range(comm.size)
    topo = comm.Create_dist_graph_adjacent(peers, peers)
    data, got = np.zeros(8 * comm.size, dtype="b"), np.full(8 * comm.size, UNTOUCHED, dtype="b")
    even = [(me + peer) % 2 == 0 for peer in peers]
    for peer in peers:
        part = data[8 * peer:]
        if even[peer]:
            part[:8].view("d")[:] = me + peer / 4
        else:
            part[:4].view("h")[:] = [me, peer]
    counts, displs = [1 if double else 2 for double in even], [8 * peer for peer in peers]
    datatypes = [MPI.DOUBLE if double else MPI.SHORT for double in even]
    form(topo, "Neighbor_alltoallw", [data, (counts, displs), datatypes], [got, counts, displs, datatypes])
    for peer in peers:
        part = got[8 * peer:]
        if even[peer]:
            assert part[:8].view("d")[0] == peer + me / 4
        else:
            assert part[:4].view("h").tolist() == [peer, me]
            assert part[4:8].tolist() == [UNTOUCHED] * 4
    topo.Free()


def test_buffers_live_as_long_as_the_request():
    topo = closed_line(MPI.COMM_WORLD)
    data, got = block(topo.rank), room(6)
    before = sys.getrefcount(data), sys.getrefcount(got)
    request = topo.Ineighbor_allgather(data, got)
    assert sys.getrefcount(data) > before[0] and sys.getrefcount(got) > before[1]
    request.Wait()
    assert (sys.getrefcount(data), sys.getrefcount(got)) == before
    topo.Free()


def test_objects_to_all(topo):
    assert topo.neighbor_allgather([topo.rank, "x" * topo.rank]) == [
        None if source == MPI.PROC_NULL else [source, "x" * source] for source in topo.inedges
    ]


def test_objects_to_each(topo):
    def item(source, destination):
        return {"edge": (source, destination), "data": b"\0" * 100 * source}

    items = [item(topo.rank, destination) for destination in topo.outedges]
    wanted = [None if source == MPI.PROC_NULL else item(source, topo.rank) for source in topo.inedges]
    assert topo.neighbor_alltoall(items) == wanted
    assert topo.neighbor_alltoall(iter(items)) == wanted
    assert topo.neighbor_alltoall(None) == [None] * topo.indegree


def test_wrong_number_of_objects():
    topo = closed_line(MPI.COMM_SELF)
    for items in ([], [1], [1, 2, 3]):
        with pytest.raises(ValueError):
            topo.neighbor_alltoall(items)
    with pytest.raises(TypeError):
        topo.neighbor_alltoall(5)
    topo.Free()


def test_objects_that_do_not_pickle():
    topo = closed_line(MPI.COMM_SELF)
    with pytest.raises((AttributeError, pickle.PicklingError)):
        topo.neighbor_allgather(lambda: 0)
    topo.Free()


def test_wrong_messages():
    topo = closed_line(MPI.COMM_SELF)
    with pytest.raises(ValueError):
        topo.Neighbor_allgather(block(0), room(5))
    with pytest.raises(ValueError):
        topo.Neighbor_alltoall(room(3), room(4))
    for name in NAMES:
        for arguments in ((None, room(2)), (room(2), None), (3, room(2))):
            with pytest.raises(TypeError):
                getattr(topo, name)(*arguments)
    with pytest.raises(ValueError):
        topo.Neighbor_alltoallw([room(2), [MPI.INT]], [room(2), [MPI.INT] * 2])
    with pytest.raises(ValueError):
        topo.Neighbor_alltoallv([room(2), [1, 1, 1]], room(2))
    topo.Free()


def test_null():
    null = MPI.Topocomm()
    for call in (lambda: null.Neighbor_allgather(room(1), room(1)), lambda: null.neighbor_allgather(1),
                 lambda: null.neighbor_alltoall([]), lambda: null.Ineighbor_alltoall(room(1), room(1))):
        with pytest.raises(MPI.Exception) as caught:
            call()
        assert caught.value.Get_error_class() == MPI.ERR_COMM


def test_topocomm_of_any_topology(topo):
    plain = MPI.Topocomm(topo)
    assert plain.neighbor_allgather(1) == topo.neighbor_allgather(1)


def test_signatures():
    for name in NAMES:
        for method in (name, "I" + name.lower(), name + "_init"):
            function = getattr(MPI.Topocomm, method)
            assert function.__doc__
            wanted = ["self", "sendbuf", "recvbuf"] + ["info"] * method.endswith("_init")
            assert list(inspect.signature(function).parameters) == wanted
            assert not hasattr(MPI.Intracomm, method)
    assert str(inspect.signature(MPI.Topocomm.neighbor_allgather)) == "(self, /, sendobj)"
    assert str(inspect.signature(MPI.Topocomm.neighbor_alltoall)) == "(self, /, sendobj)"
