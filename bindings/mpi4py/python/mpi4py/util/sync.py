"""Synchronization of processes.

Each object but `Sequential` is made and freed by all processes of a communicator together, and lives in a window of its
process 0. Who waits is served first come, first served: it draws a ticket, and asks from time to time whether its turn
has come.
"""

from collections.abc import Callable
from typing import Any, Literal, Self, TypeVar

from .. import MPI
from ._window import Cells, pauses

__all__ = ["Condition", "Counter", "Mutex", "Semaphore", "Sequential"]

T = TypeVar("T")

_HOME = 0


class Sequential:
    """Sequential execution: the processes of a communicator run a block one after the other, by rank."""

    def __init__(self, comm: MPI.Intracomm, tag: int = 0) -> None:
        """Prepare sequential execution.

        Parameters
        ----------
        comm : Intracomm
        tag : int, optional
            Of the messages that hand over the turn.
        """
        self.comm = comm
        self.tag = tag

    def __enter__(self) -> Self:
        """Wait for this process's turn."""
        self.begin()
        return self

    def __exit__(self, *exc: object) -> None:
        """Hand over the turn."""
        self.end()

    def begin(self) -> None:
        """Wait for this process's turn."""
        if rank := self.comm.Get_rank():
            self.comm.Recv([None, 0, MPI.BYTE], rank - 1, self.tag)

    def end(self) -> None:
        """Hand over the turn."""
        after = self.comm.Get_rank() + 1
        if after < self.comm.Get_size():
            self.comm.Send([None, 0, MPI.BYTE], after, self.tag)


class Counter:
    """Counter that processes share: each value goes to one of them."""

    def __init__(
        self,
        start: float = 0,
        step: float = 1,
        *,
        typecode: str = "i",
        comm: MPI.Intracomm = MPI.COMM_SELF,
        info: MPI.Info = MPI.INFO_NULL,
        root: int = 0,
    ) -> None:
        """Make a counter; all processes of `comm` do.

        Parameters
        ----------
        start, step : number, optional
        typecode : str, optional
            The type of the values, a typecode of the module `array`.
        comm : Intracomm, optional
        info : Info, optional
            Hints for the window.
        root : int, optional
            The process that holds the counter.
        """
        self._step = step
        self._root = root
        self._cells = Cells([start] if comm.Get_rank() == root else [], comm, info, typecode)

    def __iter__(self) -> Self:
        """Return the counter."""
        return self

    def __next__(self) -> Any:
        """Return the current value, and increment it by the step."""
        return self.next()

    def next(self, incr: float | None = None) -> Any:
        """Return the current value, and increment it.

        Parameters
        ----------
        incr : number, optional
            By how much (default: the step).
        """
        return _held(self._cells, "counter").change(self._root, 0, self._step if incr is None else incr)

    def free(self) -> None:
        """Free the counter; all processes do."""
        self._cells.free()


class _Lock:
    """What a block of code acquires first, and releases at its end."""

    def __enter__(self) -> Self:
        """Acquire it."""
        self.acquire()
        return self

    def __exit__(self, *exc: object) -> None:
        """Release it."""
        self.release()

    def acquire(self, blocking: bool = True) -> bool:
        """Acquire it, or tell that it could not be had at once."""
        raise NotImplementedError

    def release(self) -> None:
        """Release it."""
        raise NotImplementedError


