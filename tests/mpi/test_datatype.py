"""MPI.Datatype."""

import array
import copy
import ctypes
import inspect
import pickle
import struct

import pytest
from mpi4py import MPI

# Predefined datatypes by the type of C they are.
OF_C = {
    "CHAR": ctypes.c_char, "WCHAR": ctypes.c_wchar, "SIGNED_CHAR": ctypes.c_byte, "SHORT": ctypes.c_short,
    "INT": ctypes.c_int, "LONG": ctypes.c_long, "LONG_LONG": ctypes.c_longlong, "UNSIGNED_CHAR": ctypes.c_ubyte,
    "UNSIGNED_SHORT": ctypes.c_ushort, "UNSIGNED": ctypes.c_uint, "UNSIGNED_LONG": ctypes.c_ulong,
    "UNSIGNED_LONG_LONG": ctypes.c_ulonglong, "FLOAT": ctypes.c_float, "DOUBLE": ctypes.c_double,
    "LONG_DOUBLE": ctypes.c_longdouble, "C_BOOL": ctypes.c_bool, "INT8_T": ctypes.c_int8, "INT16_T": ctypes.c_int16,
    "INT32_T": ctypes.c_int32, "INT64_T": ctypes.c_int64, "UINT8_T": ctypes.c_uint8, "UINT16_T": ctypes.c_uint16,
    "UINT32_T": ctypes.c_uint32, "UINT64_T": ctypes.c_uint64, "AINT": ctypes.c_ssize_t, "BYTE": ctypes.c_uint8,
}
# Predefined datatypes of a size that their name says, or that every library of today agrees on.
OF_SIZE = {
    "PACKED": 1, "OFFSET": 8, "COUNT": 8, "C_COMPLEX": 8, "C_FLOAT_COMPLEX": 8, "C_DOUBLE_COMPLEX": 16,
    "C_LONG_DOUBLE_COMPLEX": 2 * ctypes.sizeof(ctypes.c_longdouble), "CXX_BOOL": 1, "CXX_FLOAT_COMPLEX": 8,
    "CXX_DOUBLE_COMPLEX": 16, "CHARACTER": 1, "INTEGER": 4, "REAL": 4, "DOUBLE_PRECISION": 8, "COMPLEX": 8,
    "DOUBLE_COMPLEX": 16, "LOGICAL": 4, "INTEGER1": 1, "INTEGER2": 2, "INTEGER4": 4, "INTEGER8": 8, "INTEGER16": 16,
    "REAL2": 2, "REAL4": 4, "REAL8": 8, "REAL16": 16, "COMPLEX4": 4, "COMPLEX8": 8, "COMPLEX16": 16, "COMPLEX32": 32,
    "LOGICAL1": 1, "LOGICAL2": 2, "LOGICAL4": 4, "LOGICAL8": 8, "LOGICAL16": 16, "FLOAT16_T": 2, "BFLOAT16_T": 2,
}
PAIRS = {"FLOAT_INT": "f", "DOUBLE_INT": "d", "LONG_INT": "l", "INT_INT": "i", "SHORT_INT": "h"}
ALIASES = {
    "BOOL": "C_BOOL", "C_FLOAT_COMPLEX": "C_COMPLEX", "FLOAT32_T": "FLOAT", "FLOAT64_T": "DOUBLE", "TWOINT": "INT_INT",
    "SIGNED_SHORT": "SHORT", "SIGNED_INT": "INT", "SIGNED_LONG": "LONG", "SIGNED_LONG_LONG": "LONG_LONG",
    "UNSIGNED_INT": "UNSIGNED", "SINT8_T": "INT8_T", "SINT16_T": "INT16_T", "SINT32_T": "INT32_T",
    "SINT64_T": "INT64_T", "F_BOOL": "LOGICAL", "F_INT": "INTEGER", "F_FLOAT": "REAL", "F_DOUBLE": "DOUBLE_PRECISION",
    "F_COMPLEX": "COMPLEX", "F_FLOAT_COMPLEX": "COMPLEX", "F_DOUBLE_COMPLEX": "DOUBLE_COMPLEX",
}
PREDEFINED = [*OF_C, *(name for name in OF_SIZE if name != "C_FLOAT_COMPLEX"), *PAIRS]


