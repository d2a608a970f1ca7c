"""The master's side of a set of workers: who is idle, how to reach them, whether they live."""

import threading
from collections import deque
from collections.abc import Callable

from mpi4py import MPI

from ._place import Watch
from ._wire import Link, serialized
from ._worker import HELLO

# Tags are at least 15 bits wide in every MPI.
_MOST_EXECUTORS = 16000


class Crew:
    """Workers behind an intercommunicator. Executors may share them."""

    def __init__(self, comm: MPI.Intercomm, backoff: float) -> None:
        """Wait until every worker has said where it is."""
        self.comm = comm
        self.lost: BaseException | None = None
        self._watch = Watch()
        self._lock = threading.Lock()
        self._wakers: dict[int, Callable[[], None]] = {}
        self.link = Link(comm, self.check)
        with serialized():
            self.size = comm.Get_remote_size()
        for _ in range(self.size):
            arrival = self.link.wait(backoff, HELLO)
            self._watch.add(f"worker {arrival.source}", self.link.unpack(arrival, out_of_band=False))
        self._idle = deque(range(self.size))

    def join(self, wake: Callable[[], None]) -> int:
        """A number for an executor. `wake` is called when another one has given a worker back."""
        with self._lock:
            number = next(one for one in range(1, _MOST_EXECUTORS) if one not in self._wakers)
            self._wakers[number] = wake
            return number

    def leave(self, number: int) -> None:
        """The executor wants no more workers."""
        with self._lock:
            del self._wakers[number]

    def take(self) -> int | None:
        """An idle worker, the one that has been so for longest."""
        with self._lock:
            return self._idle.popleft() if self._idle else None

    def give(self, rank: int, number: int) -> None:
        """The worker is idle again."""
        with self._lock:
            self._idle.append(rank)
            others = [wake for other, wake in self._wakers.items() if other != number]
        for wake in others:
            wake()

    def check(self) -> None:
        """Raise when a worker is known to be gone."""
        if self.lost is not None:
            raise self.lost
        try:
            self._watch.check()
        except BaseException as error:
            self.lost = error
            raise

    def dismiss(self) -> None:
        """Tell the workers that nothing more will come, and part from them."""
        try:
            if self.lost is None:
                self.link.complete([self.link.post(b"", rank, HELLO) for rank in range(self.size)])
                with serialized():
                    self.comm.Disconnect()
        finally:
            self._watch.close()
