//! `cargo xtask bench`: time per call, against the released mpi4py on the same MPI, in one run.

mod latency;
mod measure;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::factory::Factory;
use crate::python::Python;
use crate::table::Table;
use crate::test::cell::Cell;
use crate::test::{finished_wheel, job};
use measure::{Bench, Times};

/// What the project promises: the geometric mean of the ratios, and each of them.
const PROMISED_MEAN: f64 = 1.0;
const PROMISED_MOST: f64 = 1.3;

/// Statements above this ratio are timed on both sides in so many times more rounds: those that wait for a disk or for a thread of
/// MPI's own differ more between two processes than between two packages.
const DOUBTFUL: f64 = 1.1;
const MORE: u32 = 3;

/// Which tables of `tests/bench`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Group {
    /// Single calls, and the import
    Calls,
    /// Pickled objects of 8 bytes to 64 MB, and the tasks of mpi4py.futures
    Objects,
    /// Send and Recv of 8 B to 8 MiB between two ranks, beside the same loop in C
    Latency,
}

/// Measure time per call and import, against the released mpi4py.
///
/// The statements are the tables in tests/bench. Both packages are timed in turn on the same MPI; the best time of each
/// statement counts. Those that seem slower than the released package's are timed again, on both sides, in more rounds.
#[derive(clap::Args)]
pub struct Args {
    /// The MPI release to run on [default: the matrix's default]
    #[arg(long, value_name = "RELEASE")]
    release: Option<String>,
    /// The Python version [default: the first of the matrix that this machine has]
    #[arg(long, value_name = "VERSION")]
    python: Option<String>,
    /// Which statements
    #[arg(long, value_name = "GROUP", default_value = "calls")]
    group: Group,
    /// Only statements, or sizes, whose name contains this
    #[arg(short = 'k', value_name = "TEXT", default_value = "")]
    filter: String,
    /// How often each package is timed
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: u32,
    /// This wheel, instead of building this machine's
    #[arg(long, value_name = "FILE")]
    wheel: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Fail when a promised ratio is exceeded
    #[arg(long)]
    check: bool,
}

/// A statement, timed on both sides.
struct Row {
    name: String,
    ranks: u32,
    ours: f64,
    released: f64,
}

impl Row {
    fn ratio(&self) -> f64 {
        self.ours / self.released
    }
}

/// Runs the verb.
pub fn run(factory: &Factory, args: &Args) -> Result<()> {
    let bench = prepare(factory, args)?;
    let _alone = factory.lock("cells")?;
    job::end_jobs_when_interrupted()?;
    match args.group {
        Group::Calls => statements(&bench, args, "calls"),
        Group::Objects => statements(&bench, args, "objects"),
        Group::Latency => latency::run(&bench, args),
    }
}

/// Times the tables that `tests/bench/run.py` knows as `group`.
fn statements(bench: &Bench, args: &Args, group: &str) -> Result<()> {
    let (mut rows, mut failed, mut library) = (Vec::new(), Vec::new(), String::new());
    for &ranks in &bench.cell.ranks {
        let times = bench.statements(group, ranks, args.rounds, &args.filter)?;
        library.clone_from(&times[0].library);
        failed.extend(times[0].failed.iter().map(|(name, why)| format!("{name}: {why}")));
        failed.extend(times[1].failed.iter().map(|(name, why)| format!("{name} (released mpi4py): {why}")));
        let mut joint = joined(&times, ranks);
        for row in joint.iter_mut().filter(|row| row.ratio() > DOUBTFUL) {
            let again = bench.statements(group, ranks, args.rounds * MORE, &row.name)?;
            let [ours, released] = again.map(|times| times.of(&row.name).unwrap_or(f64::INFINITY));
            (row.ours, row.released) = (row.ours.min(ours), row.released.min(released));
        }
        rows.append(&mut joint);
    }
    let import =
        if args.group == Group::Calls { joined(&bench.import(args.rounds * 8)?, 1) } else { Vec::new() };
    let mean = geometric_mean(rows.iter().map(Row::ratio));
    if args.json {
        print_json(bench, &library, &rows, &import, mean)?;
    } else {
        print(&library, &rows, &import, mean);
    }
    if !failed.is_empty() {
        bail!("{} statements do not do what their checks say:\n  {}", failed.len(), failed.join("\n  "));
    }
    let kept = mean <= PROMISED_MEAN && rows.iter().all(|row| row.ratio() <= PROMISED_MOST);
    if args.check && !(kept && import.iter().all(|row| row.ratio() <= PROMISED_MEAN)) {
        bail!(
            "slower than promised: mean at most {PROMISED_MEAN}, each at most {PROMISED_MOST}, import at most 1"
        );
    }
    Ok(())
}

