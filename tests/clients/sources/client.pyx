"""A client that knows the classes of mpi4py.MPI, and calls MPI itself."""

from mpi4py cimport MPI
from mpi4py cimport libmpi as mpi
from mpi4py.MPI cimport Comm, Intracomm
from mpi4py.libmpi cimport MPI_SUCCESS, MPI_Comm_size


def size(Comm comm not None):
    cdef int size = -1
    with nogil:
        error = MPI_Comm_size(comm.ob_mpi, &size)
    assert error == MPI_SUCCESS
    return size


def duplicate(MPI.Comm comm):
    """A new object, into which MPI writes."""
    cdef MPI.Comm duplicate = MPI.Comm.__new__(MPI.Comm)
    assert duplicate.ob_mpi == mpi.MPI_COMM_NULL
    assert mpi.MPI_Comm_dup(comm.ob_mpi, &duplicate.ob_mpi) == mpi.MPI_SUCCESS
    return duplicate


def fields(MPI.Request request, MPI.Grequest grequest, MPI.Message message, MPI.Win win, MPI.Status status):
    """What the objects hold for Python, and what Python knows of MPI's."""
    assert grequest.ob_grequest == mpi.MPI_REQUEST_NULL
    return request.ob_buf, grequest.ob_buf, message.ob_buf, win.ob_mem, request.flags, status.ob_mpi.MPI_TAG


def keep(MPI.Request request, buffer):
    request.ob_buf = buffer


cdef void twice(void *invec, void *inoutvec, int *len, mpi.MPI_Datatype *datatype) noexcept nogil:
    cdef int i
    for i in range(len[0]):
        (<int *> inoutvec)[i] += 2 * (<int *> invec)[i]


def reduce_twice(int a, int b):
    """A function of Cython as an operation of MPI."""
    cdef mpi.MPI_Op op
    assert mpi.MPI_Op_create(twice, 1, &op) == mpi.MPI_SUCCESS
    assert mpi.MPI_Reduce_local(&a, &b, 1, mpi.MPI_INT, op) == mpi.MPI_SUCCESS
    assert mpi.MPI_Op_free(&op) == mpi.MPI_SUCCESS
    return b


def name():
    cdef char name[mpi.MPI_MAX_PROCESSOR_NAME]
    cdef int length = 0
    assert mpi.MPI_Get_processor_name(name, &length) == mpi.MPI_SUCCESS
    return name[:length].decode()
