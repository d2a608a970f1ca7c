"""Communication of objects by pickle protocol 5: large buffers of an object are sent from where they are.

The communicators here are those of `mpi4py.MPI` with other lower-case methods. All processes of a communication must use
them. (Their requests and messages are no `MPI.Request` and `MPI.Message`, of which type checkers are told to be silent.)
"""

import sys
from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, NoReturn, Self

from .. import MPI
from ..MPI import ANY_SOURCE, ANY_TAG, PROC_NULL, ROOT, Pickle, Status
from . import _parcel
from ._parcel import Parcel, join, places, split, unload
from ._pkl5_messages import alone, deliver, receive_alone
from ._pkl5_requests import Message, Request, begin

Message.__module__ = Request.__module__ = __name__

__all__ = ["Comm", "Intercomm", "Intracomm", "Message", "Pickle", "Request", "pickle"]

pickle = MPI.Pickle()


class _BigMPI:
    """How large buffers are sent.

    Attributes
    ----------
    blocksize : int
        The most bytes of one message: libraries of MPI 3.1 count them as int.
    """

    def __init__(self, blocksize: int = 1 << 30) -> None:
        self.blocksize = blocksize


_bigmpi = _BigMPI()

_parcel.options = sys.modules[__name__]


class Comm(MPI.Comm):
    """Communicator that sends buffers of objects from where they are."""

    def __new__(cls, comm: MPI.Comm | None = None) -> Self:
        # Not super(): CPython makes objects of a class with several bases by the first one's function alone.
        return MPI.Comm.__new__(cls, comm)

    def send(self, obj: Any, dest: int, tag: int = 0) -> None:
        """Send an object (MPI 5.0, section 3.2.1)."""
        deliver(self.Send, self.Isend, obj, dest, tag)

    def bsend(self, obj: Any, dest: int, tag: int = 0) -> None:
        """Send an object by the attached buffer (MPI 5.0, section 3.4)."""
        deliver(self.Bsend, self.Ibsend, obj, dest, tag)

    def ssend(self, obj: Any, dest: int, tag: int = 0) -> None:
        """Send an object, until it is being received (MPI 5.0, section 3.4)."""
        deliver(self.Ssend, self.Issend, obj, dest, tag)

    def isend(self, obj: Any, dest: int, tag: int = 0) -> Request:  # type: ignore[override]
        """Begin to send an object (MPI 5.0, section 3.7.2).

        Returns
        -------
        Request
        """
        return begin(self.Isend, obj, dest, tag)

    def ibsend(self, obj: Any, dest: int, tag: int = 0) -> Request:  # type: ignore[override]
        """Begin to send an object by the attached buffer (MPI 5.0, section 3.7.2).

        Returns
        -------
        Request
        """
        return begin(self.Ibsend, obj, dest, tag)

    def issend(self, obj: Any, dest: int, tag: int = 0) -> Request:  # type: ignore[override]
        """Begin to send an object; it is complete when it is being received (MPI 5.0, section 3.7.2).

        Returns
        -------
        Request
        """
        return begin(self.Issend, obj, dest, tag)

    def recv(
        self, buf: Any = None, source: int = ANY_SOURCE, tag: int = ANY_TAG, status: Status | None = None
    ) -> Any:
        """Receive an object (MPI 5.0, section 3.2.4).

        Parameters
        ----------
        buf : None
            Not used.
        source, tag : int
            Which message; any by default.
        status : Status, optional
            Where to note the message.

        Returns
        -------
        object
            None from ``PROC_NULL``.
        """
        if alone():
            return receive_alone(self, source, tag, status)
        return Message.probe(self, source, tag, status).recv(status)

    def irecv(self, buf: Any = None, source: int = ANY_SOURCE, tag: int = ANY_TAG) -> NoReturn:
        """Raise RuntimeError: how much memory an object takes is not known before its message is there.

        Use `improbe`, and `Message.irecv`.
        """
        raise RuntimeError("unsupported: use improbe(), and irecv() of the message")

    def sendrecv(
        self,
        sendobj: Any,
        dest: int,
        sendtag: int = 0,
        recvbuf: Any = None,
        source: int = ANY_SOURCE,
        recvtag: int = ANY_TAG,
        status: Status | None = None,
    ) -> Any:
        """Send one object and receive another (MPI 5.0, section 3.10).

        Returns
        -------
        object
        """
        request = self.isend(sendobj, dest, sendtag)
        obj = self.recv(recvbuf, source, recvtag, status)
        request.wait()
        return obj

    def mprobe(  # type: ignore[override]
        self, source: int = ANY_SOURCE, tag: int = ANY_TAG, status: Status | None = None
    ) -> Message:
        """Wait for a message, and match it (MPI 5.0, section 3.8.2).

        Returns
        -------
        Message
        """
        return Message.probe(self, source, tag, status)

    def improbe(  # type: ignore[override]
        self, source: int = ANY_SOURCE, tag: int = ANY_TAG, status: Status | None = None
    ) -> Message | None:
        """Match a message if there is one (MPI 5.0, section 3.8.2).

        Returns
        -------
        Message or None
        """
        return Message.iprobe(self, source, tag, status)

    def bcast(self, obj: Any, root: int = 0) -> Any:
        """Broadcast an object from `root` (MPI 5.0, section 6.4).

        Returns
        -------
        object
            The root's, which at the root is `obj` itself; None in the root's group of an intercommunicator.
        """
        if not self._gives(root):
            return None if root == PROC_NULL else self._take(root)
        pieces = Parcel(obj).pieces
        sizes = _longs(*(piece.nbytes for piece in pieces))
        self.Bcast(_longs(len(sizes)), root)
        self.Bcast(sizes, root)
        for piece in pieces:
            self.Bcast([piece, MPI.BYTE], root)
        return None if root == ROOT else obj

    def _take(self, root: int) -> Any:
        """What `root` broadcasts."""
        count = _longs(0)
        self.Bcast(count, root)
        sizes = _longs(*[0] * count[0])
        self.Bcast(sizes, root)
        *starts, end = places(sizes)
        memory = MPI.buffer.allocate(end)
        view = memoryview(memory)
        for start, size in zip(starts, sizes, strict=True):
            self.Bcast([view[start : start + size], MPI.BYTE], root)
        return unload(memory)

    def gather(self, sendobj: Any, root: int = 0) -> list[Any] | None:
        """Gather objects at `root` (MPI 5.0, section 6.5).

        Returns
        -------
        list or None
            One object of each process, at the root; None elsewhere.
        """
        receives, sends = self._gives(root), self._others_part(root)
        count = self._peers() if receives else 0
        given = join([Parcel(sendobj)]) if sends else None
        sizes = _longs(*[0] * count)
        self.Gather(_longs(len(given)) if given is not None else None, sizes if receives else None, root)
        memory = MPI.buffer.allocate(sum(sizes))
        self.Gatherv([given, MPI.BYTE] if sends else None, _blocks(memory, sizes) if receives else None, root)
        return split(memory, sizes) if receives else None

    def scatter(self, sendobj: Iterable[Any] | None, root: int = 0) -> Any:
        """Scatter the objects of a sequence from `root` (MPI 5.0, section 6.6).

        Parameters
        ----------
        sendobj : iterable
            One object for each process, counts at the root only; None is as many None.

        Returns
        -------
        object
            This process's; None at processes that receive nothing.
        """
        sends, receives = self._gives(root), self._others_part(root)
        parcels = _parcels(sendobj, self._peers()) if sends else []
        sizes = _longs(*(parcel.size for parcel in parcels))
        size = _longs(0)
        self.Scatter(sizes if sends else None, size if receives else None, root)
        memory = MPI.buffer.allocate(size[0])
        given = _blocks(join(parcels), sizes) if sends else None
        self.Scatterv(given, [memory, MPI.BYTE] if receives else None, root)
        return unload(memory) if memory else None

    def allgather(self, sendobj: Any) -> list[Any]:
        """Gather objects at all processes (MPI 5.0, section 6.7).

        Returns
        -------
        list
            One object of each process.
        """
        given = join([Parcel(sendobj)])
        sizes = _longs(*[0] * self._peers())
        self.Allgather(_longs(len(given)), sizes)
        memory = MPI.buffer.allocate(sum(sizes))
        self.Allgatherv([given, MPI.BYTE], _blocks(memory, sizes))
        return split(memory, sizes)

    def alltoall(self, sendobj: Iterable[Any] | None) -> list[Any]:
        """Send each process an object, and receive one of each (MPI 5.0, section 6.8).

        Parameters
        ----------
        sendobj : iterable
            One object for each process; None is as many None.

        Returns
        -------
        list
            One object of each process.
        """
        parcels = _parcels(sendobj, self._peers())
        given = _longs(*(parcel.size for parcel in parcels))
        sizes = _longs(*[0] * len(parcels))
        self.Alltoall(given, sizes)
        memory = MPI.buffer.allocate(sum(sizes))
        self.Alltoallv(_blocks(join(parcels), given), _blocks(memory, sizes))
        return split(memory, sizes)

    def _peers(self) -> int:
        """How many processes give to this one in a collective call."""
        return self.Get_remote_size() if self.Is_inter() else self.Get_size()  # type: ignore[attr-defined]

    def _gives(self, root: int) -> bool:
        """Is this process the root?"""
        return root == ROOT if self.Is_inter() else root == self.Get_rank()

    def _others_part(self, root: int) -> bool:
        """Has this process the part of those that are no root, perhaps besides the root's?"""
        return root not in (ROOT, PROC_NULL) if self.Is_inter() else True


class Intracomm(Comm, MPI.Intracomm):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Intracommunicator that sends buffers of objects from where they are."""


class Intercomm(Comm, MPI.Intercomm):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Intercommunicator that sends buffers of objects from where they are."""


def _longs(*numbers: int) -> "array[int]":
    return array("q", numbers)


def _blocks(memory: bytearray | MPI.buffer | None, sizes: Sequence[int]) -> list[Any]:
    """A buffer specification of blocks, one after the other."""
    return [memory, list(sizes), [0, *accumulate(sizes)][: len(sizes)], MPI.BYTE]


def _parcels(objects: Iterable[Any] | None, count: int) -> list[Parcel]:
    """A parcel for each process."""
    objects = [None] * count if objects is None else list(objects)
    if len(objects) != count:
        raise ValueError(f"expecting {count} items, got {len(objects)}")
    return [Parcel(obj) for obj in objects]
