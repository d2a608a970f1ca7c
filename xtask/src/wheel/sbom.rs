//! The software bill of materials: what is compiled into the modules, as CycloneDX JSON.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, Package, PackageId};
use fs_err as fs;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{factory::Factory, module, rustc::Rustc};

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

/// The crates compiled into modules, sorted: no build scripts, no procedural macros.
pub fn shipped(metadata: &Metadata) -> Result<Vec<&Package>> {
    let mut found = BTreeSet::new();
    let roots = metadata.packages.iter().filter(|package| module::CRATES.contains(&package.name.as_str()));
    let mut open: Vec<&PackageId> = roots.map(|package| &package.id).collect();
    while let Some(id) = open.pop() {
        let macros = metadata[id].targets.iter().any(cargo_metadata::Target::is_proc_macro);
        if !macros && found.insert(id) {
            open.extend(dependencies(metadata, id)?);
        }
    }
    let mut packages: Vec<_> = found.into_iter().map(|id| &metadata[id]).collect();
    packages.sort_by_key(|package| (&package.name, &package.version));
    Ok(packages)
}

fn dependencies<'a>(metadata: &'a Metadata, id: &PackageId) -> Result<impl Iterator<Item = &'a PackageId>> {
    let resolve = metadata.resolve.as_ref().context("cargo metadata resolves dependencies")?;
    let node = resolve.nodes.iter().find(|node| node.id == *id).context("every package is resolved")?;
    let normal =
        |kinds: &[cargo_metadata::DepKindInfo]| kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
    Ok(node
        .deps
        .iter()
        .filter(move |dependency| normal(&dependency.dep_kinds))
        .map(|dependency| &dependency.pkg))
}

/// The CycloneDX document. It has no time and no serial number: the same wheel has the same.
pub fn render(
    factory: &Factory,
    shipped: &[&Package],
    metadata: &Metadata,
    rustc: &Rustc,
) -> Result<Vec<u8>> {
    let lock: Lock = toml::from_str(&fs::read_to_string(factory.root.join("Cargo.lock"))?)?;
    let checksums: BTreeMap<_, _> = lock
        .package
        .iter()
        .map(|locked| ((locked.name.as_str(), locked.version.clone()), &locked.checksum))
        .collect();
    let version = super::version();
    let own = format!("pkg:pypi/mpi4py@{}", version.replace('+', "%2B"));
    let standard = format!("pkg:generic/rust-std@{}", rustc.release());
    let mut components: Vec<Value> = shipped
        .iter()
        .map(|package| {
            let checksum = checksums.get(&(package.name.as_str(), package.version.to_string()));
            component(package, checksum.copied().and_then(Option::as_deref))
        })
        .collect();
    components.push(json!({
        "type": "library", "bom-ref": standard, "name": "rust-std", "version": rustc.release(),
        "licenses": [{ "expression": "MIT OR Apache-2.0" }], "purl": standard,
    }));
    let mut graph = vec![json!({ "ref": own, "dependsOn": roots(shipped, &standard) })];
    for package in shipped {
        let mut needed: Vec<_> = dependencies(metadata, &package.id)?
            .filter(|id| shipped.iter().any(|other| other.id == **id))
            .map(|id| purl(&metadata[id]))
            .collect();
        needed.sort();
        graph.push(json!({ "ref": purl(package), "dependsOn": needed }));
    }
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library", "bom-ref": own, "name": "mpi4py", "version": version,
                "licenses": [{ "expression": env!("CARGO_PKG_LICENSE") }], "purl": own,
            },
            "tools": { "components": [{ "type": "application", "name": "mpi4py-wheel-factory", "version": version }] },
        },
        "components": components,
        "dependencies": graph,
    });
    Ok(format!("{document:#}\n").into_bytes())
}

fn roots(shipped: &[&Package], standard: &str) -> Vec<String> {
    let roots = shipped.iter().filter(|package| module::CRATES.contains(&package.name.as_str()));
    roots.map(|package| purl(package)).chain([standard.to_owned()]).collect()
}

fn component(package: &Package, checksum: Option<&str>) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": purl(package),
        "name": package.name,
        "version": package.version,
        "purl": purl(package),
    });
    if let Some(license) = &package.license {
        // Some crates still use the old slash.
        component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
    }
    if let Some(checksum) = checksum {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    component
}

fn purl(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version.to_string().replace('+', "%2B"))
}
