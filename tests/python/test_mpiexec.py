"""``python -m mpi4py --mpiexec``: the launcher that belongs to the chosen library."""

import shutil
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="bin/mpiexec is where Unix has it")

OTHER = {"mpich": "openmpi", "openmpi": "mpich"}
SLOTS = {"PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe", "OMPI_MCA_rmaps_base_oversubscribe": "1"}
TOLD = """
from mpi4py import MPI, _loader
comm = MPI.COMM_WORLD
told = comm.gather((comm.rank, comm.size, _loader.choice.library.path))
if told: print(told)
"""


def job(python, *options, **environment):
    words = ["-m", "mpi4py", *options, "--mpiexec", "-n", "2", python.executable, "-c", TOLD]
    return python.run(*words, **SLOTS | environment)


def ranks(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return eval(done.stdout.strip().splitlines()[-1])


def test_two_ranks_of_the_cells_mpi(python):
    library = python.info().library
    assert ranks(job(python)) == [(0, 2, library), (1, 2, library)]


def test_another_launcher_first_on_path(python, others):
    """The reason to be of the option."""
    found = python.info()
    other = others[OTHER[found.family]]
    assert ranks(job(python, PATH=f"{other.root}/bin:/usr/bin:/bin")) == [(0, 2, found.library), (1, 2, found.library)]


@pytest.mark.parametrize("family", ["mpich", "openmpi"])
def test_library_that_is_named(bare, others, family):
    library = str(others[family].library)
    assert ranks(job(bare, MPI4PY_LIBMPI=library, PATH="/usr/bin:/bin")) == [(0, 2, library), (1, 2, library)]
    assert ranks(job(bare, "-rc", f"libmpi={library}", PATH="/usr/bin:/bin")) == [(0, 2, library), (1, 2, library)]


def test_exit_status_is_the_launchers(python):
    done = python.run("-m", "mpi4py", "--mpiexec", "-n", "1", python.executable, "-c", "raise SystemExit(5)", **SLOTS)
    assert done.returncode == 5, done.stderr


def test_library_without_a_launcher(bare, others, tmp_path):
    folder = tmp_path / "lib"
    folder.mkdir()
    library = shutil.copy(others["mpich"].library, folder)
    # What it needs itself stays beside the other one.
    needed = f"{others['mpich'].library.parent}:{others['mpich'].library.parent / 'mpich'}"
    path = f"{others['openmpi'].root}/bin:/usr/bin:/bin"
    done = job(bare, MPI4PY_LIBMPI=library, PATH=path, LD_LIBRARY_PATH=needed)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"found no mpiexec that belongs to {library}" in done.stderr
    assert f"PATH finds {others['openmpi'].mpiexec}, which is not its own" in done.stderr
    for remedy in ("pip install mpich", "module avail", "MPI4PY_LIBMPI="):
        assert remedy in done.stderr
    assert "Traceback" not in done.stderr


def test_no_library(bare):
    done = job(bare)
    assert (done.returncode, done.stdout) == (1, "")
    assert "mpi4py found no MPI library that fits." in done.stderr and "pip install mpich" in done.stderr
