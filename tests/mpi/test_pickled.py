"""Messages of pickled objects: point-to-point, requests, matched probes, collectives, and the serializer."""

import functools
import json
import operator
import pickle
import warnings

import pytest

from mpi4py import MPI

OBJECTS = [None, 7, 2.5, "text", b"\0" * 3, [1, [2, 3]], {"key": ("a", 1)}, 1 << 80]


def ring(comm):
    """The ranks before and after this one."""
    return (comm.rank - 1) % comm.size, (comm.rank + 1) % comm.size


@pytest.mark.parametrize("mode", ["isend", "issend"])
@pytest.mark.parametrize("item", OBJECTS, ids=repr)
def test_objects_arrive_around_the_ring(comm, mode, item):
    before, after = ring(comm)
    request = getattr(comm, mode)((comm.rank, item), after, tag=3)
    status = MPI.Status()
    assert comm.recv(source=before, tag=3, status=status) == (before, item)
    assert (status.source, status.tag) == (before, 3)
    assert request.wait() is None
    assert request == MPI.REQUEST_NULL


@pytest.mark.parametrize("mode", ["send", "ssend"])
def test_blocking_sends(mode):
    comm = MPI.COMM_WORLD
    if comm.size == 1:
        request = comm.irecv(source=0)
        getattr(comm, mode)("self", 0)
        assert request.wait() == "self"
    elif comm.rank == 0:
        getattr(comm, mode)({"from": 0}, 1)
    elif comm.rank == 1:
        assert comm.recv(source=0) == {"from": 0}


@pytest.mark.parametrize("size", [0, 1, 1 << 10, 1 << 20])
def test_sendrecv_of_any_size(comm, size):
    before, after = ring(comm)
    assert comm.sendrecv(bytes([comm.rank % 256]) * size, after, source=before) == bytes([before % 256]) * size


def received(comm, data):
    """What `recv` makes of these bytes."""
    request = comm.Isend([data, MPI.BYTE], 0)
    try:
        return comm.recv(source=0)
    finally:
        request.Wait()


# Memory of 64 KiB to 2 MiB serves one message after the other.
SIZES = [1 << 18, 1 << 17, 1 << 16, (1 << 16) - 1, 1 << 20, 1 << 21, 1 << 23, (1 << 21) - 500, 5]


def test_messages_one_after_the_other_in_the_same_memory():
    items = [bytes([index + 1]) * size for index, size in enumerate(SIZES)]
    kept = [received(MPI.COMM_SELF, pickle.dumps(item)) for item in items]
    assert kept == items


def test_an_object_that_receives_while_it_is_made():
    inner = bytes(range(256)) * 1000
    request = MPI.COMM_SELF.isend(inner, 0, tag=9)
    item = [bytes(200_000), Receives(), inner]
    send = MPI.COMM_SELF.isend(item, 0, tag=1)
    first, nested, last = MPI.COMM_SELF.recv(source=0, tag=1)
    assert (first, nested.state, last) == (bytes(200_000), inner, inner)
    send.wait()
    request.wait()


class Receives:
    """Unpickled, it holds a message of its own."""

    state = None

    def __reduce__(self):
        return (Receives, (), True)

    def __setstate__(self, state):
        self.state = MPI.COMM_SELF.recv(source=0, tag=9)


def test_a_message_ends_where_it_ends():
    whole = pickle.dumps([bytes(1 << 17), bytes(1 << 16)])
    assert received(MPI.COMM_SELF, whole) == pickle.loads(whole)
    with pytest.raises((pickle.UnpicklingError, EOFError)):
        received(MPI.COMM_SELF, whole[: 1 << 17])


def test_a_replaced_loads_may_keep_the_message():
    try:
        MPI.pickle.__init__(loads=memoryview)
        views = [received(MPI.COMM_SELF, bytes([index]) * (1 << 17)) for index in range(3)]
    finally:
        MPI.pickle.__init__()
    assert [bytes(view) for view in views] == [bytes([index]) * (1 << 17) for index in range(3)]


def test_nothing_goes_to_and_comes_from_proc_null(comm):
    comm.send(object(), MPI.PROC_NULL)
    status = MPI.Status()
    assert comm.recv(source=MPI.PROC_NULL, status=status) is None
    assert status.source == MPI.PROC_NULL
    assert comm.irecv(source=MPI.PROC_NULL).wait() is None
    assert comm.isend(1, MPI.PROC_NULL).wait() is None
    assert comm.sendrecv(1, MPI.PROC_NULL, source=MPI.PROC_NULL) is None
    assert comm.mprobe(MPI.PROC_NULL).recv() is None


