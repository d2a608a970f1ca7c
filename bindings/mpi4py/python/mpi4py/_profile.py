"""Loads profiling libraries: tools that define ``MPI_`` functions over the library's ``PMPI_`` ones."""

import sys
from os import fspath, sep
from os.path import isfile, join

_FILE = {"win32": "{}.dll", "darwin": "lib{}.dylib"}.get(sys.platform, "lib{}.so")


def load(name, path=None):
    """Load the tool into the global scope, where ``mpi4py.MPI`` looks for each function first."""
    from ._dl import open

    name = fspath(name)
    folders = [path] if isinstance(path, str) else [*(path or ()), join(sys.prefix, "lib")]
    files = [name] if sep in name else [join(folder, file) for folder in folders for file in (_FILE.format(name), name)]
    found = next((file for file in files if isfile(file)), name if sep in name else _FILE.format(name))
    try:
        open(found, shared=True)
    except OSError as error:
        raise ValueError(f"profiling library {name!r} cannot be loaded: {error}") from None
