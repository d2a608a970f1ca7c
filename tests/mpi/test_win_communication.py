"""MPI.Win: put, get, accumulate and their kin, in every way to say where."""

import array
import gc
import inspect
import weakref

import numpy as np
import pytest
from mpi4py import MPI

UNIT = 8
LENGTH = 6


class Window:
    """A window over numbers, and one process's neighbours in it."""

    def __init__(self, comm, dtype="d"):
        self.comm = comm
        self.rank, size = comm.Get_rank(), comm.Get_size()
        self.next, self.previous = (self.rank + 1) % size, (self.rank - 1) % size
        self.win = MPI.Win.Allocate(LENGTH * UNIT, UNIT, comm=comm)
        self.numbers = np.frombuffer(self.win.tomemory(), dtype)

    def fill(self, value):
        """All processes have set their numbers to `value` when this returns."""
        self.win.Lock(self.rank)
        self.numbers[:] = value
        self.win.Unlock(self.rank)
        self.comm.Barrier()

    def access(self, name, *arguments, **options):
        """One access, complete here and there when it returns; not collective."""
        target = next(
            argument
            for parameter, argument in zip(PARAMETERS[name], arguments, strict=False)
            if parameter == "target_rank"
        )
        target = self.rank if target == MPI.PROC_NULL else target
        self.win.Lock(target)
        try:
            request = getattr(self.win, name)(*arguments, **options)
            if name.startswith("R"):
                assert type(request) is MPI.Request
                request.Wait()
                assert request == MPI.REQUEST_NULL
            else:
                assert request is None
        finally:
            self.win.Unlock(target)

    def found(self):
        """The numbers, when the accesses of all are done."""
        self.comm.Barrier()
        self.win.Lock(self.rank)
        numbers = self.numbers.tolist()
        self.win.Unlock(self.rank)
        self.comm.Barrier()
        return numbers


PARAMETERS = {
    "Put": ["origin", "target_rank", "target"],
    "Get": ["origin", "target_rank", "target"],
    "Accumulate": ["origin", "target_rank", "target", "op"],
    "Get_accumulate": ["origin", "result", "target_rank", "target", "op"],
    "Fetch_and_op": ["origin", "result", "target_rank", "target_disp", "op"],
    "Compare_and_swap": ["origin", "compare", "result", "target_rank", "target_disp"],
}
PARAMETERS |= {f"R{name.lower()}": PARAMETERS[name] for name in ("Put", "Get", "Accumulate", "Get_accumulate")}


@pytest.fixture
def window(comm):
    window = Window(comm)
    yield window
    window.win.Free()


@pytest.fixture
def integers(comm):
    window = Window(comm, "i8")
    yield window
    window.win.Free()


def both(name):
    """The two forms of an access."""
    return pytest.mark.parametrize("name", [name, f"R{name.lower()}"])


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


# What `target` may be, with the displacement and the count that it means; three numbers are accessed at most.
TARGETS = [
    (None, 0, 3), (0, 0, 3), (2, 2, 3), (np.int32(1), 1, 3), (Index(2), 2, 3), (True, 1, 3),
    ((), 0, 3), ([], 0, 3), ([1], 1, 3), ((1,), 1, 3), ([1, 3], 1, 3), ((Index(1), Index(3)), 1, 3),
    ((1, 3, MPI.DOUBLE), 1, 3), ([1, 3, "d"], 1, 3), ((1, 24, MPI.BYTE), 1, 3), ([0, 0], 0, 0),
]  # fmt: skip

at_each_target = pytest.mark.parametrize(("target", "displ", "count"), TARGETS)


@both("Put")
@at_each_target
def test_put(window, name, target, displ, count):
    window.fill(-1.0)
    sent = np.arange(count) + 10.0 * (window.rank + 1)
    window.access(name, sent, window.next, target)
    expected = np.full(LENGTH, -1.0)
    expected[displ : displ + count] = np.arange(count) + 10 * (window.previous + 1)
    assert window.found() == expected.tolist()


@both("Get")
@at_each_target
def test_get(window, name, target, displ, count):
    window.fill(np.arange(LENGTH) + 10.0 * (window.rank + 1))
    got = np.full(count, -1.0)
    window.access(name, got, window.next, target)
    assert got.tolist() == (np.arange(displ, displ + count) + 10 * (window.next + 1)).tolist()
    window.found()


