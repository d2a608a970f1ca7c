"""What type checkers are told of the package, held against the package itself.

mypy is in an environment of its own, `typing` of `matrix/tools.toml`; it runs in the cell's Python, beside the wheel.
"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("typing")


@pytest.fixture(scope="session")
def mypy(asked_typing, tmp_path_factory):
    """Runs a module of mypy: what it printed when it found something, else nothing."""
    folder = tmp_path_factory.mktemp("mypy")
    packages = sysconfig.get_path("purelib", vars={"base": asked_typing, "platbase": asked_typing})

    def run(module, *arguments):
        done = subprocess.run(
            [sys.executable, "-B", "-m", module, *map(str, arguments)],
            # Nothing is sent, so MPI need not be started: that takes a launcher with some libraries.
            env=os.environ
            | {"PYTHONPATH": packages, "MYPYPATH": str(FOLDER), "MPI4PY_RC_INITIALIZE": "no"},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=600,
        )
        return "" if done.returncode == 0 else done.stdout + done.stderr

    return run


def test_stubs_are_true(mypy):
    config = ("--mypy-config-file", FOLDER / "mypy.ini")
    assert mypy("mypy.stubtest", "mpi4py", "--concise", "--allowlist", FOLDER / "allowlist.txt", *config) == ""


def test_a_program_and_the_stubs_are_well_typed(mypy):
    modules = ("program", "mpi4py", "mpi4py.MPI", "mpi4py._dl")
    config = ("--config-file", FOLDER / "mypy.ini")
    assert mypy("mypy", "--strict", *config, *(word for name in modules for word in ("-m", name))) == ""


def test_a_mistake_is_found(mypy, tmp_path):
    mistake = tmp_path / "mistake.py"
    mistake.write_text("from mpi4py import MPI\n\nMPI.COMM_WORLD.Send(1, dest='all')\n")
    said = mypy("mypy", "--config-file", FOLDER / "mypy.ini", mistake)
    assert said.count("[arg-type]") == 2, said
