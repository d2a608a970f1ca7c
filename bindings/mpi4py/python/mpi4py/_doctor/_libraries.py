"""mpi4py's own settings; which MPI libraries there are, which is chosen, and why."""

import platform
import sys
import warnings
from collections.abc import Iterator
from os.path import dirname

from .. import __path__ as _path
from .. import __version__
from .._rc import Rc, read_environment
from ._finding import Finding, note, ok, problem
from ._patient import Facts, Patient

_REMEDIES = "What to do, one of:\n"


def settings(patient: Patient) -> Iterator[Finding]:
    """The package, the interpreter, and options that are set."""
    where = f"{sys.executable}\n{_path[0]}\n{platform.platform()}"
    yield ok(f"mpi4py {__version__} on Python {platform.python_version()}", where)
    ours = {name: text for name, text in sorted(patient.environ.items()) if name.startswith("MPI4PY_")}
    listed = "\n".join(f"{name}={text}" for name, text in ours.items())
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            read_environment(Rc())
    except ValueError as error:
        yield problem("an option of mpi4py has a bad value", str(error), "correct or unset the variable")
    else:
        for warning in warned:
            yield note("a variable that looks like an option of mpi4py is none", str(warning.message), "correct it")
        if ours:
            yield ok(f"{len(ours)} option(s) of mpi4py set", listed)


def chosen(patient: Patient) -> Iterator[Finding]:
    """The library that ``mpi4py.MPI`` would load here."""
    found = patient.chosen
    if "error" in found:
        text, _, remedies = found["error"].partition(_REMEDIES)
        remedy = "\n".join(line.strip().removeprefix("* ") for line in remedies.splitlines())
        remedy = remedy or "do what the message says: python -m mpi4py --info shows it too"
        yield problem("mpi4py.MPI cannot be imported", text.rstrip(), remedy)
        return
    name = _name(found)
    yield ok(f"MPI library: {name}", f"{found['library']}\n{found['why']}\nserved by the module {found['variant']}")
    refused = [one for one in found["tried"] if one["reason"] != "no such file"]
    if refused:
        yield note(
            "likelier libraries were refused",
            "\n".join(f"{one['path']} ({one['why']}): {one['reason']}" for one in refused),
            "when one of them is the one you want, its reason says what is in the way",
        )


def reachable(patient: Patient) -> Iterator[Finding]:
    """All the libraries that could be loaded here: with more than one, what else is installed may use another."""
    if "error" in patient.chosen and not patient.chosen["tried"]:
        return
    usable = [one for one in patient.reachable if "refused" not in one]
    # A linker script beside a library is for compilers.
    good = {dirname(one["library"]) for one in usable}
    broken = [one for one in patient.reachable if "refused" in one and dirname(one["library"]) not in good]
    listed = "\n".join(f"{_name(one)}: {one['library']} ({one['why']})" for one in usable)
    if len(usable) > 1:
        yield note(
            f"{len(usable)} MPI libraries are reachable",
            listed,
            "programs, and packages that link MPI themselves (h5py, petsc4py), must all use the same one:\n"
            "remove the others (pip uninstall, conda remove, module unload)\n"
            "or name the one you want: MPI4PY_LIBMPI=/path/to/the/library, or its family: MPI4PY_MPIABI=openmpi",
        )
    elif usable:
        yield ok("one MPI library is reachable", listed)
    if broken:
        yield note(
            "files that look like MPI libraries cannot be used",
            "\n".join(f"{one['library']}: {one['refused']}" for one in broken),
            "install the package that they are of again, or remove them",
        )


def _name(found: Facts) -> str:
    version = found["version"].strip("\0 \n").partition("\n")[0]
    return f"{' '.join(version.split())} (MPI {found['mpi']}, ABI {found['family']})"
