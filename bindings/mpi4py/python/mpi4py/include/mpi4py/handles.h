/* The MPI of whoever compiles this, with the handle types that an older one lacks, so that every class of mpi4py has a
   layout. MPI.pxd holds the same text, for Cython's clients, who need no folder of headers of ours. */
#ifndef MPI4PY_HANDLES_H
#define MPI4PY_HANDLES_H

#include <mpi.h>

/* As wide as the library's other handles are: an int, but in Open MPI a pointer. */
#if defined(OPEN_MPI)
typedef void *PyMPI_MissingHandle;
#else
typedef int PyMPI_MissingHandle;
#endif

#if MPI_VERSION < 3
#define MPI_Message PyMPI_MissingHandle
#endif

/* Open MPI 5 says it is MPI 3.1, and has sessions. */
#if MPI_VERSION < 4 && !(defined(OMPI_MAJOR_VERSION) && OMPI_MAJOR_VERSION >= 5)
#define MPI_Session PyMPI_MissingHandle
#endif

#endif
