//! `cargo xtask test`: the finished wheel, installed by pip into clean environments, under real MPIs.

pub mod cell;
pub mod defects;
pub mod job;
mod processes;
pub mod record;
mod rust;
mod suite;
pub mod verdict;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::build_wheels;
use crate::factory::Factory;
use crate::python::Python;
use crate::table::Table;
use cell::Cell;
use suite::{Run, Session, Suite};
use verdict::Verdict;

/// Test the finished wheel under real MPI libraries.
///
/// Builds the wheel if it is not there, has pip install it from dist/simple into a clean environment beside each MPI
/// release, and runs its tests there. With no options: the default release, the first Python found.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    cells: cell::Choice,
    /// A suite; repeatable. All of them, when left out
    #[arg(long, value_name = "SUITE")]
    suite: Vec<Suite>,
    /// This wheel, instead of building this machine's
    #[arg(long, value_name = "FILE")]
    wheel: Option<PathBuf>,
    /// Only tests whose names match, as for pytest's -k; with --suite rust, whose names contain it
    #[arg(short = 'k', value_name = "EXPRESSION", allow_hyphen_values = true)]
    filter: Option<String>,
    /// The most seconds that one run may take before it is killed
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    timeout: u64,
    /// The most seconds in which no rank ends a test
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    silence: u64,
    /// Show what would run
    #[arg(long)]
    list: bool,
}

/// Runs the verb.
pub fn run(factory: &Factory, args: &Args) -> Result<()> {
    let cells = cell::chosen(factory, &args.cells)?;
    let runs = plan(&cells, args);
    if args.list {
        for run in &runs {
            println!("{}", run.title());
        }
        return Ok(());
    }
    let session = Session {
        factory,
        wheels: wheels(factory, args.wheel.as_deref(), &cells)?,
        filter: args.filter.as_deref(),
        limits: job::Limits {
            total: Duration::from_secs(args.timeout),
            silence: Duration::from_secs(args.silence),
        },
        defects: defects::read(factory)?,
    };
    let _alone = factory.lock("cells")?;
    job::end_jobs_when_interrupted()?;
    let mut report = Report::default();
    for run in &runs {
        let (verdict, seconds) = run.execute(&session)?;
        announce(factory, run, &verdict, seconds);
        report.add(run, verdict, seconds);
    }
    report.print();
    match report.failed {
        0 => Ok(()),
        failed => {
            bail!("{failed} failed: what each said is above; --release, --ranks and -k run a part again")
        }
    }
}

/// The wheel for a Python: the one asked for, or this machine's, built if its inputs changed.
pub fn finished_wheel(factory: &Factory, wish: Option<&Path>, python: &Python) -> Result<PathBuf> {
    match wish {
        Some(wheel) => Ok(fs_err::canonicalize(wheel)?),
        None => build_wheels::host_wheel(factory, &python.version),
    }
}

/// The wheel of each Python version.
pub fn wheels(factory: &Factory, wish: Option<&Path>, cells: &[Cell]) -> Result<BTreeMap<String, PathBuf>> {
    let mut wheels = BTreeMap::new();
    for Cell { python, .. } in cells {
        if !wheels.contains_key(&python.version) {
            wheels.insert(python.version.clone(), finished_wheel(factory, wish, python)?);
        }
    }
    Ok(wheels)
}

