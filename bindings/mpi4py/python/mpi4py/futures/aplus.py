"""Chains of futures, in the manner of JavaScript's promises (https://promisesaplus.com/)."""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

Hook = Callable[[Any], Any]
F = TypeVar("F", bound=Future[Any])


class ThenableFuture(Future[Any]):
    """A `Future` with `then` and `catch` as methods."""

    def then(self, on_success: Hook | None = None, on_failure: Hook | None = None) -> "ThenableFuture":
        """Return ``then(self, on_success, on_failure)``."""
        return then(self, on_success, on_failure)

    def catch(self, on_failure: Hook | None = None) -> "ThenableFuture":
        """Return ``catch(self, on_failure)``."""
        return catch(self, on_failure)


def then(future: F, on_success: Hook | None = None, on_failure: Hook | None = None) -> F:
    """A future of what follows `future`.

    Parameters
    ----------
    future : Future
        What to wait for. If it is cancelled, so is the new one.
    on_success : callable, optional
        Gets the result. If it returns a future, the new future ends as that does, else with what it returns (default:
        end with the result itself).
    on_failure : callable, optional
        Gets the exception. A future that it returns is followed; an exception that it returns is the new
        future's; anything else is the result (default: fail with the exception itself).
    """
    outcome = type(future)()
    future.add_done_callback(partial(_settle, outcome, on_success, on_failure))
    return outcome


def catch(future: F, on_failure: Hook | None = None) -> F:
    """The future ``then(future, None, on_failure)``; without a function, the exception becomes the result None."""
    return then(future, None, on_failure or (lambda error: None))


def _settle(outcome: Future[Any], on_success: Hook | None, on_failure: Hook | None, future: Future[Any]) -> None:
    """`future` is done: go on with what the hook makes of it."""
    if future.cancelled():
        _cancel(outcome)
        return
    error = future.exception()
    hook = on_success if error is None else on_failure
    value: Any = future.result() if error is None else error
    if hook is not None:
        try:
            value = hook(value)
        except BaseException as raised:
            _fail(outcome, raised)
            return
    if isinstance(value, Future):
        _follow(outcome, value)
    elif error is not None and isinstance(value, BaseException):
        _fail(outcome, value)
    elif outcome.set_running_or_notify_cancel():
        outcome.set_result(value)


def _follow(outcome: Future[Any], future: Future[Any]) -> None:
    """End as another future does; one that would wait for itself fails."""
    followed: list[Future[Any]] = vars(outcome).setdefault("_followed", [])
    if future in followed or _leads_to(future, outcome):
        _fail(outcome, RuntimeError("chain cycle detected: a future would wait for itself"))
        return
    followed.append(future)
    future.add_done_callback(partial(_settle, outcome, None, None))


def _leads_to(future: Future[Any], goal: Future[Any]) -> bool:
    return future is goal or any(_leads_to(one, goal) for one in vars(future).get("_followed", ()))


def _fail(outcome: Future[Any], error: BaseException) -> None:
    if outcome.set_running_or_notify_cancel():
        outcome.set_exception(error)


def _cancel(outcome: Future[Any]) -> None:
    outcome.cancel()
    outcome.set_running_or_notify_cancel()
