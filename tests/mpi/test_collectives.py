"""Collectives of buffers: blocking, nonblocking and persistent, in every way to describe a message."""

import array
import inspect

import numpy as np
import pytest
from mpi4py import MPI

NAMES = """Barrier Bcast Gather Gatherv Scatter Scatterv Allgather Allgatherv Alltoall Alltoallv Alltoallw
Reduce Allreduce Reduce_scatter_block Reduce_scatter Scan Exscan""".split()


@pytest.fixture(
    params=[
        "blocking",
        "nonblocking",
        pytest.param("persistent", marks=pytest.mark.optional("persistent collectives came with MPI 4.0")),
    ]
)
def form(request):
    return FORMS[request.param]


def blocking(comm, name, *args, **kwargs):
    assert getattr(comm, name)(*args, **kwargs) is None


def nonblocking(comm, name, *args, **kwargs):
    request = getattr(comm, "I" + name.lower())(*args, **kwargs)
    assert type(request) is MPI.Request
    request.Wait()
    assert request == MPI.REQUEST_NULL


def persistent(comm, name, *args, **kwargs):
    request = getattr(comm, name + "_init")(*args, **kwargs)
    assert type(request) is MPI.Prequest
    request.Start()
    request.Wait()
    request.Free()


FORMS = {"blocking": blocking, "nonblocking": nonblocking, "persistent": persistent}


def place(comm):
    return comm.Get_rank(), comm.Get_size()


def block(rank, length=3):
    """What a rank sends: `length` numbers of its own."""
    return np.arange(length, dtype="d") + 10 * (rank + 1)


def blocks(size, length=3):
    return np.concatenate([block(rank, length) for rank in range(size)])


def roots(comm):
    return range(comm.Get_size())


def test_signatures():
    for name in NAMES:
        for method in (name, "I" + name.lower(), name + "_init"):
            function = getattr(MPI.Intracomm, method)
            assert function.__doc__
            parameters = list(inspect.signature(function).parameters)
            assert parameters[0] == "self"
            assert ("info" in parameters) == method.endswith("_init")


def test_scans_are_of_intracommunicators():
    assert not hasattr(MPI.Comm, "Scan")
    assert not hasattr(MPI.Intercomm, "Exscan")


def test_barrier(comm, form):
    form(comm, "Barrier")


# With a root


@pytest.mark.parametrize(("spec", "part"), [
    (lambda b: b, slice(3)), (lambda b: [b, MPI.DOUBLE], slice(3)), (lambda b: [b, 3], slice(3)),
    (lambda b: (b, 3, MPI.DOUBLE), slice(3)), (lambda b: [b, "d"], slice(3)),
    (lambda b: [b, (2, 1), MPI.DOUBLE], slice(1, 3)), (lambda b: [b, 2, 1, "d"], slice(1, 3)),
])  # fmt: skip
def test_bcast(comm, form, spec, part):
    rank, _size = place(comm)
    for root in roots(comm):
        mine, expected = block(rank), block(rank)
        form(comm, "Bcast", spec(mine), root=root)
        expected[part] = block(root)[part]
        assert (mine == expected).all()


def test_bcast_of_read_only_memory(comm, form):
    rank, _size = place(comm)
    for root in roots(comm):
        frozen = block(root)
        frozen.flags.writeable = False
        mine = frozen if rank == root else np.zeros(3)
        form(comm, "Bcast", mine, root)
        assert (mine == block(root)).all()
    with pytest.raises(BufferError):
        form(comm, "Bcast", b"read-only", (rank + 1) % 2 + 7)


