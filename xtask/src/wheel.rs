//! Wheels: all modules of a platform, the Python package, and what describes them.

mod archive;
mod contract;
mod licenses;
mod metadata;
mod record;
mod sbom;
mod tag;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;
use fs_err as fs;
use serde::{Deserialize, Serialize};

use crate::{
    digest::{self, Key},
    factory::{Factory, settle},
    matrix::{Abi, Platform},
    module::Built,
    rustc::Rustc,
};

pub use archive::sizes;
pub use tag::Tag;

/// The folder of the Python package, which the wheel holds as it is.
const PYTHON: &str = "bindings/mpi4py/python";
/// The stub headers, which the C-level contract follows from.
const STUBS: &str = "stubs/include";
/// The package's metadata, as Python projects keep it.
const PROJECT: &str = "bindings/mpi4py/pyproject.toml";

/// A wheel that is there.
pub struct Wheel {
    /// Its file in `dist/`.
    pub path: PathBuf,
    /// The hash of its file.
    pub sha256: String,
    /// Whether this run made it.
    pub fresh: bool,
}

/// What a wheel was made from: when it is the same again, so is the wheel.
#[derive(Serialize, Deserialize)]
struct Stamp {
    inputs: String,
    sha256: String,
}

/// Packs `modules` and the Python package, unless that has been done.
///
/// # Errors
/// When an input is missing, or the wheel cannot be written.
pub fn pack(
    factory: &Factory,
    platform: &Platform,
    abi: &Abi,
    rustc: &Rustc,
    modules: &[Built],
) -> Result<Wheel> {
    let tag = Tag::new(abi, platform);
    let name = format!("mpi4py-{}-{tag}.whl", version());
    let path = factory.dist.join(&name);
    let stamp_path = factory.target.join("factory/wheels").join(format!("{name}.json"));
    let inputs = inputs(factory, &tag, rustc, modules)?;
    if let Some(stamp) =
        fs::read(&stamp_path).ok().and_then(|text| serde_json::from_slice::<Stamp>(&text).ok())
        && stamp.inputs == inputs
        && path.is_file()
        && digest::of_file(&path)? == stamp.sha256
    {
        return Ok(Wheel { path, sha256: stamp.sha256, fresh: false });
    }
    let task = factory.progress.task(name.clone());
    let files = files(factory, platform, abi, &tag, rustc, modules)?;
    let bytes = archive::pack(&files)?;
    let sha256 = digest::of_bytes(&bytes);
    let scratch = factory.target.join("factory/wheels/.new");
    fs::create_dir_all(stamp_path.parent().context("the stamp lies in a folder")?)?;
    fs::create_dir_all(&factory.dist)?;
    // dist/ may be on another file system than target/: the temporary name is beside the final one.
    let new = factory.dist.join(format!(".{name}.new"));
    fs::write(&new, &bytes)?;
    settle(&new, &path)?;
    fs::write(&scratch, serde_json::to_vec(&Stamp { inputs, sha256: sha256.clone() })?)?;
    settle(&scratch, &stamp_path)?;
    task.done(&format!("packed, {}", crate::fetch::megabytes(bytes.len() as u64)));
    Ok(Wheel { path, sha256, fresh: true })
}

/// The version of the package: that of the workspace.
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The key of everything the wheel is made from, this program included.
fn inputs(factory: &Factory, tag: &Tag, rustc: &Rustc, modules: &[Built]) -> Result<String> {
    let mut key = Key::default();
    key.add("factory", digest::of_file(&std::env::current_exe()?)?);
    key.add("tag", tag.to_string()).add("rustc", &rustc.identity);
    for module in modules {
        key.add(&module.name, &module.stamp.sha256);
    }
    for path in [PYTHON, PROJECT, STUBS, "Cargo.lock", "README.md", "LICENSE"] {
        key.add_path(&factory.root, path)?;
    }
    Ok(key.finish())
}

/// Every file of the wheel, by name.
fn files(
    factory: &Factory,
    platform: &Platform,
    abi: &Abi,
    tag: &Tag,
    rustc: &Rustc,
    modules: &[Built],
) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let python = factory.root.join(PYTHON);
    for file in digest::files_below(&python)? {
        let name = file.strip_prefix(&python)?.to_string_lossy().replace('\\', "/");
        files.insert(name, fs::read(&file)?);
    }
    files.extend(contract::files(&factory.root)?);
    add_stubs(&mut files);
    for module in modules {
        files.insert(module.name.clone(), fs::read(&module.path)?);
    }
    let info = format!("mpi4py-{}.dist-info", version());
    let crates = MetadataCommand::new()
        .manifest_path(factory.root.join("Cargo.toml"))
        .other_options(["--locked", "--filter-platform", &platform.target].map(str::to_owned))
        .exec()
        .context("cargo metadata")?;
    let shipped = sbom::shipped(&crates)?;
    let licenses = licenses::collect(&factory.root, &shipped)?;
    let metadata = metadata::render(factory, abi, licenses.keys().map(String::as_str))?;
    files.insert(format!("{info}/METADATA"), metadata.into_bytes());
    files.insert(format!("{info}/WHEEL"), tag.wheel_file().into_bytes());
    files.insert(format!("{info}/sboms/mpi4py.cdx.json"), sbom::render(factory, &shipped, &crates, rustc)?);
    files.extend(licenses.into_iter().map(|(name, text)| (format!("{info}/licenses/{name}"), text)));
    let record = record::render(&files, &format!("{info}/RECORD"));
    files.insert(format!("{info}/RECORD"), record.into_bytes());
    Ok(files)
}

/// Gives each module without a stub one: itself, since its types are inline. mpi4py has a stub beside every module, and
/// what looks for them there finds them.
fn add_stubs(files: &mut BTreeMap<String, Vec<u8>>) {
    let modules = files.iter().filter(|(name, _)| Path::new(name).extension().is_some_and(|end| end == "py"));
    let stubs: Vec<_> = modules.map(|(name, text)| (format!("{name}i"), text.clone())).collect();
    for (name, text) in stubs {
        files.entry(name).or_insert(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_without_a_stub_is_its_own() {
        let names = [("p/a.py", "inline"), ("p/b.py", "untyped"), ("p/b.pyi", "typed"), ("p/py.typed", "")];
        let mut files = names.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
        add_stubs(&mut files);
        assert_eq!(files.len(), 5);
        assert_eq!(files["p/a.pyi"], b"inline");
        assert_eq!(files["p/b.pyi"], b"typed");
    }
}
