//! Modules: compiled once per input, kept under `target/modules/<key>/`.
//!
//! The key is the hash of everything a module is made from. A finished module moves into its place in one step:
//! what has a place there is whole, whenever the factory was killed.

mod compile;
pub mod profile;

use std::path::PathBuf;

use anyhow::{Context, Result};
use fs_err as fs;
use mpi_stubs::Variant;
use serde::{Deserialize, Serialize};

use crate::{
    digest::{self, Key},
    factory::{Factory, settle},
    matrix::Platform,
    rustc::Rustc,
};

pub use compile::Compiler;
use profile::Profile;

/// The crates whose modules a wheel holds.
pub const CRATES: [&str; 2] = ["mpi4py", "mpi4py-dl"];

/// An extension module to be.
#[derive(Clone, Debug)]
pub struct Module {
    /// The crate it is built from.
    pub package: &'static str,
    /// The name of the crate's library, which is the module's.
    pub library: &'static str,
    /// The variant it is for, when there is one of it for each.
    pub variant: Option<Variant>,
    /// What it is compiled from, below the checkout.
    inputs: &'static [&'static str],
}

/// A module that is there.
#[derive(Clone, Debug)]
pub struct Built {
    /// Its place in the wheel.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// What is known about it.
    pub stamp: Stamp,
    /// Whether this run compiled it.
    pub fresh: bool,
}

/// What is kept about a module, beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stamp {
    /// The hash of its file.
    pub sha256: String,
    /// The size of its file.
    pub size: u64,
    /// How long it took to compile.
    pub seconds: f64,
}

impl Module {
    /// The modules of a wheel: one per variant, and the loader's own.
    pub fn of_variants(variants: &[Variant]) -> Vec<Self> {
        let mpi = variants.iter().map(|variant| Self {
            package: "mpi4py",
            library: "MPI",
            variant: Some(variant.clone()),
            inputs: &[
                "stubs",
                "bindings/mpi-sys",
                "bindings/mpi-api",
                "bindings/methods",
                "bindings/unwinder",
                "bindings/mpi4py",
            ],
        });
        let dl = Self {
            package: "mpi4py-dl",
            library: "_dl",
            variant: None,
            inputs: &["bindings/unwinder", "bindings/dl"],
        };
        mpi.chain([dl]).collect()
    }

    /// Its place in the wheel of `platform`.
    pub fn name(&self, platform: &Platform) -> String {
        let variant = self.variant.as_ref().map(|variant| format!(".{variant}")).unwrap_or_default();
        format!("mpi4py/{}{variant}{}", self.library, platform.suffix)
    }

    /// What people call it.
    pub fn title(&self) -> String {
        self.variant.as_ref().map_or_else(|| self.library.to_owned(), ToString::to_string)
    }
}

/// The modules kept for one platform.
pub struct Store<'a> {
    factory: &'a Factory,
    platform: &'a Platform,
    /// The part of every key that is not a module's own.
    common: Key,
    /// By which modules are compiled; a part of every key.
    pub profile: Profile,
}

impl<'a> Store<'a> {
    /// The store, for what `rustc` compiles for `platform`.
    ///
    /// # Errors
    /// When an input cannot be read.
    pub fn open(factory: &'a Factory, platform: &'a Platform, rustc: &Rustc) -> Result<Self> {
        let mut common = Key::default();
        common.add("rustc", &rustc.identity).add("target", &platform.target);
        let profile = Profile::of(factory, platform, rustc);
        common.add("how", compile::fingerprint(factory, platform, &profile));
        if let Profile::Present(file) = &profile {
            common.add("profile", digest::of_file(file)?);
        }
        for file in ["Cargo.toml", "Cargo.lock", ".cargo/config.toml"] {
            common.add_path(&factory.root, file)?;
        }
        Ok(Self { factory, platform, common, profile })
    }

    /// The key of everything `module` is made from.
    ///
    /// # Errors
    /// When an input cannot be read.
    pub fn key(&self, module: &Module) -> Result<String> {
        let mut key = self.common.clone();
        key.add("package", module.package).add("variant", module.title());
        for input in module.inputs {
            key.add_tree(&self.factory.root, input, &["python", "tests"])?;
        }
        Ok(key.finish())
    }

