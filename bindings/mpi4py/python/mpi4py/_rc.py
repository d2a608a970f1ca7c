"""``mpi4py.rc``: the options that count when ``mpi4py.MPI`` is imported."""

from os import environ, fsdecode

# As in the module typing, which takes too long to import here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Never

    from . import Rc as TypedRc

_BOOLEANS: "Mapping[Any, Any]" = {
    True: True,
    False: False,
    **dict.fromkeys(("1", "true", "yes", "on", "y", "t"), True),
    **dict.fromkeys(("0", "false", "no", "off", "n", "f"), False),
}


class _Option:
    """What an option may be: `parse` gives the value of what was given."""

    default: object
    choices: str

    def parse(self, value: "Any") -> object:
        raise NotImplementedError


class _Choice(_Option):
    """An option with a few good values, given as such or as text."""

    def __init__(self, default: object, values: "Mapping[Any, object]", choices: str) -> None:
        self.default = default
        self.values = values
        self.choices = choices

    def parse(self, value: "Any") -> object:
        return self.values[value.strip().lower() if isinstance(value, str) else value]


class _Names(_Choice):
    """An option whose value is one of a few names, the first by default."""

    def __init__(self, *names: str) -> None:
        super().__init__(names[0], {name: name for name in names}, ", ".join(map(repr, names)))


class _Size(_Option):
    """An option that is a number of bytes."""

    choices = "a number of bytes, 0 or more"

    def __init__(self, default: int) -> None:
        self.default = default

    def parse(self, value: "Any") -> object:
        size = int(value, 0) if isinstance(value, str) else value.__index__()
        if size < 0:
            raise ValueError
        return size


class _Text(_Option):
    """An option that is text, or None."""

    default = None

    def __init__(self, choices: str) -> None:
        self.choices = choices

    def parse(self, value: "Any") -> object:
        return None if value is None else fsdecode(value) or None


_FLAG = _Choice(True, _BOOLEANS, "True, False")

OPTIONS: dict[str, _Option] = {
    "initialize": _FLAG,
    "threads": _FLAG,
    "thread_level": _Names("multiple", "serialized", "funneled", "single"),
    "finalize": _Choice(None, {None: None, "none": None, **_BOOLEANS}, "None, True, False"),
    "fast_reduce": _FLAG,
    "recv_mprobe": _FLAG,
    "irecv_bufsz": _Size(32768),
    "errors": _Names("exception", "default", "abort", "fatal"),
    "abort_on_exception": _Choice(False, _BOOLEANS, "True, False"),
    "mpiabi": _Text("the name of an MPI ABI ('mpich', 'openmpi', …) or of a variant ('mpi41-mpich', …), or None"),
    "libmpi": _Text("the path or the name of an MPI library, or None"),
}

_PREFIX = "MPI4PY_RC_"
_VARIABLES: dict[str, tuple[str, ...]] = {name: (_PREFIX + name.upper(),) for name in OPTIONS} | {
    "mpiabi": ("MPI4PY_MPIABI", "MPI4PY_RC_MPIABI"),
    "libmpi": ("MPI4PY_LIBMPI", "MPI4PY_RC_LIBMPI"),
}


class Rc:
    """Options that count when ``mpi4py.MPI`` is imported.

    Each is also read from the environment, ``MPI4PY_RC_<NAME>``, which wins.

    Attributes
    ----------
    initialize : bool
        Initialize MPI at import (default: True).
    threads : bool
        Ask for thread support (default: True).
    thread_level : {"multiple", "serialized", "funneled", "single"}
        The level of thread support to ask for (default: "multiple").
    finalize : None or bool
        Finalize MPI at exit (default: None, which is to say if it was initialized at import).
    fast_reduce : bool
        Reduce objects along a tree (default: True).
    recv_mprobe : bool
        Receive objects by matched probes (default: True).
    irecv_bufsz : int
        Bytes that ``irecv()`` allots by default (default: 32768).
    errors : {"exception", "default", "abort", "fatal"}
        What follows an error of MPI's (default: "exception").
    abort_on_exception : bool
        End all processes of the job when an exception leaves the program, or a thread of it, after its traceback
        (default: False).
    mpiabi : None or str
        The only ABI ("mpich", "openmpi", "mpiabi", "impi", "msmpi"), or the only variant of it ("mpi41-mpich"),
        to accept (default: None, any). Also ``MPI4PY_MPIABI``.
    libmpi : None or str
        The path or the name of the only MPI library to accept (default: None, any). Also ``MPI4PY_LIBMPI``.
    """

    __module__ = "mpi4py"

    def __init__(self, **options: object) -> None:
        for name, option in OPTIONS.items():
            super().__setattr__(name, option.default)
        self(**options)

    def __call__(self, **options: object) -> None:
        """Set several options."""
        for name in options:
            _known(name)
        for name, value in options.items():
            setattr(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, _parse(_known(name), value, f"mpi4py.rc.{name} = {value!r}"))

    def __repr__(self) -> str:
        return f"mpi4py.rc({', '.join(f'{name}={getattr(self, name)!r}' for name in OPTIONS)})"


def _known(name: str) -> _Option:
    if name not in OPTIONS:
        raise TypeError(f"mpi4py.rc has no option {name!r}: its options are {', '.join(OPTIONS)}")
    return OPTIONS[name]


def _parse(option: _Option, value: object, where: str) -> object:
    try:
        return option.parse(value)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"{where}: choose from {option.choices}") from None


def read_environment(rc: "Rc | TypedRc") -> None:
    """Set on ``rc`` what the environment says."""
    for name, variables in _VARIABLES.items():
        for variable in variables:
            if text := environ.get(variable):
                setattr(rc, name, _parse(OPTIONS[name], text, f"{variable}={text!r}"))
                break
    unknown = [name for name in environ if name.startswith(_PREFIX) and name[len(_PREFIX) :].lower() not in OPTIONS]
    if unknown:
        from warnings import warn

        known = ", ".join(_PREFIX + name.upper() for name in OPTIONS)
        warn(f"mpi4py knows no {', '.join(unknown)}: it knows {known}", RuntimeWarning, stacklevel=2)


def to_environment(rc: "Rc | TypedRc") -> dict[str, str]:
    """The variables that set in another process what is not by default here."""
    changed = {name: getattr(rc, name) for name, option in OPTIONS.items() if getattr(rc, name) != option.default}
    return {_VARIABLES[name][0]: str(value) for name, value in changed.items()}


rc = Rc()
