"""Memory lent through DLPack and `__cuda_array_interface__`, by stand-ins whose memory is the host's."""

import ctypes
import gc
import weakref

import numpy as np
import pytest
from mpi4py import MPI

INT, UINT, FLOAT, OPAQUE, BFLOAT, COMPLEX, BOOL = range(7)
CPU, CUDA, CUDA_HOST = 1, 2, 3
CODES = {"i": INT, "u": UINT, "f": FLOAT, "c": COMPLEX, "b": BOOL}
READ_ONLY = 1


class Tensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


Deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Managed(ctypes.Structure):
    _fields_ = [("tensor", Tensor), ("context", ctypes.c_void_p), ("deleter", Deleter)]


class Versioned(ctypes.Structure):
    _fields_ = [
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("context", ctypes.c_void_p),
        ("deleter", Deleter),
        ("flags", ctypes.c_uint64),
        ("tensor", Tensor),
    ]


new_capsule = ctypes.pythonapi.PyCapsule_New
new_capsule.restype, new_capsule.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
capsule_name = ctypes.pythonapi.PyCapsule_GetName
capsule_name.restype, capsule_name.argtypes = ctypes.c_char_p, [ctypes.py_object]


def ints(values):
    return None if values is None else (ctypes.c_int64 * max(len(values), 1))(*values)


class DLPack:
    """Exports `array` through DLPack, as told, and records what is done with it."""

    def __init__(self, array, versioned=False, **fields):
        self.array = array
        self.versioned = versioned
        self.device = fields.pop("device", (CPU, 0))
        self.name = fields.pop("name", b"dltensor_versioned" if versioned else b"dltensor")
        self.returned = fields.pop("returned", None)
        self.deleted = 0
        self.calls = []
        self.deleter = Deleter(self._delete)
        self.destructor = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(self._destroy)
        self.shape = ints(fields.pop("shape", array.shape))
        self.strides = ints(fields.pop("strides", None))
        self.managed = (Versioned if versioned else Managed)(deleter=self.deleter)
        if versioned:
            self.managed.major = fields.pop("major", 1)
            self.managed.flags = fields.pop("flags", 0)
        tensor = self.managed.tensor
        tensor.data = array.ctypes.data
        tensor.device_type, tensor.device_id = self.device
        tensor.ndim = array.ndim
        tensor.code, tensor.bits, tensor.lanes = CODES[array.dtype.kind], 8 * array.itemsize, 1
        tensor.shape, tensor.strides = self.shape, self.strides
        for field, value in fields.items():
            setattr(tensor, field, value)

    def _delete(self, address):
        assert address == ctypes.addressof(self.managed)
        self.deleted += 1

    def _destroy(self, capsule):
        """What the capsule does at its end, if nobody has taken the tensor out of it."""
        if self.managed.deleter:
            self.deleter(ctypes.addressof(self.managed))

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, **options):
        self.calls.append(options)
        if "max_version" in options and not self.versioned:
            raise TypeError("unexpected keyword argument 'max_version'")
        if self.returned is not None:
            return self.returned
        destructor = ctypes.cast(self.destructor, ctypes.c_void_p)
        return new_capsule(ctypes.addressof(self.managed), self.name, destructor)


class CAI:
    """Exports `array` through `__cuda_array_interface__`, as told; `Ellipsis` leaves an item out."""

    def __init__(self, array, **items):
        self.array = array
        interface = {
            "version": 3,
            "shape": array.shape,
            "typestr": array.dtype.str,
            "data": (array.ctypes.data, False),
        }
        interface.update(items)
        self.__cuda_array_interface__ = {key: item for key, item in interface.items() if item is not ...}


EXPORTERS = {
    "DLPack": DLPack,
    "DLPack 1.0": lambda array: DLPack(array, versioned=True),
    "CAI": CAI,
    "NumPy's DLPack": lambda array: OnlyDLPack(array),
}


class OnlyDLPack:
    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


@pytest.fixture(params=EXPORTERS)
def export(request):
    return EXPORTERS[request.param]


def bytes_of(spec):
    """How many bytes MPI is told of: they go to this process itself."""
    comm, status = MPI.COMM_SELF, MPI.Status()
    comm.Sendrecv(spec, 0, 0, bytearray(4096), 0, 0, status)
    return status.Get_count(MPI.BYTE)


