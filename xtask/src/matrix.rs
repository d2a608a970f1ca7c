//! The matrix: what `matrix/*.toml` says, read, checked and joined.
//!
//! Everything that names an implementation, a release, a platform or a Python comes from here.

mod implementation;
mod packages;
mod platform;
mod python;
#[cfg(test)]
mod tests;
mod version;

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, anyhow, bail};
use mpi_stubs::Variant;
use serde::de::DeserializeOwned;

pub use implementation::{Implementation, Release, Site};
pub use packages::{Package, Packages, tag as python_tag};
pub use platform::{Linker, Platform};
pub use python::{Abi, Pythons};
pub use version::MpiVersion;

/// All of `matrix/`.
#[derive(Debug)]
pub struct Matrix {
    /// The implementations by name.
    pub implementations: BTreeMap<String, Implementation>,
    /// The platforms, in the order of `platforms.toml`.
    pub platforms: Vec<Platform>,
    /// The Python ABIs and versions.
    pub pythons: Pythons,
    /// The pinned packages and the environments made of them.
    pub packages: Packages,
    releases: Vec<Release>,
}

impl Matrix {
    /// Reads and checks the folder `matrix/`.
    ///
    /// # Errors
    /// Names the file and row that is wrong, and what to do about it.
    pub fn load(folder: &Path) -> Result<Self> {
        let platforms = platform::read(&folder.join("platforms.toml"))?;
        let pythons: Pythons = read_toml(&folder.join("pythons.toml"))?;
        let packages = packages::read(&folder.join("tools.toml"))?;
        let implementations = implementation::read_all(&folder.join("mpi"))?;
        packages.check(&platforms, &pythons)?;
        pythons.check()?;
        let releases = implementation::releases(&implementations, &platforms)?;
        Ok(Self { implementations, platforms, pythons, packages, releases })
    }

    /// The releases, in the order of their files and rows.
    pub fn releases(&self) -> &[Release] {
        &self.releases
    }

    /// The release called `id`.
    ///
    /// # Errors
    /// When there is none: lists those there are.
    pub fn release(&self, id: &str) -> Result<&Release> {
        let known = || listed(self.releases.iter().map(|release| release.id.as_str()));
        self.releases
            .iter()
            .find(|release| release.id == id)
            .ok_or_else(|| anyhow!("no release is called {id:?}: matrix/mpi/*.toml have {}", known()))
    }

    /// The release that stands for all others when one is enough.
    pub fn default_release(&self) -> &Release {
        self.releases.iter().find(|release| release.default).expect("checked on load")
    }

    /// The platform called `id`.
    ///
    /// # Errors
    /// When there is none: lists those there are.
    pub fn platform(&self, id: &str) -> Result<&Platform> {
        self.platforms.iter().find(|platform| platform.id == id).ok_or_else(|| {
            let known = listed(self.platforms.iter().map(|platform| platform.id.as_str()));
            anyhow!("no platform is called {id:?}: matrix/platforms.toml has {known}")
        })
    }

    /// The platform of this machine.
    ///
    /// # Errors
    /// When `matrix/platforms.toml` has no row for it.
    pub fn host(&self) -> Result<&Platform> {
        let arch = match (std::env::consts::OS, std::env::consts::ARCH) {
            ("windows", "x86_64") => "amd64",
            ("macos", "aarch64") => "arm64",
            (_, arch) => arch,
        };
        let id = format!("{}-{arch}", std::env::consts::OS);
        self.platform(&id).context("this machine is of no platform the factory knows")
    }

    /// The variants whose modules the wheel of `platform` holds.
    pub fn variants(&self, platform: &Platform) -> Vec<Variant> {
        self.implementations
            .values()
            .flat_map(|implementation| implementation.variants(&platform.id))
            .collect()
    }
}

/// Reads one TOML file as a `T`.
fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs_err::read_to_string(path)?;
    toml::from_str(&text).map_err(|error| anyhow!("{}: {error}", path.display()))
}

/// A hash is 64 lower-case hexadecimal digits.
fn check_sha256(hash: &str) -> Result<()> {
    if hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Ok(());
    }
    bail!("{hash:?} is no sha256: paste the 64 lower-case hexadecimal digits that `sha256sum` prints")
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
