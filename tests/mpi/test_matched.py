"""MPI.Message: probes that match."""

import array
import inspect

import pytest
from mpi4py import MPI


@pytest.fixture
def pending(comm):
    """A message of three integers from the rank before, with tag 5."""
    ring = comm.Get_rank() + 1, comm.Get_rank() - 1
    dest, source = (rank % comm.Get_size() for rank in ring)
    request = comm.Isend(array.array("i", [1, 2, 3]), dest, 5)
    yield comm, source
    request.Wait()
    comm.Barrier()


def received(message):
    data = array.array("i", [0] * 3)
    status = MPI.Status()
    assert message.Recv(data, status) is None
    assert message == MPI.MESSAGE_NULL
    assert status.Get_count(MPI.INT) == 3
    return list(data), status.source, status.tag


def until(probe):
    """What a nonblocking probe finds in the end."""
    while (message := probe()) is None:
        pass
    return message


def test_mprobe(pending):
    comm, source = pending
    status = MPI.Status()
    message = comm.Mprobe(source, 5, status)
    assert type(message) is MPI.Message
    assert message
    assert (status.source, status.tag, status.Get_count(MPI.INT)) == (source, 5, 3)
    assert received(message) == ([1, 2, 3], source, 5)


def test_improbe(pending):
    comm, source = pending
    assert comm.Improbe(source, tag=6) is None
    message = until(comm.Improbe)
    assert received(message) == ([1, 2, 3], source, 5)


def test_class_methods(pending):
    comm, source = pending
    assert MPI.Message.Iprobe(comm, source, 6) is None
    message = until(lambda: MPI.Message.Iprobe(comm, source))
    assert received(message) == ([1, 2, 3], source, 5)


def test_probe_of_a_subclass(pending):
    class Subclass(MPI.Message):
        pass

    comm, source = pending
    message = Subclass.Probe(comm, source=source, tag=5, status=None)
    assert type(message) is Subclass
    assert received(message) == ([1, 2, 3], source, 5)


def test_matched_message_is_nobody_elses(pending):
    comm, source = pending
    message = comm.Mprobe(source)
    assert not comm.Iprobe(source)
    assert comm.Improbe(source) is None
    received(message)


def test_irecv(pending):
    comm, source = pending
    data = bytearray(3 * MPI.INT.Get_size())
    message = comm.Mprobe(source)
    request = message.Irecv([data, MPI.INT])
    assert type(request) is MPI.Request
    assert message == MPI.MESSAGE_NULL
    with pytest.raises(BufferError):
        data.append(0)  # lent to MPI
    request.Wait()
    data.append(0)
    assert memoryview(data)[:-1].cast("i").tolist() == [1, 2, 3]


def test_no_process(comm):
    status = MPI.Status()
    for probe in (comm.Mprobe, comm.Improbe):
        message = probe(MPI.PROC_NULL, MPI.ANY_TAG, status)
        assert message == MPI.MESSAGE_NO_PROC
        assert message is not MPI.MESSAGE_NO_PROC
        assert (status.source, status.tag, status.count) == (MPI.PROC_NULL, MPI.ANY_TAG, 0)
        message.Recv(None, status)
        assert status.source == MPI.PROC_NULL
        assert message == MPI.MESSAGE_NULL


def test_constants_stay():
    MPI.MESSAGE_NO_PROC.Recv(None)
    MPI.MESSAGE_NO_PROC.Irecv(None).Wait()
    assert MPI.MESSAGE_NO_PROC
    assert MPI.MESSAGE_NO_PROC != MPI.MESSAGE_NULL


def test_null_receives_nothing():
    data = bytearray(4)
    with pytest.raises(MPI.Exception):
        MPI.Message().Recv(data)
    with pytest.raises(MPI.Exception):
        MPI.MESSAGE_NULL.Irecv(data)


def test_null_wants_memory():
    with pytest.raises(TypeError):
        MPI.Message().Recv(None)


def test_wrong_arguments(comm):
    for wrong in (None, 3, MPI.INT):
        with pytest.raises(TypeError):
            MPI.Message.Probe(wrong)
    with pytest.raises(TypeError):
        comm.Mprobe("anyone")


def test_signatures():
    for probe in (MPI.Comm.Mprobe, MPI.Comm.Improbe, MPI.Message.Probe, MPI.Message.Iprobe):
        parameters = inspect.signature(probe).parameters
        assert parameters["source"].default == MPI.ANY_SOURCE
        assert parameters["tag"].default == MPI.ANY_TAG
        assert parameters["status"].default is None
