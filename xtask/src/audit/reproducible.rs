//! The same input gives the same bytes: this machine's wheel, built from two copies of the checkout.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use fs_err as fs;

use super::subject::Subject;
use crate::digest;
use crate::factory::Factory;
use crate::tools;

/// What of a checkout is output, and not copied.
const OUTPUT: [&str; 3] = ["target", "dist", ".git"];

/// Builds twice and compares; what it found, in a sentence.
pub fn compare(factory: &Factory) -> Result<String> {
    let place = factory.target.join("reproducible");
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    // Paths of different lengths: what depends on one shows.
    let first = build(factory, &place.join("one"))?;
    let second = build(factory, &place.join("another/place"))?;
    let (one, other) = (digest::of_file(&first)?, digest::of_file(&second)?);
    if one == other {
        fs::remove_dir_all(&place)?;
        return Ok(format!("reproducible: two builds from two directories have sha256 {one}"));
    }
    bail!(
        "two builds of one checkout differ:\n  {} has sha256 {one}\n  {} has sha256 {other}\n  in {}\n\
         Find what depends on the directory (`build paths` above) or on time.",
        first.display(),
        second.display(),
        differing(factory, &first, &second)?.join(", ")
    )
}

/// Copies the checkout to `place` and builds the wheel there, from nothing but the downloads.
fn build(factory: &Factory, place: &Path) -> Result<PathBuf> {
    let task = factory.progress.task(format!("build in {}", place.display()));
    copy(&factory.root, place)?;
    let cache = place.join("target/cache");
    fs::create_dir_all(&cache)?;
    for file in digest::files_below(&factory.target.join("cache"))? {
        let copy = cache.join(file.strip_prefix(factory.target.join("cache"))?);
        fs::create_dir_all(copy.parent().context("a cached file lies in a folder")?)?;
        fs::hard_link(&file, &copy).or_else(|_| fs::copy(&file, &copy).map(drop))?;
    }
    let mut xtask = Command::new(std::env::current_exe()?);
    xtask.arg("build-wheels").current_dir(place).env("CARGO_MANIFEST_DIR", place.join("xtask"));
    tools::run(xtask.env_remove("CARGO_TARGET_DIR"))?;
    let wheel = digest::files_below(&place.join("dist"))?
        .into_iter()
        .find(|file| file.extension().is_some_and(|extension| extension == "whl"))
        .context("build-wheels left no wheel")?;
    task.done("built");
    Ok(wheel)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        if OUTPUT.iter().any(|output| name == *output) {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// The files in which two wheels differ.
fn differing(factory: &Factory, first: &Path, second: &Path) -> Result<Vec<String>> {
    let hashes = |wheel: &Path| -> Result<BTreeMap<String, String>> {
        let files = Subject::open(factory, wheel)?.files;
        Ok(files.into_iter().map(|(name, entry)| (name, digest::of_bytes(&entry.bytes))).collect())
    };
    let (one, other) = (hashes(first)?, hashes(second)?);
    let mut names: Vec<_> =
        one.keys().chain(other.keys()).filter(|name| one.get(*name) != other.get(*name)).collect();
    names.sort();
    names.dedup();
    Ok(names.into_iter().cloned().collect())
}
