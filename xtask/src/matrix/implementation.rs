//! `matrix/mpi/<implementation>.toml`.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, anyhow, bail, ensure};
use mpi_stubs::Variant;
use serde::Deserialize;

use super::{MpiVersion, Platform, check_sha256};

/// A family of MPI libraries with one ABI.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Implementation {
    /// Its name: that of its file.
    #[serde(skip)]
    pub name: String,
    /// Why it has no releases.
    pub unpackaged: Option<String>,
    launch: Option<Launch>,
    platforms: BTreeMap<String, Presence>,
    #[serde(default, rename = "release")]
    releases: Vec<Row>,
}

/// How its programs are started.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Launch {
    /// The rank counts that tests run with.
    pub ranks: Vec<u32>,
    /// What `mpiexec` is given besides `-n <ranks>`.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// The variables it is given.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// What `mpiexec` says when it failed by itself, before it started anything: it is started again.
    pub false_start: Option<String>,
}

/// What an implementation is on one platform.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Presence {
    /// The MPI versions that have a module.
    #[serde(default)]
    versions: Vec<MpiVersion>,
    /// The implementation whose modules serve it, when it has none of its own.
    served_by: Option<String>,
    /// Where a package puts its library, below the environment's root.
    library: String,
    /// Where a package puts `mpiexec`.
    launcher: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    package: Option<String>,
    version: Option<String>,
    /// The release whose package holds this library too.
    inside: Option<String>,
    mpi: MpiVersion,
    api: Option<MpiVersion>,
    header: Option<String>,
    #[serde(default)]
    default: bool,
    #[serde(default = "yes")]
    test: bool,
    #[serde(default = "yes")]
    singleton: bool,
    #[serde(default)]
    sha256: BTreeMap<String, String>,
}

fn yes() -> bool {
    true
}

/// One real MPI library, to check stubs and to run tests.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its name, as `mpich-4.3.2`.
    pub id: String,
    /// Its implementation.
    pub implementation: String,
    /// The package that holds it.
    pub package: String,
    /// That package's version.
    pub version: String,
    /// The release whose own package that is, when this is a second library in it.
    pub inside: Option<String>,
    /// The MPI version it reports.
    pub mpi: MpiVersion,
    /// Its `mpi.h`, below the environment's root, when the package has one.
    pub header: Option<String>,
    /// Whether it stands for all others when one is enough.
    pub default: bool,
    /// Whether tests run on it.
    pub test: bool,
    /// Whether a process started without `mpiexec` works.
    pub singleton: bool,
    /// How its programs are started.
    pub launch: Launch,
    /// The platforms it exists for, by name.
    pub sites: BTreeMap<String, Site>,
}

/// A release on one platform.
#[derive(Clone, Debug)]
pub struct Site {
    /// The variant whose module serves it.
    pub variant: Variant,
    /// Its library, below the environment's root.
    pub library: String,
    /// Its `mpiexec`, below the environment's root.
    pub launcher: String,
    /// The hash of its package.
    pub sha256: String,
}

impl Implementation {
    /// The variants that have a module on the platform called `platform`.
    pub fn variants(&self, platform: &str) -> impl Iterator<Item = Variant> {
        let versions = self.platforms.get(platform).map(|presence| presence.versions.as_slice());
        versions.unwrap_or_default().iter().map(|version| self.variant(*version))
    }

    /// The implementation whose modules serve this one on the platform called `platform`, if it is another.
    pub fn served_by(&self, platform: &str) -> Option<&str> {
        self.platforms.get(platform)?.served_by.as_deref()
    }

    fn variant(&self, version: MpiVersion) -> Variant {
        Variant { version: version.0, implementation: self.name.clone() }
    }

    fn check(&self, all: &BTreeMap<String, Self>, platforms: &[Platform]) -> Result<()> {
        let file = file(&self.name);
        for (id, presence) in &self.platforms {
            let row = format!("{file}: platforms.{id}");
            ensure!(
                platforms.iter().any(|platform| platform.id == *id),
                "{row}: matrix/platforms.toml has no such platform"
            );
            match &presence.served_by {
                None => ensure!(!presence.versions.is_empty(), "{row}: give `versions`, or `served-by`"),
                Some(_) if !presence.versions.is_empty() => {
                    bail!("{row}: give `versions` or `served-by`, not both")
                }
                Some(other) => ensure!(
                    all.get(other).is_some_and(|other| other.variants(id).next().is_some()),
                    "{row}: served-by = {other:?}, which has no module on this platform"
                ),
            }
            ensure!(presence.versions.is_sorted(), "{row}: versions are not in order");
        }
        match (&self.unpackaged, self.releases.is_empty()) {
            (None, true) => bail!("{file}: it has no [[release]]: add one, or say why not in `unpackaged`"),
            (Some(_), false) => bail!("{file}: it has releases: remove `unpackaged`"),
            _ => Ok(()),
        }
    }
}

