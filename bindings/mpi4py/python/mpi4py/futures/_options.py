"""What the parameters of `MPIPoolExecutor` and the environment say."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mpi4py import MPI

from ._place import Place, here

Pairs = Mapping[str, Any] | Iterable[tuple[str, Any]]

BACKOFF = 0.001
_BOOLEANS = {
    **dict.fromkeys(("1", "true", "yes", "on", "y"), True),
    **dict.fromkeys(("0", "false", "no", "off", "n"), False),
}


class Later:
    """An object that is sent as its pickle: it may name the worker's main module, which comes before it."""

    def __init__(self, obj: Any) -> None:
        self.get: Callable[[], Any] = lambda: obj

    def __reduce__(self) -> tuple[Any, ...]:
        return Later._from_pickle, (MPI.pickle.dumps(self.get()),)

    @classmethod
    def _from_pickle(cls, pickle: bytes) -> "Later":
        later = cls(None)
        later.get = lambda: MPI.pickle.loads(pickle)
        return later


@dataclass(slots=True)
class Setup:
    """What a worker does before its first task of an executor; it is sent to the worker."""

    master: Place
    initializer: Later | None = None
    inherited: list[str] | None = None
    globals: dict[str, Any] = field(default_factory=dict)
    main: tuple[str, str] | None = None
    path: list[str] = field(default_factory=list)
    wdir: str | None = None
    env: dict[str, str] = field(default_factory=dict)
    use_pkl5: bool = False
    backoff: float = BACKOFF


@dataclass(slots=True)
class Options:
    """All that an executor was asked for."""

    max_workers: int | None
    setup: Setup
    main: bool
    command: list[str]
    mpi_info: dict[str, str]


def read(
    max_workers: int | None,
    initializer: Callable[..., object] | None,
    initargs: Iterable[Any],
    *,
    python_exe: str | None = None,
    python_args: Sequence[str] | None = None,
    mpi_info: Pairs | None = None,
    globals: Pairs | None = None,  # noqa: A002 (the released package's name)
    main: bool = True,
    path: Iterable[str] | None = None,
    wdir: str | None = None,
    env: Pairs | None = None,
    use_pkl5: bool | None = None,
    backoff: float | None = None,
    **unknown: object,
) -> Options:
    """Check the parameters.

    Keywords that are unknown are let pass, as the released package does.

    Raises
    ------
    ValueError
        A number of workers below 1, or an environment variable that cannot be read.
    TypeError
        An initializer that cannot be called.
    """
    if max_workers is None and (text := os.environ.get("MPI4PY_FUTURES_MAX_WORKERS")):
        max_workers = int(text)
    if max_workers is not None:
        max_workers = int(max_workers)
        if max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
    if initializer is not None and not callable(initializer):
        raise TypeError("initializer must be a callable")
    setup = Setup(
        master=here(),
        initializer=None if initializer is None else Later((initializer, tuple(initargs))),
        globals=dict(globals or ()),
        path=[path] if isinstance(path, str) else [os.fspath(one) for one in path or ()],
        wdir=None if wdir is None else os.fspath(wdir),
        env={name: str(value) for name, value in dict(env or ()).items()},
        use_pkl5=_flag("MPI4PY_FUTURES_USE_PKL5") if use_pkl5 is None else bool(use_pkl5),
        backoff=float(os.environ.get("MPI4PY_FUTURES_BACKOFF") or BACKOFF) if backoff is None else float(backoff),
    )
    return Options(
        max_workers=max_workers,
        setup=setup,
        main=bool(main),
        command=[os.fspath(python_exe or sys.executable), *_flags(), *(python_args or ())],
        mpi_info={name: str(value) for name, value in dict(mpi_info or ()).items()},
    )


def spawned_workers(max_workers: int | None) -> int:
    """How many workers to start: as many as asked for, else as fit into MPI's universe, else one."""
    if max_workers is not None:
        return max_workers
    universe = MPI.COMM_WORLD.Get_attr(MPI.UNIVERSE_SIZE)
    return max(int(universe) - 1, 1) if universe is not None else 1


def _flag(variable: str) -> bool:
    text = os.environ.get(variable, "0").strip().lower() or "0"
    if text not in _BOOLEANS:
        raise ValueError(f"{variable}={text!r}: choose from {', '.join(_BOOLEANS)}")
    return _BOOLEANS[text]


def _flags() -> list[str]:
    """This interpreter's own options, for the interpreters of the workers."""
    from subprocess import _args_from_interpreter_flags  # what multiprocessing uses for its workers

    return list(_args_from_interpreter_flags())
