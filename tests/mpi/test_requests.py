"""MPI.Request and its kinds."""

import array
import collections
import inspect
import sys

import pytest
from mpi4py import MPI

Request = MPI.Request


class Loop:
    """Messages from this process to itself: receives that are pending, and sends that complete them."""

    def __init__(self):
        self.comm = MPI.COMM_SELF.Dup()
        self.receives = []

    def receive(self, tags, room=8):
        requests = [self.comm.Irecv(bytearray(room), 0, tag) for tag in tags]
        self.receives += requests
        return requests

    def send(self, *tags):
        for tag in tags:
            self.comm.Send(bytes(8), 0, tag)

    def send_to_freed(self, data, tag):
        """Sends what a freed request receives in `data`, and waits until it is there: MPI may write to that memory till
        then, and tells nobody. MPICH 3.4 does so in a later call."""
        self.comm.Send(b"\1" * 8, 0, tag)
        for _ in range(100_000):
            if data[-1]:
                break
            self.comm.Iprobe(0, tag)
        assert data == b"\1" * 8

    def close(self):
        for request in self.receives:
            if request:
                request.Cancel()
                request.Wait()
        self.comm.Free()


@pytest.fixture
def loop():
    loop = Loop()
    yield loop
    loop.close()


def in_the_end(call, *arguments):
    """What a test for completion gives when it finds something: not always at once."""
    for _ in range(100_000):
        found = call(*arguments)
        if found not in (False, [], (MPI.UNDEFINED, False)):
            break
    return found


def tags(statuses):
    return [status.tag for status in statuses]


def marked(count):
    """Statuses that MPI has not touched."""
    statuses = [MPI.Status() for _ in range(count)]
    for status in statuses:
        status.tag = 77
    return statuses


def test_null_is_complete():
    status = MPI.Status()
    for request in (Request(), MPI.Prequest(), MPI.Grequest()):
        assert request.Wait() is True
        assert request.Test() is True
        assert request.Get_status(status) is True
        assert (status.source, status.tag, status.count) == (MPI.ANY_SOURCE, MPI.ANY_TAG, 0)
        for call in (request.Cancel, request.Free):
            with pytest.raises(MPI.Exception):
                call()


def test_wait(loop):
    [request] = loop.receive([3])
    loop.send(3)
    status = MPI.Status()
    assert request.Wait(status=status) is True
    assert (status.source, status.tag, status.count) == (0, 3, 8)
    assert request == MPI.REQUEST_NULL


def test_test(loop):
    [request] = loop.receive([3])
    status = MPI.Status()
    assert request.Test() is False
    assert request
    loop.send(3)
    assert in_the_end(request.Get_status, status) is True
    assert status.tag == 3
    assert request  # still there
    assert in_the_end(request.Test, status) is True
    assert request == MPI.REQUEST_NULL


def test_cancel(loop):
    [request] = loop.receive([3])
    status = MPI.Status()
    assert request.Cancel() is None
    request.Wait(status)
    assert status.Is_cancelled()


def test_free(loop):
    data = bytearray(8)
    request = loop.comm.Irecv(data, 0, 3)
    assert request.Free() is None
    assert request == MPI.REQUEST_NULL
    with pytest.raises(BufferError):
        data.append(0)  # the operation goes on
    loop.send_to_freed(data, 3)


def test_free_in_small_letters(loop):
    data = bytearray(8)
    request = loop.comm.Irecv(data, 0, 3)
    request.free()
    assert request == MPI.REQUEST_NULL
    request.free()
    loop.send_to_freed(data, 3)


def test_copy_has_the_handle_and_the_buffer(loop):
    data = bytearray(8)
    held = sys.getrefcount(data)
    request = loop.comm.Irecv(data, 0)
    twin = Request(request)
    assert twin == request
    loop.send(0)
    request.Wait()
    del request
    assert sys.getrefcount(data) > held
    del twin
    assert sys.getrefcount(data) == held


