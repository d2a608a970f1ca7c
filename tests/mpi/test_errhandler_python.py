"""Python functions as error handlers."""

import gc
import inspect
import tempfile
import weakref

import pytest
from mpi4py import MPI


class Kind:
    def __init__(self, cls, make, end, subject):
        self.cls, self.make, self.end, self.subject = cls, make, end, subject


def open_file():
    return MPI.File.Open(MPI.COMM_SELF, tempfile.mktemp(), MPI.MODE_CREATE | MPI.MODE_RDWR | MPI.MODE_DELETE_ON_CLOSE)


KINDS = {
    "Comm": Kind(MPI.Comm, lambda: MPI.COMM_SELF.Dup(), MPI.Comm.Free, MPI.Intracomm),
    "Win": Kind(MPI.Win, lambda: MPI.Win.Allocate(8, comm=MPI.COMM_SELF), MPI.Win.Free, MPI.Win),
    "File": Kind(MPI.File, open_file, lambda file: file.Close(), MPI.File),
    "Session": Kind(MPI.Session, lambda: MPI.Session.Init(), MPI.Session.Finalize, MPI.Session),
}


@pytest.fixture(params=["Comm", "Win", "File", pytest.param("Session", marks=pytest.mark.optional("sessions"))])
def kind(request):
    """A kind of object that errors are raised on."""
    return KINDS[request.param]


@pytest.fixture
def log():
    return []


def raise_error(comm):
    """An error that MPI finds itself: there is no such rank. What the call does afterwards is the library's affair."""
    try:
        comm.Send(b"", dest=comm.Get_size())
    except MPI.Exception as error:
        assert error.Get_error_class() == MPI.ERR_RANK


def test_signatures(kind):
    assert list(inspect.signature(kind.cls.Create_errhandler).parameters) == ["errhandler_fn"]
    assert list(inspect.signature(kind.cls.Set_errhandler).parameters) == ["self", "errhandler"]
    assert list(inspect.signature(kind.cls.Get_errhandler).parameters) == ["self"]
    assert list(inspect.signature(kind.cls.Call_errhandler).parameters) == ["self", "errorcode"]


def test_errors_are_exceptions_unless_asked_otherwise(kind):
    subject = kind.make()
    assert subject.Get_errhandler() == MPI.ERRORS_RETURN
    subject.Call_errhandler(MPI.ERR_ARG)
    kind.end(subject)


def test_predefined_handlers(kind):
    subject = kind.make()
    subject.Set_errhandler(MPI.ERRORS_ARE_FATAL)
    assert subject.Get_errhandler() == MPI.ERRORS_ARE_FATAL
    subject.Set_errhandler(errhandler=MPI.ERRORS_RETURN)
    assert subject.Get_errhandler() == MPI.ERRORS_RETURN
    kind.end(subject)


def test_function_is_called(kind, log):
    def function(subject, code):
        assert type(subject) is kind.subject
        log.append((subject == mine, code, subject))

    mine = kind.make()
    before = mine.Get_errhandler()
    handler = kind.cls.Create_errhandler(function)
    assert type(handler) is MPI.Errhandler and handler
    mine.Set_errhandler(handler)
    mine.Call_errhandler(MPI.ERR_ARG)
    mine.Call_errhandler(errorcode=MPI.ERR_OTHER)
    assert [entry[:2] for entry in log] == [(True, MPI.ERR_ARG), (True, MPI.ERR_OTHER)]
    assert not any(subject for _, _, subject in log)  # who keeps it has a null handle
    assert mine
    mine.Set_errhandler(before)
    handler.Free()
    assert handler == MPI.ERRHANDLER_NULL
    mine.Call_errhandler(MPI.ERR_ARG)
    assert len(log) == 2
    kind.end(mine)


def test_handler_may_be_freed_while_it_is_set(kind, log):
    mine = kind.make()
    handler = kind.cls.Create_errhandler(lambda subject, code: log.append(code))
    mine.Set_errhandler(handler)
    again = mine.Get_errhandler()
    assert again == handler
    again.Free()
    handler.Free()
    gc.collect()
    mine.Call_errhandler(MPI.ERR_ARG)
    assert log == [MPI.ERR_ARG]
    kind.end(mine)


def test_many_handlers_one_after_the_other(kind, log):
    mine = kind.make()
    for number in range(200):
        handler = kind.cls.Create_errhandler(lambda subject, code, number=number: log.append(number))
        mine.Set_errhandler(handler)
        handler.Free()
        mine.Call_errhandler(MPI.ERR_ARG)
        assert log.pop() == number
    kind.end(mine)


def test_many_handlers_at_once(kind, log):
    mine = kind.make()
    handlers = [
        kind.cls.Create_errhandler(lambda subject, code, number=number: log.append(number)) for number in range(32)
    ]
    for number, handler in enumerate(handlers):
        mine.Set_errhandler(handler)
        mine.Call_errhandler(MPI.ERR_ARG)
        assert log.pop() == number
    for handler in handlers:
        handler.Free()
    kind.end(mine)


