"""The machine that is examined. Each fact is asked for once, when a check first wants it.

Whatever loads an MPI library is a process of its own: one that crashes or hangs must not take the doctor along.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from os.path import basename, dirname, isabs, isfile, realpath
from typing import Any

from .. import _identify, _launcher, _mpiexec, _search
from .._rc import rc, to_environment
from . import _job
from .probe import MARK

Facts = dict[str, Any]

# How many lines of what a trial printed to show of its beginning, and of its end.
_MOST = 12

# Variables to have any library accepted that can be loaded.
_ANY = {"MPI4PY_MPIABI": "", "MPI4PY_RC_MPIABI": "", "MPI4PY_LAUNCHER_CHECK": "0"}


@dataclass
class Trial:
    """A run of the probe: the command, what came of it, and what its processes told, by process."""

    words: list[str]
    done: _job.Done
    processes: list[Facts] = field(default_factory=list)

    @property
    def ranks(self) -> list[Facts]:
        """What the processes told that initialized MPI, by rank."""
        return sorted((one for one in self.processes if "rank" in one), key=lambda one: (one["rank"], one["pid"]))

    @property
    def worked(self) -> bool:
        """Whether all processes did all they had to."""
        return self.done.status == 0 and all(one["stage"] == "communicated" for one in self.processes)

    @property
    def printed(self) -> str:
        """What the command printed beside what the probe told: not all, when it is long."""
        # Ranks say the same.
        lines = list(dict.fromkeys(line for line in self.done.output.splitlines() if line.strip() and MARK not in line))
        return "\n".join(lines if len(lines) <= 2 * _MOST else [*lines[:_MOST], "[…]", *lines[-_MOST:]])


class Patient:
    """What the checks ask about. `seconds` is the most that one trial may take."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.environ = {**to_environment(rc), **os.environ}
        self.started_by = _launcher.detect()

    @cached_property
    def chosen(self) -> Facts:
        """What `mpi4py.MPI` would load, and why: see `mpi4py._report`."""
        return self._info({})

    @cached_property
    def family(self) -> str:
        """The family of the launchers that start the chosen library."""
        return _mpiexec.started_by(self.chosen["family"], self.chosen["version"])

    @cached_property
    def reachable(self) -> list[Facts]:
        """Every MPI library that the loader would come by, likeliest first: each installation once."""
        libraries: dict[tuple[str, str], Facts] = {}
        if "error" not in self.chosen:
            libraries[dirname(realpath(self.chosen["library"])), self.family] = self.chosen
        asked = set()
        for why, path in _search.candidates(self.started_by, ()):
            if path in asked or (isabs(path) and not isfile(path)):
                continue
            asked |= {path, realpath(path)}
            found = self._info(_ANY | {"MPI4PY_LIBMPI": path})
            if "error" in found:
                found = {"library": path, "refused": _reason(found)}
                if found["refused"] == "no such file":
                    continue
            # A library of the standard ABI beside another one is of the same MPI.
            family = found.get("family", "")
            family = _mpiexec.started_by(family, found["version"]) if family else basename(path)
            libraries.setdefault((dirname(realpath(found["library"])), family), {**found, "why": why})
        return list(libraries.values())

    @cached_property
    def mpiexec(self) -> "_mpiexec.Program | None":
        """The ``mpiexec`` that PATH finds."""
        return _mpiexec.on_path()

    @cached_property
    def own_mpiexec(self) -> "_mpiexec.Program | None":
        """The launcher that belongs to the chosen library."""
        return None if "error" in self.chosen else _mpiexec.belonging(self.chosen["library"], self.family)

    @cached_property
    def alone(self) -> Trial:
        """The probe as a process without a launcher."""
        return self._try([])

    @cached_property
    def pair(self) -> Trial | None:
        """The probe as a job of two ranks, by the ``mpiexec`` of PATH, else by the library's own; None without any."""
        program = self.mpiexec or self.own_mpiexec
        return self._try([program.path, "-n", "2"]) if program else None

    @cached_property
    def devices(self) -> Trial:
        """The probe as one process that also asks after GPUs."""
        program = None if self.alone.worked else self.mpiexec or self.own_mpiexec
        return self._try([program.path, "-n", "1"] if program else [], "devices")

    def run(self, words: Sequence[str], extra: dict[str, str] | None = None) -> _job.Done:
        """Run a command in this environment."""
        return _job.run(words, self.environ | (extra or {}), self.seconds)

    def _try(self, words: list[str], *arguments: str) -> Trial:
        words = [*words, *_python(), "-m", "mpi4py", "-m", "mpi4py._doctor.probe", *arguments]
        trial = Trial(words, self.run(words))
        processes: dict[tuple[Any, ...], Facts] = {}
        for line in trial.done.stdout.splitlines():
            _, mark, text = line.partition(MARK)
            if mark:
                told = json.loads(text)
                processes.setdefault((told["node"], told["pid"]), {}).update(told)
        trial.processes = list(processes.values())
        return trial

    def _info(self, extra: dict[str, str]) -> Facts:
        """What ``python -m mpi4py --info --json`` says."""
        done = self.run([*_python(), "-m", "mpi4py", "--info", "--json"], extra)
        # Start-up files may print something first.
        try:
            found: Facts = json.JSONDecoder().raw_decode(done.stdout, max(done.stdout.find("{\n"), 0))[0]
        except ValueError:
            ended = "it did not end" if done.timed_out else f"exit status {done.status}"
            return {"error": f"looking for MPI ends without an answer: {ended}\n{done.output}", "tried": []}
        return found


def _reason(found: Facts) -> str:
    """Why a library that was named is not taken."""
    return str(found["tried"][0]["reason"] if found["tried"] else found["error"])


def _python() -> list[str]:
    """This interpreter, with its options."""
    from subprocess import _args_from_interpreter_flags  # type: ignore[attr-defined]

    return [sys.executable, *_args_from_interpreter_flags()]
