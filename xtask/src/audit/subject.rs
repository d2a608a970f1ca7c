//! The wheel under audit, taken apart.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mpi_stubs::Variant;
use zip::ZipArchive;

use super::binary::Binary;
use crate::factory::Factory;
use crate::matrix::Platform;
use crate::module::Module;
use crate::wheel::Tag;

/// A file of the wheel.
pub struct Entry {
    pub bytes: Vec<u8>,
    /// Its size in the archive.
    pub compressed: u64,
}

/// A compiled module of the wheel.
pub struct Compiled {
    pub name: String,
    pub variant: Option<Variant>,
    pub binary: Binary,
}

/// A finished wheel.
pub struct Subject<'a> {
    pub factory: &'a Factory,
    pub path: PathBuf,
    pub platform: &'a Platform,
    pub files: BTreeMap<String, Entry>,
    /// The modules the matrix asks for and the wheel has.
    pub modules: Vec<Compiled>,
    /// The modules the matrix asks for and the wheel lacks.
    pub missing: Vec<String>,
    /// Compiled files the matrix does not ask for.
    pub surplus: Vec<String>,
}

impl<'a> Subject<'a> {
    /// Opens the wheel at `path`, whose tag says which platform it is for.
    pub fn open(factory: &'a Factory, path: &Path) -> Result<Self> {
        let platform = platform(factory, path)?;
        let files = unpack(path).with_context(|| format!("{} is not a readable wheel", path.display()))?;
        let (mut modules, mut missing) = (Vec::new(), Vec::new());
        for module in Module::of_variants(&factory.matrix.variants(platform)) {
            let name = module.name(platform);
            match files.get(&name) {
                Some(entry) => {
                    let binary = Binary::parse(&entry.bytes).with_context(|| name.clone())?;
                    modules.push(Compiled { name, variant: module.variant, binary });
                }
                None => missing.push(name),
            }
        }
        let known: BTreeSet<_> = modules.iter().map(|module| &module.name).collect();
        let compiled = |name: &&String| object::FileKind::parse(&*files[*name].bytes).is_ok();
        let surplus = files.keys().filter(compiled).filter(|name| !known.contains(name)).cloned().collect();
        Ok(Self { factory, path: path.to_owned(), platform, modules, missing, surplus, files })
    }

    /// The files below `*.dist-info/`, by their name there.
    pub fn info(&self, name: &str) -> Option<&[u8]> {
        self.files
            .iter()
            .find(|(path, _)| path.split_once(".dist-info/").is_some_and(|(_, rest)| rest == name))
            .map(|(_, entry)| &*entry.bytes)
    }
}

fn platform<'a>(factory: &'a Factory, path: &Path) -> Result<&'a Platform> {
    let name = path.file_name().and_then(|name| name.to_str()).context("a wheel has a name")?;
    for platform in &factory.matrix.platforms {
        for abi in factory.matrix.pythons.abis() {
            if name.ends_with(&format!("-{}.whl", Tag::new(abi, platform))) {
                return Ok(platform);
            }
        }
    }
    bail!("{name} has the tag of no platform and Python ABI of the matrix (`cargo xtask matrix`)");
}

fn unpack(path: &Path) -> Result<BTreeMap<String, Entry>> {
    let mut archive = ZipArchive::new(fs_err::File::open(path)?)?;
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index)?;
        let (name, compressed) = (file.name()?.into_owned(), file.compressed_size());
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(|| name.clone())?;
        if files.insert(name.clone(), Entry { bytes, compressed }).is_some() {
            bail!("{name} is in it twice");
        }
    }
    Ok(files)
}