def test_too_many_handlers_at_once(log):
    mine, handlers = MPI.COMM_SELF.Dup(), []
    with pytest.raises(RuntimeError, match="in use"):
        for number in range(1000):
            handlers.append(MPI.Comm.Create_errhandler(lambda comm, code, number=number: log.append(number)))
    assert len(handlers) >= 32
    for handler in handlers:
        handler.Free()
    # Now that these are gone there is room again.
    for number in range(3 * len(handlers)):
        handler = MPI.Comm.Create_errhandler(lambda comm, code, number=number: log.append(number))
        mine.Set_errhandler(handler)
        mine.Call_errhandler(MPI.ERR_ARG)
        handler.Free()
    assert log == list(range(3 * len(handlers)))
    mine.Free()


class Server:
    def __init__(self):
        self.log = []

    def function(self, subject, code):
        self.log.append(code)


def test_equal_functions_take_no_more_room(kind):
    mine, server = kind.make(), Server()
    handlers = [kind.cls.Create_errhandler(server.function) for _ in range(200)]
    assert len({handler.handle for handler in handlers}) == len(handlers)
    mine.Set_errhandler(handlers.pop())
    for handler in handlers:
        handler.Free()
    mine.Call_errhandler(MPI.ERR_ARG)
    assert server.log == [MPI.ERR_ARG]
    other = kind.cls.Create_errhandler(lambda subject, code: server.log.append("other"))
    mine.Call_errhandler(MPI.ERR_ARG)
    assert server.log == [MPI.ERR_ARG] * 2
    mine.Set_errhandler(other)
    mine.Call_errhandler(MPI.ERR_ARG)
    assert server.log[2:] == ["other"]
    other.Free()
    kind.end(mine)


def test_function_lives_as_long_as_it_may_be_called():
    class Function:
        def __call__(self, comm, code):
            log.append(code)

    log, mine, function = [], MPI.COMM_SELF.Dup(), Function()
    known = weakref.ref(function)
    handler = MPI.Comm.Create_errhandler(function)
    mine.Set_errhandler(handler)
    handler.Free()
    del function, handler
    gc.collect()
    mine.Call_errhandler(MPI.ERR_ARG)
    assert log == [MPI.ERR_ARG] and known() is not None
    mine.Free()


@pytest.mark.parametrize("wrong", [None, 3, "function"])
def test_functions_are_callable(kind, wrong):
    with pytest.raises(AttributeError, match="__call__"):
        kind.cls.Create_errhandler(wrong)


def test_set_takes_error_handlers_alone(kind):
    subject = kind.make()
    for wrong in (None, 3, print):
        with pytest.raises(TypeError):
            subject.Set_errhandler(wrong)
    kind.end(subject)


def test_errors_that_mpi_finds(comm, log):
    mine = comm.Dup()
    handler = MPI.Comm.Create_errhandler(lambda comm, code: log.append((comm == mine, MPI.Get_error_class(code))))
    mine.Set_errhandler(handler)
    raise_error(mine)
    assert log == [(True, MPI.ERR_RANK)]
    handler.Free()
    mine.Free()


def test_duplicates_inherit_the_handler(comm, log):
    mine = comm.Dup()
    handler = MPI.Comm.Create_errhandler(lambda comm, code: log.append(comm == duplicate))
    mine.Set_errhandler(handler)
    handler.Free()
    duplicate = mine.Dup()
    mine.Free()
    raise_error(duplicate)
    assert log == [True]
    duplicate.Free()


def test_functions_may_use_mpi(comm, log):
    mine = comm.Dup()
    handler = MPI.Comm.Create_errhandler(lambda comm, code: log.append(MPI.COMM_SELF.allreduce(code)))
    mine.Set_errhandler(handler)
    mine.Call_errhandler(MPI.ERR_ARG)
    assert log == [MPI.ERR_ARG]
    handler.Free()
    mine.Free()


def test_null_objects():
    for cls in (MPI.Comm, MPI.Win):
        handler = cls.Create_errhandler(lambda subject, code: None)
        with pytest.raises(MPI.Exception):
            cls().Get_errhandler()
        with pytest.raises(MPI.Exception):
            cls().Set_errhandler(handler)
        handler.Free()


def test_files_not_yet_open(tmp_path, log):
    none = MPI.File()
    handler = MPI.File.Create_errhandler(
        lambda file, code: log.append((file == MPI.FILE_NULL, MPI.Get_error_class(code))))
    before = none.Get_errhandler()
    none.Set_errhandler(handler)
    try:
        MPI.File.Open(MPI.COMM_SELF, tmp_path / "missing", MPI.MODE_RDONLY)
    except MPI.Exception as error:
        assert error.Get_error_class() == MPI.ERR_NO_SUCH_FILE
    none.Set_errhandler(before)
    assert log == [(True, MPI.ERR_NO_SUCH_FILE)]
    handler.Free()


def test_exception_in_a_function_ends_the_program(alone):
    done = alone("""
        def function(comm, code):
            raise ValueError("what went wrong")

        MPI.COMM_SELF.Set_errhandler(MPI.Comm.Create_errhandler(function))
        MPI.COMM_SELF.Call_errhandler(MPI.ERR_ARG)
        print("not reached")
    """)
    assert done.returncode != 0
    assert "ValueError: what went wrong" in done.stderr
    assert "error handler" in done.stderr
    assert "not reached" not in done.stdout