@pytest.mark.parametrize(("send", "recv"), [
    (lambda a: a, lambda b, n: b),
    (lambda a: [a, MPI.DOUBLE], lambda b, n: [b, MPI.DOUBLE]),
    (lambda a: [a, 3], lambda b, n: [b, 3]),
    (lambda a: [a, 3, MPI.DOUBLE], lambda b, n: [b, 3, MPI.DOUBLE]),
    (lambda a: [a, "d"], lambda b, n: (b, (3, 0), "d")),
    (lambda a: [a, 24, MPI.BYTE], lambda b, n: [b, None, 0, MPI.BYTE]),
])  # fmt: skip
@pytest.mark.parametrize("name", ["Gather", "Allgather"])
def test_gather(comm, form, name, send, recv):
    rank, size = place(comm)
    for root in roots(comm) if name == "Gather" else [None]:
        received = np.zeros(3 * size)
        significant = root in (rank, None)
        args = () if root is None else (root,)
        form(comm, name, send(block(rank)), recv(received, size) if significant else None, *args)
        assert (received == (blocks(size) if significant else 0)).all()


@pytest.mark.parametrize("own", [MPI.IN_PLACE, None], ids=["IN_PLACE", "None"])
@pytest.mark.parametrize("name", ["Gather", "Gatherv", "Allgather", "Allgatherv"])
def test_gather_in_place(comm, form, name, own):
    rank, size = place(comm)
    for root in roots(comm) if "All" not in name else [None]:
        all_ = np.zeros(3 * size)
        all_[3 * rank : 3 * rank + 3] = block(rank)
        if root is None:
            form(comm, name, own, all_)
        elif root == rank:
            form(comm, name, own, all_, root)
        else:
            form(comm, name, block(rank), None, root)
            continue
        assert (all_ == blocks(size)).all()


# Blocks of rank + 1 numbers: the specification, made from data and size, and where the blocks then are.
def ragged_counts(size):
    return [rank + 1 for rank in range(size)]


def packed(size):
    return [sum(ragged_counts(rank)) for rank in range(size)]


def apart(size):
    return [start + 2 * (rank + 1) for rank, start in enumerate(packed(size))]


def unaligned(counts):
    return memoryview(b"?" + array.array("i", counts).tobytes())[1:].cast("i")


RAGGED = {
    "counts": (lambda d, n: [d, ragged_counts(n)], packed),
    "counts, None": (lambda d, n: [d, (ragged_counts(n), None)], packed),
    "counts as a tuple": (lambda d, n: [d, (tuple(ragged_counts(n)), tuple(packed(n)))], packed),
    "counts, displs": (lambda d, n: [d, (ragged_counts(n), apart(n))], apart),
    "counts, datatype": (lambda d, n: [d, ragged_counts(n), MPI.DOUBLE], packed),
    "counts, None datatype": (lambda d, n: [d, ragged_counts(n), None], packed),
    "counts, typecode": (lambda d, n: (d, ragged_counts(n), "d"), packed),
    "(counts, displs), datatype": (lambda d, n: [d, (ragged_counts(n), apart(n)), MPI.DOUBLE], apart),
    "counts, displs, datatype": (lambda d, n: [d, ragged_counts(n), apart(n), MPI.DOUBLE], apart),
    "counts, displs, None": (lambda d, n: [d, ragged_counts(n), apart(n), None], apart),
    "counts, None, typecode": (lambda d, n: [d, ragged_counts(n), None, "d"], packed),
    "int32 arrays": (lambda d, n: [d, np.array(ragged_counts(n), "i4"), np.array(apart(n), "i4"), "d"], apart),
    "int64 arrays": (lambda d, n: [d, (np.array(ragged_counts(n)), np.array(apart(n)))], apart),
    "unsigned arrays": (lambda d, n: [d, (np.array(ragged_counts(n), "u8"), np.array(apart(n), "u2"))], apart),
    "strided array": (lambda d, n: [d, np.repeat(ragged_counts(n), 2)[::2]], packed),
    "other byte order": (lambda d, n: [d, np.array(ragged_counts(n), ">i4")], packed),
    "array.array": (lambda d, n: [d, array.array("i", ragged_counts(n))], packed),
    "bytes": (lambda d, n: [d, bytes(ragged_counts(n))], packed),
    "unaligned array": (lambda d, n: [d, unaligned(ragged_counts(n))], packed),
    "range": (lambda d, n: [d, range(1, n + 1)], packed),
    "integers of NumPy": (lambda d, n: [d, [np.int16(count) for count in ragged_counts(n)]], packed),
    "mapping": (lambda d, n: [d, dict(enumerate(ragged_counts(n)))], packed),
}