def known(name):
    """The datatype of that name; the test is skipped when the library has none."""
    datatype = getattr(MPI, name)
    if not is_there(datatype):
        pytest.skip(f"this MPI library has no {name}")
    return datatype


def is_there(datatype):
    """A datatype of Fortran that a library was built without is null, or empty, or (standard ABI) cannot be used."""
    try:
        return datatype != MPI.DATATYPE_NULL and datatype.size > 0
    except MPI.Exception:
        return False


def test_new_is_null():
    assert MPI.Datatype() == MPI.DATATYPE_NULL
    assert not MPI.Datatype()
    assert MPI.Datatype(datatype=MPI.INT) == MPI.INT
    with pytest.raises(TypeError):
        MPI.Datatype(3)


def test_null():
    null = MPI.DATATYPE_NULL
    assert null.is_predefined
    assert null.typechar == null.typestr == ""
    null.free()
    with pytest.raises(MPI.Exception):
        null.Get_size()
    with pytest.raises(ValueError):
        null.tocode()
    with pytest.raises(MPI.Exception):
        MPI.Datatype().Free()


@pytest.mark.parametrize("name", OF_C)
def test_sizes_are_those_of_c(name):
    datatype = getattr(MPI, name)
    assert datatype.Get_size() == datatype.size == ctypes.sizeof(OF_C[name])
    assert datatype.Get_extent() == datatype.Get_true_extent() == (0, ctypes.sizeof(OF_C[name]))


@pytest.mark.parametrize("name", OF_SIZE)
def test_sizes_are_those_of_the_name(name):
    assert known(name).size == OF_SIZE[name]


@pytest.mark.parametrize("name", PAIRS)
def test_pairs(name):
    datatype, code = known(name), PAIRS[name]
    assert datatype.size == struct.calcsize(code) + struct.calcsize("i")
    assert datatype.extent == struct.calcsize(f"{code}i0{code}")
    assert datatype.typechar == "V"
    assert datatype.typestr == f"V{datatype.extent}"
    with pytest.raises(ValueError):
        datatype.tocode()


@pytest.mark.parametrize("name", PREDEFINED)
def test_predefined(name):
    datatype = known(name)
    assert type(datatype) is MPI.Datatype
    assert datatype.is_named and datatype.is_predefined
    assert datatype.combiner == MPI.COMBINER_NAMED
    assert datatype.decode() == (datatype, "NAMED", {})
    assert isinstance(datatype.Get_name(), str)
    datatype.free()
    assert datatype
    assert datatype.Commit() is datatype
    assert pickle.loads(pickle.dumps(datatype)) is datatype
    assert copy.deepcopy(datatype) is datatype


@pytest.mark.parametrize("alias", ALIASES)
def test_aliases(alias):
    assert getattr(MPI, alias) is getattr(MPI, ALIASES[alias])


def test_bounds():
    datatype = MPI.INT.Create_resized(-4, 20)
    assert datatype.Get_extent() == (-4, 20)
    assert (datatype.lb, datatype.ub, datatype.extent) == (-4, 16, 20)
    assert datatype.Get_true_extent() == (0, 4)
    assert (datatype.true_lb, datatype.true_ub, datatype.true_extent) == (0, 4, 4)
    assert datatype.size == 4
    datatype.Free()


def test_bounds_are_read_only():
    for name in ("size", "extent", "lb", "ub", "true_extent", "combiner", "typestr"):
        with pytest.raises(AttributeError):
            setattr(MPI.INT, name, 0)


def test_name():
    assert MPI.INT.name == MPI.INT.Get_name() == "MPI_INT"
    datatype = MPI.INT.Dup()
    for name in ("a name", "é", ""):
        datatype.Set_name(name)
        assert datatype.name == name
    datatype.name = "another"
    assert datatype.Get_name() == "another"
    with pytest.raises(TypeError):
        datatype.name = 3
    datatype.Free()