@both("Accumulate")
@at_each_target
def test_accumulate(window, name, target, displ, count):
    if target is not None and MPI.BYTE in np.atleast_1d(np.array(target, object)):
        target = (displ, count, MPI.DOUBLE)
    window.fill(1.0)
    window.access(name, np.full(count, window.rank + 1.0), window.next, target)
    expected = np.ones(LENGTH)
    expected[displ : displ + count] += window.previous + 1
    assert window.found() == expected.tolist()


OPERATIONS = [
    (MPI.SUM, 8.0), (MPI.PROD, 15.0), (MPI.MAX, 5.0), (MPI.MIN, 3.0), (MPI.REPLACE, 3.0),
]  # fmt: skip


@both("Accumulate")
@pytest.mark.parametrize(("op", "result"), OPERATIONS)
def test_accumulate_with_each_operation(window, name, op, result):
    window.fill(5.0)
    window.access(name, np.array([3.0]), window.next, 1, op)
    assert window.found() == [5, result, 5, 5, 5, 5]
    window.access(name, np.array([3.0]), window.next, target=2, op=op)
    assert window.found() == [5, result, result, 5, 5, 5]


@both("Get_accumulate")
@pytest.mark.parametrize(("op", "result"), [*OPERATIONS, (MPI.NO_OP, 5.0)])
def test_accumulate_and_get(window, name, op, result):
    window.fill(5.0)
    old = np.zeros(2)
    window.access(name, np.full(2, 3.0), old, window.next, [1, 2], op)
    assert old.tolist() == [5, 5]
    assert window.found() == [5, result, result, 5, 5, 5]
    window.access(name, np.full(2, 1.0), old, window.next)
    assert old.tolist() == [5, result]
    window.found()


@both("Get_accumulate")
def test_accumulate_nothing_and_get(window, name):
    window.fill(np.arange(LENGTH) + 1.0)
    old = np.zeros(3)
    window.access(name, [None, 0, MPI.DOUBLE], old, window.next, [2, 3, MPI.DOUBLE], MPI.NO_OP)
    assert old.tolist() == [3, 4, 5]
    window.found()


@pytest.mark.parametrize(("spec", "moved"), [
    (lambda a: a, 4), (lambda a: [a, MPI.DOUBLE], 4), (lambda a: (a, "d"), 4), (lambda a: [a, 2], 2),
    (lambda a: [a, 2, MPI.DOUBLE], 2), (lambda a: [a, (2, 0), MPI.DOUBLE], 2), (lambda a: [a, 2, 0, "d"], 2),
    (lambda a: [a, 16, MPI.BYTE], 2), (lambda a: memoryview(a), 4), (lambda a: array.array("d", a), 4),
    (lambda a: MPI.buffer(a), 4), (lambda a: a.reshape(2, 2), 4), (lambda a: [a, 0], 0),
])  # fmt: skip
def test_origin(window, spec, moved):
    window.fill(0.0)
    window.access("Put", spec(np.arange(4.0) + 1), window.next)
    assert window.found() == [1, 2, 3, 4][:moved] + [0] * (LENGTH - moved)


def test_origin_may_be_read_only(window):
    window.fill(0.0)
    window.access("Put", np.arange(1.0, 3.0).tobytes(), window.next)
    assert window.found() == [1, 2, 0, 0, 0, 0]
    for name, arguments in (("Get", (bytes(8), 0)), ("Get_accumulate", (np.zeros(1), bytes(8), 0))):
        with pytest.raises(BufferError):
            window.access(name, *arguments)


def test_datatypes_of_both_sides(window):
    window.fill(0.0)
    every_other = MPI.DOUBLE.Create_vector(3, 1, 2).Commit()
    window.access("Put", np.array([1.0, 2.0, 3.0]), window.next, [0, 1, every_other])
    assert window.found() == [1, 0, 2, 0, 3, 0]
    got = np.zeros(6)
    window.access("Get", [got, 1, every_other], window.next, [0, 3, MPI.DOUBLE])
    assert got.tolist() == [1, 0, 0, 0, 2, 0]
    every_other.Free()
    window.found()


def test_displacement_units_are_the_targets(comm):
    """Each process has one of its own."""
    rank, size = comm.Get_rank(), comm.Get_size()
    win = MPI.Win.Allocate(LENGTH, rank + 1, comm=comm)
    numbers = np.frombuffer(win.tomemory(), "i1")
    numbers[:] = 0
    target = (rank + 1) % size
    win.Fence()
    win.Put(np.array([7], "i1"), target, 2)
    win.Fence()
    assert numbers.tolist() == [7 if place == 2 * (rank + 1) else 0 for place in range(LENGTH)]
    win.Free()