    /// The module of this key, if it is there and whole.
    ///
    /// # Errors
    /// When what is there cannot be read.
    pub fn kept(&self, module: &Module, key: &str) -> Result<Option<Built>> {
        let home = self.home(key);
        let name = module.name(self.platform);
        let Ok(stamp) = fs::read(home.join("stamp.json")) else { return Ok(None) };
        let (path, stamp) = (home.join("module"), serde_json::from_slice::<Stamp>(&stamp).ok());
        match stamp {
            Some(stamp) if path.is_file() && digest::of_file(&path)? == stamp.sha256 => {
                Ok(Some(Built { name, path, stamp, fresh: false }))
            }
            _ => {
                fs::remove_dir_all(home)?;
                Ok(None)
            }
        }
    }

    /// Keeps what cargo has built at `artifact`.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn keep(&self, module: &Module, key: &str, artifact: &PathBuf, seconds: f64) -> Result<Built> {
        let modules = self.factory.target.join("modules");
        fs::create_dir_all(&modules)?;
        let staging = tempfile::Builder::new().prefix(".new-").tempdir_in(&modules)?;
        let copy = staging.path().join("module");
        fs::copy(artifact, &copy).with_context(|| format!("cannot keep the module {}", module.title()))?;
        let stamp = Stamp { sha256: digest::of_file(&copy)?, size: fs::metadata(&copy)?.len(), seconds };
        fs::write(staging.path().join("stamp.json"), serde_json::to_vec(&stamp)?)?;
        let home = self.home(key);
        settle(&staging.keep(), &home)?;
        Ok(Built { name: module.name(self.platform), path: home.join("module"), stamp, fresh: true })
    }

    fn home(&self, key: &str) -> PathBuf {
        self.factory.target.join("modules").join(key)
    }
}

/// Removes what a killed run left half-made.
///
/// # Errors
/// When it cannot be removed.
pub fn sweep(factory: &Factory) -> Result<()> {
    let Ok(entries) = fs::read_dir(factory.target.join("modules")) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(".new-") {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A store in `folder`, a module, and its key.
    fn with_store(test: impl FnOnce(&Factory, &Store<'_>, &Module, &str)) {
        let folder = tempfile::tempdir().unwrap();
        let factory = Factory::within(folder.path());
        let platform = factory.matrix.platform("linux-x86_64").unwrap();
        let store = Store::open(&factory, platform, &Rustc { identity: "rustc 1".into() }).unwrap();
        let module = Module::of_variants(&["mpi41-mpich".parse().unwrap()]).remove(0);
        let key = store.key(&module).unwrap();
        test(&factory, &store, &module, &key);
    }

    /// What cargo would have built.
    fn artifact(factory: &Factory) -> PathBuf {
        let path = factory.target.join("libMPI.so");
        fs::write(&path, "module").unwrap();
        path
    }

    #[test]
    fn a_kept_module_is_found_again() {
        with_store(|factory, store, module, key| {
            assert!(store.kept(module, key).unwrap().is_none());
            store.keep(module, key, &artifact(factory), 1.5).unwrap();
            let built = store.kept(module, key).unwrap().unwrap();
            assert_eq!(built.name, "mpi4py/MPI.mpi41-mpich.abi3.so");
            assert_eq!((built.fresh, built.stamp.size, built.stamp.seconds), (false, 6, 1.5));
        });
    }

    #[test]
    fn a_truncated_module_is_not_taken_for_done() {
        with_store(|factory, store, module, key| {
            let built = store.keep(module, key, &artifact(factory), 1.5).unwrap();
            fs::write(&built.path, "mod").unwrap();
            assert!(store.kept(module, key).unwrap().is_none());
            store.keep(module, key, &artifact(factory), 1.5).unwrap();
        });
    }

    #[test]
    fn what_a_killed_run_left_is_swept() {
        with_store(|factory, store, module, key| {
            store.keep(module, key, &artifact(factory), 1.5).unwrap();
            fs::create_dir(factory.target.join("modules/.new-x")).unwrap();
            sweep(factory).unwrap();
            assert!(!factory.target.join("modules/.new-x").exists());
            assert!(store.kept(module, key).unwrap().is_some());
        });
    }

    #[test]
    fn the_compiler_and_the_variant_are_part_of_the_key() {
        with_store(|factory, store, module, key| {
            let other = Rustc { identity: "rustc 2".into() };
            let other = Store::open(factory, store.platform, &other).unwrap();
            assert_ne!(other.key(module).unwrap(), key);
            let other = Module::of_variants(&["mpi40-mpich".parse().unwrap()]).remove(0);
            assert_ne!(store.key(&other).unwrap(), key);
        });
    }
}