impl Release {
    /// The release on `platform`, if it exists for it.
    pub fn on(&self, platform: &Platform) -> Option<&Site> {
        self.sites.get(&platform.id)
    }
}

fn file(implementation: &str) -> String {
    format!("matrix/mpi/{implementation}.toml")
}

pub fn read_all(folder: &Path) -> Result<BTreeMap<String, Implementation>> {
    let mut all = BTreeMap::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.file_stem().context("a file has a name")?.to_string_lossy().into_owned();
            let implementation: Implementation = super::read_toml(&path)?;
            all.insert(name.clone(), Implementation { name, ..implementation });
        }
    }
    Ok(all)
}

/// Checks all implementations and joins their rows to releases.
pub fn releases(all: &BTreeMap<String, Implementation>, platforms: &[Platform]) -> Result<Vec<Release>> {
    let mut releases = Vec::new();
    for implementation in all.values() {
        implementation.check(all, platforms)?;
    }
    for implementation in all.values() {
        for row in &implementation.releases {
            let release = release(all, implementation, row)
                .with_context(|| format!("{}: release {}", file(&implementation.name), row.id))?;
            if releases.iter().any(|other: &Release| other.id == release.id) {
                bail!("{}: release {}: it has a second row: remove one", file(&implementation.name), row.id);
            }
            releases.push(release);
        }
    }
    let defaults = releases.iter().filter(|release| release.default).count();
    ensure!(defaults == 1, "matrix/mpi/*.toml: {defaults} releases have `default = true`: exactly one must");
    Ok(releases)
}

fn release(all: &BTreeMap<String, Implementation>, own: &Implementation, row: &Row) -> Result<Release> {
    let (holder, package) = holder(all, own, row)?;
    let launch =
        holder.launch.clone().ok_or_else(|| anyhow!("{} has no [launch]: add it", file(&holder.name)))?;
    let (Some(name), Some(version)) = (&package.package, &package.version) else {
        bail!("give `package` and `version`, or `inside`");
    };
    for platform in holder.platforms.keys() {
        let known = package.sha256.contains_key(platform);
        ensure!(
            known,
            "it has no sha256.{platform}: `pip download` its wheel for {platform}, and paste its hash"
        );
    }
    let mut sites = BTreeMap::new();
    for (platform, sha256) in &package.sha256 {
        check_sha256(sha256).with_context(|| format!("sha256.{platform}"))?;
        sites.insert(platform.clone(), site(all, own, holder, row, platform, sha256)?);
    }
    Ok(Release {
        id: row.id.clone(),
        implementation: own.name.clone(),
        package: name.clone(),
        version: version.clone(),
        inside: row.inside.clone(),
        mpi: row.mpi,
        header: row.header.clone(),
        default: row.default,
        test: row.test,
        singleton: package.singleton,
        launch,
        sites,
    })
}

/// The row of the package that holds this row's library, and the implementation it belongs to.
fn holder<'a>(
    all: &'a BTreeMap<String, Implementation>,
    own: &'a Implementation,
    row: &'a Row,
) -> Result<(&'a Implementation, &'a Row)> {
    let Some(inside) = &row.inside else { return Ok((own, row)) };
    ensure!(
        row.package.is_none() && row.version.is_none() && row.sha256.is_empty(),
        "it is inside {inside}, whose row has `package`, `version` and `sha256`: remove them here"
    );
    all.values()
        .flat_map(|other| other.releases.iter().map(move |row| (other, row)))
        .find(|(_, row)| row.id == *inside && row.inside.is_none())
        .ok_or_else(|| anyhow!("inside = {inside:?}: no release of its own package is called that"))
}

fn site(
    all: &BTreeMap<String, Implementation>,
    own: &Implementation,
    holder: &Implementation,
    row: &Row,
    platform: &str,
    sha256: &str,
) -> Result<Site> {
    let presence = own.platforms.get(platform).ok_or_else(|| {
        anyhow!(
            "sha256.{platform}: {} has no [platforms.{platform}]: add it, or remove the hash",
            file(&own.name)
        )
    })?;
    let server = presence.served_by.as_deref().map_or(own, |name| &all[name]);
    let variant = server.variant(row.api.unwrap_or(row.mpi));
    ensure!(
        server.variants(platform).any(|other| other == variant),
        "no module {variant} on {platform} serves it: add its version to [platforms.{platform}] in {}, or correct `api`",
        file(&server.name)
    );
    let launcher = holder.platforms.get(platform).and_then(|presence| presence.launcher.clone());
    let launcher = launcher
        .ok_or_else(|| anyhow!("{}: platforms.{platform}: it has no `launcher`", file(&holder.name)))?;
    Ok(Site { variant, library: presence.library.clone(), launcher, sha256: sha256.to_owned() })
}
