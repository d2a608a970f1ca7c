"""Objects as messages from one process to another.

A small object without large buffers is one message, its pickle stream. Of another one there are several: a head, which tells
what follows, and holds the stream if there is room; and each buffer from where it is, in blocks. A head is told from a stream
by its length alone, so that whoever probes for a message knows what belongs to it, and matches that too.

There is a most that the first message has, so that it can be received without a probe.

Threads may send and receive at once: the messages of an object are posted together and matched together.
"""

# Not `threading.active_count`, which is several times as slow: each object asks twice.
from _thread import _count as other_threads
from collections.abc import Callable, Sequence
from struct import pack, unpack_from
from threading import Lock
from typing import Any

from .. import MPI
from . import _parcel

# A head is as long as a multiple of _UNIT, less one byte. A stream of such a length follows a head, and so does an empty one.
_UNIT = 512

# The most bytes of a first message. From 128 KiB on, the memory for it would be fetched from the kernel and given back each time.
_FIRST = 240 * _UNIT - 1

# The most buffers that a head can tell of. Who has more has small ones.
_MOST = _FIRST // 8 - 4

Blocking = Callable[[Any, int, int], None]
Nonblocking = Callable[[Any, int, int], MPI.Request]

_posting = Lock()
_matching = Lock()


class Incoming:
    """Memory for an object: its stream and its buffers, each where it is to stay."""

    __slots__ = ("_blocksize", "_expected", "_known")

    def __init__(self, sizes: Sequence[int], blocksize: int = 0, stream: MPI.buffer | None = None) -> None:
        self._expected = [MPI.buffer.allocate(size) for size in sizes]
        self._blocksize = blocksize
        self._known = [] if stream is None else [stream]

    def blocks(self) -> list[Any]:
        """A buffer specification for each message that is expected."""
        return _blocks(self._expected, self._blocksize)

    def load(self) -> Any:
        """The object, when all messages have arrived. A message of no bytes is None."""
        stream, *buffers = self._known + self._expected
        if not stream.nbytes and not self._blocksize:
            return None
        return _parcel.options.pickle.loads_oob(stream, buffers)


def alone() -> bool:
    """Whether no other thread of this process can send or receive."""
    return not other_threads()


def _blocks(parts: Sequence[MPI.buffer], blocksize: int) -> list[Any]:
    """Buffer specifications of the parts, in blocks; without a blocksize whole."""
    blocks: list[Any] = []
    for part in parts:
        if not blocksize or part.nbytes <= blocksize:
            blocks.append([part, MPI.BYTE])
        else:
            starts = range(0, part.nbytes, blocksize)
            blocks += [[part[start : start + blocksize], MPI.BYTE] for start in starts]
    return blocks


def _messages(obj: Any, dest: int) -> list[Any]:
    """A buffer specification for each message of an object."""
    if dest == MPI.PROC_NULL:
        return [[None, 0, MPI.BYTE]]
    pickle = _parcel.options.pickle
    dumped, buffers = pickle.dumps_oob(obj)
    if len(buffers) > _MOST:
        dumped, buffers = pickle.dumps(obj), []
    stream = dumped if type(dumped) is bytes else MPI.buffer(dumped)
    size = len(stream)
    if not buffers and size <= _FIRST and size and (size + 1) % _UNIT:
        return [[stream, MPI.BYTE]]
    parts = [part if type(part) is MPI.buffer else MPI.buffer(part) for part in buffers]
    length = size if parts and 8 * (len(parts) + 3) + size <= _FIRST else -1
    if length < 0:
        parts = [MPI.buffer(stream), *parts]
    blocksize = _parcel.options._bigmpi.blocksize
    numbers = pack(f"={len(parts) + 3}q", blocksize, length, len(parts), *[part.nbytes for part in parts])
    used = len(numbers) + max(length, 0)
    head = b"".join((numbers, stream if length >= 0 else b"", bytes(-(used + 1) % _UNIT)))
    return [[head, MPI.BYTE], *_blocks(parts, blocksize)]


def _incoming(head: MPI.buffer) -> Incoming:
    """What a head tells of: the blocksize, the length of the stream in it (-1: the first part is it), and the parts' sizes."""
    blocksize, length, count, first = unpack_from("=4q", head)
    sizes = (first,) if count == 1 else unpack_from(f"={count}q", head, 24)
    start = 8 * (3 + count)
    stream = None if length < 0 else head[start : start + length]
    return Incoming(sizes, blocksize, stream)


def _post(send: Nonblocking, messages: list[Any], dest: int, tag: int) -> list[MPI.Request]:
    with _posting:
        return [send(message, dest, tag) for message in messages]


def post(send: Nonblocking, obj: Any, dest: int, tag: int) -> list[MPI.Request]:
    """Begin to send an object by a nonblocking method of `MPI.Comm`. The requests keep what is sent."""
    return _post(send, _messages(obj, dest), dest, tag)


def deliver(send: Blocking, isend: Nonblocking, obj: Any, dest: int, tag: int) -> None:
    """Send an object by a blocking method of `MPI.Comm`, and what goes before the last message by the nonblocking one of its mode."""
    *before, last = _messages(obj, dest)
    if alone():
        requests = [isend(message, dest, tag) for message in before]
        send(last, dest, tag)
    else:
        requests = _post(isend, [*before, last], dest, tag)
    for request in requests:
        request.Wait()


def match(
    comm: MPI.Comm, source: int, tag: int, status: MPI.Status | None, *, wait: bool
) -> tuple[list[MPI.Message], Incoming] | None:
    """Match the messages of an object, if its first one is there or to be waited for; the others are on their way.

    Returns
    -------
    messages : list of MPI.Message
        They are to be received into what `Incoming.blocks` gives.
    incoming : Incoming
        Memory for them.
    """
    status = MPI.Status() if status is None else status
    if wait and alone():
        # No other thread can match what belongs to this message.
        return _matched(comm, MPI.Comm.Mprobe(comm, source, tag, status), status)
    while True:
        with _matching:
            message = MPI.Comm.Improbe(comm, source, tag, status)
            if message is not None:
                return _matched(comm, message, status)
        if not wait:
            return None


def _matched(comm: MPI.Comm, message: MPI.Message, status: MPI.Status) -> tuple[list[MPI.Message], Incoming]:
    """All messages of the object whose first one was matched."""
    incoming = _opened(message, status)
    if message:
        return [message], incoming
    source, tag = status.source, status.tag
    return [MPI.Comm.Mprobe(comm, source, tag) for _ in incoming.blocks()], incoming


def _opened(message: MPI.Message, status: MPI.Status) -> Incoming:
    """Memory for the object of a message, which, if it is a head, is received."""
    size = status.Get_elements(MPI.BYTE)
    if (size + 1) % _UNIT:
        return Incoming([size])
    head = MPI.buffer.allocate(size)
    message.Recv([head, MPI.BYTE], status)
    return _incoming(head)


def receive_alone(comm: MPI.Comm, source: int, tag: int, status: MPI.Status | None) -> Any:
    """Receive an object where no other thread can receive what belongs to it."""
    status = MPI.Status() if status is None else status
    first = MPI.buffer.allocate(_FIRST)
    MPI.Comm.Recv(comm, [first, MPI.BYTE], source, tag, status)
    size = status.Get_count(MPI.BYTE)
    if (size + 1) % _UNIT:
        return Incoming([], stream=first[:size]).load()
    incoming = _incoming(first)
    source, tag = status.source, status.tag
    for block in incoming.blocks():
        MPI.Comm.Recv(comm, block, source, tag, status)
    return incoming.load()
