//! Timing in turn what is compared, each in processes of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fs_err as fs;
use serde::Deserialize;
use serde_json::Value;

use crate::factory::Factory;
use crate::test::cell::Cell;
use crate::test::job::{self, End, Limits};
use crate::tools::Environment;

/// The most a process may take; a table takes seconds.
const LIMIT: Duration = Duration::from_secs(600);

const IMPORT: &str = "\
from time import perf_counter_ns as now
start = now()
from mpi4py import MPI
print('{\"nanoseconds\": {\"import\": %d}, \"library\": \"\", \"failed\": {}}' % (now() - start))
";

/// What one job says.
#[derive(Deserialize)]
pub struct Answer {
    library: String,
    /// In the order of the tables.
    nanoseconds: serde_json::Map<String, Value>,
    failed: BTreeMap<String, String>,
}

/// The best times of one side, by statement.
#[derive(Default)]
pub struct Times {
    pub library: String,
    pub best: Vec<(String, f64)>,
    pub failed: BTreeMap<String, String>,
}

impl Times {
    fn take(&mut self, answer: Answer) {
        self.library = answer.library;
        self.failed.extend(answer.failed);
        for (name, time) in answer.nanoseconds {
            let time = time.as_f64().unwrap_or(f64::INFINITY);
            match self.best.iter_mut().find(|(known, _)| *known == name) {
                Some((_, best)) => *best = best.min(time),
                None => self.best.push((name, time)),
            }
        }
    }

    /// The best time of a statement, if it worked.
    pub fn of(&self, name: &str) -> Option<f64> {
        self.best.iter().find(|(known, _)| known == name).map(|(_, time)| *time)
    }
}

/// One MPI, and the environments with the two packages: ours first.
pub struct Bench<'a> {
    pub factory: &'a Factory,
    pub cell: Cell<'a>,
    pub sides: [Environment; 2],
}

impl Bench<'_> {
    /// Times the tables of `group` for `ranks`, in `rounds` rounds.
    pub fn statements(&self, group: &str, ranks: u32, rounds: u32, filter: &str) -> Result<[Times; 2]> {
        let script = self.factory.root.join("tests/bench/run.py");
        let words = |python: PathBuf| {
            let ranks = ranks.to_string();
            let options = ["--group", group, "--repeat", "10", "-k", filter, "--ranks", &ranks];
            let options = options.map(PathBuf::from);
            [python, "-I".into(), "-B".into(), script.clone()].into_iter().chain(options).collect()
        };
        self.alternate(format!("statements, ranks {ranks}"), rounds, |side| {
            self.ask(Some(ranks), &self.sides[side], &words)
        })
    }

    /// Times the import in fresh processes.
    pub fn import(&self, rounds: u32) -> Result<[Times; 2]> {
        let words = |python: PathBuf| vec![python, "-I".into(), "-c".into(), IMPORT.into()];
        let ranks = (!self.cell.release.singleton).then_some(1);
        self.alternate("import".to_owned(), rounds, |side| self.ask(ranks, &self.sides[side], &words))
    }

    /// Asks all sides in turn, another one first in every round: a busy moment hits each.
    pub fn alternate<const N: usize>(
        &self,
        name: String,
        rounds: u32,
        ask: impl Fn(usize) -> Result<Answer>,
    ) -> Result<[Times; N]> {
        let task = self.factory.progress.count(name, u64::from(rounds));
        let mut times = std::array::from_fn(|_| Times::default());
        for round in 0..rounds as usize {
            for side in (0..N).map(|turn| (round + turn) % N) {
                times[side].take(ask(side)?);
            }
            task.inc();
        }
        task.done(&format!("{rounds} rounds"));
        Ok(times)
    }

    /// Starts the program `words`, given the Python of `side`, and takes its answer.
    pub fn ask(
        &self,
        ranks: Option<u32>,
        side: &Environment,
        words: &dyn Fn(PathBuf) -> Vec<PathBuf>,
    ) -> Result<Answer> {
        let directory = self.directory(side)?;
        let mut command = self.cell.command(side, ranks, &words(side.python()))?;
        command.current_dir(&directory);
        let end = job::run(command, &directory, Limits { total: LIMIT, silence: LIMIT }, || ())?;
        parse(&directory, &end)
    }

    /// Where programs run in the environment of `side`.
    pub fn directory(&self, side: &Environment) -> Result<PathBuf> {
        let directory = side.root().join("runs/bench");
        fs::create_dir_all(&directory)?;
        Ok(directory)
    }
}

fn parse(directory: &Path, end: &End) -> Result<Answer> {
    let output = fs::read(directory.join("output"))?;
    let output = String::from_utf8_lossy(&output);
    let answer = output.lines().rev().find(|line| line.starts_with('{'));
    match (end, answer) {
        (End::Exited { success: true, .. }, Some(line)) => {
            Ok(serde_json::from_str(line).context("the answer of the benchmark")?)
        }
        (End::Exited { status, .. }, _) => bail!("the benchmark ended with {status}:\n{output}"),
        (End::Killed(why), _) => bail!("{why}:\n{output}"),
    }
}
