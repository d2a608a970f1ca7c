"""The thread of an executor: it brings jobs to workers and results back."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mpi4py import MPI

from ._crew import Crew
from ._failure import Failure
from ._pool import Job, Pool, broken_again
from ._options import Setup
from ._place import ProcessDied
from ._wire import Arrival, Backoff
from ._worker import setup_tag, task_tag


@dataclass(slots=True)
class _Busy:
    """What a worker is at: a job, or its setup. The requests keep what is being sent."""

    job: Job | None
    requests: list[MPI.Request]


class Manager:
    """Schedules the jobs of one executor on the workers of a crew, one job at a time for each."""

    def __init__(self, pool: Pool, crew: Crew, setup: Setup, most: int) -> None:
        self.pool = pool
        self.crew = crew
        self.setup = setup
        self.most = min(most, crew.size)
        self.number = crew.join(pool.wake)
        self.prepared: set[int] = set()
        self.busy: dict[int, _Busy] = {}
        self.sending: set[int] = set()

    def run(self) -> None:
        """Work until the executor has nothing more to do, or is broken."""
        try:
            self._work()
        except BaseException as error:
            self._lose(error)
        finally:
            self.crew.leave(self.number)

    def _work(self) -> None:
        pause = Backoff(self.setup.backoff)
        while True:
            self._dispatch()
            if not self.busy:
                if self.pool.broken is not None or not self._rest():
                    return
                pause.reset()
            elif (arrival := self.crew.link.poll(task_tag(self.number))) is not None:
                self._receive(arrival)
                pause.reset()
            else:
                self.crew.check()
                if self._is_sending():
                    pause.reset()
                self._wait(pause.next())

    def _is_sending(self) -> bool:
        """Whether a message to a worker is still on its way."""
        for rank in list(self.sending):
            busy = self.busy[rank]
            busy.requests = self.crew.link.unfinished(busy.requests)
            if not busy.requests:
                self.sending.discard(rank)
        return bool(self.sending)

    def _rest(self) -> bool:
        """Sleep until there is something to do; False: there will not be."""
        pool = self.pool
        with pool.changed:
            if pool.event.is_set() and not pool.queue:
                if pool.closing:
                    return False
                pool.changed.wait()
            else:
                # All workers are with other executors, one of which will wake us. The time is for a crew that is lost.
                pool.changed.wait(0.1)
        if not pool.event.is_set() or pool.queue:
            self.crew.check()
        return True

    def _wait(self, seconds: float) -> None:
        """Wait for an answer; a new job ends it when there may be a worker for it."""
        if seconds and len(self.busy) < self.most:
            with self.pool.changed:
                if not self.pool.queue:
                    self.pool.changed.wait(seconds)
                    return
        time.sleep(seconds)

    def _dispatch(self) -> None:
        """Give every idle worker something to do while there is something."""
        pool = self.pool
        while len(self.busy) < self.most and pool.broken is None:
            booting = not pool.event.is_set()
            if not (pool.queue or booting) or (rank := self.crew.take()) is None:
                return
            if rank not in self.prepared:
                self._send(rank, None, self.setup, setup_tag(self.number), out_of_band=False)
            elif booting:
                # Every worker that could be had is at work or prepared.
                self.crew.give(rank, self.number)
                return
            elif (job := pool.take()) is None:
                self.crew.give(rank, self.number)
                return
            else:
                task = (job.function, job.args, job.kwargs)
                self._send(rank, job, task, task_tag(self.number), self.setup.use_pkl5)

    def _send(self, rank: int, job: Job | None, what: Any, tag: int, out_of_band: bool) -> None:
        self.busy[rank] = busy = _Busy(job, [])
        try:
            requests = self.crew.link.post_object(what, rank, tag, out_of_band)
            busy.requests = self.crew.link.unfinished(requests)
        except MPI.Exception:
            raise
        except BaseException as error:
            self._release(rank)
            if job is not None:
                job.fail(error)
            else:
                self.pool.fail("initializer failed: it cannot be sent to the workers", error)
        if busy.requests:
            self.sending.add(rank)

    def _release(self, rank: int) -> Job | None:
        busy = self.busy.pop(rank)
        self.sending.discard(rank)
        self.crew.link.complete(busy.requests)
        self.crew.give(rank, self.number)
        return busy.job

    def _receive(self, arrival: Arrival) -> None:
        rank = arrival.source
        # Until a worker is prepared its answers have no buffers.
        out_of_band = self.setup.use_pkl5 and rank in self.prepared
        try:
            good, value = self.crew.link.unpack(arrival, out_of_band)
        except MPI.Exception:
            raise
        except BaseException as error:
            if self.crew.lost is not None:
                raise
            good, value = False, error
        job = self._release(rank)
        failure: BaseException | None = None
        if not good:
            failure = value.unwrap() if isinstance(value, Failure) else value
        if job is None:
            self._prepared(rank, failure)
        elif failure is None:
            job.succeed(value)
        else:
            job.fail(failure)

    def _prepared(self, rank: int, error: BaseException | None) -> None:
        if error is not None:
            self.pool.fail("initializer failed", error)
            return
        self.prepared.add(rank)
        # The workers of a crew of one's own are all prepared before the first job.
        if not self.busy and not self.pool.event.is_set():
            self.pool.ready(self.most)

    def _lose(self, error: BaseException) -> None:
        """The workers are gone, or MPI fails: nothing of this crew can be relied on."""
        if self.crew.lost is None:
            self.crew.lost = error
        self.pool.fail(f"a worker or its connection was lost: {error}", error)
        assert self.pool.broken is not None
        for busy in self.busy.values():
            if busy.job is not None:
                busy.job.fail(broken_again(self.pool.broken))
        self.busy.clear()


def run_in_thread(pool: Pool, open_crew: Callable[[], Crew], setup: Setup, most: int, dismiss: bool) -> None:
    """All that the thread of an executor does: get the workers, have the jobs done, let the workers go."""
    try:
        crew = open_crew()
    except BaseException as error:
        pool.fail(f"there are no workers: {error}", error)
        return
    Manager(pool, crew, setup, most).run()
    if dismiss:
        # All jobs are done or failed: whom a worker that dies now would hurt is told by the launcher.
        with contextlib.suppress(ProcessDied):
            crew.dismiss()
