/* Every function of the C API of MPI 5.0, MPI_T aside.
   Guarded by MPI_STUB_VERSION (31, 40, 41, 50), MPI_STUB_LARGE_COUNT (the _c forms) and MPI_STUB_LACKS_<WHAT>,
   which the header of an implementation defines. */
#pragma once

#include "prototypes/point_to_point.h"
#include "prototypes/partitioned.h"
#include "prototypes/datatypes.h"
#include "prototypes/collectives.h"
#include "prototypes/persistent_collectives.h"
#include "prototypes/communicators.h"
#include "prototypes/topologies.h"
#include "prototypes/environment.h"
#include "prototypes/info.h"
#include "prototypes/processes.h"
#include "prototypes/one_sided.h"
#include "prototypes/external.h"
#include "prototypes/io.h"
#include "prototypes/integers.h"
#include "prototypes/fortran.h"
#include "prototypes/fault_tolerance.h"
