"""A few integers in a window that processes share, for `mpi4py.util.sync`."""

from array import array
from collections.abc import Iterator
from time import sleep
from typing import Any

from .. import MPI

# Waiting starts by asking again at once, and grows to about a millisecond: the processor is for others.
_FIRST_PAUSE, _LONGEST_PAUSE = 1e-6, 1e-3


def pauses() -> Iterator[None]:
    """Sleep a little longer each time."""
    pause = 0.0
    while True:
        sleep(pause)
        yield
        pause = min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE)


class Cells:
    """Integers of one process of a communicator (or of each), which all read and change atomically."""

    def __init__(self, numbers: list[Any], comm: MPI.Intracomm, info: MPI.Info, typecode: str = "q") -> None:
        self.typecode = typecode
        self._datatype = MPI.Datatype.fromcode(typecode)
        start = array(typecode, numbers)
        rank = comm.Get_rank()
        self._window = MPI.Win.Allocate(len(start) * start.itemsize, start.itemsize, info, comm)
        if numbers:
            # Some libraries show a process its own window within an epoch only.
            self._window.Lock(rank, MPI.LOCK_EXCLUSIVE)
            self._window.Put([start, self._datatype], rank)
            self._window.Unlock(rank)
        comm.Barrier()

    def change(self, rank: int, index: int, value: Any, op: MPI.Op = MPI.SUM) -> Any:
        """Combine a number with `value`; what it was before."""
        given, before = array(self.typecode, [value]), array(self.typecode, [0])
        self._window.Lock(rank, MPI.LOCK_SHARED)
        self._window.Fetch_and_op([given, self._datatype], [before, self._datatype], rank, index, op)
        self._window.Unlock(rank)
        return before[0]

    def read(self, rank: int, index: int) -> int:
        """A number."""
        return self.change(rank, index, 0, MPI.NO_OP)

    def swap_if(self, rank: int, index: int, expected: int, value: int) -> bool:
        """Set a number if it is as expected; was it?"""
        numbers = [array(self.typecode, [number]) for number in (value, expected, 0)]
        origin, compare, before = ([number, self._datatype] for number in numbers)
        self._window.Lock(rank, MPI.LOCK_SHARED)
        self._window.Compare_and_swap(origin, compare, before, rank, index)
        self._window.Unlock(rank)
        return numbers[2][0] == expected

    def wait_above(self, rank: int, index: int, number: int) -> None:
        """Wait until a number is greater."""
        for _ in pauses():
            if self.read(rank, index) > number:
                return

    def free(self) -> None:
        """Free the window: all processes do (MPI 5.0, section 12.2.5)."""
        self._window.free()

    def __bool__(self) -> bool:
        """Tell whether the window was not freed."""
        return bool(self._window)
