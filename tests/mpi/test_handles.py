"""What the classes of MPI handles share."""

import copy
import gc
import inspect
import pickle
import weakref

import pytest
from mpi4py import MPI

# Each class with its null handle, and predefined objects that are not null.
CLASSES = [
    (MPI.Comm, MPI.COMM_NULL, [MPI.COMM_WORLD, MPI.COMM_SELF]),
    (MPI.Datatype, MPI.DATATYPE_NULL, [MPI.BYTE, MPI.INT, MPI.DOUBLE]),
    (MPI.Errhandler, MPI.ERRHANDLER_NULL, [MPI.ERRORS_RETURN, MPI.ERRORS_ARE_FATAL]),
    (MPI.File, MPI.FILE_NULL, []),
    (MPI.Group, MPI.GROUP_NULL, [MPI.GROUP_EMPTY]),
    (MPI.Info, MPI.INFO_NULL, [MPI.INFO_ENV]),
    (MPI.Message, MPI.MESSAGE_NULL, [MPI.MESSAGE_NO_PROC]),
    (MPI.Op, MPI.OP_NULL, [MPI.SUM, MPI.MAX, MPI.REPLACE]),
    (MPI.Request, MPI.REQUEST_NULL, []),
    (MPI.Session, MPI.SESSION_NULL, []),
    (MPI.Win, MPI.WIN_NULL, []),
]

classes = pytest.mark.parametrize(
    ("cls", "null", "constants"), CLASSES, ids=[cls.__name__ for cls, _, _ in CLASSES]
)


@classes
def test_module(cls, null, constants):
    assert cls.__module__ == "mpi4py.MPI"
    assert getattr(MPI, cls.__name__) is cls


@classes
def test_new_is_null(cls, null, constants):
    assert not null
    assert type(cls()) is cls
    assert cls() == cls(None) == cls.__new__(cls) == null
    assert not cls()


@classes
def test_truth(cls, null, constants):
    assert all(constants)
    assert all(map(cls, constants))


@classes
def test_copy_has_the_handle(cls, null, constants):
    for constant in constants:
        assert cls(constant) == constant
        assert cls(constant) is not constant
        assert cls(constant).handle == constant.handle


@classes
def test_new_refuses_others(cls, null, constants):
    with pytest.raises(TypeError):
        cls(7)
    with pytest.raises(TypeError):
        cls(null, null)
    with pytest.raises(TypeError):
        cls(nonsense=null)


@classes
def test_equality(cls, null, constants):
    for constant in constants:
        assert constant != null
        assert not constant == null
    assert null == cls()
    assert not null != cls()
    assert null != 0
    assert null != None  # noqa: E711 (the operator is what is tested)
    assert all(null != other for kind, other, _ in CLASSES if kind is not cls)


@classes
def test_no_order(cls, null, constants):
    for compare in (cls.__lt__, cls.__le__, cls.__gt__, cls.__ge__):
        with pytest.raises(TypeError, match="unorderable"):
            compare(null, cls())


@classes
def test_unhashable(cls, null, constants):
    assert cls.__hash__ is None
    with pytest.raises(TypeError, match="unhashable"):
        hash(null)


@classes
def test_no_attributes_of_ones_own(cls, null, constants):
    with pytest.raises(AttributeError):
        cls().anything = 1


@classes
def test_weak_reference(cls, null, constants):
    handle = cls()
    reference = weakref.ref(handle)
    assert reference() is handle
    del handle
    assert reference() is None


@classes
def test_handle_is_read_only(cls, null, constants):
    with pytest.raises(AttributeError):
        null.handle = 0


@classes
def test_fromhandle(cls, null, constants):
    for constant in [null, *constants]:
        assert constant.handle >= 0
        assert constant.tohandle() == constant.handle
        twin = cls.fromhandle(handle=constant.handle)
        assert twin == constant
        assert twin is not constant
        assert isinstance(twin, cls)


@classes
def test_fromhandle_refuses(cls, null, constants):
    for wrong, error in [(-1, OverflowError), (1 << 64, OverflowError), ("0", TypeError), (None, TypeError)]:
        with pytest.raises(error):
            cls.fromhandle(wrong)


@classes
def test_fortran(cls, null, constants):
    for constant in [null, *constants]:
        assert cls.f2py(constant.py2f()) == constant
        assert cls.f2py(arg=constant.py2f()) == constant


@classes
def test_integer(cls, null, constants):
    for constant in [null, *constants]:
        assert cls.fromint(constant.toint()) == constant
    with pytest.raises(TypeError):
        cls.fromint(arg=null.toint())