@pytest.fixture(params=RAGGED)
def ragged(request):
    return RAGGED[request.param]


def laid_out(size, starts):
    """The blocks of all ranks, of rank + 1 numbers, at `starts`; zero elsewhere."""
    memory = np.zeros(32)
    for rank in range(size):
        memory[starts[rank] : starts[rank] + rank + 1] = block(rank, rank + 1)
    return memory


@pytest.mark.parametrize("name", ["Gatherv", "Allgatherv"])
def test_gatherv(comm, form, name, ragged):
    make, starts = ragged
    rank, size = place(comm)
    for root in roots(comm) if name == "Gatherv" else [None]:
        received = np.zeros(32)
        significant = root in (rank, None)
        args = () if root is None else (root,)
        form(comm, name, block(rank, rank + 1), make(received, size) if significant else None, *args)
        assert (received == (laid_out(size, starts(size)) if significant else 0)).all()


def test_scatterv(comm, form, ragged):
    make, starts = ragged
    rank, size = place(comm)
    for root in roots(comm):
        received = np.zeros(rank + 1)
        sent = laid_out(size, starts(size))
        form(comm, "Scatterv", make(sent, size) if rank == root else None, received, root)
        assert (received == block(rank, rank + 1)).all()


def test_alltoallv(comm, form, ragged):
    make, starts = ragged
    rank, size = place(comm)
    received = np.zeros((size, 32))
    # Block r of what each sends is of r + 1 numbers, so that all blocks received are of rank + 1.
    form(comm, "Alltoallv", make(laid_out(size, starts(size)), size), [received, rank + 1, 32, MPI.DOUBLE])
    assert (received[:, : rank + 1] == block(rank, rank + 1)).all()
    assert not received[:, rank + 1 :].any()


def test_counts_that_are_left_out_divide_the_memory(comm, form):
    rank, size = place(comm)
    length = 4 * size + size - 1
    mine = 5 if rank < size - 1 else 4
    start = 5 * min(rank, size - 1)
    expected = np.arange(length, dtype="d")
    for spec in (lambda d: d, lambda d: [d, MPI.DOUBLE], lambda d: [d, None], lambda d: [d, None, None, "d"]):
        received = np.zeros(length)
        form(comm, "Allgatherv", expected[start : start + mine].copy(), spec(received))
        assert (received == expected).all()
        part = np.zeros(mine)
        form(comm, "Scatterv", spec(expected) if rank == 0 else None, part)
        assert (part == expected[start : start + mine]).all()


def test_integers_are_the_same_count_and_a_stride_of_all(comm, form):
    rank, size = place(comm)
    for spec, stride in [
        (lambda d: [d, 2], 2),
        (lambda d: [d, (2, 3)], 3),
        (lambda d: [d, 2, 4, MPI.DOUBLE], 4),
        (lambda d: [d, np.int64(2), None, "d"], 2),
        (lambda d: [d, (2, [3 * r for r in range(size)]), "d"], 3),
        (lambda d: [d, [2] * size, 3, "d"], 3),
    ]:
        received = np.zeros(4 * size)
        expected = np.zeros(4 * size)
        for other in range(size):
            expected[stride * other : stride * other + 2] = block(other, 2)
        form(comm, "Allgatherv", block(rank, 2), spec(received))
        assert (received == expected).all()


@pytest.mark.parametrize(("send", "recv"), [
    (lambda a: a, lambda b: b),
    (lambda a: [a, 3], lambda b: [b, MPI.DOUBLE]),
    (lambda a: [a, 3, "d"], lambda b: [b, (3, 0)]),
    (lambda a: [a, MPI.BYTE], lambda b: [b, 24, 0, MPI.BYTE]),
])  # fmt: skip
def test_scatter(comm, form, send, recv):
    rank, size = place(comm)
    for root in roots(comm):
        received = np.zeros(3)
        form(comm, "Scatter", send(blocks(size)) if rank == root else None, recv(received), root)
        assert (received == block(rank)).all()


