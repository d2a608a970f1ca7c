//! Packages, downloaded by hash and kept.
//!
//! pip does the downloading, so that the user's own index configuration applies.
//! `target/cache/<sha256>/` holds one file each: hashed anew at every use, so that one cut short is fetched again.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use fs_err as fs;

use crate::{
    digest,
    factory::{Factory, settle},
    matrix::{Package, Platform, Release},
    progress::Task,
    python::Python,
    tools::{self, Environment},
};

/// How the folder of a download under way begins.
const PARTIAL: &str = ".download-";

/// A wheel to fetch: which file of a package, and for which machine.
#[derive(Clone, Debug)]
pub struct Wheel<'a> {
    /// The package's name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The hash of the file, which alone decides what is accepted.
    pub sha256: &'a str,
    /// The platform it is for.
    pub platform: &'a Platform,
    /// The Python it is for, as `3.12`, when that matters.
    pub python: Option<&'a str>,
}

impl<'a> Wheel<'a> {
    /// The wheel that holds `release` on `platform`, when there is one.
    pub fn of_release(release: &'a Release, platform: &'a Platform) -> Option<Self> {
        let site = release.on(platform)?;
        let (name, version) = (&release.package, &release.version);
        Some(Self { name, version, sha256: &site.sha256, platform, python: None })
    }

    /// The wheel of a pinned package for `python` on `platform`.
    ///
    /// # Errors
    /// When the matrix has no hash for it.
    pub fn of_package(package: &'a Package, platform: &'a Platform, python: &'a Python) -> Result<Self> {
        Ok(Self {
            name: &package.name,
            version: &package.version,
            sha256: package.sha256(platform, &python.tag())?,
            platform,
            python: Some(&python.version),
        })
    }
}

/// What pip is asked for.
struct Wanted<'a> {
    name: &'a str,
    version: &'a str,
    sha256: &'a str,
    /// Which file of the package, for people.
    which: String,
    /// What tells pip which file of the package.
    options: Vec<&'a str>,
}

impl Wanted<'_> {
    fn name(&self) -> String {
        format!("{} {} {}", self.name, self.version, self.which)
    }
}

/// The wheel's file: from the cache, else downloaded.
///
/// # Errors
/// When it can neither be found nor downloaded, or has another hash.
pub fn fetch(factory: &Factory, wheel: &Wheel<'_>) -> Result<PathBuf> {
    let &Wheel { name, version, sha256, platform, python } = wheel;
    let mut options = vec!["--only-binary=:all:"];
    options.extend(platform.pip.iter().flat_map(|tag| ["--platform", tag]));
    options.extend(python.iter().flat_map(|version| ["--python-version", version]));
    let which = format!("for {}", platform.id);
    kept(factory, &Wanted { name, version, sha256, which, options }, || tools::pip(factory, &Python::any()?))
}

/// The package's source package: from the cache, else downloaded.
///
/// # Errors
/// As [`fetch`], and when the matrix has no hash for it.
pub fn fetch_source(factory: &Factory, package: &Package) -> Result<PathBuf> {
    let (name, version, sha256) = (&package.name, &package.version, package.source()?);
    // pip has a source package say what it is before pip keeps it: it must find there what packages are built with.
    let options = vec!["--no-binary=:all:", "--no-build-isolation"];
    let which = "as source".to_owned();
    kept(factory, &Wanted { name, version, sha256, which, options }, || {
        Ok(Environment::named(factory, "sources", &Python::any()?)?.pip())
    })
}

fn kept(factory: &Factory, wanted: &Wanted<'_>, pip: impl FnOnce() -> Result<Command>) -> Result<PathBuf> {
    let cache = factory.target.join("cache");
    if let Some(file) = cached(&cache, wanted.sha256)? {
        return Ok(file);
    }
    let pip = pip()?;
    let _turn = factory.turn("downloads")?;
    if let Some(file) = cached(&cache, wanted.sha256)? {
        return Ok(file);
    }
    let task = factory.progress.task(format!("download {} {}", wanted.name, wanted.version));
    sweep(&cache)?;
    let staging = tempfile::Builder::new().prefix(PARTIAL).tempdir_in(&cache)?;
    let file = download(pip, wanted, staging.path(), &task)?;
    let home = cache.join(wanted.sha256);
    let kept = home.join(file.file_name().context("a downloaded file has a name")?);
    settle(&file, &kept)?;
    task.done(&megabytes(fs::metadata(&kept)?.len()));
    Ok(kept)
}

/// The file with this hash, if the cache has it whole; what is not is removed.
fn cached(cache: &Path, sha256: &str) -> Result<Option<PathBuf>> {
    let home = cache.join(sha256);
    if !home.is_dir() {
        return Ok(None);
    }
    for entry in fs::read_dir(&home)? {
        let file = entry?.path();
        if digest::of_file(&file)? == sha256 {
            return Ok(Some(file));
        }
        fs::remove_file(file)?;
    }
    Ok(None)
}

