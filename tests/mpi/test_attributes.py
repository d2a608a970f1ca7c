"""Attributes of communicators, datatypes and windows."""

import ctypes
import gc
import inspect
import sys
import threading
import weakref

import pytest
from mpi4py import MPI

WORD = 1 << 8 * ctypes.sizeof(ctypes.c_void_p)


class Value:
    """Something of which the references can be counted."""


class Kind:
    def __init__(self, cls, make, subject):
        self.cls, self.make, self.subject = cls, make, subject

    def key(self, *arguments, **keywords):
        return self.cls.Create_keyval(*arguments, **keywords)


KINDS = {
    "Comm": Kind(MPI.Comm, lambda: MPI.COMM_SELF.Dup(), MPI.Intracomm),
    "Datatype": Kind(MPI.Datatype, lambda: MPI.INT.Dup(), MPI.Datatype),
    "Win": Kind(MPI.Win, lambda: MPI.Win.Allocate(8, comm=MPI.COMM_SELF), MPI.Win),
}


@pytest.fixture(params=list(KINDS))
def kind(request):
    """A kind of object with attributes."""
    return KINDS[request.param]


@pytest.fixture(params=["Comm", "Datatype"])
def copyable(request):
    """A kind of object with attributes that can be duplicated."""
    return KINDS[request.param]


@pytest.fixture
def log():
    return []


def references(value):
    return sys.getrefcount(value) - 2


def test_signatures(kind):
    assert str(inspect.signature(kind.cls.Create_keyval)) == "(copy_fn=None, delete_fn=None, nopython=False)"
    assert list(inspect.signature(kind.cls.Free_keyval).parameters) == ["keyval"]
    assert list(inspect.signature(kind.cls.Set_attr).parameters) == ["self", "keyval", "attrval"]
    assert list(inspect.signature(kind.cls.Get_attr).parameters) == ["self", "keyval"]
    assert list(inspect.signature(kind.cls.Delete_attr).parameters) == ["self", "keyval"]


def test_an_attribute_is_the_object_itself(kind):
    keyval, subject, value = kind.key(), kind.make(), Value()
    assert keyval != MPI.KEYVAL_INVALID
    assert subject.Get_attr(keyval) is None
    subject.Set_attr(keyval, value)
    assert subject.Get_attr(keyval) is value
    subject.Set_attr(keyval=keyval, attrval=None)
    assert subject.Get_attr(keyval=keyval) is None
    subject.Set_attr(keyval, 7)
    assert subject.Get_attr(keyval) == 7
    subject.Delete_attr(keyval)
    assert subject.Get_attr(keyval) is None
    subject.Free()
    assert kind.cls.Free_keyval(keyval) == MPI.KEYVAL_INVALID


def test_one_reference_for_each_place(kind):
    keyval, subject, value = kind.key(), kind.make(), Value()
    before = references(value)
    subject.Set_attr(keyval, value)
    assert references(value) == before + 1
    subject.Set_attr(keyval, value)
    assert references(value) == before + 1
    subject.Get_attr(keyval)
    assert references(value) == before + 1
    subject.Set_attr(keyval, "another")
    assert references(value) == before
    subject.Set_attr(keyval, value)
    subject.Delete_attr(keyval)
    assert references(value) == before
    subject.Set_attr(keyval, value)
    subject.Free()
    assert references(value) == before
    kind.cls.Free_keyval(keyval)


def test_attribute_outlives_the_objects_of_python(kind):
    keyval, subject = kind.key(), kind.make()
    value = Value()
    known = weakref.ref(value)
    subject.Set_attr(keyval, value)
    del value
    other = kind.cls.fromhandle(subject.handle)
    del subject
    gc.collect()
    assert other.Get_attr(keyval) is known()
    assert known() is not None
    other.Free()
    assert known() is None
    kind.cls.Free_keyval(keyval)


