"""The thread of an executor: it brings jobs to workers and results back."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mpi4py import MPI

from ._crew import Crew
from ._failure import Failure
from ._jobs import Job, Jobs, broken_again
from ._options import Setup
from ._wire import Arrival, Backoff
from ._worker import setup_tag, task_tag


@dataclass(slots=True)
class _Busy:
    """What a worker is at: a job, or its setup. The requests keep what is being sent."""

    job: Job | None
    requests: list[MPI.Request]


class Manager:
    """Schedules the jobs of one executor on the workers of a crew, one job at a time for each."""

    def __init__(self, jobs: Jobs, crew: Crew, setup: Setup, most: int) -> None:
        self.jobs = jobs
        self.crew = crew
        self.setup = setup
        self.most = min(most, crew.size)
        self.number = crew.join(jobs.wake)
        self.prepared: set[int] = set()
        self.busy: dict[int, _Busy] = {}

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
                if self.jobs.broken is not None or not self._rest():
                    return
                pause.reset()
            elif (arrival := self.crew.link.poll(task_tag(self.number))) is not None:
                self._receive(arrival)
                pause.reset()
            else:
                self.crew.check()
                self._wait(pause.next())

    def _rest(self) -> bool:
        """Sleep until there is something to do; False: there will not be."""
        jobs = self.jobs
        with jobs.changed:
            if jobs.booted.is_set() and not jobs.waiting:
                if jobs.closing:
                    return False
                jobs.changed.wait()
            else:
                # All workers are with other executors, one of which will wake us. The time is for a crew that is lost.
                jobs.changed.wait(0.1)
        if not jobs.booted.is_set() or jobs.waiting:
            self.crew.check()
        return True

    def _wait(self, seconds: float) -> None:
        """Wait for an answer; a new job ends it when there may be a worker for it."""
        if seconds and len(self.busy) < self.most:
            with self.jobs.changed:
                if not self.jobs.waiting:
                    self.jobs.changed.wait(seconds)
                    return
        time.sleep(seconds)

    def _dispatch(self) -> None:
        """Give every idle worker something to do while there is something."""
        jobs = self.jobs
        while len(self.busy) < self.most and jobs.broken is None:
            booting = not jobs.booted.is_set()
            if not (jobs.waiting or booting) or (rank := self.crew.take()) is None:
                return
            if rank not in self.prepared:
                self._send(rank, None, self.setup, setup_tag(self.number), out_of_band=False)
            elif booting:
                # Every worker that could be had is at work or prepared.
                self.crew.give(rank, self.number)
                return
            elif (job := jobs.take()) is None:
                self.crew.give(rank, self.number)
                return
            else:
                task = (job.function, job.args, job.kwargs)
                self._send(rank, job, task, task_tag(self.number), self.setup.use_pkl5)

    def _send(self, rank: int, job: Job | None, what: Any, tag: int, out_of_band: bool) -> None:
        self.busy[rank] = busy = _Busy(job, [])
        try:
            busy.requests = self.crew.link.post_object(what, rank, tag, out_of_band)
        except MPI.Exception:
            raise
        except BaseException as error:
            self._release(rank)
            if job is not None:
                job.future.set_exception(error)
            else:
                self.jobs.fail("initializer failed: it cannot be sent to the workers", error)

    def _release(self, rank: int) -> Job | None:
        busy = self.busy.pop(rank)
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
        if isinstance(value, Failure) and not good:
            value = value.unwrap()
        if job is None:
            self._prepared(rank, None if good else value)
        elif good:
            job.future.set_result(value)
        else:
            job.future.set_exception(value)

    def _prepared(self, rank: int, error: BaseException | None) -> None:
        if error is not None:
            self.jobs.fail("initializer failed", error)
            return
        self.prepared.add(rank)
        # The workers of a crew of one's own are all prepared before the first job.
        if not self.busy and not self.jobs.booted.is_set():
            self.jobs.ready(self.most)

    def _lose(self, error: BaseException) -> None:
        """The workers are gone, or MPI fails: nothing of this crew can be relied on."""
        if self.crew.lost is None:
            self.crew.lost = error
        self.jobs.fail(f"a worker or its connection was lost: {error}", error)
        assert self.jobs.broken is not None
        for busy in self.busy.values():
            if busy.job is not None:
                busy.job.future.set_exception(broken_again(self.jobs.broken))
        self.busy.clear()


def run_in_thread(jobs: Jobs, open_crew: Callable[[], Crew], setup: Setup, most: int, dismiss: bool) -> None:
    """All that the thread of an executor does: get the workers, have the jobs done, let the workers go."""
    try:
        crew = open_crew()
    except BaseException as error:
        jobs.fail(f"there are no workers: {error}", error)
        return
    Manager(jobs, crew, setup, most).run()
    if dismiss:
        crew.dismiss()