@pytest.mark.parametrize("own", [MPI.IN_PLACE, None], ids=["IN_PLACE", "None"])
@pytest.mark.parametrize("name", ["Scatter", "Scatterv"])
def test_scatter_in_place(comm, form, name, own):
    rank, size = place(comm)
    for root in roots(comm):
        if rank == root:
            form(comm, name, blocks(size), own, root)
        else:
            received = np.zeros(3)
            form(comm, name, None, received, root)
            assert (received == block(rank)).all()


# Without a root


@pytest.mark.parametrize(("send", "recv"), [
    (lambda a: a, lambda b: b),
    (lambda a: [a, 3], lambda b: [b, MPI.DOUBLE]),
    (lambda a: [a, 3, "d"], lambda b: [b, (3, 0)]),
    (lambda a: [a, MPI.BYTE], lambda b: [b, 24, 0, MPI.BYTE]),
])  # fmt: skip
def test_alltoall(comm, form, send, recv):
    rank, size = place(comm)
    received = np.zeros(3 * size)
    form(comm, "Alltoall", send(blocks(size) + 100 * rank), recv(received))
    assert (received.reshape(size, 3) == [block(rank) + 100 * other for other in range(size)]).all()


@pytest.mark.parametrize("own", [MPI.IN_PLACE, None], ids=["IN_PLACE", "None"])
@pytest.mark.parametrize("name", ["Alltoall", "Alltoallv"])
def test_alltoall_in_place(comm, form, name, own):
    rank, size = place(comm)
    all_ = blocks(size) + 100 * rank
    form(comm, name, own, all_)
    assert (all_.reshape(size, 3) == [block(rank) + 100 * other for other in range(size)]).all()


@pytest.mark.parametrize("spec", [
    lambda d, c, s, t: [d, c, s, t],
    lambda d, c, s, t: (d, (c, s), tuple(t)),
    lambda d, c, s, t: [d, [c, s], t],
    lambda d, c, s, t: [d, np.array(c, "i4"), np.array(s), t],
])  # fmt: skip
def test_alltoallw(comm, form, spec):
    rank, size = place(comm)
    # Two doubles from each even rank, one int and that at the end of its block from each odd one.
    types = [MPI.DOUBLE if other % 2 == 0 else MPI.INT for other in range(size)]
    sent, received = np.zeros((size, 16), "B"), np.zeros((size, 16), "B")
    own = MPI.DOUBLE if rank % 2 == 0 else MPI.INT
    count, offset = (2, 0) if own == MPI.DOUBLE else (1, 12)
    sent[:, offset:] = np.full(count, rank + 1, "d" if own == MPI.DOUBLE else "i").view("B")
    form(
        comm,
        "Alltoallw",
        spec(sent, [count] * size, [16 * other + offset for other in range(size)], [own] * size),
        spec(
            received,
            [2 if type_ == MPI.DOUBLE else 1 for type_ in types],
            [16 * other + (0 if type_ == MPI.DOUBLE else 12) for other, type_ in enumerate(types)],
            types,
        ),
    )
    for other, type_ in enumerate(types):
        numbers = received[other].view("d") if type_ == MPI.DOUBLE else received[other, 12:].view("i")
        assert (numbers == other + 1).all()


def test_alltoallw_of_datatypes_alone(comm, form):
    rank, size = place(comm)
    # One element each, at the start of the memory: where the block of a rank lies is up to its datatype.
    def placed(other):
        return MPI.DOUBLE.Create_hindexed([1], [8 * other]).Commit()

    types = [placed(other) for other in range(size)]
    received = np.zeros(size)
    form(comm, "Alltoallw", [np.full(size, rank + 1.0), types], (received, types))
    assert (received == np.arange(1, size + 1)).all()
    for type_ in types:
        type_.Free()


@pytest.mark.parametrize("own", [MPI.IN_PLACE, None], ids=["IN_PLACE", "None"])
def test_alltoallw_in_place(comm, form, own):
    rank, size = place(comm)
    all_ = blocks(size) + 100 * rank
    form(comm, "Alltoallw", own, [all_, [3] * size, [24 * other for other in range(size)], [MPI.DOUBLE] * size])
    assert (all_.reshape(size, 3) == [block(rank) + 100 * other for other in range(size)]).all()


