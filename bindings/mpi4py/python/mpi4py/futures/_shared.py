"""The job's other ranks as the workers of all executors of rank 0: ``python -m mpi4py.futures``."""

from mpi4py import MPI

from ._backend import Backend, SharedBackend, ThreadBackend
from ._crew import Crew
from ._options import BACKOFF
from ._wire import check_threads
from ._worker import serve

_backend: Backend | None = None


def shared_backend() -> Backend | None:
    """The workers that all executors of this process share, if it was started so."""
    return _backend


def divide(comm: MPI.Intracomm, root: int) -> tuple[MPI.Intracomm, MPI.Intercomm]:
    """Divide a communicator in `root` and all others: this side, and the way to the other side."""
    peers = comm.Dup()
    rank = peers.Get_rank()
    group = peers.Split(int(rank != root), rank)
    leader = root if rank != root else int(root == 0)
    try:
        return group, group.Create_intercomm(0, peers, leader, 0)
    finally:
        peers.Free()


def work_for(comm: MPI.Intercomm, group: MPI.Intracomm) -> None:
    """Be a worker until the master ends it."""
    serve(comm, group)
    comm.Disconnect()
    group.Free()


def start(comm: MPI.Intracomm) -> bool:
    """Begin to share the ranks of `comm`. A worker serves, and returns False at the end; rank 0 gets True at once."""
    global _backend
    if comm.Get_size() == 1:
        _backend = ThreadBackend(MPI.COMM_SELF)
        return True
    group, other = divide(comm, 0)
    if comm.Get_rank() != 0:
        work_for(other, group)
        return False
    group.Free()
    check_threads()
    _backend = SharedBackend(Crew(other, BACKOFF))
    return True


def stop() -> None:
    """End the workers. All executors must have been shut down."""
    global _backend
    if isinstance(_backend, SharedBackend):
        _backend.crew.dismiss()
    _backend = None
