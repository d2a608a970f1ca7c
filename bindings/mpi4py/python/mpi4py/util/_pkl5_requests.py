"""Requests and matched messages of `mpi4py.util.pkl5`."""

from collections.abc import Callable, Iterable
from typing import Any, Self

from .. import MPI
from ._parcel import Parcel, unload

Requests = MPI.Request | tuple[MPI.Request, ...]


class Request(tuple[MPI.Request, ...]):
    """Request of a nonblocking communication: a tuple of `MPI.Request`."""

    # What is sent must stay where it is, and what is received is loaded once.
    _parcel: Parcel | None
    _memory: MPI.buffer | None

    def __new__(cls, request: MPI.Request | Iterable[MPI.Request] | None = None) -> Self:
        if request is None:
            request = (MPI.REQUEST_NULL,)
        elif isinstance(request, MPI.Request):
            request = (request,)
        self = super().__new__(cls, request)
        self._parcel = getattr(request, "_parcel", None)
        self._memory = getattr(request, "_memory", None)
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
        statuses = None if status is None else [status]
        flag = MPI.Request.Testall(self, statuses)
        return (flag, self._load()) if flag else (False, None)

    def wait(self, status: MPI.Status | None = None) -> Any:
        """Complete the communication (MPI 5.0, section 3.7.3).

        Returns
        -------
        object
            The received object; None for a send.
        """
        MPI.Request.Waitall(self, None if status is None else [status])
        return self._load()

    @classmethod
    def get_status_all(cls, requests: Iterable[Requests], statuses: list[MPI.Status] | None = None) -> bool:
        """Tell whether all communications are complete, and keep the requests (MPI 5.0, section 3.7.6)."""
        return MPI.Request.Get_status_all(_flat(requests), statuses)

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
        if not MPI.Request.Testall(_flat(requests), statuses):
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
        MPI.Request.Waitall(_flat(requests), statuses)
        return cls._loaded(requests)

    @classmethod
    def _loaded(cls, requests: Iterable[Requests]) -> list[Any]:
        """What was received, the first time."""
        return [(request if isinstance(request, cls) else cls(request))._load() for request in requests]

    def _load(self) -> Any:
        """The received object, the first time."""
        memory, self._memory, self._parcel = self._memory, None, None
        return None if memory is None else unload(memory)


def _flat(requests: Iterable[Requests]) -> list[MPI.Request]:
    """The MPI requests of several requests."""
    return [one for request in requests for one in (request if isinstance(request, tuple) else (request,))]


class Message(tuple[MPI.Message, ...]):
    """Matched message: a tuple of `MPI.Message`."""

    _size: int

    def __new__(cls, message: MPI.Message | Iterable[MPI.Message] | None = None) -> Self:
        if message is None:
            message = (MPI.MESSAGE_NULL,)
        elif isinstance(message, MPI.Message):
            message = (message,)
        self = super().__new__(cls, message)
        self._size = getattr(message, "_size", 0)
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
        memory = MPI.buffer.allocate(self._size)
        self[0].Recv([memory, MPI.BYTE], status)
        return unload(memory) if memory else None

    def irecv(self) -> Request:
        """Begin to receive the message (MPI 5.0, section 3.8.3).

        Returns
        -------
        Request
        """
        memory = MPI.buffer.allocate(self._size)
        request = Request(self[0].Irecv([memory, MPI.BYTE]))
        request._memory = memory or None
        return request

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
        status = MPI.Status() if status is None else status
        return cls._matched(MPI.Comm.Mprobe(comm, source, tag, status), status)

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
        status = MPI.Status() if status is None else status
        message = MPI.Comm.Improbe(comm, source, tag, status)
        return None if message is None else cls._matched(message, status)

    @classmethod
    def _matched(cls, message: MPI.Message, status: MPI.Status) -> Self:
        self = cls(message)
        self._size = status.Get_elements(MPI.BYTE)
        return self


def begin(send: Callable[[Any, int, int], MPI.Request], obj: Any, dest: int, tag: int) -> Request:
    """Begin to send an object by a nonblocking method of `MPI.Comm`."""
    if dest == MPI.PROC_NULL:
        return Request(send([None, 0, MPI.BYTE], dest, tag))
    with Parcel(obj, alone=True) as parcel:
        request = Request(send(parcel.message, dest, tag))
    request._parcel = parcel
    return request