def test_irecv_by_wait_and_test(comm):
    before, after = ring(comm)
    request = comm.irecv(source=before, tag=1)
    send = comm.isend([comm.rank], after, tag=1)
    status = MPI.Status()
    assert request.wait(status) == [before]
    assert status.tag == 1
    send.wait()
    request = comm.irecv(source=before, tag=2)
    send = comm.isend("again", after, tag=2)
    done, item = request.test()
    while not done:
        assert item is None
        done, item = request.test()
    assert item == "again"
    assert request.test() == (True, None)
    send.wait()


def test_irecv_takes_a_size_or_memory():
    comm = MPI.COMM_SELF
    for room in (100_200, bytearray(100_200)):
        request = comm.irecv(room, source=0)
        send = comm.isend(b"x" * 100_000, 0)
        assert request.wait() == b"x" * 100_000
        send.wait()


def test_irecv_of_too_large_a_message_names_the_remedy():
    comm = MPI.COMM_SELF
    request = comm.irecv(source=0)
    send = comm.isend(b"x" * 100_000, 0)
    with pytest.raises(MPI.Exception) as caught:
        request.wait()
    assert caught.value.error_class == MPI.ERR_TRUNCATE
    assert "irecv_bufsz" in "".join(caught.value.__notes__)
    send.wait()


