"""Convert between datatypes of NumPy and of MPI."""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import MPI

if TYPE_CHECKING:
    from numpy import dtype
    from numpy.typing import DTypeLike

try:
    from numpy import dtype as _np_dtype
except ImportError:
    _np_dtype = None  # type: ignore[assignment,misc]

# Text: the code of one character, and its size.
_ITEMS = {"S": ("c", 1), "U": ("w", 4)}

# MPI's pairs of a value and an int, by the code of the value.
_PAIRS = {
    "FLOAT_INT": "f",
    "DOUBLE_INT": "d",
    "LONG_INT": "l",
    "TWOINT": "i",
    "SHORT_INT": "h",
    "LONG_DOUBLE_INT": "g",
}

# Codes of MPI whose items NumPy has as text of one character.
_TEXT = {"S": "S1", "U": "U1"}

# Codes of NumPy that MPI has as integers of 8 bytes.
_TIMES = {"M": "q", "m": "q"}


def from_numpy_dtype(dtype: "DTypeLike") -> MPI.Datatype:
    """Return the MPI datatype that lays data out as a datatype of NumPy does.

    Parameters
    ----------
    dtype : numpy.dtype
        Or what ``numpy.dtype()`` takes.

    Returns
    -------
    MPI.Datatype
        A new one: commit it before it is used, and free it after.

    Raises
    ------
    ValueError
        The data is in foreign byte order, or has objects or other items that MPI does not know.
    RuntimeError
        There is no NumPy.
    """
    if _np_dtype is None:
        raise RuntimeError("NumPy is not available")
    return _from_dtype(_np_dtype(dtype))


def _from_dtype(dtype: "dtype[Any]") -> MPI.Datatype:
    if dtype.hasobject:
        raise ValueError("NumPy datatype with object entries")
    if not dtype.isnative:
        raise ValueError("NumPy datatype with non-native byteorder")
    fields: Any = dtype.fields
    if fields is not None:
        return _structure([fields[name] for name in dtype.names or ()], dtype.itemsize)
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        item = _from_dtype(base)
        try:
            # A whole array is a part of itself, and keeps its shape.
            return item.Create_subarray(shape, shape, [0] * len(shape))
        finally:
            item.Free()
    if dtype.char in _ITEMS:
        code, size = _ITEMS[dtype.char]
        count = dtype.itemsize // size
        item = _fitting(code, size, dtype)
        return item.Create_contiguous(count) if count > 1 else item.Dup()
    return _fitting(_TIMES.get(dtype.char, dtype.char), dtype.itemsize, dtype).Dup()


def _fitting(code: str, size: int, dtype: "dtype[Any]") -> MPI.Datatype:
    """The predefined datatype of a typecode, if its items have the size; else of the kind and the size."""
    for name in (code, f"{dtype.kind}{size}"):
        try:
            datatype = MPI.Datatype.fromcode(name)
        except ValueError:
            continue
        if datatype != MPI.DATATYPE_NULL and datatype.Get_size() == size:
            return datatype
    raise ValueError(f"cannot map NumPy datatype {dtype} to an MPI datatype")


def _structure(fields: Sequence[tuple[Any, ...]], size: int) -> MPI.Datatype:
    """A datatype with fields, as long as NumPy has it."""
    items = [_from_dtype(field[0]) for field in fields]
    try:
        packed = MPI.Datatype.Create_struct([1] * len(items), [field[1] for field in fields], items)
    finally:
        for item in items:
            item.Free()
    try:
        return packed.Create_resized(0, size)
    finally:
        packed.Free()


def to_numpy_dtype(datatype: MPI.Datatype) -> Any:
    """Return the datatype of NumPy that lays data out as an MPI datatype does.

    Parameters
    ----------
    datatype : MPI.Datatype

    Returns
    -------
    numpy.dtype
        Blocks become its fields ``f0``, ``f1``, … Without NumPy, what ``numpy.dtype()`` would take: a typecode, a tuple
        of that and a shape, or a dictionary of fields.

    Raises
    ------
    ValueError
        NumPy has no such layout: items before the start, a part of an array, an extent that is no struct's.
    """
    return _made(_layout(datatype).spec)


def _made(spec: Any) -> Any:
    return spec if _np_dtype is None else _np_dtype(spec)


class _Layout(NamedTuple):
    """How data is laid out: `spec` says it to ``numpy.dtype()``, numbers are in bytes."""

    spec: Any
    size: int
    alignment: int
    # What it has fields of, and where they are.
    items: "Sequence[_Layout]" = ()
    offsets: Sequence[int] = ()

    def times(self, *shape: int) -> "_Layout":
        """An array of such items."""
        return _Layout((self.spec, shape), prod(shape) * self.size, self.alignment)