# Reductions


def summed(size, length=3):
    return sum(block(rank, length) for rank in range(size))


@pytest.mark.parametrize(("send", "recv"), [
    (lambda a: a, lambda b: b),
    (lambda a: [a, 3], lambda b: [b, MPI.DOUBLE]),
    (lambda a: [a, 3, "d"], lambda b: [b, (3, 0)]),
])  # fmt: skip
def test_reductions(comm, form, send, recv):
    rank, size = place(comm)
    received = np.zeros(3)
    form(comm, "Allreduce", send(block(rank)), recv(received))
    assert (received == summed(size)).all()
    form(comm, "Allreduce", send(block(rank)), recv(received), MPI.MAX)
    assert (received == block(size - 1)).all()
    form(comm, "Allreduce", send(block(rank)), recv(received), op=MPI.MIN)
    assert (received == block(0)).all()
    form(comm, "Scan", send(block(rank)), recv(received))
    assert (received == summed(rank + 1)).all()
    received[:] = -1
    form(comm, "Exscan", send(block(rank)), recv(received), MPI.SUM)
    if rank > 0:
        assert (received == summed(rank)).all()
    for root in roots(comm):
        received[:] = -1
        form(comm, "Reduce", send(block(rank)), recv(received) if rank == root else None, MPI.SUM, root)
        assert (received == (summed(size) if rank == root else -1)).all()


def test_part_of_the_memory_is_reduced(comm, form):
    rank, size = place(comm)
    received = np.zeros(3)
    form(comm, "Allreduce", [block(rank), 2, 0, "d"], [received, 2, 1, "d"])
    assert (received[1:] == summed(size, 2)).all()
    assert received[0] == 0


@pytest.mark.parametrize("own", ["IN_PLACE", "None", "the same object"])
def test_reductions_in_place(comm, form, own):
    rank, size = place(comm)

    def both(mine):
        return {"IN_PLACE": MPI.IN_PLACE, "None": None}.get(own, mine), mine

    mine = block(rank)
    form(comm, "Allreduce", *both(mine))
    assert (mine == summed(size)).all()
    mine = block(rank)
    form(comm, "Scan", *both(mine))
    assert (mine == summed(rank + 1)).all()
    mine = block(rank)
    form(comm, "Exscan", *both(mine))
    if rank > 0:
        assert (mine == summed(rank)).all()
    for root in roots(comm):
        mine = block(rank)
        if rank == root:
            form(comm, "Reduce", *both(mine), root=root)
            assert (mine == summed(size)).all()
        else:
            form(comm, "Reduce", mine, None, root=root)
    mine = np.concatenate([block(rank)] * size)
    form(comm, "Reduce_scatter_block", *both(mine))
    assert (mine[:3] == summed(size)).all()
    counts = [other + 1 for other in range(size)]
    mine = np.concatenate([block(rank, count) for count in counts])
    form(comm, "Reduce_scatter", *both(mine), counts)
    assert (mine[: rank + 1] == summed(size, rank + 1)).all()


def test_the_same_specification_on_both_sides_is_in_place(comm, form):
    rank, size = place(comm)
    mine = block(rank)
    both = [mine, 2, 1, MPI.DOUBLE]
    form(comm, "Allreduce", both, both)
    assert (mine[1:] == summed(size)[1:]).all()
    assert mine[0] == block(rank)[0]


def test_reduce_scatter_block(comm, form):
    rank, size = place(comm)
    for spec in (lambda d: d, lambda d: [d, 3], lambda d: [d, (3, 0), "d"]):
        received = np.zeros(3)
        form(comm, "Reduce_scatter_block", spec(blocks(size) + 100 * rank), received)
        assert (received == size * block(rank) + 100 * sum(range(size))).all()


@pytest.mark.parametrize("numbers", [
    list, tuple, np.array, lambda c: np.array(c, "i4"), lambda c: array.array("l", c), lambda c: None,
])  # fmt: skip
def test_reduce_scatter(comm, form, numbers):
    rank, size = place(comm)
    counts = [other + 1 for other in range(size)]
    sent = np.concatenate([block(other, count) for other, count in enumerate(counts)])
    received = np.zeros(rank + 1)
    form(comm, "Reduce_scatter", sent, received, numbers(counts), MPI.SUM)
    assert (received == size * block(rank, rank + 1)).all()


