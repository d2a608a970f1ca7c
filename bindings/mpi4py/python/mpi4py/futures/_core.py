"""Names of the released package's inner module that programs are known to use."""

from typing import Any

from ._failure import RemoteTraceback
from ._options import BACKOFF
from ._shared import comm_split, shared_backend
from ._startup import WORKER_MAIN as MAIN_RUN_NAME
from ._wire import check_threads as setup_mpi_threads
from ._wire import serialized

__all__ = [
    "BACKOFF",
    "MAIN_RUN_NAME",
    "RemoteTraceback",
    "SharedPool",
    "comm_split",
    "serialized",
    "setup_mpi_threads",
]

SharedPool: Any  # by __getattr__


def __getattr__(name: str) -> Any:
    # Not None under `python -m mpi4py.futures`, which is what programs ask.
    if name == "SharedPool":
        return shared_backend()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
