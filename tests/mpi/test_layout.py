"""What compiled clients rely on: the layout of the classes, and the functions in ``__pyx_capi__``.

Clients copy the C structs of the classes into their own code, so size and offsets are part of the interface.
"""

import ctypes
import gc
import importlib.util
import shutil
import subprocess
import sys
import sysconfig

import pytest
from mpi4py import MPI

POINTER = ctypes.sizeof(ctypes.c_void_p)
# PyObject_HEAD: the reference count and the type.
HEAD = 2 * POINTER

PLAIN = [MPI.Comm, MPI.Datatype, MPI.Errhandler, MPI.File, MPI.Group, MPI.Info, MPI.Op, MPI.Session]
EMPTY_SUBCLASSES = [
    MPI.Intracomm, MPI.Intercomm, MPI.Topocomm, MPI.Cartcomm, MPI.Graphcomm, MPI.Distgraphcomm, MPI.Prequest,
]
# With an object after the weak-reference list.
KEEPING = [MPI.Request, MPI.Message, MPI.Win]
ALL = [*PLAIN, *KEEPING, *EMPTY_SUBCLASSES, MPI.Grequest, MPI.Status]

NAMES = ["Comm", "Datatype", "Errhandler", "File", "Group", "Info", "Message", "Op", "Request", "Session", "Win"]

named = pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)


