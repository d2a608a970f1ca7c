"""Point-to-point messages in buffers.

Each rank sends to the next one and receives from the one before: with one rank, from itself.
"""

import array
import inspect
import threading

import pytest
from mpi4py import MPI

MODES = ["", "b", "s", "r"]
TAG = 7


class Ring:
    """The neighbours of this rank, and what they send."""

    def __init__(self, comm):
        self.comm = comm
        self.size, self.rank = comm.Get_size(), comm.Get_rank()
        self.dest, self.source = (self.rank + 1) % self.size, (self.rank - 1) % self.size
        self.mine = array.array("i", range(self.rank, self.rank + 4))
        self.theirs = array.array("i", range(self.source, self.source + 4))

    def empty(self):
        return array.array("i", [-1] * 4)


@pytest.fixture
def ring(comm):
    yield Ring(comm)
    comm.Barrier()


@pytest.fixture
def attached():
    """Room for messages in buffered mode."""
    room = bytearray(4096 + MPI.BSEND_OVERHEAD)
    MPI.Attach_buffer(room)
    yield
    MPI.Detach_buffer()


def method(comm, stem, mode, prefix="", suffix=""):
    """``Send``, ``Isend``, ``Issend``, ``Ssend_init`` …"""
    return getattr(comm, (prefix + mode + stem + suffix).capitalize())


def envelope(status):
    return status.Get_source(), status.Get_tag(), status.Get_count(MPI.INT)


@pytest.mark.parametrize("mode", MODES)
def test_send_and_irecv(ring, mode, attached):
    data, status = ring.empty(), MPI.Status()
    request = ring.comm.Irecv(data, ring.source, TAG)
    ring.comm.Barrier()  # ready mode wants the receive to be there
    assert method(ring.comm, "send", mode)(ring.mine, ring.dest, TAG) is None
    assert request.Wait(status) is True
    assert data == ring.theirs
    assert envelope(status) == (ring.source, TAG, 4)


@pytest.mark.parametrize("mode", MODES)
def test_isend_and_irecv(ring, mode, attached):
    data, status = ring.empty(), MPI.Status()
    receive = ring.comm.Irecv(buf=data, source=ring.source, tag=TAG)
    ring.comm.Barrier()
    send = method(ring.comm, "send", mode, prefix="i")(buf=ring.mine, dest=ring.dest, tag=TAG)
    assert type(send) is type(receive) is MPI.Request
    receive.Wait(status)
    send.Wait()
    assert data == ring.theirs
    assert envelope(status) == (ring.source, TAG, 4)


@pytest.mark.parametrize("mode", MODES)
def test_persistent(ring, mode, attached):
    data = ring.empty()
    receive = ring.comm.Recv_init(data, ring.source, TAG)
    send = method(ring.comm, "send", mode, suffix="_init")(ring.mine, ring.dest, TAG)
    assert type(send) is type(receive) is MPI.Prequest
    for turn in range(3):
        ring.mine[0] = turn
        receive.Start()
        ring.comm.Barrier()
        send.Start()
        MPI.Request.Waitall([send, receive])
        assert data[0] == turn
        assert data[1:] == ring.theirs[1:]
        assert send
        assert receive
    for request in (send, receive):
        request.Free()
        assert request == MPI.REQUEST_NULL


def test_recv(ring):
    data, status = ring.empty(), MPI.Status()
    request = ring.comm.Isend(ring.mine, ring.dest)
    assert ring.comm.Recv(data, status=status) is None
    request.Wait()
    assert data == ring.theirs
    assert envelope(status) == (ring.source, 0, 4)


def test_recv_of_less_than_there_is_room_for(ring):
    data, status = ring.empty(), MPI.Status()
    request = ring.comm.Isend([ring.mine, 2, MPI.INT], ring.dest)
    ring.comm.Recv(data, ring.source, status=status)
    request.Wait()
    assert status.Get_count(MPI.INT) == 2
    assert list(data) == [*ring.theirs[:2], -1, -1]


def test_recv_of_too_much(ring):
    request = ring.comm.Isend(ring.mine, ring.dest)
    with pytest.raises(MPI.Exception) as caught:
        ring.comm.Recv([bytearray(4), MPI.BYTE], ring.source)
    assert caught.value.Get_error_class() == MPI.ERR_TRUNCATE
    request.Wait()


def test_specifications(ring):
    whole = [-1] * 4
    for sent, room, expected in [
        ([ring.mine, MPI.INT], lambda data: [data, MPI.INT], ring.theirs),
        ((ring.mine, 4, MPI.INT), lambda data: (data, 4, MPI.INT), ring.theirs),
        ([ring.mine, 2, 1, MPI.INT], lambda data: [data, 2, 2, MPI.INT], [-1, -1, *ring.theirs[1:3]]),
        ([ring.mine, (3, 1), "i"], lambda data: [data, (3, 0), "i"], [*ring.theirs[1:4], -1]),
        ([ring.mine, 0, MPI.INT], lambda data: data, whole),
        ([None, 0, MPI.INT], lambda data: data, whole),
    ]:
        data = ring.empty()
        ring.comm.Sendrecv(sent, ring.dest, 0, room(data), ring.source, 0)
        assert list(data) == list(expected)