# Datatypes made of INT: how, size, extent, lower bound, and what they decode to.
DERIVED = {
    "dup": (lambda: MPI.INT.Dup(), 4, 4, 0, "DUP", {}),
    "contiguous": (lambda: MPI.INT.Create_contiguous(count=3), 12, 12, 0, "CONTIGUOUS", {"count": 3}),
    "nothing": (lambda: MPI.INT.Create_contiguous(0), 0, 0, 0, "CONTIGUOUS", {"count": 0}),
    "vector": (
        lambda: MPI.INT.Create_vector(count=3, blocklength=2, stride=4), 24, 40, 0,
        "VECTOR", {"count": 3, "blocklength": 2, "stride": 4}),
    "backwards": (
        lambda: MPI.INT.Create_vector(3, 2, -4), 24, 40, -32, "VECTOR", {"count": 3, "blocklength": 2, "stride": -4}),
    "hvector": (
        lambda: MPI.INT.Create_hvector(count=3, blocklength=2, stride=40), 24, 88, 0,
        "HVECTOR", {"count": 3, "blocklength": 2, "stride": 40}),
    "indexed": (
        lambda: MPI.INT.Create_indexed(blocklengths=[1, 2], displacements=(0, 3)), 12, 20, 0,
        "INDEXED", {"blocklengths": [1, 2], "displacements": [0, 3]}),
    "hindexed": (
        lambda: MPI.INT.Create_hindexed(blocklengths=[1, 2], displacements=[4, 32]), 12, 36, 4,
        "HINDEXED", {"blocklengths": [1, 2], "displacements": [4, 32]}),
    "indexed block": (
        lambda: MPI.INT.Create_indexed_block(blocklength=2, displacements=range(0, 6, 3)), 16, 20, 0,
        "INDEXED_BLOCK", {"blocklength": 2, "displacements": [0, 3]}),
    "hindexed block": (
        lambda: MPI.INT.Create_hindexed_block(blocklength=2, displacements=array.array("l", [0, 32])), 16, 40, 0,
        "HINDEXED_BLOCK", {"blocklength": 2, "displacements": [0, 32]}),
    "subarray": (
        lambda: MPI.INT.Create_subarray(sizes=[4, 5], subsizes=[2, 3], starts=[1, 1]), 24, 80, 0,
        "SUBARRAY", {"sizes": [4, 5], "subsizes": [2, 3], "starts": [1, 1], "order": MPI.ORDER_C}),
    "subarray of Fortran": (
        lambda: MPI.INT.Create_subarray([4, 5], [2, 3], [1, 1], order=MPI.ORDER_F), 24, 80, 0,
        "SUBARRAY", {"sizes": [4, 5], "subsizes": [2, 3], "starts": [1, 1], "order": MPI.ORDER_FORTRAN}),
    "darray": (
        lambda: MPI.INT.Create_darray(
            size=2, rank=1, gsizes=[8, 6], distribs=[MPI.DISTRIBUTE_BLOCK, MPI.DISTRIBUTE_CYCLIC],
            dargs=[MPI.DISTRIBUTE_DFLT_DARG, 2], psizes=[1, 2]), 64, 192, 0,
        "DARRAY", {"size": 2, "rank": 1, "gsizes": [8, 6],
                   "distribs": [MPI.DISTRIBUTE_BLOCK, MPI.DISTRIBUTE_CYCLIC],
                   "dargs": [MPI.DISTRIBUTE_DFLT_DARG, 2], "psizes": [1, 2], "order": MPI.ORDER_C}),
    "resized": (lambda: MPI.INT.Create_resized(lb=-4, extent=20), 4, 20, -4, "RESIZED", {"lb": -4, "extent": 20}),
}


