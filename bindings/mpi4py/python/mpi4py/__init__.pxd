# Makes this folder a package for Cython: `from mpi4py cimport MPI, libmpi`.