class Mutex(_Lock):
    """Mutual exclusion: one process at a time holds it."""

    # Tickets that were drawn, and the ticket whose turn it is.
    _DRAWN, _TURN = 0, 1

    def __init__(
        self, *, recursive: bool = False, comm: MPI.Intracomm = MPI.COMM_SELF, info: MPI.Info = MPI.INFO_NULL
    ) -> None:
        """Make a mutex; all processes of `comm` do.

        Parameters
        ----------
        recursive : bool, optional
            May its holder acquire it again?
        comm : Intracomm, optional
        info : Info, optional
            Hints for the window.
        """
        self._recursive = recursive
        self._count = 0
        self._comm = comm
        self._cells = Cells([0, 0] if comm.Get_rank() == _HOME else [], comm, info)

    def acquire(self, blocking: bool = True) -> bool:
        """Acquire the mutex.

        Parameters
        ----------
        blocking : bool, optional
            Wait until it can be had (default), or give up at once.

        Returns
        -------
        bool
            Is it held now?

        Raises
        ------
        RuntimeError
            This process holds it, and it is not recursive.
        """
        cells = _held(self._cells, "mutex")
        if self._count and not self._recursive:
            raise RuntimeError("cannot acquire already held mutex")
        if self._count == 0:
            if blocking:
                ticket = cells.change(_HOME, self._DRAWN, 1)
                cells.wait_above(_HOME, self._TURN, ticket - 1)
            else:
                turn = cells.read(_HOME, self._TURN)
                if not cells.swap_if(_HOME, self._DRAWN, turn, turn + 1):
                    return False
        self._count += 1
        return True

    def release(self) -> None:
        """Release the mutex.

        Raises
        ------
        RuntimeError
            This process does not hold it.
        """
        cells = _held(self._cells, "mutex")
        if self._count == 0:
            raise RuntimeError("cannot release unheld mutex")
        self._count -= 1
        if self._count == 0:
            cells.change(_HOME, self._TURN, 1)

    def locked(self) -> bool:
        """Tell whether this process holds the mutex."""
        return self.count() > 0

    def count(self) -> int:
        """Return how often this process has acquired the mutex and not released it."""
        _held(self._cells, "mutex")
        return self._count

    def free(self) -> None:
        """Free the mutex; all processes do. Who holds it releases it: the others may wait for it before they free it."""
        self._let_go()
        self._cells.free()

    def _let_go(self) -> None:
        """Release the mutex, however often it was acquired."""
        if self._cells and self._count:
            self._count = 1
            self.release()


class Condition(_Lock):
    """Condition variable: processes wait until another one notifies them."""

    # Tickets that were drawn, and how many of them were notified.
    _DRAWN, _NOTIFIED = 0, 1

    def __init__(
        self,
        mutex: Mutex | None = None,
        *,
        recursive: bool = True,
        comm: MPI.Intracomm = MPI.COMM_SELF,
        info: MPI.Info = MPI.INFO_NULL,
    ) -> None:
        """Make a condition variable; all processes of `comm` do.

        Parameters
        ----------
        mutex : Mutex, optional
            What to hold when waiting and notifying (default: a new one). Its communicator counts.
        recursive : bool, optional
            May the holder of the new mutex acquire it again?
        comm : Intracomm, optional
        info : Info, optional
            Hints for the window.
        """
        self._own = mutex is None
        self._mutex = Mutex(recursive=recursive, comm=comm, info=info) if mutex is None else mutex
        comm = self._mutex._comm
        self._cells = Cells([0, 0] if comm.Get_rank() == _HOME else [], comm, info)

    def acquire(self, blocking: bool = True) -> bool:
        """Acquire the mutex: see `Mutex.acquire`."""
        _held(self._cells, "condition")
        return self._mutex.acquire(blocking)

    def release(self) -> None:
        """Release the mutex."""
        _held(self._cells, "condition")
        self._mutex.release()

    def locked(self) -> bool:
        """Tell whether this process holds the mutex."""
        return self._mutex.locked()

    def wait(self) -> Literal[True]:
        """Release the mutex, wait to be notified, and acquire the mutex again.

        Returns
        -------
        bool
            Always True.

        Raises
        ------
        RuntimeError
            This process does not hold the mutex.
        """
        cells = self._cells_of_holder("wait")
        ticket = cells.change(_HOME, self._DRAWN, 1)
        count = self._mutex.count()
        for _ in range(count):
            self._mutex.release()
        cells.wait_above(_HOME, self._NOTIFIED, ticket)
        for _ in range(count):
            self._mutex.acquire()
        return True

    def wait_for(self, predicate: Callable[[], T]) -> T:
        """Wait until a predicate is true.

        Parameters
        ----------
        predicate : callable
            It is called at once, and after each notification.

        Returns
        -------
        object
            What it returned last.
        """
        while not (result := predicate()):
            self.wait()
        return result

    def notify(self, n: int = 1) -> int:
        """Notify processes that wait, those that wait longest first.

        Parameters
        ----------
        n : int, optional
            How many at most.

        Returns
        -------
        int
            How many were notified.

        Raises
        ------
        RuntimeError
            This process does not hold the mutex.
        """
        cells = self._cells_of_holder("notify")
        # Both numbers change under the mutex alone.
        waiting = cells.read(_HOME, self._DRAWN) - cells.read(_HOME, self._NOTIFIED)
        count = max(0, min(n, waiting))
        if count:
            cells.change(_HOME, self._NOTIFIED, count)
        return count

    def notify_all(self) -> int:
        """Notify all processes that wait.

        Returns
        -------
        int
            How many were notified.
        """
        from sys import maxsize

        return self.notify(maxsize)

    def free(self) -> None:
        """Free the condition variable, and the mutex if it was made with it; all processes do."""
        if self._cells:
            # Others may be waiting for it before they free the condition.
            self._mutex._let_go()
        self._cells.free()
        if self._own:
            self._mutex.free()

    def _cells_of_holder(self, verb: str) -> Cells:
        cells = _held(self._cells, "condition")
        if not self._mutex.locked():
            raise RuntimeError(f"cannot {verb} on unheld mutex")
        return cells