@pytest.mark.parametrize(
    "complete", ["Wait", "Test", "Waitall", "Testall", "Waitany", "Testany", "Waitsome", "Testsome"]
)
def test_buffer_is_given_back(loop, complete):
    data = bytearray(8)
    request = loop.comm.Irecv(data, 0)
    loop.send(0)
    with pytest.raises(BufferError):
        data.append(0)
    request.Get_status()
    Request.Get_status_all([request])
    with pytest.raises(BufferError):
        data.append(0)
    if complete in ("Wait", "Test"):
        in_the_end(getattr(request, complete))
    else:
        in_the_end(getattr(Request, complete), [request])
    data.append(0)
    assert request == MPI.REQUEST_NULL


def test_error_gives_the_buffer_back(loop):
    data = bytearray(4)
    request = loop.comm.Irecv(data, 0)
    loop.send(0)
    with pytest.raises(MPI.Exception) as caught:
        request.Wait()
    assert caught.value.Get_error_class() == MPI.ERR_TRUNCATE
    assert request == MPI.REQUEST_NULL
    data.append(0)


# What several requests of which none is active give.
IDLE = [
    ("Waitany", MPI.UNDEFINED),
    ("Testany", (MPI.UNDEFINED, True)),
    ("Get_status_any", (MPI.UNDEFINED, True)),
    ("Waitall", True),
    ("Testall", True),
    ("Get_status_all", True),
    ("Waitsome", None),
    ("Testsome", None),
    ("Get_status_some", None),
]
# What pending ones give.
PENDING = [
    ("Testany", (MPI.UNDEFINED, False)),
    ("Get_status_any", (MPI.UNDEFINED, False)),
    ("Testall", False),
    ("Get_status_all", False),
    ("Testsome", []),
    ("Get_status_some", []),
]


@pytest.mark.parametrize(("name", "expected"), IDLE)
def test_idle(name, expected):
    call = getattr(Request, name)
    for requests in ([], (), [Request()], (Request(), MPI.Prequest()), [Request() for _ in range(100)]):
        assert call(requests) == expected
    assert call(requests=collections.deque([Request()])) == expected


@pytest.mark.parametrize(("name", "expected"), PENDING)
def test_pending(loop, name, expected):
    requests = loop.receive([1, 2])
    assert getattr(Request, name)(requests) == expected
    assert all(requests)


@pytest.mark.parametrize("name", [name for name, _ in IDLE])
def test_several_wants_a_sequence_of_requests(name):
    call = getattr(Request, name)
    for wrong in (None, 7, [None], [7], [Request(), MPI.Status()], iter([Request()])):
        with pytest.raises(TypeError):
            call(wrong)
    with pytest.raises(TypeError):
        call([Request()], 7)


def test_waitany(loop):
    requests = loop.receive([1, 2, 3])
    loop.send(2)
    status = MPI.Status()
    assert Request.Waitany(requests, status) == 1
    assert status.tag == 2
    assert [bool(request) for request in requests] == [True, False, True]


def test_testany(loop):
    requests = loop.receive([1, 2, 3])
    loop.send(3)
    status = MPI.Status()
    assert in_the_end(Request.Get_status_any, requests, status) == (2, True)
    assert status.tag == 3
    assert all(requests)
    assert in_the_end(Request.Testany, requests, status) == (2, True)
    assert [bool(request) for request in requests] == [True, True, False]


@pytest.mark.parametrize("count", [1, 16, 33, 100])
@pytest.mark.parametrize("complete", [Request.Waitall, Request.Testall])
def test_all(loop, complete, count):
    requests = loop.receive(range(count))
    loop.send(*range(count))
    statuses = []
    assert in_the_end(Request.Get_status_all, requests, statuses) is True
    assert tags(statuses) == list(range(count))
    assert all(requests)
    statuses = []
    assert in_the_end(complete, requests, statuses) is True
    assert tags(statuses) == list(range(count))
    assert not any(requests)