def test_recv_into_memory_is_deprecated():
    comm = MPI.COMM_SELF
    send = comm.isend({"a": 1}, 0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert comm.recv(bytearray(1000), 0) == {"a": 1}
    assert "buf" in str(caught[0].message)
    send.wait()
    send = comm.isend(1, 0)
    with warnings.catch_warnings(), pytest.raises(TypeError):
        warnings.simplefilter("ignore")
        comm.recv(b"read-only" * 100, 0)
    assert comm.recv() == 1
    send.wait()


def test_requests_together(comm):
    before, after = ring(comm)
    sends = [comm.isend(i * i, after, tag=i) for i in range(5)]
    receives = [comm.irecv(source=before, tag=i) for i in range(5)]
    statuses = []
    assert MPI.Request.waitall(receives, statuses) == [0, 1, 4, 9, 16]
    assert [status.tag for status in statuses] == [0, 1, 2, 3, 4]
    assert MPI.Request.waitall(sends) == [None] * 5
    assert MPI.Request.testall(sends) == (True, [None] * 5)
    assert MPI.Request.waitany(sends) == (MPI.UNDEFINED, None)
    assert MPI.Request.testany(sends) == (MPI.UNDEFINED, True, None)
    assert MPI.Request.waitsome(sends) == (None, None)
    assert MPI.Request.testsome(sends) == (None, None)


def test_any_and_some_complete_every_request_once(comm):
    before, after = ring(comm)
    sends = [comm.isend(("item", i), after, tag=i) for i in range(6)]
    receives = [comm.irecv(source=before, tag=i) for i in range(6)]
    got = {}
    index, item = MPI.Request.waitany(receives)
    got[index] = item
    while len(got) < 6:
        indices, items = MPI.Request.waitsome(receives)
        got.update(zip(indices, items))
    assert got == {i: ("item", i) for i in range(6)}
    MPI.Request.waitall(sends)


def test_mprobe_and_improbe(comm):
    before, after = ring(comm)
    send = comm.isend({"n": comm.rank}, after, tag=4)
    status = MPI.Status()
    message = comm.mprobe(before, 4, status)
    assert status.tag == 4
    assert message.recv() == {"n": before}
    assert message == MPI.MESSAGE_NULL
    send.wait()
    assert comm.improbe(before, 99) is None
    send = comm.isend("i", after, tag=5)
    message = None
    while message is None:
        message = comm.improbe(before, 5)
    assert message.irecv().wait() == "i"
    send.wait()
    send = comm.isend("class", after, tag=6)
    assert comm.probe(before, 6) is True
    assert comm.iprobe(before, 6) is True
    assert MPI.Message.probe(comm, before, 6).recv() == "class"
    send.wait()


def test_message_of_an_upper_case_probe(comm):
    before, after = ring(comm)
    send = comm.isend([1, 2], after)
    assert comm.Mprobe(before).recv() == [1, 2]
    send.wait()


@pytest.mark.parametrize("size", [0, 10, 1000, 1008, 1016, 1024, 1 << 18])
def test_bcast(comm, size):
    for root in range(comm.size):
        item = {"root": root, "data": b"d" * size}
        got = comm.bcast(item if comm.rank == root else None, root)
        assert got == item
        assert got is not item


def test_gather_and_scatter(comm):
    for root in range(comm.size):
        got = comm.gather((comm.rank, "x" * comm.rank), root)
        expected = [(rank, "x" * rank) for rank in range(comm.size)]
        assert got == (expected if comm.rank == root else None)
        items = [[rank] * (rank + 1) for rank in range(comm.size)]
        assert comm.scatter(items if comm.rank == root else None, root) == [comm.rank] * (comm.rank + 1)


def test_allgather_and_alltoall(comm):
    assert comm.allgather({comm.rank: None}) == [{rank: None} for rank in range(comm.size)]
    got = comm.alltoall([(comm.rank, to) for to in range(comm.size)])
    assert got == [(rank, comm.rank) for rank in range(comm.size)]
    assert comm.alltoall(iter(range(comm.size))) == [comm.rank] * comm.size


def test_wrong_number_of_items():
    comm = MPI.COMM_SELF
    for items in ([], [1, 2], 5):
        with pytest.raises((ValueError, TypeError)):
            comm.scatter(items)
        with pytest.raises((ValueError, TypeError)):
            comm.alltoall(items)


def test_none_stands_for_a_sequence_of_none(comm):
    assert comm.scatter(None) is None
    assert comm.alltoall(None) == [None] * comm.size


def test_reductions_fold_in_the_order_of_the_ranks(comm):
    words = [f"<{rank}>" for rank in range(comm.size)]
    assert comm.allreduce(words[comm.rank]) == "".join(words)
    for root in range(comm.size):
        assert comm.reduce(words[comm.rank], root=root) == ("".join(words) if comm.rank == root else None)
    assert comm.scan(words[comm.rank]) == "".join(words[: comm.rank + 1])
    assert comm.exscan(words[comm.rank]) == ("".join(words[: comm.rank]) or None)
    pair = comm.allreduce(comm.rank, op=lambda left, right: (left, right))
    assert pair == functools.reduce(lambda left, right: (left, right), range(comm.size))


@pytest.mark.parametrize(
    ("op", "function"),
    [(MPI.SUM, operator.add), (MPI.PROD, operator.mul), (MPI.MAX, max), (MPI.MIN, min), (MPI.BOR, operator.or_)],
)
def test_predefined_operations(comm, op, function):
    assert comm.allreduce(comm.rank + 1, op) == functools.reduce(function, range(1, comm.size + 1))


def test_maxloc(comm):
    assert comm.allreduce((comm.rank, comm.rank), MPI.MAXLOC) == (comm.size - 1, comm.size - 1)
    assert comm.allreduce((comm.rank, comm.rank), MPI.MINLOC) == (0, 0)


@pytest.mark.ranks(2)
def test_intercommunicator():
    world = MPI.COMM_WORLD
    low = world.rank < world.size // 2
    local = world.Split(low)
    inter = local.Create_intercomm(0, world, world.size // 2 if low else 0)
    assert inter.allgather(world.rank) == [rank for rank in range(world.size) if (rank < world.size // 2) != low]
    root = (MPI.ROOT if local.rank == 0 else MPI.PROC_NULL) if low else 0
    got = inter.bcast("hello" if low else None, root)
    assert got == (None if low else "hello")
    got = inter.gather(world.rank, root)
    assert got == ([*range(world.size // 2, world.size)] if root == MPI.ROOT else None)
    items = list(range(inter.remote_size)) if root == MPI.ROOT else None
    got = inter.scatter(items, root)
    assert got == (None if low else local.rank)
    inter.Free()
    local.Free()


class TestPickle:
    """The serializer is replaceable in place."""

    @pytest.fixture(autouse=True)
    def restore(self):
        yield
        MPI.pickle.__init__()

    def test_defaults(self):
        pickle = MPI.Pickle()
        assert pickle.PROTOCOL == 5 or pickle.PROTOCOL >= 5
        data = pickle.dumps([1, 2])
        assert isinstance(data, bytes)
        assert pickle.loads(data) == [1, 2]

    def test_replaced_in_place(self):
        MPI.pickle.__init__(lambda item: json.dumps(item).encode(), lambda data: json.loads(bytes(data)))
        comm = MPI.COMM_WORLD
        assert comm.bcast({"a": [1, comm.size]}) == {"a": [1, comm.size]}
        assert comm.allgather("x") == ["x"] * comm.size
        assert comm.sendrecv((1, 2), comm.rank, source=comm.rank) == [1, 2]  # JSON has no tuples
        request = comm.irecv(source=comm.rank)
        comm.send({"exact": "bytes"}, comm.rank)
        assert request.wait() == {"exact": "bytes"}

    def test_protocol(self):
        MPI.pickle.PROTOCOL = 2
        assert MPI.pickle.PROTOCOL == 2
        assert MPI.COMM_SELF.bcast({1, 2}) == {1, 2}

    def test_out_of_band(self):
        array = bytearray(1 << 20)
        data, buffers = MPI.pickle.dumps_oob(pickle.PickleBuffer(array))
        assert len(buffers) == 1
        assert len(data) < 1000
        assert bytes(MPI.pickle.loads_oob(data, buffers)) == bytes(array)

    def test_an_error_in_dumps_leaves_the_communicator_usable(self):
        comm = MPI.COMM_WORLD
        # Python 3.11 and 3.12 raise the one, 3.13 the other.
        with pytest.raises((AttributeError, pickle.PicklingError)):
            comm.send(lambda: None, comm.rank)
        assert comm.allreduce(1) == comm.size