def test_delete_function(kind, log):
    def delete_fn(subject, keyval, value):
        assert type(subject) is kind.subject
        log.append((subject == mine, keyval, value, subject))

    keyval, mine = kind.key(None, delete_fn), kind.make()
    mine.Set_attr(keyval, "first")
    assert log == []
    mine.Set_attr(keyval, "second")
    assert log.pop()[:3] == (True, keyval, "first")
    mine.Delete_attr(keyval)
    assert log.pop()[:3] == (True, keyval, "second")
    mine.Set_attr(keyval, "third")
    mine.Free()
    ((_, _, value, subject),) = log
    assert value == "third"
    assert not subject  # who keeps it has a null handle
    kind.cls.Free_keyval(keyval)


@pytest.mark.parametrize("copy_fn", [None, False])
def test_not_copied(copyable, copy_fn):
    keyval, subject = copyable.key(copy_fn), copyable.make()
    subject.Set_attr(keyval, Value())
    duplicate = subject.Dup()
    assert duplicate.Get_attr(keyval) is None
    assert subject.Get_attr(keyval) is not None
    duplicate.Free()
    subject.Free()
    copyable.cls.Free_keyval(keyval)


def test_copied_as_it_is(copyable):
    keyval, subject, value = copyable.key(copy_fn=True, delete_fn=False), copyable.make(), Value()
    before = references(value)
    subject.Set_attr(keyval, value)
    duplicate = subject.Dup()
    assert duplicate.Get_attr(keyval) is value
    assert references(value) == before + 2
    duplicate.Free()
    assert subject.Get_attr(keyval) is value
    assert references(value) == before + 1
    subject.Free()
    assert references(value) == before
    copyable.cls.Free_keyval(keyval)


def test_copied_by_a_function(copyable, log):
    def copy_fn(subject, keyval, value):
        assert type(subject) is copyable.subject
        log.append(("copy", subject == mine, keyval, value, subject))
        return [*value, "copy"]

    def delete_fn(subject, keyval, value):
        log.append(("delete", subject == mine, keyval, value, subject))

    keyval, mine = copyable.key(copy_fn, delete_fn), copyable.make()
    mine.Set_attr(keyval, ["mine"])
    duplicate = mine.Dup()
    assert duplicate.Get_attr(keyval) == ["mine", "copy"]
    assert log.pop()[:4] == ("copy", True, keyval, ["mine"])
    duplicate.Free()
    assert log.pop()[:4] == ("delete", False, keyval, ["mine", "copy"])
    mine.Free()
    assert log.pop()[3] == ["mine"]
    copyable.cls.Free_keyval(keyval)


def test_function_that_copies_nothing(copyable):
    keyval, subject = copyable.key(lambda *arguments: NotImplemented), copyable.make()
    subject.Set_attr(keyval, "mine")
    duplicate = subject.Dup()
    assert duplicate.Get_attr(keyval) is None
    duplicate.Free()
    subject.Free()
    copyable.cls.Free_keyval(keyval)


def test_copied_in_all_processes(comm):
    keyval = MPI.Comm.Create_keyval(lambda comm, keyval, value: value + 1)
    mine = comm.Dup()
    mine.Set_attr(keyval, 10 * comm.Get_rank())
    duplicate = mine.Dup()
    other, request = duplicate.Idup()
    request.Wait()
    assert duplicate.allgather(duplicate.Get_attr(keyval)) == [10 * rank + 1 for rank in range(comm.Get_size())]
    assert other.Get_attr(keyval) == 10 * comm.Get_rank() + 2
    for each in (other, duplicate, mine):
        each.Free()
    MPI.Comm.Free_keyval(keyval)


