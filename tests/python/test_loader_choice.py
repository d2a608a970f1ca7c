"""Which library the loader takes, and which module for it."""

import os
import sys
from pathlib import Path

import mpi4py._search as search
import pytest

VARIANT = os.environ.get("MPI4PY_TEST_VARIANT", "")
MPIABI = {"MPI4PY_MPIABI": "mpiabi"} if VARIANT.endswith("-mpiabi") else {}


def test_the_environments_own_mpi_and_the_variant_that_serves_it(python, prefix):
    found = python.info(**MPIABI)
    assert Path(found.library).resolve().is_relative_to(prefix.resolve())
    assert found.variant == VARIANT
    assert found.why == "in the environment's own library folder"


def test_the_module_is_loaded_as_chosen(python):
    code = "from mpi4py import MPI; print(MPI.__name__, MPI.__file__, MPI.__spec__.origin, sep='\\n')"
    name, file, origin = python.says(f"import mpi4py; mpi4py.rc.initialize = False; {code}", **MPIABI).splitlines()
    assert name == "mpi4py.MPI"
    assert file == origin == python.info(**MPIABI).module


@pytest.mark.parametrize("family", ["mpich", "openmpi"])
def test_named_by_path(bare, others, family):
    found = bare.info(MPI4PY_LIBMPI=others[family].library)
    assert Path(found.library).samefile(others[family].library)
    assert found.family == family
    assert found.why.startswith("named by MPI4PY_LIBMPI")


def test_named_by_name(bare, others):
    library = others["mpich"].library
    found = bare.info(MPI4PY_LIBMPI=library.name, LD_LIBRARY_PATH=library.parent, DYLD_LIBRARY_PATH=library.parent)
    assert Path(found.library).samefile(library)


def test_named_in_rc(bare, others):
    library = others["openmpi"].library
    code = "import mpi4py; mpi4py.rc.libmpi = {!r}; from mpi4py import _loader; print(_loader.choose(mpi4py.rc).family)"
    assert bare.says(code.format(str(library))) == "openmpi"


def test_a_file_of_any_name(bare, others, tmp_path):
    """What a library is, its symbols say: never its file's name."""
    library = others["openmpi"].library
    link = tmp_path / "libmpi.so.12"
    link.symlink_to(library)
    # What it needs is searched beside the link.
    path = os.pathsep.join([str(library.parent), str(library.parent / "openmpi")])
    assert bare.info(MPI4PY_LIBMPI=link, LD_LIBRARY_PATH=path).family == "openmpi"


@pytest.mark.parametrize("family", ["mpich", "openmpi"])
def test_in_the_process_already(bare, others, family):
    told = "from mpi4py import _loader, rc; found = _loader.choose(rc); print(found.family, found.why)"
    code = f"import ctypes; ctypes.CDLL({str(others[family].library)!r}); {told}"
    assert bare.says(code) == f"{family} in this process already"


@pytest.mark.skipif(sys.platform != "linux", reason="LD_PRELOAD is Linux's")
def test_preloaded(bare, others):
    found = bare.info(LD_PRELOAD=others["mpich"].library)
    assert (found.family, found.why) == ("mpich", "in this process already")


@pytest.mark.parametrize("family", ["mpich", "openmpi"])
def test_beside_the_mpiexec_on_path(bare, others, family):
    found = bare.info(PATH=others[family].mpiexec.parent)
    assert Path(found.library).samefile(others[family].library)
    assert found.why == f"beside {others[family].mpiexec}, which PATH finds"


def test_in_an_environment_modules_root(bare, others):
    found = bare.info(MPI_HOME=others["mpich"].root)
    assert (found.family, found.why) == ("mpich", "in $MPI_HOME")


@pytest.mark.skipif(sys.platform != "linux", reason="LD_LIBRARY_PATH is Linux's")
def test_in_the_linkers_path(bare, others):
    found = bare.info(LD_LIBRARY_PATH=others["openmpi"].library.parent)
    assert (found.family, found.why) == ("openmpi", "in $LD_LIBRARY_PATH")


@pytest.mark.parametrize("family", ["mpich", "openmpi"])
def test_abi_chooses_among_what_is_there(bare, others, family):
    path = os.pathsep.join(str(other.library.parent) for other in others.values())
    assert bare.info(LD_LIBRARY_PATH=path, MPI4PY_MPIABI=family).family == family
    assert bare.info(LD_LIBRARY_PATH=path, MPI4PY_MPIABI=family.upper()).family == family


@pytest.mark.parametrize(("family", "variant"), [("mpich", "mpi31-mpich"), ("openmpi", "mpi31-openmpi")])
def test_abi_and_library_combine(bare, others, family, variant):
    found = bare.info(MPI4PY_LIBMPI=others[family].library, MPI4PY_MPIABI=variant)
    assert Path(found.library).samefile(others[family].library)
    assert found.variant == variant


@pytest.mark.skipif(sys.platform == "win32", reason="Intel MPI has an ABI of its own on Windows")
def test_intel_mpi_is_of_mpichs_kin(bare, others):
    found = bare.info(MPI4PY_LIBMPI=others["mpich"].library, MPI4PY_MPIABI="impi")
    assert found.family == "mpich"


def test_open_mpi_5_is_served_by_its_functions(bare, others):
    """It reports MPI 3.1, and has sessions; it has no large counts, which mpi41-openmpi is for."""
    found = bare.info(MPI4PY_LIBMPI=others["openmpi"].library)
    if not found.version.startswith("Open MPI v5"):
        pytest.skip(f"the other Open MPI is not 5: {found.version}")
    assert (found.mpi, found.variant) == ("3.1", "mpi40-openmpi")


@pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX")
@pytest.mark.parametrize(
    ("packages", "prefix"),
    [
        ("/opt/venv/lib/python3.11/site-packages", "/opt/venv"),
        ("/home/me/.local/lib/python3.11/site-packages", "/home/me/.local"),
        ("/usr/lib/python3/dist-packages", "/usr"),
        ("/home/me/src", None),
    ],
)
def test_prefix_that_mpi4py_is_installed_under(monkeypatch, packages, prefix):
    """Of ``pip install --user mpi4py mpich`` the interpreter's own prefix knows nothing."""
    monkeypatch.setattr(search, "__file__", f"{packages}/mpi4py/_search.py")
    assert search.install_prefix() == prefix


@pytest.mark.skipif(sys.platform != "linux", reason="names of Linux")
@pytest.mark.parametrize(
    ("likely", "name"),
    [
        ((), "libmpi.so.12"),
        (("openmpi",), "libmpi.so.40"),
        (("mpich", "impi"), "libmpi.so.12"),
        (("mpiabi",), "libmpi_abi.so.1"),
    ],
)
def test_likely_names_come_first(likely, name):
    _, path = next(iter(search.candidates(None, likely)))
    assert Path(path).name == name
