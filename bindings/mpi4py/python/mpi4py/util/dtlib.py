"""Convert between datatypes of NumPy and of MPI."""

from .. import MPI

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

# Codes of NumPy that MPI has as integers of 8 bytes.
_TIMES = {"M": "q", "m": "q"}


def from_numpy_dtype(dtype):
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
    """
    from numpy import dtype as numpy_dtype

    dtype = numpy_dtype(dtype)
    if dtype.hasobject:
        raise ValueError("NumPy datatype with object entries")
    if not dtype.isnative:
        raise ValueError("NumPy datatype with non-native byteorder")
    if dtype.fields is not None:
        return _structure(dtype)
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        item = from_numpy_dtype(base)
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


def _fitting(code, size, dtype):
    """The predefined datatype of a typecode, if its items have the size."""
    try:
        datatype = MPI.Datatype.fromcode(code)
    except ValueError:
        datatype = MPI.DATATYPE_NULL
    if datatype == MPI.DATATYPE_NULL or datatype.Get_size() != size:
        raise ValueError(f"cannot map NumPy datatype {dtype} to an MPI datatype")
    return datatype


def _structure(dtype):
    """A datatype with fields, as long as NumPy has it."""
    fields = [dtype.fields[name] for name in dtype.names]
    items = [from_numpy_dtype(field[0]) for field in fields]
    try:
        packed = MPI.Datatype.Create_struct([1] * len(items), [field[1] for field in fields], items)
    finally:
        for item in items:
            item.Free()
    try:
        return packed.Create_resized(0, dtype.itemsize)
    finally:
        packed.Free()


def to_numpy_dtype(datatype):
    """Return the datatype of NumPy that lays data out as an MPI datatype does.

    Parameters
    ----------
    datatype : MPI.Datatype

    Returns
    -------
    numpy.dtype
        Blocks become its fields ``f0``, ``f1``, …

    Raises
    ------
    ValueError
        NumPy has no such layout: items before the start, a part of an array, an extent that is no struct's.
    """
    from numpy import dtype as numpy_dtype

    if datatype == MPI.DATATYPE_NULL:
        raise ValueError("cannot convert null MPI datatype to NumPy")
    if datatype.is_predefined:
        return numpy_dtype(_predefined(datatype))
    base, combiner, contents = datatype.decode()
    parts = contents["datatypes"] if combiner == "STRUCT" else [base]
    try:
        return _read(datatype, parts, combiner, contents)
    finally:
        for part in parts:
            if not part.is_predefined:
                part.Free()


def _predefined(datatype):
    """What NumPy calls a predefined datatype."""
    from numpy import dtype as numpy_dtype

    for name, code in _PAIRS.items():
        if datatype == getattr(MPI, name):
            return numpy_dtype([("f0", code), ("f1", "i")], align=True)
    try:
        code = datatype.tocode()
    except ValueError:
        raise ValueError(f"cannot convert MPI datatype {datatype.Get_name()} to NumPy") from None
    return numpy_dtype({"c": "S1", "S": "S1", "U": "U1"}.get(code, code))


def _read(datatype, parts, combiner, contents):
    """What NumPy calls a datatype that was made of others."""
    from numpy import dtype as numpy_dtype

    if combiner == "STRUCT":
        blocks = zip(parts, contents["blocklengths"], contents["displacements"], strict=True)
        formats = [(to_numpy_dtype(part), (length,)) if length != 1 else to_numpy_dtype(part) for part, length, _ in blocks]
        return _fields(formats, contents["displacements"], datatype.extent)
    [base] = parts
    item = to_numpy_dtype(base)
    if combiner == "DUP":
        return item
    if combiner == "CONTIGUOUS":
        return numpy_dtype((item, (contents["count"],)))
    if combiner == "RESIZED" and item.fields and contents["lb"] == 0:
        fields = [item.fields[name] for name in item.names]
        return _fields([field[0] for field in fields], [field[1] for field in fields], contents["extent"])
    if combiner == "SUBARRAY" and contents["sizes"] == contents["subsizes"]:
        shape = contents["sizes"] if contents["order"] == MPI.ORDER_C else contents["sizes"][::-1]
        return numpy_dtype((item, tuple(shape)))
    if combiner not in _BLOCKS:
        raise ValueError(f"cannot convert {combiner.lower()} MPI datatype to NumPy")
    lengths, places = _BLOCKS[combiner](contents, base.Get_extent()[1])
    return _fields([(item, (length,)) for length in lengths], places, datatype.extent)


def _strided(step):
    """Blocks at equal distances; `step` is the unit of the stride, a function of the item's extent."""

    def blocks(contents, extent):
        count, stride = contents["count"], contents["stride"] * step(extent)
        return [contents["blocklength"]] * count, [index * stride for index in range(count)]

    return blocks


def _placed(step):
    """Blocks at displacements of their own."""

    def blocks(contents, extent):
        places = [place * step(extent) for place in contents["displacements"]]
        return contents.get("blocklengths") or [contents["blocklength"]] * len(places) if places else [], places

    return blocks


def _items(extent):
    return extent


def _bytes(_extent):
    return 1


# Combiners whose contents are blocks of one datatype: (contents, extent) -> lengths in items, places in bytes.
_BLOCKS = {
    "VECTOR": _strided(_items),
    "HVECTOR": _strided(_bytes),
    "INDEXED": _placed(_items),
    "HINDEXED": _placed(_bytes),
    "INDEXED_BLOCK": _placed(_items),
    "HINDEXED_BLOCK": _placed(_bytes),
}


def _fields(formats, offsets, size):
    """A datatype with fields ``f0``, ``f1``, …, an aligned one if NumPy finds it to be."""
    from numpy import dtype as numpy_dtype

    if min(offsets, default=0) < 0:
        raise ValueError(f"cannot convert MPI datatype to NumPy: it has items {-min(offsets)} bytes before its start")
    # The extent does not count what is before the first item, which NumPy does.
    ends = [offset + numpy_dtype(item).itemsize for offset, item in zip(offsets, formats, strict=True)]
    layout = {
        "names": [f"f{index}" for index in range(len(formats))],
        "formats": formats,
        "offsets": list(offsets),
        "itemsize": max(size, *ends, 0),
    }
    try:
        return numpy_dtype(layout, align=True)
    except ValueError:
        return numpy_dtype(layout)
