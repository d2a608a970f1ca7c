"""Tests of the pure-Python package and the loader: each asks a fresh Python, in an environment of the test's making.

``cargo xtask test`` runs them in a cell, outside mpiexec: the finished wheel and one MPI in one environment.
It sets MPI4PY_TEST_PREFIX (that environment), MPI4PY_TEST_VARIANT (the module that must serve its MPI) and
MPI4PY_TEST_OTHER_MPI_ROOTS (environments with other MPIs and without mpi4py).
"""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from types import SimpleNamespace

import mpi4py
import pytest

# What a launcher of MPI processes would leave in the environment, and what would steer the loader.
OURS = (
    "MPI4PY_",
    "PMI_",
    "PMIX_",
    "OMPI_COMM_",
    "HYDI_",
    "HYDRA_",
    "MPI_LOCAL",
    "I_MPI_HYDRA_",
    "SLURM_",
    "FLUX_",
    "PALS_",
)
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
}

# What mpiexec says when it failed by itself, before it started anything. Then it is started again.
FALSE_START = os.environ.get("MPI4PY_TEST_FALSE_START")
STARTS = 3

LIBRARIES = ("lib/libmpi.so.12", "lib/libmpi.so.40", "lib/libmpi.12.dylib", "lib/libmpi.40.dylib")


class Python:
    """A Python that has mpi4py."""

    def __init__(self, executable):
        self.executable = str(executable)

    def run(self, *arguments, mpiexec=None, ranks=1, options=(), **environment):
        """Run it, under ``mpiexec`` with ``options`` where given."""
        words = [str(mpiexec), *options, "-n", str(ranks)] if mpiexec else []
        for _ in range(STARTS):
            done = subprocess.run(
                [*words, self.executable, "-B", *map(str, arguments)],
                env=ENVIRONMENT | {name: str(value) for name, value in environment.items()},
                capture_output=True,
                text=True,
                timeout=120,
            )
            if not (mpiexec and done.returncode and FALSE_START and FALSE_START in done.stdout + done.stderr):
                break
        return done

    def says(self, code, **environment):
        """What the code prints."""
        done = self.run("-c", code, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def info(self, **environment):
        """What mpi4py says of the MPI it finds. It initializes none, so that it needs no launcher."""
        done = self.run("-m", "mpi4py", "--info", "--json", **environment)
        assert done.stdout, done.stderr
        return SimpleNamespace(**{"error": None} | json.loads(done.stdout))


@pytest.fixture(scope="session")
def python():
    """The cell's Python: mpi4py and one MPI."""
    return Python(sys.executable)


@pytest.fixture(scope="session")
def bare(tmp_path_factory):
    """A Python with mpi4py and no MPI, nor one that PATH or the linker finds by the environment."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, symlinks=os.name != "nt")
    inside = venv.EnvBuilder().ensure_directories(folder)
    packages = subprocess.check_output(
        [inside.env_exe, "-c", "import sysconfig; print(sysconfig.get_path('platlib'))"], text=True
    ).strip()
    shutil.copytree(Path(mpi4py.__file__).parent, Path(packages, "mpi4py"))
    found = Bare(inside.env_exe).info()
    if found.error is None:
        pytest.skip(f"this machine has an MPI of its own: {found.library}")
    return Bare(inside.env_exe)


class Bare(Python):
    """Hides the cell's MPI from PATH and the linker."""

    def run(self, *arguments, mpiexec=None, **environment):
        return super().run(*arguments, mpiexec=mpiexec, **{"PATH": "", "LD_LIBRARY_PATH": ""} | environment)


@pytest.fixture(scope="session")
def prefix():
    """The cell's environment."""
    return Path(asked("MPI4PY_TEST_PREFIX"))


@pytest.fixture(scope="session")
def others():
    """An installed MPI per ABI family, as a namespace with root, library, mpiexec: {"mpich": …, "openmpi": …}."""
    found = {}
    for root in map(Path, asked("MPI4PY_TEST_OTHER_MPI_ROOTS").split(os.pathsep)):
        for library in (root / name for name in LIBRARIES):
            if library.exists():
                family = "openmpi" if ".40" in library.name else "mpich"
                found[family] = SimpleNamespace(root=root, library=library, mpiexec=root / "bin" / "mpiexec")
    assert {"mpich", "openmpi"} <= found.keys()
    return found


def asked(name):
    """What ``cargo xtask test`` says."""
    if name not in os.environ:
        pytest.skip(f"not started by cargo xtask test: no {name}")
    return os.environ[name]
