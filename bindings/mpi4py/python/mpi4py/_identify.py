"""What an MPI library is, by its symbols: never by its file's name.

A *family* is an ABI: libraries of one family can stand in for each other. ``mpich`` is MPICH's and that of all its
kin (Cray MPICH, MVAPICH, ParaStation MPI, Intel MPI on Linux), ``mpiabi`` the one that MPI 5.0 standardises.
An *API level* is an MPI version as two digits, 41 for MPI 4.1: the newest whose functions the library has.
"""

import sys

# As in the module typing, which takes too long to import here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ._dl import Library

FAMILIES = {
    "mpich": "MPICH",
    "openmpi": "Open MPI",
    "mpiabi": "the MPI 5.0 standard",
    "impi": "Intel MPI",
    "msmpi": "Microsoft MPI",
}

# Intel MPI shares MPICH's ABI, except on Windows.
KIN: dict[str, str] = {} if sys.platform == "win32" else {"impi": "mpich"}

# A family by a symbol that its libraries have and one that they lack; the first row that fits wins.
# Tried: MPIR_Dup_fn is MPI_DUP_FN in every mpi.h of MPICH's kin; libraries of the standard ABI leave MPI_Status_c2f to
# Fortran's library; Open MPI's handles are the addresses of such variables.
_MARKS: tuple[tuple[str, str, str | None], ...] = (
    ("msmpi", "MSMPI_Get_version", None),
    ("impi" if sys.platform == "win32" else "mpich", "MPIR_Dup_fn", None),
    ("mpiabi", "MPI_Abi_get_version", "MPI_Status_c2f"),
    ("openmpi", "ompi_mpi_comm_world", None),
)

# An API level by a function that came with it, newest first.
_LEVELS = (
    (50, "MPI_Abi_get_version"),
    (41, "MPI_Buffer_flush"),
    (40, "MPI_Session_init"),
    (31, "MPI_Mprobe"),
)

# Families whose libraries report less than they have: Open MPI 5 reports MPI 3.1 and has 4.0's functions (all but the
# large counts). The others mean what they report: Intel MPI 2021.15 has 4.0's functions and does not vouch for them.
_MODEST = ("openmpi", "msmpi")

# Who made a library of the standard ABI, by the start of its version text, as the family its launcher starts.
_MAKERS = (("MPICH", "mpich"), ("Intel(R) MPI", "mpich"), ("MVAPICH", "mpich"), ("Open MPI", "openmpi"))

SYMBOLS = tuple(
    {"MPI_Init", *(symbol for _, symbol in _LEVELS), *(name for _, *names in _MARKS for name in names if name)}
)
"""All that is asked of a library."""


def family(has: "Callable[[str], bool]") -> str | None:
    """The family of a library that ``has`` symbols, or None when it is no MPI library that mpi4py knows."""
    for name, mark, lack in _MARKS:
        if has(mark) and not (lack and has(lack)):
            return name
    return None


def level(has: "Callable[[str], bool]") -> int:
    """The newest API level that a library ``has``, 0 when it is too old for any."""
    return next((number for number, symbol in _LEVELS if has(symbol)), 0)


def vouched_level(name: str, number: int, version: tuple[int, int]) -> int:
    """The level to rely on in a library of the family ``name`` that has ``number`` and reports ``version``."""
    major, minor = version
    return number if name in _MODEST else min(number, 10 * major + minor)


def maker(text: str) -> str | None:
    """The family whose launcher starts a library of the standard ABI with this version text, or None: nobody knows."""
    return next((name for start, name in _MAKERS if text.startswith(start)), None)
