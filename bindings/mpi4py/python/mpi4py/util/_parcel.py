"""Objects as bytes: a pickle stream and the buffers that pickle left out of it, laid out one after the other.

The sender hands MPI the buffers where they are, by a datatype of absolute addresses; the receiver has them in one piece
of memory, which the object's parts then share. An object is one message whatever its parts, so that threads which send
and receive at once cannot mix the messages of two.
"""

from collections.abc import Sequence
from itertools import accumulate
from struct import pack, unpack_from
from types import ModuleType
from typing import Any

from .. import MPI

# `mpi4py.util.pkl5`, which says so: programs may replace its `pickle`, and the one that is there counts.
options: ModuleType

_ALIGNMENT = 16
_PADDING = bytes(_ALIGNMENT)
# What a parcel begins with, before the number of its parts. A stream that goes alone does not begin so.
_MARK = b"\x93parcel\n"


def _gap(size: int) -> int:
    """Bytes that are missing to the next aligned position."""
    return -size % _ALIGNMENT


class Parcel:
    """An object on its way: `size` bytes in `pieces`. Its memory is valid while the parcel lives.

    With `alone`, one that is all of a message, and so may be a bare stream.
    """

    __slots__ = ("_datatype", "pieces", "size")

    def __init__(self, obj: Any, *, alone: bool = False) -> None:
        stream, buffers = options.pickle.dumps_oob(obj)
        self._datatype: MPI.Datatype | None = None
        if alone and not buffers:
            piece = MPI.buffer(stream)
            if piece.nbytes and memoryview(piece)[: len(_MARK)] != _MARK:
                # The stream itself: there is no need to tell its size, nor to copy it behind a head.
                self.pieces, self.size = [piece], piece.nbytes
                return
        parts = [MPI.buffer(part) for part in (stream, *buffers)]
        sizes = [part.nbytes for part in parts]
        head = _MARK + pack(f"={len(sizes) + 1}q", len(sizes), *sizes)
        # The stream is copied behind the head: it is short when buffers are left out of it.
        first = b"".join([head, bytes(_gap(len(head))), parts[0], bytes(_gap(sizes[0]))])
        self.pieces = [MPI.buffer(first), *parts[1:]]
        self.size = sum(piece.nbytes + _gap(piece.nbytes) for piece in self.pieces)

    @property
    def message(self) -> Any:
        """What to send from one process to another, a buffer specification. `free` frees its datatype.

        Collective calls get joined bytes or single pieces: Open MPI's ``Allgatherv`` of an intercommunicator fails with a
        datatype of absolute addresses, and its ``Bcast`` in segments relies on the same datatype everywhere.
        """
        if len(self.pieces) == 1:
            return [self.pieces[0], MPI.BYTE]
        if self._datatype is None:
            padding = MPI.Get_address(_PADDING)
            blocksize = options._bigmpi.blocksize
            lengths, places = [], []
            for piece in self.pieces:
                for start in range(0, piece.nbytes, blocksize):
                    lengths.append(min(blocksize, piece.nbytes - start))
                    places.append(MPI.Aint_add(piece.address, start))
                if gap := _gap(piece.nbytes):
                    lengths.append(gap)
                    places.append(padding)
            self._datatype = MPI.BYTE.Create_hindexed(lengths, places).Commit()
        return [MPI.BOTTOM, 1, self._datatype]

    def free(self) -> None:
        """Free the datatype: MPI keeps it for the calls that were begun."""
        if self._datatype is not None:
            self._datatype.Free()
            self._datatype = None

    def __enter__(self) -> "Parcel":
        return self

    def __exit__(self, *exc: object) -> None:
        self.free()


def unload(memory: Any) -> Any:
    """The object in the bytes of a parcel; its parts keep the memory."""
    view = memoryview(memory)
    if view[: len(_MARK)] != _MARK:
        return options.pickle.loads_oob(view, [])
    (count,) = unpack_from("=q", view, len(_MARK))
    sizes = unpack_from(f"={count}q", view, len(_MARK) + 8)
    position = len(_MARK) + 8 * (count + 1)
    parts = []
    for size in sizes:
        position += _gap(position)
        parts.append(view[position : position + size])
        position += size
    return options.pickle.loads_oob(parts[0], parts[1:])


def join(parcels: Sequence[Parcel]) -> bytearray:
    """The bytes of several parcels, one after the other."""
    joined = bytearray(sum(parcel.size for parcel in parcels))
    position = 0
    for parcel in parcels:
        for piece in parcel.pieces:
            joined[position : position + piece.nbytes] = memoryview(piece)
            position += piece.nbytes + _gap(piece.nbytes)
    return joined


def places(sizes: Sequence[int]) -> list[int]:
    """Where the pieces of so many bytes are in a parcel, and where it ends."""
    return [0, *accumulate(size + _gap(size) for size in sizes)]


def split(memory: Any, sizes: Sequence[int]) -> list[Any]:
    """The objects in the bytes of several parcels."""
    view = memoryview(memory)
    objects, position = [], 0
    for size in sizes:
        objects.append(unload(view[position : position + size]))
        position += size
    return objects
