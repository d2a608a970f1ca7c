"""What every test process records (``recording.py``), and the known defects of MPI libraries.

With ``MPI4PY_TEST_REPORT=<directory>`` each process records there; ``cargo xtask test`` sets this up and reads it.
Without the variable nothing here has any effect. ``MPI4PY_TEST_DEFECTS`` names a JSON file with the rows of
``matrix/defects.toml`` that hold for this run.
"""

import json
import os
from pathlib import Path

import pytest
from recording import Record, launcher_rank, pattern

VARIES = "known defect that comes and goes: "


class Recorder(Record):
    """Records what pytest says of each test."""

    _outcome = None

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
        hit = [item for item in items if pattern(defect["tests"]).fullmatch(item.nodeid)]
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
