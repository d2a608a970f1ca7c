"""``mpi4py.util.pkl5``: objects whose buffers are sent from where they are."""

import pickle
import threading

import pytest
from mpi4py import MPI
from mpi4py.util import pkl5


class Blob:
    """An object with a large part, which pickle leaves out of its stream."""

    def __init__(self, data, name="blob"):
        self.data = data
        self.name = name

    def __reduce_ex__(self, protocol):
        from pickle import PickleBuffer

        return type(self), (PickleBuffer(self.data), self.name)

    def __eq__(self, other):
        return (bytes(self.data), self.name) == (bytes(other.data), other.name)

    __hash__ = None


@pytest.fixture(autouse=True)
def threshold():
    """Leave all but the smallest buffers out."""
    before = pkl5.pickle.THRESHOLD
    pkl5.pickle.THRESHOLD = 16
    yield
    pkl5.pickle.THRESHOLD = before


@pytest.fixture
def pkl(comm):
    return pkl5.Intracomm(comm)


def blob(rank, size=5000):
    return Blob(bytearray((rank + index) % 251 for index in range(size)), f"of {rank}")


def objects(rank):
    """Without buffers, with one, with several of odd sizes, with an empty one."""
    return [None, {"rank": rank}, blob(rank), [blob(rank, 17), blob(rank + 1, 100_003), rank], Blob(bytearray())]


def neighbours(comm):
    rank, size = comm.Get_rank(), comm.Get_size()
    return (rank - 1) % size, (rank + 1) % size


@pytest.mark.parametrize("kind", ["isend", "issend"])
@pytest.mark.parametrize("which", range(5))
def test_ring(pkl, kind, which):
    before, after = neighbours(pkl)
    status = MPI.Status()
    request = getattr(pkl, kind)(objects(pkl.Get_rank())[which], after, 3)
    assert request
    assert pkl.recv(source=before, tag=3, status=status) == objects(before)[which]
    assert (status.source, status.tag) == (before, 3)
    assert request.wait() is None
    assert not request


def test_sendrecv(pkl):
    before, after = neighbours(pkl)
    assert pkl.sendrecv(blob(pkl.Get_rank()), after, 1, None, before, 1) == blob(before)


@pytest.mark.ranks(2)
@pytest.mark.parametrize("kind", ["send", "ssend"])
def test_blocking_send(world, kind):
    pkl = pkl5.Intracomm(world)
    rank = pkl.Get_rank()
    if rank == 0:
        getattr(pkl, kind)(blob(0, 300_000), 1)
    elif rank == 1:
        assert pkl.recv(source=0) == blob(0, 300_000)


@pytest.mark.parametrize("kind", ["bsend", "ibsend"])
def test_buffered_send(pkl, kind):
    before, after = neighbours(pkl)
    MPI.Attach_buffer(bytearray(100_000))
    try:
        request = getattr(pkl, kind)(blob(pkl.Get_rank()), after)
        assert pkl.recv(source=before) == blob(before)
        if request is not None:
            request.wait()
    finally:
        MPI.Detach_buffer()


def test_received_parts_are_writable_and_aligned(pkl):
    before, after = neighbours(pkl)
    request = pkl.isend([blob(pkl.Get_rank(), 17), blob(pkl.Get_rank(), 64)], after)
    for part in pkl.recv(source=before):
        view = memoryview(part.data)
        assert not view.readonly
        assert MPI.Get_address(view) % 8 == 0
    request.wait()


