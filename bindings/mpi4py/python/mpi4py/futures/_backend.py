"""Where the workers of an executor come from: new processes, a communicator, the job's other ranks, or threads."""

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from mpi4py import MPI

from . import _startup
from ._crew import Crew
from ._pool import Pool
from ._manager import run_in_thread
from ._options import Options, spawned_workers
from ._wire import check_threads, serialized
from ._worker import set_group

Target = Callable[[Pool], None]


class Backend(Protocol):
    """A source of workers."""

    def workers(self, most: int | None) -> int:
        """How many there will be when at most so many are asked for."""
        ...

    def targets(self, options: Options) -> list[Target]:
        """What to run in threads, one thread each."""
        ...


class SpawnBackend:
    """New processes, by ``MPI.Intracomm.Spawn``."""

    def workers(self, most: int | None) -> int:
        return spawned_workers(most)

    def targets(self, options: Options) -> list[Target]:
        if _startup.is_importing_main():
            _abort_recursion()
        check_threads()
        count = self.workers(options.max_workers)
        return [_target(options, lambda: Crew(_spawn(options, count), options.setup.backoff), count, dismiss=True)]


class CommBackend:
    """The other side of an intercommunicator, for one executor."""

    def __init__(self, comm: MPI.Intercomm) -> None:
        self.comm = comm

    def workers(self, most: int | None) -> int:
        size = self.comm.Get_remote_size()
        return size if most is None else min(most, size)

    def targets(self, options: Options) -> list[Target]:
        check_threads()
        # The workers run the same script as we do, with its own main module.
        options.main = False
        most = self.workers(options.max_workers)
        return [_target(options, lambda: Crew(self.comm, options.setup.backoff), most, dismiss=True)]


class SharedBackend:
    """Workers that all executors of the process share, and that stay when an executor is shut down."""

    def __init__(self, crew: Crew) -> None:
        self.crew = crew

    def workers(self, most: int | None) -> int:
        return self.crew.size if most is None else min(most, self.crew.size)

    def targets(self, options: Options) -> list[Target]:
        return [_target(options, lambda: self.crew, self.workers(options.max_workers), dismiss=False)]


class ThreadBackend:
    """Threads of this process; `group` is what `get_comm_workers` returns in them."""

    def __init__(self, group: MPI.Intracomm | None = None) -> None:
        self.group = group

    def workers(self, most: int | None) -> int:
        return 1 if most is None or self.group is not None else most

    def targets(self, options: Options) -> list[Target]:
        count = self.workers(options.max_workers)
        gate = threading.Barrier(count)
        return [lambda pool: self._work(pool, options, gate)] * count

    def _work(self, pool: Pool, options: Options, gate: threading.Barrier) -> None:
        set_group(self.group)
        try:
            if options.setup.initializer is not None:
                initializer, initargs = options.setup.initializer.get()
                initializer(*initargs)
        except BaseException as error:
            pool.fail("initializer failed", error)
        gate.wait()
        if pool.broken is None:
            pool.ready(gate.parties)
        while (job := pool.take_soon()) is not None:
            try:
                result = job.function(*job.args, **job.kwargs)
            except BaseException as error:
                job.fail(error)
            else:
                job.succeed(result)
            del job


def _target(options: Options, open_crew: Callable[[], Crew], most: int, *, dismiss: bool) -> Target:
    setup = options.setup
    if options.main:
        setup = replace(setup, main=_startup.main_of_this_process(), inherited=list(sys.path))
    return lambda pool: run_in_thread(pool, open_crew, setup, most, dismiss)


def _spawn(options: Options, count: int) -> MPI.Intercomm:
    """Start the workers' processes.

    Raises
    ------
    RuntimeError
        They cannot be started.
    """
    program, *arguments = options.command
    if not (options.is_own_command or options.mpi_info):
        _try_out(options.command)
    info = MPI.INFO_NULL
    try:
        with serialized():
            if options.mpi_info:
                info = MPI.Info.Create(options.mpi_info)
            return MPI.COMM_SELF.Spawn(program, [*arguments, "-m", "mpi4py.futures.server"], count, info)
    except (MPI.Exception, NotImplementedError) as error:
        raise RuntimeError(
            f"MPI cannot start {count} process(es) of {program} ({error}): where it cannot at all, start all "
            f"processes at once: mpiexec -n {count + 1} python -m mpi4py.futures <script>"
        ) from error
    finally:
        if info != MPI.INFO_NULL:
            info.Free()


def _try_out(command: list[str]) -> None:
    """Run another Python here first: where a process ends before it initializes MPI, Spawn waits for ever."""
    try:
        done = subprocess.run(
            [*command, "-c", "import mpi4py; print('mpi4py is here')"],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeError(f"python_exe and python_args, {command}, cannot be run: {error}") from error
    if "mpi4py is here" not in done.stdout:
        raise RuntimeError(
            f"python_exe and python_args, {command}, start no Python that has mpi4py: exit status {done.returncode}, "
            f"{done.stderr.strip() or 'nothing said'}"
        )


def _abort_recursion() -> None:
    """Each worker would start workers that start workers. The main script cannot be told, so the job ends."""
    main = sys.modules[_startup.WORKER_MAIN]
    print(
        f"{getattr(main, '__file__', 'the main script')}: the main script of a worker must start no workers: guard "
        "it by\n\n    if __name__ == '__main__':\n        ...\n\nThis job is aborted, since it would start ever more.",
        file=sys.stderr,
        flush=True,
    )
    MPI.COMM_WORLD.Abort(1)
