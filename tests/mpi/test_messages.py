"""What a message specification means: which memory, how many elements, of which datatype."""

import array
import ctypes

import numpy as np
import pytest
from mpi4py import MPI

MEBI = 1 << 20


def ring(send, recv):
    """Sends to the next rank and receives from the one before; returns how many bytes came."""
    world = MPI.COMM_WORLD
    rank, size = world.Get_rank(), world.Get_size()
    status = MPI.Status()
    world.Sendrecv(send, (rank + 1) % size, 0, recv, (rank - 1) % size, 0, status)
    return status.Get_count(MPI.BYTE)


def numbers():
    """Eight numbers, the same at all ranks."""
    return np.arange(1.0, 9.0)


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


# What it is, the specification made from an array of eight doubles, and what of the array it names.
SPECIFICATIONS = [
    ("an array", lambda a: a, slice(8)),
    ("a memoryview", memoryview, slice(8)),
    ("data, None", lambda a: [a, None], slice(8)),
    ("a tuple", lambda a: (a, None), slice(8)),
    ("data, datatype", lambda a: [a, MPI.DOUBLE], slice(8)),
    ("data, typecode", lambda a: [a, "d"], slice(8)),
    ("data, count", lambda a: [a, 3], slice(3)),
    ("data, count of NumPy", lambda a: [a, np.int64(3)], slice(3)),
    ("data, count with __index__", lambda a: [a, Index(3)], slice(3)),
    ("data, count 0", lambda a: [a, 0], slice(0)),
    ("data, (count, displ)", lambda a: [a, (3, 2)], slice(2, 5)),
    ("data, [count, displ]", lambda a: [a, [3, 2]], slice(2, 5)),
    ("data, (None, displ)", lambda a: [a, (None, 2)], slice(2, 8)),
    ("data, (count, None)", lambda a: [a, (3, None)], slice(3)),
    ("data, (None, None)", lambda a: [a, (None, None)], slice(8)),
    ("data, count, datatype", lambda a: [a, 3, MPI.DOUBLE], slice(3)),
    ("data, count, None", lambda a: [a, 3, None], slice(3)),
    ("data, None, datatype", lambda a: [a, None, MPI.DOUBLE], slice(8)),
    ("data, (count, displ), datatype", lambda a: [a, (3, 2), MPI.DOUBLE], slice(2, 5)),
    ("data, (count, displ), typecode", lambda a: (a, (3, 2), "f8"), slice(2, 5)),
    ("data, count, displ, datatype", lambda a: [a, 3, 2, MPI.DOUBLE], slice(2, 5)),
    ("data, count, displ, typecode", lambda a: [a, 3, 2, "d"], slice(2, 5)),
    ("data, count, displ, None", lambda a: [a, 3, 2, None], slice(2, 5)),
    ("data, None, displ, datatype", lambda a: [a, None, 2, MPI.DOUBLE], slice(2, 8)),
    ("data, None, displ at the end, datatype", lambda a: [a, None, 8, MPI.DOUBLE], slice(0)),
    ("data, count, None, datatype", lambda a: [a, 3, None, MPI.DOUBLE], slice(3)),
    ("data, None, None, None", lambda a: [a, None, None, None], slice(8)),
    ("data, bytes", lambda a: [a, MPI.BYTE], slice(8)),
    ("data, count of bytes, displ in bytes", lambda a: [a, 24, 16, MPI.BYTE], slice(2, 5)),
]
IDS = [row[0] for row in SPECIFICATIONS]


@pytest.mark.parametrize(("_what", "make", "part"), SPECIFICATIONS, ids=IDS)
def test_specification_sent(_what, make, part):
    received = np.zeros(8)
    sent = numbers()
    length = len(sent[part])
    assert ring(make(sent), received) == 8 * length
    assert (received[:length] == sent[part]).all()
    assert not received[length:].any()


@pytest.mark.parametrize(("_what", "make", "part"), SPECIFICATIONS, ids=IDS)
def test_specification_received(_what, make, part):
    received = np.zeros(8)
    expected = np.zeros(8)
    expected[part] = numbers()[part]
    ring([numbers()[part].copy(), MPI.DOUBLE], make(received))
    assert (received == expected).all()


def test_derived_datatype_counts_in_its_extent():
    pair = MPI.DOUBLE.Create_contiguous(2).Commit()
    received = np.zeros(8)
    assert ring([numbers(), pair], received) == 64
    assert ring([numbers(), 2, 1, pair], received) == 32
    assert (received[:4] == [3, 4, 5, 6]).all()
    pair.Free()


