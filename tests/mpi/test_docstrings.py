"""Every public module, class, function, method and property says what it is."""

import importlib
import inspect
import pkgutil

import mpi4py
import pytest
from mpi4py import MPI

# The finder of mpi4py.MPI does not list it.
MODULES = ["mpi4py", "mpi4py.MPI", *sorted(
    module.name for module in pkgutil.walk_packages(mpi4py.__path__, "mpi4py.")
    if not any(part.startswith(("_", "MPI")) for part in module.name.split("."))
)]


def test_modules_are_found():
    assert {"mpi4py.run", "mpi4py.util.pkl5", "mpi4py.futures.pool"} <= set(MODULES)


def members(owner, name):
    """The public names of a module or class that are documented there, and what they are."""
    for key, value in vars(owner).items():
        if isinstance(value, classmethod | staticmethod):
            value = value.__func__
        if key.startswith("_") or not (inspect.isroutine(value) or inspect.isclass(value) or isinstance(value, property)
                                       or inspect.isgetsetdescriptor(value)):
            continue
        if inspect.ismodule(owner) and getattr(value, "__module__", None) != owner.__name__:
            continue
        yield f"{name}.{key}", value
        if inspect.isclass(value):
            yield from members(value, f"{name}.{key}")


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    module = importlib.import_module(name)
    found = {name: module, **dict(members(module, name))}
    # Not inspect.getdoc(), which a base class satisfies too.
    docs = {key: inspect.cleandoc(value.__doc__ or "") for key, value in found.items()}
    summaries = {key: doc.partition("\n\n")[0] for key, doc in docs.items()}
    assert [key for key, doc in docs.items() if not doc] == []
    assert [key for key, text in summaries.items() if not text.endswith((".", ":")) or text[0].islower()] == []
    assert [key for key, doc in docs.items() if doc.endswith(":")] == []


def test_classes_of_mpi_are_looked_into():
    found = dict(members(MPI, "MPI"))
    assert {"MPI.Comm.Send", "MPI.Comm.rank", "MPI.Comm.Get_parent", "MPI.Init", "MPI.Status"} <= found.keys()
    assert len(found) > 700