@pytest.mark.parametrize("case", DERIVED)
def test_derived(case):
    make, size, extent, lower, combiner, arguments = DERIVED[case]
    datatype = make()
    assert type(datatype) is MPI.Datatype
    assert (datatype.size, datatype.extent, datatype.lb) == (size, extent, lower)
    assert not datatype.is_named and not datatype.is_predefined
    assert datatype.combiner == getattr(MPI, f"COMBINER_{combiner}")
    assert datatype.decode() == (MPI.INT, combiner, arguments)
    assert datatype.Commit() is datatype
    datatype.Free()
    assert datatype == MPI.DATATYPE_NULL


@pytest.mark.parametrize("case", DERIVED)
def test_derived_pickles(case):
    make, size, extent, lower, combiner, arguments = DERIVED[case]
    datatype = make()
    again = pickle.loads(pickle.dumps(datatype))
    assert again != datatype
    assert again.decode() == (MPI.INT, combiner, arguments)
    assert (again.size, again.extent, again.lb) == (size, extent, lower)
    again.Free()
    datatype.Free()


def test_struct():
    datatype = MPI.Datatype.Create_struct(
        blocklengths=[1, 2], displacements=[0, 8], datatypes=[MPI.INT, MPI.DOUBLE])
    assert (datatype.size, datatype.extent) == (20, 24)
    base, combiner, arguments = datatype.decode()
    assert base == MPI.DATATYPE_NULL
    assert combiner == "STRUCT"
    assert arguments == {"blocklengths": [1, 2], "displacements": [0, 8], "datatypes": [MPI.INT, MPI.DOUBLE]}
    datatype.Free()


def test_nested_pickles():
    pair = MPI.INT.Create_vector(2, 1, 2)
    middle = MPI.Datatype.Create_struct([1, 2], [0, 16], [pair, MPI.DOUBLE])
    datatype = middle.Create_resized(0, 80)
    for _ in range(3):
        again = pickle.loads(pickle.dumps(datatype))
        assert (again.size, again.extent, again.true_extent) == (datatype.size, 80, datatype.true_extent)
        base, combiner, _ = again.decode()
        assert combiner == "RESIZED" and base.combiner == MPI.COMBINER_STRUCT
        inner = base.decode()[2]["datatypes"]
        assert inner[1] == MPI.DOUBLE and inner[0].combiner == MPI.COMBINER_VECTOR
        inner[0].Free()
        base.Free()
        again.Free()
    for old in (datatype, middle, pair):
        old.Free()


def test_contents():
    datatype = MPI.INT.Create_vector(3, 2, 4)
    integers, addresses, counts, datatypes, combiner = datatype.Get_envelope()
    assert datatype.envelope == (integers, addresses, counts, datatypes, combiner)
    assert integers + counts == 3 and addresses == 0 and datatypes == 1
    assert combiner == MPI.COMBINER_VECTOR
    contents = datatype.Get_contents()
    assert [len(part) for part in contents] == [integers, addresses, counts, datatypes]
    assert contents[0] + contents[2] == [3, 2, 4]
    assert contents[3] == [MPI.INT]
    assert datatype.contents == contents
    datatype.Free()


@pytest.mark.parametrize("make", [
    lambda: MPI.INT.Create_indexed([1, 2], [0]),
    lambda: MPI.INT.Create_hindexed([1], [0, 1]),
    lambda: MPI.INT.Create_subarray([4, 5], [2], [1, 1]),
    lambda: MPI.INT.Create_darray(1, 0, [1], [], [], []),
    lambda: MPI.Datatype.Create_struct([1, 2], [0], [MPI.INT]),
    lambda: MPI.INT.Create_subarray([], [], []),
])
def test_lists_are_of_one_length(make):
    with pytest.raises(ValueError):
        make()


@pytest.mark.parametrize("make", [
    lambda: MPI.INT.Create_indexed(2, [0, 1]),
    lambda: MPI.INT.Create_indexed_block(2, 3),
    lambda: MPI.Datatype.Create_struct([1], [0], [3]),
    lambda: MPI.INT.Create_subarray([4], [2], [1], "C"),
    lambda: MPI.INT.Create_contiguous("2"),
])
def test_arguments_are_numbers(make):
    with pytest.raises(TypeError):
        make()


