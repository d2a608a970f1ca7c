"""What type checkers are told of the package, held against the package itself.

mypy and pyright are in an environment of their own, `typing` of `matrix/tools.toml`; they run in the cell's Python,
beside the wheel.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("typing")
# In the wheel each module is its own stub, and nobody looks into the functions of stubs: they are checked here.
SOURCES = Path(__file__).parents[2] / "bindings/mpi4py/python"
CONFIG = FOLDER / "mypy.ini"


@pytest.fixture(scope="session")
def check(asked_typing, tmp_path_factory):
    """Runs a module of a type checker: what it printed when it found something, else nothing."""
    folder = tmp_path_factory.mktemp("typing")
    packages = sysconfig.get_path("purelib", vars={"base": asked_typing, "platbase": asked_typing})

    def check(module, *arguments, cwd=folder, path=FOLDER):
        done = subprocess.run(
            [sys.executable, "-B", "-m", module, *map(str, arguments)],
            # Nothing is sent, so MPI need not be started: that takes a launcher with some libraries.
            env=os.environ
            | {
                "PYTHONPATH": packages,
                "MYPYPATH": str(path),
                "MYPY_CACHE_DIR": str(folder),
                "MPI4PY_RC_INITIALIZE": "no",
            },
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=600,
        )
        return "" if done.returncode == 0 else done.stdout + done.stderr

    return check


def test_stubs_are_true(check):
    allowed = ("--allowlist", FOLDER / "allowlist.txt")
    assert check("mypy.stubtest", "mpi4py", "--concise", *allowed, "--mypy-config-file", CONFIG) == ""


def test_a_program_and_the_stubs_are_well_typed(check):
    modules = ("program", "mpi4py", "mpi4py.MPI", "mpi4py._dl")
    assert check("mypy", "--config-file", CONFIG, *(word for name in modules for word in ("-m", name))) == ""
    assert check("pyright", "--level", "error", "--pythonpath", sys.executable, FOLDER / "program.py") == ""


def test_the_modules_are_well_typed(check, tmp_path):
    # A copy: pyright takes the folder of a pyproject.toml above for the root, and would mix them with the installed ones.
    shutil.copytree(SOURCES, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    assert check("mypy", "--config-file", CONFIG, "-p", "mpi4py", path=tmp_path) == ""
    assert check("pyright", "--level", "error", "--pythonpath", sys.executable, "mpi4py", cwd=tmp_path) == ""


MISTAKES = """
from mpi4py import MPI
from mpi4py.util import sync

MPI.COMM_WORLD.Send(1, dest="all")
sync.Mutex(recursive="no", comm=0)
"""


@pytest.fixture
def mistakes(tmp_path):
    file = tmp_path / "mistakes.py"
    file.write_text(MISTAKES)
    return file


def test_mypy_finds_mistakes(check, mistakes):
    said = check("mypy", "--config-file", CONFIG, mistakes)
    assert said.count("[arg-type]") == 4, said


def test_pyright_finds_mistakes(check, mistakes):
    said = check("pyright", "--pythonpath", sys.executable, mistakes)
    assert said.count("(reportArgumentType)") == 4, said
