"""Ping-pong between two ranks, in Python: what latency.c does, with the same arguments and the same answer.

``latency.py SLICES BYTES ROUND_TRIPS [BYTES ROUND_TRIPS]...``: for each message size, after a warm-up, SLICES slices of
that many round trips; the least mean counts. Rank 0 prints one JSON object: nanoseconds, each half of a round trip.
``cargo xtask bench --group latency`` starts this for both packages, and the C program, in turn.
"""

import gc
import json
import os
import sys
from itertools import repeat
from time import perf_counter_ns as now

# C's malloc asks for no huge pages either.
os.environ["NUMPY_MADVISE_HUGEPAGE"] = "0"

import numpy as np
from mpi4py import MPI


def main():
    comm = MPI.COMM_WORLD
    if comm.Get_size() != 2:
        sys.exit(f"latency: 2 ranks are needed, COMM_WORLD has {comm.Get_size()}")
    slices, *pairs = map(int, sys.argv[1:])
    gc.disable()
    best = {size: measure(comm, slices, size, number) for size, number in zip(pairs[::2], pairs[1::2], strict=True)}
    if comm.Get_rank() == 0:
        library = MPI.Get_library_version().split("\n")[0].strip()
        print(json.dumps({"library": library, "failed": {}, "nanoseconds": best}))


def measure(comm, slices, size, number):
    """The least mean time of one way, in nanoseconds."""
    rank = comm.Get_rank()
    other = 1 - rank
    a = np.full(size // 8, rank + 1.0)
    b = np.full(size // 8, 0.0)
    round_trips(comm, number, a, b)
    best = min(round_trips(comm, number, a, b) for _ in range(slices))
    if not (b == other + 1).all():
        print(f"latency, rank {rank}: {size} bytes do not arrive whole", file=sys.stderr, flush=True)
        comm.Abort(1)
    return best / number / 2


def round_trips(comm, number, a, b):
    """The nanoseconds that ``number`` round trips take."""
    rank, send, recv = comm.Get_rank(), comm.Send, comm.Recv
    other = 1 - rank
    start = now()
    if rank == 0:
        for _ in repeat(None, number):
            send(a, other)
            recv(b, other)
    else:
        for _ in repeat(None, number):
            recv(b, other)
            send(a, other)
    return now() - start


if __name__ == "__main__":
    main()