def _layout(datatype: MPI.Datatype) -> _Layout:
    if datatype == MPI.DATATYPE_NULL:
        raise ValueError("cannot convert null MPI datatype to NumPy")
    if datatype.is_predefined:
        return _predefined(datatype)
    base, combiner, contents = datatype.decode()
    parts = contents["datatypes"] if combiner == "STRUCT" else [base]
    try:
        return _derived(datatype, parts, combiner, contents)
    finally:
        for part in parts:
            if not part.is_predefined:
                part.Free()


def _predefined(datatype: MPI.Datatype) -> _Layout:
    try:
        code = datatype.tocode()
    except ValueError:
        return _pair(datatype)
    return _Layout(_TEXT.get(code, code), datatype.Get_size(), MPI._typealign(datatype) or 1)


def _pair(datatype: MPI.Datatype) -> _Layout:
    code = next((code for name, code in _PAIRS.items() if datatype == getattr(MPI, name)), None)
    if code is None:
        raise ValueError(f"cannot convert MPI datatype {datatype.Get_name()} to NumPy")
    value, index = (_predefined(MPI.Datatype.fromcode(each)) for each in (code, "i"))
    place = _rounded(value.size, index.alignment)
    alignment = max(value.alignment, index.alignment)
    return _fields([value, index], [0, place], _rounded(place + index.size, alignment))


def _rounded(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment


def _derived(
    datatype: MPI.Datatype, parts: Sequence[MPI.Datatype], combiner: str, contents: Mapping[str, Any]
) -> _Layout:
    """The layout of a datatype that was made of others."""
    if combiner == "STRUCT":
        blocks = zip(parts, contents["blocklengths"], strict=True)
        items = [_layout(part).times(length) if length != 1 else _layout(part) for part, length in blocks]
        return _fields(items, contents["displacements"], datatype.extent)
    [base] = parts
    item = _layout(base)
    if combiner == "DUP":
        return item
    if combiner == "CONTIGUOUS":
        return item.times(contents["count"])
    if combiner == "RESIZED" and item.items and contents["lb"] == 0:
        return _fields(item.items, item.offsets, contents["extent"])
    if combiner == "SUBARRAY" and contents["sizes"] == contents["subsizes"]:
        return item.times(*(contents["sizes"] if contents["order"] == MPI.ORDER_C else contents["sizes"][::-1]))
    if combiner not in _BLOCKS:
        raise ValueError(f"cannot convert {combiner.lower()} MPI datatype to NumPy")
    lengths, places = _BLOCKS[combiner](contents, base.Get_extent()[1])
    return _fields([item.times(length) for length in lengths], places, datatype.extent)


# Lengths in items and places in bytes of the blocks, of (contents, extent of an item).
_Blocks = Callable[[Mapping[str, Any], int], tuple[Sequence[int], Sequence[int]]]


def _strided(step: Callable[[int], int]) -> _Blocks:
    """Blocks at equal distances; `step` is the unit of the stride, a function of the item's extent."""

    def blocks(contents: Mapping[str, Any], extent: int) -> tuple[Sequence[int], Sequence[int]]:
        count, stride = contents["count"], contents["stride"] * step(extent)
        return [contents["blocklength"]] * count, [index * stride for index in range(count)]

    return blocks


def _placed(step: Callable[[int], int]) -> _Blocks:
    """Blocks at displacements of their own."""

    def blocks(contents: Mapping[str, Any], extent: int) -> tuple[Sequence[int], Sequence[int]]:
        places = [place * step(extent) for place in contents["displacements"]]
        return contents.get("blocklengths") or [contents["blocklength"]] * len(places) if places else [], places

    return blocks


def _items(extent: int) -> int:
    return extent


def _bytes(_extent: int) -> int:
    return 1


# Combiners whose contents are blocks of one datatype.
_BLOCKS: dict[str, _Blocks] = {
    "VECTOR": _strided(_items),
    "HVECTOR": _strided(_bytes),
    "INDEXED": _placed(_items),
    "HINDEXED": _placed(_bytes),
    "INDEXED_BLOCK": _placed(_items),
    "HINDEXED_BLOCK": _placed(_bytes),
}


def _fields(items: Sequence[_Layout], offsets: Sequence[int], size: int) -> _Layout:
    """Fields ``f0``, ``f1``, …, aligned if that can be."""
    alignment, aligned = 1, True
    for item, offset in zip(items, offsets, strict=True):
        if offset < 0:
            raise ValueError(f"cannot convert MPI datatype to NumPy: it has items {-offset} bytes before its start")
        # The extent does not count what is before the first item, which NumPy does.
        size = max(size, offset + item.size)
        alignment = max(alignment, item.alignment)
        aligned = aligned and offset % item.alignment == 0
    aligned = aligned and size % alignment == 0
    spec = {
        "names": [f"f{index}" for index in range(len(items))],
        "formats": [item.spec for item in items],
        "offsets": list(offsets),
        "itemsize": size,
        "aligned": aligned,
    }
    # Made at once: NumPy would align what is in it too.
    return _Layout(_made(spec), size, alignment if aligned else 1, items, offsets)
