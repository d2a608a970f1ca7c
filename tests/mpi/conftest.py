"""Running the same tests on every rank of a job.

Every rank runs the same tests in the same order, and enters a test only when all ranks have left the one before:
what one rank's failure leaves behind cannot be mistaken for the next test's messages.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap

import pytest
from mpi4py import MPI

_fence = MPI.COMM_NULL


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    global _fence
    _fence = MPI.COMM_WORLD.Dup()
    if MPI.COMM_WORLD.Get_rank() > 0:
        config.pluginmanager.register(QuietRank(config), "quiet-rank")


def pytest_unconfigure():
    global _fence
    if _fence != MPI.COMM_NULL:
        _fence.Free()
        _fence = MPI.COMM_NULL


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    _fence.Barrier()
    ranks = item.get_closest_marker("ranks")
    if ranks is not None and MPI.COMM_WORLD.Get_size() < ranks.args[0]:
        pytest.skip(f"needs {ranks.args[0]} ranks")


class QuietRank:
    """A rank other than 0 says nothing but its failures."""

    def __init__(self, config):
        reporter = config.pluginmanager.getplugin("terminalreporter")
        if reporter is not None:
            reporter._tw._file = open(os.devnull, "w")  # noqa: SIM115 (open until exit)

    def pytest_runtest_logreport(self, report):
        if report.failed:
            rank = MPI.COMM_WORLD.Get_rank()
            print(f"\n[rank {rank}] {report.nodeid}: {report.when} failed\n{report.longreprtext}", file=sys.stderr)


@pytest.fixture
def world():
    """All ranks of the job."""
    return MPI.COMM_WORLD


@pytest.fixture(params=["self", "world"])
def comm(request):
    """One rank alone, and all of them."""
    return MPI.COMM_SELF if request.param == "self" else MPI.COMM_WORLD


@pytest.fixture
def path(comm):
    """The name of a file that is not there yet, the same at all ranks of `comm`."""
    directory = comm.bcast(tempfile.mkdtemp() if comm.Get_rank() == 0 else None)
    yield os.path.join(directory, "file")
    comm.Barrier()
    if comm.Get_rank() == 0:
        shutil.rmtree(directory)


@pytest.fixture
def file(comm, path):
    """A new file, open at all ranks of `comm`."""
    file = MPI.File.Open(comm, path, MPI.MODE_CREATE | MPI.MODE_RDWR)
    comm.Barrier()
    yield file
    file.free()


# What launchers tell their processes.
LAUNCHER = ("PMI", "PMIX_", "OMPI_", "PRTE_", "HYDRA_", "HYDI_", "I_MPI_HYDRA", "MPI_LOCALNRANKS", "MPI_LOCALRANKID")


@pytest.fixture
def alone():
    """Runs a program that is no rank of this job, and gives what `subprocess.run` does; `rc` comes before the import,
    `variables` are added to its environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(LAUNCHER)}

    def run(program, rc="import mpi4py", **variables):
        program = f"{rc}\nfrom mpi4py import MPI\nprint('started', flush=True)\n{textwrap.dedent(program)}"
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60,
            env={**environment, **variables})
        if "started" not in done.stdout:
            pytest.skip("this MPI library does not start without its launcher")
        return done

    return run
