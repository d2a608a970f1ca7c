"""The pure-Python modules: every public name of mpi4py 4.1.2's, with the same parameters."""

import importlib
import inspect
from pathlib import Path

import pytest

# One name a line, with its parameters: "=" has a default, "!" is by keyword only.
RELEASED = Path(__file__).with_name("data").joinpath("signatures-4.1.2.txt").read_text().splitlines()

STARS = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


def parameters(function):
    return ", ".join(
        STARS.get(one.kind, "")
        + one.name
        + ("=" if one.default is not one.empty else "")
        + ("!" if one.kind is one.KEYWORD_ONLY else "")
        for one in inspect.signature(function).parameters.values()
    )


def found(name):
    """What a dotted name says."""
    module = max((name[:at] for at in range(len(name)) if name[at] == "." and importable(name[:at])), key=len)
    value = importlib.import_module(module)
    for part in name[len(module) + 1 :].split("."):
        value = getattr(value, part)
    return value


def importable(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("line", RELEASED)
def test_released_name(line):
    name, call, rest = line.partition("(")
    value = found(name)
    if call:
        assert f"{name}({parameters(value)})" == line
