"""Chooses the MPI library and the module that fits it, and loads that as ``mpi4py.MPI``.

Which library, in this order, the first that fits:

1. the one that ``MPI4PY_LIBMPI`` or ``mpi4py.rc.libmpi`` names: then no other is tried;
2. the one that this process holds already: then no other is tried, two in one process do not go well;
3. beside the launcher that started this process;
4. in the environment's own library folder (pip's and conda's packages);
5. beside the ``mpiexec`` that PATH finds;
6. where environment modules and the system say.

What fits: a library of the ABI that ``MPI4PY_MPIABI`` or ``mpi4py.rc.mpiabi`` asks for, if set; which the launcher that
started this process can start (``MPI4PY_LAUNCHER_CHECK=0`` waives that); and for which this package has a module.

Which module: of the library's ABI, the newest whose functions the library has and vouches for. ``mpiabi`` set to a
variant (``mpi40-mpich``) means exactly this one, if the library has its functions.
"""

from _imp import extension_suffixes
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from os import environ, listdir
from os.path import abspath, dirname, isabs, join

from . import _identify as identify

# As in the module typing, which takes too long to import here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import ModuleType

    from . import Rc
    from ._dl import Library
    from ._launcher import Launcher

_NAMED = "named by MPI4PY_LIBMPI or mpi4py.rc.libmpi"
_PACKAGE = dirname(__file__)

choice: "Choice | None" = None
"""What was chosen for ``mpi4py.MPI``: a `Choice`, or None before it is imported."""


class MPILibraryError(ImportError, RuntimeError):
    """No MPI library fits. `tried` lists (why, path, reason) of each candidate."""

    def __init__(self, message: str, tried: "Iterable[tuple[str, str, str]]" = ()) -> None:
        super().__init__(message, name="mpi4py.MPI")
        self.tried = tuple(tried)


class Refused(Exception):  # noqa: N818 (no error: the next candidate's turn)
    """Why a candidate does not fit."""


class Choice:
    """A library, the module that fits it, and why it was chosen."""

    __slots__ = ("library", "family", "version", "variant", "module", "why", "launcher", "tried")

    why: str
    launcher: "Launcher | None"
    tried: list[tuple[str, str, str]]

    def __init__(
        self, library: "Library", family: str, version: tuple[int, int], variant: str, module: str
    ) -> None:
        self.library = library
        self.family = family
        self.version = version
        self.variant = variant
        self.module = module


class Request:
    """What ``mpiabi`` asks for: a family, a variant, both empty when it asks for nothing."""

    def __init__(self, text: str | None, modules: "Mapping[tuple[int, str], str]") -> None:
        self.text = (text or "").strip().lower()
        version, dash, family = self.text.rpartition("-")
        self.family = identify.KIN.get(family, family)
        self.version = int(version[3:]) if version.startswith("mpi") and version[3:].isdecimal() else 0
        if self.text and (family not in identify.FAMILIES or (dash and (self.version, self.family) not in modules)):
            raise MPILibraryError(
                f"MPI4PY_MPIABI or mpi4py.rc.mpiabi is {text!r}, which mpi4py does not have. "
                f"It knows the ABIs {', '.join(identify.FAMILIES)}, and the variants "
                f"{', '.join(variant(*key) for key in sorted(modules))}."
            )


def variant(version: int, family: str) -> str:
    """The variant's name, ``mpi41-mpich``."""
    return f"mpi{version}-{family}"


class _Loader(ExtensionFileLoader):
    """Loads ``mpi4py.MPI``. The choice is made when the module is wanted, not when it is only looked for."""

    def __init__(self, name: str) -> None:
        super().__init__(name, None)  # type: ignore[arg-type]  # the path is known later

    def create_module(self, spec: ModuleSpec) -> "ModuleType":
        global choice
        from . import rc
        from ._rc import read_environment

        read_environment(rc)
        choice = choose(rc)
        self.path = spec.origin = choice.module
        spec.has_location = True
        return super().create_module(spec)

    def exec_module(self, module: "ModuleType") -> None:
        super().exec_module(module)
        from . import rc

        if rc.abort_on_exception:
            from ._abort import install

            install()


def spec(name: str) -> ModuleSpec:
    """The module spec of ``mpi4py.MPI``."""
    return ModuleSpec(name, _Loader(name))


def choose(rc: "Rc") -> Choice:
    """Choose a library and open it as the one ``mpi4py.MPI`` binds, or raise `MPILibraryError`."""
    from ._launcher import detect

    judge = _Judge(rc, _modules(), detect())
    chosen = judge.decide(rc.libmpi)
    chosen.library.choose()
    return chosen


def _modules() -> dict[tuple[int, str], str]:
    """The packed modules: {(version, family): path}."""
    found = {}
    start, suffixes = "MPI.mpi", extension_suffixes()
    for file in listdir(_PACKAGE):
        # The likeliest suffixes come first: "MPI.mpi41-mpich.abi3.so" ends in ".so" too.
        suffix = next((suffix for suffix in suffixes if file.endswith(suffix)), None)
        if suffix and file.startswith(start):
            version, _, family = file[len(start) : -len(suffix)].partition("-")
            found[int(version), family] = join(_PACKAGE, file)
    return found