@pytest.mark.parametrize("dtype", "? i1 u1 i2 u2 i4 u4 i8 u8 f4 f8 c8 c16".split())
def test_elements_add_up(world, export, dtype):
    sent, received = np.ones((2, 3), dtype), np.zeros((2, 3), dtype)
    world.Allreduce(export(sent), export(received), MPI.LOR if dtype == "?" else MPI.SUM)
    assert (received == (1 if dtype == "?" else world.Get_size())).all()


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (lambda e: e, slice(8)),
        (lambda e: [e, MPI.DOUBLE], slice(8)),
        (lambda e: [e, "d"], slice(8)),
        (lambda e: [e, 3], slice(3)),
        (lambda e: [e, 3, MPI.DOUBLE], slice(3)),
        (lambda e: [e, (3, 2), MPI.DOUBLE], slice(2, 5)),
        (lambda e: [e, 3, 2, "d"], slice(2, 5)),
    ],
)
def test_in_every_specification(export, make, part):
    sent, received = np.arange(8.0), np.zeros(8)
    MPI.COMM_SELF.Sendrecv(make(export(sent)), 0, 0, export(received), 0, 0)
    assert (received[: len(sent[part])] == sent[part]).all()


def test_fortran_order_scalars_and_nothing(world, export):
    assert bytes_of(export(np.zeros((2, 3), order="F"))) == 48
    assert bytes_of(export(np.array(3.0))) == 8
    assert bytes_of(export(np.zeros((0, 3)))) == 0


# Ownership


def test_deleter_is_called_once_after_a_blocking_call(world):
    for versioned in (False, True):
        tensor = DLPack(np.arange(4.0), versioned)
        world.Bcast(tensor)
        assert tensor.deleted == 1


def test_deleter_is_called_once_after_completion(world):
    tensor = DLPack(np.arange(4.0))
    request = world.Isend(tensor, world.Get_rank())
    gc.collect()
    assert tensor.deleted == 0
    world.Recv(np.zeros(4), world.Get_rank())
    request.Wait()
    del request
    gc.collect()
    assert tensor.deleted == 1


def test_capsule_is_left_as_it_is(world):
    """One capsule may serve many calls: nothing is taken out of it."""
    tensor = DLPack(np.arange(4.0))
    capsule = tensor.__dlpack__()
    again = DLPack(tensor.array, returned=capsule)
    for _ in range(3):
        world.Bcast(again)
    assert tensor.deleted == 0
    assert capsule_name(capsule) == b"dltensor"
    again.returned = None
    del capsule
    gc.collect()
    assert tensor.deleted == 1


def test_many_calls_many_deleters(world):
    tensor = DLPack(np.arange(4.0), versioned=True)
    for _ in range(100):
        world.Bcast([tensor, 2, 1, MPI.DOUBLE])
    assert tensor.deleted == 100


def test_tensor_without_deleter(world):
    tensor = DLPack(np.arange(4.0))
    tensor.managed.deleter = Deleter(0)
    world.Bcast(tensor)
    assert tensor.deleted == 0


def test_tensor_that_is_refused_is_given_back(world):
    tensor = DLPack(np.zeros((4, 2)), strides=(4, 1))
    with pytest.raises(BufferError):
        world.Bcast(tensor)
    assert tensor.deleted == 1


def test_deleter_does_not_hide_an_error(world):
    """The deleter is Python code here, and runs while the error of the other buffer is under way."""
    with pytest.raises(BufferError):
        world.Sendrecv(DLPack(np.zeros(4)), 0, 0, DLPack(np.zeros(4), versioned=True, flags=1), 0, 0)


def test_tensor_is_given_back_when_the_rest_of_the_specification_is_wrong(world):
    tensor = DLPack(np.zeros(4))
    with pytest.raises(KeyError):
        world.Bcast([tensor, "zz"])
    assert tensor.deleted == 1


@pytest.mark.parametrize("export_", [CAI, OnlyDLPack], ids=["CAI", "DLPack"])
def test_owner_lives_as_long_as_the_request(world, export_):
    owner = export_(np.arange(4.0))
    alive = weakref.ref(owner)
    received = np.zeros(4)
    request = world.Isend(owner, world.Get_rank())
    del owner
    gc.collect()
    if export_ is CAI:
        assert alive() is not None
    world.Recv(received, world.Get_rank())
    request.Wait()
    del request
    gc.collect()
    assert alive() is None
    assert (received == np.arange(4.0)).all()


# What DLPack asks of a consumer


@pytest.mark.parametrize("device", [CUDA, CUDA_HOST, 10])
def test_device_memory_is_asked_for_without_synchronisation(world, device):
    tensor = DLPack(np.zeros(4), device=(device, 0))
    world.Bcast(tensor)
    assert [options.get("stream") for options in tensor.calls] == [-1, -1]
    tensor = DLPack(np.zeros(4), versioned=True, device=(device, 0))
    world.Bcast(tensor)
    assert tensor.calls == [{"stream": -1, "max_version": (1, 0), "copy": False}]