def aligned(size):
    return -(-size // POINTER) * POINTER


def flags_at(cls):
    return HEAD + MPI._sizeof(cls)


def weak_references_at(cls):
    return aligned(flags_at(cls) + ctypes.sizeof(ctypes.c_uint))


def size(cls):
    expected = weak_references_at(cls) + POINTER
    if issubclass(cls, (MPI.Request, MPI.Message, MPI.Win)):
        expected += POINTER
    if cls is MPI.Grequest:
        expected += aligned(MPI._sizeof(cls))
    return expected


def read(kind, handle, offset):
    return kind.from_address(id(handle) + offset).value


@named
def test_size(cls):
    assert cls.__basicsize__ == size(cls)
    assert cls.__itemsize__ == 0


@named
def test_weak_references_and_attributes(cls):
    assert cls.__weakrefoffset__ == weak_references_at(cls)
    assert cls.__dictoffset__ == 0


@named
def test_derivable(cls):
    Subclass = type("Subclass", (cls,), {})
    instance = Subclass()
    instance.attribute = 1
    assert isinstance(instance, cls)
    assert MPI._addressof(instance) == id(instance) + HEAD


@named
def test_the_garbage_collector_passes_by(cls):
    instances = [cls(), type("Subclass", (cls,), {})()]
    assert gc.is_tracked(instances[1])
    gc.collect()
    assert len(gc.get_referents(*instances)) > 0


@named
def test_address(cls):
    instance = cls()
    assert MPI._addressof(instance) == id(instance) + HEAD
    assert read(ctypes.c_uint, instance, flags_at(cls)) == 1 or cls is MPI.Status
    assert read(ctypes.c_void_p, instance, weak_references_at(cls)) is None


def test_constants_are_marked():
    for constant in (MPI.COMM_WORLD, MPI.INT, MPI.SUM, MPI.REQUEST_NULL, MPI.MESSAGE_NO_PROC, MPI.INFO_NULL):
        assert read(ctypes.c_uint, constant, flags_at(type(constant))) & 3 == 3


@pytest.mark.parametrize("cls", KEEPING, ids=lambda cls: cls.__name__)
def test_kept_object_is_never_null(cls):
    assert read(ctypes.py_object, cls(), weak_references_at(cls) + POINTER) is None
    assert read(ctypes.py_object, cls.__new__(cls), weak_references_at(cls) + POINTER) is None


def integer(handle):
    return {4: ctypes.c_int, 8: ctypes.c_void_p}[MPI._sizeof(handle)]


def test_handle_is_read_at_each_use():
    """Clients write through the address."""
    comm = MPI.Comm()
    place = integer(comm).from_address(MPI._addressof(comm))
    place.value = integer(comm).from_address(MPI._addressof(MPI.COMM_SELF)).value
    assert comm == MPI.COMM_SELF
    assert comm.Get_size() == 1
    assert comm.handle == MPI.COMM_SELF.handle


@pytest.mark.parametrize("name", NAMES)
def test_functions_of_a_class(name):
    cls = getattr(MPI, name)
    new = function(f"PyMPI{name}_New", f"PyObject *(MPI_{name})", ctypes.py_object, integer(cls))
    get = function(f"PyMPI{name}_Get", f"MPI_{name} *(PyObject *)", ctypes.c_void_p, ctypes.py_object)
    null = cls()
    assert get(null) == MPI._addressof(null)
    twin = new(integer(cls).from_address(get(null)).value)
    assert type(twin) is cls
    assert twin == null
    assert read(ctypes.c_uint, twin, flags_at(cls)) == 1
    for wrong in (None, 7, MPI.Status()):
        with pytest.raises(TypeError):
            get(wrong)


def function(name, signature, result, *arguments):
    """A C function that clients call, found as they find it: by its signature."""
    address = ctypes.pythonapi.PyCapsule_GetPointer
    address.restype, address.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return ctypes.PYFUNCTYPE(result, *arguments)(address(MPI.__pyx_capi__[name], signature.encode()))


def test_functions_are_all_there():
    expected = {f"PyMPI{name}_{verb}" for name in [*NAMES, "Status"] for verb in ("New", "Get")}
    assert set(MPI.__pyx_capi__) == expected | {"PyMPIPrequest_New", "PyMPIGrequest_New"}


def test_new_communicator_is_of_the_class_that_fits():
    new = function("PyMPIComm_New", "PyObject *(MPI_Comm)", ctypes.py_object, integer(MPI.Comm))
    twin = new(integer(MPI.Comm).from_address(MPI._addressof(MPI.COMM_WORLD)).value)
    assert type(twin) is MPI.Intracomm
    assert twin == MPI.COMM_WORLD
    assert twin is not MPI.COMM_WORLD


def test_new_requests_are_of_their_kinds():
    for cls in (MPI.Prequest, MPI.Grequest):
        new = function(f"PyMPI{cls.__name__}_New", "PyObject *(MPI_Request)", ctypes.py_object, integer(cls))
        assert type(new(integer(cls).from_address(MPI._addressof(cls())).value)) is cls


def test_functions_of_status():
    new = function("PyMPIStatus_New", "PyObject *(MPI_Status *)", ctypes.py_object, ctypes.c_void_p)
    get = function("PyMPIStatus_Get", "MPI_Status *(PyObject *)", ctypes.c_void_p, ctypes.py_object)
    status = MPI.Status()
    status.tag = 7
    assert get(status) == MPI._addressof(status)
    assert new(get(status)) == status
    assert new(None) == new(get(None)) == MPI.Status()
    with pytest.raises(TypeError):
        get(7)


# A class as Cython makes them: a static type, over one of ours.
STATIC_SUBCLASS = """
#include <Python.h>

static PyTypeObject Sub = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "static_subclass.Sub",
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
};

static PyObject *derive(PyObject *module, PyObject *base) {
    PyTypeObject *type = (PyTypeObject *)base;
    Sub.tp_base = type;
    Sub.tp_basicsize = type->tp_basicsize + sizeof(long);
    Sub.tp_new = type->tp_new;
    if (type->tp_flags & Py_TPFLAGS_HAVE_GC) {
        Sub.tp_flags |= Py_TPFLAGS_HAVE_GC;
        Sub.tp_traverse = type->tp_traverse;
        Sub.tp_clear = type->tp_clear;
    }
    /* As Cython does: a static type over one that is not is refused otherwise; and the garbage collector must not see it
       meanwhile, for it would look for its own header in front of the type. */
    int collecting = PyGC_Disable();
    Sub.tp_flags |= Py_TPFLAGS_HEAPTYPE;
    int failed = PyType_Ready(&Sub);
    Sub.tp_flags &= ~Py_TPFLAGS_HEAPTYPE;
    if (collecting) PyGC_Enable();
    return failed ? NULL : Py_NewRef((PyObject *)&Sub);
}

static PyObject *churn(PyObject *module, PyObject *count) {
    for (long left = PyLong_AsLong(count); left > 0; left--) {
        PyObject *instance = PyObject_CallNoArgs((PyObject *)&Sub);
        if (!instance) return NULL;
        Py_DECREF(instance);
    }
    return PyLong_FromSsize_t(Py_REFCNT(&Sub));
}

static PyMethodDef functions[] = {
    {"derive", derive, METH_O, NULL},
    {"churn", churn, METH_O, NULL},
    {NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "static_subclass", .m_size = -1, .m_methods = functions
};

PyMODINIT_FUNC PyInit_static_subclass(void) { return PyModule_Create(&module); }
"""

compiler = pytest.mark.skipif(
    not shutil.which("cc") or sys.platform == "win32", reason="needs a C compiler called cc"
)


def extension(directory, name, source):
    """Compiles and imports an extension module."""
    include = sysconfig.get_path("include")
    path = directory / f"{name}{sysconfig.get_config_var('EXT_SUFFIX')}"
    (directory / f"{name}.c").write_text(source)
    undefined = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", *undefined, f"-I{include}", f"{name}.c", "-o", path], cwd=directory, check=True
    )
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@compiler
@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_instances_of_a_static_subclass_come_and_go(tmp_path, cls):
    client = extension(tmp_path, "static_subclass", STATIC_SUBCLASS)
    subclass = client.derive(cls)
    assert issubclass(subclass, cls)
    before = client.churn(1)
    assert client.churn(100_000) == before


