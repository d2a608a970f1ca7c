"""Trials: a process alone, a job of two ranks, and what they say of threads and GPUs."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from ._finding import Finding, note, ok, problem
from ._launchers import OURS
from ._patient import Facts, Patient, Trial

_LEVELS = ("single", "funneled", "serialized", "multiple")

# What jobs that fail are known to print, and what to do then.
_KNOWN = (
    (
        r"not compatible with PMI|PMI2?_Init returned|a job of its own with one rank",
        f"the launcher is not the library's own: {OURS}",
    ),
    (
        r"as root",
        "Open MPI starts nothing for root unless told so: be another user, or in a container set\n"
        "OMPI_ALLOW_RUN_AS_ROOT=1 and OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
    ),
    (
        r"not enough slots",
        "Open MPI counts fewer slots than ranks: mpiexec --oversubscribe, or for every job\n"
        "PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe (Open MPI 5), OMPI_MCA_rmaps_base_oversubscribe=1 (4)",
    ),
    (
        r"gethostbyname|getaddrinfo|[Nn]ame or service not known|unable to get host address",
        "this machine's own name does not resolve: add it to /etc/hosts, or use one interface: mpiexec -iface lo",
    ),
    (r"No space left|/dev/shm|SIGBUS|Bus error", "shared memory is short: see /dev/shm (docker run --shm-size=1g)"),
    (r"ptrace|process_vm_readv|CMA", "copies between processes are forbidden: docker run --cap-add=SYS_PTRACE"),
)
_UNKNOWN = (
    "run it by hand: its messages are above\n"
    "where it hangs: a firewall, or a network that the library takes by mistake (FI_PROVIDER=tcp, UCX_TLS=tcp,self,sm)"
)


def pair(patient: Patient) -> Iterator[Finding]:
    """Whether two ranks start, are of one job, and reach each other."""
    if patient.started_by and patient.started_by.binding:
        return
    trial = patient.pair
    if trial is None or "error" in patient.chosen:
        return
    command = shlex.join(trial.words)
    ranks = trial.ranks
    saw = "\n".join(f"rank {one['rank']} of {one['size']} on {one['host']}: {one['version']}" for one in ranks)
    if trial.worked and [one["rank"] for one in ranks] == [0, 1] and all(one["size"] == 2 for one in ranks):
        yield ok("two ranks start and reach each other", f"{command}\n{saw}")
        yield from _other_library(patient, ranks)
    elif trial.worked and len(ranks) == 2 and all(one["size"] == 1 for one in ranks):
        yield problem(
            "mpiexec -n 2 starts two jobs of one rank each, not one of two",
            f"{command}\n{saw}\nthe launcher is not the library's: neither process finds the other",
            f"use the library's own launcher: {OURS}\nor have mpi4py take the launcher's library: unset MPI4PY_LIBMPI",
        )
    else:
        yield problem("a trial of two ranks fails", f"{command}\n{_course(trial, patient)}", _remedy(trial.done.output))


def _other_library(patient: Patient, ranks: list[Facts]) -> Iterator[Finding]:
    used = {one["library"] for one in ranks}
    if used != {patient.chosen["library"]}:
        yield note(
            "under mpiexec mpi4py takes another library than without",
            f"{', '.join(sorted(used))}\nrather than {patient.chosen['library']} ({patient.chosen['why']})",
            f"use the launcher of the library that you want: {OURS}",
        )


def alone(patient: Patient) -> Iterator[Finding]:
    """Whether MPI starts in a process without a launcher."""
    if "error" in patient.chosen or (patient.started_by and patient.started_by.binding):
        return
    trial = patient.alone
    if trial.worked:
        yield ok("MPI starts without mpiexec, as a job of one rank")
        return
    detail = f"{shlex.join(trial.words)}\n{_course(trial, patient)}"
    if patient.pair is not None and patient.pair.worked:
        yield note("MPI starts under mpiexec only", detail, "start programs by mpiexec, also with one process: -n 1")
    else:
        yield problem("MPI does not start", detail, _remedy(trial.done.output))


def threads(patient: Patient) -> Iterator[Finding]:
    """The level of thread support that was asked for, and the one that the library gives."""
    for seen in _seen(patient)[:1]:
        asked, given = seen["asked"], seen["given"]
        if _LEVELS.index(given) >= _LEVELS.index(asked):
            yield ok(f"thread level: asked for {asked}, given {given}")
        else:
            yield problem(
                f"thread level: asked for {asked}, given {given}",
                "MPI must not be called from several threads at once; mpi4py.futures does so",
                "import mpi4py.MPI before any other package that initializes MPI\n"
                "or install or load an MPI that was built with thread support (MPI_THREAD_MULTIPLE)\n"
                f"or ask for less: MPI4PY_RC_THREAD_LEVEL={given}",
            )


def devices(patient: Patient) -> Iterator[Finding]:
    """Whether the library takes buffers in the memory of GPUs, where there are any."""
    for seen in _seen(patient)[:1] and patient.devices.ranks[:1]:
        aware: dict[str, bool] = seen.get("aware", {})
        told = [f"{device}: {'yes' if yes else 'no'}" for device, yes in aware.items()]
        told += [f"memory kinds: {seen['kinds']}"] if seen["kinds"] else []
        detail = "\n".join(told) or "the library does not say"
        signs = list(_gpus(patient))
        lacking = {device: sign for device, sign in signs if not _takes(device, aware, seen["kinds"])}
        if not lacking:
            yield ok("GPUs: the library takes their buffers" if signs else "GPUs: none seen", detail)
        for device, sign in lacking.items():
            yield note(
                f"GPUs: {device} is here ({sign}), and the library does not say that it takes its buffers",
                detail,
                "copy to the host before MPI is called (cupy.asnumpy), or\n"
                f"load an MPI built for {device} (module avail; conda install ucx for conda-forge's openmpi)\n"
                "Open MPI: OMPI_MCA_opal_cuda_support=true where built so; Cray MPICH: MPICH_GPU_SUPPORT_ENABLED=1",
            )


def _takes(device: str, aware: dict[str, bool], kinds: str | None) -> bool:
    return aware.get(device, False) or device.lower() in (kinds or "")


def _gpus(patient: Patient) -> Iterator[tuple[str, str]]:
    """Devices, and what tells of them: (device, sign)."""
    for device, file, variables in (
        ("CUDA", "/dev/nvidiactl", ("CUDA_VISIBLE_DEVICES", "CUDA_HOME")),
        ("ROCm", "/dev/kfd", ("ROCR_VISIBLE_DEVICES", "ROCM_PATH")),
    ):
        set_here = [f"{name}={patient.environ[name]}" for name in variables if patient.environ.get(name)]
        if sign := next(iter([file] * Path(file).exists() + set_here), None):
            yield device, sign


def _seen(patient: Patient) -> list[Facts]:
    """What ranks of the trials saw, of the two-rank one first."""
    if "error" in patient.chosen or (patient.started_by and patient.started_by.binding):
        return []
    return (patient.pair.ranks if patient.pair else []) or patient.alone.ranks


def _course(trial: Trial, patient: Patient) -> str:
    """How a trial that failed went."""
    done = trial.done
    end = f"killed after {patient.seconds:g} s" if done.timed_out else f"exit status {done.status}"
    counts = [len(trial.processes), len(trial.ranks)]
    counts.append(sum(one["stage"] == "communicated" for one in trial.processes))
    steps = "{} process(es) started, {} initialized MPI, {} reached all others".format(*counts)
    saw = [f"rank {one['rank']} of {one['size']} on {one['host']}" for one in trial.ranks]
    return "\n".join(filter(None, (f"{end}: {steps}", *saw, trial.printed)))


def _remedy(printed: str) -> str:
    known = [remedy for words, remedy in _KNOWN if re.search(words, printed)]
    return "\n".join(known) or _UNKNOWN
