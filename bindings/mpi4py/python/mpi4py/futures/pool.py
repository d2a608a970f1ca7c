"""The executors."""

import atexit
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from typing import Any

from mpi4py import MPI

from ._backend import Backend, CommBackend, SpawnBackend, ThreadBackend
from ._pool import Job, Pool
from ._mapping import starmap
from ._options import read
from ._shared import comm_split, shared_backend, work_for
from ._worker import get_comm_workers

__all__ = ["MPICommExecutor", "MPIPoolExecutor", "ProcessPoolExecutor", "ThreadPoolExecutor", "get_comm_workers"]

# Pools whose threads must have ended before MPI is finalized; their threads keep them.
_pools: "weakref.WeakSet[Pool]" = weakref.WeakSet()


class MPIPoolExecutor(futures.Executor):
    """Executes calls in MPI processes, asynchronously.

    Functions, arguments and results are pickled, so that the main script must be importable: it is run in each worker,
    as module ``__worker__``. Guard what only the master does by ``if __name__ == '__main__':``.

    Parameters
    ----------
    max_workers : int, optional
        How many workers at most (default: ``MPI4PY_FUTURES_MAX_WORKERS``, else one less than MPI's universe size,
        else one).
    initializer : callable, optional
        Called in each worker before its first task. If it raises, the executor is broken.
    initargs : tuple
        The arguments of `initializer`.
    python_exe : str, optional
        The Python to start workers with (default: ``sys.executable``).
    python_args : sequence of str, optional
        Options for it, after those of this interpreter.
    mpi_info : mapping or pairs, optional
        Hints for ``MPI.Intracomm.Spawn``: where and how to start workers.
    globals : mapping or pairs, optional
        Variables of the workers' main module, set before its script is run.
    main : bool
        Run the main script in the workers (default: True).
    path : sequence of str, optional
        Paths to append to ``sys.path`` in workers.
    wdir : str, optional
        The working directory of workers.
    env : mapping or pairs, optional
        Environment variables of workers.
    use_pkl5 : bool, optional
        Send the buffers of objects apart from their pickles, without copies (default: ``MPI4PY_FUTURES_USE_PKL5``, else
        False).
    backoff : float, optional
        The longest sleep between two looks for messages, in seconds (default: ``MPI4PY_FUTURES_BACKOFF``, else 0.001).

    Raises
    ------
    ValueError
        A number of workers below 1.
    TypeError
        An initializer that cannot be called.

    Notes
    -----
    A worker that dies, cannot be started, or fails in its initializer breaks the executor: its futures fail with
    `BrokenExecutor`, whose ``__cause__`` says why.

    When a process dies of a signal, most launchers end the whole job at once, this process included, and their message
    names the signal. ``mpiexec --with-ft ulfm`` of Open MPI 5 lets the others live. So does ``mpiexec
    -disable-auto-cleanup`` of MPICH, as far as it can, where they handle ``SIGUSR1``.
    """

    Future = futures.Future

    def __init__(
        self,
        max_workers: int | None = None,
        initializer: Callable[..., object] | None = None,
        initargs: Iterable[Any] = (),
        **kwargs: Any,
    ) -> None:
        self._options = read(max_workers, initializer, initargs, **kwargs)
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._shutdown = False

    def _backend(self) -> Backend:
        """Where the workers come from."""
        return shared_backend() or SpawnBackend()

    @property
    def _max_workers(self) -> int:
        return 0 if self._shutdown else self._backend().workers(self._options.max_workers)

    @property
    def num_workers(self) -> int:
        """The number of workers, which are started if need be; 0 after `shutdown`, or when the executor is broken."""
        if self._shutdown:
            return 0
        pool = self._start("bootup")
        pool.event.wait()
        return pool.workers

    def bootup(self, wait: bool = True) -> "MPIPoolExecutor":
        """Start the workers now rather than at the first task, and return the executor.

        Parameters
        ----------
        wait : bool
            Wait until they are ready, or known to be none (default: True).

        Raises
        ------
        RuntimeError
            The executor has been shut down.
        """
        pool = self._start("bootup")
        if wait:
            pool.event.wait()
        return self

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> futures.Future[Any]:
        """Have ``fn(*args, **kwargs)`` called by a worker, and return a future of what it returns.

        Raises
        ------
        RuntimeError
            The executor has been shut down.
        BrokenExecutor
            The executor is broken.
        """
        job = Job(fn, args, kwargs, self.Future())
        self._start("submit").submit(job)
        return job.future

    def map(
        self,
        fn: Callable[..., Any],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
        unordered: bool = False,
    ) -> Iterator[Any]:
        """Iterate over ``map(fn, *iterables)``, with the calls made by workers.

        Parameters
        ----------
        timeout : float, optional
            Seconds from now until which all results must have come (default: no limit).
        chunksize : int
            How many calls one task makes (default: 1).
        buffersize : int, optional
            How many tasks to submit ahead of the results that were taken (default: all). Only for results in order.
        unordered : bool
            Give results as they come (default: in the order of the calls).

        Raises
        ------
        TimeoutError
            Not all results came in time.
        Exception
            What a call raises, when its result is taken.
        """
        return self.starmap(fn, zip(*iterables, strict=False), timeout, chunksize, buffersize, unordered)

    def starmap(
        self,
        fn: Callable[..., Any],
        iterable: Iterable[Iterable[Any]],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
        unordered: bool = False,
    ) -> Iterator[Any]:
        """Iterate over ``itertools.starmap(fn, iterable)``, with the calls made by workers.

        Parameters and errors are those of `map`.
        """
        return starmap(self.submit, fn, iterable, timeout, chunksize, buffersize, unordered)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the workers go when they have done what was submitted. It may be called again.

        Parameters
        ----------
        wait : bool
            Return when that is so (default: True); else at once.
        cancel_futures : bool
            Cancel what no worker has begun (default: False).
        """
        with self._lock:
            self._shutdown = True
            pool = self._pool
        if pool is None:
            return
        if cancel_futures:
            pool.cancel()
        pool.close()
        if wait:
            pool.join()
            self._pool = None

    def _start(self, verb: str) -> Pool:
        with self._lock:
            if self._shutdown:
                raise RuntimeError(f"cannot {verb} after shutdown")
            if self._pool is None:
                targets = self._backend().targets(self._options)
                self._pool = pool = Pool()
                weakref.finalize(self, pool.close).atexit = False
                pool.threads = [
                    threading.Thread(target=target, args=(pool,), name="mpi4py.futures", daemon=True)
                    for target in targets
                ]
                _pools.add(pool)
                for thread in pool.threads:
                    thread.start()
            return self._pool


class ProcessPoolExecutor(MPIPoolExecutor):
    """An `MPIPoolExecutor` that starts processes of its own, also where the job's ranks are shared workers."""

    def _backend(self) -> Backend:
        return SpawnBackend()