def test_operation_of_python_is_kept_alive(comm, form):
    rank, size = place(comm)

    def larger(given, result, datatype):
        assert datatype == MPI.DOUBLE
        given, result = np.frombuffer(given), np.frombuffer(result)
        result[:] = np.maximum(given, result)

    received = np.zeros(3)
    operation = MPI.Op.Create(larger, commute=True)
    form(comm, "Allreduce", block(rank), received, operation)
    operation.Free()
    assert (received == block(size - 1)).all()


# What is refused, at all ranks before any of them calls MPI


@pytest.mark.parametrize(
    ("name", "args", "error"),
    [
        ("Bcast", lambda n: (None,), TypeError),
        ("Bcast", lambda n: ([np.zeros(1), "zz"],), KeyError),
        ("Bcast", lambda n: (MPI.BOTTOM,), KeyError),
        ("Bcast", lambda n: (np.zeros(1), "root"), TypeError),
        ("Bcast", lambda n: (np.zeros(1), 1 << 40), OverflowError),
        ("Allgather", lambda n: (np.zeros(1), None), TypeError),
        ("Allgather", lambda n: (np.zeros(1), b"read-only"), BufferError),
        ("Allgather", lambda n: (np.zeros(1), [np.zeros(n + 1)[1:], MPI.DATATYPE_NULL]), ValueError),
        ("Alltoall", lambda n: (3, np.zeros(n)), TypeError),
        ("Alltoall", lambda n: (np.zeros(n), [bytearray(8 * n + 1), "d"]), ValueError),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), [1] * (n + 1)]), ValueError),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), []]), ValueError),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), np.ones(n + 1, "i4")]), ValueError),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), [1] * n, [0] * (n + 1), "d"]), ValueError),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), ([1] * n,)]), ValueError),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), ([1] * n, None, None)]), ValueError),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), [[1] * n] * n]), TypeError),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), [1.0] * n]), TypeError),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), np.ones(n)]), TypeError),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), [None] * n]), TypeError),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), 1.5]), TypeError),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), iter([1] * n)]), TypeError),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), {1} | set(range(n))]), (TypeError, ValueError)),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), [1 << 70] * n]), OverflowError),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), np.full(n, 1 << 63, "u8")]), OverflowError),
        ("Allgatherv", lambda n: (np.zeros(1), [np.zeros(n), [1] * n, "zz"]), KeyError),
        ("Allgatherv", lambda n: (np.zeros(1), [None, [1] * n]), KeyError),
        ("Allgatherv", lambda n: (np.zeros(1), None), TypeError),
        ("Alltoallw", lambda n: (np.zeros(5), np.zeros(5)), ValueError),
        ("Alltoallw", lambda n: ([np.zeros(n)], [np.zeros(n)]), ValueError),
        ("Alltoallw", lambda n: ([np.zeros(n), MPI.DOUBLE], MPI.IN_PLACE), TypeError),
        ("Alltoallw", lambda n: (MPI.IN_PLACE, [np.zeros(n), ["d"] * n]), TypeError),
        ("Alltoallw", lambda n: (MPI.IN_PLACE, [np.zeros(n), [MPI.DOUBLE] * (n + 1)]), ValueError),
        ("Alltoallw", lambda n: (MPI.IN_PLACE, [np.zeros(n), [1] * n, None, [MPI.DOUBLE] * n]), ValueError),
        ("Alltoallw", lambda n: (MPI.IN_PLACE, [np.zeros(n), 1, 0, [MPI.DOUBLE] * n]), TypeError),
        ("Alltoallw", lambda n: (MPI.IN_PLACE, [None, [MPI.DOUBLE] * n]), ValueError),
        ("Alltoallw", lambda n: (MPI.IN_PLACE, [b"", [1] * n, [0] * n, [MPI.DOUBLE] * n]), BufferError),
        ("Allreduce", lambda n: (np.zeros(1), None), TypeError),
        ("Allreduce", lambda n: (np.zeros(1), np.zeros(2)), ValueError),
        ("Allreduce", lambda n: (np.zeros(2), [np.zeros(2), 1]), ValueError),
        ("Allreduce", lambda n: (np.zeros(1), np.zeros(1, "i8")), ValueError),
        ("Allreduce", lambda n: (np.zeros(1), MPI.IN_PLACE), ValueError),
        ("Allreduce", lambda n: (np.zeros(1), b"12345678"), BufferError),
        ("Allreduce", lambda n: (np.zeros(1), np.zeros(1), "SUM"), TypeError),
        ("Allreduce", lambda n: (np.zeros(1), np.zeros(1), None), TypeError),
        ("Scan", lambda n: (np.zeros(1), np.zeros(2)), ValueError),
        ("Exscan", lambda n: (np.zeros(1), np.zeros(1, "f4")), ValueError),
        ("Reduce_scatter_block", lambda n: (np.zeros(2 * n), np.zeros(1)), ValueError),
        ("Reduce_scatter_block", lambda n: (np.zeros(n), np.zeros(1, "f4")), ValueError),
        ("Reduce_scatter", lambda n: (np.zeros(n), np.zeros(1), [2] * n), ValueError),
        ("Reduce_scatter", lambda n: (np.zeros(n), np.zeros(2), [1] * n), ValueError),
        ("Reduce_scatter", lambda n: (np.zeros(n), np.zeros(1), [1] * (n + 1)), ValueError),
        ("Reduce_scatter", lambda n: (np.zeros(n), np.zeros(1), 1), TypeError),
        ("Reduce_scatter", lambda n: (MPI.IN_PLACE, np.zeros(n)), TypeError),
        ("Reduce_scatter", lambda n: (MPI.IN_PLACE, np.zeros(n), [2] * n), ValueError),
    ],
)
def test_refused(comm, name, args, error):
    for call in (getattr(comm, name), getattr(comm, "I" + name.lower()), getattr(comm, name + "_init")):
        with pytest.raises(error):
            call(*args(comm.Get_size()))


