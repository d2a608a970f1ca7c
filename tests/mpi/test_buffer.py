"""MPI.buffer, also MPI.memory."""

import array
import gc
import pathlib
import weakref

import pytest
from mpi4py import MPI


class Lender(bytearray):
    """A writable buffer that tells when it goes."""


def test_names():
    assert MPI.memory is MPI.buffer
    assert MPI.buffer.__name__ == "buffer"
    assert MPI.buffer.__module__ == "mpi4py.MPI"


def test_new_is_empty():
    empty = MPI.buffer()
    assert (empty.address, empty.nbytes, len(empty), empty.obj, empty.readonly) == (0, 0, 0, None, False)
    assert bytes(empty) == empty.tobytes() == b""
    assert not empty


@pytest.mark.parametrize("nbytes", [0, 1, 7, 1 << 20])
def test_allocate(nbytes):
    memory = MPI.buffer.allocate(nbytes, clear=True)
    assert memory.nbytes == len(memory) == nbytes
    assert memory.address != 0
    assert memory.obj is not None
    assert memory.format == "B" and memory.itemsize == 1
    assert not memory.readonly
    assert memory.tobytes() == bytes(nbytes)


LARGE_PAGES = pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled")


def advised(address):
    """The kernel's flags of the mapping that an address is in."""
    found = False
    for line in pathlib.Path("/proc/self/smaps").read_text().splitlines():
        words = line.split()
        if words[0] == "VmFlags:" and found:
            return words[1:]
        if not words[0].endswith(":"):
            start, end = (int(word, 16) for word in words[0].split("-"))
            found = start <= address < end
    raise LookupError(hex(address))


@pytest.mark.skipif(not LARGE_PAGES.exists(), reason="this kernel has no large pages")
def test_large_memory_is_of_large_pages():
    memory = MPI.buffer.allocate(1 << 25)
    assert "hg" in advised(memory.address + (1 << 24))
    memory[:] = 5
    send = MPI.COMM_SELF.Isend([memory, MPI.BYTE], 0)
    target = MPI.buffer.allocate(1 << 25)
    MPI.COMM_SELF.Recv([target, MPI.BYTE], 0)
    send.Wait()
    assert target.tobytes() == memory.tobytes()


def test_allocate_negative():
    with pytest.raises(ValueError):
        MPI.buffer.allocate(-1)


def test_frombuffer():
    data = array.array("i", [1, 2, 3])
    memory = MPI.buffer.frombuffer(data)
    assert memory.obj is data
    assert memory.address == data.buffer_info()[0]
    assert memory.nbytes == len(memory) == 3 * data.itemsize
    assert memory.itemsize == data.itemsize
    assert memory.format == "B"
    assert not memory.readonly
    memory[0] = 7
    assert bytes(memory) == data.tobytes()


def test_frombuffer_readonly():
    with pytest.raises(BufferError):
        MPI.buffer.frombuffer(b"abc")
    memory = MPI.buffer.frombuffer(obj=b"abc", readonly=True)
    assert memory.readonly
    assert MPI.buffer.frombuffer(bytearray(3), readonly=True).readonly
    with pytest.raises(TypeError):
        memory[0] = 1
    with pytest.raises(TypeError):
        memory[0:1] = b"x"


@pytest.mark.parametrize("bad", [None, 3, "text", [1, 2]])
def test_frombuffer_wants_memory(bad):
    with pytest.raises(TypeError):
        MPI.buffer.frombuffer(bad)


def test_frombuffer_wants_contiguous_memory():
    with pytest.raises(BufferError):
        MPI.buffer.frombuffer(memoryview(bytearray(10))[::2])


def test_frombuffer_numpy():
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    data = np.arange(6.0).reshape(2, 3)
    assert MPI.buffer.frombuffer(data).nbytes == data.nbytes
    assert MPI.buffer.frombuffer(data.T).nbytes == data.nbytes
    with pytest.raises(BufferError):
        MPI.buffer.frombuffer(data[:, 1:])
    assert np.frombuffer(MPI.buffer.frombuffer(data)).tolist() == list(range(6))


def test_constructor_takes_what_it_gets():
    assert MPI.buffer(b"abc").readonly
    assert not MPI.buffer(bytearray(b"abc")).readonly
    assert MPI.buffer(b"abc").tobytes() == b"abc"
    assert MPI.buffer(bytearray(b"abc"), True).readonly
    for bad in (3, None):
        with pytest.raises(TypeError):
            MPI.buffer(bad)


def test_fromaddress():
    data = array.array("B", b"abc")
    address, length = data.buffer_info()
    memory = MPI.buffer.fromaddress(address, length)
    assert (memory.address, memory.obj, memory.tobytes()) == (address, None, b"abc")
    assert MPI.buffer.fromaddress(address=address, nbytes=length, readonly=True).readonly
    assert MPI.buffer.fromaddress(0, 0).address == 0
    for bad in ((0, 1), (address, -1)):
        with pytest.raises(ValueError):
            MPI.buffer.fromaddress(*bad)


def test_items():
    memory = MPI.buffer(bytearray(range(8)))
    assert [memory[0], memory[-1], *memory[2:4]] == [0, 7, 2, 3]
    assert list(memory) == list(range(8))
    assert list(reversed(memory)) == list(range(8))[::-1]
    assert 3 in memory
    memory[1] = 255
    memory[-2] = 254
    assert bytes(memory) == bytes([0, 255, 2, 3, 4, 5, 254, 7])
    for index in (8, -9):
        with pytest.raises(IndexError):
            memory[index]
        with pytest.raises(IndexError):
            memory[index] = 0


