//! `cargo xtask conformance`: the released mpi4py's own tests, on the finished wheel and on the released one.

mod finding;
mod page;
mod report;
mod rules;
mod side;
mod source;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::factory::Factory;
use crate::test::cell::{self, Cell};
use crate::test::{job, wheels};
use finding::Finding;
use report::{CellReport, FileReport, Report};
use rules::Rules;
use side::{Bench, Side};
use source::{Source, TestFile};

/// How many failing tests of one file are named on the terminal.
const NAMED: usize = 10;

/// Run the released mpi4py's own tests on the finished wheel, and on the released one for comparison.
///
/// Takes the tests from the source package, and runs each file in a job of its own. The results are a table here, and
/// report.json and report.html in target/conformance, where runs/ holds each run's log. With no options: the default
/// release, the first Python found.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    cells: cell::Choice,
    /// This wheel, instead of building this machine's
    #[arg(long, value_name = "FILE")]
    wheel: Option<PathBuf>,
    /// Only test files whose name contains this; repeatable
    #[arg(short = 'k', value_name = "TEXT")]
    filter: Vec<String>,
    /// Leave the released wheel out
    #[arg(long)]
    no_baseline: bool,
    /// The most seconds that one file may take before it is killed
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
    let rules = Rules::read(factory)?;
    let source = Source::unpack(factory, &rules.folders, &rules.again)?;
    rules.check(&source)?;
    let files = source.files_named(&args.filter);
    if files.is_empty() {
        bail!("{} has no test file whose name contains {}", source.name, args.filter.join(" or "));
    }
    if args.list {
        list(&cells, &files);
        return Ok(());
    }
    let wheels = wheels(factory, args.wheel.as_deref(), &cells)?;
    let _alone = factory.lock("cells")?;
    job::end_jobs_when_interrupted()?;
    let limits =
        job::Limits { total: Duration::from_secs(args.timeout), silence: Duration::from_secs(args.silence) };
    let bench = Bench { factory, source: &source, rules: &rules, limits };
    let mut report = Report::new(&source.name);
    for cell in &cells {
        let ours = Side::ours(&bench, cell, &wheels[&cell.python.version])?;
        let released = if args.no_baseline { None } else { Some(Side::released(&bench, cell)?) };
        for &ranks in &cell.ranks {
            report.cells.push(run_cell(&bench, &ours, released.as_ref(), ranks, &files)?);
            // What is known is there for whoever interrupts the rest.
            report.write(&bench.folder())?;
        }
    }
    report.print();
    println!("{}", bench.folder().join("report.html").display());
    let total = report.total();
    println!("{} passed, {} failed", total.passed, total.failures());
    if total.failures() + total.lost > 0 {
        bail!(
            "{} tests failed, and {} were not reached: the logs are in {}",
            total.failures(),
            total.lost,
            bench.folder().join("runs").display()
        );
    }
    Ok(())
}

fn list(cells: &[Cell], files: &[&TestFile]) {
    for cell in cells {
        for ranks in &cell.ranks {
            println!("{}: {} files", side::title(cell, *ranks), files.len());
        }
    }
    println!("{}", files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(" "));
}

/// All files in one cell, each on both sides in turn.
fn run_cell(
    bench: &Bench,
    ours: &Side,
    released: Option<&Side>,
    ranks: u32,
    files: &[&TestFile],
) -> Result<CellReport> {
    let title = side::title(ours.cell, ranks);
    let task =
        bench.factory.progress.count(&title, files.iter().filter(|file| file.runs_at(ranks)).count() as u64);
    let mut report = CellReport::new(ours.cell, ranks);
    for file in files.iter().filter(|file| file.runs_at(ranks)) {
        let show = |side: &'static str| {
            let task = &task;
            move |ended: usize| task.message(format!("{}, {side}: {ended} tests", file.name))
        };
        let finding = ours.run(file, ranks, &show("ours"))?;
        let baseline = released.map(|side| side.recall(file, ranks, &show("released"))).transpose()?;
        announce(bench.factory, &title, &file.name, &finding);
        report.files.push(FileReport { file: file.name.clone(), ours: finding, released: baseline });
        task.inc();
    }
    task.done(&report.ours().to_string());
    Ok(report)
}

/// Tells at once which tests of a file failed.
fn announce(factory: &Factory, title: &str, file: &str, finding: &Finding) {
    let counts = finding.counts();
    let failed: Vec<_> = finding.failures().collect();
    if failed.is_empty() && counts.lost == 0 {
        return;
    }
    let mut lines = vec![format!("{title}, {file}: {counts} ({:.1} s)", finding.seconds)];
    lines.extend(
        failed.iter().take(NAMED).map(|test| format!("  {}: {}", test.name, finding::gist(&test.message))),
    );
    if failed.len() > NAMED {
        lines.push(format!("  … and {} more", failed.len() - NAMED));
    }
    factory.progress.line(&lines.join("\n"));
}
