"""Loads profiling libraries: tools that define ``MPI_`` functions over the library's ``PMPI_`` ones."""

import sys
from collections.abc import Iterable
from os import PathLike, fsdecode, sep
from os.path import isfile, join

Path = str | bytes | PathLike[str] | PathLike[bytes]
Paths = Path | Iterable[Path]
_FILE = {"win32": "{}.dll", "darwin": "lib{}.dylib"}.get(sys.platform, "lib{}.so")


def load(name: Path, path: Paths | None = None) -> None:
    """Load the tool into the global scope, where ``mpi4py.MPI`` looks for each function first."""
    from ._dl import open

    name = fsdecode(name)
    if path is None:
        path = ()
    elif isinstance(path, str | bytes | PathLike):
        path = (path,)
    folders = [*map(fsdecode, path), join(sys.prefix, "lib")]
    files = [name] if sep in name else [join(folder, file) for folder in folders for file in (_FILE.format(name), name)]
    found = next((file for file in files if isfile(file)), None)
    try:
        open(found or (name if sep in name else _FILE.format(name)), shared=True)
    except OSError as error:
        if found is None:
            raise ValueError(f"profiling library {name!r} cannot be loaded: {error}") from None
        # The program runs without its tool too.
        from warnings import warn

        warn(f"profiling library {found!r} cannot be loaded: {error}", stacklevel=3)
