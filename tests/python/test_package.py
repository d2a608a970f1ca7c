"""The package ``mpi4py`` itself: what importing it does, and does not do."""

import importlib.metadata
import importlib.util
import re
import sys
from pathlib import Path

import mpi4py
import pytest

HEAVY = ["ctypes", "dataclasses", "enum", "inspect", "json", "pathlib", "re", "subprocess", "typing"]


def test_version_is_the_workspaces():
    manifest = Path(__file__).parents[2].joinpath("Cargo.toml").read_text()
    assert mpi4py.__version__ == re.search(r'^version = "(.*)"$', manifest, re.MULTILINE)[1]
    assert mpi4py.__version__ == importlib.metadata.version("mpi4py")


def test_package_is_the_installed_one():
    assert Path(mpi4py.__file__).is_relative_to(sys.prefix)


def imports(python, code):
    """The modules that the code brings in, beyond those of a Python that does nothing."""
    told = "import sys; before = set(sys.modules); " + code + "; print(*set(sys.modules) - before)"
    return set(python.says(told).split())


def test_importing_the_package_loads_nothing_else(python):
    assert imports(python, "import mpi4py") == {"mpi4py", "mpi4py._rc", "mpi4py.rc"}


def test_looking_for_mpi_loads_no_library(python):
    found = imports(python, "import mpi4py; from importlib.util import find_spec; assert find_spec('mpi4py.MPI')")
    assert "mpi4py._loader" in found
    assert not found & {"mpi4py.MPI", "mpi4py._dl"}


def test_choosing_imports_nothing_heavy(python):
    found = imports(python, "import mpi4py; from mpi4py._loader import choose; choose(mpi4py.rc)")
    assert "mpi4py._dl" in found
    assert found.isdisjoint(HEAVY)


def test_finder_touches_mpi_alone():
    finder = next(one for one in sys.meta_path if getattr(one, "__module__", "") == "mpi4py")
    assert finder.find_spec("mpi4py.MPI") is not None
    for name in ("MPI", "mpi4py", "mpi4py.MPI.x", "mpi4py._dl", "mpi4py.futures", "json"):
        assert finder.find_spec(name) is None


def test_other_submodules_are_found_as_ever():
    assert importlib.util.find_spec("mpi4py._dl").origin.startswith(mpi4py.__path__[0])
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("mpi4py.nothing_of_this_name")


def test_star_offers_mpi():
    assert mpi4py.__all__ == ["MPI"]


def test_include_folder():
    assert Path(mpi4py.get_include()) == Path(mpi4py.__file__).with_name("include")


def test_config_is_what_packagers_wrote(bare):
    code = "import mpi4py; print(mpi4py.__path__[0]); print(mpi4py.get_config())"
    folder, config = bare.says(code).splitlines()
    assert config == "{}"
    notes = Path(folder, "mpi.cfg")
    notes.write_text("[mpi]\nmpicc = /opt/mpi/bin/mpicc -O%\n[other]\nx = y\n", encoding="utf-8")
    try:
        assert bare.says(code).splitlines()[1] == "{'mpicc': '/opt/mpi/bin/mpicc -O%'}"
    finally:
        notes.unlink()


def test_profile_names_what_it_lacks():
    with pytest.raises(ValueError, match="'no-such-tool'"):
        mpi4py.profile("no-such-tool", path=["/nowhere"])
