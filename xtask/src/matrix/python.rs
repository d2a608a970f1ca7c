//! `matrix/pythons.toml`.

use anyhow::{Context, Result, anyhow, ensure};
use serde::Deserialize;

/// The Python ABIs that wheels are made for, and the Pythons that tests run on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pythons {
    #[serde(rename = "abi")]
    abis: Vec<Abi>,
    #[serde(rename = "python")]
    versions: Vec<Python>,
}

/// A Python ABI: one wheel each.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Abi {
    /// The first two parts of the wheel's tag, as `cp311-abi3`.
    pub id: String,
    /// The wheel's `Requires-Python`.
    pub requires: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Python {
    version: String,
    abi: String,
}

impl Pythons {
    /// The versions that tests run on.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        self.versions.iter().map(|python| python.version.as_str())
    }

    /// The ABIs that wheels are made for.
    pub fn abis(&self) -> &[Abi] {
        &self.abis
    }

    /// The ABI whose wheel serves Python `version`.
    ///
    /// # Errors
    /// When no row has that version: lists those there are.
    pub fn abi(&self, version: &str) -> Result<&Abi> {
        let python = self.versions.iter().find(|python| python.version == version).ok_or_else(|| {
            let known = super::listed(self.versions());
            anyhow!("no wheel is made for Python {version}: matrix/pythons.toml has {known}")
        })?;
        self.abis
            .iter()
            .find(|abi| abi.id == python.abi)
            .with_context(|| format!("matrix/pythons.toml: python {version}: no [[abi]] is {:?}", python.abi))
    }

    pub(super) fn check(&self) -> Result<()> {
        ensure!(!self.abis.is_empty(), "matrix/pythons.toml: it has no [[abi]]: no wheel could be made");
        for version in self.versions() {
            self.abi(version)?;
        }
        Ok(())
    }
}
