"""Requests and matched messages of `mpi4py.util.pkl5`."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

from .. import MPI
from . import _pkl5_messages
from ._pkl5_messages import Incoming

Requests = MPI.Request | tuple[MPI.Request, ...]


class Request(tuple[MPI.Request, ...]):
    """Request of a nonblocking communication: a tuple of `MPI.Request`."""

    # What is received is loaded once.
    _incoming: Incoming | None

    def __new__(cls, request: MPI.Request | Iterable[MPI.Request] | None = None) -> Self:
        if request is None:
            request = (MPI.REQUEST_NULL,)
        elif isinstance(request, MPI.Request):
            request = (request,)
        self = super().__new__(cls, request)
        self._incoming = getattr(request, "_incoming", None)
        return self

    def __eq__(self, other: object) -> bool:
        """Tell whether the requests are the same."""
        return tuple(self) == tuple(Request(other)) if isinstance(other, Request | MPI.Request) else NotImplemented

    def __ne__(self, other: object) -> bool:
        """Tell whether the requests differ."""
        return tuple(self) != tuple(Request(other)) if isinstance(other, Request | MPI.Request) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # requests become null by themselves

    def __bool__(self) -> bool:
        """Tell whether a request is not null."""
        return any(self)

    def Free(self) -> None:
        """Free the request (MPI 5.0, section 3.7.3). The communication goes on."""
        for request in self:
            request.Free()

    def free(self) -> None:
        """Free the request, unless it is null."""
        for request in self:
            request.free()

    def cancel(self) -> None:
        """Cancel the communication (MPI 5.0, section 3.8.4)."""
        for request in self:
            request.Cancel()

    def get_status(self, status: MPI.Status | None = None) -> bool:
        """Tell whether the communication is complete, and keep the request (MPI 5.0, section 3.7.6).

        Parameters
        ----------
        status : Status, optional
            Where to note the received message.

        Returns
        -------
        bool
        """
        return all([request.Get_status(status) for request in self])

    def test(self, status: MPI.Status | None = None) -> tuple[bool, Any]:
        """Complete the communication if it can be (MPI 5.0, section 3.7.3).

        Returns
        -------
        flag : bool
        obj : object
            The received object; None for a send, and as long as `flag` is False.
        """
        flag = MPI.Request.Testall(self, _spread([self], None if status is None else [status]))
        return (flag, self._load()) if flag else (False, None)

    def wait(self, status: MPI.Status | None = None) -> Any:
        """Complete the communication (MPI 5.0, section 3.7.3).

        Returns
        -------
        object
            The received object; None for a send.
        """
        MPI.Request.Waitall(self, _spread([self], None if status is None else [status]))
        return self._load()

    @classmethod
    def get_status_all(cls, requests: Iterable[Requests], statuses: list[MPI.Status] | None = None) -> bool:
        """Tell whether all communications are complete, and keep the requests (MPI 5.0, section 3.7.6)."""
        requests = list(requests)
        return MPI.Request.Get_status_all(_flat(requests), _spread(requests, statuses))

    @classmethod
    def testall(
        cls, requests: Iterable[Requests], statuses: list[MPI.Status] | None = None
    ) -> tuple[bool, list[Any] | None]:
        """Complete all communications if they can be (MPI 5.0, section 3.7.5).

        Returns
        -------
        flag : bool
        objects : list or None
            The received objects, None for each send; None as long as `flag` is False.
        """
        requests = list(requests)
        if not MPI.Request.Testall(_flat(requests), _spread(requests, statuses)):
            return False, None
        return True, cls._loaded(requests)

    @classmethod
    def waitall(cls, requests: Iterable[Requests], statuses: list[MPI.Status] | None = None) -> list[Any]:
        """Complete all communications (MPI 5.0, section 3.7.5).

        Returns
        -------
        list
            The received objects, None for each send.
        """
        requests = list(requests)
        MPI.Request.Waitall(_flat(requests), _spread(requests, statuses))
        return cls._loaded(requests)

    @classmethod
    def _loaded(cls, requests: Iterable[Requests]) -> list[Any]:
        """What was received, the first time."""
        return [(request if isinstance(request, cls) else cls(request))._load() for request in requests]

    def _load(self) -> Any:
        """The received object, the first time."""
        incoming, self._incoming = self._incoming, None
        return None if incoming is None else incoming.load()


def _flat(requests: Iterable[Requests]) -> list[MPI.Request]:
    """The MPI requests of several requests."""
    return [one for request in requests for one in _parts(request)]


def _parts(request: Requests) -> tuple[MPI.Request, ...]:
    return request if isinstance(request, tuple) else (request,)


def _spread(requests: Sequence[Requests], statuses: Sequence[MPI.Status] | None) -> list[MPI.Status] | None:
    """A status for each of MPI's requests: for the first of an object's the caller's, of whom there is one for each object."""
    if statuses is None:
        return None
    more = [MPI.Status() for _ in requests[len(statuses) :]]
    pairs = zip(requests, [*statuses, *more], strict=False)
    spread = [one for request, status in pairs for one in (status, *(MPI.Status() for _ in _parts(request)[1:]))]
    if isinstance(statuses, list):
        statuses += more
    return spread


