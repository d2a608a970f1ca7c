"""Objects as bytes for collective calls: a pickle stream and the buffers that pickle left out of it, one after the other.

The receiver has them in one piece of memory, which the object's parts then share.
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


def _gap(size: int) -> int:
    """Bytes that are missing to the next aligned position."""
    return -size % _ALIGNMENT


class Parcel:
    """An object for a collective call: `size` bytes in `pieces`, which may go one by one or joined."""

    __slots__ = ("pieces", "size")

    def __init__(self, obj: Any) -> None:
        stream, buffers = options.pickle.dumps_oob(obj)
        parts = [MPI.buffer(part) for part in (stream, *buffers)]
        sizes = [part.nbytes for part in parts]
        head = pack(f"={len(sizes) + 1}q", len(sizes), *sizes)
        # The stream is copied behind the head: it is short when buffers are left out of it.
        first = b"".join([head, bytes(_gap(len(head))), parts[0], bytes(_gap(sizes[0]))])
        self.pieces = [MPI.buffer(first), *parts[1:]]
        self.size = sum(piece.nbytes + _gap(piece.nbytes) for piece in self.pieces)


def unload(memory: Any) -> Any:
    """The object in the bytes of a parcel; its parts keep the memory."""
    view = memoryview(memory)
    (count,) = unpack_from("=q", view)
    sizes = unpack_from(f"={count}q", view, 8)
    position = 8 * (count + 1)
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
