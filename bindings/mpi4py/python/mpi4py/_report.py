"""What mpi4py found on this machine, and why. It initializes no MPI."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from . import __path__ as _path
from . import __version__, rc
from ._loader import MPILibraryError, choose
from ._rc import read_environment

# Flags that print one thing, and that thing as a template over the report.
ANSWERS = {
    "--module": "{module}",
    "--mpi-library": "{library}",
    "--mpi-std-version": "MPI {mpi}",
    "--mpi-lib-version": "{version}",
}

# Flags that say something of mpi4py or of the MPI library, with what they say. No program runs then.
FLAGS = {
    "--prefix": "show the folder of mpi4py and exit",
    "--version": "show the version of mpi4py and exit",
    "--info": "show library, family, version, module and why they were chosen",
    "--json": "with --info: as JSON",
    "--module": "show the extension module that serves the MPI library",
    "--mpi-library": "show the path of the MPI library and exit",
    "--mpi-std-version": "show the MPI version that the library reports",
    "--mpi-lib-version": "show the version text of the library and exit",
}


def report() -> dict[str, Any]:
    """What was chosen and why, in the order to be shown."""
    found: dict[str, Any] = {"mpi4py": __version__, "python": sys.version.split()[0]}
    try:
        read_environment(rc)
        choice = choose(rc)
    except (MPILibraryError, ValueError) as error:
        return found | {"error": str(error), "tried": _tried(getattr(error, "tried", ()))}
    return found | {
        "library": choice.library.path,
        "family": choice.family,
        "mpi": ".".join(map(str, choice.version)),
        "version": choice.library.library_version(),
        "variant": choice.variant,
        "module": choice.module,
        "why": choice.why,
        "launcher": str(choice.launcher) if choice.launcher else None,
        "tried": _tried(choice.tried),
    }


def _tried(tried: Iterable[tuple[str, str, str]]) -> list[dict[str, str]]:
    return [{"path": path, "why": why, "reason": reason} for why, path, reason in tried]


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The report for people: the first line of the library's version, and no file that is merely absent."""
    yield f"mpi4py {found['mpi4py']}"
    for name in ("python", "library", "family", "mpi", "version", "variant", "module", "why", "launcher"):
        if found.get(name):
            yield f"  {name:<10}{found[name].splitlines()[0]}"
    for one in found["tried"]:
        if one["reason"] != "no such file":
            yield f"  {'refused':<10}{one['path']} ({one['why']}): {one['reason']}"


def tell(flag: str, *, json: bool = False) -> int:
    """Print what a flag asks for; the exit status is 1 when no MPI library fits."""
    if flag == "--prefix":
        print(_path[0])
        return 0
    if flag == "--version":
        print(f"mpi4py {__version__}")
        return 0
    found = report()
    if json:
        from json import dumps

        print(dumps(found, indent=2))
    elif "error" in found:
        print(found["error"], file=sys.stderr)
    else:
        print("\n".join(_lines(found)) if flag == "--info" else ANSWERS[flag].format(**found))
    return 1 if "error" in found else 0
