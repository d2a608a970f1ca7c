"""The job's other ranks as the workers of all executors of rank 0: ``python -m mpi4py.futures``."""

from mpi4py import MPI

from ._backend import Backend, SharedBackend, ThreadBackend
from ._crew import Crew
from ._options import BACKOFF
from ._place import ProcessDied
from ._wire import check_threads
from ._worker import serve

_backend: Backend | None = None


def shared_backend() -> Backend | None:
    """The workers that all executors of this process share, if it was started so."""
    return _backend


def comm_split(comm: MPI.Intracomm, root: int) -> tuple[MPI.Intercomm, MPI.Intracomm]:
    """Divide a communicator in `root` and all others: the way to the other side, and this side."""
    peers = comm.Dup()
    rank = peers.Get_rank()
    group = peers.Split(int(rank != root), rank)
    leader = root if rank != root else int(root == 0)
    try:
        return group.Create_intercomm(0, peers, leader, 0), group
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
    other, group = comm_split(comm, 0)
    if comm.Get_rank() != 0:
        work_for(other, group)
        return False
    group.Free()
    check_threads()
    _backend = SharedBackend(Crew(other, BACKOFF))
    return True


def stop() -> None:
    """End the workers. All executors must have been shut down.

    Raises
    ------
    ProcessDied
        One has died and MPI does not know it: the others cannot be told to end, and MPI would wait for all of them.
    """
    global _backend
    if isinstance(_backend, SharedBackend):
        crew = _backend.crew
        if isinstance(crew.lost, ProcessDied):
            raise crew.lost
        crew.dismiss()
    _backend = None
