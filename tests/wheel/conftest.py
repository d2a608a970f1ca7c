"""The finished wheel, as a file and as pip installed it."""

import os
import zipfile

import pytest


def asked(name):
    """What ``cargo xtask test`` passes."""
    value = os.environ.get(name)
    if not value:
        pytest.skip("started without cargo xtask test, which names the wheel and what the matrix expects of it")
    return value


@pytest.fixture(scope="session")
def wheel_path():
    return asked("MPI4PY_TEST_WHEEL")


@pytest.fixture(scope="session")
def wheel(wheel_path):
    with zipfile.ZipFile(wheel_path) as archive:
        yield archive


@pytest.fixture(scope="session")
def info(wheel):
    """The name of the wheel's .dist-info folder."""
    folders = {name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name}
    assert len(folders) == 1
    return folders.pop()


@pytest.fixture(scope="session")
def expected_modules():
    return asked("MPI4PY_TEST_MODULES").split()


@pytest.fixture(scope="session")
def expected_tag():
    return asked("MPI4PY_TEST_TAG")


@pytest.fixture(scope="session")
def asked_typing():
    """The environment that has mypy."""
    return asked("MPI4PY_TEST_TYPING")
