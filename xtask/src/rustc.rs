//! The Rust toolchain that compiles modules.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::{
    matrix::{Linker, Platform},
    tools,
};

/// The compiler that cargo uses.
pub struct Rustc {
    /// What `rustc -vV` prints: all that tells one compiler from another.
    pub identity: String,
}

impl Rustc {
    /// Asks the compiler what it is.
    ///
    /// # Errors
    /// When it does not start.
    pub fn find() -> Result<Self> {
        Ok(Self { identity: ask(&["-vV"])? })
    }

    /// The commit it was built from.
    pub fn commit(&self) -> &str {
        self.identity.lines().find_map(|line| line.strip_prefix("commit-hash: ")).unwrap_or("unknown")
    }

    /// Its version, as `1.95.0`.
    pub fn release(&self) -> &str {
        self.identity.lines().find_map(|line| line.strip_prefix("release: ")).unwrap_or("unknown")
    }
}

/// Where the compiler's libraries and sources are.
///
/// # Errors
/// When it does not start.
pub fn sysroot() -> Result<PathBuf> {
    Ok(ask(&["--print", "sysroot"])?.trim().into())
}

/// Checks that this machine, a `host`, can compile for `platform`.
///
/// # Errors
/// Says what to install.
pub fn can_build(platform: &Platform, host: &Platform) -> Result<()> {
    let (id, target) = (&platform.id, &platform.target);
    if platform.linker == Linker::Native && platform.id != host.id {
        bail!(
            "modules for {id} cannot be linked on {}: run `cargo xtask build-wheels` on {id} itself, with Rust for \
             {target} and the C build tools it needs",
            host.id
        );
    }
    let library = PathBuf::from(ask(&["--print", "target-libdir", "--target", target])?.trim());
    if !library.is_dir() {
        bail!(
            "cannot compile for {id}: Rust's standard library for {target} is not installed: \
             `rustup target add {target}` (a Rust that did not come from rustup: install its {target} package)"
        );
    }
    Ok(())
}

fn ask(arguments: &[&str]) -> Result<String> {
    let output = tools::output(Command::new("rustc").args(arguments))?;
    String::from_utf8(output.stdout).context("rustc answers in UTF-8")
}