@pytest.mark.parametrize("target", [2.0, "d", MPI.DOUBLE, {}, {1: 2}, range(2), b"ab", np.array([1, 4]), {1}, [0] * 4])
def test_no_target(window, target):
    for name in ("Put", "Get", "Accumulate", "Rput", "Rget", "Raccumulate"):
        with pytest.raises(ValueError, match="target"):
            getattr(window.win, name)(np.zeros(1), 0, target)
    for name in ("Get_accumulate", "Rget_accumulate"):
        with pytest.raises(ValueError, match="target"):
            getattr(window.win, name)(np.zeros(1), np.zeros(1), 0, target)


@pytest.mark.parametrize(("target", "error"), [
    ([None], TypeError), ([0, None], TypeError), ([1.0], TypeError), ([0, "d"], TypeError),
    ([0, MPI.DOUBLE], TypeError), ([0, 1, None], KeyError), ([0, 1, "nonsense"], KeyError), ([0, 1, 7], KeyError),
    (1 << 70, OverflowError),
    ([0, 1 << 70], OverflowError), ([0, -1], MPI.Exception), ([0, 1, MPI.DATATYPE_NULL], MPI.Exception),
])  # fmt: skip
def test_wrong_items_of_a_target(window, target, error):
    window.win.Lock_all()
    for name in ("Put", "Rput"):
        with pytest.raises(error):
            getattr(window.win, name)(np.zeros(1), 0, target)
    window.win.Unlock_all()


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name.lower().endswith(("put", "get", "accumulate"))])
def test_wrong_origins(window, name):
    results = [np.zeros(1)] if "result" in PARAMETERS[name] else []
    for wrong, error in ((None, TypeError), (3, TypeError), ("text", TypeError), ([None, 1, MPI.INT], ValueError)):
        with pytest.raises(error):
            getattr(window.win, name)(wrong, *results, 0)


@pytest.mark.parametrize("name", ["Accumulate", "Raccumulate"])
def test_wrong_operations(window, name):
    for wrong in (None, "sum", MPI.INT):
        with pytest.raises(TypeError):
            getattr(window.win, name)(np.zeros(1), 0, None, wrong)


# No process


@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("what", [None, "anything"])
def test_nothing_goes_to_no_process(window, name, what):
    window.fill(1.0)
    arguments = [
        MPI.PROC_NULL if parameter == "target_rank" else what
        for parameter in PARAMETERS[name]
        if parameter not in ("target", "target_disp", "op")
    ]
    window.access(name, *arguments)
    assert window.found() == [1] * LENGTH


def test_target_is_read_even_if_there_is_no_process(window):
    with pytest.raises(ValueError, match="target"):
        window.win.Put(None, MPI.PROC_NULL, "nonsense")


# Requests


class Traced(np.ndarray):
    """An array that can be watched."""


def keeps_what_it_needs(window, name):
    window.fill(1.0)
    buffers = [np.zeros(2).view(Traced) for parameter in PARAMETERS[name] if parameter in ("origin", "result")]
    references = [weakref.ref(buffer) for buffer in buffers]
    window.win.Lock(window.next)
    request = getattr(window.win, name)(*buffers, window.next)
    del buffers
    gc.collect()
    assert all(reference() is not None for reference in references)
    request.Wait()
    gc.collect()
    assert not any(reference() is not None for reference in references)
    window.win.Unlock(window.next)
    window.found()


@pytest.mark.parametrize("name", ["Rput", "Rget"])
def test_request_keeps_what_it_needs(window, name):
    keeps_what_it_needs(window, name)


@pytest.mark.parametrize("name", ["Raccumulate", "Rget_accumulate"])
def test_accumulate_request_keeps_what_it_needs(window, name):
    keeps_what_it_needs(window, name)


def test_many_requests(window):
    window.fill(0.0)
    window.win.Lock(window.next, MPI.LOCK_SHARED)
    requests = [window.win.Rput(np.array([place + 1.0]), window.next, place) for place in range(LENGTH)]
    MPI.Request.Waitall(requests)
    window.win.Unlock(window.next)
    assert window.found() == [1, 2, 3, 4, 5, 6]
    got = np.zeros(LENGTH)
    window.win.Lock(window.next, MPI.LOCK_SHARED)
    requests = [window.win.Rget([got, 1, place, "d"], window.next, place) for place in range(LENGTH)]
    MPI.Request.Waitall(requests)
    window.win.Unlock(window.next)
    assert got.tolist() == [1, 2, 3, 4, 5, 6]
    window.found()