def test_datatype_may_be_freed_while_the_message_is_underway(world):
    pair = MPI.DOUBLE.Create_contiguous(2).Commit()
    received = np.zeros(8)
    rank, size = world.Get_rank(), world.Get_size()
    request = world.Irecv([received, 4, pair], (rank - 1) % size)
    pair.Free()
    world.Send(numbers(), (rank + 1) % size)
    request.Wait()
    assert (received == numbers()).all()


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        (None, TypeError),
        (3, TypeError),
        ("text", TypeError),
        (object(), TypeError),
        ({}, TypeError),
        (MPI.BOTTOM, KeyError),
        ([], ValueError),
        ((), ValueError),
        ([numbers()], ValueError),
        ([numbers(), 1, 0, MPI.DOUBLE, 0], ValueError),
        ([numbers(), "zz"], KeyError),
        ([numbers(), ""], KeyError),
        ([numbers(), 1, "zz"], KeyError),
        ([numbers(), 1, 1], KeyError),
        ([numbers(), 1, object()], KeyError),
        ([numbers(), 1, []], TypeError),
        ([numbers(), b"d"], TypeError),
        ([numbers(), 2.0], TypeError),
        ([numbers(), object()], TypeError),
        ([numbers(), MPI.SUM], TypeError),
        ([numbers(), {}], TypeError),
        ([numbers(), 1 << 70], OverflowError),
        ([numbers(), -1], ValueError),
        ([numbers(), -1, MPI.DOUBLE], ValueError),
        ([numbers(), (1,)], ValueError),
        ([numbers(), (1, 2, 3)], ValueError),
        ([numbers(), ()], ValueError),
        ([numbers(), [1], MPI.DOUBLE], ValueError),
        ([numbers(), (1, 2), 1, MPI.DOUBLE], TypeError),
        ([numbers(), 1, 2.0, MPI.DOUBLE], TypeError),
        ([numbers(), 1, [2], MPI.DOUBLE], TypeError),
        ([numbers(), 1, -1, MPI.DOUBLE], ValueError),
        ([numbers(), None, -1, MPI.DOUBLE], ValueError),
        ([numbers(), None, 9, MPI.DOUBLE], ValueError),
        ([numbers(), 0, 9, MPI.DOUBLE], ValueError),
        ([numbers(), MPI.DATATYPE_NULL], ValueError),
        ([bytearray(7), "d"], ValueError),
        ([None, 0], KeyError),
        ([None, 1, MPI.DOUBLE], ValueError),
        ([None, 0, 1, MPI.DOUBLE], ValueError),
        ([MPI.BOTTOM, 1], KeyError),
        ([3, MPI.INT], TypeError),
        (["text", MPI.CHAR], TypeError),
        (numbers()[::2], BufferError),
        ([numbers()[::2], MPI.DOUBLE], BufferError),
        (numbers()[::-1], BufferError),
        (numbers().astype(">f8"), BufferError),
        (np.zeros(2, "O"), KeyError),
        (np.zeros(2, "S5"), KeyError),
        (np.zeros(2, "i4,f8"), KeyError),
        (np.zeros(2, "M8[s]"), BufferError),
    ],
    ids=repr,
)
def test_refused(world, spec, error):
    for call in (world.Isend, world.Irecv):
        with pytest.raises(error):
            call(spec, 0)


@pytest.mark.parametrize("spec", [None, 3, [], [None, 1, MPI.DOUBLE], "text"], ids=repr)
def test_anything_goes_to_nobody(world, spec):
    world.Send(spec, MPI.PROC_NULL)
    world.Recv(spec, MPI.PROC_NULL)


@pytest.mark.parametrize("spec", [[None, MPI.DOUBLE], [None, 0, MPI.DOUBLE], [None, "d"], [None, 0, 0, "d"]], ids=repr)
def test_no_memory_is_an_empty_message(spec):
    assert ring(spec, bytearray(8)) == 0
    assert ring(b"", spec) == 0


def test_empty_memory_is_an_empty_message():
    assert ring(np.zeros(0), np.zeros(0)) == 0
    assert ring([bytearray(), "d"], [array.array("d"), MPI.DOUBLE]) == 0


