//! What every comparison works with: packages, looked up once each, and the C compiler.

use std::{cell::RefCell, collections::BTreeMap, path::PathBuf};

use anyhow::{Context, Result};

use super::{archive::Archive, compiler::Compiler};
use crate::{
    factory::Factory,
    fetch::{Wheel, fetch},
    matrix::Platform,
    python::Python,
    tools::Environment,
};

/// The packages and the compiler.
pub struct Lab<'a> {
    factory: &'a Factory,
    environment: Environment,
    packages: RefCell<BTreeMap<String, PathBuf>>,
}

impl<'a> Lab<'a> {
    /// Makes the compiler's environment, if it is not there.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn new(factory: &'a Factory) -> Result<Self> {
        let environment = Environment::named(factory, "build", &Python::any()?)?;
        Ok(Self { factory, environment, packages: RefCell::default() })
    }

    /// The C compiler for `platform`.
    pub fn compiler(&self, platform: &Platform) -> Compiler {
        Compiler::new(self.environment.python(), self.factory.target.join("zig"), platform)
    }

    /// The package, fetched if it is not there, and opened.
    ///
    /// # Errors
    /// When it cannot be had, or is no zip file.
    pub fn open(&self, wheel: &Wheel<'_>) -> Result<Archive> {
        let known = self.packages.borrow().get(wheel.sha256).cloned();
        let file = match known {
            Some(file) => file,
            None => fetch(self.factory, wheel)?,
        };
        self.packages.borrow_mut().insert(wheel.sha256.to_owned(), file.clone());
        Archive::open(&file).with_context(|| format!("{} {}", wheel.name, wheel.version))
    }
}
