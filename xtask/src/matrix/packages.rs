//! `matrix/tools.toml`: the packages of the factory's environments, pinned by hash.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::{Platform, Pythons, check_sha256};

/// The key of a source package's hash.
const SOURCE: &str = "source";

/// The pinned packages, and the environments made of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packages {
    /// The packages of each environment, all of them: nothing is resolved at run time.
    environments: BTreeMap<String, Vec<String>>,
    #[serde(rename = "package")]
    packages: Vec<Package>,
}

/// One package at one version.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Its normalized name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The hash of its wheel, by `any`, a platform, or a Python on a platform as `cp311-linux-x86_64`; of its source
    /// package by `source`.
    sha256: BTreeMap<String, String>,
    /// The platforms it has no wheel for.
    #[serde(default)]
    absent: Vec<String>,
}

impl Package {
    /// The hash of the wheel for a Python, given as `cp311`, on a platform.
    ///
    /// # Errors
    /// When the matrix has none.
    pub fn sha256(&self, platform: &Platform, python: &str) -> Result<&str> {
        let (row, id) = (self.row(), &platform.id);
        ensure!(
            !self.absent.contains(id),
            "{row}: it has no wheel for {id}, so what needs it cannot run there"
        );
        let key = format!("{python}-{id}");
        let hash = [key.as_str(), id, "any"].iter().find_map(|key| self.sha256.get(*key));
        hash.map(String::as_str).with_context(|| {
            format!("{row}: it has no hash for {python} on {id}: add `sha256.{key}`, or {id:?} to `absent`")
        })
    }

    /// The hash of its source package.
    ///
    /// # Errors
    /// When the matrix has none.
    pub fn source(&self) -> Result<&str> {
        let hash = self.sha256.get(SOURCE).map(String::as_str);
        hash.with_context(|| format!("{}: it has no sha256.{SOURCE}: add its source package's", self.row()))
    }

    /// Whether an environment means it by `name`: `cython` or `cython==0.29.37`.
    fn is_called(&self, name: &str) -> bool {
        match name.split_once("==") {
            Some((name, version)) => self.name == name && self.version == version,
            None => self.name == name,
        }
    }

    /// What errors call it.
    fn row(&self) -> String {
        format!("matrix/tools.toml: package {} {}", self.name, self.version)
    }

    fn check(&self, platforms: &[Platform], pythons: &Pythons) -> Result<()> {
        let row = self.row();
        let mut keys = vec!["any".to_owned(), SOURCE.to_owned()];
        for platform in platforms {
            keys.push(platform.id.clone());
            for version in pythons.versions() {
                let python = tag(version);
                if !self.absent.contains(&platform.id) {
                    self.sha256(platform, &python)?;
                }
                keys.push(format!("{python}-{}", platform.id));
            }
        }
        for (key, hash) in &self.sha256 {
            ensure!(
                keys.contains(key),
                "{row}: sha256.{key}: is neither `any`, `source`, a platform, nor a Python on a platform"
            );
            check_sha256(hash).with_context(|| format!("{row}: sha256.{key}"))?;
        }
        Ok(())
    }
}

impl Packages {
    /// The packages of the environment called `name`.
    ///
    /// # Panics
    /// When the matrix has no such environment: the factory's code and data disagree.
    pub fn environment(&self, name: &str) -> Vec<&Package> {
        let names =
            self.environments.get(name).unwrap_or_else(|| panic!("tools.toml has no environment {name}"));
        names.iter().map(|name| self.package(name).expect("checked on load")).collect()
    }

    /// The package called `name`, which may go on with `==` and its version; else it is the first of that name.
    pub fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.is_called(name))
    }

    /// The names of all packages, in the order of their rows.
    #[cfg(test)]
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.packages.iter().map(|package| package.name.as_str())
    }

    pub(super) fn check(&self, platforms: &[Platform], pythons: &Pythons) -> Result<()> {
        let file = "matrix/tools.toml";
        for (environment, names) in &self.environments {
            if let Some(name) = names.iter().find(|name| self.package(name).is_none()) {
                bail!("{file}: environment {environment}: no [[package]] is called {name:?}: add its row");
            }
        }
        for (index, package) in self.packages.iter().enumerate() {
            let row = package.row();
            let twin = |other: &Package| other.name == package.name && other.version == package.version;
            ensure!(!self.packages[..index].iter().any(twin), "{row}: it has a second row: remove one");
            let used = self
                .environments
                .values()
                .flatten()
                .any(|name| self.package(name).is_some_and(|meant| std::ptr::eq(meant, package)));
            ensure!(used, "{row}: no environment has it: remove the row");
            package.check(platforms, pythons)?;
        }
        Ok(())
    }
}

/// `cp311` for `3.11`.
pub fn tag(version: &str) -> String {
    format!("cp{}", version.replace('.', ""))
}

pub fn read(path: &Path) -> Result<Packages> {
    super::read_toml(path)
}
