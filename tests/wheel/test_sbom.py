"""The software bill of materials inside the wheel."""

import json

import pytest


@pytest.fixture(scope="session")
def sbom(wheel, info):
    boms = [name for name in wheel.namelist() if name.startswith(f"{info}/sboms/")]
    assert len(boms) == 1
    assert boms[0].endswith(".cdx.json")
    return json.loads(wheel.read(boms[0]))


def test_it_is_cyclonedx(sbom):
    assert sbom["bomFormat"] == "CycloneDX"
    assert tuple(map(int, sbom["specVersion"].split("."))) >= (1, 5)


def test_it_describes_this_package(sbom):
    subject = sbom["metadata"]["component"]
    assert (subject["name"], subject["version"]) == ("mpi4py", "4.2.0+rs1")


def test_every_component_can_be_found_again(sbom):
    for component in sbom["components"]:
        assert component["name"]
        assert component["version"]
        assert component["purl"].startswith(("pkg:cargo/", "pkg:generic/rust-std@")), component["name"]
        assert component["licenses"], component["name"]


def test_it_names_the_crates_the_modules_are_made_of(sbom):
    names = {component["name"] for component in sbom["components"]}
    assert {"mpi-api", "mpi-sys", "mpi4py-dl", "pyo3", "pyo3-ffi"} <= names


def test_it_does_not_name_what_only_builds(sbom):
    names = {component["name"] for component in sbom["components"]}
    assert not names & {"xtask", "clap", "indicatif", "mpi-stubs"}


def test_nothing_in_it_changes_from_build_to_build(sbom):
    assert "timestamp" not in sbom["metadata"]
    assert "serialNumber" not in sbom or sbom["serialNumber"].startswith("urn:uuid:")


def test_references_are_whole(sbom):
    known = {component["bom-ref"] for component in sbom["components"]} | {sbom["metadata"]["component"]["bom-ref"]}
    for dependency in sbom.get("dependencies", []):
        assert dependency["ref"] in known
        assert set(dependency.get("dependsOn", [])) <= known
