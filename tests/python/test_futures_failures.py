"""What fails in `mpi4py.futures` is told in seconds, and leaves no process behind.

When a process dies of a signal, most launchers end its whole job and say so: then nothing of the job can tell more, and
that is the report. Where a launcher lets the others live, the executor is broken and has the cause.
"""

import re
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="bin/mpiexec is where Unix has it")

# From the job's start to its end, the start of Python and MPI included; a hang is 120 s.
SECONDS = 40
SLOTS = {"PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe", "OMPI_MCA_rmaps_base_oversubscribe": "1"}
TOKEN = "FUTURES_TEST_JOB"

SCRIPT = """
import os, signal, sys, threading, time
from mpi4py.futures import BrokenExecutor, MPIPoolExecutor

def die(how):
    os.kill(os.getpid(), signal.SIGKILL) if how == "kill" else os._exit(3)

def fail(*_):
    raise LookupError("not today")

def leave(_):
    raise SystemExit("not at all")

def fail_in_a_thread():
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()

def fail_in_a_thread_and_hang():
    fail_in_a_thread()
    time.sleep(100)

def tell(executor, *call):
    try:
        error = executor.submit(*call).exception(60)
    except BrokenExecutor as caught:
        error = caught
    print("told:", repr(error), "cause:", repr(error.__cause__), flush=True)

if __name__ == "__main__":
"""


@pytest.fixture(params=["spawned", "shared"])
def mode(request):
    """Workers that are started, or that are ranks of the job."""
    return request.param


@pytest.fixture
def job(mode, python, prefix, tmp_path):
    """Runs a program's last lines with two workers, under the cell's mpiexec; then none of its processes is left."""

    def run(lines, *options, **environment):
        script = tmp_path / "script.py"
        script.write_text(SCRIPT + "".join(f"    {line}\n" for line in lines.splitlines()) + "    print('done')\n")
        words = ["-m", "mpi4py.futures", script] if mode == "shared" else [script]
        environment |= {"PATH": f"{prefix / 'bin'}:/usr/bin:/bin", TOKEN: uuid4().hex} | SLOTS
        started = time.monotonic()
        ranks = 3 if mode == "shared" else 1
        done = python.run(*words, mpiexec=prefix / "bin" / "mpiexec", options=options, ranks=ranks, **environment)
        done.output = done.stdout + done.stderr
        assert time.monotonic() - started < SECONDS, done.output
        assert nobody(environment[TOKEN]), done.output
        return done

    return run


def nobody(token):
    """Whether all processes of a job have gone, within 5 seconds."""
    mark = f"{TOKEN}={token}".encode()
    deadline = time.monotonic() + 5
    while left := [file.parent.name for file in Path("/proc").glob("[0-9]*/environ") if mark in _bytes(file)]:
        if time.monotonic() > deadline:
            print("left behind:", *(Path("/proc", pid, "cmdline").read_bytes() for pid in left))
            return False
        time.sleep(0.1)
    return True


def _bytes(file):
    try:
        return file.read_bytes()
    except OSError:
        return b""


EXECUTOR = "executor = MPIPoolExecutor(2)\nexecutor.bootup()\n"


@pytest.fixture
def lose(job):
    """A job that loses a worker, and goes on with a task."""
    return lambda how: job(f"{EXECUTOR}tell(executor, die, {how!r})\ntell(executor, abs, 1)\nexecutor.shutdown()")


@pytest.mark.parametrize("how", ["kill", "exit"])
def test_lost_worker(lose, how):
    check_lost(lose(how))


def test_the_launcher_tells_what_killed_a_worker(lose):
    done = lose("kill")
    assert re.search(r"(?i)signal:? 9\b", done.output), done.output
    assert done.returncode != 0


def check_lost(done):
    """The executor is broken, and has the cause; or the launcher has ended the job."""
    if "done" in done.stdout:
        told = re.findall(r"told: (BrokenExecutor)\(.*cause: (\w+)", done.stdout)
        assert [name for name, _ in told] == ["BrokenExecutor"] * 2 and "None" not in dict(told).values(), done.output
    else:
        assert done.returncode != 0, done.output


