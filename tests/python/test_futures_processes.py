"""`mpi4py.futures` in jobs of its own: started processes, shared ranks, the command line.

Each job is one that a launcher may end as a whole when a process of it dies; what must not be is a hang, which the
fixture's time limit turns into a failure.
"""

import os
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="bin/mpiexec is where Unix has it")

SCRIPT = """
import os, sys
from mpi4py.futures import MPIPoolExecutor

class Point:
    def __init__(self, x):
        self.x = x

def double(point):
    return Point(2 * point.x)

def seen():
    return __name__, os.getcwd(), os.environ.get("FUTURES_TEST"), sys.path[-1], globals().get("given")

if __name__ == "__main__":
"""


@pytest.fixture(params=["spawned", "shared"])
def job(request, python, prefix, tmp_path):
    """Runs a program's last lines, with workers of either kind."""

    def run(lines, *arguments):
        script = tmp_path / "script.py"
        script.write_text(SCRIPT + "".join(f"    {line}\n" for line in lines.splitlines()) + "    print('done')\n")
        shared = request.param == "shared"
        words = ["-m", "mpi4py.futures", script] if shared else [script]
        path = f"{prefix / 'bin'}:/usr/bin:/bin"
        done = python.run(*words, *arguments, mpiexec=prefix / "bin" / "mpiexec", ranks=1 + shared, PATH=path)
        if not shared and "MPI cannot start" in done.stdout + done.stderr:
            assert "python -m mpi4py.futures" in done.stdout + done.stderr
            pytest.skip("this MPI library cannot start processes here")
        return done

    return run


def test_objects_of_the_main_script(job):
    done = job("with MPIPoolExecutor(1) as executor: print(executor.submit(double, Point(21)).result(60).x)")
    assert done.stdout.split() == ["42", "done"], done.stderr


def test_parameters(job, tmp_path):
    done = job(
        f"options = dict(path=['/added'], wdir={str(tmp_path)!r}, env={{'FUTURES_TEST': 'here'}})\n"
        "options['globals'] = {'given': 5}\n"
        "with MPIPoolExecutor(1, **options) as executor: print(executor.submit(seen).result(60))"
    )
    assert str(("__worker__", str(tmp_path), "here", "/added", 5)) in done.stdout, done.stdout + done.stderr


def test_an_executor_without_a_shutdown_finishes(job):
    done = job("MPIPoolExecutor(1).submit(double, Point(1)).add_done_callback(lambda f: print(f.result().x))")
    assert sorted(done.stdout.split()) == ["2", "done"] and done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "options, reason",
    [
        ("python_exe='/nowhere/python'", "/nowhere/python"),
        ("python_args=['-c', 'raise SystemExit(7)']", "exit status 7"),
    ],
)
def test_a_python_that_does_not_start(python, prefix, options, reason):
    code = (
        "from mpi4py.futures import *\n"
        f"with MPIPoolExecutor(1, {options}) as executor:\n"
        "    try: print(repr(executor.submit(abs, 1).exception(60)))\n"
        "    except BrokenExecutor as error: print(repr(error))\n"
    )
    done = python.run("-c", code, mpiexec=prefix / "bin" / "mpiexec")
    assert "BrokenExecutor" in done.stdout and reason in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    "words",
    [["-c", "{}"], ["-m", "futures_program"], ["futures_program.py"]],
    ids=["command", "module", "script"],
)
def test_command_line(python, prefix, tmp_path, words):
    program = (
        "import sys\nfrom mpi4py.futures import MPIPoolExecutor\n"
        "if __name__ == '__main__':\n    with MPIPoolExecutor() as e: print(*e.map(abs, [-1, -2]), *sys.argv[1:])\n"
    )
    (tmp_path / "futures_program.py").write_text(program)
    words = [word.format(program) if word == "{}" else word for word in words]
    words = [str(tmp_path / word) if word.endswith(".py") else word for word in words]
    mpiexec = prefix / "bin" / "mpiexec"
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = python.run("-m", "mpi4py.futures", *words, "an argument", mpiexec=mpiexec, ranks=2, PYTHONPATH=paths)
    assert done.stdout.strip() == "1 2 an argument", done.stdout + done.stderr


def test_an_exception_ends_the_job(python, prefix):
    done = python.run("-m", "mpi4py.futures", "-c", "1 / 0", mpiexec=prefix / "bin" / "mpiexec", ranks=2)
    assert done.returncode != 0 and "ZeroDivisionError" in done.stderr


@pytest.mark.parametrize("words, says", [([], "No path"), (["-x"], "Unknown option"), (["-m"], "Argument expected")])
def test_wrong_command_line(python, words, says):
    done = python.run("-m", "mpi4py.futures", *words, MPI4PY_RC_INITIALIZE="0")
    assert done.returncode == 1 and says in done.stderr and "usage:" in done.stderr