def test_read_only_memory_is_sent_and_not_received_into(world):
    frozen = numbers()
    frozen.flags.writeable = False
    received = np.zeros(8)
    assert ring(frozen, received) == 64
    assert ring(b"12345678", received) == 8
    assert ring(np.float64(3), received) == 8
    for spec in (frozen, [frozen, MPI.DOUBLE], b"12345678", memoryview(b"12"), np.float64(3), [b"12", MPI.CHAR]):
        with pytest.raises(BufferError):
            world.Irecv(spec, 0)


def test_fortran_order_is_one_piece():
    matrix = np.arange(6.0).reshape(2, 3).copy(order="F")
    received = np.zeros((2, 3), order="F")
    assert ring(matrix, received) == 48
    assert (received == matrix).all()
    assert ring(matrix.T, [received, MPI.DOUBLE]) == 48


def test_elements_that_no_datatype_describes_go_with_one_that_is_given():
    for sent in (np.zeros(2, "M8[s]") + 5, np.ones(2, "i4,f8"), np.ones(2, ">f8"), np.full(2, b"abc", "S5")):
        received = np.zeros_like(sent)
        assert ring([sent, MPI.BYTE], [received, MPI.BYTE]) == sent.nbytes
        assert (received == sent).all()


@pytest.mark.parametrize("code", "? b B h H i I l L q Q f d g F D G".split())
def test_numpy_elements_add_up(world, code):
    sent, received = np.ones(3, code), np.zeros(3, code)
    operation = MPI.LOR if code == "?" else MPI.SUM
    world.Allreduce(sent, received, operation)
    assert (received == (1 if code == "?" else world.Get_size())).all()
    assert received.dtype == sent.dtype


@pytest.mark.parametrize("code", "bBhHiIlLqQfd")
def test_arrays_add_up(world, code):
    sent, received = array.array(code, [1, 2]), array.array(code, [0, 0])
    world.Allreduce(sent, received)
    assert list(received) == [world.Get_size(), 2 * world.Get_size()]


@pytest.mark.parametrize(
    "kind", "c_byte c_ubyte c_short c_ushort c_int c_uint c_long c_ulong c_longlong c_float c_double".split()
)
def test_ctypes_add_up(world, kind):
    kind = getattr(ctypes, kind)
    sent, received = (kind * 2)(1, 2), (kind * 2)()
    world.Allreduce(sent, received)
    assert list(received) == [world.Get_size(), 2 * world.Get_size()]
    one, sum_ = kind(1), kind(0)
    world.Allreduce(one, sum_)
    assert sum_.value == world.Get_size()


# Typecodes that name numbers, and the NumPy dtype of those.
TYPECODES = {
    code: dtype
    for codes, dtype in [
        ("b i1", "i1"), ("B u1", "u1"), ("h i2", "i2"), ("H u2", "u2"), ("i i4", "i4"), ("I u4", "u4"),
        ("l", "l"), ("L", "L"), ("q i8", "i8"), ("Q u8 N P", "u8"), ("n p", "i8"), ("M M8 m m8", "i8"),
        ("f f4", "f4"), ("d f8", "f8"), ("g f16", "g"),
        ("F Zf c8", "c8"), ("D Zd c16", "c16"), ("G Zg c32", "G"), ("u 1u", "u2"),
    ]
    for code in codes.split()
}  # fmt: skip


@pytest.mark.parametrize("code", TYPECODES)
def test_typecode(world, code):
    dtype = np.dtype(TYPECODES[code])
    sent = np.arange(1, 4).astype(dtype)
    received = np.zeros(3, dtype)
    world.Allreduce([sent.view("B"), code], [received.view("B"), code])
    assert (received == sent * world.Get_size()).all()
    assert ring([sent.view("B"), 2, 1, code], received) == 2 * dtype.itemsize


@pytest.mark.parametrize("code", ["c", "a", "s", "S", "1s", "S1", "?", "b1", "w", "1w", "U", "U1"])
def test_typecode_of_what_is_no_number(code):
    size = ctypes.sizeof(ctypes.c_wchar) if code[-1] in "w" or "U" in code else 1
    received = bytearray(16)
    assert ring([bytes(range(16)), code], received) == 16
    assert received == bytes(range(16))
    assert ring([bytes(16), 3, code], received) == 3 * size


