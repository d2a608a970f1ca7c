"""What every test process records, so that a job under mpiexec can be judged from outside.

Each process appends one JSON object per line to ``<directory>/<rank>.jsonl`` as things happen: a process that hangs or
dies has told what it was doing. SIGUSR2 makes it write the stacks of all its threads to ``<directory>/<rank>.stack``.
``cargo xtask`` names the directory in ``MPI4PY_TEST_REPORT`` and reads what is there. Events are ``begin``,
``collected`` (how many tests there are), ``start`` and ``end`` of a test, and ``finish``.
"""

import faulthandler
import json
import os
import re
import signal
import time

# What launchers call a process's rank. Asked of the environment and not of MPI: the record must exist before
# MPI starts, and also where there is none.
RANK_VARIABLES = ("PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID")


def launcher_rank():
    return next((int(os.environ[name]) for name in RANK_VARIABLES if os.environ.get(name)), 0)


class Record:
    """Appends events; one line is one write, so a reader never sees half of one for long."""

    def __init__(self, directory, rank):
        self._file = open(directory / f"{rank}.jsonl", "a", buffering=1)  # noqa: SIM115 (open until exit)
        self._stack = open(directory / f"{rank}.stack", "w")  # noqa: SIM115
        faulthandler.enable(file=self._stack)
        if hasattr(faulthandler, "register"):
            faulthandler.register(signal.SIGUSR2, file=self._stack, all_threads=True)
        if deadline := os.environ.get("MPI4PY_TEST_DEADLINE"):
            # The killer's job; this is for ranks that outlive their killer.
            faulthandler.dump_traceback_later(float(deadline), exit=True, file=self._stack)
        self.write("begin", pid=os.getpid())

    def write(self, event, **fields):
        self._file.write(json.dumps({"event": event, "time": time.time(), **fields}) + "\n")


def pattern(tests):
    """What a row of the matrix names: * stands for anything."""
    return re.compile(".*".join(map(re.escape, tests.split("*"))))
