"""Times messages between two processes."""

from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from statistics import fmean
from typing import Any

from .. import MPI
from . import add_sizes, parser, row, sizes, timed

# Makes what is sent and what is received into, of so many bytes.
_ARRAYS: dict[str, Callable[[int], Any]] = {
    "numpy": lambda size: __import__("numpy").zeros(size, "B"),
    "cupy": lambda size: __import__("cupy").zeros(size, "B"),
    "numba": lambda size: __import__("numba.cuda").cuda.device_array(size, "B"),
    "none": bytearray,
}


def options_of(words: Sequence[str] | None) -> Namespace:
    """Read the command line."""
    made = parser("pingpong", __doc__)
    add_sizes(made, 1, 1 << 30, (100, 10000), "message")
    made.add_argument("-a", "--array", choices=_ARRAYS, default="numpy", help="use NumPy/CuPy/Numba arrays")
    made.add_argument("-p", "--pickle", action="store_true", help="use pickle-based send and receive")
    made.add_argument("--protocol", type=int, help="pickle protocol version")
    made.add_argument("-o", "--outband", action="store_true", help="use out-of-band pickle-based send and receive")
    made.add_argument("--threshold", type=int, help="size threshold for out-of-band pickle buffers")
    return made.parse_args(words)


def run(comm: MPI.Intracomm, words: Sequence[str] | None, verbose: bool) -> list[tuple[int, float]]:
    """Print the table at process 0; (bytes, seconds) of each size."""
    options = options_of(words)
    if comm.Get_size() == 1:
        partners = 0, 0
    else:
        partners = 0, 1
    rank = comm.Get_rank()
    verbose = verbose and not options.quiet and rank == 0
    if verbose and not options.no_header:
        print("# MPI PingPong Test")
        print("# Size [B]  Bandwidth [MB/s]" + ("" if options.no_stats else " | Time Mean [s] ± StdDev [s]  Samples"))
    results = []
    for size in sizes(options):
        if rank in partners:
            times = [time / 2 for time in timed(_exchange(comm, partners, size, options), options)]
            mean = fmean(times)
            results.append((size, mean))
            if verbose:
                print(row(size, f"{size / mean / 1e6:16.2f}", times, options), flush=True)
        comm.Barrier()
    return results


def _exchange(
    comm: MPI.Intracomm, partners: tuple[int, int], size: int, options: Namespace
) -> Callable[[], object]:
    """One message there and back, as this process has part in it."""
    send: Callable[[int], object]
    receive: Callable[[int], object]
    begin: Callable[[int], Any]
    if options.pickle or options.outband:
        memory = _ARRAYS[options.array](size)
        comm = _pickling(comm, options)
        send, begin = partial(comm.send, memory), partial(comm.isend, memory)
        receive = partial(comm.recv, None)
    else:
        given, into = ([_ARRAYS[options.array](size), MPI.BYTE] for _ in range(2))
        send, begin = partial(comm.Send, given), partial(comm.Isend, given)
        receive = partial(comm.Recv, into)
    first, second = partners
    if first == second:

        def alone() -> None:
            for _ in partners:
                request = begin(first)
                receive(first)
                request.wait()

        return alone
    if comm.Get_rank() == first:
        return lambda: (send(second), receive(second))
    return lambda: (receive(first), send(first))


def _pickling(comm: MPI.Intracomm, options: Namespace) -> MPI.Intracomm:
    """The communicator whose lower-case methods are asked for."""
    from ..util import pkl5

    pickle = pkl5.pickle if options.outband else MPI.pickle
    if options.protocol is not None:
        pickle.PROTOCOL = options.protocol
    if options.threshold is not None:
        pickle.THRESHOLD = options.threshold
    return pkl5.Intracomm(comm) if options.outband else comm
