//! `matrix/headers.toml`: where a release's `mpi.h` is when its own package has none, and known departures.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, anyhow, ensure};
use serde::Deserialize;

use crate::{
    fetch::Wheel,
    matrix::{Matrix, Platform, Release},
};

const FILE: &str = "matrix/headers.toml";

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Headers {
    #[serde(default, rename = "header")]
    headers: Vec<Header>,
    /// The departures, in the order of their rows.
    #[serde(default, rename = "departure")]
    pub departures: Vec<Departure>,
}

/// A package that holds the `mpi.h` of some releases.
#[derive(Debug, Deserialize)]
struct Header {
    releases: Vec<String>,
    package: String,
    version: String,
    #[serde(flatten)]
    places: BTreeMap<String, Place>,
}

/// Where the header is on one platform.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    path: String,
    sha256: String,
}

/// Values in which a library is known to differ from its stub header.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Departure {
    releases: Vec<String>,
    platforms: Vec<String>,
    /// The constants.
    pub names: Vec<String>,
    /// Why that is no mismatch.
    pub reason: String,
}

impl Headers {
    /// Reads and checks `matrix/headers.toml`.
    ///
    /// # Errors
    /// Names what is wrong in it.
    pub fn load(root: &Path, matrix: &Matrix) -> Result<Self> {
        let text = fs_err::read_to_string(root.join(FILE))?;
        let all: Self = toml::from_str(&text).map_err(|error| anyhow!("{FILE}: {error}"))?;
        let named =
            all.headers.iter().map(|row| &row.releases).chain(all.departures.iter().map(|row| &row.releases));
        for release in named.flatten() {
            matrix.release(release).context(FILE)?;
        }
        for header in &all.headers {
            for platform in header.places.keys() {
                matrix.platform(platform).with_context(|| format!("{FILE}: {:?}", header.releases))?;
            }
        }
        for departure in &all.departures {
            ensure!(
                departure.names.is_sorted(),
                "{FILE}: departure of {:?}: sort its names",
                departure.releases
            );
        }
        Ok(all)
    }

    /// The wheel that holds the `mpi.h` of `release` on `platform`, and where in it that is, below the root of an
    /// environment.
    pub fn wheel<'a>(&'a self, release: &'a Release, platform: &'a Platform) -> Option<(Wheel<'a>, &'a str)> {
        if let Some(header) = &release.header {
            return Some((Wheel::of_release(release, platform)?, header));
        }
        let row = self.headers.iter().find(|row| row.releases.contains(&release.id))?;
        let place = row.places.get(&platform.id)?;
        let (name, version, sha256) = (&row.package, &row.version, &place.sha256);
        Some((Wheel { name, version, sha256, platform, python: None }, &place.path))
    }

    /// The departures of `release` on `platform`.
    pub fn departures(&self, release: &Release, platform: &Platform) -> impl Iterator<Item = &Departure> {
        self.departures
            .iter()
            .filter(|row| row.releases.contains(&release.id) && row.platforms.contains(&platform.id))
    }
}
