"""``python -m mpi4py.bench``: small programs that tell whether MPI works, and how fast."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import MPI


def helloworld(comm: "MPI.Intracomm", args: Sequence[str] | None = None, verbose: bool = True) -> str:
    """Let each process say hello, by rank.

    Parameters
    ----------
    comm : Intracomm
    args : sequence of str, optional
        Options (default: those of the command line).
    verbose : bool, optional
        Print it, or return the message only.

    Returns
    -------
    str
        What this process says.
    """
    from . import MPI
    from ._bench import parser
    from .util.sync import Sequential

    options = parser("helloworld", _summary(helloworld)).parse_args(args)
    message = f"Hello, World! I am process {comm.Get_rank()} of {comm.Get_size()} on {MPI.Get_processor_name()}."
    with Sequential(comm):
        if verbose and not options.quiet:
            print(message, flush=True)
    return message


def ringtest(comm: "MPI.Intracomm", args: Sequence[str] | None = None, verbose: bool = True) -> float:
    """Time a message that goes around all processes.

    Parameters
    ----------
    comm : Intracomm
    args : sequence of str, optional
        Options (default: those of the command line).
    verbose : bool, optional
        Print the time.

    Returns
    -------
    float
        Seconds of all rounds, at process 0; 0 elsewhere.

    Raises
    ------
    ValueError
        The message that came around is not the one that was sent.
    """
    from ._bench import parser
    from ._bench.ring import run

    made = parser("ringtest", _summary(ringtest))
    made.add_argument("-n", "--size", type=int, default=1, help="message size")
    made.add_argument("-s", "--skip", type=int, default=0, help="number of warm-up iterations")
    made.add_argument("-l", "--loop", type=int, default=1, help="number of iterations")
    options = made.parse_args(args)
    seconds = run(comm, options)
    if verbose and not options.quiet and comm.Get_rank() == 0:
        print(
            f"time for {options.loop} loops = {seconds:g} seconds "
            f"({comm.Get_size()} processes, {options.size} bytes)",
            flush=True,
        )
    return seconds


def pingpong(
    comm: "MPI.Intracomm", args: Sequence[str] | None = None, verbose: bool = True
) -> list[tuple[int, float]]:
    """Time messages between two processes.

    Parameters
    ----------
    comm : Intracomm
        Its processes 0 and 1 exchange messages; one process alone sends to itself.
    args : sequence of str, optional
        Options (default: those of the command line).
    verbose : bool, optional
        Print the table.

    Returns
    -------
    list of (int, float)
        Bytes and seconds of one message.
    """
    from ._bench.pingpong import run

    return run(comm, args, verbose)


def futures(
    comm: "MPI.Intracomm", args: Sequence[str] | None = None, verbose: bool = True
) -> list[tuple[int, float]]:
    """Measure how many tasks `mpi4py.futures` gets done.

    Parameters
    ----------
    comm : Intracomm
        Its process 0 submits, the others work; one process alone starts workers.
    args : sequence of str, optional
        Options (default: those of the command line).
    verbose : bool, optional
        Print the table.

    Returns
    -------
    list of (int, float)
        Bytes of a task's data and seconds of all tasks, at process 0.
    """
    from ._bench.throughput import run

    return run(comm, args, verbose)


_COMMANDS: dict[str, Callable[..., Any]] = {command.__name__: command for command in (helloworld, ringtest, pingpong, futures)}


def main(args: Sequence[str] | None = None) -> None:
    """The command ``python -m mpi4py.bench``.

    Parameters
    ----------
    args : sequence of str, optional
        The command line (default: ``sys.argv[1:]``).
    """
    from argparse import REMAINDER, ArgumentParser, RawDescriptionHelpFormatter

    from . import rc

    commands = "\n".join(f"  {name:<12}{_summary(one)}" for name, one in _COMMANDS.items())
    parser = ArgumentParser(
        prog="python -m mpi4py.bench",
        usage="%(prog)s [options] <command> [args]",
        description=f"commands:\n{commands}",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--threads", action="store_true", default=None, help="initialize MPI with thread support")
    parser.add_argument("--no-threads", action="store_false", dest="threads", help="initialize MPI without it")
    parser.add_argument("--thread-level", metavar="LEVEL", help="initialize MPI with this level of it")
    parser.add_argument("command", metavar="<command>", help="benchmark command to run")
    parser.add_argument("args", metavar="[args]", nargs=REMAINDER, help="arguments for benchmark command")
    options = parser.parse_args(args)
    if options.command not in _COMMANDS:
        parser.error(f"unknown command {options.command!r}: choose from {', '.join(_COMMANDS)}")
    try:
        for name in ("threads", "thread_level"):
            if getattr(options, name) is not None:
                setattr(rc, name, getattr(options, name))
    except ValueError as error:
        parser.error(str(error))

    from . import MPI

    _COMMANDS[options.command](MPI.COMM_WORLD, options.args)


def _summary(command: Callable[..., Any]) -> str:
    return (command.__doc__ or "").partition("\n")[0]


if __name__ == "__main__":
    main()
