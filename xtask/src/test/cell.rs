//! What is tested: releases, Pythons, rank counts; and the environment a cell's tests run in.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use fs_err as fs;

use crate::digest::{self, Key};
use crate::factory::Factory;
use crate::fetch::{Wheel, fetch};
use crate::matrix::{Release, Site};
use crate::python::Python;
use crate::test::job;
use crate::tools::{self, Environment};

/// A release, as tested with one Python.
pub struct Cell<'a> {
    pub release: &'a Release,
    pub site: &'a Site,
    pub python: Python,
    pub ranks: Vec<u32>,
}

/// The cells that a command asks for. With no options: the default release, the first Python found.
#[derive(clap::Args)]
pub struct Choice {
    /// A release of the matrix, as mpich-4.3.2; repeatable
    #[arg(long, value_name = "RELEASE", conflicts_with = "all")]
    release: Vec<String>,
    /// Every release that is tested here, on every Python of the matrix that this machine has
    #[arg(long)]
    pub all: bool,
    /// A Python version, as 3.12; repeatable
    #[arg(long, value_name = "VERSION")]
    python: Vec<String>,
    /// Rank counts, instead of those the matrix gives; repeatable
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    ranks: Vec<u32>,
}

/// The cells that `choice` asks for.
pub fn chosen<'a>(factory: &'a Factory, choice: &Choice) -> Result<Vec<Cell<'a>>> {
    let pythons = pythons(factory, choice)?;
    let mut cells = Vec::new();
    for release in releases(factory, choice)? {
        let host = factory.matrix.host()?;
        let Some(site) = release.on(host) else {
            bail!("{} does not exist for {}: `cargo xtask matrix` shows what does", release.id, host.id);
        };
        let ranks = if choice.ranks.is_empty() { release.launch.ranks.clone() } else { choice.ranks.clone() };
        for python in &pythons {
            cells.push(Cell { release, site, python: python.clone(), ranks: ranks.clone() });
        }
    }
    Ok(cells)
}

fn releases<'a>(factory: &'a Factory, choice: &Choice) -> Result<Vec<&'a Release>> {
    let matrix = &factory.matrix;
    if choice.all {
        let host = matrix.host()?;
        return Ok(matrix
            .releases()
            .iter()
            .filter(|release| release.test && release.on(host).is_some())
            .collect());
    }
    if choice.release.is_empty() {
        return Ok(vec![matrix.default_release()]);
    }
    choice.release.iter().map(|id| matrix.release(id)).collect()
}

/// The Pythons asked for; without a wish, the first this machine has, or with `--all` every one it has.
fn pythons(factory: &Factory, choice: &Choice) -> Result<Vec<Python>> {
    if !choice.python.is_empty() {
        let find = |version: &String| {
            factory.matrix.pythons.abi(version)?;
            Python::of_version(version).with_context(|| {
                format!("Python {version} is not on this machine: install it and put it on PATH")
            })
        };
        return choice.python.iter().map(find).collect();
    }
    let mut found = Vec::new();
    for version in factory.matrix.pythons.versions() {
        match Python::of_version(version) {
            Some(python) => found.push(python),
            None if choice.all => {
                factory
                    .progress
                    .line(&format!("Python {version} is not on this machine: its cells are left out"));
            }
            None => {}
        }
        if !choice.all && !found.is_empty() {
            break;
        }
    }
    if found.is_empty() {
        let versions: Vec<_> = factory.matrix.pythons.versions().collect();
        bail!("this machine has none of Python {}: install one and put it on PATH", versions.join(", "));
    }
    Ok(found)
}

