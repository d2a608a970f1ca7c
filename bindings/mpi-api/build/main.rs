//! Generates the whole newest MPI over one variant: a caller, a slot and an "unsupported" stub for every
//! function, the emulations that follow from prototypes alone, and a value for every constant.

mod constants;
mod functions;
mod integers;
mod narrow;

use std::collections::BTreeMap;
use std::path::Path;

use mpi_stubs::Variant;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A function expressed with others.
struct Emulation {
    /// Its path in Rust.
    path: String,
    /// The function that the library must have itself.
    needs: Option<String>,
}

/// By the name of the function they stand for.
type Emulations = BTreeMap<String, Emulation>;

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/emulate");
    let model = mpi_stubs::read_for(&Variant::from_env()?, &std::env::var("TARGET")?)?;
    let mut whole = mpi_stubs::whole()?;
    // What constants point to are functions too, but not ones to call.
    whole
        .functions
        .retain(|function| function.name.starts_with("MPI_") || function.name.starts_with("MPIX_"));
    let (mut emulations, large) = handwritten(Path::new("src/emulate"))?;
    if let Some(name) = emulations.keys().find(|name| whole.function(name).is_none()) {
        return Err(format!("src/emulate has {name}, which no stub header declares").into());
    }
    let mut out = String::new();
    narrow::generate(&mut out, &whole, &mut emulations, &large)?;
    integers::generate(&mut out, &whole, &model, &mut emulations)?;
    functions::generate(&mut out, &whole, &model, &emulations)?;
    constants::generate(&mut out, &whole, &model)?;
    fs_err::write(Path::new(&std::env::var("OUT_DIR")?).join("api.rs"), out)?;
    Ok(())
}

/// The functions that `src/emulate` defines, one file per chapter: to write one there is to register it. And the paths
/// of what it has, as `large_MPI_…`, for calls of an emulation that is otherwise written by `narrow`.
fn handwritten(folder: &Path) -> Result<(Emulations, BTreeMap<String, String>)> {
    let (mut found, mut large) = (Emulations::new(), BTreeMap::new());
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let chapter = path.file_stem().unwrap_or_default().to_string_lossy();
        for line in fs_err::read_to_string(&path)?.lines() {
            let Some((head, _)) =
                line.strip_prefix("pub(crate) unsafe ").and_then(|rest| rest.split_once('('))
            else {
                continue;
            };
            if let Some(name) = head.strip_prefix("extern \"C\" fn ").filter(|name| name.starts_with("MPI")) {
                let path = format!("emulate::{chapter}::{name}");
                found.insert(name.to_owned(), Emulation { path, needs: None });
            } else if let Some(name) = head.strip_prefix("fn large_") {
                large.insert(name.to_owned(), format!("crate::emulate::{chapter}::large_{name}"));
            }
        }
    }
    Ok((found, large))
}