/// The runs of these cells: what does not depend on the release, or on Python, runs once; what hardly depends on either,
/// once for each of them.
fn plan<'a>(cells: &'a [Cell<'a>], args: &Args) -> Vec<Run<'a>> {
    let mut runs = Vec::new();
    for (index, cell) in cells.iter().enumerate() {
        let before = &cells[..index];
        for suite in Suite::ALL {
            let wanted =
                if args.suite.is_empty() { is_usual(suite, cell, args) } else { args.suite.contains(&suite) };
            let of_release = !before.iter().any(|other| other.release.id == cell.release.id);
            let of_python = !before.iter().any(|other| other.python.version == cell.python.version);
            let once = match suite {
                Suite::Wheel => of_python,
                Suite::Python => cell.release.inside.is_none() && (of_release || of_python),
                Suite::Clients => of_release && cell.release.header.is_some(),
                Suite::Rust | Suite::Large => of_release,
                Suite::Mpi => true,
            };
            if !wanted || !once {
                continue;
            }
            let ranks: Vec<_> = match suite {
                Suite::Wheel | Suite::Python | Suite::Clients => vec![None],
                Suite::Rust | Suite::Mpi => cell.ranks.iter().copied().map(Some).collect(),
                Suite::Large => vec![cell.ranks.last().copied()],
            };
            runs.extend(ranks.into_iter().map(|ranks| Run { cell, suite, ranks }));
        }
    }
    runs
}

/// Whether a suite runs without being asked for: beyond 2³¹ elements once, and with pytest's -k only what is pytest's.
fn is_usual(suite: Suite, cell: &Cell, args: &Args) -> bool {
    match suite {
        Suite::Wheel | Suite::Python | Suite::Clients | Suite::Mpi => true,
        Suite::Rust => args.filter.is_none(),
        Suite::Large => args.filter.is_none() && args.cells.all && cell.release.default,
    }
}

/// Tells at once what a run came to: its failures in full.
fn announce(factory: &Factory, run: &Run, verdict: &Verdict, seconds: f64) {
    for failure in &verdict.failures {
        let message = failure.message.trim_end().replace('\n', "\n    ");
        factory.progress.line(&format!("FAILED {}: {}\n    {message}", run.title(), failure.test));
    }
    factory.progress.line(&format!("{}: {} ({seconds:.1} s)", run.title(), counts(verdict)));
}

fn counts(verdict: &Verdict) -> String {
    format!("{} passed, {} failed, {} skipped", verdict.passed, verdict.failures.len(), verdict.skipped.len())
}

/// What all runs came to.
struct Report {
    table: Table,
    passed: usize,
    failed: usize,
    skipped: usize,
    /// By reason: how many, and one of them.
    reasons: BTreeMap<String, (usize, String)>,
}

impl Default for Report {
    fn default() -> Self {
        let table = Table::new([
            "release", "python", "suite", "ranks", "ran", "passed", "failed", "skipped", "seconds",
        ]);
        Self { table, passed: 0, failed: 0, skipped: 0, reasons: BTreeMap::new() }
    }
}

impl Report {
    fn add(&mut self, run: &Run, verdict: Verdict, seconds: f64) {
        self.table.row([
            run.cell.release.id.clone(),
            run.cell.python.version.clone(),
            run.suite.name().to_owned(),
            run.ranks.map_or_else(|| "-".to_owned(), |ranks| ranks.to_string()),
            verdict.ran().to_string(),
            verdict.passed.to_string(),
            verdict.failures.len().to_string(),
            verdict.skipped.len().to_string(),
            format!("{seconds:.1}"),
        ]);
        self.passed += verdict.passed;
        self.failed += verdict.failures.len();
        self.skipped += verdict.skipped.len();
        for (test, reason) in verdict.skipped {
            self.reasons.entry(reason).or_insert((0, test)).0 += 1;
        }
    }

    fn print(&self) {
        println!("\n{}", self.table);
        if !self.reasons.is_empty() {
            println!("skipped:");
            for (reason, (count, test)) in &self.reasons {
                println!("  {count} × {reason} (as {test})");
            }
            println!();
        }
        println!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped);
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn planned(words: &[&str]) -> Vec<String> {
        let args = Cli::parse_from([&["test"], words].concat()).args;
        let factory = Factory::open().unwrap();
        let host = factory.matrix.host().unwrap();
        let release = |id| factory.matrix.release(id).unwrap();
        let cell = |id, version: &str| Cell {
            release: release(id),
            site: release(id).on(host).unwrap(),
            python: Python { path: PathBuf::new(), version: version.to_owned() },
            ranks: vec![1, 2],
        };
        let cells = [
            cell("mpich-5.0.2", "3.11"),
            cell("mpich-4.3.2", "3.11"),
            cell("mpich-5.0.2", "3.12"),
            cell("mpich-4.3.2", "3.12"),
            cell("mpich-5.0.2-mpiabi", "3.12"),
        ];
        plan(&cells, &args).iter().map(Run::title).collect()
    }

    #[test]
    fn what_does_not_depend_on_the_release_or_python_runs_once() {
        assert_eq!(planned(&["--suite", "wheel"]), ["mpich-5.0.2-cp311 wheel", "mpich-5.0.2-cp312 wheel"]);
        assert_eq!(
            planned(&["--suite", "python"]),
            ["mpich-5.0.2-cp311 python", "mpich-4.3.2-cp311 python", "mpich-5.0.2-cp312 python"]
        );
        assert_eq!(
            planned(&["--suite", "clients"]),
            ["mpich-5.0.2-cp311 clients", "mpich-4.3.2-cp311 clients", "mpich-5.0.2-mpiabi-cp312 clients"]
        );
        let rust = planned(&["--suite", "rust"]);
        assert_eq!(rust.len(), 6);
        assert_eq!(rust[0], "mpich-5.0.2-cp311 rust, 1 rank");
        assert_eq!(planned(&["--suite", "mpi"]).len(), 10);
    }

    #[test]
    fn memory_is_filled_only_when_asked_for() {
        assert!(!planned(&[]).iter().any(|title| title.contains("large")));
        assert_eq!(planned(&["--suite", "large"])[0], "mpich-5.0.2-cp311 large, 2 ranks");
    }
}