class Semaphore(_Lock):
    """Semaphore: so many processes at a time hold it."""

    # Units that were asked for, and units that there have been.
    _ASKED, _GIVEN = 0, 1

    def __init__(
        self,
        value: int = 1,
        *,
        bounded: bool = True,
        comm: MPI.Intracomm = MPI.COMM_SELF,
        info: MPI.Info = MPI.INFO_NULL,
    ) -> None:
        """Make a semaphore; all processes of `comm` do.

        Parameters
        ----------
        value : int, optional
            How many units there are.
        bounded : bool, optional
            May there never be more?
        comm : Intracomm, optional
        info : Info, optional
            Hints for the window.
        """
        if value < 0:
            raise ValueError("initial value must be non-negative")
        self._bound = value if bounded else None
        self._cells = Cells([0, value] if comm.Get_rank() == _HOME else [], comm, info)

    def acquire(self, blocking: bool = True) -> bool:
        """Take a unit.

        Parameters
        ----------
        blocking : bool, optional
            Wait until there is one (default), or give up at once.

        Returns
        -------
        bool
            Was one taken?
        """
        cells = _held(self._cells, "semaphore")
        if blocking:
            cells.wait_above(_HOME, self._GIVEN, cells.change(_HOME, self._ASKED, 1))
            return True
        while True:
            asked = cells.read(_HOME, self._ASKED)
            if cells.read(_HOME, self._GIVEN) <= asked:
                return False
            if cells.swap_if(_HOME, self._ASKED, asked, asked + 1):
                return True

    def release(self, n: int = 1) -> None:
        """Give units back.

        Parameters
        ----------
        n : int, optional
            How many.

        Raises
        ------
        ValueError
            `n` is less than 1, or there would be more units than a bounded semaphore began with.
        """
        cells = _held(self._cells, "semaphore")
        if n < 1:
            raise ValueError("increment must be one or more")
        for _ in pauses():
            given = cells.read(_HOME, self._GIVEN)
            if self._bound is not None and given + n - cells.read(_HOME, self._ASKED) > self._bound:
                raise ValueError("semaphore released too many times")
            if cells.swap_if(_HOME, self._GIVEN, given, given + n):
                return

    def free(self) -> None:
        """Free the semaphore; all processes do."""
        self._cells.free()


def _held(cells: Cells, name: str) -> Cells:
    """The cells, if they were not freed."""
    if not cells:
        raise RuntimeError(f"{name} already freed")
    return cells