@compiler
@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_class_of_python_over_a_static_subclass(tmp_path, cls):
    """The interpreter gives up an instance's reference to its class, because the base is static; so may not we."""
    static = extension(tmp_path, "static_subclass", STATIC_SUBCLASS).derive(cls)

    class Subclass(static):
        pass

    held = sys.getrefcount(Subclass)
    for _ in range(100):
        Subclass()
    assert sys.getrefcount(Subclass) == held
    # The collector subtracts what it is shown from what there is: too much, and it takes the class for garbage.
    for _ in range(3):
        instance = Subclass()
        instance.itself = instance
    del instance
    gc.collect()
    assert sys.getrefcount(Subclass) == held
    assert type(Subclass()) is Subclass


CYTHON_CLIENT = """
# cython: language_level=3
cdef extern from *:
    '''
    typedef struct {{
        PyObject_HEAD
        {handle} ob_mpi;
        unsigned int flags;
        PyObject *weak_references;
    }} ClientCommObject;
    '''
    ctypedef class mpi4py.MPI.Comm [object ClientCommObject, check_size error]:
        cdef {handle} ob_mpi
        cdef unsigned int flags


cdef class Sub(Comm):
    cdef public long extra

    def take(self, Comm other):
        self.ob_mpi = other.ob_mpi
        self.extra = 7


def churn(Comm comm, long count):
    cdef Sub sub
    for _ in range(count):
        sub = Sub()
        sub.take(comm)
    return sub
"""


@compiler
def test_cython_subclass(tmp_path):
    pytest.importorskip("Cython", reason="needs Cython")
    handle = {4: "int", 8: "void *"}[MPI._sizeof(MPI.Comm)]
    (tmp_path / "cython_client.pyx").write_text(CYTHON_CLIENT.format(handle=handle))
    subprocess.run([sys.executable, "-m", "cython", "-3", "cython_client.pyx"], cwd=tmp_path, check=True)
    client = extension(tmp_path, "cython_client", (tmp_path / "cython_client.c").read_text())
    last = client.churn(MPI.COMM_SELF, 100_000)
    assert type(last) is client.Sub
    assert last == MPI.COMM_SELF
    assert last.Get_size() == 1
    assert last.extra == 7
