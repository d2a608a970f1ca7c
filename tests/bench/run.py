"""Times the statements of this folder's tables under the interpreter that runs it; prints one JSON object.

A table is a list ``STATEMENTS`` of rows (name, setup, statement, check). A row is set up, run once, its check
evaluated (``_`` is the statement's value), and only then timed: as many calls as fill ``SLICE`` seconds, ``--repeat``
times over, and again while the best is an exception; it counts. What a setup leaves to ``at_end(callable,
*arguments)`` is called when the row is done, the last first. In a job of two ranks the statement is a pair, one for
each rank, and both ranks run it equally often.
``cargo xtask bench`` starts this for both packages in turn and compares.
"""

import argparse
import contextlib
import importlib
import json
import sys
import timeit
from pathlib import Path

SLICE = 2e-3
# The best time is none of chance when two more are so near to it. What never settles (a disk) is timed for so many seconds.
NEAR = 1.02
LONGEST = 0.3
# By group: the tables for each number of ranks.
TABLES = {
    "calls": {
        1: [
            *("environment", "handles", "datatypes", "management", "messages", "point_to_point", "nonblocking"),
            *("collectives", "objects", "topologies", "windows", "files", "callbacks"),
        ],
        2: ["ping_pong"],
    },
    "objects": {1: [], 2: ["sizes", "executors"]},
}


class Wrong(Exception):
    """A statement does not do what its check says."""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--group", choices=TABLES, default="calls")
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--calls", type=int, help="run each statement so often, and time none: for a profile")
    parser.add_argument("-k", dest="pick", default="", help="only the rows whose name contains this")
    arguments = parser.parse_args()

    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    if comm.Get_size() != arguments.ranks:
        sys.exit(f"bench: {arguments.ranks} ranks asked for, COMM_WORLD has {comm.Get_size()}")
    sys.path.insert(0, str(Path(__file__).parent))
    best, failed = {}, {}
    for table in TABLES[arguments.group][arguments.ranks]:
        for row in importlib.import_module(table).STATEMENTS:
            if arguments.pick not in row[0]:
                continue
            try:
                best[row[0]] = measure(comm, arguments, *row)
            except Exception as error:
                failed[row[0]] = f"{type(error).__name__}: {error}"
    if comm.Get_rank() == 0:
        library = MPI.Get_library_version().split("\n")[0].strip()
        print(json.dumps({"library": library, "nanoseconds": best, "failed": failed}))


def measure(comm, arguments, name, setup, statement, check):
    """The least time of one call, in nanoseconds."""
    scope = namespace(comm)
    if isinstance(statement, tuple):
        statement = statement[comm.Get_rank()]
    with contextlib.ExitStack() as stack:
        scope["at_end"] = stack.callback
        exec(setup, scope)
        verify(name, statement, check, scope)
        timer = timeit.Timer(statement, globals=scope)
        if arguments.calls:
            return timer.timeit(arguments.calls) / arguments.calls * 1e9
        number = 1
        while comm.bcast(timer.timeit(number) < SLICE, root=0):
            number *= 2
        return least(comm, timer, arguments.repeat, number) / number * 1e9


def least(comm, timer, repeat, number):
    """The least time of `number` calls, in seconds: of `repeat` times, and of more until it is no exception."""
    times, settled = [], False
    while not settled:
        times = sorted([*times, *timer.repeat(repeat, number)])
        settled = times[:3][-1] <= NEAR * times[0] or sum(times) >= LONGEST
        settled = comm.bcast(settled, root=0)
    return times[0]


def verify(name, statement, check, scope):
    try:
        value = eval(statement, scope)
    except SyntaxError:
        exec(statement, scope)
        value = None
    if not eval(check, {**scope, "_": value}):
        raise Wrong(f"{name}: after `{statement}`, `{check}` is false")


def namespace(comm):
    """What every row may use: buffers ``a``, ``b``, ``c`` of 8 doubles and the means to make others."""
    import array

    import numpy as np
    from mpi4py import MPI

    return {
        "MPI": MPI,
        "np": np,
        "array": array.array,
        "comm": comm,
        "rank": comm.Get_rank(),
        "other": 1 - comm.Get_rank(),
        "a": np.arange(8.0) + 1,
        "b": np.zeros(8),
        "c": np.zeros(8),
        "OnlyDLPack": OnlyDLPack,
        "OnlyCAI": OnlyCAI,
    }


class OnlyDLPack:
    """An array that offers its memory through DLPack and nothing else."""

    def __init__(self, array):
        self.array = array

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)


class OnlyCAI:
    """An array that offers its memory through __cuda_array_interface__ and nothing else."""

    def __init__(self, array):
        self.array = array
        self.__cuda_array_interface__ = {**array.__array_interface__, "version": 3}


if __name__ == "__main__":
    main()