@pytest.mark.parametrize("name", ["Gather", "Gatherv", "Scatter", "Scatterv", "Reduce"])
def test_both_sides_are_significant_at_the_root(name):
    for args in [(None, None), (np.zeros(1), None)] if "Scatter" not in name else [(None, None), (None, np.zeros(1))]:
        with pytest.raises(TypeError):
            getattr(MPI.COMM_SELF, name)(*args)


@pytest.mark.ranks(2)
def test_ones_own_side_is_significant_elsewhere(world):
    elsewhere = (world.Get_rank() + 1) % world.Get_size()
    for name in ("Gather", "Gatherv", "Scatter", "Scatterv", "Reduce"):
        with pytest.raises(TypeError):
            getattr(world, name)(None, None, root=elsewhere)


def test_error_of_mpi(comm, form):
    with pytest.raises(MPI.Exception) as caught:
        form(comm, "Bcast", [np.zeros(1), 1, MPI.DATATYPE_NULL])
    assert caught.value.Get_error_class() == MPI.ERR_TYPE


# Intercommunicators


@pytest.fixture
def inter(world):
    """Between rank 0 and the others."""
    local = world.Split(0 if world.Get_rank() == 0 else 1, 0)
    inter = local.Create_intercomm(0, world, 1 if world.Get_rank() == 0 else 0)
    yield inter
    inter.Free()
    local.Free()


def root_of(world, inter, root=0):
    """`root` of rank 0's group sends to the other group: what each process calls it."""
    return MPI.ROOT if world.Get_rank() == root else root


