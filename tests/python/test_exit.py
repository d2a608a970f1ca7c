"""How a program ends."""

import sys

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="bin/mpiexec is where Unix has it")
@pytest.mark.parametrize("last", ["", "raise SystemExit(3)", "MPI.Finalize()"])
def test_abort_status(python, prefix, last):
    code = f"from mpi4py import MPI; MPI._set_abort_status(7); {last}"
    done = python.run("-c", code, mpiexec=prefix / "bin" / "mpiexec")
    assert done.returncode == (0 if "Finalize" in last else 7), done.stderr
