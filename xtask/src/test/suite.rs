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
    /// `tests/clients`: extension modules of C, C++, Cython and SWIG that are compiled with the package and an MPI
    Clients,
    /// The Rust tests of mpi-api, under `mpiexec`
    Rust,
    /// `tests/mpi`, under `mpiexec`
    Mpi,
    /// The Rust tests beyond 2³¹ elements: 7 GiB a rank
    Large,
}

impl Suite {
    /// Every suite, in the order they run.
    pub const ALL: [Self; 6] = [Self::Wheel, Self::Python, Self::Clients, Self::Rust, Self::Mpi, Self::Large];

    /// Its name, which is its folder's below `tests/`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wheel => "wheel",
            Self::Python => "python",
            Self::Clients => "clients",
            Self::Rust => "rust",
            Self::Mpi => "mpi",
            Self::Large => "large",
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
        let started = Instant::now();
        let verdict = match self.suite {
            Suite::Wheel | Suite::Python | Suite::Clients | Suite::Mpi => {
                let words = self.pytest(session, &environment);
                let (directory, end) = self.start(session, &environment, &words, &[])?;
                let ranks = self.ranks.unwrap_or(1) as usize;
                let records = record::read_all(&directory)?;
                verdict::judge(&records, ranks, &end).with_output(&output(&directory)?)
            }
            Suite::Rust => self.rust(session, &environment, rust::MODES)?,
            Suite::Large => self.large(session, &environment)?,
        };
        Ok((verdict, started.elapsed().as_secs_f64()))
    }

    fn rust(&self, session: &Session, environment: &Environment, modes: &[rust::Mode]) -> Result<Verdict> {
        let mut verdict = Verdict::default();
        for mode in modes {
            let mut words = vec![rust::program(session.factory, &self.cell.site.variant, mode)?];
            words.extend(session.filter.map(PathBuf::from));
            let (directory, end) = self.start(session, environment, &words, mode.environment)?;
            verdict.merge(rust::judge(&output(&directory)?, &end).within(&mode.environment.join(" ")));
        }
        Ok(verdict)
    }

    fn large(&self, session: &Session, environment: &Environment) -> Result<Verdict> {
        let needed = u64::from(self.ranks.unwrap_or(1)) * rust::LARGE_BYTES_PER_RANK;
        if rust::free_memory().is_some_and(|free| free < needed) {
            let reason = format!("needs {} GiB of free memory", needed >> 30);
            return Ok(Verdict { skipped: vec![("all".to_owned(), reason)], ..Verdict::default() });
        }
        self.rust(session, environment, rust::LARGE)
    }

    /// Starts the program in a fresh directory, where its processes record; ends with it.
    fn start(
        &self,
        session: &Session,
        environment: &Environment,
        words: &[PathBuf],
        set: &[&str],
    ) -> Result<(PathBuf, End)> {
        let name = [&self.cell.release.id, self.suite.name(), &self.ranks.unwrap_or(0).to_string()].join("-");
        let directory = environment.root().join("runs").join([&[name.as_str()], set].concat().join("-"));
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory)?;
        let mut command = self.command(session, environment, &directory, words)?;
        command.envs(set.iter().map(|variable| (variable, "1")));
        let task = session.factory.progress.task(self.title());
        let end = job::run(command, &directory, session.limits, || {
            if task.is_shown() {
                task.message(progress(&directory));
            }
        })?;
        Ok((directory, end))
    }

    fn wheel<'s>(&self, session: &'s Session) -> &'s Path {
        &session.wheels[&self.cell.python.version]
    }

    fn pytest(&self, session: &Session, environment: &Environment) -> Vec<PathBuf> {
        let tests = session.factory.root.join("tests");
        let mut words: Vec<PathBuf> = vec![environment.python()];
        words.extend(["-I", "-B", "-m", "pytest", "--color=no", "--config-file"].map(Into::into));
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
        words: &[PathBuf],
    ) -> Result<Command> {
        let (root, release, site) = (environment.root(), self.cell.release, self.cell.site);
        let defects = directory.join("defects.json");
        let ranks = self.ranks.unwrap_or(1);
        defects::write(&session.defects, self.suite.name(), &release.id, ranks, &defects)?;
        let mut command = self.cell.command(environment, self.ranks, words)?;
        command
            .current_dir(directory)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("MPI_API_LIBRARY", root.join(&site.library))
            .env("MPI4PY_TEST_DEFECTS", defects)
            .env("MPI4PY_TEST_MPIEXEC", root.join(&site.launcher))
            .env("MPI4PY_TEST_PREFIX", root)
            .env("MPI4PY_TEST_RANKS", ranks.to_string())
            .env("MPI4PY_TEST_RELEASE", &release.id)
            .env("MPI4PY_TEST_SINGLETON", if release.singleton { "1" } else { "0" })
            .env("MPI4PY_TEST_VARIANT", site.variant.to_string())
            .env("MPI4PY_TEST_WHEEL", self.wheel(session));
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
                let typing = Environment::named(session.factory, "typing", &self.cell.python)?;
                command.env("MPI4PY_TEST_TYPING", typing.root());
            }
            Suite::Clients => {
                let header = release.header.as_ref().context("a release without mpi.h has no clients")?;
                command.env("MPI4PY_TEST_HEADER", root.join(header));
                let tools = Environment::named(session.factory, "clients", &self.cell.python)?;
                command.env("MPI4PY_TEST_CLIENTS", tools.root());
            }
            Suite::Rust | Suite::Large | Suite::Mpi => {}
        }
        Ok(command)
    }
}

/// What a job printed.
fn output(directory: &Path) -> Result<String> {
    Ok(String::from_utf8_lossy(&fs::read(directory.join("output"))?).into_owned())
}

/// How far the slowest rank is.
fn progress(directory: &Path) -> String {
    // A record half written is read the next time.
    let records = record::read_all(directory).unwrap_or_default();
    let slowest = records.iter().min_by_key(|record| record.ended.len());
    slowest.map(|record| format!("{} of {} tests", record.ended.len(), record.collected)).unwrap_or_default()
}
