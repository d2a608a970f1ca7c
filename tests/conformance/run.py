"""Runs one file of unittest's tests, as a rank of a job, and records how each test ended (``tests/recording.py``).

``run.py FILE ROWS``: ROWS is a JSON file of rows ``{"tests": PATTERN, "effect": EFFECT, "reason": TEXT}`` for tests that
are not run (``private``, ``crashes``, ``hangs``) or that a defect of the MPI library makes fail (``fails``, ``varies``).
The file and its tests are a black box: nothing is imported before it, no test waits for another rank's. The exit status
says nothing of the tests, so that one that is not 0 is the job's own.
"""

import ast
import json
import os
import sys
import time
import traceback
import types
import unittest
from pathlib import Path

NOT_RUN = {"private": "private", "crashes": "skipped", "hangs": "skipped"}


class Result(unittest.TestResult):
    """Records, and says the same on standard output, which is the run's log."""

    def __init__(self, record, rank, stem, rows):
        super().__init__()
        self._record, self._rank, self._stem, self._rows = record, rank, stem, rows
        self._running, self._log = None, sys.stdout

    def name(self, test):
        return test.id().replace("__main__", self._stem)

    def row(self, name):
        return next((row for row in self._rows if row["pattern"].fullmatch(name)), None)

    def tell(self, name, outcome, message="", seconds=0.0):
        row = self.row(name)
        if row and row["effect"] in ("fails", "varies"):
            if outcome in ("failed", "errored"):
                outcome, message = "xfailed", "known defect: " + row["reason"]
            elif outcome == "passed" and row["effect"] == "fails":
                outcome, message = "xpassed", row["reason"]
        self.say(name, outcome, message, seconds)

    def say(self, name, outcome, message, seconds=0.0):
        self._record.write("end", test=name, outcome=outcome, message=message, seconds=seconds)
        print(f"[{self._rank}] {name}: {outcome}", message, sep="\n" if "\n" in message else " ",
              file=self._log, flush=True)

    def leave_out(self, name, known_as=None):
        """Whether a row says that the test is not to be run."""
        row = self.row(name)
        if not row or row["effect"] not in NOT_RUN:
            return False
        outcome = NOT_RUN[row["effect"]]
        reason = row["reason"] if outcome == "private" else "known defect: " + row["reason"]
        self.say(known_as or name, outcome, reason)
        return True

    def startTest(self, test):
        super().startTest(test)
        self._record.write("start", test=self.name(test))
        self._running = {"outcome": "passed", "message": ""}
        self._started = time.perf_counter()

    def stopTest(self, test):
        super().stopTest(test)
        self.tell(self.name(test), **self._running, seconds=time.perf_counter() - self._started)
        self._running = None

    def _note(self, test, outcome, message):
        known = self._running
        if known is None:
            # The fixtures of a class or module: no test is under way.
            self.tell(self.name(test), outcome, message)
        elif known["outcome"] in ("passed", "skipped"):
            known.update(outcome=outcome, message=message)
        elif outcome != "skipped":
            known["message"] += "\n" + message

    def addError(self, test, error):
        self._note(test, "errored", self._exc_info_to_string(error, test))

    def addFailure(self, test, error):
        self._note(test, "failed", self._exc_info_to_string(error, test))

    def addSubTest(self, test, subtest, error):
        if error is not None:
            outcome = "failed" if issubclass(error[0], test.failureException) else "errored"
            self._note(test, outcome, f"{subtest}\n{self._exc_info_to_string(error, test)}")

    def addSkip(self, test, reason):
        self._note(test, "skipped", reason)

    def addUnexpectedSuccess(self, test):
        self._note(test, "failed", "passed, though it is marked as an expected failure")


def load(file, result):
    """The tests of a file, which is the program (mpi4py.futures has its workers read that again) but starts nothing."""
    module = types.ModuleType("__main__")
    module.__file__ = str(file)
    sys.modules["__main__"] = module
    try:
        tree = ast.parse(file.read_bytes(), file)
        tree.body = [statement for statement in tree.body if not starts_the_program(statement)]
        exec(compile(tree, file, "exec"), module.__dict__)
    except unittest.SkipTest as reason:
        result.tell(f"{file.stem}.import", "skipped", str(reason))
    except BaseException:
        result.tell(f"{file.stem}.import", "errored", traceback.format_exc())
    else:
        return unittest.defaultTestLoader.loadTestsFromModule(module)
    return None


def starts_the_program(statement):
    return isinstance(statement, ast.If) and ast.unparse(statement.test) == "__name__ == '__main__'"


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def main(file, rows):
    sys.path[0] = str(Path(__file__).parents[1])
    import recording

    sys.path[0] = str(file.parent)
    sys.argv[:] = [str(file)]
    rank = recording.launcher_rank()
    record = recording.Record(Path(os.environ["MPI4PY_TEST_REPORT"]), rank)
    for row in rows:
        row["pattern"] = recording.pattern(row["tests"])
    result = Result(record, rank, file.stem, rows)
    suite = None if result.leave_out(f"{file.stem}.import", known_as=file.stem) else load(file, result)
    if suite is not None:
        tests = list(flat(suite))
        record.write("collected", count=len(tests), tests=[result.name(test) for test in tests])
        for row in rows:
            if not any(row["pattern"].fullmatch(result.name(test)) for test in tests):
                result.say(row["tests"], "errored", "no test matches this row of matrix/: correct or remove it")
        unittest.TestSuite(test for test in tests if not result.leave_out(result.name(test))).run(result)
    record.write("finish", status=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
