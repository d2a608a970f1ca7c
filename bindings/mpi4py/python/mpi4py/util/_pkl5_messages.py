"""Objects as messages from one process to another.

An object without large buffers is one message, its pickle stream. Of another one there are several: a head, which tells what
follows; the stream; and each buffer from where it is, in blocks. A head is told from a stream by its length alone, so that
whoever probes for a message knows what belongs to it, and matches that too.

Threads may send and receive at once: the messages of an object are posted together and matched together.
"""

from collections.abc import Callable, Iterator, Sequence
from struct import pack, unpack_from
from threading import Lock
from typing import Any

from .. import MPI
from . import _parcel

# A head is as long as a multiple of _UNIT, less one byte. A stream of such a length has a head too, and so has an empty one.
_UNIT = 4096

_posting = Lock()
_matching = Lock()


class Incoming:
    """Memory for an object: its stream and its buffers, each where it is to stay. Without a head there is no blocksize."""

    __slots__ = ("_blocksize", "_parts")

    def __init__(self, sizes: Sequence[int], blocksize: int = 0) -> None:
        self._parts = [MPI.buffer.allocate(size) for size in sizes]
        self._blocksize = blocksize

    def blocks(self) -> Iterator[Any]:
        """A buffer specification for each message."""
        return _blocks(self._parts, self._blocksize)

    def load(self) -> Any:
        """The object, when all messages have arrived. A message of no bytes is None."""
        stream, *buffers = self._parts
        if not stream.nbytes and not self._blocksize:
            return None
        return _parcel.options.pickle.loads_oob(stream, buffers)


def _blocks(parts: Sequence[MPI.buffer], blocksize: int) -> Iterator[Any]:
    """Buffer specifications of the parts: the stream whole, buffers in blocks."""
    stream, *buffers = parts
    yield [stream, MPI.BYTE]
    for part in buffers:
        if part.nbytes <= blocksize:
            yield [part, MPI.BYTE]
        else:
            for start in range(0, part.nbytes, blocksize):
                yield [part[start : start + blocksize], MPI.BYTE]


def _head(parts: Sequence[MPI.buffer], blocksize: int) -> bytes:
    sizes = [part.nbytes for part in parts]
    head = pack(f"={len(sizes) + 2}q", blocksize, len(sizes), *sizes)
    return head + bytes(-(len(head) + 1) % _UNIT)


def post(send: Callable[[Any, int, int], MPI.Request], obj: Any, dest: int, tag: int) -> list[MPI.Request]:
    """Begin to send an object by a nonblocking method of `MPI.Comm`. The requests keep what is sent."""
    if dest == MPI.PROC_NULL:
        return [send([None, 0, MPI.BYTE], dest, tag)]
    stream, buffers = _parcel.options.pickle.dumps_oob(obj)
    stream = MPI.buffer(stream)
    if not buffers and stream.nbytes and (stream.nbytes + 1) % _UNIT:
        with _posting:
            return [send([stream, MPI.BYTE], dest, tag)]
    parts = [stream, *map(MPI.buffer, buffers)]
    blocksize = _parcel.options._bigmpi.blocksize
    with _posting:
        requests = [send([_head(parts, blocksize), MPI.BYTE], dest, tag)]
        requests += [send(block, dest, tag) for block in _blocks(parts, blocksize)]
    return requests


def match(
    comm: MPI.Comm, source: int, tag: int, status: MPI.Status | None
) -> tuple[list[MPI.Message], Incoming] | None:
    """Match the messages of an object, if its first one is there; the others are on their way.

    Returns
    -------
    messages : list of MPI.Message
        They are to be received into what `Incoming.blocks` gives.
    incoming : Incoming
        Memory for them.
    """
    status = MPI.Status() if status is None else status
    with _matching:
        message = MPI.Comm.Improbe(comm, source, tag, status)
        if message is None:
            return None
        size = status.Get_elements(MPI.BYTE)
        if (size + 1) % _UNIT:
            return [message], Incoming([size])
        head = bytearray(size)
        message.Recv([head, MPI.BYTE], status)
        blocksize, count = unpack_from("=2q", head)
        incoming = Incoming(unpack_from(f"={count}q", head, 16), blocksize)
        source, tag = status.source, status.tag
        return [MPI.Comm.Mprobe(comm, source, tag) for _ in incoming.blocks()], incoming
