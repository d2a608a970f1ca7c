/* How C finds the functions and classes of mpi4py.MPI. MPI_api.h and pycapi.h use it. */
#ifndef MPI4PY_LOOKUP_H
#define MPI4PY_LOOKUP_H

#include <Python.h>
#include <string.h>

/* Stores in *function, a pointer to a function, the one that the module exports under this name and signature.
   Any signature will do where it is NULL. Returns 0, or -1 with an exception: ImportError where there is no such
   function, TypeError where its signature is another. */
static inline int PyMPI_ImportFunction(PyObject *module, const char *name, const char *signature, void *function)
{
    PyObject *functions, *capsule;
    const char *found = NULL;
    void *address = NULL;

    functions = PyObject_GetAttrString(module, "__pyx_capi__");
    if (functions == NULL) return -1;
    capsule = PyMapping_GetItemString(functions, name);
    Py_DECREF(functions);
    if (capsule == NULL) {
        if (PyErr_ExceptionMatches(PyExc_KeyError))
            PyErr_Format(PyExc_ImportError, "mpi4py.MPI does not export expected C function %.200s", name);
        return -1;
    }
    if (PyCapsule_CheckExact(capsule)) found = PyCapsule_GetName(capsule);
    if (found != NULL && (signature == NULL || strcmp(found, signature) == 0))
        address = PyCapsule_GetPointer(capsule, found);
    else
        PyErr_Format(PyExc_TypeError, "C function mpi4py.MPI.%.200s has wrong signature (expected %.500s, got %.500s)",
                     name, signature ? signature : "any", found ? found : "none");
    Py_DECREF(capsule);
    if (address == NULL) return -1;
    memcpy(function, &address, sizeof address);
    return 0;
}

/* Stores in *type the module's class of this name: a new reference. `size` is that of its objects as the client was
   compiled, or 0 not to compare. Returns 0, or -1 with an exception: TypeError where it is no class, ValueError where
   its objects are smaller. Larger ones are a RuntimeWarning. */
static inline int PyMPI_ImportType(PyObject *module, const char *name, size_t size, PyTypeObject **type)
{
    static const char changed[] = "mpi4py.MPI.%.200s size changed, may indicate binary incompatibility. "
                                  "Expected %zu from C header, got %zu from PyObject";
    PyObject *found = PyObject_GetAttrString(module, name);

    if (found == NULL) return -1;
    if (!PyType_Check(found)) {
        PyErr_Format(PyExc_TypeError, "mpi4py.MPI.%.200s is not a type object", name);
        goto failed;
    }
    if (size != 0) {
        PyObject *number = PyObject_GetAttrString(found, "__basicsize__");
        size_t actual = number ? PyLong_AsSize_t(number) : (size_t)-1;
        Py_XDECREF(number);
        if (actual == (size_t)-1 && PyErr_Occurred()) goto failed;
        if (actual < size) {
            PyErr_Format(PyExc_ValueError, changed, name, size, actual);
            goto failed;
        }
        if (actual > size && PyErr_WarnFormat(PyExc_RuntimeWarning, 1, changed, name, size, actual) < 0) goto failed;
    }
    Py_XDECREF((PyObject *)*type);
    *type = (PyTypeObject *)found;
    return 0;

failed:
    Py_DECREF(found);
    return -1;
}

#endif
