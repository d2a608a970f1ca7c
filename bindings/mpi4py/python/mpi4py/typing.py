"""Types of what methods of `mpi4py.MPI` take, for annotations."""

from collections.abc import Sequence
from typing import Any, Protocol, SupportsIndex, TypeAlias, TypeVar, runtime_checkable

from .MPI import BottomType, Datatype, InPlaceType

__all__ = [
    "Aint",
    "Bottom",
    "BufSpec",
    "BufSpecB",
    "BufSpecV",
    "BufSpecW",
    "Buffer",
    "Count",
    "Displ",
    "InPlace",
    "Offset",
    "SupportsBuffer",
    "SupportsCAI",
    "SupportsDLPack",
    "TargetSpec",
    "TypeSpec",
]


@runtime_checkable
class SupportsBuffer(Protocol):
    """Has Python's buffer protocol (PEP 688), as bytes, bytearray, memoryview, array and NumPy's arrays have."""

    def __buffer__(self, flags: int, /) -> memoryview:
        """Give a view of the memory."""
        ...


@runtime_checkable
class SupportsDLPack(Protocol):
    """Has the protocol DLPack."""

    def __dlpack__(self, /, *, stream: int | Any | None = None) -> object:
        """Give the memory as a capsule."""
        ...

    def __dlpack_device__(self) -> tuple[int, int]:
        """Tell the kind and the number of the device."""
        ...


@runtime_checkable
class SupportsCAI(Protocol):
    """Has the CUDA Array Interface."""

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """Where the memory is, and its layout."""
        ...


Buffer: TypeAlias = SupportsBuffer | SupportsDLPack | SupportsCAI
"""Memory that methods read or write."""

Bottom: TypeAlias = BottomType | None
"""The start of all addresses: `MPI.BOTTOM`, or None."""

InPlace: TypeAlias = InPlaceType | None
"""The receive buffer's data is what is sent: `MPI.IN_PLACE`, or None."""

Aint: TypeAlias = SupportsIndex
"""An address."""

Count: TypeAlias = SupportsIndex
"""A number of items."""

Displ: TypeAlias = SupportsIndex
"""A displacement, in items or bytes."""

Offset: TypeAlias = SupportsIndex
"""A position in a file."""

TypeSpec: TypeAlias = Datatype | str
"""A datatype, or the typecode of one."""

_Counts: TypeAlias = Sequence[Count]
_Displs: TypeAlias = Sequence[Displ]
_Blocks: TypeAlias = tuple[_Counts, _Displs]

BufSpec: TypeAlias = (
    Buffer
    | tuple[Buffer, Count]
    | tuple[Buffer, TypeSpec]
    | tuple[Buffer, Count, TypeSpec]
    | tuple[Bottom, Count, Datatype]
    | list[Any]
)
"""A message: memory, and how many items of which datatype."""

BufSpecB: TypeAlias = (
    Buffer | tuple[Buffer, Count] | tuple[Buffer, TypeSpec] | tuple[Buffer, Count, TypeSpec] | list[Any]
)
"""A message of as many equal blocks as there are processes."""

BufSpecV: TypeAlias = (
    Buffer
    | tuple[Buffer, _Counts]
    | tuple[Buffer, _Blocks]
    | tuple[Buffer, TypeSpec]
    | tuple[Buffer, _Counts, TypeSpec]
    | tuple[Buffer, _Blocks, TypeSpec]
    | tuple[Buffer, _Counts, _Displs, TypeSpec]
    | tuple[Bottom, _Blocks, Datatype]
    | tuple[Bottom, _Counts, _Displs, Datatype]
    | list[Any]
)
"""A message of a block for each process, each with its count and displacement."""

BufSpecW: TypeAlias = (
    tuple[Buffer, Sequence[Datatype]]
    | tuple[Buffer, _Blocks, Sequence[Datatype]]
    | tuple[Buffer, _Counts, _Displs, Sequence[Datatype]]
    | tuple[Bottom, _Blocks, Sequence[Datatype]]
    | tuple[Bottom, _Counts, _Displs, Sequence[Datatype]]
    | list[Any]
)
"""A message of a block for each process, each with its count, displacement in bytes and datatype."""

TargetSpec: TypeAlias = (
    Displ | tuple[()] | tuple[Displ] | tuple[Displ, Count] | tuple[Displ, Count, TypeSpec] | list[Any]
)
"""A place in another process's window."""

S = TypeVar("S")
T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")