def test_large_counts():
    large = MPI.BYTE.Create_contiguous(1 << 40)
    assert large.size == large.extent == 1 << 40
    large.Free()
    spaced = MPI.INT.Create_hvector(3, 1, 1 << 40)
    assert (spaced.size, spaced.extent) == (12, (1 << 41) + 4)
    spaced.Free()


@pytest.mark.parametrize("typeclass, size", [
    ("REAL", 4), ("REAL", 8), ("INTEGER", 4), ("INTEGER", 8), ("COMPLEX", 8), ("COMPLEX", 16),
])
def test_match_size(typeclass, size):
    datatype = MPI.Datatype.Match_size(getattr(MPI, f"TYPECLASS_{typeclass}"), size)
    assert datatype.size == size
    assert datatype.is_predefined
    assert datatype.typestr == {"REAL": "f", "INTEGER": "i", "COMPLEX": "c"}[typeclass] + str(size)


def test_match_size_of_none():
    with pytest.raises(MPI.Exception):
        MPI.Datatype.Match_size(typeclass=MPI.TYPECLASS_INTEGER, size=3)


@pytest.mark.parametrize("make, combiner, size, arguments", [
    (lambda: MPI.Datatype.Create_f90_integer(r=9), "F90_INTEGER", 4, {"r": 9}),
    (lambda: MPI.Datatype.Create_f90_real(p=15, r=MPI.UNDEFINED), "F90_REAL", 8, {"p": 15, "r": MPI.UNDEFINED}),
    (lambda: MPI.Datatype.Create_f90_complex(15, 307), "F90_COMPLEX", 16, {"p": 15, "r": 307}),
])
def test_fortran_kinds(make, combiner, size, arguments):
    datatype = make()
    assert datatype.size == size
    assert datatype.is_predefined and not datatype.is_named
    assert datatype.decode()[1:] == (combiner, arguments)
    assert datatype.tocode() == datatype.typestr
    assert pickle.loads(pickle.dumps(datatype)) == datatype
    datatype.free()
    assert not datatype
    assert make().size == size


@pytest.mark.parametrize("value, index, pair", [
    ("DOUBLE", "INT", "DOUBLE_INT"), ("INT", "INT", "INT_INT"), ("FLOAT", "INT", "FLOAT_INT"),
    ("INT", "DOUBLE", "DATATYPE_NULL"),
])
def test_value_index(value, index, pair):
    found = MPI.Datatype.Get_value_index(value=getattr(MPI, value), index=getattr(MPI, index))
    assert found == getattr(MPI, pair)


@pytest.mark.parametrize("code, name", [
    ("?", "BOOL"), ("b", "SIGNED_CHAR"), ("h", "SHORT"), ("i", "INT"), ("l", "LONG"), ("q", "LONG_LONG"),
    ("B", "UNSIGNED_CHAR"), ("H", "UNSIGNED_SHORT"), ("I", "UNSIGNED"), ("L", "UNSIGNED_LONG"),
    ("Q", "UNSIGNED_LONG_LONG"), ("f", "FLOAT"), ("d", "DOUBLE"), ("g", "LONG_DOUBLE"), ("e", "FLOAT16_T"),
    ("F", "C_FLOAT_COMPLEX"), ("D", "C_DOUBLE_COMPLEX"), ("G", "C_LONG_DOUBLE_COMPLEX"), ("Zd", "C_DOUBLE_COMPLEX"),
    ("i1", "INT8_T"), ("i2", "INT16_T"), ("i4", "INT32_T"), ("i8", "INT64_T"), ("u1", "UINT8_T"), ("u8", "UINT64_T"),
    ("f4", "FLOAT"), ("f8", "DOUBLE"), ("c8", "C_COMPLEX"), ("c16", "C_DOUBLE_COMPLEX"), ("b1", "BOOL"),
    ("c", "CHAR"), ("S", "CHAR"), ("S1", "CHAR"), ("U", "WCHAR"), ("p", "AINT"), ("n", "COUNT"), ("M", "INT64_T"),
])
def test_fromcode(code, name):
    datatype = known(name)
    assert MPI.Datatype.fromcode(code) is datatype
    assert MPI._typedict[code] is datatype


