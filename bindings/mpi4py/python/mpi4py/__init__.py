"""MPI for Python.

``from mpi4py import MPI`` finds the MPI library of this machine and gives access to it. Importing ``mpi4py`` alone
loads nothing: set options on ``mpi4py.rc`` first, import ``mpi4py.MPI`` then.
"""

import sys as _sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

    from ._profile import Path, Paths

from ._rc import Rc, rc

__version__ = "4.2.0+rs1"
__author__ = "The mpi4py wheel factory developers"
__all__ = ["MPI"]


class _Finder:
    """Finds ``mpi4py.MPI``, and nothing else: which file it is depends on the MPI library of this machine."""

    @staticmethod
    def find_spec(fullname: str, path: object = None, target: object = None) -> "ModuleSpec | None":
        if fullname != "mpi4py.MPI":
            return None
        from ._loader import spec

        return spec(fullname)


_sys.meta_path.insert(0, _Finder)
# Programs also say `import mpi4py.rc`.
_sys.modules[f"{__name__}.rc"] = rc  # type: ignore[assignment]


def get_include() -> str:
    """Return the folder with the header files of mpi4py.

    Extension modules that use mpi4py from C or Cython need it among their include folders::

        Extension("name", sources=[...], include_dirs=[mpi4py.get_include()])
    """
    return _beside("include")


def get_config() -> dict[str, str]:
    """Return the build's notes about MPI, a dictionary of strings.

    They are the ``[mpi]`` section of ``mpi.cfg`` in the package's folder, which packagers may add: empty without it.
    """
    from configparser import ConfigParser

    parser = ConfigParser(interpolation=None)
    parser.read(_beside("mpi.cfg"), encoding="utf-8")
    return dict(parser["mpi"]) if parser.has_section("mpi") else {}


def profile(name: "Path", *, path: "Paths | None" = None) -> None:
    """Load a profiling library: a tool that defines ``MPI_`` functions over the library's ``PMPI_`` ones.

    Call it before ``mpi4py.MPI`` is imported.

    Parameters
    ----------
    name : str
        The library: a file, or a name that stands for ``lib<name>.so``.
    path : sequence of str, optional
        Folders to look in first.
    """
    from ._profile import load

    load(name, path)


def _beside(name: str) -> str:
    from os.path import dirname, join

    return join(dirname(__file__), name)
