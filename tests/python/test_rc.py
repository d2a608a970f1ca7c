"""``mpi4py.rc``: names, values, and the environment."""

import mpi4py
import pytest

DEFAULTS = {
    "initialize": True,
    "threads": True,
    "thread_level": "multiple",
    "finalize": None,
    "fast_reduce": True,
    "recv_mprobe": True,
    "irecv_bufsz": 32768,
    "errors": "exception",
    "abort_on_exception": False,
    "mpiabi": None,
    "libmpi": None,
}

GOOD = [
    ("initialize", False, False),
    ("threads", 0, False),
    ("threads", "yes", True),
    ("thread_level", "single", "single"),
    ("finalize", None, None),
    ("finalize", True, True),
    ("irecv_bufsz", 0, 0),
    ("irecv_bufsz", "0x100", 256),
    ("errors", "fatal", "fatal"),
    ("mpiabi", "mpi41-mpich", "mpi41-mpich"),
    ("libmpi", "libmpi.so.12", "libmpi.so.12"),
    ("libmpi", "", None),
]

BAD = [
    ("initialize", "perhaps", "True, False"),
    ("threads", None, "True, False"),
    ("threads", [], "True, False"),
    ("thread_level", "many", "'multiple', 'serialized', 'funneled', 'single'"),
    ("finalize", "later", "None, True, False"),
    ("irecv_bufsz", -1, "a number of bytes"),
    ("irecv_bufsz", 1.5, "a number of bytes"),
    ("irecv_bufsz", "much", "a number of bytes"),
    ("errors", "ignore", "'exception', 'default', 'abort', 'fatal'"),
    ("libmpi", 3, "the path or the name of an MPI library"),
]


@pytest.fixture
def rc():
    return mpi4py.Rc()


def values(rc):
    return {name: getattr(rc, name) for name in DEFAULTS}


def test_defaults(rc):
    assert values(rc) == DEFAULTS
    assert isinstance(mpi4py.rc, mpi4py.Rc)


@pytest.mark.parametrize(("name", "given", "value"), GOOD)
def test_good_value(rc, name, given, value):
    setattr(rc, name, given)
    assert values(rc) == DEFAULTS | {name: value}


@pytest.mark.parametrize(("name", "given", "choices"), BAD)
def test_bad_value_lists_the_good_ones(rc, name, given, choices):
    with pytest.raises(ValueError, match=rf"^mpi4py\.rc\.{name} = ") as error:
        setattr(rc, name, given)
    assert choices in str(error.value)
    assert values(rc) == DEFAULTS


def test_call_sets_several(rc):
    rc(threads=False, errors="abort")
    assert values(rc) == DEFAULTS | {"threads": False, "errors": "abort"}
    assert values(mpi4py.Rc(irecv_bufsz=1)) == DEFAULTS | {"irecv_bufsz": 1}


@pytest.mark.parametrize("use", [lambda rc: rc(errors="abort", thread=1), lambda rc: setattr(rc, "thread", 1)])
def test_unknown_name_lists_the_good_ones(rc, use):
    with pytest.raises(TypeError, match="'thread'") as error:
        use(rc)
    assert ", ".join(DEFAULTS) in str(error.value)
    assert values(rc) == DEFAULTS


def test_repr_can_be_read_back(rc):
    rc(threads=False, libmpi="x")
    assert values(eval(repr(rc).replace("mpi4py.rc", "mpi4py.Rc"))) == values(rc)


READ = """
import mpi4py
mpi4py.rc(threads=True, errors="abort", irecv_bufsz=7)
from mpi4py._rc import read_environment
read_environment(mpi4py.rc)
print(mpi4py.rc)
"""


def test_environment_wins(python):
    text = python.says(READ, MPI4PY_RC_THREADS="no", MPI4PY_RC_IRECV_BUFSZ="1024", MPI4PY_RC_ERRORS="")
    assert text == repr(mpi4py.Rc(threads=False, irecv_bufsz=1024, errors="abort"))


@pytest.mark.parametrize("name", ["mpiabi", "libmpi"])
def test_short_variables_win_over_long_ones(python, name):
    assert f"{name}='long'" in python.says(READ, **{f"MPI4PY_RC_{name.upper()}": "long"})
    both = {f"MPI4PY_{name.upper()}": "short", f"MPI4PY_RC_{name.upper()}": "long"}
    assert f"{name}='short'" in python.says(READ, **both)


@pytest.mark.parametrize(("name", "given", "choices"), [row for row in BAD if isinstance(row[1], str)])
def test_bad_environment_lists_the_good_ones(python, name, given, choices):
    variable = f"MPI4PY_RC_{name.upper()}"
    done = python.run("-c", "from mpi4py import MPI", **{variable: given})
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"ValueError: {variable}={given!r}: choose from ")
    assert choices in last


def test_unknown_environment_is_told(python):
    done = python.run("-c", READ, MPI4PY_RC_THREAD="0")
    assert done.returncode == 0
    assert "RuntimeWarning: mpi4py knows no MPI4PY_RC_THREAD" in done.stderr
    assert "MPI4PY_RC_THREAD_LEVEL" in done.stderr


def test_options_are_imported_like_a_module(python):
    code = "import mpi4py.rc; mpi4py.rc(threads=False); from mpi4py import rc; import mpi4py.rc as same"
    assert python.says(f"{code}; print(rc is same is mpi4py.rc, rc.threads)") == "True False"