def test_messages_of_threads_do_not_mix(pkl):
    """Each thread's message is one, so that any thread can receive any of them."""
    if MPI.Query_thread() < MPI.THREAD_MULTIPLE:
        pytest.skip("this MPI library has no THREAD_MULTIPLE")
    before, after = neighbours(pkl)
    rank, count = pkl.Get_rank(), 4
    got = []

    def exchange(number):
        request = pkl.isend((number, blob(rank + number, 2000 + number)), after)
        got.append(pkl.recv(source=before))
        request.wait()

    threads = [threading.Thread(target=exchange, args=(number,)) for number in range(count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(number for number, _ in got) == list(range(count))
    for number, value in got:
        assert value == blob(before + number, 2000 + number)


def test_matched_message(pkl):
    before, after = neighbours(pkl)
    request = pkl.isend(blob(pkl.Get_rank()), after, 5)
    message = pkl.mprobe(before, 5)
    assert message
    assert message.recv() == blob(before)
    assert not message
    request.wait()


def test_matched_message_nonblocking(pkl):
    before, after = neighbours(pkl)
    send = pkl.isend(blob(pkl.Get_rank()), after, 5)
    while (message := pkl.improbe(before, 5)) is None:
        pass
    receive = message.irecv()
    assert pkl5.Request.waitall([send, receive]) == [None, blob(before)]
    assert pkl5.Request.testall([send, receive]) == (True, [None, None])
    assert pkl.improbe(before, 6) is None


def test_requests_complete_once(pkl):
    before, after = neighbours(pkl)
    send = pkl.isend("text", after)
    receive = pkl5.Message.probe(pkl, before).irecv()
    while True:
        flag, value = receive.test()
        if flag:
            break
        assert value is None
    assert value == "text"
    assert receive.test() == (True, None)
    assert receive.wait() is None
    send.wait()


def test_null(pkl):
    assert pkl.send(blob(0), MPI.PROC_NULL) is None
    assert pkl.isend(blob(0), MPI.PROC_NULL).wait() is None
    assert pkl.recv(source=MPI.PROC_NULL) is None
    message = pkl.mprobe(MPI.PROC_NULL)
    assert message == MPI.MESSAGE_NO_PROC
    assert message.irecv().wait() is None
    assert pkl5.Request() == MPI.REQUEST_NULL
    assert not pkl5.Request()
    assert not pkl5.Message()
    assert pkl5.Request() != object()


def test_irecv_says_what_to_do(pkl):
    with pytest.raises(RuntimeError, match="improbe"):
        pkl.irecv()


@pytest.mark.parametrize("which", range(5))
def test_collectives(pkl, which):
    rank, size = pkl.Get_rank(), pkl.Get_size()
    mine = objects(rank)[which]
    all_of_them = [objects(other)[which] for other in range(size)]
    for root in range(size):
        assert pkl.bcast(mine if rank == root else None, root) == objects(root)[which]
        assert pkl.gather(mine, root) == (all_of_them if rank == root else None)
        assert pkl.scatter(all_of_them if rank == root else None, root) == mine
    assert pkl.allgather(mine) == all_of_them
    assert pkl.alltoall([objects(rank * size + other)[which] for other in range(size)]) == [
        objects(other * size + rank)[which] for other in range(size)
    ]


def test_wrong_number_of_objects(pkl):
    if pkl.Get_size() == 1:
        with pytest.raises(ValueError, match="expecting 1 items, got 2"):
            pkl.scatter([1, 2])
    with pytest.raises(ValueError, match=f"expecting {pkl.Get_size()} items, got 0"):
        pkl.alltoall([])


@pytest.mark.ranks(2)
def test_intercommunicator(world):
    rank, half = world.Get_rank(), world.Get_size() // 2
    low = rank < half
    local = world.Split(0 if low else 1, rank)
    inter = local.Create_intercomm(0, world, half if low else 0, 9)
    pkl = pkl5.Intercomm(inter)
    others = range(half, world.Get_size()) if low else range(half)
    assert pkl.allgather(blob(rank)) == [blob(other) for other in others]
    assert pkl.alltoall([blob(100 * rank + other) for other in others]) == [blob(100 * other + rank) for other in others]
    first = local.Get_rank() == 0
    root = (MPI.ROOT if first else MPI.PROC_NULL) if low else 0
    assert pkl.bcast(blob(0), root) == (None if low else blob(0))
    assert pkl.gather(blob(rank), root) == ([blob(other) for other in others] if low and first else None)
    assert pkl.scatter([blob(other) for other in others] if low else None, root) == (None if low else blob(rank))
    inter.Free()
    local.Free()


@pytest.mark.parametrize("blocksize", [63, 4096])
def test_parts_larger_than_a_block(pkl, monkeypatch, blocksize):
    monkeypatch.setattr(pkl5, "_bigmpi", pkl5._BigMPI(blocksize))
    before, after = neighbours(pkl)
    rank = pkl.Get_rank()
    assert pkl.sendrecv([blob(rank, 4097), blob(rank, 62)], after, 0, None, before) == [
        blob(before, 4097), blob(before, 62)
    ]
    assert pkl.bcast(blob(0) if rank == 0 else None) == blob(0)


def test_pickle_of_the_programs_own(pkl, monkeypatch):
    import json

    def loads(stream, buffers=()):
        return json.loads(bytes(stream)), len(buffers)

    own = pkl5.Pickle(lambda obj, protocol=None, buffer_callback=None: json.dumps(obj).encode(), loads)
    monkeypatch.setattr(pkl5, "pickle", own)
    before, after = neighbours(pkl)
    assert pkl.sendrecv({"rank": pkl.Get_rank()}, after, 0, None, before) == ({"rank": before}, 0)
    assert pkl.allgather(1) == [(1, 0)] * pkl.Get_size()


# The longest first message. The length of a head is one byte less than a multiple of 512.
LONGEST = 240 * 512 - 1


@pytest.mark.parametrize("length", [0, 1, 510, 511, 512, 1023, 4095, LONGEST - 1, LONGEST, LONGEST + 1, 1 << 20])
def test_streams_of_the_length_of_a_head(monkeypatch, length):
    # Whatever a replaced `pickle` makes: it is by its length that a head is told from a stream.
    text = bytes(length)
    own = MPI.Pickle(dumps=lambda obj, *_, **__: text, loads=lambda data, **_: bytes(data))
    monkeypatch.setattr(pkl5, "pickle", own)
    comm = pkl5.Intracomm(MPI.COMM_SELF)
    request = comm.isend(None, 0)
    message = comm.mprobe(0)
    assert message
    assert message.recv() == text
    request.wait()
    request = comm.isend(None, 0)
    assert comm.recv() == text
    request.wait()
    assert not comm.improbe(0)
    assert comm.allgather(None) == [text]


@pytest.mark.parametrize("length", [0, 1, 447, 479, 511, LONGEST - 33, LONGEST - 32, LONGEST - 31, LONGEST + 1])
def test_streams_beside_buffers(monkeypatch, length):
    large = bytes(range(256)) * 2048

    def dumps(obj, protocol, buffer_callback):
        buffer_callback(pickle.PickleBuffer(obj))
        return bytes(length)

    own = MPI.Pickle(dumps=dumps, loads=lambda data, buffers: (bytes(data), [bytes(buffer) for buffer in buffers]))
    monkeypatch.setattr(pkl5, "pickle", own)
    comm = pkl5.Intracomm(MPI.COMM_SELF)
    for receive in (comm.recv, lambda: comm.mprobe().recv()):
        request = comm.isend(large, 0)
        assert receive() == (bytes(length), [large])
        request.wait()


def test_more_buffers_than_a_head_tells_of(pkl, monkeypatch):
    monkeypatch.setattr(pkl5, "pickle", MPI.Pickle(threshold=0))
    before, after = neighbours(pkl)
    for count in (LONGEST // 8 - 4, LONGEST // 8 - 3):
        sent = [pickle.PickleBuffer(bytes([index % 251])) for index in range(count)]
        received = pkl.sendrecv(sent, after, 0, None, before)
        assert b"".join(received) == b"".join(sent)


def test_statuses_are_those_of_objects(pkl):
    before, after = neighbours(pkl)
    status = MPI.Status()
    sends = [pkl.isend(blob(pkl.Get_rank()), after, 5), pkl.isend(None, after, 6)]
    assert pkl.mprobe(before, 5).irecv().wait(status) == blob(before)
    assert (status.source, status.tag) == (before, 5)
    message = pkl.mprobe(before, MPI.ANY_TAG, status)
    assert (status.source, status.tag) == (before, 6)
    receive = message.irecv()
    while not receive.get_status(status):
        pass
    assert receive.test(status) == (True, None)
    assert (status.source, status.tag) == (before, 6)
    pkl5.Request.waitall(sends)
    sends = [pkl.isend(blob(pkl.Get_rank()), after, 5), pkl.isend(None, after, 6)]
    receives = [pkl.mprobe(before, tag).irecv() for tag in (5, 6)]
    statuses = [status]
    assert pkl5.Request.waitall(receives, statuses) == [blob(before), None]
    assert statuses[0] is status
    assert [(one.source, one.tag) for one in statuses] == [(before, 5), (before, 6)]
    pkl5.Request.waitall(sends)