class _Judge:
    """Tells whether a library fits."""

    def __init__(self, rc: "Rc", modules: "Mapping[tuple[int, str], str]", launcher: "Launcher | None") -> None:
        self.modules = modules
        self.launcher = launcher
        self.request = Request(rc.mpiabi, modules)
        checks = environ.get("MPI4PY_LAUNCHER_CHECK") != "0"
        self.binding = launcher if launcher and launcher.binding and checks else None

    def decide(self, libmpi: str | None) -> Choice:
        """The first candidate that fits."""
        from ._dl import loaded

        tried: list[tuple[str, str, str]] = []
        candidates: "Iterable[tuple[str, str | Library]]"
        if libmpi:
            candidates = [(_NAMED, abspath(libmpi) if dirname(libmpi) else libmpi)]
        elif library := loaded("PMPI_Init"):
            candidates = [("in this process already", library)]
        else:
            from ._search import candidates as search

            launched = self.launcher.families if self.launcher else ()
            candidates = search(self.launcher, (self.request.family,) if self.request.family else launched)
        for why, candidate in candidates:
            try:
                chosen = self.examine(candidate)
            except (Refused, OSError) as refusal:
                path = candidate if isinstance(candidate, str) else candidate.path
                tried.append((why, path, _reason(path, refusal)))
                continue
            chosen.why, chosen.launcher, chosen.tried = why, self.launcher, tried
            return chosen
        from ._explain import nothing_fits

        raise MPILibraryError(nothing_fits(tried, self.launcher, bool(libmpi)), tried)

    def examine(self, candidate: "str | Library") -> Choice:
        """The choice that a path or an open library makes; `Refused` or OSError when it makes none."""
        if not isinstance(candidate, str):
            return self.fit(candidate)
        from ._dl import inspect, open

        if isabs(candidate) and (symbols := inspect(candidate, identify.SYMBOLS)) is not None:
            self.foresee(set(symbols).__contains__)
        library = open(candidate)
        try:
            return self.fit(library)
        except (Refused, OSError):
            library.close()
            raise

    def foresee(self, has: "Callable[[str], bool]") -> None:
        """`Refused` when the symbols of a file tell already that it will not fit."""
        if not has("MPI_Init"):
            raise Refused("no MPI library: it has no MPI_Init")
        family = self.accept(identify.family(has))
        self.module(family, identify.level(has), identify.level(has))
        if family != "mpiabi":
            self.startable(family)

    def fit(self, library: "Library") -> Choice:
        """The choice that an open library makes, or `Refused`."""
        family = self.accept("mpiabi" if library.abi_version() else identify.family(library.has))
        self.startable(identify.maker(library.library_version()) if family == "mpiabi" else family)
        level = identify.level(library.has)
        version = library.version()
        key = self.module(family, level, identify.vouched_level(family, level, version))
        return Choice(library, family, version, variant(*key), self.modules[key])

    def accept(self, family: str | None) -> str:
        """The family, if it is one and the one asked for."""
        if family is None:
            raise Refused("its symbols are of no MPI ABI that mpi4py knows")
        if self.request.family and family != self.request.family:
            raise Refused(f"has the ABI of {identify.FAMILIES[family]}, and {self.request.text!r} is asked for")
        return family

    def startable(self, family: str | None) -> None:
        """`Refused` when the launcher that started this process cannot start the family's libraries."""
        if self.binding and family and family not in self.binding.families:
            raise Refused(
                f"this process was started by {self.binding}, which cannot start a job of "
                f"{identify.FAMILIES[family]}'s: each process would be a job of its own with one rank"
            )

    def module(self, family: str, level: int, vouched: int) -> tuple[int, str]:
        """The key of the module for a library that has `level` and vouches for `vouched`."""
        of_family = [version for version, of in self.modules if of == family]
        exact = self.request.version
        if exact > level:
            raise Refused(f"has the functions of MPI {_dotted(level)}, too few for {self.request.text!r}")
        fitting = [version for version in of_family if version == exact or (not exact and version <= vouched)]
        if not fitting:
            names = ", ".join(variant(version, family) for version in sorted(of_family)) or "none"
            raise Refused(
                f"has the ABI of {identify.FAMILIES[family]} and MPI {_dotted(vouched)}, "
                f"for which mpi4py has no module (of this ABI it has {names})"
            )
        return max(fitting), family


def _reason(path: str, refusal: Exception) -> str:
    """What to say of a candidate; "no such file" in the linker's many words for it too."""
    text = str(refusal)
    absent = path in text and "no such file" in text.lower()
    return "no such file" if absent or isinstance(refusal, FileNotFoundError) else text


def _dotted(number: int) -> str:
    return f"{number // 10}.{number % 10}"
