"""The queue between an executor, which submits, and the thread that gets its jobs done."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ._base import BrokenExecutor, Future


@dataclass(slots=True, eq=False)
class Job:
    """A call and the future of its result."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    future: Future[Any] = field(default_factory=Future)


class Jobs:
    """Jobs that wait for a worker, and what became of the pool that does them."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.waiting: deque[Job] = deque()
        self.booted = threading.Event()
        self.workers = 0
        self.closing = False
        self.broken: BrokenExecutor | None = None

    def submit(self, job: Job) -> None:
        """Add a job.

        Raises
        ------
        BrokenExecutor
            The pool is broken.
        """
        with self.changed:
            if self.broken is not None:
                raise broken_again(self.broken)
            self.waiting.append(job)
            self.changed.notify()

    def close(self) -> None:
        """Nothing will be submitted any more."""
        with self.changed:
            self.closing = True
            self.changed.notify_all()

    def cancel(self) -> None:
        """Cancel what waits for a worker."""
        with self.changed:
            waiting = list(self.waiting)
            self.waiting.clear()
        for job in waiting:
            job.future.cancel()
            job.future.set_running_or_notify_cancel()

    def take(self) -> Job | None:
        """The next job that nobody cancelled, now running."""
        while True:
            with self.changed:
                if not self.waiting:
                    return None
                job = self.waiting.popleft()
            if job.future.set_running_or_notify_cancel():
                return job

    def take_soon(self) -> Job | None:
        """The next job, or None at the end of all."""
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.waiting or self.closing or self.broken)
                if not self.waiting:
                    return None
            if (job := self.take()) is not None:
                return job

    def wake(self) -> None:
        """Have the thread look again."""
        with self.changed:
            self.changed.notify_all()

    def ready(self, workers: int) -> None:
        """So many workers are there."""
        self.workers = workers
        self.booted.set()

    def fail(self, reason: str, cause: BaseException | None) -> None:
        """The pool is broken: no job will be done any more."""
        with self.changed:
            if self.broken is None:
                self.broken = broken(reason, cause)
            waiting = list(self.waiting)
            self.waiting.clear()
            self.changed.notify_all()
        self.ready(0)
        for job in waiting:
            if job.future.set_running_or_notify_cancel():
                job.future.set_exception(broken_again(self.broken))


def broken(reason: str, cause: BaseException | None) -> BrokenExecutor:
    """Why a pool is broken."""
    error = BrokenExecutor(reason)
    error.__cause__ = cause
    return error


def broken_again(error: BrokenExecutor) -> BrokenExecutor:
    """The same for one more who asks: an exception gathers the traceback of whoever raises it."""
    return broken(str(error), error.__cause__)