class ThreadPoolExecutor(MPIPoolExecutor):
    """An `MPIPoolExecutor` whose workers are threads of this process."""

    def _backend(self) -> Backend:
        return ThreadBackend()


class _CommPoolExecutor(MPIPoolExecutor):
    """The executor of an `MPICommExecutor`."""

    def __init__(self, backend: Backend, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._source = backend

    def _backend(self) -> Backend:
        return self._source


class MPICommExecutor:
    """A context that divides a communicator in a master, which gets an `MPIPoolExecutor`, and workers, which get None.

    Workers enter the context's body when the master has left it. All processes of the communicator must take part::

        with MPICommExecutor(MPI.COMM_WORLD, root=0) as executor:
            if executor is not None:
                print(list(executor.map(abs, [-1, 2])))

    Parameters
    ----------
    comm : MPI.Intracomm, optional
        What to divide (default: ``MPI.COMM_WORLD``). If it has one process only, tasks run in a thread of that.
    root : int
        The rank of the master (default: 0).
    **kwargs
        Parameters for `MPIPoolExecutor`.

    Raises
    ------
    ValueError
        An intercommunicator, or a root that is not a rank of `comm`.
    """

    def __init__(self, comm: MPI.Intracomm | None = None, root: int = 0, **kwargs: Any) -> None:
        if comm is None:
            comm = MPI.COMM_WORLD
        if comm.Is_inter():
            raise ValueError("expecting an intracommunicator")
        if not 0 <= root < comm.Get_size():
            raise ValueError("expecting root in range(comm.size)")
        self._comm = comm
        self._root = root
        # A wrong parameter is found here, before the workers wait for the root.
        read(**{"max_workers": None, "initializer": None, "initargs": (), **kwargs})
        self._options = kwargs
        self._entered = False
        self._executor: MPIPoolExecutor | None = None

    def __enter__(self) -> MPIPoolExecutor | None:
        """The executor at the root; None at the others, when the root has left the context."""
        if self._entered:
            raise RuntimeError("__enter__")
        self._entered = True
        # Where ranks are shared workers already, they run no script that could take part.
        backend = shared_backend() or (ThreadBackend(MPI.COMM_SELF) if self._comm.Get_size() == 1 else None)
        if backend is not None:
            self._executor = _CommPoolExecutor(backend, **self._options)
            return self._executor
        other, group = comm_split(self._comm, self._root)
        if self._comm.Get_rank() != self._root:
            work_for(other, group)
            return None
        group.Free()
        self._executor = _CommPoolExecutor(CommBackend(other), **self._options)
        # Also an executor without tasks must let its workers go.
        return self._executor.bootup(wait=False)

    def __exit__(self, *args: object) -> None:
        """Shut the executor down, at the root."""
        self._entered = False
        if self._executor is not None:
            self._executor.shutdown()
            self._executor = None


def finish_all() -> None:
    """Wait until every executor has done what was submitted and let its workers go."""
    for pool in list(_pools):
        pool.close()
        pool.join()


# After the main thread's end and before MPI's, whose handler was registered earlier.
atexit.register(finish_all)