@pytest.mark.parametrize("code", ["", "x", "V", "i3", "<i4", "@d", "dd", "2i", "double", "MPI_INT", 3, b"d", None])
def test_fromcode_of_no_code(code):
    with pytest.raises(ValueError):
        MPI.Datatype.fromcode(code)


@pytest.mark.parametrize("name, code, char, text", [
    ("INT", "i", "i", "i4"), ("DOUBLE", "d", "d", "f8"), ("BYTE", "B", "B", "u1"), ("CHAR", "c", "c", "S1"),
    ("C_BOOL", "b1", "?", "b1"), ("CXX_BOOL", "?", "?", "b1"), ("INT16_T", "i2", "h", "i2"), ("UINT32_T", "u4", "I", "u4"),
    ("C_COMPLEX", "F", "F", "c8"), ("COMPLEX16", "c16", "D", "c16"), ("REAL8", "f8", "d", "f8"), ("AINT", "p", "p", "i8"),
    ("WCHAR", "U", "U", "U1"), ("LOGICAL", "i", "i", "i4"), ("LOGICAL1", "b1", "?", "b1"), ("FLOAT16_T", "e", "e", "f2"),
    ("LONG_LONG", "q", "q", "i8"),
])
def test_tocode(name, code, char, text):
    datatype = known(name)
    assert datatype.tocode() == MPI._typecode(datatype) == code
    assert (datatype.typechar, datatype.typestr) == (char, text)


def test_code_of_derived():
    again, run = MPI.INT.Dup(), MPI.INT.Create_contiguous(2)
    assert again.tocode() == "i"
    assert (run.typechar, run.typestr) == ("V", "V8")
    assert MPI._typecode(run) is None
    with pytest.raises(ValueError):
        run.tocode()
    again.Free()
    run.Free()


@pytest.mark.parametrize("name", [name for name in OF_C if name not in ("BYTE",)])
def test_alignment(name):
    assert MPI._typealign(getattr(MPI, name)) == ctypes.alignment(OF_C[name])


@pytest.mark.parametrize("name, alignment", [("DOUBLE_INT", 8), ("FLOAT_INT", 4), ("SHORT_INT", 4), ("C_COMPLEX", 4)])
def test_alignment_of_pairs(name, alignment):
    assert MPI._typealign(known(name)) == alignment
    assert MPI._typealign(MPI.DATATYPE_NULL) is None


def test_type_dictionaries():
    assert MPI._typedict_c.items() <= MPI._typedict.items()
    assert MPI._typedict_f["i"] is MPI.INTEGER
    assert MPI._typedict_f["z"] is MPI.DOUBLE_COMPLEX
    assert MPI.DATATYPE_NULL not in [*MPI._typedict.values(), *MPI._typedict_f.values()]


def test_pack(comm):
    data, packed, back = array.array("i", range(6)), bytearray(64), array.array("i", [0] * 6)
    size = MPI.INT.Pack_size(count=6, comm=comm)
    assert size >= 24
    end = MPI.INT.Pack(data, packed, 4, comm)
    assert end >= 28
    assert MPI.INT.Unpack(packed, 4, back, comm) == end
    assert back == data
    vector = MPI.INT.Create_vector(2, 1, 2).Commit()
    end = vector.Pack(inbuf=data, outbuf=packed, position=0, comm=comm)
    back = array.array("i", [9] * 4)
    assert MPI.INT.Unpack(inbuf=packed, position=0, outbuf=back, comm=comm) == end
    assert back.tolist() == [0, 2, 3, 5]
    vector.Free()


