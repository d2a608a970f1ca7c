"""A class of Cython below one of mpi4py.MPI: from Cython 3 on."""

from mpi4py cimport libmpi as mpi
from mpi4py.MPI cimport Intracomm


cdef class Counted(Intracomm):
    cdef public object label
    cdef readonly int size_then

    def __cinit__(self, comm):
        assert self.ob_mpi != mpi.MPI_COMM_NULL
        self.label = comm

    def __init__(self, comm):
        mpi.MPI_Comm_size(self.ob_mpi, &self.size_then)
