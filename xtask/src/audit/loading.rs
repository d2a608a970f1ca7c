//! Checks of the modules: where they load, and what they find there.

#![expect(clippy::unnecessary_wraps, reason = "every check has the same type")]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use mpi_stubs::{Model, Value, Variant};
use zip::ZipArchive;

use super::binary::exports;
use super::{Subject, Verdict};
use crate::fetch::{Wheel, fetch};
use crate::matrix::{Platform, Release};
use crate::python::Python;
use crate::tools::Environment;

/// Modules need only libraries that the platform's policy allows, in no newer version, found in the usual places.
pub fn policy(subject: &Subject) -> Result<Verdict> {
    let platform = subject.platform;
    let mut limits: BTreeMap<&str, &str> =
        platform.symbol_versions.iter().map(|(kind, version)| (kind.as_str(), version.as_str())).collect();
    limits.extend(platform.glibc.as_deref().map(|version| ("GLIBC", version)));
    let mut newest = BTreeMap::new();
    let mut verdict = Verdict::default();
    for module in &subject.modules {
        let binary = &module.binary;
        for library in binary.libraries.iter().filter(|library| !allowed(platform, library)) {
            verdict.add_of(module, format!("needs {library}, which {} does not promise", platform.tag));
        }
        for version in &binary.versions {
            match limits.get(version.kind.as_str()) {
                Some(limit) if version.exceeds(limit) => {
                    let needs = format!("needs {}_{}: {limit} is allowed", version.kind, version.version);
                    verdict.add_of(module, needs);
                }
                Some(_) if newest.get(&version.kind).is_none_or(|other: &String| version.exceeds(other)) => {
                    newest.insert(version.kind.clone(), version.version.clone());
                }
                Some(_) => {}
                None => verdict.add_of(module, format!("needs {}_{}", version.kind, version.version)),
            }
        }
        for path in &binary.search {
            verdict.add_of(module, format!("searches {path}"));
        }
    }
    let newest: Vec<_> = newest.iter().map(|(kind, version)| format!("{kind} {version}")).collect();
    verdict.detail = if newest.is_empty() {
        "libraries as allowed".to_owned()
    } else {
        format!("needs {}", newest.join(", "))
    };
    Ok(verdict)
}

fn allowed(platform: &Platform, library: &str) -> bool {
    platform.libraries.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(family) => library.starts_with(family),
        None => library == pattern,
    })
}

/// No module names an MPI library, or leaves an MPI symbol to the dynamic linker.
pub fn independence(subject: &Subject) -> Result<Verdict> {
    const SYMBOLS: [&str; 4] = ["MPI_", "MPIX_", "PMPI_", "ompi_"];
    let mut verdict = Verdict::new("no MPI library, no MPI symbol");
    for module in &subject.modules {
        for library in module.binary.libraries.iter().filter(|library| library.to_lowercase().contains("mpi"))
        {
            verdict.add_of(module, format!("needs {library}"));
        }
        let is_mpi = |symbol: &&String| SYMBOLS.iter().any(|start| symbol.starts_with(start));
        for symbol in module.binary.imports.iter().filter(is_mpi) {
            verdict.add_of(module, format!("imports {symbol}"));
        }
    }
    Ok(verdict)
}

/// Modules keep to Python's stable ABI.
pub fn abi3(subject: &Subject) -> Result<Verdict> {
    let environment = Environment::named(subject.factory, "audit", &Python::any()?)?;
    let mut abi3audit = Command::new(environment.python());
    abi3audit.args(["-I", "-m", "abi3audit", "--strict", "--verbose"]).arg(&subject.path);
    let (mut verdict, said) = Verdict::of_tool("abi3audit --strict", &mut abi3audit)?;
    // Its last word is a sentence wrapped to its idea of the terminal: `… .whl: 9 extensions scanned; …`.
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((_, summary)) = words.rsplit_once(".whl: ") {
        verdict.detail = format!("abi3audit --strict: {summary}");
    }
    Ok(verdict)
}

/// A module has one symbol for others, by which Python initialises it.
pub fn seclusion(subject: &Subject) -> Result<Verdict> {
    let mut verdict = Verdict::new("PyInit_* alone");
    for module in &subject.modules {
        for symbol in module.binary.exports.iter().filter(|symbol| !symbol.starts_with("PyInit_")) {
            verdict.add_of(module, format!("exports {symbol}"));
        }
    }
    Ok(verdict)
}

