"""MPI.Op."""

import array
import copy
import functools
import inspect
import operator
import pickle
import weakref

import pytest
from mpi4py import MPI

PREDEFINED = ("MAX", "MIN", "SUM", "PROD", "LAND", "BAND", "LOR", "BOR", "LXOR", "BXOR", "MAXLOC", "MINLOC", "REPLACE",
              "NO_OP")


def add(inbuf, inoutbuf, datatype):
    assert datatype == MPI.INT
    into = memoryview(inoutbuf).cast("i")
    for index, value in enumerate(memoryview(inbuf).cast("i")):
        into[index] += value


@pytest.fixture
def user_op():
    op = MPI.Op.Create(add, commute=True)
    yield op
    op.free()


def test_new_is_null():
    assert MPI.Op() == MPI.OP_NULL
    assert not MPI.OP_NULL
    assert MPI.Op(op=MPI.SUM) == MPI.SUM
    with pytest.raises(TypeError):
        MPI.Op(3)


@pytest.mark.parametrize("name", PREDEFINED)
def test_predefined(name):
    op = getattr(MPI, name)
    assert op
    assert type(op) is MPI.Op
    assert op.is_predefined
    assert op.is_commutative is op.Is_commutative()
    # Of REPLACE and NO_OP libraries say different things.
    assert op.is_commutative or name in ("REPLACE", "NO_OP")
    op.free()
    assert op
    assert pickle.loads(pickle.dumps(op)) is op
    assert copy.deepcopy(op) is op
    assert MPI.Op(op).is_predefined


def test_predefined_are_distinct():
    assert len({getattr(MPI, name).handle for name in PREDEFINED}) == len(PREDEFINED)


@pytest.mark.parametrize("name, function", [
    ("SUM", operator.add), ("PROD", operator.mul), ("BAND", operator.and_), ("BOR", operator.or_),
    ("BXOR", operator.xor), ("MAX", max), ("MIN", min), ("LAND", lambda x, y: bool(x) and bool(y)),
    ("LOR", lambda x, y: bool(x) or bool(y)), ("LXOR", lambda x, y: bool(x) != bool(y)),
    ("REPLACE", lambda x, y: y), ("NO_OP", lambda x, y: x),
])
def test_calls_of_integers(name, function):
    op = getattr(MPI, name)
    for x in range(4):
        for y in range(4):
            result = op(x, y)
            assert result == function(x, y)
            assert type(result) is type(function(x, y))


def test_calls_of_other_objects():
    assert MPI.SUM([1], [2]) == [1, 2]
    assert MPI.SUM("a", "b") == "ab"
    assert MPI.MAX("a", "b") == "b"
    assert MPI.MIN((3, 1), (3, 0)) == (3, 0)
    assert MPI.BOR({1}, {2}) == {1, 2}
    assert MPI.LOR("", []) is False
    first, second = [1], [1]
    assert MPI.MAX(first, second) is first and MPI.MIN(first, second) is first
    assert MPI.SUM(x=1, y=2) == 3
    with pytest.raises(TypeError):
        MPI.PROD("a", "b")
    with pytest.raises(TypeError):
        MPI.SUM(1, 2, 3)


@pytest.mark.parametrize("x, y, highest, lowest", [
    ((3, 1), (5, 0), (5, 0), (3, 1)),
    ((5, 0), (3, 1), (5, 0), (3, 1)),
    ((3, 1), (3, 0), (3, 0), (3, 0)),
    ([3, 0], [3, 1], (3, 0), (3, 0)),
])
def test_values_with_locations(x, y, highest, lowest):
    assert MPI.MAXLOC(x, y) == highest
    assert MPI.MINLOC(x, y) == lowest


@pytest.mark.parametrize("x, y, error", [(1, 2, TypeError), ((1, 2, 3), (1, 2, 3), ValueError), ("a", "b", ValueError)])
def test_values_without_locations(x, y, error):
    with pytest.raises(error):
        MPI.MAXLOC(x, y)


def test_null():
    assert MPI.OP_NULL.is_predefined
    with pytest.raises(ValueError):
        MPI.OP_NULL(1, 2)
    with pytest.raises(MPI.Exception):
        MPI.OP_NULL.Is_commutative()
    with pytest.raises(MPI.Exception):
        MPI.Op().Free()


def test_reduce_local():
    a, b = array.array("i", [1, 2, 3]), array.array("i", [4, 5, 6])
    MPI.SUM.Reduce_local(a, b)
    assert b.tolist() == [5, 7, 9]
    MPI.PROD.Reduce_local(inbuf=[a, 2, MPI.INT], inoutbuf=[b, 2, MPI.INT])
    assert b.tolist() == [5, 14, 9]
    MPI.MIN.Reduce_local(bytes([1, 9]), target := bytearray([5, 5]))
    assert target == bytes([1, 5])


@pytest.mark.parametrize("target, error", [
    (array.array("i", [4, 5]), ValueError), (array.array("d", [4, 5, 6]), ValueError), (bytes(12), BufferError),
])
def test_reduce_local_of_messages_that_differ(target, error):
    with pytest.raises(error):
        MPI.SUM.Reduce_local(array.array("i", [1, 2, 3]), target)


def test_user_defined(user_op):
    assert user_op
    assert not user_op.is_predefined
    assert user_op.is_commutative
    a, b = array.array("i", [1, 2, 3]), array.array("i", [4, 5, 6])
    user_op.Reduce_local(a, b)
    assert b.tolist() == [5, 7, 9]