def test_exception_in_a_copy_function(copyable, capsys):
    def copy_fn(subject, keyval, value):
        raise error

    keyval, subject, value = copyable.key(copy_fn), copyable.make(), Value()
    before = references(value)
    subject.Set_attr(keyval, value)
    for error, expected in ((ValueError("no copies"), MPI.ERR_OTHER), (MPI.Exception(MPI.ERR_ARG), MPI.ERR_ARG)):
        with pytest.raises(MPI.Exception) as raised:
            subject.Dup()
        assert raised.value.Get_error_class() == expected
        assert str(error) in capsys.readouterr().err
    del error  # its traceback has the value
    assert references(value) == before + 1
    subject.Free()
    assert references(value) == before
    copyable.cls.Free_keyval(keyval)


def test_exception_in_a_delete_function(kind, capsys):
    def delete_fn(subject, keyval, value):
        raise MPI.Exception(MPI.ERR_ARG)

    keyval, subject, value = kind.key(None, delete_fn), kind.make(), Value()
    before = references(value)
    subject.Set_attr(keyval, value)
    with pytest.raises(MPI.Exception) as raised:
        subject.Delete_attr(keyval)
    assert raised.value.Get_error_class() == MPI.ERR_ARG
    assert "MPI.Exception" in capsys.readouterr().err
    # The attribute is gone nevertheless; and nothing else fails for it.
    assert subject.Get_attr(keyval) is None
    subject.Set_attr(keyval, value)
    subject.Set_attr(keyval, value)
    subject.Free()
    assert not subject
    assert references(value) == before
    kind.cls.Free_keyval(keyval)


def test_key_is_freed_before_its_attributes(kind, log):
    value = Value()
    keyval, subject = kind.key(None, lambda *arguments: log.append(arguments[2])), kind.make()
    before = references(value)
    subject.Set_attr(keyval, value)
    assert kind.cls.Free_keyval(keyval) == MPI.KEYVAL_INVALID
    assert subject.Get_attr(keyval) is value
    subject.Free()
    assert log.pop() is value
    assert references(value) == before


def test_keys_let_go_of_their_functions(kind):
    functions = [Value(), Value()]
    for function in functions:
        function.__class__.__call__ = lambda self, subject, keyval, value: value
    known = [weakref.ref(function) for function in functions]
    keyval, subject = kind.key(*functions), kind.make()
    functions.clear()
    del function
    subject.Set_attr(keyval, 1)
    kind.cls.Free_keyval(keyval)
    assert all(function() is not None for function in known)
    subject.Free()
    assert all(function() is None for function in known)


@pytest.mark.parametrize("wrong", [3, "function", ()])
def test_functions_are_callable(kind, wrong):
    with pytest.raises(TypeError):
        kind.key(copy_fn=wrong)
    with pytest.raises(TypeError):
        kind.key(delete_fn=wrong)


