"""Run a program in rank 0 whose executors have all other ranks of the job as workers.

    mpiexec -n <ranks> python -m mpi4py.futures <pyfile> [arg] ...

All executors share the workers. An exception that the program does not handle ends the whole job.
"""

import io
import os
import runpy
import sys
import time
from collections.abc import Callable
from types import ModuleType

USAGE = """\
usage: python -m mpi4py.futures <pyfile> [arg] ...
   or: python -m mpi4py.futures -m <module> [arg] ...
   or: python -m mpi4py.futures -c <string> [arg] ...
   or: python -m mpi4py.futures - [arg] ..."""


def main() -> None:
    """Read the command line, and be the master or a worker."""
    program = _program(sys.argv[1:])
    from mpi4py import MPI

    from . import _shared, pool
    from ._place import ProcessDied

    if not _shared.start(MPI.COMM_WORLD):
        return
    try:
        program()
        pool.finish_all()
    except SystemExit as end:
        if end.code:
            code = end.code if isinstance(end.code, int) else 1
            print("" if isinstance(end.code, int) else end.code, end="\n" * (code != end.code), file=sys.stderr)
            _abort(code)
        pool.finish_all()
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        _abort(1)
    try:
        _shared.stop()
    except ProcessDied as error:
        print(f"mpi4py.futures: {error}; the job is aborted", file=sys.stderr)
        _abort(1)


def _abort(code: int) -> None:
    from mpi4py import MPI

    sys.stdout.flush()
    sys.stderr.flush()
    # Launchers drop what they have not read yet of an aborted job's output.
    time.sleep(0.2)
    MPI.COMM_WORLD.Abort(code)


def _program(arguments: list[str]) -> Callable[[], object]:
    """What the command line asks to run; it exits when it asks for nothing that can be run."""
    if not arguments:
        sys.exit(f"No path specified for execution\n{USAGE}")
    first, *rest = arguments
    if first in ("-h", "--help"):
        print(USAGE)
        sys.exit(0)
    if first in ("-m", "-c"):
        if not rest:
            sys.exit(f"Argument expected for option: {first}\n{USAGE}")
        what, *rest = rest
        sys.argv[:] = [first, *rest]
        sys.path[0] = os.getcwd() if first == "-m" else ""
        if first == "-m":
            return lambda: runpy.run_module(what, run_name="__main__", alter_sys=True)
        return lambda: _execute(what, "<string>")
    if first != "-" and first.startswith("-"):
        sys.exit(f"Unknown option: {first}\n{USAGE}")
    sys.argv[:] = arguments
    if first == "-":
        sys.path[0] = ""
        return lambda: _execute(sys.stdin.read(), "<stdin>")
    if os.path.isdir(first) or not _is_text(first):
        del sys.path[0]
        return lambda: runpy.run_path(first, run_name="__main__")
    sys.path[0] = os.path.dirname(os.path.realpath(first))
    return lambda: _execute(_source(first), first)


def _is_text(path: str) -> bool:
    """Whether a file is a script; else it is an archive or compiled. One that is not there is told of later."""
    try:
        with open(path, "rb") as file:
            return b"\0" not in file.read(64)
    except OSError:
        return True


def _source(path: str) -> bytes:
    with io.open_code(os.path.abspath(path)) as file:
        return file.read()


def _execute(source: str | bytes, name: str) -> None:
    """Run a program as the main module, which stays: executors may still pickle its functions at the end."""
    module = ModuleType("__main__")
    if not name.startswith("<"):
        module.__file__ = name
    sys.modules["__main__"] = module
    exec(compile(source, name, "exec"), vars(module))


if __name__ == "__main__":
    main()