def test_user_defined_over_processes(comm, user_op):
    rank, size = comm.Get_rank(), comm.Get_size()
    mine = array.array("i", [rank, 1, -rank])
    ranks = sum(range(size))
    total = array.array("i", [0, 0, 0])
    comm.Allreduce(mine, total, user_op)
    assert total.tolist() == [ranks, size, -ranks]
    total = array.array("i", [0, 0, 0])
    comm.Iallreduce(mine, total, user_op).Wait()
    assert total.tolist() == [ranks, size, -ranks]


def test_user_defined_that_does_not_commute(comm):
    # Products of affine maps x -> a x + b, as pairs: the order shows.
    def compose(inbuf, inoutbuf, datatype):
        left, right = memoryview(inbuf).cast("d"), memoryview(inoutbuf).cast("d")
        for at in range(0, len(left), 2):
            (a, b), (c, d) = left[at:at + 2], right[at:at + 2]
            right[at], right[at + 1] = a * c, a * d + b

    op = MPI.Op.Create(compose)
    assert not op.is_commutative
    maps = [(rank + 2.0, rank + 1.0) for rank in range(comm.Get_size())]
    whole = functools.reduce(lambda f, g: (f[0] * g[0], f[0] * g[1] + f[1]), maps)
    pair = MPI.DOUBLE.Create_contiguous(2).Commit()
    result = array.array("d", [0, 0])
    comm.Allreduce([array.array("d", maps[comm.Get_rank()]), 1, pair], [result, 1, pair], op)
    assert tuple(result) == whole
    pair.Free()
    op.Free()


def test_user_function_sees_whole_elements():
    seen = []

    def look(inbuf, inoutbuf, datatype):
        seen.append((inbuf.nbytes, inoutbuf.nbytes, datatype.size, datatype.extent, inbuf.readonly))

    op = MPI.Op.Create(look)
    spaced = MPI.INT.Create_resized(0, 20).Commit()
    memory = bytearray(40)
    op.Reduce_local([memory, 2, spaced], [bytearray(40), 2, spaced])
    assert seen == [(40, 40, 4, 20, False)]
    spaced.Free()
    op.Free()


def test_user_function_keeps_nothing():
    kept = []
    op = MPI.Op.Create(lambda *arguments: kept.extend(arguments))
    op.Reduce_local(bytearray(3), bytearray(3))
    inbuf, inoutbuf, datatype = kept
    assert (inbuf.nbytes, inoutbuf.nbytes) == (0, 0)
    assert datatype == MPI.DATATYPE_NULL
    op.Free()


def test_user_function_in_python():
    op = MPI.Op.Create(lambda x, y, datatype: (x, y, datatype))
    assert op(1, 2) == (1, 2, None)
    assert MPI.Op(op)(1, 2) == (1, 2, None)
    op.Free()


def test_user_defined_pickles(user_op):
    again = pickle.loads(pickle.dumps(user_op))
    assert again != user_op
    assert again.is_commutative
    b = array.array("i", [1])
    again.Reduce_local(array.array("i", [2]), b)
    assert b.tolist() == [3]
    again.Free()


def test_free():
    op = MPI.Op.Create(add)
    op.Free()
    assert op == MPI.OP_NULL
    op.free()
    with pytest.raises(ValueError):
        op(1, 2)
    with pytest.raises(MPI.Exception):
        op.Free()
    with pytest.raises(MPI.Exception):
        MPI.Op(MPI.SUM).Free()
    assert MPI.SUM(1, 1) == 2


def test_create_wants_a_function():
    with pytest.raises((TypeError, AttributeError)):
        MPI.Op.Create(3)


def test_many():
    def function(number):
        def fill(inbuf, inoutbuf, datatype):
            inoutbuf[:] = number
        return fill

    # More than twice what the released package has.
    ops = [MPI.Op.Create(function(number)) for number in range(60)]
    for number, op in enumerate(ops):
        op.Reduce_local(bytes(2), target := bytearray(2))
        assert target == bytes([number, number])
    with pytest.raises(RuntimeError):
        for _ in range(300):
            ops.append(MPI.Op.Create(add))
    for op in ops:
        op.Free()
    for _ in range(300):
        MPI.Op.Create(add).Free()


def test_free_lets_the_function_go():
    class Function:
        def __call__(self, inbuf, inoutbuf, datatype):
            pass

    function = Function()
    gone = weakref.ref(function)
    op = MPI.Op.Create(function)
    del function
    assert gone() is not None
    op.Free()
    assert gone() is None


def test_subclass_begets_its_own():
    class Mine(MPI.Op):
        pass

    mine = Mine.Create(add)
    assert type(mine) is Mine
    mine.Free()


def test_exception_in_a_user_function_ends_the_program(alone):
    done = alone("""
        def function(inbuf, inoutbuf, datatype):
            raise ValueError("what went wrong")

        MPI.Op.Create(function).Reduce_local(bytearray(3), bytearray(3))
        print("not reached")
    """)
    assert done.returncode != 0
    assert "ValueError: what went wrong" in done.stderr
    assert "not reached" not in done.stdout


def test_signatures():
    assert str(inspect.signature(MPI.Op.Create)) == "(function, commute=False)"
    assert str(inspect.signature(MPI.Op.Reduce_local)) == "(self, /, inbuf, inoutbuf)"
