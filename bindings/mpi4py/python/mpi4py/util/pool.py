"""The interface of `multiprocessing.pool`, over the executors of `mpi4py.futures`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from itertools import islice
from threading import Event, Lock
from typing import Any, Generic, Self, TypeVar
from warnings import warn

from .. import futures as _futures

__all__ = ["ApplyResult", "AsyncResult", "MapResult", "Pool", "ThreadPool"]

T = TypeVar("T")


class AsyncResult(Generic[T]):
    """Result that is to come."""

    def __init__(
        self,
        future: Future[T],
        callback: Callable[[T], object] | None = None,
        error_callback: Callable[[BaseException], object] | None = None,
    ) -> None:
        """Wrap a future.

        Parameters
        ----------
        future : concurrent.futures.Future
        callback, error_callback : callable, optional
            What to call with the result, or with the exception.
        """
        self.future = future
        self._event = Event()
        self._callback = callback
        self._error_callback = error_callback
        future.add_done_callback(self._done)

    def _done(self, future: Future[T]) -> None:
        """Call back, and then let those go on who wait."""
        try:
            if not future.cancelled():
                error = future.exception()
                if error is None:
                    if self._callback is not None:
                        self._callback(future.result())
                elif self._error_callback is not None:
                    self._error_callback(error)
        finally:
            self._event.set()

    def get(self, timeout: float | None = None) -> T:
        """Wait for the result, and return it.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait (default: as long as it takes).

        Raises
        ------
        TimeoutError
            There is no result in time, or never: the pool was terminated.
        """
        if not self._event.wait(timeout) or self.future.cancelled():
            raise TimeoutError
        return self.future.result()

    def wait(self, timeout: float | None = None) -> None:
        """Wait for the result.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait at most (default: as long as it takes).
        """
        self._event.wait(timeout)

    def ready(self) -> bool:
        """Tell whether the call is complete."""
        return self._event.is_set()

    def successful(self) -> bool:
        """Tell whether the call was completed without an exception.

        Raises
        ------
        ValueError
            It is not complete.
        """
        if not self.ready():
            raise ValueError(f"{self!r} not ready")
        return not self.future.cancelled() and self.future.exception() is None


class ApplyResult(AsyncResult[Any]):
    """Result of `Pool.apply_async`."""


class MapResult(AsyncResult[list[Any]]):
    """Result of `Pool.map_async` and `Pool.starmap_async`."""


class Pool:
    """Pool of MPI processes that work."""

    Executor: type[_futures.MPIPoolExecutor] = _futures.MPIPoolExecutor

    def __init__(
        self,
        processes: int | None = None,
        initializer: Callable[..., object] | None = None,
        initargs: Iterable[Any] = (),
        **kwargs: Any,
    ) -> None:
        """Make a pool.

        Parameters
        ----------
        processes : int, optional
            How many workers (default: what `Executor` says).
        initializer : callable, optional
            What each worker calls first.
        initargs : tuple, optional
            Its arguments.
        **kwargs
            Options of `Executor`. Those of `multiprocessing.Pool` that say nothing here are warned of.
        """
        if processes is not None and processes < 1:
            raise ValueError("number of processes must be at least 1")
        for name in ("maxtasksperchild", "context"):
            if name in kwargs:
                del kwargs[name]
                warn(f"{type(self).__name__} has no use for the argument {name!r}", stacklevel=2)
        self.executor = self.Executor(processes, initializer=initializer, initargs=initargs, **kwargs)

    def apply(
        self,
        func: Callable[..., Any],
        args: Iterable[Any] = (),
        kwds: Mapping[str, Any] = {},  # noqa: B006 (never changed; the signature is multiprocessing's)
    ) -> Any:
        """Call a function in a worker, and return its result."""
        return self.apply_async(func, args, kwds).get()

    def apply_async(
        self,
        func: Callable[..., Any],
        args: Iterable[Any] = (),
        kwds: Mapping[str, Any] = {},  # noqa: B006
        callback: Callable[[Any], object] | None = None,
        error_callback: Callable[[BaseException], object] | None = None,
    ) -> ApplyResult:
        """Begin to call a function in a worker.

        Returns
        -------
        ApplyResult
        """
        return ApplyResult(self.executor.submit(func, *args, **kwds), callback, error_callback)

    def map(self, func: Callable[[Any], Any], iterable: Iterable[Any], chunksize: int | None = None) -> list[Any]:
        """Call a function with each item, and return the list of results.

        Parameters
        ----------
        func : callable
        iterable : iterable
        chunksize : int, optional
            How many items a worker is given at once (default: about a quarter of its share).
        """
        return self.map_async(func, iterable, chunksize).get()

    def map_async(
        self,
        func: Callable[[Any], Any],
        iterable: Iterable[Any],
        chunksize: int | None = None,
        callback: Callable[[list[Any]], object] | None = None,
        error_callback: Callable[[BaseException], object] | None = None,
    ) -> MapResult:
        """Begin to call a function with each item.

        Returns
        -------
        MapResult
            Of the list of results.
        """
        return MapResult(self._submit(_call_each, func, iterable, chunksize), callback, error_callback)

    def imap(self, func: Callable[[Any], Any], iterable: Iterable[Any], chunksize: int = 1) -> Iterator[Any]:
        """Call a function with each item, and iterate over the results."""
        return self.executor.map(func, iterable, chunksize=chunksize)

    def imap_unordered(
        self, func: Callable[[Any], Any], iterable: Iterable[Any], chunksize: int = 1
    ) -> Iterator[Any]:
        """Call a function with each item, and iterate over the results as they come."""
        return self.executor.map(func, iterable, chunksize=chunksize, unordered=True)

    def starmap(
        self, func: Callable[..., Any], iterable: Iterable[Iterable[Any]], chunksize: int | None = None
    ) -> list[Any]:
        """Call a function with each tuple of arguments, and return the list of results; `chunksize` as in `map`."""
        return self.starmap_async(func, iterable, chunksize).get()

    def starmap_async(
        self,
        func: Callable[..., Any],
        iterable: Iterable[Iterable[Any]],
        chunksize: int | None = None,
        callback: Callable[[list[Any]], object] | None = None,
        error_callback: Callable[[BaseException], object] | None = None,
    ) -> MapResult:
        """Begin to call a function with each tuple of arguments.

        Returns
        -------
        MapResult
            Of the list of results.
        """
        return MapResult(self._submit(_star_each, func, iterable, chunksize), callback, error_callback)

    def istarmap(
        self, func: Callable[..., Any], iterable: Iterable[Iterable[Any]], chunksize: int = 1
    ) -> Iterator[Any]:
        """Call a function with each tuple of arguments, and iterate over the results."""
        return self.executor.starmap(func, iterable, chunksize=chunksize)

    def istarmap_unordered(
        self, func: Callable[..., Any], iterable: Iterable[Iterable[Any]], chunksize: int = 1
    ) -> Iterator[Any]:
        """Call a function with each tuple of arguments, and iterate over the results as they come."""
        return self.executor.starmap(func, iterable, chunksize=chunksize, unordered=True)

    def close(self) -> None:
        """Take no more calls."""
        self.executor.shutdown(wait=False)

    def terminate(self) -> None:
        """Take no more calls, and forget those that have not begun."""
        self.executor.shutdown(wait=False, cancel_futures=True)

    def join(self) -> None:
        """Wait for the workers to exit."""
        self.executor.shutdown(wait=True)

    def __enter__(self) -> Self:
        """Return the pool."""
        return self

    def __exit__(self, *args: object) -> None:
        """Take no more calls."""
        self.close()

    def _submit(
        self, each: Callable[..., Any], func: Callable[..., Any], iterable: Iterable[Any], chunksize: int | None
    ) -> Future[list[Any]]:
        """Submit an iterable in chunks; the future of the list of results."""
        items = list(iterable)
        if chunksize is None:
            shares = 4 * max(1, self.executor.num_workers)
            chunksize = max(1, -(-len(items) // shares))
        if chunksize < 1:
            raise ValueError("chunksize must be >= 1.")
        rest = iter(items)
        chunks = iter(lambda: list(islice(rest, chunksize)), [])
        return _gathered([self.executor.submit(each, func, chunk) for chunk in chunks])


class ThreadPool(Pool):
    """Pool of threads that work."""

    Executor = _futures.ThreadPoolExecutor


def _call_each(func: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    return [func(item) for item in items]


def _star_each(func: Callable[..., Any], items: Sequence[Iterable[Any]]) -> list[Any]:
    return [func(*item) for item in items]


def _gathered(parts: Sequence[Future[Any]]) -> Future[list[Any]]:
    """The future of the results of several futures, one list after the other; it fails with the first that does."""
    whole: Future[list[Any]] = Future()
    missing, settled = len(parts), not parts
    lock = Lock()

    def done(part: Future[Any]) -> None:
        nonlocal missing, settled
        failed = part.cancelled() or part.exception() is not None
        with lock:
            missing -= 1
            if settled or (missing and not failed):
                return
            settled = True
        # Outside of the lock: it calls back.
        if part.cancelled():
            whole.cancel()
        elif failed:
            whole.set_exception(part.exception())
        else:
            whole.set_result([result for each in parts for result in each.result()])

    if not parts:
        whole.set_result([])
    for part in parts:
        part.add_done_callback(done)
    return whole
