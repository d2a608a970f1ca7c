//! Checks of the wheel as an archive: RECORD, METADATA, modules, sizes, SBOM.

#![expect(clippy::unnecessary_wraps, reason = "every check has the same type")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Subject, Verdict};
use crate::fetch::megabytes;
use crate::python::Python;
use crate::tools::{self, Environment};

/// The most a compressed module may take.
const MOST_COMPRESSED: u64 = 600_000;

/// The modules of the platform, all of them and no others.
pub fn modules(subject: &Subject) -> Result<Verdict> {
    let mut verdict = Verdict::new(format!("{} modules", subject.modules.len()));
    verdict.extend(subject.missing.iter().map(|name| format!("{name} is missing")));
    verdict.extend(subject.surplus.iter().map(|name| format!("{name} is compiled, and not in the matrix")));
    Ok(verdict)
}

/// RECORD has every file, with its hash and size, and no other.
pub fn record(subject: &Subject) -> Result<Verdict> {
    let record = subject.info("RECORD").context("the wheel has no RECORD")?;
    let record = std::str::from_utf8(record).context("RECORD is not UTF-8")?;
    let mut verdict = Verdict::new(format!("{} files", subject.files.len()));
    let mut seen = BTreeSet::new();
    for line in record.lines() {
        // No file of ours has a comma or a quote in its name, and a row is `name,sha256=…,size`.
        let [name, hash, size] = *line.split(',').collect::<Vec<_>>() else {
            verdict.add(format!("the row {line:?} is not a name, a hash and a size"));
            continue;
        };
        if !seen.insert(name) {
            verdict.add(format!("{name} has two rows"));
        }
        let Some(entry) = subject.files.get(name) else {
            verdict.add(format!("{name} has a row, and is not in the wheel"));
            continue;
        };
        let (expected_hash, expected_size) = if name.ends_with(".dist-info/RECORD") {
            (String::new(), String::new())
        } else {
            (
                format!("sha256={}", URL_SAFE_NO_PAD.encode(Sha256::digest(&entry.bytes))),
                entry.bytes.len().to_string(),
            )
        };
        if hash != expected_hash {
            verdict.add(format!("{name}: RECORD says {hash:?}, the file is {expected_hash:?}"));
        }
        if size != expected_size {
            verdict.add(format!("{name}: RECORD says {size:?} bytes, the file has {expected_size:?}"));
        }
    }
    verdict.extend(
        subject
            .files
            .keys()
            .filter(|name| !seen.contains(name.as_str()))
            .map(|name| format!("{name} has no row")),
    );
    Ok(verdict)
}

/// METADATA as the index judges it.
pub fn metadata(subject: &Subject) -> Result<Verdict> {
    let environment = Environment::named(subject.factory, "audit", &Python::any()?)?;
    let mut twine = Command::new(environment.python());
    twine.args(["-I", "-m", "twine", "check", "--strict"]).arg(&subject.path);
    Ok(Verdict::of_tool("twine check --strict", &mut twine)?.0)
}

/// No module is larger than a scientist on a slow line would like.
pub fn sizes(subject: &Subject) -> Result<Verdict> {
    let sizes: BTreeMap<_, _> =
        subject.modules.iter().map(|module| (&module.name, subject.files[&module.name].compressed)).collect();
    let largest = sizes.values().copied().max().unwrap_or_default();
    let mut verdict = Verdict::new(format!(
        "largest module {}, all {}, compressed",
        megabytes(largest),
        megabytes(sizes.values().sum())
    ));
    for (name, size) in sizes.iter().filter(|(_, size)| **size > MOST_COMPRESSED) {
        verdict.add(format!(
            "{name} has {} kB compressed: {} kB are allowed",
            size / 1000,
            MOST_COMPRESSED / 1000
        ));
    }
    Ok(verdict)
}

#[derive(Deserialize)]
struct Bom {
    #[serde(rename = "bomFormat")]
    format: String,
    components: Vec<Component>,
}

#[derive(Deserialize)]
struct Component {
    name: String,
    version: String,
}

/// The SBOM is CycloneDX and names every crate that cargo compiles into the modules.
pub fn sbom(subject: &Subject) -> Result<Verdict> {
    let Some(bytes) = subject.info("sboms/mpi4py.cdx.json") else {
        return Ok(Verdict::failed("the wheel has no sboms/mpi4py.cdx.json"));
    };
    let value: Value = serde_json::from_slice(bytes).context("the SBOM is not JSON")?;
    let bom: Bom = serde_json::from_value(value).context("the SBOM is not CycloneDX")?;
    let mut verdict = Verdict::new(format!("{} components", bom.components.len()));
    if bom.format != "CycloneDX" {
        verdict.add(format!("its bomFormat is {:?}", bom.format));
    }
    let named: BTreeSet<_> =
        bom.components.iter().map(|component| (component.name.clone(), component.version.clone())).collect();
    for (name, version) in shipped(subject)? {
        if !named.contains(&(name.clone(), version.clone())) {
            verdict.add(format!("the crate {name} {version} is compiled in, and not named"));
        }
    }
    Ok(verdict)
}

/// The crates compiled into the modules, in cargo's own words.
fn shipped(subject: &Subject) -> Result<BTreeSet<(String, String)>> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["tree", "--locked", "--edges=normal,no-proc-macro", "--prefix=none", "--format={p}"]);
    cargo.args(["--target", &subject.platform.target]).current_dir(&subject.factory.root);
    for name in crate::module::CRATES {
        cargo.args(["--package", name]);
    }
    let output = tools::output(&mut cargo)?;
    let text = String::from_utf8(output.stdout)?;
    let crates = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
    });
    Ok(crates.collect())
}
