//! The license texts of all that a wheel holds.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};
use cargo_metadata::Package;
use fs_err as fs;

/// How files with license texts begin.
const NAMES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE"];

/// The project's own license, and those of the crates compiled in, by their place below `licenses/`.
pub fn collect(root: &Path, crates: &[&Package]) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut texts = BTreeMap::new();
    texts.insert("LICENSE".to_owned(), fs::read(root.join("LICENSE")).context("the project's license")?);
    for package in crates.iter().filter(|package| package.source.is_some()) {
        let folder = package.manifest_path.parent().context("a manifest lies in a folder")?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if NAMES.iter().any(|known| name.to_uppercase().starts_with(known)) && entry.path().is_file() {
                let place = format!("{}-{}/{name}", package.name, package.version);
                texts.insert(place, fs::read(entry.path())?);
            }
        }
    }
    Ok(texts)
}
