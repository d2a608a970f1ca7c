"""The worker's side: do what the master sends until it sends no more."""

import threading
from typing import Any

from mpi4py import MPI

from . import _startup
from ._failure import Failure
from ._options import BACKOFF, Setup
from ._place import Watch, here
from ._wire import Arrival, Link

# Tags. A worker first says where it is; then each executor has two tags, of its setup and of its tasks, and its
# workers answer with the latter.
HELLO = 0
MASTER = 0


def setup_tag(executor: int) -> int:
    """The tag of an executor's `Setup`. Executors are numbered from 1."""
    return 2 * executor


def task_tag(executor: int) -> int:
    """The tag of an executor's tasks, and of all answers."""
    return 2 * executor + 1


class _Current(threading.local):
    group: MPI.Intracomm | None = None


_current = _Current()


def set_group(group: MPI.Intracomm | None) -> None:
    """Say what `get_comm_workers` returns in this thread."""
    _current.group = group


def get_comm_workers() -> MPI.Intracomm:
    """An intracommunicator of the workers, for tasks that work together.

    Raises
    ------
    RuntimeError
        This is no worker.
    """
    if _current.group is None:
        raise RuntimeError("communicator is not accessible: only the workers of a pool, within a task, have one")
    return _current.group


def serve(comm: MPI.Intercomm, group: MPI.Intracomm) -> None:
    """Do the tasks that come over `comm`, as one worker of `group`, until the master ends it."""
    set_group(group)
    try:
        worker = _Worker(comm, group)
        worker.run()
        worker.watch.close()
    finally:
        set_group(None)


class _Worker:
    def __init__(self, comm: MPI.Intercomm, group: MPI.Intracomm) -> None:
        self.watch = Watch()
        self.link = Link(comm, self.watch.check)
        self.group = group
        self.backoff = BACKOFF
        self.out_of_band: dict[int, bool] = {}

    def run(self) -> None:
        self.link.complete(self.link.post_object(here(), MASTER, HELLO, out_of_band=False))
        while (arrival := self.link.wait(self.backoff)).data:
            if arrival.tag % 2:
                self._answer(arrival.tag, self._task(arrival))
            else:
                self._answer(arrival.tag + 1, self._setup(arrival))

    def _setup(self, arrival: Arrival) -> tuple[bool, Any]:
        self.out_of_band[arrival.tag + 1] = False
        try:
            setup: Setup = self.link.unpack(arrival, out_of_band=False)
            self.backoff = setup.backoff
            self.watch.add("the master", setup.master)
            _startup.prepare(setup)
        except BaseException as error:
            return False, Failure.of(error, self.group)
        self.out_of_band[arrival.tag + 1] = setup.use_pkl5
        return True, None

    def _task(self, arrival: Arrival) -> tuple[bool, Any]:
        try:
            function, args, kwargs = self.link.unpack(arrival, self.out_of_band[arrival.tag])
            return True, function(*args, **kwargs)
        except BaseException as error:
            return False, Failure.of(error, self.group)

    def _answer(self, tag: int, answer: tuple[bool, Any]) -> None:
        """Send an answer; one that cannot be pickled becomes the exception that says so."""
        out_of_band = self.out_of_band[tag]
        try:
            requests = self.link.post_object(answer, MASTER, tag, out_of_band)
        except MPI.Exception:
            raise
        except BaseException as error:
            if not answer[0]:
                # The text of the exception that cannot be pickled goes along.
                error.__cause__ = answer[1].exception
            answer = (False, Failure.of(error, self.group))
            error.__cause__ = None
            requests = self.link.post_object(answer, MASTER, tag, out_of_band)
        self.link.complete(requests)
