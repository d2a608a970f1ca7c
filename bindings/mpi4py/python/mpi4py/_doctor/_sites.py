"""Where this runs: a container, a batch system."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ._finding import Finding, note, ok, problem
from ._patient import Patient

# A kind of container by a file or a variable.
_CONTAINERS = (
    ("Apptainer or Singularity", ("/.singularity.d",), ("APPTAINER_CONTAINER", "SINGULARITY_CONTAINER")),
    ("Docker", ("/.dockerenv",), ()),
    ("Podman", ("/run/.containerenv",), ()),
    ("Kubernetes", (), ("KUBERNETES_SERVICE_HOST",)),
    ("a container", (), ("container",)),
)

_MIB = 1 << 20
_SHARED_MEMORY = 256 * _MIB

# What srun must speak for the libraries of a family to find their job: the values of its --mpi.
_SRUN_SPEAKS = {"mpich": ("pmi2", "pmix", "cray_shasta"), "openmpi": ("pmix",)}


def container(patient: Patient) -> Iterator[Finding]:
    """Whether this is a container, and its shared memory."""
    for kind, files, variables in _CONTAINERS:
        if any(Path(file).exists() for file in files) or any(patient.environ.get(name) for name in variables):
            yield ok(
                f"this is inside {kind}",
                "mpiexec inside reaches this container alone; across machines the host's launcher starts containers, "
                "and its MPI must be of the library's kind here",
            )
            break
    if not os.path.ismount("/dev/shm"):
        return
    stats = os.statvfs("/dev/shm")
    size, free = (blocks * stats.f_frsize for blocks in (stats.f_blocks, stats.f_bavail))
    if free < _SHARED_MEMORY:
        yield note(
            f"shared memory is short: {free // _MIB} of {size // _MIB} MiB of /dev/shm are free",
            "ranks on one machine talk through it; what is short there ends jobs with SIGBUS",
            "docker run --shm-size=1g (or --ipc=host); remove what dead jobs left in /dev/shm",
        )


def slurm(patient: Patient) -> Iterator[Finding]:
    """Whether this is an allocation of Slurm, and whether its srun starts ranks that find each other."""
    environ = patient.environ
    job = environ.get("SLURM_JOB_ID")
    srun = shutil.which("srun", path=environ.get("PATH", ""))
    if not (job or srun):
        return
    if not job:
        yield note(
            "Slurm is here, and this is not inside a job: a login node, perhaps",
            str(srun),
            "run jobs, and this doctor, on compute nodes: srun, salloc or sbatch",
        )
    else:
        facts = [f"{name}={environ[name]}" for name in ("SLURM_JOB_NODELIST", "SLURM_NTASKS") if name in environ]
        yield ok(f"Slurm job {job}", "\n".join(facts))
    if "error" in patient.chosen or not srun or patient.family not in _SRUN_SPEAKS:
        return
    speaks = _SRUN_SPEAKS[patient.family]
    offered = [one for one in speaks if one in patient.run([srun, "--mpi=list"]).output.split()]
    default = environ.get("SLURM_MPI_TYPE")
    way = f"srun --mpi={(offered or speaks)[0]} -n 4 python script.py"
    if default and default not in speaks:
        yield problem(
            f"srun starts ranks by {default!r}, which this MPI library does not read: each would be a job of its own",
            f"SLURM_MPI_TYPE={default}",
            f"{way}\nor export SLURM_MPI_TYPE={(offered or speaks)[0]}",
        )
    elif not offered:
        yield problem(
            f"srun offers none of {', '.join(speaks)}, by which this MPI library finds its job",
            f"{srun} --mpi=list",
            "start jobs by the library's own mpiexec inside the allocation: python -m mpi4py --mpiexec …",
        )
    else:
        yield ok(f"srun starts this MPI library's jobs: {way}")
