"""``map`` and ``starmap``: many calls as tasks, and their results in order or as they come."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import chain, islice, starmap as call_each
from queue import Empty, SimpleQueue
from typing import Any

Submit = Callable[..., Future[Any]]


def starmap(
    submit: Submit,
    fn: Callable[..., Any],
    iterable: Iterable[Iterable[Any]],
    timeout: float | None,
    chunksize: int,
    buffersize: int | None,
    unordered: bool,
) -> Iterator[Any]:
    """Submit the calls, or the first of them, and return an iterator of their results."""
    if chunksize < 1:
        raise ValueError("chunksize must be >= 1.")
    if buffersize is not None and not isinstance(buffersize, int):
        raise TypeError("buffersize must be an integer or None")
    if buffersize is not None and buffersize < 1:
        raise ValueError("buffersize must be None or > 0")
    if buffersize is not None and unordered:
        raise ValueError("buffersize is for results in order only, not for unordered=True")
    end = None if timeout is None else time.monotonic() + timeout
    if chunksize == 1:
        tasks = (submit(fn, *args) for args in iterable)
    else:
        tasks = (submit(_call_chunk, fn, chunk) for chunk in _chunks(iterable, chunksize))
    # A generator's body runs at its first use; what is submitted now must be submitted here.
    begun = deque(tasks if buffersize is None else islice(tasks, buffersize))
    results = _as_they_come(begun, end) if unordered else _in_order(begun, tasks, end)
    return results if chunksize == 1 else _flat(results)


def _chunks(iterable: Iterable[Iterable[Any]], size: int) -> Iterator[list[Iterable[Any]]]:
    iterator = iter(iterable)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _call_chunk(fn: Callable[..., Any], chunk: list[Iterable[Any]]) -> list[Any]:
    return list(call_each(fn, chunk))


def _flat(results: Iterator[list[Any]]) -> Iterator[Any]:
    try:
        yield from chain.from_iterable(results)
    finally:
        results.close()  # type: ignore[attr-defined]  # it is a generator


def _left(end: float | None) -> float | None:
    return None if end is None else max(end - time.monotonic(), 0)


def _in_order(begun: deque[Future[Any]], tasks: Iterator[Future[Any]], end: float | None) -> Iterator[Any]:
    try:
        while begun:
            result = begun[0].result(_left(end))
            # Not named here any more, so that a result dies as soon as its taker wants.
            begun.popleft()
            begun.extend(islice(tasks, 1))
            yield result
            del result
    finally:
        for future in begun:
            future.cancel()


def _as_they_come(begun: deque[Future[Any]], end: float | None) -> Iterator[Any]:
    done: SimpleQueue[Future[Any]] = SimpleQueue()
    pending = set(begun)
    begun.clear()
    for future in pending:
        future.add_done_callback(done.put)
    try:
        while pending:
            try:
                future = done.get(timeout=_left(end))
            except Empty:
                raise TimeoutError from None
            pending.discard(future)
            result = future.result()
            del future
            yield result
            del result
    finally:
        for future in pending:
            future.cancel()