class Message(tuple[MPI.Message, ...]):
    """Matched message: a tuple of `MPI.Message`."""

    # What it is received into.
    _incoming: Incoming | None

    def __new__(cls, message: MPI.Message | Iterable[MPI.Message] | None = None) -> Self:
        if message is None:
            message = (MPI.MESSAGE_NULL,)
        elif isinstance(message, MPI.Message):
            message = (message,)
        self = super().__new__(cls, message)
        self._incoming = getattr(message, "_incoming", None)
        return self

    def __eq__(self, other: object) -> bool:
        """Tell whether the messages are the same."""
        return tuple(self) == tuple(Message(other)) if isinstance(other, Message | MPI.Message) else NotImplemented

    def __ne__(self, other: object) -> bool:
        """Tell whether the messages differ."""
        return tuple(self) != tuple(Message(other)) if isinstance(other, Message | MPI.Message) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # messages become null by themselves

    def __bool__(self) -> bool:
        """Tell whether the message is not null."""
        return any(self)

    def free(self) -> None:
        """Do nothing: a matched message ends when it is received."""

    def recv(self, status: MPI.Status | None = None) -> Any:
        """Receive the message (MPI 5.0, section 3.8.3).

        Parameters
        ----------
        status : Status, optional
            Where to note the message.

        Returns
        -------
        object
            None for the message of ``PROC_NULL``.
        """
        incoming = self._take()
        for message, block in zip(self, incoming.blocks(), strict=True):
            message.Recv(block, status)
        return incoming.load()

    def irecv(self) -> Request:
        """Begin to receive the message (MPI 5.0, section 3.8.3).

        Returns
        -------
        Request
        """
        incoming = self._take()
        request = Request(message.Irecv(block) for message, block in zip(self, incoming.blocks(), strict=True))
        request._incoming = incoming
        return request

    def _take(self) -> Incoming:
        """Where to receive it; a null message has nothing, and MPI says so."""
        incoming, self._incoming = self._incoming, None
        return Incoming([0]) if incoming is None else incoming

    @classmethod
    def probe(
        cls,
        comm: MPI.Comm,
        source: int = MPI.ANY_SOURCE,
        tag: int = MPI.ANY_TAG,
        status: MPI.Status | None = None,
    ) -> Self:
        """Wait for a message, and match it (MPI 5.0, section 3.8.2).

        Returns
        -------
        Message
        """
        matched = _pkl5_messages.match(comm, source, tag, status, wait=True)
        assert matched is not None
        return cls._of(matched)

    @classmethod
    def iprobe(
        cls,
        comm: MPI.Comm,
        source: int = MPI.ANY_SOURCE,
        tag: int = MPI.ANY_TAG,
        status: MPI.Status | None = None,
    ) -> Self | None:
        """Match a message if there is one (MPI 5.0, section 3.8.2).

        Returns
        -------
        Message or None
        """
        matched = _pkl5_messages.match(comm, source, tag, status, wait=False)
        return None if matched is None else cls._of(matched)

    @classmethod
    def _of(cls, matched: tuple[list[MPI.Message], Incoming]) -> Self:
        self = cls(matched[0])
        self._incoming = matched[1]
        return self


def begin(send: Callable[[Any, int, int], MPI.Request], obj: Any, dest: int, tag: int) -> Request:
    """Begin to send an object by a nonblocking method of `MPI.Comm`."""
    return Request(_pkl5_messages.post(send, obj, dest, tag))