def test_derived_datatype(ring):
    every_other = MPI.INT.Create_vector(2, 1, 2).Commit()
    data = ring.empty()
    ring.comm.Sendrecv([ring.mine, 1, every_other], ring.dest, 0, [data, 1, every_other], ring.source)
    assert list(data) == [ring.theirs[0], -1, ring.theirs[2], -1]
    every_other.Free()


def test_datatype_may_go_before_the_message_is_sent(ring):
    pair = MPI.INT.Create_contiguous(2).Commit()
    data = ring.empty()
    receive = ring.comm.Irecv([data, 2, pair], ring.source)
    send = ring.comm.Isend([ring.mine, 2, pair], ring.dest)
    pair.Free()
    MPI.Request.Waitall([receive, send])
    assert data == ring.theirs


def test_sendrecv(ring):
    data, status = ring.empty(), MPI.Status()
    assert ring.comm.Sendrecv(ring.mine, ring.dest, 3, data, ring.source, 3, status) is None
    assert data == ring.theirs
    assert envelope(status) == (ring.source, 3, 4)
    ring.comm.Sendrecv(sendbuf=ring.mine, dest=ring.dest, recvbuf=data)
    assert data == ring.theirs


def test_sendrecv_replace(ring):
    status = MPI.Status()
    assert ring.comm.Sendrecv_replace(ring.mine, ring.dest, 3, ring.source, 3, status) is None
    assert ring.mine == ring.theirs
    assert envelope(status) == (ring.source, 3, 4)


@pytest.mark.optional("MPI 4.0")
def test_isendrecv(ring):
    data, status = ring.empty(), MPI.Status()
    request = ring.comm.Isendrecv(ring.mine, ring.dest, 3, data, ring.source, 3)
    request.Wait(status)
    assert data == ring.theirs
    ring.comm.Isendrecv_replace(ring.mine, ring.dest, 4, ring.source, 4).Wait(status)
    assert ring.mine == ring.theirs


def test_probe(ring):
    status = MPI.Status()
    assert ring.comm.Iprobe(ring.source, TAG) is False
    ring.comm.Barrier()
    request = ring.comm.Isend(ring.mine, ring.dest, TAG)
    assert ring.comm.Probe(ring.source, TAG, status) is True
    assert envelope(status) == (ring.source, TAG, 4)
    assert ring.comm.Iprobe(status=status) is True
    assert envelope(status) == (ring.source, TAG, 4)
    data = ring.empty()
    ring.comm.Recv(data, ring.source)
    request.Wait()
    assert data == ring.theirs


def test_no_process(ring):
    comm, nobody, status = ring.comm, MPI.PROC_NULL, MPI.Status()
    for anything in (None, 7, ring.mine):
        for mode in MODES:
            method(comm, "send", mode)(anything, nobody)
            method(comm, "send", mode, prefix="i")(anything, nobody).Wait()
        comm.Recv(anything, nobody, status=status)
        assert envelope(status) == (nobody, MPI.ANY_TAG, 0)
        comm.Irecv(anything, nobody).Wait()
        comm.Sendrecv(anything, nobody, 0, anything, nobody)
        comm.Sendrecv_replace(anything, nobody, 0, nobody)
    assert comm.Probe(nobody) is True
    assert comm.Iprobe(nobody) is True
    data = ring.empty()
    receive = comm.Irecv(data, ring.source)
    comm.Sendrecv(ring.mine, ring.dest, 0, None, nobody)
    receive.Wait()
    assert data == ring.theirs
    data = ring.empty()
    send = comm.Isend(ring.mine, ring.dest)
    comm.Sendrecv(None, nobody, 0, data, ring.source)
    send.Wait()
    assert data == ring.theirs


def check_buffer_attached_to(place, ring):
    room, data = bytearray(512 + MPI.BSEND_OVERHEAD), ring.empty()
    place.Attach_buffer(room)
    with pytest.raises(BufferError):
        room.append(0)
    receive = ring.comm.Irecv(data, ring.source)
    ring.comm.Bsend(ring.mine, ring.dest)
    receive.Wait()
    assert place.Detach_buffer() is room
    room.append(0)
    assert data == ring.theirs


def test_attached_buffer_comes_back(ring):
    check_buffer_attached_to(MPI, ring)


@pytest.mark.optional("MPI 4.1")
def test_buffer_of_a_communicator(ring):
    check_buffer_attached_to(ring.comm, ring)


@pytest.mark.optional("MPI 4.1")
def test_automatic_buffer(ring):
    for automatic in (None, MPI.BUFFER_AUTOMATIC):
        MPI.Attach_buffer(automatic)
        data = ring.empty()
        receive = ring.comm.Irecv(data, ring.source)
        ring.comm.Bsend(ring.mine, ring.dest)
        MPI.Flush_buffer()
        MPI.Iflush_buffer().Wait()
        receive.Wait()
        assert data == ring.theirs
        assert MPI.Detach_buffer() == MPI.BUFFER_AUTOMATIC


