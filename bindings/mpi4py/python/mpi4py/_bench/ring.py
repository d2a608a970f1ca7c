"""Times a message that goes around all processes."""

from argparse import Namespace
from time import perf_counter

from .. import MPI


def run(comm: MPI.Intracomm, options: Namespace) -> float:
    """Seconds of all rounds that count, at process 0."""
    size, rank = comm.Get_size(), comm.Get_rank()
    before, after = (rank - 1) % size, (rank + 1) % size
    message = bytes(index % 256 for index in range(options.size))
    received = bytearray(options.size)
    comm.Barrier()
    start = perf_counter()
    for number in range(options.skip + options.loop):
        if number == options.skip:
            start = perf_counter()
        if rank == 0:
            request = comm.Isend([message, MPI.BYTE], after)
            comm.Recv([received, MPI.BYTE], before)
            request.Wait()
            if received != message:
                raise ValueError("the message that came around is not the one that was sent")
        else:
            comm.Recv([received, MPI.BYTE], before)
            comm.Send([received, MPI.BYTE], after)
    return perf_counter() - start if rank == 0 else 0.0