@pytest.mark.parametrize("key", [1.0, "a", (0, 1), None, ...])
def test_keys_are_integers_or_slices(key):
    memory = MPI.buffer.allocate(3)
    with pytest.raises(TypeError):
        memory[key]
    with pytest.raises(TypeError):
        memory[key] = 0


@pytest.mark.parametrize("value, error", [(256, OverflowError), (-1, OverflowError), (b"a", TypeError)])
def test_items_are_bytes(value, error):
    with pytest.raises(error):
        MPI.buffer.allocate(3)[0] = value


def test_slices_share_memory():
    memory = MPI.buffer(bytearray(b"abcdefgh"))
    part = memory[2:5]
    assert type(part) is MPI.buffer
    assert part.address == memory.address + 2
    assert part.tobytes() == b"cde"
    part[0] = ord("X")
    assert memory.tobytes() == b"abXdefgh"
    assert memory[3:100].nbytes == 5
    assert memory[5:2].nbytes == 0
    assert memory[::1].nbytes == 8
    for step in (2, -1):
        with pytest.raises(IndexError):
            memory[::step]


def test_slice_assignment():
    memory = MPI.buffer(bytearray(8))
    memory[1:3] = b"xy"
    memory[4:6] = 0x7A
    memory[6:8] = array.array("B", b"!?")
    memory[3:3] = b""
    assert memory.tobytes() == b"\0xy\0zz!?"
    memory[0:4] = memory[1:5]
    assert memory.tobytes() == b"xy\0zzz!?"
    with pytest.raises(ValueError):
        memory[1:3] = b"xyz"
    with pytest.raises(NotImplementedError):
        del memory[0]


def test_toreadonly():
    memory = MPI.buffer(bytearray(b"abc"))
    fixed = memory.toreadonly()
    assert fixed.readonly and not memory.readonly
    assert fixed.address == memory.address
    assert memoryview(fixed).readonly


@pytest.mark.parametrize("order", [None, "C", "F", "A"])
def test_tobytes(order):
    assert MPI.buffer(b"abc").tobytes(order) == b"abc"


def test_cast():
    memory = MPI.buffer(array.array("i", [1, 2]))
    assert memory.cast("i").tolist() == [1, 2]
    assert memory.cast("i", (1, 2)).shape == (1, 2)
    assert memory.cast(format="B", shape=[2, 4]).shape == (2, 4)
    assert memory.cast("i", ...).shape == (2,)
    memory.cast("i")[1] = 5
    assert memory.obj[1] == 5
    with pytest.raises(ValueError):
        memory.cast("k")
    with pytest.raises(TypeError):
        memory.cast("i", (3,))


def test_buffer_protocol():
    memory = MPI.buffer(bytearray(b"abcd"))
    view = memoryview(memory)
    assert (view.format, view.itemsize, view.shape, view.nbytes, view.readonly) == ("B", 1, (4,), 4, False)
    assert view.obj is memory
    view[0] = 0
    assert memory[0] == 0


def test_release_gives_the_memory_back():
    lender = Lender(b"abc")
    gone = weakref.ref(lender)
    memory = MPI.buffer.frombuffer(lender)
    with pytest.raises(BufferError):
        lender.append(0)
    memory.release()
    lender.append(0)
    assert (memory.address, memory.nbytes, memory.obj) == (0, 0, None)
    memory.release()
    del lender
    gc.collect()
    assert gone() is None


def test_views_outlive_the_buffer():
    memory = MPI.buffer.allocate(1 << 16)
    memory[:] = 7
    view, part = memoryview(memory), memory[10:20]
    memory.release()
    assert bytes(view) == b"\7" * (1 << 16)
    assert bytes(part) == b"\7" * 10
    lender = Lender(b"abc")
    view = memoryview(MPI.buffer.frombuffer(lender))
    gone = weakref.ref(lender)
    del lender
    assert gone() is not None and bytes(view) == b"abc"
    del view
    gc.collect()
    assert gone() is None


def test_identity():
    memory = MPI.buffer(b"abc")
    assert memory == memory  # noqa: PLR0124
    assert memory != MPI.buffer(memory)
    assert memory != b"abc"
    assert isinstance(hash(memory), int)
    assert memory and not MPI.buffer(b"")


def test_is_final():
    with pytest.raises(TypeError):
        type("Mine", (MPI.buffer,), {})


def test_memory_of_mpi():
    memory = MPI.Alloc_mem(size=16, info=MPI.INFO_NULL)
    assert type(memory) is MPI.buffer
    assert (memory.nbytes, memory.obj, memory.readonly) == (16, None, False)
    memory[:] = 3
    assert memory.tobytes() == b"\3" * 16
    MPI.Free_mem(memory)
    assert memory.nbytes == memory.address == 0
    MPI.Free_mem(memory)
    with pytest.raises(ValueError):
        MPI.Free_mem(MPI.buffer.allocate(3))


def test_in_messages(comm):
    size = comm.Get_size()
    source, target = MPI.buffer(bytearray(b"\1\2\3\4")), MPI.buffer.allocate(4 * size, clear=True)
    comm.Allgather(source, target)
    assert target.tobytes() == b"\1\2\3\4" * size
