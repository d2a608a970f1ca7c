"""What a worker's process runs that `MPIPoolExecutor` started."""

import sys


def main() -> None:
    """Serve the process that started this one, until it sends no more."""
    from mpi4py import MPI

    from ._place import ProcessDied
    from ._worker import serve

    parent = MPI.Comm.Get_parent()
    if parent == MPI.COMM_NULL:
        sys.exit("mpi4py.futures.server: only mpi4py.futures starts this, as the worker of an executor")
    try:
        serve(parent, MPI.COMM_WORLD)
    except ProcessDied as error:
        print(f"mpi4py.futures: worker {MPI.COMM_WORLD.Get_rank()}: {error}", file=sys.stderr, flush=True)
        MPI.COMM_WORLD.Abort(1)
    parent.Disconnect()


if __name__ == "__main__":
    main()
