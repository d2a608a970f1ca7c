//! `cargo xtask bench`.

use anyhow::{Result, bail};

use crate::factory::Factory;

/// Measure time per call, against the released mpi4py.
#[derive(clap::Args)]
pub struct Args {}

/// Runs the verb.
///
/// # Errors
/// Always: it is yet to come.
pub fn run(_factory: &Factory, _args: &Args) -> Result<()> {
    bail!("yet to come")
}
