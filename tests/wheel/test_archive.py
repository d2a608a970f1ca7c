"""The wheel as an archive: its name, its files, their order and their times."""

import base64
import csv
import hashlib
import io
import stat
from pathlib import PurePosixPath

from packaging.tags import parse_tag
from packaging.utils import parse_wheel_filename


def test_name_has_the_tag_of_the_matrix(wheel_path, expected_tag):
    name, _, build, tags = parse_wheel_filename(wheel_path.rsplit("/", 1)[-1])
    assert name == "mpi4py"
    assert build == ()
    assert tags == parse_tag(expected_tag)


def test_wheel_file_says_what_the_name_says(wheel, info, wheel_path):
    lines = dict_of_lists(wheel.read(f"{info}/WHEEL").decode())
    assert lines["Wheel-Version"] == ["1.0"]
    assert lines["Root-Is-Purelib"] == ["false"]
    said = frozenset().union(*map(parse_tag, lines["Tag"]))
    assert said == parse_wheel_filename(wheel_path.rsplit("/", 1)[-1])[3]


def dict_of_lists(text):
    lines = {}
    for line in filter(None, text.splitlines()):
        key, value = line.split(": ", 1)
        lines.setdefault(key, []).append(value)
    return lines


def test_modules_are_those_of_the_matrix(wheel, expected_modules):
    binaries = [name for name in wheel.namelist() if name.endswith((".so", ".pyd", ".dylib", ".dll"))]
    assert sorted(binaries) == sorted(expected_modules)


def test_record_lists_every_file_with_its_hash_and_size(wheel, info):
    rows = list(csv.reader(io.StringIO(wheel.read(f"{info}/RECORD").decode())))
    assert sorted(name for name, _, _ in rows) == sorted(wheel.namelist())
    for name, digest, size in rows:
        if name == f"{info}/RECORD":
            assert (digest, size) == ("", "")
            continue
        content = wheel.read(name)
        expected = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        assert digest == f"sha256={expected}", name
        assert int(size) == len(content), name


def test_files_are_in_the_package_or_describe_it(wheel, info):
    assert {name.split("/")[0] for name in wheel.namelist()} == {"mpi4py", info}


def test_no_litter(wheel):
    litter = {"__pycache__", "tests", "target", ".git"}
    for name in wheel.namelist():
        parts = PurePosixPath(name).parts
        assert not litter.intersection(parts), name
        assert not name.endswith((".pyc", ".rs", ".toml", ".c", "/")), name


def test_package_is_typed(wheel):
    assert {"mpi4py/py.typed", "mpi4py/__init__.py", "mpi4py/__init__.pyi"} <= set(wheel.namelist())


def test_compiled_clients_find_their_files(wheel):
    names = {
        *("__init__.pxd", "MPI.pxd", "libmpi.pxd", "MPI.h", "MPI_api.h"),
        *(f"include/mpi4py/{name}" for name in ("mpi4py.h", "pycapi.h", "mpi.pxi", "mpi4py.i", "handles.h", "lookup.h")),
    }
    found = {name.removeprefix("mpi4py/") for name in wheel.namelist() if name.endswith((".pxd", ".h", ".pxi", ".i"))}
    assert found == names
    handles = wheel.read("mpi4py/include/mpi4py/handles.h").decode().split()
    assert "".join(handles) in "".join(wheel.read("mpi4py/MPI.pxd").decode().split())


def test_every_module_has_a_stub_that_is_written_for_it_or_the_module_itself(wheel):
    names = set(wheel.namelist())
    modules = {name.partition(".")[0] for name in names if name.endswith((".py", ".so", ".pyd"))}
    stubs = {name.removesuffix(".pyi") for name in names if name.endswith(".pyi")}
    assert modules == stubs
    itself = {stub for stub in stubs if f"{stub}.py" in names and wheel.read(f"{stub}.py") == wheel.read(f"{stub}.pyi")}
    assert stubs - itself == {"mpi4py/MPI", "mpi4py/__init__", "mpi4py/_dl"}


def test_nothing_in_it_depends_on_when_or_where_it_was_packed(wheel):
    entries = wheel.infolist()
    assert len({entry.date_time for entry in entries}) == 1
    assert {stat.S_IMODE(entry.external_attr >> 16) for entry in entries} <= {0o644, 0o755}
    assert not any(entry.extra or entry.comment for entry in entries)
    # .dist-info last: installers read a wheel's end first.
    folders = [name.split("/")[0] for name in wheel.namelist()]
    assert folders == sorted(folders)


def test_modules_are_small(wheel, expected_modules):
    for name in expected_modules:
        assert wheel.getinfo(name).compress_size <= 600_000, name
