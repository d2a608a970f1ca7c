use std::path::PathBuf;

use fs_err as fs;

use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../matrix")
}

fn matrix() -> Matrix {
    Matrix::load(&folder()).unwrap()
}

/// The error of loading the matrix after replacing `old` by `new` in `file`.
fn error(file: &str, old: &str, new: &str) -> String {
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("mpi")).unwrap();
    for path in crate::digest::files_below(&folder()).unwrap() {
        let name = path.strip_prefix(folder()).unwrap();
        let mut text = fs::read_to_string(&path).unwrap();
        if name == Path::new(file) {
            assert!(text.contains(old), "{file} has no {old:?}");
            text = text.replacen(old, new, 1);
        }
        fs::write(copy.path().join(name), text).unwrap();
    }
    format!("{:#}", Matrix::load(copy.path()).expect_err("the change makes the matrix wrong"))
}

#[test]
fn errors_name_file_row_and_remedy() {
    let hash = "afb503104df7e3ba828d86e78f54427ef410e9fc4a2da113de529fc851128ed4";
    let cases = [
        (
            "mpi/mpich.toml",
            hash,
            "afb5",
            "mpich.toml: release mpich-4.3.2: sha256.linux-x86_64: \"afb5\" is no sha256",
        ),
        (
            "mpi/mpich.toml",
            "mpi = \"4.1\"",
            "mpi = \"4.2\"",
            "no module mpi42-mpich on linux-aarch64 serves it: add",
        ),
        ("mpi/mpich.toml", "mpi = \"4.1\"", "mpi = \"four\"", "is no MPI version: expected major.minor"),
        ("mpi/mpich.toml", "mpi = \"4.1\"", "mip = \"4.1\"", "unknown field `mip`"),
        ("mpi/mpich.toml", "default = true\n", "", "0 releases have `default = true`"),
        (
            "mpi/mpich.toml",
            "id = \"mpich-4.1.3\"",
            "id = \"mpich-4.3.2\"",
            "mpich-4.3.2: it has a second row",
        ),
        ("mpi/mpich.toml", "[launch]\nranks = [1, 2]\n", "", "mpich.toml has no [launch]: add it"),
        (
            "mpi/mpich.toml",
            "[platforms.macos-arm64]",
            "[platforms.macos-arm]",
            "platforms.toml has no such platform",
        ),
        (
            "mpi/impi.toml",
            "served-by = \"mpich\"",
            "served-by = \"msmpi\"",
            "which has no module on this platform",
        ),
        (
            "mpi/impi.toml",
            "served-by = \"mpich\"\n",
            "",
            "impi.toml: platforms.linux-x86_64: give `versions`",
        ),
        (
            "mpi/impi.toml",
            "sha256.windows-amd64",
            "sha256.windows",
            "it has no sha256.windows-amd64: `pip download`",
        ),
        (
            "mpi/msmpi.toml",
            "unpackaged = ",
            "# ",
            "msmpi.toml: it has no [[release]]: add one, or say why not",
        ),
        (
            "mpi/mpiabi.toml",
            "inside = \"mpich-5.0.2\"",
            "inside = \"mpich-9\"",
            "no release of its own package is called",
        ),
        (
            "platforms.toml",
            "artifact = \"lib{}.so\"",
            "artifact = \"lib.so\"",
            "platform linux-x86_64: its artifact has no {}",
        ),
        (
            "pythons.toml",
            "version = \"3.12\"\nabi = \"cp311-abi3\"",
            "version = \"3.12\"\nabi = \"cp3\"",
            "no [[abi]] is \"cp3\"",
        ),
        (
            "tools.toml",
            "\"ziglang\"]",
            "\"zig\"]",
            "environment build: no [[package]] is called \"zig\": add its row",
        ),
        (
            "tools.toml",
            "absent = [\"windows-amd64\"]\n",
            "",
            "it has no hash for cp311 on windows-amd64: add",
        ),
        ("tools.toml", "sha256.any", "sha256.all", "it has no hash for cp311 on linux-x86_64"),
    ];
    for (file, old, new, expected) in cases {
        let error = error(file, old, new);
        assert!(error.contains(expected), "{file}, {old:?} → {new:?}: {error:?} does not say {expected:?}");
    }
}

#[test]
fn the_linux_wheel_holds_eight_variants() {
    let matrix = matrix();
    let variants = matrix.variants(matrix.platform("linux-x86_64").unwrap());
    let mut names: Vec<_> = variants.iter().map(ToString::to_string).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "mpi31-mpich",
            "mpi31-openmpi",
            "mpi40-mpich",
            "mpi40-openmpi",
            "mpi41-mpich",
            "mpi41-openmpi",
            "mpi50-mpiabi",
            "mpi50-mpich"
        ]
    );
}

#[test]
fn every_variant_has_a_stub_header() {
    let matrix = matrix();
    for variant in matrix.platforms.iter().flat_map(|platform| matrix.variants(platform)) {
        let header = mpi_stubs::include_dir().join(format!("{}.h", variant.implementation));
        assert!(header.is_file(), "{variant}: {} is missing", header.display());
    }
}

/// Rows and hashes stand where a reader looks for them.
#[test]
fn rows_are_in_canonical_order() {
    let matrix = matrix();
    for implementation in matrix.implementations.keys() {
        let own = matrix.releases().iter().filter(|release| release.implementation == *implementation);
        assert!(
            own.map(|release| natural(&release.id)).is_sorted(),
            "{implementation}: releases are not in order"
        );
    }
    assert!(matrix.packages.names().is_sorted(), "tools.toml: packages are not in order");
    let platforms: Vec<_> = matrix.platforms.iter().map(|platform| platform.id.as_str()).collect();
    for file in crate::digest::files_below(&folder()).unwrap() {
        let text = fs::read_to_string(&file).unwrap();
        for row in text.split("\n\n") {
            let keys = row.lines().filter_map(|line| line.strip_prefix("sha256.")?.split_once(" = "));
            assert!(
                keys.map(|(key, _)| order(key, &platforms)).is_sorted(),
                "{}: hashes go by Python, then as in platforms.toml:\n{row}",
                file.display()
            );
        }
        let trimmed = text.lines().all(|line| line == line.trim_end()) && text.ends_with('\n');
        assert!(trimmed, "{}: it has trailing space, or no newline at its end", file.display());
    }
}

/// A hash's key as Python, if it is for one, and the place of its platform.
fn order<'a>(key: &'a str, platforms: &[&str]) -> (Option<&'a str>, Option<usize>) {
    let (python, platform) = match key.split_once('-') {
        Some((python, platform)) if python.starts_with("cp") => (Some(python), platform),
        _ => (None, key),
    };
    (python, platforms.iter().position(|id| *id == platform))
}

/// A name in the order of the numbers in it: 2021.9 before 2021.10.
fn natural(name: &str) -> Vec<Result<u32, &str>> {
    name.split(['-', '.']).map(|part| part.parse().map_err(|_| part)).collect()
}