/// Every release that a module claims to serve exports what its stub header declares.
pub fn symbols(subject: &Subject) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    let (mut served, mut models) = (0, BTreeMap::<&Variant, BTreeSet<String>>::new());
    for release in subject.factory.matrix.releases() {
        let Some(site) = release.on(subject.platform) else { continue };
        let has_module = subject.modules.iter().any(|module| module.variant.as_ref() == Some(&site.variant));
        if !has_module {
            verdict.add(format!("{} is to be served by {}, which is missing", release.id, site.variant));
            continue;
        }
        if !models.contains_key(&site.variant) {
            models.insert(&site.variant, needs(&mpi_stubs::read(&site.variant)?));
        }
        let exported = exported(subject, release)?;
        let lacking: Vec<_> = models[&site.variant].difference(&exported).map(String::as_str).collect();
        if !lacking.is_empty() {
            verdict.add(format!("{} needs of {}: {}", site.variant, release.id, lacking.join(" ")));
        }
        served += 1;
    }
    let most = models.values().map(BTreeSet::len).max().unwrap_or_default();
    verdict.detail =
        format!("{served} releases export all that {} variants declare (at most {most})", models.len());
    Ok(verdict)
}

/// The symbols a variant declares: functions, and variables that its constants stand for.
fn needs(model: &Model) -> BTreeSet<String> {
    let functions = model.functions.iter().map(|function| function.name.clone());
    let variables = model.constants.iter().filter_map(|constant| match &constant.value {
        Value::Address(symbol) | Value::Variable(symbol) => Some(symbol.clone()),
        Value::Integer(_) | Value::Text(_) => None,
    });
    functions.chain(variables).collect()
}

/// The symbols that the library of `release` exports on the wheel's platform.
fn exported(subject: &Subject, release: &Release) -> Result<BTreeSet<String>> {
    let site = release.on(subject.platform).context("the release exists there")?;
    let wheel = Wheel::of_release(release, subject.platform).context("the release exists there")?;
    let file = fetch(subject.factory, &wheel)?;
    let mut archive = ZipArchive::new(fs_err::File::open(&file)?)?;
    let ending = format!(".data/data/{}", site.library);
    let names: Vec<_> = archive.file_names().collect::<Result<_, _>>()?;
    let name = names.iter().find(|name| name.ends_with(&ending)).map(ToString::to_string);
    let name = name.with_context(|| format!("{} holds no {}", file.display(), site.library))?;
    let mut bytes = Vec::new();
    archive.by_name(&name)?.read_to_end(&mut bytes)?;
    exports(&bytes).with_context(|| format!("{name} in {}", file.display()))
}

/// Modules name no folder of the machine they were built on.
pub fn paths(subject: &Subject) -> Result<Verdict> {
    let home = env::home_dir().unwrap_or_default();
    let named =
        |variable, folder: &str| env::var_os(variable).map_or_else(|| home.join(folder), PathBuf::from);
    let folders = [
        subject.factory.root.clone(),
        subject.factory.target.clone(),
        named("CARGO_HOME", ".cargo"),
        named("RUSTUP_HOME", ".rustup"),
        home.clone(),
    ];
    let mut needles: BTreeSet<String> = ["/.cargo/", "/registry/src/", "/.rustup/"].map(str::to_owned).into();
    needles.extend(
        folders.iter().filter(|folder| folder.parent().is_some()).map(|f| format!("{}/", f.display())),
    );
    let mut verdict = Verdict::new("no folder of the building machine is named");
    for module in &subject.modules {
        let bytes = &subject.files[&module.name].bytes;
        if let Some(at) = needles.iter().filter_map(|needle| memmem(bytes, needle.as_bytes())).min() {
            let rest = &bytes[at..bytes.len().min(at + 100)];
            let end = rest.iter().position(|byte| !byte.is_ascii_graphic()).unwrap_or(rest.len());
            verdict.add_of(module, format!("names {}", String::from_utf8_lossy(&rest[..end])));
        }
    }
    Ok(verdict)
}

fn memmem(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
