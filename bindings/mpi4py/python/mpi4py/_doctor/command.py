"""``python -m mpi4py doctor``: what a help desk would ask about MPI on this machine, with remedies.

A check group is a file here, a check a function of a `Patient` that yields `Finding`s, and a line of `CHECKS`.
``mpi4py.MPI`` is never imported in this process: it works where no MPI does.
"""

import json
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict
from textwrap import indent

from .. import __version__
from . import _environments, _launchers, _libraries, _sites, _trials
from ._finding import Finding, problem
from ._patient import Patient

CHECKS: dict[str, Callable[[Patient], Iterator[Finding]]] = {
    "settings": _libraries.settings,
    "installs": _environments.installs,
    "environments": _environments.environments,
    "modules": _environments.modules,
    "container": _sites.container,
    "job": _launchers.started,
    "library": _libraries.chosen,
    "libraries": _libraries.reachable,
    "launcher": _launchers.launcher,
    "two ranks": _trials.pair,
    "one process": _trials.alone,
    "threads": _trials.threads,
    "devices": _trials.devices,
    "slurm": _sites.slurm,
}

USAGE = """\
usage: python -m mpi4py doctor [--json] [--timeout <seconds>]

Examines MPI on this machine: libraries, launchers, a trial of two ranks, threads, GPUs, environments, installs.
The exit status is 1 when there is a problem, else 0.

  --json               print all findings as JSON
  --timeout <seconds>  the most that one trial may take (default: 30)
"""

SECONDS = 30.0


def examine(patient: Patient) -> Iterator[tuple[str, Finding]]:
    """Yield (check, finding) of all checks."""
    for name, check in CHECKS.items():
        try:
            for finding in check(patient):
                yield name, finding
        except Exception:
            text = traceback.format_exc()
            yield name, problem(f"the check {name!r} itself failed", text, "report this text: it is a bug of mpi4py")


def main(words: list[str]) -> int:
    """Examine, print, and return the exit status."""
    seconds, as_json = SECONDS, False
    words = list(words)
    while words:
        word = words.pop(0)
        if word in ("-h", "--help"):
            print(USAGE, end="")
            return 0
        if word == "--json":
            as_json = True
        elif word == "--timeout" and words and _is_positive(words[0]):
            seconds = float(words.pop(0))
        else:
            print(f"Cannot read: {' '.join([word, *words])}\n{USAGE}", end="", file=sys.stderr)
            return 1
    findings = []
    if not as_json:
        print(f"mpi4py doctor, {__version__}\n", flush=True)
    for name, finding in examine(Patient(seconds)):
        findings.append((name, finding))
        if not as_json:
            print(_shown(finding), flush=True)
    problems, notes = (sum(one.severity == kind for _, one in findings) for kind in ("problem", "note"))
    if as_json:
        told = [{"check": name, **asdict(finding)} for name, finding in findings]
        print(json.dumps({"mpi4py": __version__, "problems": problems, "notes": notes, "findings": told}, indent=2))
    else:
        print(f"\n{problems} problem(s), {notes} note(s)")
    return 1 if problems else 0


def _is_positive(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False


def _shown(finding: Finding) -> str:
    """A finding for people."""
    text = f"{finding.severity:<9}{finding.what}"
    if finding.detail:
        text += "\n" + indent(finding.detail, " " * 11)
    if finding.remedy:
        text += "\n" + indent(finding.remedy, " " * 9 + "-> ")
    return text
