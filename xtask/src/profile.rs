//! `cargo xtask profile`: count what a run of `tests/bench` calls, for the compiler of this machine's modules.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use fs_err as fs;

use crate::{
    digest::files_below,
    factory::Factory,
    fetch::megabytes,
    module::{
        Compiler, Module,
        profile::{self, Profile},
    },
    python::Python,
    rustc::{self, Rustc},
    test::{
        cell::Cell,
        job::{self, End, Limits},
    },
    tools::{self, Environment},
};

/// How often each statement runs. They count alike, however long they take.
const CALLS: &str = "1000";

/// The most a run may take; it takes seconds.
const LIMIT: Duration = Duration::from_secs(300);

/// Take the profile by which this machine's modules are compiled.
///
/// Compiles modules that count, runs the statements of tests/bench with them on the matrix's default release, and writes
/// the file of `bindings/profiles/` for this compiler and version, which is to be committed; those of older versions can go.
/// Take it anew when much of the code has changed, too: what the profile does not know is compiled as if it were never called.
/// Needs rustup's component llvm-tools.
#[derive(clap::Args)]
pub struct Args {}

/// Runs the verb.
///
/// # Errors
/// When llvm-tools is missing, a module does not compile, or a statement fails.
pub fn run(factory: &Factory, _: &Args) -> Result<()> {
    let _lock = factory.lock("build")?;
    let (platform, rustc) = (factory.matrix.host()?, Rustc::find()?);
    let merge = profdata(&platform.target)?;
    let cell = cell(factory)?;
    let work = factory.target.join("factory/profile");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    let packages = work.join("packages");
    package(factory, &packages)?;
    let compiler = Compiler::new(factory, platform, &rustc, Profile::Taken, 1)?;
    for module in Module::of_variants(std::slice::from_ref(&cell.site.variant)) {
        let task = factory.progress.task(module.title());
        let artifact = compiler.artifact(&module, "counting", &task)?;
        fs::copy(artifact, packages.join(module.name(platform)))?;
        task.done("compiled");
    }
    let environment = cell.released(factory)?;
    for &ranks in &cell.ranks {
        count(factory, &cell, &environment, ranks, &work)?;
    }
    let counts: Vec<_> = files_below(&work)?
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "profraw"))
        .collect();
    ensure!(!counts.is_empty(), "the modules have counted nothing");
    let (merged, file) = (work.join("merged"), profile::file(&factory.root, platform, &rustc));
    tools::run(Command::new(merge).arg("merge").arg("-o").arg(&merged).args(counts))?;
    keep(&merged, &file)?;
    println!("{}: {}", file.display(), megabytes(fs::metadata(&file)?.len()));
    Ok(())
}

/// The program that merges what processes have counted.
fn profdata(target: &str) -> Result<PathBuf> {
    let program = rustc::sysroot()?.join("lib/rustlib").join(target).join("bin/llvm-profdata");
    let program = program.with_extension(env::consts::EXE_EXTENSION);
    ensure!(program.is_file(), "{} is missing: `rustup component add llvm-tools`", program.display());
    Ok(program)
}

/// The default release, with the first Python that this machine has.
fn cell(factory: &Factory) -> Result<Cell<'_>> {
    let (matrix, host) = (&factory.matrix, factory.matrix.host()?);
    let release = matrix.default_release();
    let site = release.on(host).with_context(|| format!("{} does not exist for {}", release.id, host.id))?;
    let python = matrix.pythons.versions().find_map(Python::of_version);
    let python = python.context("this machine has no Python of the matrix")?;
    Ok(Cell { release, site, python, ranks: release.launch.ranks.clone() })
}

/// The package of Python sources, for modules to join.
fn package(factory: &Factory, packages: &Path) -> Result<()> {
    let sources = factory.root.join("bindings/mpi4py/python");
    for file in files_below(&sources)? {
        let copy = packages.join(file.strip_prefix(&sources)?);
        fs::create_dir_all(copy.parent().context("a file is in a folder")?)?;
        fs::copy(&file, copy)?;
    }
    Ok(())
}

/// Runs the statements for `ranks`; each process leaves its counts in `work`.
fn count(
    factory: &Factory,
    cell: &Cell<'_>,
    environment: &Environment,
    ranks: u32,
    work: &Path,
) -> Result<()> {
    let task = factory.progress.task(format!("statements, ranks {ranks}"));
    let script = factory.root.join("tests/bench/run.py");
    let directory = work.join(ranks.to_string());
    fs::create_dir_all(&directory)?;
    let mut words = vec![environment.python(), "-B".into(), script];
    words.extend(["--calls", CALLS, "--ranks", &ranks.to_string()].map(PathBuf::from));
    let mut command = cell.command(environment, Some(ranks), &words)?;
    command.current_dir(&directory).env("PYTHONPATH", work.join("packages"));
    command.env("LLVM_PROFILE_FILE", directory.join("%m-%p.profraw"));
    let end = job::run(command, &directory, Limits { total: LIMIT, silence: LIMIT }, || ())?;
    let said = String::from_utf8_lossy(&fs::read(directory.join("output"))?).into_owned();
    match end {
        End::Exited { success: true, .. } if said.contains("\"failed\": {}") => {
            task.done("counted");
            Ok(())
        }
        End::Exited { status, .. } => bail!("the statements ended with {status}:\n{said}"),
        End::Killed(why) => bail!("{why}:\n{said}"),
    }
}

/// Moves the profile to its place.
fn keep(merged: &Path, file: &Path) -> Result<()> {
    let folder = file.parent().context("a profile is in a folder")?;
    fs::create_dir_all(folder)?;
    let staged = folder.join(".new");
    fs::copy(merged, &staged)?;
    Ok(fs::rename(staged, file)?)
}
