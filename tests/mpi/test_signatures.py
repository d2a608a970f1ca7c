"""Every function, class and method says what it takes: `help`, editors and `inspect` show it."""

import inspect

import pytest
from mpi4py import MPI

CALLABLES = {name: item for name, item in vars(MPI).items() if callable(item) and not isinstance(item, MPI.Op)}
CLASSES = {name: item for name, item in CALLABLES.items() if isinstance(item, type)}
METHODS = {
    f"{name}.{method}": getattr(item, method)
    for name, item in CLASSES.items()
    for method in vars(item)
    if not method.startswith("__") and callable(getattr(item, method))
}


@pytest.mark.parametrize("group", [CALLABLES, METHODS], ids=["module", "classes"])
def test_signatures(group):
    without = []
    for name, item in group.items():
        try:
            inspect.signature(item)
        except (TypeError, ValueError):
            without.append(name)
    assert without == []


def test_defaults_are_those_of_the_library():
    parameters = inspect.signature(MPI.Comm.Recv).parameters
    assert parameters["source"].default == MPI.ANY_SOURCE
    assert parameters["tag"].default == MPI.ANY_TAG
    assert inspect.signature(MPI.File.Open).parameters["amode"].default == MPI.MODE_RDONLY
    assert inspect.signature(MPI.Datatype.Create_subarray).parameters["order"].default == MPI.ORDER_C
    assert inspect.signature(MPI.Win.Lock).parameters["lock_type"].default == MPI.LOCK_EXCLUSIVE


def test_docstrings():
    assert [name for name, item in (CALLABLES | METHODS).items() if not inspect.getdoc(item)] == []
