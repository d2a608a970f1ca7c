"""Datatypes: constructors, what a type tells of itself, packing, addresses, memory."""

STRUCT = "t = MPI.Datatype.Create_struct([1, 2], [0, 8], [MPI.INT, MPI.DOUBLE]).Commit(); at_end(t.Free)"
EVERY_OTHER = "t = MPI.DOUBLE.Create_vector(4, 1, 2).Commit(); at_end(t.Free)"
SAME = "(b == a).all()"


def made(call, size, extent):
    """A row that makes a type and frees it; the check makes it once more and asks for its size and extent, in bytes."""
    name = call.split("(")[0].removeprefix("MPI.").removeprefix("Datatype.").removeprefix("DOUBLE.")
    check = f"t == MPI.DATATYPE_NULL and (u := {call}).size == {size} and u.extent == {extent} and not u.Free()"
    return (f"Datatype.{name} + Free", "", f"t = {call}; t.Free()", check)


STATEMENTS = [
    # name, setup, statement, check
    made("MPI.DOUBLE.Create_contiguous(3)", 24, 24),
    made("MPI.DOUBLE.Create_hvector(2, 1, 32)", 16, 40),
    made("MPI.DOUBLE.Create_indexed([1, 2], [0, 4])", 24, 48),
    made("MPI.DOUBLE.Create_hindexed([1, 2], [0, 32])", 24, 48),
    made("MPI.DOUBLE.Create_indexed_block(2, [0, 4])", 32, 48),
    made("MPI.DOUBLE.Create_subarray([4, 6], [2, 3], [1, 2])", 48, 192),
    made("MPI.DOUBLE.Create_darray(1, 0, [8], [MPI.DISTRIBUTE_BLOCK], [MPI.DISTRIBUTE_DFLT_DARG], [1])", 64, 64),
    made("MPI.DOUBLE.Create_resized(0, 24)", 8, 24),
    made("MPI.Datatype.Create_struct([1, 2], [0, 8], [MPI.INT, MPI.DOUBLE])", 20, 24),
    (
        "Datatype.Create_struct of 32 members + Free",
        "ones, offsets, types = [1] * 32, list(range(0, 256, 8)), [MPI.DOUBLE] * 32",
        "t = MPI.Datatype.Create_struct(ones, offsets, types); n = t.size; t.Free()",
        "n == 256 and t == MPI.DATATYPE_NULL",
    ),
    # questions
    ("Datatype.Get_true_extent", EVERY_OTHER, "t.Get_true_extent()", "_ == (0, 56)"),
    ("Datatype.Get_envelope", STRUCT, "t.Get_envelope()", "_[-2:] == (2, MPI.COMBINER_STRUCT)"),
    (
        "Datatype.Get_contents",
        STRUCT,
        "t.Get_contents()",
        "sum(_[:-1], []) == [2, 1, 2, 0, 8] and _[-1] == [MPI.INT, MPI.DOUBLE]",
    ),
    (
        "Datatype.decode",
        STRUCT,
        "t.decode()",
        "_[1] == 'STRUCT' and _[2]['displacements'] == [0, 8] and _[2]['datatypes'] == [MPI.INT, MPI.DOUBLE]",
    ),
    ("Datatype.decode of a predefined type", "", "MPI.DOUBLE.decode()", "_ == (MPI.DOUBLE, 'NAMED', {})"),
    ("Datatype.combiner", STRUCT, "t.combiner", "_ == MPI.COMBINER_STRUCT"),
    ("Datatype.is_predefined", STRUCT, "t.is_predefined", "_ is False"),
    ("Datatype.Get_name", "", "MPI.DOUBLE.Get_name()", "_ == 'MPI_DOUBLE'"),
    ("Datatype.typechar", "", "MPI.DOUBLE.typechar", "_ == 'd'"),
    ("Datatype.tocode", "", "MPI.DOUBLE.tocode()", "_ == 'd'"),
    ("Datatype.fromcode", "", "MPI.Datatype.fromcode('i4')", "_.Get_size() == 4"),
    ("Datatype.Match_size", "", "MPI.Datatype.Match_size(MPI.TYPECLASS_REAL, 8)", "_.Get_size() == 8"),
    ("Datatype.__eq__", STRUCT, "t == MPI.DOUBLE", "_ is False"),
    # in a message
    (
        "Sendrecv of a vector type",
        f"{EVERY_OTHER}; x = np.zeros(4)",
        "comm.Sendrecv([a, 1, t], 0, 0, x, 0, 0)",
        "list(x) == [1, 3, 5, 7]",
    ),
    (
        "Status.Get_elements",
        "s = MPI.Status(); comm.Sendrecv(a, 0, 0, b, 0, 0, s)",
        "s.Get_elements(MPI.DOUBLE)",
        "_ == 8",
    ),
    ("Status.Set_elements", "s = MPI.Status()", "s.Set_elements(MPI.DOUBLE, 3)", "s.Get_count(MPI.DOUBLE) == 3"),
    # packing
    ("Datatype.Pack", "m = bytearray(64)", "MPI.DOUBLE.Pack(a, m, 0, comm)", "_ == 64 and bytes(m) == a.tobytes()"),
    (
        "Datatype.Pack of a type with gaps",
        "t = MPI.DOUBLE.Create_resized(0, 16).Commit(); at_end(t.Free); m = bytearray(32)",
        "t.Pack(a, m, 0, comm)",
        "_ == 32 and np.frombuffer(m).tolist() == [1, 3, 5, 7]",
    ),
    ("Datatype.Unpack", "m = a.tobytes()", "MPI.DOUBLE.Unpack(m, 0, b, comm)", f"_ == 64 and {SAME}"),
    ("Datatype.Pack_size", "", "MPI.DOUBLE.Pack_size(8, comm)", "_ >= 64"),
    (
        "Datatype.Pack_external",
        "m = bytearray(64)",
        "MPI.DOUBLE.Pack_external('external32', a, m, 0)",
        "_ == 64 and bytes(m) == a.astype('>f8').tobytes()",
    ),
    (
        "Datatype.Unpack_external",
        "m = a.astype('>f8').tobytes()",
        "MPI.DOUBLE.Unpack_external('external32', m, 0, b)",
        f"_ == 64 and {SAME}",
    ),
    ("Datatype.Pack_external_size", "", "MPI.DOUBLE.Pack_external_size('external32', 8)", "_ == 64"),
    # addresses and memory
    ("Get_address", "", "MPI.Get_address(a)", "_ == a.ctypes.data"),
    ("Aint_add", "", "MPI.Aint_add(4096, 8)", "_ == 4104"),
    ("Aint_diff", "", "MPI.Aint_diff(4096, 8)", "_ == 4088"),
    ("Alloc_mem + Free_mem", "", "m = MPI.Alloc_mem(64); n = len(m); MPI.Free_mem(m)", "n == 64 and len(m) == 0"),
    ("buffer.allocate", "", "MPI.buffer.allocate(64)", "len(_) == 64"),
    ("buffer.frombuffer", "", "MPI.buffer.frombuffer(a)", "_.nbytes == 64 and _.address == a.ctypes.data"),
    ("buffer.fromaddress", "x = a.ctypes.data", "MPI.buffer.fromaddress(x, 64)", "bytes(_) == a.tobytes()"),
    ("buffer.__getitem__ of a slice", "m = MPI.buffer(a)", "m[8:16]", "bytes(_) == a[1:2].tobytes()"),
]
