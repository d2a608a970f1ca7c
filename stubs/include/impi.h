/* Intel MPI on Windows: MPICH's ABI with the sizes of Windows. On Linux it is served by mpich.h. */
#ifndef MPI_STUB_IMPI_H
#define MPI_STUB_IMPI_H

#if !defined(MPI_STUB_VERSION)
#define MPI_STUB_VERSION 41
#endif
#define MPI_STUB_SIZEOF_LONG        4
#define MPI_STUB_SIZEOF_WCHAR       2
#define MPI_STUB_SIZEOF_LONG_DOUBLE 8
#define MPI_STUB_LACKS_STATUS_F08
#define MPI_STUB_LACKS_LARGE_COUNT_DATAREP

#include "mpich.h"

#endif
