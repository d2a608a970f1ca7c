"""What each process of a trial runs: it starts MPI, and tells what it sees, a line of JSON after a mark at each step.

With the argument ``devices`` it also tells of which GPUs the library takes buffers.
"""

import json
import os
import sys
from socket import gethostname
from typing import Any

MARK = "mpi4py-doctor-probe "

# Functions beyond the standard that say whether a library takes buffers of a GPU: () -> int.
_AWARE = {
    "CUDA": ("MPIX_Query_cuda_support",),
    "ROCm": ("MPIX_Query_rocm_support", "MPIX_Query_hip_support"),
    "Level Zero": ("MPIX_Query_ze_support",),
}


def main() -> None:
    """Tell that this process started, what MPI says of it, and that it reached the others."""
    _tell(stage="started")
    try:
        from mpi4py import MPI, _loader, rc
    except ImportError as error:
        sys.exit(str(error))
    asked = rc.thread_level if rc.threads else "single"
    if not MPI.Is_initialized():
        MPI.Init_thread(getattr(MPI, f"THREAD_{asked.upper()}"))
    levels = {getattr(MPI, f"THREAD_{name.upper()}"): name for name in ("single", "funneled", "serialized", "multiple")}
    comm = MPI.COMM_WORLD
    choice = _loader.choice
    assert choice is not None, "mpi4py.MPI was imported"
    library = choice.library.path
    _tell(
        stage="initialized",
        rank=comm.Get_rank(),
        size=comm.Get_size(),
        host=MPI.Get_processor_name(),
        library=library,
        version=MPI.Get_library_version().strip("\0 \n").partition("\n")[0],
        asked=asked,
        given=levels[MPI.Query_thread()],
        kinds=_memory_kinds(MPI),
    )
    total = comm.allreduce(comm.Get_rank() + 1)
    size = comm.Get_size()
    if total != size * (size + 1) // 2:
        sys.exit(f"the sum of ranks 1 to {size} came as {total}")
    comm.Barrier()
    _tell(stage="communicated")
    # Asking ends the process in some libraries (MPICH 3.4.3: an assertion), so that it is a run of its own.
    if sys.argv[1:] == ["devices"]:
        _tell(aware=_aware(library))


def _tell(**facts: Any) -> None:
    """One write of one line, so that lines of several processes do not mix."""
    os.write(1, f"{MARK}{json.dumps({'node': gethostname(), 'pid': os.getpid(), **facts})}\n".encode())


def _aware(path: str) -> dict[str, bool]:
    """Of which GPUs the library says whether it takes their buffers, and what."""
    try:
        from ctypes import CDLL

        library = CDLL(path)
    except (ImportError, OSError):
        return {}
    told = {}
    for device, names in _AWARE.items():
        for name in names:
            if function := getattr(library, name, None):
                told[device] = bool(function())
    return told


def _memory_kinds(MPI: Any) -> str | None:  # noqa: N803 (the module)
    """The kinds of memory that the library supports (MPI 4.1, section 12.4.3), if it says so."""
    info = MPI.INFO_ENV
    kinds = info.Get("mpi_memory_alloc_kinds") if info != MPI.INFO_NULL else None
    return str(kinds) if kinds else None


if __name__ == "__main__":
    main()
