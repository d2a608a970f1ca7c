"""As clients were written before Cython knew of packages: an included file, and the header for C."""

include "mpi4py/mpi.pxi"

cdef extern from "mpi4py/mpi4py.h":
    int import_mpi4py() except -1
    object PyMPIComm_New(MPI_Comm)
    MPI_Comm *PyMPIComm_Get(object) except NULL
    MPI_Status *PyMPIStatus_Get(object) except? NULL

import_mpi4py()


def split(comm, int color):
    cdef MPI_Comm *handle = PyMPIComm_Get(comm)
    cdef MPI_Comm new = MPI_COMM_NULL
    assert MPI_Comm_split(handle[0], color, 0, &new) == MPI_SUCCESS
    return PyMPIComm_New(new)


def ignored(status):
    return PyMPIStatus_Get(status) == MPI_STATUS_IGNORE
