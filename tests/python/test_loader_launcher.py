"""The launcher that started the process: it steers the choice, and refuses what would be N jobs of one rank."""

import sys
from pathlib import Path

import mpi4py._launcher as launcher
import pytest

OTHER = {"mpich": "openmpi", "openmpi": "mpich"}


@pytest.fixture
def environ(monkeypatch):
    """An environment without a launcher, and a parent that is none, to be filled."""
    environ = {}
    monkeypatch.setattr(launcher, "environ", environ)
    monkeypatch.setattr(launcher, "_parent", lambda: "")
    return environ


@pytest.mark.parametrize(
    ("variables", "families", "binding"),
    [
        (["OMPI_COMM_WORLD_SIZE", "PMIX_RANK"], ("openmpi",), True),
        (["HYDI_CONTROL_FD", "PMI_RANK", "MPI_LOCALNRANKS"], ("mpich", "impi"), True),
        (["I_MPI_HYDRA_UUID", "PMI_RANK"], ("mpich", "impi"), True),
        (["HYDI_CONTROL_FD", "SLURM_STEP_ID"], ("mpich", "impi"), True),
        (["OMPI_COMM_WORLD_SIZE", "SLURM_STEP_ID"], ("openmpi",), True),
        (["OMPI_COMM_WORLD_SIZE", "HYDI_CONTROL_FD"], ("openmpi", "mpich", "impi"), False),
        (["SLURM_STEP_ID"], (), False),
        (["SLURM_STEP_ID", "PMIX_RANK"], ("openmpi",), False),
        (["SLURM_STEP_ID", "PMI_RANK"], ("mpich", "impi"), False),
        (["FLUX_TASK_RANK", "PMI_RANK"], (), False),
        (["PALS_RANKID", "PMI_RANK"], ("mpich",), False),
    ],
)
def test_variables_tell(environ, variables, families, binding):
    environ.update(dict.fromkeys(variables, "1"))
    found = launcher.detect()
    assert (found.families, found.binding) == (families, binding)
    assert f"{found.evidence}=" in str(found)


@pytest.mark.parametrize("variables", [[], ["SLURM_JOB_ID"], ["FLUX_URI"], ["I_MPI_ROOT"], ["OMPI_MCA_pml"]])
def test_nobody_in_particular(environ, variables):
    environ.update(dict.fromkeys(variables, "1"))
    assert launcher.detect() is None


@pytest.mark.parametrize(
    ("parent", "families", "roots"),
    [
        ("/opt/mpich/bin/hydra_pmi_proxy", ("mpich", "impi"), ("/opt/mpich",)),
        ("/opt/openmpi/bin/prterun", ("openmpi",), ("/opt/openmpi",)),
        ("/opt/openmpi/bin/orted", ("openmpi",), ("/opt/openmpi",)),
    ],
)
def test_parent_decides_when_one_launcher_started_another(environ, monkeypatch, parent, families, roots):
    environ.update(OMPI_COMM_WORLD_SIZE="1", HYDI_CONTROL_FD="7")
    monkeypatch.setattr(launcher, "_parent", lambda: parent)
    found = launcher.detect()
    assert (found.families, found.roots, found.binding) == (families, roots, True)


@pytest.mark.parametrize("family", ["mpich", "openmpi"])
def test_library_of_the_launcher(bare, others, family):
    """Its own library goes before any other."""
    other = others[OTHER[family]]
    found = bare.info(mpiexec=others[family].mpiexec, PATH="/usr/bin:/bin", LD_LIBRARY_PATH=other.library.parent)
    assert found.family == family
    assert "which started this process" in found.why
    assert Path(found.library).samefile(others[family].library)


@pytest.mark.parametrize("family", ["mpich", "openmpi"])
def test_launcher_of_another_mpi(bare, others, family):
    library, mpiexec = others[family].library, others[OTHER[family]].mpiexec
    path = {"PATH": "/usr/bin:/bin", "MPI4PY_LIBMPI": library}
    found = bare.info(mpiexec=mpiexec, **path)
    (tried,) = found.tried
    assert tried["path"] == str(library)
    assert "each process would be a job of its own with one rank" in tried["reason"]
    assert "start the job with the mpiexec of the library you want" in found.error
    assert "MPI4PY_LAUNCHER_CHECK=0" in found.error
    assert f"pip install {OTHER[family]}" in found.error

    assert bare.info(mpiexec=mpiexec, MPI4PY_LAUNCHER_CHECK="0", **path).family == family


def test_launcher_of_another_mpi_over_the_cells_own(python, others):
    """The cell's library is passed over for the launcher's own; alone, it is refused."""
    own = python.info()
    mpiexec = others[OTHER[own.family]].mpiexec
    assert python.info(mpiexec=mpiexec).family == OTHER[own.family]
    assert python.info(mpiexec=mpiexec, MPI4PY_LIBMPI=own.library).error


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the parent")
def test_launcher_in_launcher(bare, others):
    words = [str(others["openmpi"].mpiexec), "-n", "1"]
    code = f"""
import subprocess, sys
sys.exit(subprocess.run({words!r} + [sys.executable, "-m", "mpi4py", "--info", "--json"]).returncode)
"""
    done = bare.run("-c", code, mpiexec=others["mpich"].mpiexec, PATH="/usr/bin:/bin")
    assert done.returncode == 0, done.stderr
    assert '"family": "openmpi"' in done.stdout
