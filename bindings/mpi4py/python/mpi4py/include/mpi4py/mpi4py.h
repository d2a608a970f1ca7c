/* The C API of mpi4py, for extension modules of C and C++:

       #include <Python.h>
       #include <mpi4py/mpi4py.h>

       if (import_mpi4py() < 0) return NULL;          in the module's initialization, in each file that uses it
       MPI_Comm *comm = PyMPIComm_Get(object);        the handle within the object, or NULL with TypeError
       PyObject *object = PyMPIComm_New(comm);        a new object, or NULL with an exception

   PyMPI<Class>_New, _Get and the type object PyMPI<Class>_Type are there for each class; the handle stays its owner's.
   With MPI4PY_LIMITED_API defined, Python's limited API is enough, and objects have no layout. */
#ifndef MPI4PY_MPI4PY_H
#define MPI4PY_MPI4PY_H

/* First: C++ bindings of MPI object to <stdio.h> before them, which Python.h includes. */
#include <mpi.h>

#include "handles.h"

#ifdef MPI4PY_LIMITED_API
#include "pycapi.h"
#else
#include "../../MPI_api.h"
#endif

#endif
