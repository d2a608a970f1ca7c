//! `cargo xtask clean`: remove what the factory made.

use anyhow::Result;
use fs_err as fs;

use crate::factory::Factory;

/// Remove what the factory made: modules, tools, test environments and results, wheels.
///
/// Downloads stay unless --all is given; `cargo clean` removes all of target/, and so downloads too.
#[derive(clap::Args)]
pub struct Args {
    /// Remove downloads too.
    #[arg(long)]
    all: bool,
}

/// Runs the verb.
///
/// # Errors
/// When something cannot be removed, or is in use.
pub fn run(factory: &Factory, args: &Args) -> Result<()> {
    let _lock = factory.lock("build")?;
    let mut folders: Vec<_> =
        ["cells", "conformance", "factory", "modules", "tools"].map(|name| factory.target.join(name)).into();
    folders.push(factory.dist.clone());
    if args.all {
        folders.push(factory.target.join("cache"));
    }
    for folder in folders.iter().filter(|folder| folder.exists()) {
        fs::remove_dir_all(folder)?;
        println!("removed {}", folder.display());
    }
    Ok(())
}