# Options by which a launcher lets the others live, by the start of the library's version, and whether they do then:
# Hydra itself may stumble over the death, and in one job ends the others all the same.
SURVIVAL = {
    "Open MPI v4": (["--enable-recovery"], False),
    "Open MPI": (["--with-ft", "ulfm"], True),
    "": (["-disable-auto-cleanup"], False),
}


def test_lost_worker_where_the_launcher_lets_the_others_live(job, python):
    version = python.info().version
    options, lives = next(row for start, row in SURVIVAL.items() if version.startswith(start))
    # Hydra tells the others of the death by this signal, which ends who does not expect it.
    expected = "signal.signal(signal.SIGUSR1, lambda *_: None)\n"
    calls = "tell(executor, die, 'kill')\ntell(executor, abs, 1)\nexecutor.shutdown()"
    done = job(f"{expected}{EXECUTOR}{calls}", *options)
    check_lost(done)
    assert not lives or "done" in done.stdout, done.output


@pytest.mark.parametrize("mode", ["spawned"], indirect=True)
def test_a_spawn_that_fails(job):
    """There is no such machine. Some launchers end then."""
    done = job("executor = MPIPoolExecutor(1, mpi_info={'host': 'nowhere.invalid'})\ntell(executor, abs, 1)")
    if "done" in done.stdout:
        assert re.search(r"told: BrokenExecutor\(.*MPI cannot start 1 process.* cause: RuntimeError\(", done.stdout)
        assert "python -m mpi4py.futures" in done.stdout
    else:
        assert done.returncode != 0 and "nowhere.invalid" in done.output, done.output


def test_exception_in_a_callback(job):
    """It is logged, as `concurrent.futures` does, and the executor goes on."""
    lines = "future = executor.submit(abs, -1)\nfuture.add_done_callback(fail)\nprint(future.result(60))\n"
    done = job(f"{EXECUTOR}{lines}print(executor.submit(abs, -2).result(60))\nexecutor.shutdown()")
    assert done.stdout.split() == ["1", "2", "done"] and done.returncode == 0, done.output
    assert "exception calling callback" in done.stderr and "LookupError: not today" in done.stderr


def test_exit_in_a_callback(job):
    """What is no `Exception` leaves a future's callback: it must not end the thread that serves the executor."""
    lines = "future = executor.submit(time.sleep, 0.2)\nfuture.add_done_callback(leave)\ntime.sleep(0.5)\n"
    done = job(f"{EXECUTOR}{lines}print(executor.submit(abs, -2).result(60))\nexecutor.shutdown()")
    assert done.stdout.split() == ["2", "done"] and done.returncode == 0, done.output
    assert "exception calling callback" in done.stderr and "SystemExit: not at all" in done.stderr


def test_exception_in_an_initializer(job):
    done = job("executor = MPIPoolExecutor(2, initializer=fail)\ntell(executor, abs, 1)\nexecutor.shutdown()")
    assert "told: BrokenExecutor('initializer failed') cause: LookupError('not today')" in done.stdout, done.output
    assert "done" in done.stdout and done.returncode == 0, done.output


def test_exception_in_a_task(job):
    done = job(f"{EXECUTOR}tell(executor, fail)\nprint(executor.submit(abs, -2).result(60))\nexecutor.shutdown()")
    assert "told: LookupError('not today') cause: RemoteTraceback(" in done.stdout, done.output
    assert done.stdout.split()[-2:] == ["2", "done"] and done.returncode == 0, done.output


def test_exception_in_a_thread(job):
    """Python prints it, and the task that started the thread goes on."""
    done = job(f"{EXECUTOR}print(executor.submit(fail_in_a_thread).result(60))\nexecutor.shutdown()")
    assert done.stdout.split() == ["None", "done"] and done.returncode == 0, done.output
    assert "Exception in thread" in done.stderr and "LookupError: not today" in done.stderr


def test_exception_in_a_thread_ends_the_job_where_asked(job):
    lines = f"{EXECUTOR}print(executor.submit(fail_in_a_thread_and_hang).result(100))\nexecutor.shutdown()"
    done = job(lines, MPI4PY_RC_ABORT_ON_EXCEPTION="1")
    assert done.returncode != 0 and "done" not in done.stdout, done.output
    assert "LookupError: not today" in done.stderr
