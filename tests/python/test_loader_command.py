"""``python -m mpi4py``."""

import json
import os
from pathlib import Path

import mpi4py
import pytest

VARIANT = os.environ.get("MPI4PY_TEST_VARIANT", "")
MPIABI = {"MPI4PY_MPIABI": "mpiabi"} if VARIANT.endswith("-mpiabi") else {}
KEYS = ["mpi4py", "python", "library", "family", "mpi", "version", "variant", "module", "why", "launcher", "tried"]


def said(python, *flags, **environment):
    done = python.run("-m", "mpi4py", *flags, **MPIABI | environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


def test_json(python):
    found = json.loads(said(python, "--info", "--json"))
    assert list(found) == KEYS
    assert found["mpi4py"] == mpi4py.__version__
    assert Path(found["library"]).is_file()
    assert Path(found["module"]).is_file()


def test_info_says_the_same_for_people(python):
    found = json.loads(said(python, "--info", "--json"))
    lines = said(python, "--info").splitlines()
    assert lines[0] == f"mpi4py {mpi4py.__version__}"
    told = dict(line.split(maxsplit=1) for line in lines[1:])
    for key in ("library", "family", "mpi", "variant", "module", "why"):
        assert told[key] == found[key]
    assert told["version"] == found["version"].splitlines()[0]


@pytest.mark.parametrize(
    ("flag", "answer"),
    [
        ("--module", "{module}"),
        ("--mpi-library", "{library}"),
        ("--mpi-std-version", "MPI {mpi}"),
        ("--mpi-lib-version", "{version}"),
    ],
)
def test_one_answer(python, flag, answer):
    found = json.loads(said(python, "--info", "--json"))
    assert said(python, flag) == answer.format(**found)


def test_answers_without_mpi(bare):
    assert bare.run("-m", "mpi4py", "--version").stdout == f"mpi4py {mpi4py.__version__}\n"
    folder = Path(bare.run("-m", "mpi4py", "--prefix").stdout.rstrip("\n"))
    assert (folder / "__init__.py").is_file()


@pytest.mark.parametrize("flags", [["--info"], ["--module"], ["--mpi-library"]])
def test_error_without_mpi(bare, flags):
    done = bare.run("-m", "mpi4py", *flags)
    assert (done.returncode, done.stdout) == (1, "")
    assert "mpi4py found no MPI library that fits." in done.stderr


def test_json_without_mpi(bare):
    done = bare.run("-m", "mpi4py", "--info", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert "mpi4py found no MPI library that fits." in found["error"]
    assert {"path", "why", "reason"} == found["tried"][0].keys()


def test_bad_setting_is_no_traceback(python):
    done = python.run("-m", "mpi4py", "--info", MPI4PY_RC_ERRORS="ignore")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("MPI4PY_RC_ERRORS='ignore': choose from ")
