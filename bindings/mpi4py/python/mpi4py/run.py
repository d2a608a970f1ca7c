"""Run Python programs so that one process's failure ends the job.

``python -m mpi4py script.py`` runs a program as ``python script.py`` does. When an exception leaves it, its traceback
is printed and ``MPI.COMM_WORLD.Abort()`` ends all processes of the job: else the others wait forever for the one that
has gone.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence

USAGE = """\
usage: python -m mpi4py [options] <pyfile> [arg] ...
   or: python -m mpi4py [options] -m <mod> [arg] ...
   or: python -m mpi4py [options] -c <cmd> [arg] ...
   or: python -m mpi4py [options] - [arg] ...
   or: python -m mpi4py [options] --mpiexec [arg of mpiexec] ...
   or: python -m mpi4py [options] doctor [--json] [--timeout <seconds>]
"""


class _Usage(SystemExit):
    """The command line cannot be read."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}\n{USAGE}Try `python -m mpi4py -h` for more information.")


def run_command_line(args: Sequence[str] | None = None) -> None:
    """Run a program as Python's own command line does.

    Parameters
    ----------
    args : sequence of str, optional
        What to run, and the program's arguments (default: ``sys.argv[1:]``). It is one of

        * ``pyfile``: a file, a folder or a zip archive with a ``__main__`` module,
        * ``-m mod``: a module, run as a script,
        * ``-c cmd``: a program given as text,
        * ``-``: a program read from standard input.

    Exceptions of the program are passed on.
    """
    what, *rest = sys.argv[1:] if args is None else args
    if what == "-":
        sys.argv[:] = [what, *rest]
        _run_text(sys.stdin.read(), "<stdin>")
    elif what == "-c":
        text, *rest = rest
        sys.argv[:] = [what, *rest]
        _run_text(text, "<string>")
    elif what == "-m":
        from runpy import run_module

        sys.argv[:] = rest
        run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        from os.path import dirname, isfile, realpath
        from runpy import run_path

        sys.argv[:] = [what, *rest]
        # Python starts a script with its folder as the first of the path; run_path() does that for folders and
        # archives alone.
        if isfile(what) and not sys.flags.safe_path:
            sys.path[0] = dirname(realpath(what))
        run_path(what, run_name="__main__")


def _run_text(text: str, filename: str) -> None:
    """Run a program that is no file, as the module ``__main__``: what it pickles is found there."""
    from types import ModuleType

    module = sys.modules["__main__"] = ModuleType("__main__")
    if not sys.flags.safe_path:
        sys.path[0] = ""
    exec(compile(text, filename, "exec", 0, dont_inherit=True), module.__dict__)


def set_abort_status(status: SystemExit | int | str | None) -> None:
    """End all processes of the job when this one exits, by ``MPI.COMM_WORLD.Abort(status)``.

    Call it while an exception is handled that is then raised again. It does nothing where ``mpi4py.MPI`` was not
    imported.

    Parameters
    ----------
    status : SystemExit, int, str or None
        The exit status, as ``sys.exit()`` takes it: None is 0, which ends nothing, and what is no number is 1.
    """
    if isinstance(status, SystemExit):
        status = status.code
    if status is None:
        status = 0
    if not isinstance(status, int):
        status = 1
    if module := sys.modules.get("mpi4py.MPI"):
        module._set_abort_status(status)


def main() -> None:
    """The command ``python -m mpi4py``, also ``python -m mpi4py.run``."""
    arguments = _read_options(sys.argv[1:])
    try:
        run_command_line(arguments)
    except SystemExit as leaving:
        set_abort_status(leaving)
        raise
    except KeyboardInterrupt:
        from signal import SIGINT

        set_abort_status(128 + SIGINT)
        raise
    except BaseException:
        set_abort_status(1)
        raise


def _read_options(words: Iterable[str]) -> list[str]:
    """Follow the options; what to run, and its arguments, are left."""
    from ._report import FLAGS, tell

    asked = []
    words = list(words)
    while words:
        word = words[0]
        flag, equals, value = word.partition("=")
        if flag in ("-h", "--help"):
            _help(FLAGS)
        elif flag in ("-rc", "--rc") and (not equals or flag == "--rc"):
            words.pop(0)
            _set_options(value if equals else _argument(flag, words[:1]))
            if not equals:
                words.pop(0)
            continue
        elif word in FLAGS:
            asked.append(words.pop(0))
            continue
        elif word == "--mpiexec" and not asked:
            from ._mpiexec import run

            sys.exit(run(words[1:]))
        elif word == "doctor" and not asked:
            from ._doctor.command import main as examine

            sys.exit(examine(words[1:]))
        elif word in ("-m", "-c"):
            _argument(word, words[1:])
        elif word.startswith("-") and word != "-":
            raise _Usage(f"Unknown option: {word}")
        break
    if asked:
        topics = [flag for flag in asked if flag != "--json"]
        if len(topics) != 1 or ("--json" in asked and topics != ["--info"]):
            raise _Usage(f"These options do not go together: {' '.join(asked)}")
        sys.exit(tell(topics[0], json="--json" in asked))
    if not words:
        raise _Usage("No path specified for execution")
    return words


def _argument(flag: str, words: list[str]) -> str:
    if not words:
        raise _Usage(f"Argument expected for option: {flag}")
    return words[0]


def _set_options(text: str) -> None:
    """``name=value,…`` for ``mpi4py.rc``."""
    from . import rc

    for one in text.split(","):
        name, equals, value = one.partition("=")
        if not (name and equals and value):
            raise _Usage(f"Cannot parse rc option: {one}")
        try:
            setattr(rc, name.strip(), value)
        except (TypeError, ValueError) as error:
            raise _Usage(str(error)) from None


def _help(flags: Mapping[str, str]) -> None:
    rows = {
        **flags,
        "--mpiexec": "run the launcher that belongs to the MPI library, with the arguments that follow",
        "doctor": "examine MPI on this machine, and say what to do (doctor --help)",
        "-h|--help": "show this help message and exit",
        "-rc <key=value,...>": "set 'mpi4py.rc.key=value'",
    }
    print(USAGE + "options:")
    for flag, text in rows.items():
        print(f"  {flag:<20} {text}")
    sys.exit()


if __name__ == "__main__":
    main()