def test_host_memory_needs_no_stream(world):
    tensor = DLPack(np.zeros(4), versioned=True)
    world.Bcast(tensor)
    assert tensor.calls == [{"max_version": (1, 0), "copy": False}]
    tensor = DLPack(np.zeros(4))
    world.Bcast(tensor)
    assert tensor.calls[1:] == [{}]


def test_byte_offset(world):
    received = np.zeros(2)
    array = np.arange(4.0)
    tensor = DLPack(array, shape=(2,), byte_offset=8)
    MPI.COMM_SELF.Sendrecv(tensor, 0, 0, received, 0, 0)
    assert (received == [1, 2]).all()


@pytest.mark.parametrize(("strides", "fine"), [
    ((3, 1), True), ((1, 2), True), ((6, 1), False), ((-3, 1), False), ((0, 0), False), ((3, 2), False),
])  # fmt: skip
def test_strides(world, strides, fine):
    tensor = DLPack(np.zeros((2, 3)), strides=strides)
    if fine:
        world.Bcast(tensor)
        return
    with pytest.raises(BufferError):
        world.Bcast(tensor)


@pytest.mark.parametrize(("shape", "strides"), [((1, 6), (100, 1)), ((6, 1), (1, 100)), ((0, 6), (100, 1))])
def test_strides_of_dimensions_without_neighbours(world, shape, strides):
    world.Bcast(DLPack(np.zeros((2, 3)), shape=shape, strides=strides))


@pytest.mark.parametrize(
    "fields",
    [
        {"shape": (-2, 3)},
        {"shape": (-2, -3)},
        {"shape": (1 << 40, 1 << 40)},
        {"ndim": -1},
        {"name": b"used_dltensor"},
        {"name": b"something"},
        {"returned": "no capsule"},
    ],
    ids=repr,
)
def test_tensor_refused(world, fields):
    with pytest.raises(BufferError):
        world.Bcast(DLPack(np.zeros((2, 3)), **fields))


def test_tensor_of_an_unknown_version_is_refused(world):
    with pytest.raises(BufferError):
        world.Bcast(DLPack(np.zeros(2), versioned=True, major=2))


def test_read_only_tensor_is_sent_and_not_received_into(world):
    tensor = DLPack(np.zeros(4), versioned=True, flags=READ_ONLY)
    assert bytes_of(tensor) == 32
    with pytest.raises(BufferError):
        world.Irecv(tensor, 0)


@pytest.mark.parametrize(("fields", "size", "datatype_size"), [
    ({"code": FLOAT, "bits": 32, "lanes": 2, "shape": (4,)}, 32, 8),
    ({"code": INT, "bits": 8, "lanes": 4, "shape": (4,)}, 16, 1),
    ({"code": OPAQUE, "bits": 64}, 32, 1),
    ({"code": BFLOAT, "bits": 16}, 8, 1),
    ({"code": FLOAT, "bits": 8}, 4, 1),
    ({"code": UINT, "bits": 4}, 4, 1),
    ({"code": 99, "bits": 24}, 12, 1),
])  # fmt: skip
def test_elements_that_mpi_has_no_datatype_for_are_bytes(fields, size, datatype_size):
    tensor = DLPack(np.zeros(4), **fields)
    assert bytes_of(tensor) == size
    assert bytes_of([tensor, 2]) == 2 * datatype_size


def test_half_precision_complex_numbers_have_no_datatype(world):
    with pytest.raises(KeyError):
        world.Bcast(DLPack(np.zeros(4), code=COMPLEX, bits=32))


@pytest.mark.parametrize(("device", "error"), [
    (None, TypeError), (3, TypeError), ((1,), ValueError), ((1, 0, 0), ValueError), (("a", 0), TypeError),
])  # fmt: skip
def test_device_that_is_none(world, device, error):
    tensor = DLPack(np.zeros(4))
    tensor.device = device
    with pytest.raises(error):
        world.Bcast(tensor)


@pytest.mark.parametrize("error", [BufferError, RuntimeError, ValueError, AttributeError, TypeError])
def test_error_of_the_exporter_passes(world, error):
    class Failing:
        def __dlpack_device__(self):
            return (CPU, 0)

        def __dlpack__(self, **_options):
            raise error("no")

    with pytest.raises(error, match="no"):
        world.Bcast(Failing())


def test_half_of_the_protocol_is_none_of_it(world):
    class OnlyDevice:
        def __dlpack_device__(self):
            return (CPU, 0)

    class OnlyTensor:
        def __dlpack__(self, **_options):
            raise AssertionError("not asked")

    for object_ in (OnlyDevice(), OnlyTensor()):
        with pytest.raises(TypeError):
            world.Bcast(object_)


