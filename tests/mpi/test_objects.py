"""Objects that come and go: their memory is used again, and nothing of the dead shows in the living."""

import gc
import weakref

import pytest
from mpi4py import MPI

SHORT_LIVED = {
    "status": MPI.Status,
    "group": lambda: MPI.Group(MPI.GROUP_EMPTY),
    "info": lambda: MPI.Info(MPI.INFO_ENV),
    "request": lambda: MPI.COMM_SELF.Irecv(bytearray(1), MPI.PROC_NULL),
}
makers = pytest.mark.parametrize("make", SHORT_LIVED.values(), ids=SHORT_LIVED)


@makers
def test_the_dead_leave_nothing(make):
    ends = []
    for _ in range(100):
        objects = [make() for _ in range(50)]
        assert len({id(one) for one in objects}) == 50
        assert not any(weakref.getweakrefcount(one) for one in objects)
        references = [weakref.ref(one, ends.append) for one in objects]
        for one in objects:
            free(one)
        del one, objects
        assert not any(reference() for reference in references)
    assert len(ends) == 5000


def free(one):
    if isinstance(one, MPI.Request):
        one.Wait()


def test_a_status_is_empty_whatever_the_last_one_was():
    for _ in range(100):
        status = MPI.Status()
        assert (status.source, status.tag, status.error) == (MPI.ANY_SOURCE, MPI.ANY_TAG, MPI.SUCCESS)
        assert not status.Is_cancelled()
        status.source, status.tag, status.error = 3, 4, MPI.ERR_OTHER
        status.Set_cancelled(True)
        del status


@pytest.mark.parametrize("base", [MPI.Status, MPI.Group, MPI.Info, MPI.Request])
def test_those_of_a_subclass_are_apart(base):
    class Mine(base):
        def __init__(self):
            self.more = list(range(10))

    for _ in range(200):
        mine, plain = Mine(), base()
        assert type(plain) is base
        assert mine.more == list(range(10))
        assert not hasattr(plain, "more")
        del mine, plain


def test_a_cycle_through_a_request_is_found():
    class Memory(bytearray):
        pass

    for _ in range(50):
        # What a request keeps is let go of when it is done: the objects before this one left their memory.
        MPI.COMM_SELF.Irecv(bytearray(1), MPI.PROC_NULL).Wait()
        memory = Memory(1)
        memory.request = MPI.COMM_SELF.Irecv(memory, MPI.PROC_NULL)
        end = weakref.ref(memory)
        memory.request.Wait()
        assert gc.is_tracked(memory.request)
        del memory
        gc.collect()
        assert end() is None


def test_a_buffer_lets_go_of_its_memory():
    memory = bytearray(b"abc")
    for _ in range(100):
        buffers = [MPI.buffer.frombuffer(memory), MPI.buffer.fromaddress(0, 0), MPI.buffer.allocate(2, clear=True)]
        buffers.append(buffers[0][1:])
        assert [one.tobytes() for one in buffers] == [b"abc", b"", b"\0\0", b"bc"]
        assert [one.obj for one in buffers] == [memory, None, buffers[2], memory]
        with pytest.raises(BufferError):
            memory.append(0)
        del buffers
    memory.append(0)
