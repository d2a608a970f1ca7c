"""The message when no MPI library fits: what was tried, and what to do."""

import sys
from os.path import basename, dirname

# As in the module typing, which takes too long to import here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._launcher import Launcher

_PACKAGES = {"mpich": "mpich", "openmpi": "openmpi", "impi": "impi-rt"}


def nothing_fits(tried: "Sequence[tuple[str, str, str]]", launcher: "Launcher | None", named: bool) -> str:
    """The text of the error. `named`: the library was named by the user."""
    return "\n".join(["mpi4py found no MPI library that fits.", *_report(tried), *_remedy(launcher, named)])


def _report(tried: "Sequence[tuple[str, str, str]]") -> "Iterator[str]":
    """One line per candidate; those that are not there share a line per folder."""
    lines: dict[tuple[str, ...], list[str]] = {}
    for why, path, reason in tried:
        key: tuple[str, ...] = (why, dirname(path)) if reason == "no such file" else (why, path, reason)
        lines.setdefault(key, []).append(path)
    yield "Tried, in this order:"
    for (why, place, *rest), paths in lines.items():
        if rest or len(paths) == 1:
            yield f"  {paths[0]} ({why}): {rest[0] if rest else 'no such file'}"
        else:
            yield f"  {f'{place} ({why})' if place else why}: no {', '.join(map(basename, paths))}"


def _remedy(launcher: "Launcher | None", named: bool) -> "Iterator[str]":
    """What to do, the likeliest first."""
    windows = sys.platform == "win32"
    fitting = [_PACKAGES[family] for family in launcher.families if family in _PACKAGES] if launcher else []
    packages = ["impi-rt"] if windows else fitting or list(_PACKAGES.values())
    yield "What to do, one of:"
    if named:
        yield "  * name another library, or none: then mpi4py looks for one (MPI4PY_LIBMPI, mpi4py.rc.libmpi)"
    yield f"  * install an MPI beside mpi4py: {', or '.join(f'pip install {name}' for name in packages)}"
    if not windows:
        yield "  * on a cluster, load one: module load mpich (or openmpi, intel-mpi: see module avail)"
    if not named:
        yield "  * name one: MPI4PY_LIBMPI=/path/to/the/library"
    if launcher and launcher.binding:
        yield f"  * start the job with the mpiexec of the library you want: it was {launcher.name} that did"
        yield "  * if that and the library do go together, say so: MPI4PY_LAUNCHER_CHECK=0"
