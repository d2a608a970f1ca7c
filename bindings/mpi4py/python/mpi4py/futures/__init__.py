"""Execute calls in other MPI processes, asynchronously: ``concurrent.futures`` over MPI.

`MPIPoolExecutor` starts its workers with ``MPI.Intracomm.Spawn``. Where an MPI cannot start processes, start all of
them at once, ``mpiexec -n <ranks> python -m mpi4py.futures <script>``, or divide a communicator by `MPICommExecutor`.
"""

from concurrent.futures import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    FIRST_EXCEPTION,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    InvalidStateError,
    TimeoutError,  # noqa: A004 (the name in concurrent.futures)
    as_completed,
    wait,
)

from . import _core as _core
from .pool import MPICommExecutor, MPIPoolExecutor, ProcessPoolExecutor, ThreadPoolExecutor, get_comm_workers
from .util import collect, compose

__all__ = [
    "ALL_COMPLETED",
    "FIRST_COMPLETED",
    "FIRST_EXCEPTION",
    "BrokenExecutor",
    "CancelledError",
    "Executor",
    "Future",
    "InvalidStateError",
    "MPICommExecutor",
    "MPIPoolExecutor",
    "ProcessPoolExecutor",
    "ThreadPoolExecutor",
    "TimeoutError",
    "as_completed",
    "collect",
    "compose",
    "get_comm_workers",
    "wait",
]
