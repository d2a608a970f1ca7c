"""Where MPI libraries may be, likeliest first."""

import sys
from os import X_OK, access, environ, pathsep
from os.path import basename, dirname, isfile, join, realpath

# As in the module typing, which takes too long to import here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._launcher import Launcher

# What MPI libraries are called, with the family it hints at. The hint only orders: what a library is, its symbols say.
_NAMES = {
    "linux": (
        ("libmpi.so.12", "mpich"),
        ("libmpi.so.40", "openmpi"),
        ("libmpich.so.12", "mpich"),
        ("libmpi.so", ""),
        ("libmpi_abi.so.1", "mpiabi"),
    ),
    "darwin": (
        ("libmpi.12.dylib", "mpich"),
        ("libmpi.40.dylib", "openmpi"),
        ("libmpich.12.dylib", "mpich"),
        ("libmpi.dylib", ""),
        ("libmpi_abi.1.dylib", "mpiabi"),
    ),
    "win32": (
        ("impi.dll", "impi"),
        ("msmpi.dll", "msmpi"),
        ("mpi_abi.dll", "mpiabi"),
    ),
}

# Folders of libraries inside an installation's root.
_FOLDERS = {
    "linux": ("lib", "lib64", "lib/release", "lib-abi-mpich"),
    "darwin": ("lib",),
    "win32": ("Library/bin", "bin", "bin/release"),
}

# How an environment's own library folder is called: where pip and conda put a package's libraries.
_OWN_FOLDER = {"win32": "Library/bin"}.get(sys.platform, "lib")

# Variables in which environment modules name an MPI's root.
ROOTS = ("CRAY_MPICH_DIR", "I_MPI_ROOT", "MPI_HOME", "MPI_ROOT")

_PLATFORM = sys.platform if sys.platform in _NAMES else "linux"


def candidates(launcher: "Launcher | None", likely: tuple[str, ...]) -> "Iterator[tuple[str, str]]":
    """Yield (why, path) for every place to look, each path once; a name without folder is the system's to find."""
    names = sorted(_NAMES[_PLATFORM], key=lambda name: name[1] not in likely)
    seen = set()
    for why, folder in _folders(launcher):
        for name, _ in names:
            path = join(folder, name) if folder else name
            if path not in seen:
                seen.add(path)
                yield why, path


def _folders(launcher: "Launcher | None") -> "Iterator[tuple[str, str]]":
    """Yield (why, folder), lazily: later places cost file-system calls to name."""
    if launcher:
        for root in launcher.roots:
            yield from _inside(f"beside {launcher.name}, which started this process", root)
    for prefix in filter(None, (install_prefix(), sys.prefix, sys.base_prefix)):
        yield "in the environment's own library folder", join(prefix, _OWN_FOLDER)
    if mpiexec := which("mpiexec"):
        for program in (mpiexec, realpath(mpiexec)):
            yield from _inside(f"beside {mpiexec}, which PATH finds", dirname(dirname(program)))
    for variable in ROOTS:
        if named := environ.get(variable):
            yield from _inside(f"in ${variable}", named)
    for folder in environ.get("LD_LIBRARY_PATH", "").split(":") if _PLATFORM == "linux" else ():
        if folder:
            yield "in $LD_LIBRARY_PATH", folder
    yield "among the system's libraries", ""


def _inside(why: str, root: str) -> "Iterator[tuple[str, str]]":
    for folder in _FOLDERS[_PLATFORM]:
        yield why, join(root, folder)


def install_prefix() -> str | None:
    """The prefix that mpi4py is installed under: the environment's, or the user's own (``pip install --user``)."""
    packages = dirname(dirname(__file__))
    if not basename(packages).endswith("-packages"):
        return None
    folder = dirname(packages)
    return dirname(dirname(folder)) if basename(folder).startswith("python") else dirname(folder)


def which(program: str) -> str | None:
    """The program as a shell finds it, or None."""
    program += ".exe" if _PLATFORM == "win32" else ""
    for folder in environ.get("PATH", "").split(pathsep):
        path = join(folder, program)
        if access(path, X_OK) and isfile(path):
            return path
    return None
