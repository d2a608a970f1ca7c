"""The METADATA of the wheel, and of the distribution pip made of it."""

import email
import hashlib
import importlib.metadata
import zipfile

import pytest
from packaging.metadata import Metadata
from packaging.specifiers import SpecifierSet
from packaging.utils import parse_wheel_filename


@pytest.fixture(scope="session")
def metadata(wheel, info):
    # Validates every field; raises what is wrong.
    return Metadata.from_email(wheel.read(f"{info}/METADATA"), validate=True)


def test_identity(metadata, wheel_path):
    name, version, _, _ = parse_wheel_filename(wheel_path.rsplit("/", 1)[-1])
    assert (metadata.name, metadata.version) == (name, version)
    assert str(metadata.version) == "4.2.0+rs1"


def test_pythons(metadata):
    assert metadata.requires_python == SpecifierSet(">=3.11")


def test_needs_no_other_package(metadata):
    assert not [requirement for requirement in metadata.requires_dist or [] if not requirement.marker]


def test_license_is_named_and_its_text_is_there(metadata, wheel, info):
    assert metadata.license_expression.startswith("BSD-3-Clause")
    assert metadata.license_files
    for name in metadata.license_files:
        assert wheel.read(f"{info}/licenses/{name}")


def test_description_is_markdown(metadata):
    assert metadata.summary
    assert metadata.description_content_type.startswith("text/markdown")
    assert "pip install mpi4py" in metadata.description


def test_nothing_is_said_twice(wheel, info):
    fields = email.message_from_bytes(wheel.read(f"{info}/METADATA"))
    for field in ("Metadata-Version", "Name", "Version", "Summary", "License-Expression", "Requires-Python"):
        assert len(fields.get_all(field)) == 1, field


def test_pip_installed_exactly_this_wheel(wheel_path):
    distribution = importlib.metadata.distribution("mpi4py")
    with zipfile.ZipFile(wheel_path) as archive:
        expected = {name for name in archive.namelist() if not name.endswith("/RECORD")}
        installed = {str(file) for file in distribution.files if file.suffix != ".pyc"}
        assert expected <= installed
        notes = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
        assert {name.rsplit("/", 1)[-1] for name in installed - expected} <= notes
        for name in expected:
            content = distribution.locate_file(name).read_bytes()
            assert hashlib.sha256(content).digest() == hashlib.sha256(archive.read(name)).digest(), name
