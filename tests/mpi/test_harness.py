"""The job is the one that was asked for: its ranks, its library, its module."""

import os
import sys
from pathlib import Path

import mpi4py
import pytest
from mpi4py import MPI

asked = os.environ.get


@pytest.mark.skipif(not asked("MPI4PY_TEST_RANKS"), reason="not started by cargo xtask test")
def test_job_has_the_ranks_asked_for():
    # N jobs of one rank is what a launcher of another MPI makes.
    assert MPI.COMM_WORLD.Get_size() == int(asked("MPI4PY_TEST_RANKS"))


@pytest.mark.skipif(not asked("MPI4PY_TEST_VARIANT"), reason="not started by cargo xtask test")
def test_module_is_of_the_variant_asked_for():
    assert f"MPI.{asked('MPI4PY_TEST_VARIANT')}." in Path(MPI.__file__).name


def test_package_is_the_installed_one():
    assert Path(mpi4py.__file__).is_relative_to(sys.prefix)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/maps, which Linux alone has")
@pytest.mark.skipif(not asked("MPI4PY_TEST_PREFIX"), reason="not started by cargo xtask test")
def test_one_mpi_library_and_it_is_this_prefixes_own():
    mapped = {line.split(maxsplit=5)[-1].strip() for line in Path("/proc/self/maps").read_text().splitlines()}
    prefix = Path(asked("MPI4PY_TEST_PREFIX")).resolve()
    libraries = {Path(path) for path in mapped if Path(path).name.startswith(("libmpi.so", "libmpi_abi.so"))}
    assert len(libraries) == 1
    assert libraries.pop().is_relative_to(prefix)