def test_pack_external():
    data, packed, back = array.array("i", range(6)), bytearray(64), array.array("i", [0] * 6)
    assert MPI.INT.Pack_external_size(datarep="external32", count=6) == 24
    assert MPI.INT.Pack_external("external32", data, packed, 0) == 24
    assert MPI.INT.Unpack_external(datarep="external32", inbuf=packed, position=0, outbuf=back) == 24
    assert back == data


def test_external32_is_big_endian():
    packed = bytearray(24)
    MPI.INT.Pack_external(datarep="external32", inbuf=array.array("i", range(6)), outbuf=packed, position=0)
    assert struct.unpack(">6i", packed) == tuple(range(6))


@pytest.mark.parametrize("source, target, position, error", [
    (None, bytearray(8), 0, TypeError), (bytes(4), None, 0, TypeError), ([bytes(4), 1], bytearray(8), 0, TypeError),
    (bytes(4), bytes(8), 0, BufferError), (bytes(4), bytearray(8), -1, ValueError), (bytes(4), bytearray(8), 9, ValueError),
])
def test_pack_arguments(source, target, position, error):
    with pytest.raises(error):
        MPI.INT.Pack(source, target, position, MPI.COMM_SELF)


def test_free():
    datatype = MPI.INT.Create_contiguous(2)
    derived = datatype.Create_contiguous(2)
    datatype.Free()
    assert not datatype
    assert derived.size == 16
    derived.free()
    derived.free()
    assert not derived
    with pytest.raises(MPI.Exception):
        derived.Free()


def test_predefined_stay():
    with pytest.raises(MPI.Exception):
        MPI.INT.Free()
    assert MPI.INT.size == 4


def test_addresses():
    data = array.array("i", [1, 2])
    address = MPI.Get_address(data)
    assert address == data.buffer_info()[0] == MPI.Get_address(location=memoryview(data))
    assert MPI.Aint_add(address, 4) == address + 4
    assert MPI.Aint_diff(MPI.Aint_add(base=address, disp=-8), address) == -8
    assert MPI.Get_address(MPI.BOTTOM) == MPI.BOTTOM
    with pytest.raises(TypeError):
        MPI.Get_address(3)


def test_messages_from_bottom(comm):
    source, target = array.array("i", [1, 2]), array.array("i", [0, 0])
    absolute = [MPI.Datatype.Create_struct([2], [MPI.Get_address(data)], [MPI.INT]).Commit() for data in (source, target)]
    sent, received = ([MPI.BOTTOM, 1, datatype] for datatype in absolute)
    comm.Sendrecv(sent, comm.Get_rank(), recvbuf=received, source=comm.Get_rank())
    assert target == source
    for datatype in absolute:
        datatype.Free()


def test_in_messages(comm):
    rank, size = comm.Get_rank(), comm.Get_size()
    vector = MPI.INT.Create_vector(3, 1, 3)
    column = vector.Create_resized(0, 4).Commit()
    matrix, received = array.array("i", range(9)), array.array("i", [0] * 3)
    comm.Sendrecv([matrix, 1, 1, column], (rank + 1) % size, recvbuf=received, source=(rank - 1) % size)
    assert received.tolist() == [1, 4, 7]
    column.Free()
    vector.Free()


def test_subclass_begets_its_own():
    class Mine(MPI.Datatype):
        pass

    mine = Mine(MPI.INT)
    made = [mine.Dup(), mine.Create_contiguous(2), mine.Create_vector(1, 1, 1), Mine.Create_struct([1], [0], [mine])]
    given = [Mine.Match_size(MPI.TYPECLASS_REAL, 8), Mine.Create_f90_integer(3)]
    assert {type(new) for new in made + given} == {Mine}
    assert type(mine.Commit()) is Mine
    for new in made:
        new.Free()


def test_signatures():
    assert str(inspect.signature(MPI.Datatype.Pack)) == "(self, /, inbuf, outbuf, position, comm)"
    order = inspect.signature(MPI.Datatype.Create_subarray).parameters["order"]
    assert order.default == MPI.ORDER_C
