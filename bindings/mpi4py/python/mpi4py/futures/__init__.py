"""Execute calls in other MPI processes, asynchronously: ``concurrent.futures`` over MPI.

`MPIPoolExecutor` starts its workers with ``MPI.Intracomm.Spawn``. Where an MPI cannot start processes, start all of
them at once, ``mpiexec -n <ranks> python -m mpi4py.futures <script>``, or divide a communicator by `MPICommExecutor`.
"""

from . import _base
from . import _core as _core
from ._base import *  # noqa: F403 (what is the standard library's)
from .pool import MPICommExecutor, MPIPoolExecutor, ProcessPoolExecutor, ThreadPoolExecutor, get_comm_workers
from .util import collect, compose

__all__ = [
    "MPICommExecutor",
    "MPIPoolExecutor",
    "ProcessPoolExecutor",
    "ThreadPoolExecutor",
    "collect",
    "compose",
    "get_comm_workers",
]
__all__ += _base.__all__
