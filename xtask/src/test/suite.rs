//! One run: a suite of tests, in a cell's environment, alone or under its `mpiexec`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};
use fs_err as fs;

use super::cell::{self, Cell};
use super::defects::{self, Defect};
use super::job::{self, End, Limits};
use super::verdict::{self, Verdict};
use super::{record, rust};
use crate::factory::Factory;
use crate::module::Module;
use crate::tools::Environment;
use crate::wheel::Tag;

/// Which tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Suite {
    /// `tests/wheel`: what the wheel holds
    Wheel,
    /// `tests/python`: the pure-Python package and the loader
    Python,
    /// The Rust tests of mpi-api, under `mpiexec`
    Rust,
    /// `tests/mpi`, under `mpiexec`
    Mpi,
}

impl Suite {
    /// Every suite, in the order they run.
    pub const ALL: [Self; 4] = [Self::Wheel, Self::Python, Self::Rust, Self::Mpi];

    /// Its name, which is its folder's below `tests/`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wheel => "wheel",
            Self::Python => "python",
            Self::Rust => "rust",
            Self::Mpi => "mpi",
        }
    }
}

/// What all runs of one `cargo xtask test` share.
pub struct Session<'a> {
    pub factory: &'a Factory,
    /// The finished wheel for each Python version.
    pub wheels: BTreeMap<String, PathBuf>,
    /// pytest's `-k`.
    pub filter: Option<&'a str>,
    pub limits: Limits,
    pub defects: Vec<Defect>,
}

/// A suite in a cell.
pub struct Run<'a> {
    pub cell: &'a Cell<'a>,
    pub suite: Suite,
    /// The ranks that `mpiexec` starts; none is a process without `mpiexec`.
    pub ranks: Option<u32>,
}

impl Run<'_> {
    /// For people: `mpich-4.3.2-cp311 mpi, 2 ranks`.
    pub fn title(&self) -> String {
        let ranks = self.ranks.map(|ranks| format!(", {ranks} rank{}", if ranks == 1 { "" } else { "s" }));
        format!("{} {}{}", self.cell.name(), self.suite.name(), ranks.unwrap_or_default())
    }

    /// Runs it: what it came to, and the seconds it took.
    pub fn execute(&self, session: &Session) -> Result<(Verdict, f64)> {
        let environment = self.cell.environment(session.factory, self.wheel(session))?;
        let program = match self.suite {
            Suite::Rust => rust::programs(session.factory, &self.cell.site.variant)?,
            Suite::Wheel | Suite::Python | Suite::Mpi => vec![self.pytest(session, &environment)],
        };
        let started = Instant::now();
        let mut verdict = Verdict::default();
        for program in program {
            let directory = self.fresh_directory(session, &environment)?;
            let command = self.command(session, &environment, &directory, program)?;
            let task = session.factory.progress.task(self.title());
            let end = job::run(command, &directory, session.limits, |ended| task.message(format!("{ended} tests")))?;
            drop(task);
            verdict.merge(self.judge(&directory, &end)?);
        }
        Ok((verdict, started.elapsed().as_secs_f64()))
    }

    fn wheel<'s>(&self, session: &'s Session) -> &'s Path {
        &session.wheels[&self.cell.python.version]
    }

    fn judge(&self, directory: &Path, end: &End) -> Result<Verdict> {
        let output = fs::read(directory.join("output")).unwrap_or_default();
        let output = String::from_utf8_lossy(&output);
        let ranks = self.ranks.unwrap_or(1) as usize;
        Ok(match self.suite {
            Suite::Rust => rust::judge(&output, end),
            _ => verdict::judge(&record::read_all(directory)?, ranks, end).with_output(&output),
        })
    }

    /// Where the run's processes record, and work.
    fn fresh_directory(&self, session: &Session, environment: &Environment) -> Result<PathBuf> {
        let run = format!("{}-{}-{}", self.cell.release.id, self.suite.name(), self.ranks.unwrap_or(0));
        let directory = environment.root().join("runs").join(run);
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory)?;
        let ranks = self.ranks.unwrap_or(1);
        let defects = directory.join("defects.json");
        defects::write(&session.defects, self.suite.name(), &self.cell.release.id, ranks, &defects)?;
        Ok(directory)
    }

    fn pytest(&self, session: &Session, environment: &Environment) -> Vec<PathBuf> {
        let tests = session.factory.root.join("tests");
        let mut words: Vec<PathBuf> = vec![environment.python()];
        words.extend(["-I", "-B", "-m", "pytest", "--config-file"].map(Into::into));
        words.extend([tests.join("pytest.ini"), "--rootdir".into(), tests.clone()]);
        if let Some(filter) = session.filter {
            words.extend(["-k".into(), filter.into()]);
        }
        words.push(tests.join(self.suite.name()));
        words
    }

    fn command(
        &self,
        session: &Session,
        environment: &Environment,
        directory: &Path,
        program: Vec<PathBuf>,
    ) -> Result<Command> {
        let (root, release, site) = (environment.root(), self.cell.release, self.cell.site);
        let launcher = root.join(&site.launcher);
        let mut words = program.into_iter();
        let mut command = if let Some(ranks) = self.ranks {
            let mut mpiexec = Command::new(&launcher);
            mpiexec.args(&release.launch.arguments).arg("-n").arg(ranks.to_string());
            mpiexec
        } else {
            Command::new(words.next().context("a program has a name")?)
        };
        command.args(words).current_dir(directory);
        cell::isolate(&mut command);
        command
            .envs(&release.launch.environment)
            .env("PATH", environment.path()?)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("MPI_API_LIBRARY", root.join(&site.library))
            .env("MPI4PY_TEST_DEFECTS", directory.join("defects.json"))
            .env("MPI4PY_TEST_MPIEXEC", launcher)
            .env("MPI4PY_TEST_PREFIX", root)
            .env("MPI4PY_TEST_RANKS", self.ranks.unwrap_or(1).to_string())
            .env("MPI4PY_TEST_RELEASE", &release.id)
            .env("MPI4PY_TEST_SINGLETON", if release.singleton { "1" } else { "0" })
            .env("MPI4PY_TEST_VARIANT", site.variant.to_string())
            .env("MPI4PY_TEST_WHEEL", self.wheel(session));
        if release.inside.is_some() {
            command.env("MPI4PY_MPIABI", &release.implementation);
        }
        match self.suite {
            Suite::Python => {
                let roots = cell::other_roots(session.factory, &self.cell.python)?;
                command.env("MPI4PY_TEST_OTHER_MPI_ROOTS", std::env::join_paths(roots)?);
            }
            Suite::Wheel => {
                let matrix = &session.factory.matrix;
                let (host, abi) = (matrix.host()?, matrix.pythons.abi(&self.cell.python.version)?);
                let modules = Module::of_variants(&matrix.variants(host));
                let names: Vec<_> = modules.iter().map(|module| module.name(host)).collect();
                command.env("MPI4PY_TEST_MODULES", names.join(" "));
                command.env("MPI4PY_TEST_TAG", Tag::new(abi, host).to_string());
            }
            Suite::Rust | Suite::Mpi => {}
        }
        Ok(command)
    }
}