/// Makes the cache, and removes from it what a killed run left half-made.
fn sweep(cache: &Path) -> Result<()> {
    fs::create_dir_all(cache)?;
    for entry in fs::read_dir(cache)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Has pip download the file below `staging`; only one with the right hash is accepted.
fn download(mut pip: Command, wanted: &Wanted<'_>, staging: &Path, task: &Task<'_>) -> Result<PathBuf> {
    let requirements = staging.join("requirements.txt");
    fs::write(
        &requirements,
        format!("{}=={} --hash=sha256:{}\n", wanted.name, wanted.version, wanted.sha256),
    )?;
    let (files, scratch) = (staging.join("files"), staging.join("scratch"));
    fs::create_dir(&scratch)?;
    pip.args(["download", "--quiet", "--no-deps", "--require-hashes", "--no-cache-dir"]);
    pip.args(&wanted.options);
    pip.arg("--requirement").arg(&requirements).arg("--dest").arg(&files);
    for variable in ["TMPDIR", "TEMP", "TMP"] {
        pip.env(variable, &scratch);
    }
    let output = watched(pip, &scratch, task)?;
    let file = match fs::read_dir(&files) {
        Ok(mut entries) => entries.next().transpose()?.map(|entry| entry.path()),
        Err(_) => None,
    };
    match file {
        Some(file) if output.status.success() => {
            let actual = digest::of_file(&file)?;
            if actual != wanted.sha256 {
                bail!(
                    "{} has sha256 {actual}, not {}: the index served another file",
                    file.display(),
                    wanted.sha256
                );
            }
            Ok(file)
        }
        _ => bail!(
            "could not download {} (sha256 {}) with pip:\n{}\n\
             Check the network and the package index that pip is configured with (`pip config list`), or put the \
             file into a folder and name it in PIP_FIND_LINKS.",
            wanted.name(),
            wanted.sha256,
            complaint(&output)
        ),
    }
}

/// Runs pip, showing meanwhile how much it has written to `scratch`.
fn watched(mut pip: Command, scratch: &Path, task: &Task<'_>) -> Result<Output> {
    std::thread::scope(|scope| {
        let (ended, end) = mpsc::channel::<()>();
        scope.spawn(move || {
            while end.recv_timeout(Duration::from_millis(200)) == Err(RecvTimeoutError::Timeout) {
                if task.is_shown() {
                    task.message(megabytes(size_below(scratch)));
                }
            }
        });
        let output = pip.output().with_context(|| format!("cannot start {}", pip.get_program().display()));
        drop(ended);
        output
    })
}

/// The lines in which pip says what went wrong; of a traceback, its end.
fn complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    let warning = text.lines().rfind(|line| line.contains("WARNING"));
    let errors =
        text.lines().filter(|line| ["ERROR", "Expected", "Got"].iter().any(|word| line.contains(word)));
    let mut lines: Vec<_> = warning.into_iter().chain(errors).chain(last).map(str::trim).collect();
    lines.dedup();
    lines.join("\n")
}

/// The bytes in the files below `folder`; what vanishes meanwhile does not count.
fn size_below(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_below(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// `8.4 MB`.
#[expect(clippy::cast_precision_loss, reason = "for people")]
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cache that holds one file, named after the hash of `expected`.
    fn cache(expected: &[u8], actual: &[u8]) -> (tempfile::TempDir, String) {
        let cache = tempfile::tempdir().unwrap();
        let sha256 = digest::of_bytes(expected);
        fs::create_dir(cache.path().join(&sha256)).unwrap();
        fs::write(cache.path().join(&sha256).join("p-1-py3-none-any.whl"), actual).unwrap();
        (cache, sha256)
    }

    #[test]
    fn a_whole_file_is_found() {
        let (cache, sha256) = cache(b"wheel", b"wheel");
        let file = cached(cache.path(), &sha256).unwrap().unwrap();
        assert_eq!(fs::read(file).unwrap(), b"wheel");
    }

    #[test]
    fn a_truncated_file_is_removed() {
        let (cache, sha256) = cache(b"wheel", b"whe");
        assert!(cached(cache.path(), &sha256).unwrap().is_none());
        assert!(fs::read_dir(cache.path().join(sha256)).unwrap().next().is_none(), "it would be found again");
    }

    #[test]
    fn an_unknown_hash_is_not_there() {
        let (cache, _) = cache(b"wheel", b"wheel");
        assert!(cached(cache.path(), &digest::of_bytes(b"other")).unwrap().is_none());
    }

    #[test]
    fn a_traceback_is_told_by_its_end() {
        let stderr =
            b"ERROR: Exception:\nTraceback (most recent call last):\n  File\nOSError: No space left\n\n"
                .to_vec();
        let output = Output { status: std::process::ExitStatus::default(), stdout: Vec::new(), stderr };
        assert_eq!(complaint(&output), "ERROR: Exception:\nOSError: No space left");
    }

    #[test]
    fn downloads_under_way_are_swept() {
        let (cache, sha256) = cache(b"wheel", b"wheel");
        fs::create_dir_all(cache.path().join(format!("{PARTIAL}x/scratch"))).unwrap();
        sweep(cache.path()).unwrap();
        let left: Vec<_> =
            fs::read_dir(cache.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [sha256.as_str()]);
    }
}