@pytest.mark.parametrize("code", ["<d", "=d", "@d", "f3", "1d", "dd", "d ", "float64", "MPI_DOUBLE", "O", "V8", "x"])
def test_no_typecode(world, code):
    with pytest.raises(KeyError):
        world.Isend([bytes(16), 1, code], 0)


class View(ctypes.Structure):
    """Py_buffer, to describe memory in any format."""

    _fields_ = [
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.POINTER(ctypes.c_ssize_t)),
        ("strides", ctypes.POINTER(ctypes.c_ssize_t)),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    ]


def in_format(array, code):
    """A view of `array`, and what it needs, whose elements are of PEP 3118 format `code`."""
    shape = (ctypes.c_ssize_t * 1)(array.size)
    strides = (ctypes.c_ssize_t * 1)(array.itemsize)
    view = View(array.ctypes.data, None, array.nbytes, array.itemsize, 0, 1, code.encode(), shape, strides)
    make = ctypes.pythonapi.PyMemoryView_FromBuffer
    make.restype, make.argtypes = ctypes.py_object, [ctypes.c_void_p]
    return make(ctypes.addressof(view)), (array, view, shape, strides)


NATIVE, SWAPPED = ("<", ">") if np.little_endian else (">", "<")


@pytest.mark.parametrize(
    ("code", "dtype"),
    [(code, dtype) for code, dtype in TYPECODES.items() if "M" not in code and "m" not in code]
    + [(f"@{code}", dtype) for code, dtype in TYPECODES.items() if code in "bhilqd"]
    + [(f"{NATIVE}{code}", dtype) for code, dtype in TYPECODES.items() if code in "bhiqd"]
    + [(f"{NATIVE}Zd", "c16"), (f"{NATIVE}l", "i4"), (f"{NATIVE}L", "u4"), (f"{NATIVE}f8", "f8")],
)
def test_format(world, code, dtype):
    sent, received = np.arange(1, 4).astype(dtype), np.zeros(3, dtype)
    (source, _a), (target, _b) = in_format(sent, code), in_format(received, code)
    world.Allreduce(source, target)
    assert (received == sent * world.Get_size()).all()


@pytest.mark.parametrize("code", [f"{SWAPPED}{code}" for code in ("d", "i", "Zd", "b", "?")])
def test_format_of_the_other_byte_order(world, code):
    view, _keep = in_format(np.zeros(4), code)
    with pytest.raises(BufferError):
        world.Isend(view, 0)
    assert ring([view, MPI.DOUBLE], np.zeros(4)) == 32


@pytest.mark.parametrize("code", ["T{d:x:i:y:}", *"2d 1d (2)d dd x O X{} &d 5s 3w !d =d".split(), ""])
def test_format_without_a_datatype(world, code):
    view, _keep = in_format(np.zeros(4), code)
    with pytest.raises(KeyError):
        world.Isend(view, 0)
    assert ring([view, MPI.DOUBLE], np.zeros(4)) == 32


def test_half_precision_is_moved(world):
    sent = np.arange(4, dtype="f2")
    received = np.zeros(4, "f2")
    try:
        request = world.Isend(sent, world.Get_rank())
    except KeyError:
        pytest.skip("this MPI library has no datatype of half precision")
    world.Recv(received, world.Get_rank())
    request.Wait()
    assert (received == sent).all()


def test_absolute_addresses():
    sent, received = numbers(), np.zeros(8)

    def absolute(array):
        return MPI.DOUBLE.Create_hindexed([8], [array.ctypes.data]).Commit()

    source, target = absolute(sent), absolute(received)
    assert ring([MPI.BOTTOM, 1, source], [MPI.BOTTOM, 1, target]) == 64
    assert (received == sent).all()
    source.Free()
    target.Free()


def test_memory_lives_as_long_as_the_request(world):
    rank, size = world.Get_rank(), world.Get_size()
    received = np.zeros(MEBI)
    request = world.Isend(np.arange(float(MEBI)), (rank + 1) % size)
    world.Recv(received, (rank - 1) % size)
    request.Wait()
    assert (received == np.arange(float(MEBI))).all()


def test_memory_is_given_back(world):
    memory = bytearray(8)
    world.Sendrecv(memory, world.Get_rank(), 0, bytearray(8), world.Get_rank())
    memory.extend(b"grows")
    request = world.Isend(memory, world.Get_rank())
    with pytest.raises(BufferError):
        memory.extend(b"lent")
    world.Recv(bytearray(16), world.Get_rank())
    request.Wait()
    memory.extend(b"grows")
