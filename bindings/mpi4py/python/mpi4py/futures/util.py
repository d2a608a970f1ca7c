"""Futures made of futures."""

import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future
from functools import partial
from typing import Any

__all__ = ["collect", "compose"]


def collect(fs: Collection[Future[Any]]) -> Future[list[Any]]:
    """A future of the list of the results of `fs`, in their order.

    It fails with the first exception among them, or is cancelled with the first of them that is, and then the others
    are cancelled. Cancelling it cancels them.

    Parameters
    ----------
    fs : collection of Future
        What to wait for.
    """
    return _Collection(list(fs)).outcome


class _Collection:
    def __init__(self, futures: list[Future[Any]]) -> None:
        self.futures = futures
        self.missing = len(futures)
        self.lock = threading.Lock()
        self.outcome: Future[list[Any]] = type(futures[0])() if futures else Future()
        if not futures:
            self.outcome.set_running_or_notify_cancel()
            self.outcome.set_result([])
            return
        self.outcome.add_done_callback(lambda outcome: self._cancel_all() if outcome.cancelled() else None)
        for future in futures:
            future.add_done_callback(self._done)

    def _done(self, future: Future[Any]) -> None:
        failed = future.cancelled() or future.exception() is not None
        with self.lock:
            self.missing -= 1
            # The first failure decides, else the last result.
            decides = self.missing >= 0 and (failed or self.missing == 0)
            if decides:
                self.missing = -1
        if not decides:
            return
        if future.cancelled():
            self.outcome.cancel()
            _start(self.outcome)
        elif _start(self.outcome):
            if failed:
                self.outcome.set_exception(future.exception())
                self._cancel_all()
            else:
                self.outcome.set_result([one.result() for one in self.futures])

    def _cancel_all(self) -> None:
        for future in self.futures:
            future.cancel()


def compose(
    future: Future[Any],
    resulthook: Callable[[Any], Any] | None = None,
    excepthook: Callable[[BaseException], Any] | None = None,
) -> Future[Any]:
    """A future that is done after `future` and a function of its result, or of its exception.

    Parameters
    ----------
    future : Future
        What to wait for. Cancelling one of both futures cancels the other.
    resulthook : callable, optional
        Gets the result and gives the new one (default: the result itself).
    excepthook : callable, optional
        Gets the exception. If it returns an exception, the new future fails with that, else what it returns is
        the new result (default: fail with the exception itself).
    """
    outcome: Future[Any] = type(future)()
    outcome.add_done_callback(lambda done: future.cancel() if done.cancelled() else None)
    future.add_done_callback(partial(_composed, outcome, resulthook, excepthook))
    return outcome


def _composed(
    outcome: Future[Any],
    resulthook: Callable[[Any], Any] | None,
    excepthook: Callable[[BaseException], Any] | None,
    future: Future[Any],
) -> None:
    if future.cancelled():
        outcome.cancel()
    if not _start(outcome):
        return
    try:
        error = future.exception()
        if error is None:
            result = future.result()
            outcome.set_result(result if resulthook is None else resulthook(result))
            return
        result = error if excepthook is None else excepthook(error)
    except BaseException as raised:
        outcome.set_exception(raised)
        return
    if isinstance(result, BaseException):
        outcome.set_exception(result)
    else:
        outcome.set_result(result)


def _start(outcome: Future[Any]) -> bool:
    """Whether the outcome is to be set now; if it was cancelled, those who wait for it are told."""
    return outcome.set_running_or_notify_cancel()
