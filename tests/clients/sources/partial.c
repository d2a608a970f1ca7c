/* A client in Python's limited API that is content with communicators alone. */
#define Py_LIMITED_API 0x030b0000
#define MPI4PY_LIMITED_API
#define MPI4PY_LIMITED_API_SKIP_DATATYPE
#define MPI4PY_LIMITED_API_SKIP_STATUS
#define MPI4PY_LIMITED_API_SKIP_REQUEST
#define MPI4PY_LIMITED_API_SKIP_MESSAGE
#define MPI4PY_LIMITED_API_SKIP_OP
#define MPI4PY_LIMITED_API_SKIP_GROUP
#define MPI4PY_LIMITED_API_SKIP_INFO
#define MPI4PY_LIMITED_API_SKIP_ERRHANDLER
#define MPI4PY_LIMITED_API_SKIP_SESSION
#define MPI4PY_LIMITED_API_SKIP_WIN
#define MPI4PY_LIMITED_API_SKIP_FILE
#include <Python.h>
#include <mpi4py/mpi4py.h>

static PyObject *self_again(PyObject *self, PyObject *none)
{
    (void)self, (void)none;
    return PyMPIComm_New(MPI_COMM_SELF);
}

static PyMethodDef methods[] = {{"self_again", self_again, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "partial", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_partial(void)
{
    if (import_mpi4py() < 0) return NULL;
    return PyModule_Create(&module);
}
