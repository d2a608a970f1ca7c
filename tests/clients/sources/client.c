/* A client in the common part of C and C++, with Python's full and limited API. MODULE is its name. */
#include <Python.h>
#include <mpi4py/mpi4py.h>
#include <stddef.h>

#define CLASSES(X) X(Datatype) X(Request) X(Message) X(Op) X(Group) X(Info) X(Errhandler) X(Session) X(Comm) X(Win) X(File)

/* The number of processes. */
static PyObject *size(PyObject *self, PyObject *comm)
{
    MPI_Comm *handle = PyMPIComm_Get(comm);
    int number = -1;

    (void)self;
    if (handle == NULL) return NULL;
    if (MPI_Comm_size(*handle, &number) != MPI_SUCCESS) number = -1;
    return PyLong_FromLong(number);
}

/* Where a handle lives. */
static PyObject *address(PyObject *self, PyObject *object)
{
    (void)self;
#define ADDRESS(Class) \
    if (PyObject_TypeCheck(object, &PyMPI##Class##_Type)) return PyLong_FromVoidPtr(PyMPI##Class##_Get(object));
    CLASSES(ADDRESS)
    ADDRESS(Status)
    PyErr_SetString(PyExc_TypeError, "none of the classes");
    return NULL;
}

/* A new object of the same handle or status. */
static PyObject *again(PyObject *self, PyObject *object)
{
    (void)self;
#define AGAIN(Class) \
    if (PyObject_TypeCheck(object, &PyMPI##Class##_Type)) return PyMPI##Class##_New(*PyMPI##Class##_Get(object));
    CLASSES(AGAIN)
    if (PyObject_TypeCheck(object, &PyMPIStatus_Type)) return PyMPIStatus_New(PyMPIStatus_Get(object));
    PyErr_SetString(PyExc_TypeError, "none of the classes");
    return NULL;
}

/* Duplicates into an object that is there. */
static PyObject *duplicate(PyObject *self, PyObject *arguments)
{
    PyObject *from, *to;
    MPI_Comm *source, *target;

    (void)self;
    if (!PyArg_ParseTuple(arguments, "OO", &from, &to)) return NULL;
    source = PyMPIComm_Get(from);
    target = source ? PyMPIComm_Get(to) : NULL;
    if (target == NULL) return NULL;
    return PyLong_FromLong(MPI_Comm_dup(*source, target));
}

/* What None and no status stand for. */
static PyObject *ignored(PyObject *self, PyObject *none)
{
    MPI_Status *status = PyMPIStatus_Get(none);

    (void)self;
    if (PyErr_Occurred()) return NULL;
    if (status != MPI_STATUS_IGNORE) Py_RETURN_FALSE;
    return Py_BuildValue("NN", PyMPIStatus_New(NULL), PyMPIStatus_New(MPI_STATUS_IGNORE));
}

/* Finds mpi4py once more. */
static PyObject *find(PyObject *self, PyObject *none)
{
    (void)self, (void)none;
    if (import_mpi4py() < 0) return NULL;
    Py_RETURN_NONE;
}

#ifndef MPI4PY_LIMITED_API

/* By class: the size of an object, and where its fields begin: the handle, flags, weak references, and the last one. */
static PyObject *layout(PyObject *self, PyObject *none)
{
    (void)self, (void)none;
#define OFFSET(Class, field) (Py_ssize_t)offsetof(PyMPI##Class##Object, field)
#define ROW(Class, last) \
    #Class, (Py_ssize_t)sizeof(PyMPI##Class##Object), OFFSET(Class, ob_mpi), OFFSET(Class, flags), \
        OFFSET(Class, __weakref__), OFFSET(Class, last)
#define PLAIN(Class) ROW(Class, __weakref__)
#define DERIVED(Class, Base, last) \
    #Class, (Py_ssize_t)sizeof(PyMPI##Class##Object), OFFSET(Base, ob_mpi), OFFSET(Base, flags), \
        OFFSET(Base, __weakref__), last
#define COMM(Class) DERIVED(Class, Comm, OFFSET(Comm, __weakref__))
#define FORM "s:(nnnnn)"
    return Py_BuildValue(
        "{" FORM FORM FORM FORM FORM FORM FORM FORM FORM FORM FORM FORM FORM FORM FORM FORM FORM FORM FORM FORM "}",
        PLAIN(Status), PLAIN(Datatype), PLAIN(Op), PLAIN(Group), PLAIN(Info), PLAIN(Errhandler), PLAIN(Session),
        PLAIN(File), PLAIN(Comm), ROW(Request, ob_buf), ROW(Message, ob_buf), ROW(Win, ob_mem),
        DERIVED(Prequest, Request, OFFSET(Request, ob_buf)),
        DERIVED(Grequest, Request, OFFSET(Grequest, ob_grequest)), COMM(Intracomm), COMM(Topocomm), COMM(Cartcomm),
        COMM(Graphcomm), COMM(Distgraphcomm), COMM(Intercomm));
}

/* New requests of a kind. */
static PyObject *requests(PyObject *self, PyObject *none)
{
    PyObject *generalized = PyMPIGrequest_New(MPI_REQUEST_NULL);

    (void)self, (void)none;
    if (generalized == NULL) return NULL;
    if (((PyMPIGrequestObject *)generalized)->ob_grequest != MPI_REQUEST_NULL) Py_RETURN_FALSE;
    return Py_BuildValue("NN", PyMPIPrequest_New(MPI_REQUEST_NULL), generalized);
}

/* The flags of a communicator. */
static PyObject *flags(PyObject *self, PyObject *comm)
{
    (void)self;
    return PyLong_FromUnsignedLong(((PyMPICommObject *)comm)->flags);
}

#endif

static PyMethodDef methods[] = {
    {"size", size, METH_O, NULL},
    {"address", address, METH_O, NULL},
    {"again", again, METH_O, NULL},
    {"duplicate", duplicate, METH_VARARGS, NULL},
    {"ignored", ignored, METH_O, NULL},
    {"find", find, METH_NOARGS, NULL},
#ifndef MPI4PY_LIMITED_API
    {"layout", layout, METH_NOARGS, NULL},
    {"requests", requests, METH_NOARGS, NULL},
    {"flags", flags, METH_O, NULL},
#endif
    {NULL, NULL, 0, NULL},
};

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)
#define INIT_OF(name) PyInit_##name
#define INIT(name) INIT_OF(name)

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, TEXT(MODULE), NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC INIT(MODULE)(void);
PyMODINIT_FUNC INIT(MODULE)(void)
{
    if (import_mpi4py() < 0) return NULL;
    return PyModule_Create(&module);
}