def test_values_of_other_languages(kind, log):
    keyval = kind.key(None, lambda subject, keyval, value: log.append(value), nopython=True)
    subject = kind.make()
    for value, seen in ((42, 42), (0, 0), (True, 1), (-1, WORD - 1), (WORD - 1, WORD - 1), (WORD // 2, WORD // 2)):
        subject.Set_attr(keyval, value)
        assert subject.Get_attr(keyval) == seen
    subject.Delete_attr(keyval)
    assert log == [42, 0, 1, WORD - 1, WORD - 1, WORD // 2]
    for wrong, error in ((None, TypeError), (1.5, TypeError), (Value(), TypeError), (WORD, OverflowError)):
        with pytest.raises(error):
            subject.Set_attr(keyval, wrong)
    assert subject.Get_attr(keyval) is None
    subject.Free()
    kind.cls.Free_keyval(keyval)


@pytest.mark.parametrize("copy_fn, seen", [
    (None, None), (True, 9), (lambda subject, keyval, value: value + 1, 10), (lambda *arguments: NotImplemented, None),
])
def test_copies_of_values_of_other_languages(copyable, copy_fn, seen):
    keyval, subject = copyable.key(copy_fn, nopython=True), copyable.make()
    subject.Set_attr(keyval, 9)
    duplicate = subject.Dup()
    assert duplicate.Get_attr(keyval) == seen
    duplicate.Free()
    subject.Free()
    copyable.cls.Free_keyval(keyval)


@pytest.mark.parametrize("wrong", [None, "9", WORD, 1.5])
def test_copies_that_other_languages_could_not_understand(copyable, wrong, capsys):
    keyval, subject = copyable.key(lambda *arguments: wrong, nopython=True), copyable.make()
    subject.Set_attr(keyval, 9)
    with pytest.raises(MPI.Exception):
        subject.Dup()
    assert capsys.readouterr().err
    subject.Free()
    copyable.cls.Free_keyval(keyval)


def test_invalid_keys(kind):
    subject, value = kind.make(), Value()
    before = references(value)
    for call in (
        lambda: subject.Get_attr(MPI.KEYVAL_INVALID),
        lambda: subject.Set_attr(MPI.KEYVAL_INVALID, 1),
        lambda: subject.Delete_attr(MPI.KEYVAL_INVALID),
        lambda: kind.cls.Free_keyval(MPI.KEYVAL_INVALID),
    ):
        with pytest.raises(MPI.Exception):
            call()
    with pytest.raises(TypeError):
        subject.Set_attr(MPI.KEYVAL_INVALID, value)
    with pytest.raises(TypeError):
        subject.Get_attr(None)
    assert references(value) == before
    subject.Free()


def test_null_objects(kind):
    keyval, value = kind.key(), Value()
    before = references(value)
    with pytest.raises(MPI.Exception):
        kind.cls().Get_attr(keyval)
    with pytest.raises(MPI.Exception):
        kind.cls().Set_attr(keyval, value)
    assert references(value) == before
    kind.cls.Free_keyval(keyval)


def test_keys_are_of_one_kind(kind):
    others = [other for other in KINDS.values() if other is not kind]
    keyval, subject = kind.key(), kind.make()
    subject.Set_attr(keyval, "mine")
    for other in others:
        theirs = other.make()
        try:
            assert theirs.Get_attr(keyval) is None
        except MPI.Exception:
            pass  # as well
        theirs.Free()
    subject.Free()
    kind.cls.Free_keyval(keyval)


def test_many_attributes():
    keyvals = [MPI.Comm.Create_keyval(True) for _ in range(50)]
    comms = [MPI.COMM_SELF.Dup() for _ in range(3)]
    values = [[Value() for _ in keyvals] for _ in comms]
    for comm, row in zip(comms, values):
        for keyval, value in zip(keyvals, row):
            comm.Set_attr(keyval, value)
    duplicates = [comm.Dup() for comm in comms]
    for keyval in keyvals:
        MPI.Comm.Free_keyval(keyval)
    known = [weakref.ref(value) for row in values for value in row]
    for duplicate, row in zip(duplicates, values):
        assert [duplicate.Get_attr(keyval) for keyval in keyvals] == row
    del values, value, row
    for comm in comms:
        comm.Free()
    assert all(value() is not None for value in known)
    for duplicate in duplicates:
        duplicate.Free()
    assert all(value() is None for value in known)


def test_attributes_of_a_datatype_that_messages_use(comm):
    log = []
    keyval = MPI.Datatype.Create_keyval(None, lambda datatype, keyval, value: log.append(value))
    pair = MPI.INT.Create_contiguous(2).Commit()
    pair.Set_attr(keyval, "pair")
    target = bytearray(8)
    comm.Sendrecv([bytes(8), 1, pair], comm.Get_rank(), recvbuf=[target, 1, pair], source=comm.Get_rank())
    assert pair.Get_attr(keyval) == "pair"
    pair.Free()
    assert log == ["pair"]
    MPI.Datatype.Free_keyval(keyval)


def test_functions_may_use_mpi(comm):
    seen = []
    keyval = MPI.Comm.Create_keyval(None, lambda comm, keyval, value: seen.append((comm.Get_size(), comm.Get_rank())))
    mine = comm.Dup()
    mine.Set_attr(keyval, "value")
    mine.Free()
    assert seen == [(comm.Get_size(), comm.Get_rank())]
    MPI.Comm.Free_keyval(keyval)


class TestPredefined:
    def test_largest_tag(self, world):
        assert world.Get_attr(MPI.TAG_UB) >= 32767

    def test_io(self, world):
        rank = world.Get_attr(MPI.IO)
        assert rank in (MPI.ANY_SOURCE, MPI.PROC_NULL) or 0 <= rank < world.Get_size()

    def test_clock(self, world):
        assert world.Get_attr(MPI.WTIME_IS_GLOBAL) in (0, 1, None)

    def test_universe(self, world):
        size = world.Get_attr(MPI.UNIVERSE_SIZE)
        assert size is None or size >= world.Get_size()

    def test_application(self, world):
        number = world.Get_attr(MPI.APPNUM)
        assert number is None or number >= 0

    def test_last_code(self, world):
        assert world.Get_attr(MPI.LASTUSEDCODE) >= MPI.ERR_LASTCODE

    def test_cannot_be_changed(self, world):
        largest = world.Get_attr(MPI.TAG_UB)
        for change in (lambda: world.Set_attr(MPI.TAG_UB, 1), lambda: world.Delete_attr(MPI.TAG_UB)):
            with pytest.raises(MPI.Exception):
                change()
        assert world.Get_attr(MPI.TAG_UB) == largest

    def test_windows(self, comm):
        window = MPI.Win.Allocate(24, 8, comm=comm)
        assert window.Get_attr(MPI.WIN_BASE) > 0
        assert window.Get_attr(MPI.WIN_SIZE) == 24
        assert window.Get_attr(MPI.WIN_DISP_UNIT) == 8
        assert window.Get_attr(MPI.WIN_CREATE_FLAVOR) == MPI.WIN_FLAVOR_ALLOCATE
        assert window.Get_attr(MPI.WIN_MODEL) in (MPI.WIN_SEPARATE, MPI.WIN_UNIFIED)
        window.Free()


PROGRAM = """
def delete_fn(comm, keyval, value):
    print("deleted", value)

keyval = MPI.Comm.Create_keyval(None, delete_fn)
MPI.COMM_SELF.Set_attr(keyval, "value")
"""


def test_attributes_go_when_mpi_is_finalized(alone):
    done = alone(PROGRAM + "MPI.Finalize()")
    assert done.returncode == 0
    assert "deleted value" in done.stdout


def test_attributes_may_outlive_the_interpreter(alone):
    done = alone(PROGRAM)
    assert done.returncode == 0
    assert "deleted" not in done.stdout
    assert "Error" not in done.stderr


@pytest.mark.skipif(MPI.Query_thread() < MPI.THREAD_MULTIPLE, reason="needs THREAD_MULTIPLE")
def test_local_calls_never_wait_for_a_callback_in_another_thread():
    # One thread has the library's lock and wants the GIL, in a function of Python that MPI calls; the other has the GIL and
    # wants the lock.
    copied = []
    key = MPI.Comm.Create_keyval(copy_fn=lambda comm, keyval, value: copied.append(value) or value)
    other = MPI.Comm.Create_keyval()
    mine, theirs = MPI.COMM_SELF.Dup(), MPI.COMM_SELF.Dup()
    theirs.Set_attr(key, "value")

    def duplicate():
        for _ in range(300):
            theirs.Dup().Free()

    thread = threading.Thread(target=duplicate)
    thread.start()
    rounds = 0
    while thread.is_alive() or rounds < 300:
        mine.Set_attr(other, rounds)
        assert mine.Get_attr(other) == rounds
        mine.Delete_attr(other)
        mine.Set_errhandler(MPI.ERRORS_RETURN)
        assert mine.Get_errhandler() == MPI.ERRORS_RETURN
        rounds += 1
    thread.join()
    assert len(copied) == 300
    for comm in (mine, theirs):
        comm.Free()
    for keyval in (key, other):
        MPI.Comm.Free_keyval(keyval)
