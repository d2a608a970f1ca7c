"""What every test process records, so that a run under mpiexec can be judged from outside.

With ``MPI4PY_TEST_REPORT=<directory>`` each process appends one JSON object per line to
``<directory>/<rank>.jsonl`` as things happen: a process that hangs or dies has told what it was doing.
SIGUSR2 makes it write the stacks of all its threads to ``<directory>/<rank>.stack``.
``cargo xtask test`` sets this up and reads it; without the variable nothing here has any effect.

``MPI4PY_TEST_DEFECTS`` names a JSON file with the rows of ``matrix/defects.toml`` that hold for this run.
"""

import faulthandler
import json
import os
import re
import signal
import time
from pathlib import Path

import pytest

# What launchers call a process's rank. Asked of the environment and not of MPI: the record must exist before
# MPI starts, and also where there is none.
RANK_VARIABLES = ("PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID")

VARIES = "known defect that comes and goes: "


def launcher_rank():
    return next((int(os.environ[name]) for name in RANK_VARIABLES if os.environ.get(name)), 0)


class Recorder:
    """Appends events; one line is one write, so a reader never sees half of one for long."""

    def __init__(self, directory, rank):
        self._file = open(directory / f"{rank}.jsonl", "a", buffering=1)  # noqa: SIM115 (open until exit)
        self._stack = open(directory / f"{rank}.stack", "w")  # noqa: SIM115
        self._outcome = {}
        faulthandler.enable(file=self._stack)
        if hasattr(faulthandler, "register"):
            faulthandler.register(signal.SIGUSR2, file=self._stack, all_threads=True)
        if deadline := os.environ.get("MPI4PY_TEST_DEADLINE"):
            # The killer's job; this is for ranks that outlive their killer.
            faulthandler.dump_traceback_later(float(deadline), exit=True, file=self._stack)
        self.write("begin", pid=os.getpid())

    def write(self, event, **fields):
        self._file.write(json.dumps({"event": event, "time": time.time(), **fields}) + "\n")

    def pytest_collectreport(self, report):
        if report.failed:
            self.write("end", test=report.nodeid or "collection", outcome="failed", seconds=0.0,
                       message=str(report.longrepr))

    def pytest_collection_finish(self, session):
        self.write("collected", count=len(session.items))

    def pytest_runtest_logstart(self, nodeid):
        self._outcome = {"outcome": "passed", "seconds": 0.0, "message": ""}
        self.write("start", test=nodeid)

    def pytest_runtest_logreport(self, report):
        known = self._outcome
        known["seconds"] += report.duration
        outcome, message = judge(report)
        if outcome != "passed" and known["outcome"] != "failed":
            known.update(outcome=outcome, message=message)

    def pytest_runtest_logfinish(self, nodeid):
        self.write("end", test=nodeid, **self._outcome)

    def pytest_sessionfinish(self, exitstatus):
        self.write("finish", status=int(exitstatus))


def judge(report):
    """One phase of a test as (outcome, message)."""
    if hasattr(report, "wasxfail") and not report.failed:
        reason = report.wasxfail.removeprefix("reason: ")
        if report.passed and reason.startswith(VARIES):
            return "passed", ""
        return ("xfailed" if report.skipped else "xpassed"), reason
    if report.skipped:
        reason = report.longrepr[2].removeprefix("Skipped: ").strip()
        if not reason or reason == "unconditional skip":
            return "failed", "skipped without a reason"
        return "skipped", reason
    if report.failed:
        return "failed", report.longreprtext
    return "passed", ""


def pytest_configure(config):
    if directory := os.environ.get("MPI4PY_TEST_REPORT"):
        config.pluginmanager.register(Recorder(Path(directory), launcher_rank()), "recorder")


def pytest_collection_modifyitems(items):
    path = os.environ.get("MPI4PY_TEST_DEFECTS")
    if not path:
        return
    for defect in json.loads(Path(path).read_text()):
        pattern = re.compile(".*".join(map(re.escape, defect["tests"].split("*"))))
        hit = [item for item in items if pattern.fullmatch(item.nodeid)]
        if not hit:
            raise pytest.UsageError(f"matrix/defects.toml: no test matches {defect['tests']!r}: correct or remove the row")
        for item in hit:
            item.add_marker(defect_mark(defect))


def defect_mark(defect):
    """A known defect of the MPI library, as a mark: what would take the job down is not run at all."""
    effect = defect["effect"]
    reason = (VARIES if effect == "varies" else "known defect: ") + defect["reason"]
    if effect in ("crashes", "hangs"):
        return pytest.mark.skip(reason=reason)
    # Not strict here: whether it failed is known only over all ranks, so the reader of the records judges that.
    return pytest.mark.xfail(reason=reason, strict=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    optional = item.get_closest_marker("optional")
    if optional is None:
        return (yield)
    try:
        return (yield)
    except NotImplementedError:
        pytest.skip(f"not offered by this MPI library: {optional.args[0]}")
