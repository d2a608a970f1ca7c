"""Running a command that may hang, with all that it starts."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import uuid4

# What carries this variable with a job's value is of that job: launchers leave processes behind when they are killed.
_TOKEN = "MPI4PY_DOCTOR_JOB"
_SECONDS_TO_END = 3.0


@dataclass(frozen=True)
class Done:
    """What a command came to. `status` is None when it could not be started or was killed after its time."""

    status: int | None
    stdout: str
    stderr: str
    timed_out: bool = False

    @property
    def output(self) -> str:
        """All that it printed."""
        return "\n".join(filter(None, (self.stdout.strip(), self.stderr.strip())))


def run(words: Sequence[str], environment: Mapping[str, str], seconds: float) -> Done:
    """Run a command to its end, but no longer than so many seconds; then nothing that it started is left."""
    token = uuid4().hex
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        try:
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env={**environment, _TOKEN: token},
                start_new_session=True,
            )
        except OSError as error:
            return Done(None, "", str(error))
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            _end(process, token)
        return Done(status, _read(stdout), _read(stderr), timed_out=status is None)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _end(process: "subprocess.Popen[bytes]", token: str) -> None:
    """End the command, if it still runs, and what it left behind."""
    if process.poll() is None:
        if sys.platform == "win32":
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True)
        else:
            # Asked politely, a launcher also ends the processes that it started on other machines.
            process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_SECONDS_TO_END)
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        for pid in _left(token):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
    process.wait()


def _left(token: str) -> list[int]:
    """Processes of the job that are in no group of its, where the system tells."""
    mark = f"{_TOKEN}={token}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in entry.read_bytes().split(b"\0"):
                found.append(int(entry.parent.name))
    return found
