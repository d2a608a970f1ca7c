"""Where a process runs, and whether it still does."""

import os
import select
import socket
import time
from pathlib import Path
from typing import NamedTuple


class Place(NamedTuple):
    """A process, as one on the same machine may ask after it."""

    machine: tuple[str, str, int]
    pid: int


class ProcessDied(RuntimeError):
    """A process on the other side is gone."""


def here() -> Place:
    """This process. Containers on one machine number their processes apart."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        boot, namespace = "", 0
    return Place((socket.gethostname(), boot, namespace), os.getpid())


_SECONDS_BETWEEN_CHECKS = 0.1


class Watch:
    """Notices the end of processes on this machine.

    Of those on other machines only MPI itself and its launcher can tell: most launchers end the whole job then.
    """

    def __init__(self) -> None:
        self._machine = here().machine
        self._pids: dict[str, int] = {}
        self._files: dict[int, str] = {}
        self._checked = time.monotonic()
        self._poll = select.poll() if hasattr(os, "pidfd_open") else None

    def add(self, name: str, place: Place) -> None:
        """Watch a process, if it is here."""
        if place.machine != self._machine or name in self._pids or os.name == "nt":
            return
        self._pids[name] = place.pid
        if self._poll is None:
            return
        try:
            file = os.pidfd_open(place.pid)
        except OSError:
            return
        # A process that nobody has waited for yet still has its number, but its descriptor says that it ended.
        self._files[file] = name
        self._poll.register(file, select.POLLIN)

    def check(self) -> None:
        """Raise `ProcessDied` when one has ended."""
        now = time.monotonic()
        if now - self._checked < _SECONDS_BETWEEN_CHECKS:
            return
        self._checked = now
        if self._poll is not None:
            gone = {self._files[file] for file, _ in self._poll.poll(0)} if self._files else set()
        else:
            gone = {name for name, pid in self._pids.items() if not _runs(pid)}
        if gone:
            named = ", ".join(f"{name} (process {self._pids[name]})" for name in sorted(gone))
            raise ProcessDied(f"{named} ended unexpectedly: its exit status and the launcher's output may say why")

    def close(self) -> None:
        """Watch no more."""
        for file in self._files:
            os.close(file)
        self._files.clear()
        self._pids.clear()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