@pytest.mark.ranks(2)
def test_root_between_groups(world, inter, form):
    remote, root = inter.Get_remote_size(), root_of(world, inter)
    at_root = root == MPI.ROOT
    mine = block(5) if at_root else np.zeros(3)
    form(inter, "Bcast", mine, root)
    assert (mine == block(5)).all()

    rank, received = inter.Get_rank(), np.zeros(3 * remote)
    for name in ("Gather", "Gatherv"):
        received[:] = 0
        form(inter, name, None if at_root else block(rank), received if at_root else None, root)
        assert (received == (blocks(remote) if at_root else 0)).all()
    for name in ("Scatter", "Scatterv"):
        received = np.zeros(3)
        form(inter, name, blocks(remote) if at_root else None, None if at_root else received, root)
        assert (received == (0 if at_root else block(rank))).all()
    received = np.zeros(3)
    form(inter, "Reduce", None if at_root else block(rank), received if at_root else None, root=root)
    assert (received == (summed(remote) if at_root else 0)).all()


@pytest.mark.ranks(2)
def test_nobody_is_root(world, inter, form):
    # All of both groups stand by: there is no root, and nothing happens.
    for name, count in [("Bcast", 1), ("Gather", 2), ("Gatherv", 2), ("Scatter", 2), ("Scatterv", 2), ("Reduce", 2)]:
        form(inter, name, *[None] * count, root=MPI.PROC_NULL)


@pytest.mark.ranks(2)
def test_exchange_between_groups(inter, form):
    rank, size, remote = inter.Get_rank(), inter.Get_size(), inter.Get_remote_size()
    form(inter, "Barrier")
    for name in ("Allgather", "Allgatherv"):
        received = np.zeros(3 * remote)
        form(inter, name, block(rank), received)
        assert (received == blocks(remote)).all()
    for name in ("Alltoall", "Alltoallv"):
        received = np.zeros(3 * remote)
        form(inter, name, blocks(remote) + 100 * rank, received)
        assert (received.reshape(remote, 3) == [block(rank) + 100 * other for other in range(remote)]).all()
    received = np.zeros(remote)
    each = [1] * remote, [8 * other for other in range(remote)], [MPI.DOUBLE] * remote
    form(inter, "Alltoallw", [np.full(remote, rank + 1.0), *each], [received, *each])
    assert (received == np.arange(1, remote + 1)).all()
    received = np.zeros(3)
    form(inter, "Allreduce", block(rank), received)
    assert (received == summed(remote)).all()
    received = np.zeros(3)
    form(inter, "Reduce_scatter_block", np.concatenate([block(rank)] * size), received)
    assert (received == summed(remote)).all()
    received = np.zeros(3)
    form(inter, "Reduce_scatter", np.concatenate([block(rank)] * size), received, [3] * size)
    assert (received == summed(remote)).all()


@pytest.mark.ranks(2)
def test_nothing_is_in_place_between_groups(inter):
    for name in ("Allgather", "Allgatherv", "Alltoall", "Alltoallv", "Allreduce", "Reduce_scatter_block"):
        with pytest.raises(TypeError):
            getattr(inter, name)(None, np.zeros(inter.Get_remote_size()))
    with pytest.raises(TypeError):
        inter.Reduce_scatter(np.zeros(1), np.zeros(1))
    with pytest.raises(TypeError):
        inter.Alltoallw(None, [np.zeros(1), [MPI.DOUBLE] * inter.Get_remote_size()])


# What requests hold


def test_memory_lives_as_long_as_the_request(comm):
    rank, size = place(comm)
    requests, received = [], [np.zeros((size, 1000)) for _ in range(8)]
    for each in received:
        counts = np.full(size, 1000)
        requests.append(comm.Iallgatherv(np.full(1000, rank + 1.0), [each, (counts, counts * range(size)), "d"]))
        del counts
    for request in requests:
        request.Wait()
    for each in received:
        assert (each == np.arange(1, size + 1)[:, None]).all()


@pytest.mark.optional("persistent collectives came with MPI 4.0")
def test_persistent_request_starts_again_and_again(comm):
    rank, size = place(comm)
    mine, received = np.zeros(2), np.zeros(2 * size)
    request = comm.Allgatherv_init(mine, [received, [2] * size], MPI.INFO_NULL)
    for turn in range(3):
        mine[:] = 10 * turn + rank
        request.Start()
        request.Wait()
        assert (received.reshape(size, 2) == 10 * turn + np.arange(size)[:, None]).all()
    request.Free()