def test_some(loop):
    requests = loop.receive([1, 2, 3])
    loop.send(1, 3)
    in_the_end(Request.Get_status_all, [requests[0], requests[2]])
    for complete in (Request.Get_status_some, Request.Testsome):
        statuses = []
        assert sorted(complete(requests, statuses)) == [0, 2]
        assert sorted(tags(statuses)) == [1, 3]
    assert [bool(request) for request in requests] == [False, True, False]
    loop.send(2)
    statuses = []
    assert Request.Waitsome(requests, statuses) == [1]
    assert tags(statuses) == [2]


def test_statuses_are_filled_in_place(loop):
    requests = loop.receive([1, 2])
    loop.send(1, 2)
    mine = marked(3)
    statuses = list(mine)
    Request.Waitall(requests, statuses)
    assert all(status is other for status, other in zip(statuses, mine, strict=True))
    assert tags(statuses) == [1, 2, 77]


def test_short_lists_grow_and_tuples_do_not(loop):
    for kind, expected in [(list, [1, 2]), (tuple, [1])]:
        requests = loop.receive([1, 2])
        loop.send(1, 2)
        statuses = kind(marked(1))
        Request.Waitall(requests, statuses)
        assert tags(statuses) == expected


def test_statuses_must_be_statuses(loop):
    requests = loop.receive([1])
    loop.send(1)
    with pytest.raises(TypeError):
        Request.Waitall(requests, [None])
    assert not any(requests)  # they are complete all the same


def test_idle_leaves_statuses_of_some():
    statuses = marked(2)
    assert Request.Waitsome([Request()], statuses) is None
    assert tags(statuses) == [77, 77]


def test_errors_of_several(loop):
    requests = loop.receive([1], room=4) + loop.receive([2])
    loop.send(1, 2)
    statuses = []
    with pytest.raises(MPI.Exception) as caught:
        Request.Waitall(requests, statuses)
    assert caught.value.Get_error_class() in (MPI.ERR_IN_STATUS, MPI.ERR_TRUNCATE)
    assert len(statuses) == 2
    if caught.value.Get_error_class() == MPI.ERR_IN_STATUS:
        assert MPI.Get_error_class(statuses[0].error) == MPI.ERR_TRUNCATE


def test_constant_stays_null(loop):
    requests = [MPI.REQUEST_NULL, *loop.receive([1])]
    loop.send(1)
    Request.Waitall(requests)
    assert not MPI.REQUEST_NULL
    assert MPI.REQUEST_NULL.__reduce__() == "REQUEST_NULL"


def test_startall(loop):
    data = [array.array("i", [0]) for _ in range(3)]
    receives = [loop.comm.Recv_init(room, 0, tag) for tag, room in enumerate(data)]
    sends = [loop.comm.Send_init(array.array("i", [tag]), 0, tag) for tag in range(3)]
    for _ in range(2):
        assert MPI.Prequest.Startall(receives + sends) is None
        Request.Waitall(receives + sends)
        assert [room[0] for room in data] == [0, 1, 2]
        assert all(receives + sends)
    for request in receives + sends:
        request.Free()
    MPI.Prequest.Startall([])
    with pytest.raises(MPI.Exception):
        MPI.Prequest.Startall([MPI.Prequest()])


def test_persistent_keeps_its_buffer(loop):
    data = bytearray(8)
    request = loop.comm.Recv_init(data, 0)
    for _ in range(2):
        request.Start()
        loop.send(0)
        request.Wait()
        with pytest.raises(BufferError):
            data.append(0)
    request.Free()
    del request
    data.append(0)


@pytest.mark.parametrize("cls", [MPI.Prequest, MPI.Grequest])
def test_kinds_are_not_mixed(loop, cls):
    [request] = loop.receive([1])
    with pytest.raises(TypeError):
        cls(request)
    assert cls(Request()) == MPI.REQUEST_NULL


