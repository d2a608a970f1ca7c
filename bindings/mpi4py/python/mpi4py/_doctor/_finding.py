"""What a check has to say."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that was found. A problem makes the exit status 1; a note may explain one.

    Attributes
    ----------
    severity : {"ok", "note", "problem"}
        Whether something is to be done, may have to be, or not.
    what : str
        One line.
    detail : str
        What it is known by, any number of lines.
    remedy : str
        What to do, one way a line; empty when nothing is to be done.
    """

    severity: Literal["ok", "note", "problem"]
    what: str
    detail: str = ""
    remedy: str = ""


def ok(what: str, detail: str = "") -> Finding:
    """Nothing to do."""
    return Finding("ok", what, detail)


def note(what: str, detail: str = "", remedy: str = "") -> Finding:
    """It may explain a problem."""
    return Finding("note", what, detail, remedy)


def problem(what: str, detail: str = "", remedy: str = "") -> Finding:
    """It must be changed for MPI programs to run as they should."""
    return Finding("problem", what, detail, remedy)
