"""``python -m mpi4py``: running programs, and what follows when they fail."""

import os
import sys
import zipfile

import pytest

ABORT = "from mpi4py import MPI; import sys; "
TELL = "import sys; print(__name__, sys.argv, sys.path[0])\n"

# Sets a thread or the main program to fail, and then hangs unless the job is aborted.
HANGS = """
from mpi4py import MPI
import threading, time
def fail(): raise KeyError("lost")
def sleep(): time.sleep(100)
threading.Thread(target={thread}).start()
{main}()
"""


@pytest.fixture
def run(python, prefix):
    """Run a program under mpiexec, as one process."""

    def run(*arguments, **environment):
        return python.run(*arguments, mpiexec=prefix / "bin" / "mpiexec", **environment)

    return run


@pytest.fixture
def script(tmp_path):
    def script(text, name="program.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return script


@pytest.mark.parametrize("module", ["mpi4py", "mpi4py.run"])
def test_script(python, script, module):
    path = script(TELL)
    done = python.run("-m", module, path, "a", "-h", "--version")
    assert done.stdout.split(maxsplit=1)[0] == "__main__"
    assert done.stdout == f"__main__ {[str(path), 'a', '-h', '--version']} {path.parent}\n"


def test_module_and_command(python, script):
    path = script(TELL, "some_module_of_mine.py")
    import_path = os.pathsep.join([str(path.parent), os.environ.get("PYTHONPATH", "")])
    done = python.run("-m", "mpi4py", "-m", "some_module_of_mine", "-c", PYTHONPATH=import_path)
    assert done.stdout.startswith(f"__main__ {[str(path), '-c']}")
    done = python.run("-m", "mpi4py", "-c", TELL, "x", "-m")
    assert done.stdout == "__main__ ['-c', 'x', '-m'] \n"


def test_standard_input(python):
    command = "[sys.executable, '-m', 'mpi4py', '-', 'x']"
    done = python.run("-c", f"import subprocess, sys; subprocess.run({command}, input={TELL!r}, text=True)")
    assert done.stdout == "__main__ ['-', 'x'] \n"


def test_folder_and_archive(python, script, tmp_path):
    main = script(TELL, "folder/__main__.py")
    assert python.run("-m", "mpi4py", main.parent).stdout == f"__main__ {[str(main.parent)]} {main.parent}\n"
    archive = tmp_path / "program.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("__main__.py", TELL)
    assert python.run("-m", "mpi4py", archive).stdout == f"__main__ {[str(archive)]} {archive}\n"


def test_classes_of_a_command_can_be_pickled(python):
    code = "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)"
    assert python.run("-m", "mpi4py", "-c", code).stdout == "True\n"


@pytest.mark.parametrize("given", [["-rc", "threads=no,errors=abort"], ["--rc", "threads=0", "--rc=errors=abort"]])
def test_options_of_rc(python, given):
    done = python.run("-m", "mpi4py", *given, "-c", "import mpi4py; print(mpi4py.rc.threads, mpi4py.rc.errors)")
    assert done.stdout == "False abort\n"


@pytest.mark.parametrize(("words", "says"), [
    ([], "No path specified"),
    (["-x"], "Unknown option: -x"),
    (["-m"], "Argument expected for option: -m"),
    (["-c"], "Argument expected for option: -c"),
    (["-rc"], "Argument expected for option: -rc"),
    (["-rc", "threads", "-c", "0"], "Cannot parse rc option: threads"),
    (["-rc", "errors=ignore", "-c", "0"], "'exception', 'default', 'abort', 'fatal'"),
    (["-rc", "error=fatal", "-c", "0"], "thread_level"),
    (["--info", "--prefix"], "do not go together"),
    (["--json", "--prefix"], "do not go together"),
])
def test_usage(python, words, says):
    done = python.run("-m", "mpi4py", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert "usage: python -m mpi4py" in done.stderr
    assert "Traceback" not in done.stderr


def test_help(python):
    done = python.run("-m", "mpi4py", "--help")
    assert done.returncode == 0
    for word in ("-m <mod>", "--mpi-library", "--mpi-std-version", "--info", "-rc <key=value,...>"):
        assert word in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="bin/mpiexec is where Unix has it")
@pytest.mark.parametrize(("last", "status"), [
    ("1/0", 1),
    ("sys.exit(7)", 7),
    ("sys.exit('farewell')", 1),
    ("sys.exit()", 0),
    ("sys.exit(0)", 0),
    ("raise SystemExit(None)", 0),
    ("pass", 0),
])
def test_status(run, last, status):
    done = run("-m", "mpi4py", "-c", ABORT + last)
    assert done.returncode == status, done.stderr
    assert ("ZeroDivisionError" in done.stderr) == (last == "1/0")
    assert ("farewell" in done.stderr) == ("farewell" in last)


@pytest.mark.skipif(sys.platform == "win32", reason="bin/mpiexec is where Unix has it")
@pytest.mark.parametrize("status", ["3", "SystemExit(3)"])
def test_set_abort_status(run, status):
    done = run("-c", f"from mpi4py import MPI; from mpi4py.run import set_abort_status; set_abort_status({status})")
    assert done.returncode == 3, done.stderr


def test_set_abort_status_without_mpi(python):
    done = python.run("-c", "from mpi4py.run import set_abort_status; set_abort_status(3)")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="bin/mpiexec is where Unix has it")
@pytest.mark.parametrize(("thread", "main"), [("fail", "sleep"), ("sleep", "fail")])
def test_abort_on_exception(run, thread, main):
    done = run("-c", HANGS.format(thread=thread, main=main), MPI4PY_RC_ABORT_ON_EXCEPTION="1")
    assert done.returncode == 1
    assert "KeyError: 'lost'" in done.stderr


def test_abort_on_exception_is_asked_for(run):
    code = "from mpi4py import MPI; import threading; threading.Thread(target=lambda: 1/0).start()"
    done = run("-c", code)
    assert done.returncode == 0
    assert "ZeroDivisionError" in done.stderr
    exits = "from mpi4py import MPI; import threading; threading.Thread(target=exit).start()"
    assert run("-c", exits, MPI4PY_RC_ABORT_ON_EXCEPTION="1").returncode == 0
