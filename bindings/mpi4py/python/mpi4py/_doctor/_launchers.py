"""Which ``mpiexec`` is first on PATH, and whether it is the chosen library's."""

from collections.abc import Iterator
from os.path import dirname

from .. import _mpiexec
from ._finding import Finding, note, ok, problem
from ._patient import Patient

OURS = "python -m mpi4py --mpiexec -n 4 python script.py"


def started(patient: Patient) -> Iterator[Finding]:
    """Whether a launcher started this process."""
    launcher = patient.started_by
    if launcher is not None:
        remedy = "run the doctor without mpiexec: it starts a job itself" if launcher.binding else ""
        yield note("this process is of a job already", f"{launcher} started it", remedy)


def launcher(patient: Patient) -> Iterator[Finding]:
    """The ``mpiexec`` of PATH, held against the chosen library."""
    first, known = patient.mpiexec, "error" not in patient.chosen
    own = patient.own_mpiexec
    if first is None:
        yield _absent(patient)
    elif not known:
        yield ok(f"mpiexec: {first.path}", f"{first.version}\nthere is no library that it could belong to")
    elif first.starts(patient.family):
        library = patient.chosen["library"]
        if first.is_beside(library):
            yield ok(f"mpiexec: {first.path}", f"{first.version}\ninstalled with the library")
        elif own is not None and own.is_beside(library):
            yield note(
                "the first mpiexec on PATH is of the library's kind, but of another installation",
                f"{first.path}: {first.version}\nthe library's own: {own.path}: {own.version}",
                f"put {dirname(own.path)} first on PATH, or use {OURS}",
            )
        else:
            yield ok(f"mpiexec: {first.path}", f"{first.version}\nof the library's kind")
    elif first.family is None:
        yield note(
            "what the first mpiexec on PATH starts is not known",
            f"{first.path}: {first.version}",
            "the trial below tells whether its ranks find each other",
        )
    else:
        yield problem(
            "the first mpiexec on PATH belongs to another MPI",
            f"{first.path}: {first.version}\n"
            f"the library is {patient.chosen['library']} ({patient.chosen['why']})\n"
            "under it mpi4py takes another library than without, or each process is a job of its own with one rank",
            _other(patient, first),
        )


def _absent(patient: Patient) -> Finding:
    if patient.own_mpiexec is not None:
        path = patient.own_mpiexec.path
        remedy = f"activate the environment, or put {dirname(path)} on PATH\nor use {OURS}"
        return note("no mpiexec on PATH; the library has one", path, remedy)
    family = "" if "error" in patient.chosen else patient.family
    return problem("no mpiexec, neither on PATH nor beside the library", "", _mpiexec.remedy(family))


def _other(patient: Patient, first: _mpiexec.Program) -> str:
    """How to have a launcher and a library that go together."""
    lines = []
    if own := patient.own_mpiexec:
        lines = [f"use the library's own: {OURS}", f"or put it first on PATH: {dirname(own.path)}"]
    else:
        lines = _mpiexec.remedy(patient.family).splitlines()
    return "\n".join([*lines, f"or take the library of {first.path}: MPI4PY_MPIABI={first.family}"])