impl Cell<'_> {
    /// `mpich-4.3.2-cp311`.
    pub fn name(&self) -> String {
        format!("{}-{}", self.release.id, self.python.tag())
    }

    /// The environment with the release, the pinned test packages and the finished wheel: kept while all of them are
    /// the same, made from nothing when one is not. A release in another one's package shares its environment.
    pub fn environment(&self, factory: &Factory, wheel: &Path) -> Result<Environment> {
        let wheels = self.wheels(factory, &["test"])?;
        let mut key = Key::default();
        key.add("python", self.python.path.to_string_lossy().as_bytes());
        key.add("mpi4py", digest::of_file(wheel)?);
        for wheel in &wheels {
            key.add(wheel.name, wheel.sha256);
        }
        let name = format!("{}-{}-{}", self.release.package, self.release.version, self.python.tag());
        let place = factory.target.join("cells").join(&name);
        let stamp = place.join("made-of");
        if fs::read_to_string(&stamp).is_ok_and(|made_of| made_of == key.finish()) {
            return Ok(Environment::at(&place));
        }
        let files: Vec<PathBuf> = wheels.iter().map(|wheel| fetch(factory, wheel)).collect::<Result<_>>()?;
        let task = factory.progress.task(format!("environment {name}"));
        let environment = Environment::create(&place, &self.python, &files)?;
        install(factory, &environment, wheel)?;
        fs::write(stamp, key.finish())?;
        task.done("made");
        Ok(environment)
    }

    /// The same environment with the released mpi4py instead of the finished wheel.
    pub fn released(&self, factory: &Factory) -> Result<Environment> {
        let name = format!("released-{}-{}", self.release.package, self.release.version);
        let wheels = self.wheels(factory, &["test", "released"])?;
        Environment::of_wheels(factory, &name, &self.python, &wheels)
    }

    /// The release's wheel, and those of the packages of the environments called `names`.
    fn wheels<'a>(&'a self, factory: &'a Factory, names: &[&str]) -> Result<Vec<Wheel<'a>>> {
        let host = factory.matrix.host()?;
        let release = Wheel::of_release(self.release, host).context("the release exists here")?;
        let packages = names.iter().flat_map(|name| factory.matrix.packages.environment(name));
        let packages = packages.map(|package| Wheel::of_package(package, host, &self.python));
        [Ok(release)].into_iter().chain(packages).collect()
    }

    /// The program `words`, as the user of `environment` would start it: with `ranks` under the release's `mpiexec`.
    pub fn command(
        &self,
        environment: &Environment,
        ranks: Option<u32>,
        words: &[PathBuf],
    ) -> Result<Command> {
        let launch = &self.release.launch;
        let mut command = match ranks {
            Some(ranks) => {
                let mut mpiexec = Command::new(environment.root().join(&self.site.launcher));
                mpiexec.args(&launch.arguments).arg("-n").arg(ranks.to_string()).arg(&words[0]);
                mpiexec
            }
            None => Command::new(&words[0]),
        };
        command.args(&words[1..]);
        isolate(&mut command);
        command.envs(&launch.environment).env("PATH", environment.path()?);
        command.envs(launch.false_start.iter().map(|text| (job::FALSE_START, text)));
        if self.release.inside.is_some() {
            command.env("MPI4PY_MPIABI", &self.release.implementation);
        }
        Ok(command)
    }
}

/// Has pip install the finished wheel as a user would: by name, from the index in `dist/simple`; or a wheel from
/// elsewhere, by its file.
fn install(factory: &Factory, environment: &Environment, wheel: &Path) -> Result<()> {
    let mut pip = environment.pip();
    pip.args(["install", "--quiet", "--no-deps", "--no-cache-dir", "--only-binary=:all:"]);
    for variable in ["PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"] {
        pip.env_remove(variable);
    }
    if wheel.parent() == Some(&factory.dist) {
        let name = wheel.file_name().and_then(|name| name.to_str()).context("a wheel has a name")?;
        let version = name.split('-').nth(1).with_context(|| format!("{name} is not named like a wheel"))?;
        let index = format!("file://{}", factory.dist.join("simple").display());
        pip.args(["--index-url", &index, &format!("mpi4py=={version}")]);
    } else {
        pip.arg("--no-index").arg(wheel);
    }
    tools::run(&mut pip).with_context(|| format!("pip does not install {}", wheel.display()))
}

/// One more release per implementation that has modules of its own here, for tests that need a wrong or a second MPI.
pub fn other_roots(factory: &Factory, python: &Python) -> Result<Vec<PathBuf>> {
    let host = factory.matrix.host()?;
    let mut roots = Vec::new();
    for implementation in factory.matrix.implementations.values() {
        let own = |release: &&Release| {
            release.implementation == implementation.name && release.test && release.inside.is_none()
        };
        let candidates = || factory.matrix.releases().iter().filter(own);
        let release = candidates().find(|release| release.default).or_else(|| candidates().next_back());
        if let (Some(release), None) = (release, implementation.served_by(&host.id)) {
            let wheel = Wheel::of_release(release, host).into_iter().collect::<Vec<_>>();
            roots.push(Environment::of_wheels(factory, &release.id, python, &wheel)?.root().to_owned());
        }
    }
    Ok(roots)
}

/// Keeps the caller's own MPI and Python settings from a command, cargo's library path included.
fn isolate(command: &mut Command) {
    const PREFIXES: [&str; 9] =
        ["MPI4PY_", "PYTHON", "PMI_", "PMIX_", "OMPI_COMM_", "PRTE_", "SLURM_", "FLUX_", "PALS_"];
    const NAMES: [&str; 4] = ["LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "I_MPI_ROOT"];
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if PREFIXES.iter().any(|prefix| text.starts_with(prefix)) || NAMES.contains(&&*text) {
            command.env_remove(&name);
        }
    }
}
