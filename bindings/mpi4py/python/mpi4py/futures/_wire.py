"""Pickled objects over an intercommunicator, without ever blocking in MPI.

Objects go by one message, or with out-of-band buffers: a message of lengths, the pickle, and each buffer. A message
of no bytes says that nothing more will come.
"""

import contextlib
import struct
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from mpi4py import MPI

_POLLS_BEFORE_SLEEP = 32
_SHORTEST_SLEEP = 1e-6

# Held around every call of MPI when the library does not allow threads to call it at the same time.
_serial: contextlib.AbstractContextManager[object] = contextlib.nullcontext()


def check_threads() -> None:
    """Serialise our calls of MPI where its level of thread support asks for it."""
    global _serial
    level = MPI.Query_thread()
    if level >= MPI.THREAD_MULTIPLE or not isinstance(_serial, contextlib.nullcontext):
        return
    _serial = threading.RLock()
    if level < MPI.THREAD_SERIALIZED:
        from warnings import warn

        warn(
            "mpi4py.futures calls MPI from a thread of its own, but MPI's level of thread support is below "
            "MPI.THREAD_SERIALIZED: initialize MPI with mpi4py.rc.thread_level = 'multiple'",
            RuntimeWarning,
            stacklevel=4,
        )


def serialized() -> contextlib.AbstractContextManager[object]:
    """What to hold around a call of MPI."""
    return _serial


class Backoff:
    """Waits between polls: first it only yields, then it sleeps longer and longer."""

    __slots__ = ("longest", "polls", "seconds")

    def __init__(self, longest: float) -> None:
        self.longest = longest
        self.reset()

    def reset(self) -> None:
        """Something came."""
        self.polls = 0
        self.seconds = 0.0

    def next(self) -> float:
        """How many seconds to wait before the next poll."""
        self.polls += 1
        if self.polls > _POLLS_BEFORE_SLEEP:
            self.seconds = min(max(2 * self.seconds, _SHORTEST_SLEEP), self.longest)
        return self.seconds


class Arrival(NamedTuple):
    """A message that was received: whence, with which tag, and its bytes (none: the end)."""

    source: int
    tag: int
    data: bytearray


class Link:
    """One side of an intercommunicator between a master and its workers."""

    def __init__(self, comm: MPI.Intercomm, watch: Callable[[], None] | None = None) -> None:
        """`watch` is called while waiting: it raises when the other side is gone."""
        self.comm = comm
        self.watch = watch
        with _serial:
            # What goes wrong must be raised here, whatever the process asks for elsewhere.
            comm.Set_errhandler(MPI.ERRORS_RETURN)

    def post(self, data: bytes, rank: int, tag: int) -> MPI.Request:
        """Begin to send one message."""
        with _serial:
            return self.comm.Isend([data, MPI.BYTE], rank, tag)

    def post_object(self, obj: Any, rank: int, tag: int, out_of_band: bool) -> list[MPI.Request]:
        """Pickle an object and begin to send it. It raises what pickling raises before anything is sent."""
        return [self.post(part, rank, tag) for part in pack(obj, out_of_band)]

    def poll(self, tag: int = MPI.ANY_TAG) -> Arrival | None:
        """What has come, if anything has."""
        with _serial:
            status = MPI.Status()
            message = self.comm.Improbe(MPI.ANY_SOURCE, tag, status)
            if message is None:
                return None
            data = bytearray(status.Get_count(MPI.BYTE))
            request = message.Irecv([data, MPI.BYTE])
        self.complete([request])
        return Arrival(status.Get_source(), status.Get_tag(), data)

    def wait(self, backoff: float, tag: int = MPI.ANY_TAG) -> Arrival:
        """What comes next."""
        pause = Backoff(backoff)
        while (arrival := self.poll(tag)) is None:
            self._pause(pause)
        return arrival

    def unpack(self, arrival: Arrival, out_of_band: bool) -> Any:
        """The object that an arrival is, or begins."""
        if not out_of_band:
            return MPI.pickle.loads(arrival.data)
        lengths = struct.unpack(f"{len(arrival.data) // 8}q", arrival.data)
        parts = [bytearray(length) for length in lengths]
        with _serial:
            requests = [self.comm.Irecv([part, MPI.BYTE], arrival.source, arrival.tag) for part in parts]
        self.complete(requests)
        return MPI.pickle.loads_oob(parts[0], parts[1:])

    def complete(self, requests: Sequence[MPI.Request]) -> None:
        """Wait until the requests are done."""
        pause = Backoff(0.001)
        for request in requests:
            while True:
                with _serial:
                    if request.Test():
                        break
                self._pause(pause)

    def _pause(self, pause: Backoff) -> None:
        if self.watch is not None:
            self.watch()
        time.sleep(pause.next())


def pack(obj: Any, out_of_band: bool) -> list[Any]:
    """The messages that an object is."""
    if not out_of_band:
        return [MPI.pickle.dumps(obj)]
    data, buffers = MPI.pickle.dumps_oob(obj)
    parts = [data, *(memoryview(buffer).cast("B") for buffer in buffers)]
    return [struct.pack(f"{len(parts)}q", *map(len, parts)), *parts]