fn prepare<'a>(factory: &'a Factory, args: &Args) -> Result<Bench<'a>> {
    let matrix = &factory.matrix;
    let host = matrix.host()?;
    let release =
        args.release.as_ref().map_or_else(|| Ok(matrix.default_release()), |id| matrix.release(id))?;
    let site = release.on(host).with_context(|| format!("{} does not exist for {}", release.id, host.id))?;
    let versions: Vec<_> = args.python.iter().map(String::as_str).collect();
    let versions = if versions.is_empty() { matrix.pythons.versions().collect() } else { versions };
    let python = versions.iter().find_map(|version| Python::of_version(version));
    let python = python.with_context(|| format!("this machine has no Python {}", versions.join(" or ")))?;
    let wheel = finished_wheel(factory, args.wheel.as_deref(), &python)?;
    let cell = Cell { release, site, python, ranks: release.launch.ranks.clone() };
    let sides = [cell.environment(factory, &wheel)?, cell.released(factory)?];
    Ok(Bench { factory, cell, sides })
}

/// The statements that both sides have.
fn joined([ours, released]: &[Times; 2], ranks: u32) -> Vec<Row> {
    let row = |(name, ours): &(String, f64)| {
        Some(Row { name: name.clone(), ranks, ours: *ours, released: released.of(name)? })
    };
    ours.best.iter().filter_map(row).collect()
}

fn geometric_mean(ratios: impl Iterator<Item = f64>) -> f64 {
    let (count, sum) = ratios.fold((0_u32, 0.0), |(count, sum), ratio| (count + 1, sum + ratio.ln()));
    (sum / f64::from(count)).exp()
}

fn print(library: &str, rows: &[Row], import: &[Row], mean: f64) {
    let mut table = Table::new(["statement", "ranks", "ours, ns", "released, ns", "ratio"]);
    for row in rows {
        table.row([
            row.name.clone(),
            row.ranks.to_string(),
            format!("{:.0}", row.ours),
            format!("{:.0}", row.released),
            format!("{:.2}", row.ratio()),
        ]);
    }
    println!("{library}\n\n{table}");
    let above = rows.iter().filter(|row| row.ratio() > PROMISED_MOST).count();
    println!("{} statements: geometric mean {mean:.3}, {above} above {PROMISED_MOST}", rows.len());
    for row in import {
        let [ours, released] = [row.ours, row.released].map(|time| time / 1e6);
        println!("import of mpi4py.MPI: {:.3} ({ours:.1} ms, released {released:.1} ms)", row.ratio());
    }
}

fn print_json(bench: &Bench, library: &str, rows: &[Row], import: &[Row], mean: f64) -> Result<()> {
    let row = |row: &Row| {
        json!({
            "name": row.name, "ranks": row.ranks, "ratio": row.ratio(),
            "nanoseconds": { "ours": row.ours, "released": row.released },
        })
    };
    let report = json!({
        "release": bench.cell.release.id,
        "library": library,
        "geometric_mean": mean,
        "statements": rows.iter().map(row).collect::<Vec<_>>(),
        "import": import.iter().map(row).next(),
    });
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_of_twice_and_half_is_one() {
        assert!((geometric_mean([2.0, 0.5].into_iter()) - 1.0).abs() < 1e-12);
    }
}