class Operation:
    """What a generalized request is about; notes what MPI asks."""

    def __init__(self):
        self.asked = []

    def query(self, status, *args, **kwargs):
        self.asked.append(("query", args, kwargs))
        status.source, status.tag = 5, 6
        status.Set_elements(MPI.BYTE, 7)

    def free(self, *args, **kwargs):
        self.asked.append(("free", args, kwargs))

    def cancel(self, completed, *args, **kwargs):
        self.asked.append(("cancel", completed, args, kwargs))

    def start(self, *args, **kwargs):
        return MPI.Grequest.Start(self.query, self.free, self.cancel, *args, **kwargs)


def test_generalized():
    operation = Operation()
    request = operation.start((1, 2), {"three": 3})
    assert type(request) is MPI.Grequest
    assert request.Test() is False
    assert request.Complete() is None
    status = MPI.Status()
    assert request.Wait(status) is True
    assert (status.source, status.tag, status.count, status.cancelled) == (5, 6, 7, False)
    assert request == MPI.REQUEST_NULL
    assert operation.asked == [("query", (1, 2), {"three": 3}), ("free", (1, 2), {"three": 3})]
    with pytest.raises(MPI.Exception):
        MPI.Grequest().Complete()


def test_generalized_without_callbacks():
    request = MPI.Grequest.Start()
    request.Complete()
    status = MPI.Status()
    request.Wait(status)
    assert (status.source, status.tag, status.count, status.cancelled) == (MPI.ANY_SOURCE, MPI.ANY_TAG, 0, False)


def test_generalized_completed_through_a_copy():
    request = MPI.Grequest.Start()
    twin = MPI.Grequest(request)
    assert MPI.Grequest.fromhandle(request.handle) == request
    twin.Complete()
    request.Wait()


def test_generalized_completed_with_an_object():
    outcome = ["anything"]
    request = MPI.Grequest.Start()
    assert request.test() == (False, None)
    assert request.complete(outcome) is None
    assert request.wait() is outcome
    request = MPI.Grequest.Start()
    request.complete()
    assert request.wait() is None


def test_generalized_cancelled():
    operation = Operation()
    request = operation.start(args=["x"])
    request.Cancel()
    assert operation.asked == [("cancel", False, ("x",), {})]
    request.Complete()
    request.Wait()


def test_callbacks_and_arguments_are_released():
    argument = Operation()
    held = sys.getrefcount(argument)
    request = MPI.Grequest.Start(lambda status, argument: None, args=(argument,))
    request.Complete()
    request.Wait()
    assert sys.getrefcount(argument) == held


@pytest.mark.parametrize(
    ("error", "expected"), [(ValueError("wrong"), "ERR_OTHER"), (MPI.Exception(MPI.ERR_ARG), "ERR_ARG")]
)
def test_exception_in_a_callback(capfd, error, expected):
    def query(status):
        raise error

    request = MPI.Grequest.Start(query)
    request.Complete()
    with pytest.raises(MPI.Exception) as caught:
        request.Wait()
    assert caught.value.Get_error_class() == getattr(MPI, expected)
    assert type(error).__name__ in capfd.readouterr().err


def test_wrong_arguments_of_generalized():
    with pytest.raises(TypeError):
        MPI.Grequest.Start(args=7)
    with pytest.raises(TypeError):
        MPI.Grequest.Start(kwargs=7)


def test_signatures():
    for name, _ in IDLE:
        last = "status" if name.endswith("any") else "statuses"
        assert str(inspect.signature(getattr(Request, name))) == f"(requests, {last}=None)"
    for name in ("Wait", "Test", "Get_status"):
        assert str(inspect.signature(getattr(Request, name))) == "(self, /, status=None)"
    start = inspect.signature(MPI.Grequest.Start)
    assert list(start.parameters) == ["query_fn", "free_fn", "cancel_fn", "args", "kwargs"]
