"""``mpi4py.util.dtlib``: the same layout in NumPy and MPI."""

import pytest
from mpi4py import MPI
from mpi4py.util import dtlib
from mpi4py.util.dtlib import from_numpy_dtype, to_numpy_dtype

np = pytest.importorskip("numpy")

PLAIN = ["?", "b", "B", "h", "H", "i", "I", "l", "L", "q", "Q", "f", "d", "g", "F", "D"]
FIELDS = [("a", "i1"), ("b", "f8"), ("c", "i2", (3,)), ("d", [("x", "i4"), ("y", "S5")])]


@pytest.fixture
def convert():
    """Convert to MPI, and free it after the test."""
    made = []

    def convert(dtype):
        made.append(from_numpy_dtype(dtype))
        return made[-1]

    yield convert
    for one in made:
        one.Free()


def layout(dtype):
    """Offsets and formats, without names."""
    if dtype.subdtype:
        base, shape = dtype.subdtype
        return shape, layout(base)
    if dtype.fields is None:
        return dtype.str
    return dtype.itemsize, [(dtype.fields[name][1], layout(dtype.fields[name][0])) for name in dtype.names]


@pytest.mark.parametrize("code", PLAIN)
def test_plain(convert, code):
    datatype = convert(code)
    assert not datatype.is_predefined
    assert datatype.Get_extent() == (0, np.dtype(code).itemsize)
    assert to_numpy_dtype(datatype) == np.dtype(code)


@pytest.mark.parametrize("dtype", [
    np.dtype(FIELDS),
    np.dtype(FIELDS[:3], align=True),
    np.dtype({"names": ["x", "y"], "formats": ["i4", "i1"], "offsets": [8, 0], "itemsize": 20}),
    np.dtype((("i4", (2, 3)))),
    np.dtype([("a", "f4", (2, 2)), ("b", "c16")]),
], ids=str)
def test_there_and_back(convert, dtype):
    datatype = convert(dtype)
    assert datatype.Get_extent() == (0, dtype.itemsize)
    back = to_numpy_dtype(datatype)
    if dtype.names and "d" in dtype.names:
        # MPI has text as an array of characters.
        assert back.itemsize == dtype.itemsize
    else:
        assert layout(back) == layout(dtype)


def test_data_arrives(comm, convert):
    dtype = np.dtype(FIELDS, align=True)
    datatype = convert(dtype).Commit()
    sent, received = np.zeros(3, dtype), np.zeros(3, dtype)
    sent["a"], sent["b"], sent["c"] = [1, 2, 3], [0.5, 1.5, 2.5], [[1, 2, 3]] * 3
    sent["d"]["x"], sent["d"]["y"] = [7, 8, 9], [b"one", b"two", b"three"]
    rank, size = comm.Get_rank(), comm.Get_size()
    comm.Sendrecv([sent, 3, datatype], (rank + 1) % size, 0, [received, 3, datatype], (rank - 1) % size, 0)
    assert (received == sent).all()


@pytest.mark.parametrize(("dtype", "says"), [
    ("O", "object"),
    ([("a", "i4"), ("b", "O")], "object"),
    (np.dtype("i4").newbyteorder("S"), "byteorder"),
    ("V4", "V4"),
])
def test_no_such_datatype(dtype, says):
    with pytest.raises(ValueError, match=says):
        from_numpy_dtype(dtype)


INT = MPI.INT


@pytest.mark.parametrize(("make", "offsets", "size"), [
    (lambda: INT.Create_vector(2, 1, 3), [0, 12], 16),
    (lambda: INT.Create_hvector(3, 1, 6), [0, 6, 12], 16),
    (lambda: INT.Create_indexed([1, 2], [0, 3]), [0, 12], 20),
    (lambda: INT.Create_hindexed([1, 2], [0, 17]), [0, 17], 25),
    (lambda: INT.Create_indexed_block(2, [1, 4]), [4, 16], 24),
    (lambda: INT.Create_hindexed_block(2, [0, 17]), [0, 17], 25),
    (lambda: MPI.Datatype.Create_struct([2, 1], [0, 8], [INT, MPI.DOUBLE]), [0, 8], 16),
    (lambda: MPI.DOUBLE_INT.Dup(), [0, 8], 16),
])
def test_blocks_become_fields(make, offsets, size):
    datatype = make()
    dtype = to_numpy_dtype(datatype)
    extent = datatype.extent
    datatype.Free()
    assert [dtype.fields[name][1] for name in dtype.names] == offsets
    assert dtype.names == tuple(f"f{index}" for index in range(len(offsets)))
    # MPI libraries may pad the extent.
    assert dtype.itemsize == max(extent, size)


@pytest.mark.parametrize(("make", "says"), [
    (lambda: INT.Create_vector(2, 1, -3), "before its start"),
    (lambda: INT.Create_resized(0, 8), "resized"),
    (lambda: INT.Create_subarray([3, 4], [2, 2], [0, 0]), "subarray"),
])
def test_no_such_dtype(make, says):
    datatype = make()
    with pytest.raises(ValueError, match=says):
        to_numpy_dtype(datatype)
    datatype.Free()


def test_null_is_no_dtype():
    with pytest.raises(ValueError, match="null"):
        to_numpy_dtype(MPI.DATATYPE_NULL)


@pytest.mark.parametrize(("make", "spec"), [
    (INT.Dup, "i"),
    (lambda: INT.Create_contiguous(3), ("i", (3,))),
    (lambda: INT.Create_subarray([2, 3], [2, 3], [0, 0]), ("i", (2, 3))),
    (lambda: MPI.Datatype.Create_struct([1, 2], [0, 4], [INT, MPI.SHORT]),
     {"names": ["f0", "f1"], "formats": ["i", ("h", (2,))], "offsets": [0, 4], "itemsize": 8, "aligned": True}),
    (MPI.SHORT_INT.Dup,
     {"names": ["f0", "f1"], "formats": ["h", "i"], "offsets": [0, 4], "itemsize": 8, "aligned": True}),
])
def test_without_numpy(monkeypatch, make, spec):
    monkeypatch.setattr(dtlib, "_np_dtype", None)
    datatype = make()
    assert to_numpy_dtype(datatype) == spec
    datatype.Free()
    with pytest.raises(RuntimeError, match="NumPy"):
        from_numpy_dtype("i")
