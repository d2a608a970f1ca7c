//! MPI as C headers (`include/`), and the reader that turns one variant of them into a [`Model`].
//!
//! The headers are the one description of every MPI function, constant and handle. They are plain C, so a
//! compiler can hold them against a real `mpi.h`, written in a regular dialect, so that this reader needs
//! neither a compiler nor libclang. `CONTRIBUTING.md` lists what the dialect allows.

mod declarations;
mod lexer;
mod model;
mod preprocessor;
pub mod rust;
mod variant;

use std::path::{Path, PathBuf};

pub use model::{CType, Callback, Constant, Error, Function, Model, Parameter, Typedef, Value};
pub use variant::Variant;

/// The folder that holds the stub headers.
pub fn include_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include")
}

/// Reads the stub header of `variant`, as it is on Linux on x86-64.
///
/// # Errors
/// An [`Error`] names the header and line that is unreadable or outside the dialect.
pub fn read(variant: &Variant) -> Result<Model, Error> {
    read_for(variant, "")
}

/// Reads the stub header of `variant` for one of Rust's targets, as `aarch64-apple-darwin`: a few values differ.
///
/// # Errors
/// As [`read`].
pub fn read_for(variant: &Variant, target: &str) -> Result<Model, Error> {
    let header = include_dir().join(format!("{}.h", variant.implementation));
    let lines = preprocessor::Preprocessor::new(variant.version, target).run(&header)?;
    declarations::parse(&lines.text, lines.defines)
}

/// All of MPI that any stub header declares, at its newest: each function, callback and constant once.
///
/// Types and values are those of the first implementation by name that has them: take names and
/// signatures from here, and representations from the [`Model`] of a variant.
///
/// # Errors
/// As [`read`].
pub fn whole() -> Result<Model, Error> {
    let folder = include_dir();
    let at = |error: std::io::Error| Error { file: folder.clone(), line: 0, reason: error.to_string() };
    let mut headers: Vec<PathBuf> = Vec::new();
    for entry in fs_err::read_dir(&folder).map_err(at)? {
        let path = entry.map_err(at)?.path();
        if path.extension().is_some_and(|extension| extension == "h") {
            headers.push(path);
        }
    }
    headers.sort();
    let mut whole = Model::default();
    for header in headers {
        let implementation = header.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let model = read(&Variant { version: Variant::NEWEST, implementation })?;
        // A header without MPI_Status is a part of the others.
        if !model.status.is_empty() {
            whole.merge(model);
        }
    }
    Ok(whole)
}
