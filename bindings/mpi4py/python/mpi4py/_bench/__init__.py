"""What ``python -m mpi4py.bench`` runs."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from statistics import fmean, stdev
from time import perf_counter
from typing import Any


def parser(command: str, description: str | None) -> ArgumentParser:
    """The options that all commands have."""
    made = ArgumentParser(prog=f"python -m mpi4py.bench {command}", description=description)
    made.add_argument("-q", "--quiet", action="store_true", help="quiet output")
    return made


def add_sizes(made: ArgumentParser, smallest: int, largest: int, samples: tuple[int, int], unit: str) -> None:
    """Options of measurements over sizes; large and huge sizes are measured less often."""
    skip, loop = samples
    made.add_argument("-m", "--min-size", type=int, default=smallest, help=f"minimum {unit} size")
    made.add_argument("-n", "--max-size", type=int, default=largest, help=f"maximum {unit} size")
    made.add_argument("-s", "--skip", type=int, default=skip, help="number of warm-up iterations")
    made.add_argument("-l", "--loop", type=int, default=loop, help="number of iterations")
    for name, size, share in (("large", 1 << 14, 10), ("huge", 1 << 20, 100)):
        made.add_argument(f"--skip-{name}", type=int, default=max(1, skip // share))
        made.add_argument(f"--loop-{name}", type=int, default=max(2, loop // share))
        made.add_argument(f"--{name}-size", type=int, default=size)
    made.add_argument("--no-header", action="store_true")
    made.add_argument("--no-stats", action="store_true")


def sizes(options: Namespace) -> Iterator[int]:
    """The powers of two between the smallest and the largest size; the options' `skip` and `loop` fit each."""
    size = 1
    given = options.skip, options.loop
    while size <= options.max_size:
        if size > options.huge_size:
            options.skip, options.loop = options.skip_huge, options.loop_huge
        elif size > options.large_size:
            options.skip, options.loop = options.skip_large, options.loop_large
        else:
            options.skip, options.loop = given
        if size >= options.min_size:
            yield size
        size *= 2


def timed(action: Callable[[], Any], options: Namespace) -> list[float]:
    """Seconds of each call that counts."""
    times = []
    for _ in range(options.skip + options.loop):
        start = perf_counter()
        action()
        times.append(perf_counter() - start)
    return times[options.skip :]


def row(size: int, rate: str, times: list[float], options: Namespace) -> str:
    """A line of the table."""
    line = f"{size:10d}  {rate}"
    if not options.no_stats:
        deviation = stdev(times) if len(times) > 1 else 0.0
        line += f" | {fmean(times):.7e} ± {deviation:.4e} {len(times):8d}"
    return line