@classes
def test_free_of_null_is_nothing(cls, null, constants):
    null.free()
    cls().free()


@classes
def test_free_leaves_constants(cls, null, constants):
    for constant in constants:
        before = constant.handle
        constant.free()
        assert constant.handle == before
        twin = cls(constant)
        twin.free()
        assert twin == null


@classes
def test_constants_go_by_name(cls, null, constants):
    for constant in [null, *constants]:
        assert getattr(MPI, constant.__reduce__()) is constant
        assert copy.copy(constant) is constant
        assert copy.deepcopy([constant])[0] is constant
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(constant, protocol)) is constant


@classes
def test_equals_of_constants_are_made_from_them(cls, null, constants):
    for constant in [null, *constants]:
        twin = pickle.loads(pickle.dumps(cls(constant)))
        assert twin == constant
        assert twin is not constant
        assert type(twin) is cls


class Subclass(MPI.Comm):
    """A communicator with attributes."""


def test_subclass():
    comm = Subclass(MPI.COMM_WORLD)
    comm.name_of_mine = "mine"
    assert comm == MPI.COMM_WORLD
    assert MPI.COMM_WORLD == comm
    twin = pickle.loads(pickle.dumps(comm))
    assert type(twin) is Subclass
    assert twin == MPI.COMM_WORLD


def test_what_is_not_predefined_is_not_pickled(comm):
    twin = comm.Dup()
    try:
        for refuse in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(ValueError, match="cannot serialize 'mpi4py.MPI.Intracomm'"):
                refuse(twin)
    finally:
        twin.Free()


def test_freed_is_null(comm):
    twin = comm.Dup()
    alias = MPI.Comm(twin)
    assert twin
    twin.Free()
    assert not twin
    assert twin == MPI.COMM_NULL
    assert alias != MPI.COMM_NULL  # another object: it still has what was the handle
    with pytest.raises(MPI.Exception):
        twin.Free()


@pytest.mark.parametrize("name", ["INT", "SUM", "COMM_NULL", "DATATYPE_NULL"])
def test_predefined_cannot_be_freed(name):
    constant = getattr(MPI, name)
    before = constant.handle
    with pytest.raises(MPI.Exception):
        constant.Free()
    assert constant.handle == before


def test_class_of_a_communicator_is_found():
    handle = MPI.COMM_WORLD.handle
    for cls in (MPI.Comm, MPI.Intracomm, MPI.Intercomm, Subclass):
        assert type(cls.fromhandle(handle)) is MPI.Intracomm
    assert type(MPI.Intracomm.fromhandle(MPI.COMM_NULL.handle)) is MPI.Comm


def test_class_of_a_request_is_the_one_asked():
    handle = MPI.REQUEST_NULL.handle
    for cls in (MPI.Request, MPI.Prequest, MPI.Grequest):
        assert type(cls.fromhandle(handle)) is cls
        assert type(cls.f2py(cls().py2f())) is cls


def test_signatures():
    assert str(inspect.signature(MPI.Comm.fromhandle)) == "(handle)"
    assert str(inspect.signature(MPI.Comm.fromint)) == "(arg, /)"
    assert str(inspect.signature(MPI.Comm)) == "(comm=None)"
    for name in ("fromhandle", "tohandle", "handle", "toint", "fromint", "py2f", "f2py"):
        assert inspect.getdoc(getattr(MPI.Comm, name))


def test_sizeof():
    for cls, null, _ in CLASSES:
        assert MPI._sizeof(cls) == MPI._sizeof(null) == MPI._sizeof(cls())
        assert MPI._sizeof(cls) in (4, 8)
    assert MPI._sizeof(Subclass) == MPI._sizeof(arg=MPI.Comm)
    assert MPI._sizeof(MPI.Prequest) == MPI._sizeof(MPI.Request)
    assert MPI._sizeof(MPI.Status) == MPI._sizeof(MPI.Status()) >= 20
    for wrong in (None, 7, int, object, MPI):
        with pytest.raises(TypeError):
            MPI._sizeof(wrong)


def test_handleof():
    for _, null, constants in CLASSES:
        for constant in [null, *constants]:
            assert MPI._handleof(constant) == constant.handle
    status = MPI.Status()
    assert MPI._handleof(status) == MPI._addressof(status)
    for wrong in (None, 7, MPI.Comm):
        with pytest.raises(TypeError):
            MPI._handleof(wrong)
        with pytest.raises(TypeError):
            MPI._addressof(wrong)


def test_requests_are_collected():
    class Cycle(MPI.Request):
        pass

    request = Cycle()
    request.myself = request
    reference = weakref.ref(request)
    del request
    gc.collect()
    assert reference() is None