def test_array_whose_buffer_is_refused_is_asked_for_a_tensor(world):
    frozen = np.zeros(4)
    frozen.flags.writeable = False
    for array in (np.zeros((4, 2))[:, 0], np.zeros(4)[::-1]):
        with pytest.raises(BufferError):
            world.Isend(array, 0)
    with pytest.raises(BufferError):
        world.Irecv(frozen, 0)


def test_bytes_that_are_an_array_interface_too(world):
    class Both(bytes):
        pass

    received = np.zeros(2)
    both = Both(b"read-only")
    both.__cuda_array_interface__ = CAI(received).__cuda_array_interface__
    request = world.Irecv(both, world.Get_rank())
    world.Send(np.arange(2.0), world.Get_rank())
    request.Wait()
    assert (received == [0, 1]).all()


def test_tensor_goes_before_array_interface(world):
    class Both(CAI, DLPack):
        def __init__(self, first, second):
            DLPack.__init__(self, first)
            CAI.__init__(self, second)
            self.array = first

    assert bytes_of(Both(np.zeros(2), np.zeros(5))) == 16


# __cuda_array_interface__


@pytest.mark.parametrize(
    "items",
    [
        {"version": ...},
        {"strides": None},
        {"strides": (24, 8)},
        {"strides": (8, 16)},
        {"shape": (1, 6), "strides": (1000, 8)},
        {"shape": (0, 6), "strides": (1000, 8)},
        {"mask": None},
        {"stream": 1},
        {"descr": [("", "<f8")]},
    ],
    ids=repr,
)
def test_interface(world, items):
    world.Bcast(CAI(np.zeros((2, 3)), **items))


OTHER = ">" if np.little_endian else "<"


@pytest.mark.parametrize(
    ("items", "error"),
    [
        ({"data": ...}, KeyError),
        ({"shape": ...}, KeyError),
        ({"typestr": ...}, KeyError),
        ({"data": None}, TypeError),
        ({"data": 4096}, TypeError),
        ({"data": [4096, False]}, TypeError),
        ({"data": (4096,)}, ValueError),
        ({"data": (None, False)}, TypeError),
        ({"shape": None}, TypeError),
        ({"shape": 6}, TypeError),
        ({"shape": ("a",)}, TypeError),
        ({"shape": (2.0,)}, TypeError),
        ({"shape": (-1,)}, BufferError),
        ({"shape": (2, -3)}, BufferError),
        ({"strides": 8}, TypeError),
        ({"strides": (48, 8)}, BufferError),
        ({"strides": (24, -8)}, BufferError),
        ({"strides": (0, 8)}, BufferError),
        ({"mask": CAI(np.zeros(6))}, BufferError),
        ({"mask": False}, BufferError),
        ({"typestr": f"{OTHER}f8"}, BufferError),
        ({"typestr": f"{OTHER}i1"}, BufferError),
        ({"typestr": "=f8"}, BufferError),
        ({"typestr": "@f8"}, BufferError),
        ({"typestr": "f8"}, ValueError),
        ({"typestr": "<d"}, ValueError),
        ({"typestr": ""}, ValueError),
        ({"typestr": None}, TypeError),
        ({"typestr": 8}, TypeError),
    ],
    ids=repr,
)
def test_interface_refused(world, items, error):
    with pytest.raises(error):
        world.Bcast(CAI(np.zeros((2, 3)), **items))


@pytest.mark.parametrize("interface", [None, 3, [], (), "text"], ids=repr)
def test_interface_that_is_no_dict(world, interface):
    object_ = CAI(np.zeros(2))
    object_.__cuda_array_interface__ = interface
    with pytest.raises(TypeError):
        world.Bcast(object_)


def test_read_only_array_is_sent_and_not_received_into(world):
    array = np.zeros(4)
    frozen = CAI(array, data=(array.ctypes.data, True))
    assert bytes_of(frozen) == 32
    with pytest.raises(BufferError):
        world.Irecv(frozen, 0)


@pytest.mark.parametrize(
    ("typestr", "size"),
    [("|V8", 1), ("|S8", 1), ("<U2", 1), ("<M8", 1), ("<f3", 1), ("|t1", 1), ("|f8", 8), ("<b1", 1)],
)
def test_typestr(typestr, size):
    typestr = typestr.replace("<", "<" if np.little_endian else ">")
    array = CAI(np.zeros(8), typestr=typestr)
    assert bytes_of(array) == 8 * int(typestr[2:])
    assert bytes_of([array, 3]) == 3 * size