def test_attached_buffer_is_memory():
    for wrong, error in [(7, TypeError), ([bytearray(8), "B"], TypeError), (bytes(1000), BufferError)]:
        with pytest.raises(error):
            MPI.Attach_buffer(wrong)


def test_buffers_are_lent(ring):
    sent, room = bytearray(4), bytearray(4)
    receive = ring.comm.Irecv(room, ring.source)
    send = ring.comm.Isend(sent, ring.dest)
    for lent in (sent, room):
        with pytest.raises(BufferError):
            lent.append(0)
    MPI.Request.Waitall([receive, send])
    for lent in (sent, room):
        lent.append(0)


def test_buffer_outlives_its_name(ring):
    count = 100_000
    data = array.array("i", [-1]) * count
    receive = ring.comm.Irecv(data, ring.source)
    send = ring.comm.Isend(array.array("i", [ring.rank]) * count, ring.dest)
    trash = [bytes(count) for _ in range(10)]
    MPI.Request.Waitall([send, receive])
    del trash
    assert set(data) == {ring.source}


def test_wrong_arguments(ring):
    comm, data = ring.comm, ring.empty()
    for wrong, error in [
        ((), TypeError),
        ((data, "0"), TypeError),
        ((data, None), TypeError),
        ((data, 0, None), TypeError),
        ((data, 1 << 40), OverflowError),
        ((7, 0), TypeError),
        ((None, 0), TypeError),
        (([data], 0), ValueError),
        (([data, -1, MPI.INT], 0), ValueError),
        (([data, 1, "no such code"], 0), KeyError),
    ]:
        for call in (comm.Send, comm.Isend, comm.Send_init, comm.Recv, comm.Irecv):
            with pytest.raises(error):
                call(*wrong)
    with pytest.raises(BufferError):
        comm.Recv(bytes(4), ring.source)
    with pytest.raises(TypeError):
        comm.Recv(data, 0, 0, "status")
    with pytest.raises(TypeError):
        comm.Sendrecv(data, 0)


def test_errors_of_mpi(ring):
    nobody = ring.size
    for call in (ring.comm.Send, ring.comm.Isend, ring.comm.Send_init, ring.comm.Recv, ring.comm.Irecv):
        with pytest.raises(MPI.Exception) as caught:
            call(ring.mine, nobody)
        assert caught.value.Get_error_class() == MPI.ERR_RANK
    with pytest.raises(MPI.Exception) as caught:
        MPI.COMM_NULL.Send(ring.mine, 0)
    assert caught.value.Get_error_class() == MPI.ERR_COMM


@pytest.mark.skipif(MPI.Query_thread() < MPI.THREAD_MULTIPLE, reason="needs THREAD_MULTIPLE")
def test_other_threads_run_while_a_receive_blocks(ring):
    data = ring.empty()
    thread = threading.Thread(target=ring.comm.Recv, args=(data, ring.source, TAG))
    thread.start()
    ring.comm.Send(ring.mine, ring.dest, TAG)
    thread.join()
    assert data == ring.theirs


@pytest.mark.optional("MPI 4.0")
@pytest.mark.ranks(2)
def test_partitioned(world):
    ring = Ring(world)
    if ring.rank > 1:
        return
    data = ring.empty()
    if ring.rank == 0:
        request = world.Psend_init(ring.mine, 2, 1, TAG)
        assert type(request) is MPI.Prequest
        request.Start()
        request.Pready(1)
        request.Pready_list([0])
        request.Wait()
        request.Start()
        request.Pready_range(0, 1)
    else:
        request = world.Precv_init([data, 2, MPI.INT], 2, 0, TAG)
        request.Start()
        while not request.Parrived(1):
            pass
        assert data[2:] == ring.theirs[2:]
        request.Wait()
        request.Start()
    request.Wait()
    request.Free()
    if ring.rank == 1:
        assert data == ring.theirs


@pytest.mark.optional("MPI 4.0")
def test_partitions_are_equal(world):
    with pytest.raises(ValueError):
        world.Psend_init(bytearray(5), 2, 0)


def test_signatures():
    for mode in MODES:
        for call in (
            method(MPI.Comm, "send", mode),
            method(MPI.Comm, "send", mode, prefix="i"),
            method(MPI.Comm, "send", mode, suffix="_init"),
        ):
            assert str(inspect.signature(call)) == "(self, /, buf, dest, tag=0)"
            assert inspect.getdoc(call)
    for call in (MPI.Comm.Recv, MPI.Comm.Irecv, MPI.Comm.Recv_init, MPI.Comm.Probe, MPI.Comm.Iprobe):
        parameters = inspect.signature(call).parameters
        assert parameters["source"].default == MPI.ANY_SOURCE
        assert parameters["tag"].default == MPI.ANY_TAG
    parameters = inspect.signature(MPI.Comm.Sendrecv).parameters
    assert list(parameters) == ["self", "sendbuf", "dest", "sendtag", "recvbuf", "source", "recvtag", "status"]
    parameters = inspect.signature(MPI.Comm.Precv_init).parameters
    assert list(parameters) == ["self", "buf", "partitions", "source", "tag", "info"]
