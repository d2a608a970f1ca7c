"""Who started this process: an MPI's own launcher, a resource manager, or nobody in particular.

Only an MPI's own launcher binds: a library of another MPI does not find the others of its job, and the job of N
processes becomes N jobs of one, silently. Resource managers (Slurm, Flux, PALS) start any MPI; what they offer only
says which library is likelier.
"""

from os import environ, getppid, readlink
from os.path import basename, dirname


class Launcher:
    """A launcher, as its variables in the environment tell."""

    __slots__ = ("name", "evidence", "families", "binding", "roots")

    def __init__(
        self, name: str, evidence: str, families: tuple[str, ...], binding: bool, roots: tuple[str, ...] = ()
    ) -> None:
        self.name = name
        self.evidence = evidence
        self.families = families
        self.binding = binding
        self.roots = roots

    def __str__(self) -> str:
        return f"{self.name} ({self.evidence}={environ.get(self.evidence, '')})"


# MPI's own launchers: name, the ABI families of the libraries they start, variables of which each alone tells them,
# how the programs begin that start processes for them, variables that say where they are installed.
_Own = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
_MPI: tuple[_Own, ...] = (
    (
        "the mpiexec of Open MPI",
        ("openmpi",),
        ("OMPI_COMM_WORLD_SIZE",),
        ("orte", "prte", "mpirun", "mpiexec"),
        ("OPAL_PREFIX",),
    ),
    (
        "the mpiexec of MPICH or Intel MPI",
        ("mpich", "impi"),
        ("HYDI_CONTROL_FD", "I_MPI_HYDRA_UUID", "HYDRA_BSTRAP_LAUNCHER"),
        ("hydra_",),
        (),
    ),
)

# What starts any MPI: name, the likelier families, variables of which each alone tells it.
_ANY: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("Cray PALS", ("mpich",), ("PALS_RANKID",)),
    ("Flux", (), ("FLUX_TASK_RANK",)),
    ("a PMIx launcher", ("openmpi",), ("PMIX_RANK",)),
    ("a PMI launcher", ("mpich", "impi"), ("PMI_RANK", "PMI_ID", "MPI_LOCALNRANKS")),
    ("Slurm", (), ("SLURM_STEP_ID",)),
)


def detect() -> Launcher | None:
    """The launcher that started this process, or None."""
    found = [(row, variable) for row in _MPI if (variable := _present(row[2]))]
    if found:
        return _binding(found)
    for name, families, variables in _ANY:
        if variable := _present(variables):
            return Launcher(name, variable, families, binding=False)
    return None


def _binding(found: list[tuple[_Own, str]]) -> Launcher:
    """The launcher among those whose variables are here: one that another started sees both one's variables."""
    parent = _parent()
    direct = [(row, variable) for row, variable in found if basename(parent).startswith(row[3])]
    if len(found) > 1 and len(direct) != 1:
        families = tuple(family for row, _ in found for family in row[1])
        return Launcher(" or ".join(row[0] for row, _ in found), found[0][1], families, binding=False)
    (name, families, _, _, places), variable = (direct or found)[0]
    roots = [environ[place] for place in places if place in environ]
    if direct:
        roots.append(dirname(dirname(parent)))
    return Launcher(name, variable, families, binding=True, roots=tuple(roots))


def _present(variables: tuple[str, ...]) -> str | None:
    """The first of the variables that the environment has, or None."""
    return next((variable for variable in variables if variable in environ), None)


def _parent() -> str:
    """The program that started this process, where the system tells."""
    try:
        return readlink(f"/proc/{getppid()}/exe")
    except OSError:
        return ""
