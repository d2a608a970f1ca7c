"""``mpi4py.rc.abort_on_exception``: an exception that nobody handles ends all processes of the job."""

import sys
import threading
from collections.abc import Callable


def install() -> None:
    """Let exceptions that leave the program, or a thread of it, abort the job after their traceback."""
    sys.excepthook = _after(sys.excepthook, lambda kind, value, traceback: kind)
    threading.excepthook = _after(threading.excepthook, lambda thread: thread.exc_type)


def _after(hook: Callable[..., object], kind_of: Callable[..., type[BaseException] | None]) -> Callable[..., None]:
    """The hook, and then the end of the job."""

    def abort(*arguments: object) -> None:
        hook(*arguments)
        # A thread that exits has not failed; who types commands wants to go on.
        if kind_of(*arguments) is not SystemExit and not hasattr(sys, "ps1"):
            _abort(130 if kind_of(*arguments) is KeyboardInterrupt else 1)

    return abort


def _abort(status: int) -> None:
    """At once, not at exit: the interpreter would wait for other threads, which may wait for other processes."""
    from . import MPI

    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    if MPI.Is_initialized() and not MPI.Is_finalized():
        MPI.COMM_WORLD.Abort(status)
