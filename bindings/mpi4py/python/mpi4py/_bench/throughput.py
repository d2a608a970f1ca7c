"""Measures how many tasks `mpi4py.futures` gets done."""

from argparse import Namespace
from array import array
from collections.abc import Callable, Sequence
from functools import partial
from statistics import fmean
from typing import Any

from .. import MPI
from . import add_sizes, parser, row, sizes, timed

# Makes a task's data, of so many bytes.
_ALLOCATORS: dict[str, Callable[[int], Any]] = {
    "numpy": lambda size: __import__("numpy").zeros(size, "B"),
    "array": lambda size: array("B", bytes(size)),
    "bytes": bytes,
}

_EXECUTORS = {
    "mpi": ("mpi4py.futures", "MPIPoolExecutor"),
    "process": ("concurrent.futures", "ProcessPoolExecutor"),
    "thread": ("concurrent.futures", "ThreadPoolExecutor"),
    "interpreter": ("concurrent.futures", "InterpreterPoolExecutor"),
}


def options_of(words: Sequence[str] | None) -> Namespace:
    """Read the command line."""
    made = parser("futures", __doc__)
    made.add_argument("-e", "--executor", choices=_EXECUTORS, default="mpi", help="executor backend")
    made.add_argument("-w", "--num-workers", type=int, dest="workers", help="number of workers")
    made.add_argument("-t", "--num-tasks", type=int, dest="tasks", default=50, help="number of tasks per worker")
    made.add_argument("-a", "--allocator", choices=_ALLOCATORS, default="numpy", help="task data allocator")
    made.add_argument("-c", "--chunksize", type=int, default=1, help="chunksize parameter")
    made.add_argument("-b", "--backoff", type=float, help="backoff parameter")
    made.add_argument("-o", "--outband", action="store_true", help="use out-of-band pickle")
    add_sizes(made, 1, 1 << 20, (2, 10), "task data")
    return made.parse_args(words)


def run(comm: MPI.Intracomm, words: Sequence[str] | None, verbose: bool) -> list[tuple[int, float]]:
    """Print the table at process 0, which has the others (or processes of its own) as workers."""
    options = options_of(words)
    if options.executor == "mpi" and comm.Get_size() > 1:
        from ..futures import MPICommExecutor

        with MPICommExecutor(comm, max_workers=options.workers, **_mpi_options(options)) as executor:
            return [] if executor is None else _measure(executor, options, verbose)
    if comm.Get_rank() > 0:
        return []
    with _executor(options) as executor:
        return _measure(executor, options, verbose)


def _mpi_options(options: Namespace) -> dict[str, Any]:
    """What executors of `mpi4py.futures` alone know."""
    known = {"backoff": options.backoff, "use_pkl5": True if options.outband else None}
    return {name: value for name, value in known.items() if value is not None}


def _executor(options: Namespace) -> Any:
    from importlib import import_module

    module, name = _EXECUTORS[options.executor]
    kind = getattr(import_module(module), name, None)
    if kind is None:
        raise SystemExit(f"this Python has no {module}.{name}")
    return kind(max_workers=options.workers, **(_mpi_options(options) if options.executor == "mpi" else {}))


def _measure(executor: Any, options: Namespace, verbose: bool) -> list[tuple[int, float]]:
    workers = getattr(executor, "num_workers", None) or executor._max_workers
    tasks = workers * options.tasks
    verbose = verbose and not options.quiet
    if verbose and not options.no_header:
        print(f"# {type(executor).__name__} - {workers} workers, {options.tasks} tasks/worker")
        print("# Size [B]  Tasks/s" + ("" if options.no_stats else " | Time Mean [s] ± StdDev [s]  Samples"))
    results = []
    for size in sizes(options):
        data = [_ALLOCATORS[options.allocator](size)] * tasks
        times = timed(partial(_all, executor, data, options.chunksize), options)
        results.append((size, fmean(times)))
        if verbose:
            print(row(size, f"{tasks / fmean(times):7.0f}", times, options), flush=True)
    return results


def _all(executor: Any, data: list[Any], chunksize: int) -> None:
    for _ in executor.map(_same, data, chunksize=chunksize):
        pass


def _same(data: Any) -> Any:
    return data
