from collections.abc import Iterable
from os import PathLike
from typing import Final, Literal, TypeAlias, final

from . import MPI as MPI

__version__: Final[str]
__author__: Final[str]
__all__ = ["MPI"]

_ThreadLevel: TypeAlias = Literal["multiple", "serialized", "funneled", "single"]
_Errors: TypeAlias = Literal["exception", "default", "abort", "fatal"]
_Path: TypeAlias = str | bytes | PathLike[str] | PathLike[bytes]

@final
class Rc:
    initialize: bool
    threads: bool
    thread_level: _ThreadLevel
    finalize: bool | None
    fast_reduce: bool
    recv_mprobe: bool
    irecv_bufsz: int
    errors: _Errors
    abort_on_exception: bool
    mpiabi: str | None
    libmpi: str | None
    def __init__(
        self,
        *,
        initialize: bool = True,
        threads: bool = True,
        thread_level: _ThreadLevel = "multiple",
        finalize: bool | None = None,
        fast_reduce: bool = True,
        recv_mprobe: bool = True,
        irecv_bufsz: int = 32768,
        errors: _Errors = "exception",
        abort_on_exception: bool = False,
        mpiabi: str | None = None,
        libmpi: str | PathLike[str] | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        initialize: bool = ...,
        threads: bool = ...,
        thread_level: _ThreadLevel = ...,
        finalize: bool | None = ...,
        fast_reduce: bool = ...,
        recv_mprobe: bool = ...,
        irecv_bufsz: int = ...,
        errors: _Errors = ...,
        abort_on_exception: bool = ...,
        mpiabi: str | None = ...,
        libmpi: str | PathLike[str] | None = ...,
    ) -> None: ...

rc: Final[Rc]

def get_include() -> str: ...
def get_config() -> dict[str, str]: ...
def profile(name: _Path, *, path: _Path | Iterable[_Path] | None = None) -> None: ...
