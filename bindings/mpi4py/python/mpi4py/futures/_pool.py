"""The queue between an executor, which submits, and the thread that gets its jobs done."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass, field
from typing import Any

# Where the standard library's futures tell of their callbacks.
_log = logging.getLogger("concurrent.futures")


@dataclass(slots=True, eq=False)
class Job:
    """A call and the future of its result."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    future: Future[Any] = field(default_factory=Future)

    def succeed(self, result: object) -> None:
        """Give the future its result."""
        self._settle(self.future.set_result, result)

    def fail(self, error: BaseException) -> None:
        """Give the future its exception."""
        self._settle(self.future.set_exception, error)

    def _settle(self, settle: Callable[[Any], None], outcome: object) -> None:
        """The future logs what its callbacks raise, but for what is no `Exception`: that must not end the caller."""
        try:
            settle(outcome)
        except BaseException:
            _log.exception("exception calling callback for %r", self.future)


class Pool:
    """Jobs that wait for a worker, the threads that get them done, and whether they still can."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.queue: deque[Job] = deque()
        self.threads: list[threading.Thread] = []
        self.event = threading.Event()
        self.workers = 0
        self.closing = False
        self.broken: BrokenExecutor | None = None

    @property
    def thread(self) -> threading.Thread:
        """The thread that does the jobs, or the first of several."""
        return self.threads[0]

    def join(self) -> None:
        """Wait until the workers are gone. Close the pool before."""
        for thread in self.threads:
            thread.join()

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
            self.queue.append(job)
            self.changed.notify()

    def close(self) -> None:
        """Nothing will be submitted any more."""
        with self.changed:
            self.closing = True
            self.changed.notify_all()

    def cancel(self) -> None:
        """Cancel what waits for a worker."""
        with self.changed:
            waiting = list(self.queue)
            self.queue.clear()
        for job in waiting:
            job.future.cancel()
            job.future.set_running_or_notify_cancel()

    def take(self) -> Job | None:
        """The next job that nobody cancelled, now running."""
        while True:
            with self.changed:
                if not self.queue:
                    return None
                job = self.queue.popleft()
            if job.future.set_running_or_notify_cancel():
                return job

    def take_soon(self) -> Job | None:
        """The next job, or None at the end of all."""
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.queue or self.closing or self.broken)
                if not self.queue:
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
        self.event.set()

    def fail(self, reason: str, cause: BaseException | None) -> None:
        """The pool is broken: no job will be done any more."""
        with self.changed:
            if self.broken is None:
                self.broken = broken(reason, cause)
            waiting = list(self.queue)
            self.queue.clear()
            self.changed.notify_all()
        self.ready(0)
        for job in waiting:
            if job.future.set_running_or_notify_cancel():
                job.fail(broken_again(self.broken))


def broken(reason: str, cause: BaseException | None) -> BrokenExecutor:
    """Why a pool is broken."""
    error = BrokenExecutor(reason)
    error.__cause__ = cause
    return error


def broken_again(error: BrokenExecutor) -> BrokenExecutor:
    """The same for one more who asks: an exception gathers the traceback of whoever raises it."""
    return broken(str(error), error.__cause__)