# One element


def test_accumulate_one_element(integers):
    integers.fill(5)
    old = np.zeros(1, "i8")
    integers.access("Fetch_and_op", np.array([3]), old, integers.next)
    assert old[0] == 5
    integers.access("Fetch_and_op", np.array([3]), old, integers.next, 2, MPI.MAX)
    assert old[0] == 5
    integers.access("Fetch_and_op", np.array([3]), old, integers.next, target_disp=4, op=MPI.REPLACE)
    assert old[0] == 5
    integers.access("Fetch_and_op", [np.array([0, 7], "l"), 1, 1, "l"], [old, 1], integers.next, 5, MPI.NO_OP)
    assert old[0] == 5
    assert integers.found() == [8, 5, 5, 5, 3, 5]


def test_accumulate_a_counter(integers):
    """Each process draws numbers: together they draw each one once."""
    integers.fill(0)
    drawn = np.zeros(10, "i8")
    integers.win.Lock_all()
    for place in range(10):
        integers.win.Fetch_and_op(np.array([1]), drawn[place : place + 1], 0)
        integers.win.Flush(0)
    integers.win.Unlock_all()
    assert (np.diff(drawn) > 0).all()
    assert sorted(number for each in integers.comm.allgather(drawn.tolist()) for number in each) == list(
        range(10 * integers.comm.Get_size())
    )


def test_accumulate_if_equal(integers):
    integers.fill(5)
    old = np.zeros(1, "i8")
    integers.access("Compare_and_swap", np.array([3]), np.array([5]), old, integers.next)
    assert old[0] == 5
    integers.comm.Barrier()
    old[0] = 0
    integers.access("Compare_and_swap", np.array([4]), np.array([5]), old, integers.next)
    assert old[0] == 3
    integers.access("Compare_and_swap", np.array([4]), np.array([5]), old, integers.next, target_disp=3)
    assert integers.found() == [3, 5, 5, 4, 5, 5]


ELEMENTS = {"Fetch_and_op": ["origin", "result"], "Compare_and_swap": ["origin", "compare", "result"]}


@pytest.mark.parametrize(("name", "wrong"), [(name, wrong) for name in ELEMENTS for wrong in ELEMENTS[name]])
def test_wrong_elements(integers, name, wrong):
    for number in (0, 2):
        elements = [np.zeros(number if each == wrong else 1, "i8") for each in ELEMENTS[name]]
        with pytest.raises(ValueError, match=f"{wrong}: expecting a single element, got {number}"):
            getattr(integers.win, name)(*elements, 0)
    elements = [None if each == wrong else np.zeros(1, "i8") for each in ELEMENTS[name]]
    with pytest.raises(TypeError):
        getattr(integers.win, name)(*elements, 0)
    if wrong != "origin":
        elements = [np.zeros(1, "i4" if each == wrong else "i8") for each in ELEMENTS[name]]
        with pytest.raises(ValueError, match=f"{wrong}: its datatype"):
            getattr(integers.win, name)(*elements, 0)


# Form


def test_signatures():
    defaults = {"target": None, "target_disp": 0, "op": Ellipsis}
    for name, parameters in PARAMETERS.items():
        function = getattr(MPI.Win, name)
        assert inspect.getdoc(function)
        found = inspect.signature(function).parameters
        assert list(found) == ["self", *parameters]
        for parameter in parameters:
            assert found[parameter].default == defaults.get(parameter, inspect.Parameter.empty)


@pytest.mark.parametrize("name", PARAMETERS)
def test_arguments_by_name(window, name):
    arguments = {"target": None, "target_disp": 0, "target_rank": MPI.PROC_NULL, "op": MPI.SUM}
    window.win.Lock_all()
    request = getattr(window.win, name)(
        **{parameter: arguments.get(parameter, b"") for parameter in PARAMETERS[name]}
    )
    if request is not None:
        request.Wait()
    window.win.Unlock_all()
    with pytest.raises(TypeError):
        getattr(window.win, name)()
    with pytest.raises(TypeError):
        getattr(window.win, name)(**dict.fromkeys(PARAMETERS[name]), nonsense=1)
