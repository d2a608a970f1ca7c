//! `--group latency`: a ping-pong between two ranks in C, by the released mpi4py and by ours, in one run. All three
//! initialize MPI for threads, which is mpi4py's default.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::Args;
use super::measure::{Bench, Times};
use crate::table::Table;
use crate::tools;

/// What the project promises: what we add to the latency of the smallest message, as a part of what the released
/// package adds; and from `LARGE` bytes on, our time as a multiple of C's.
const PROMISED_PART: f64 = 0.6;
const PROMISED_MULTIPLE: f64 = 1.05;
const LARGE: u64 = 64 << 10;

/// How many slices each process times: the least mean counts.
const SLICES: u32 = 100;

/// A message size.
struct Size {
    name: &'static str,
    bytes: u64,
    /// A slice: about 2 ms through shared memory, the same for all sides.
    round_trips: u32,
}

const SIZES: [Size; 5] = [
    Size { name: "8 B", bytes: 8, round_trips: 2000 },
    Size { name: "1 KiB", bytes: 1 << 10, round_trips: 1000 },
    Size { name: "64 KiB", bytes: LARGE, round_trips: 100 },
    Size { name: "1 MiB", bytes: 1 << 20, round_trips: 10 },
    Size { name: "8 MiB", bytes: 8 << 20, round_trips: 2 },
];

/// The time of one way of a message, in nanoseconds.
struct Row<'a> {
    size: &'a Size,
    c: f64,
    released: f64,
    ours: f64,
}

impl Row<'_> {
    fn added_by_released(&self) -> f64 {
        self.released - self.c
    }

    fn added_by_ours(&self) -> f64 {
        self.ours - self.c
    }

    /// What ours adds, as a part of what the released package adds: if that is anything.
    fn part(&self) -> Option<f64> {
        (self.added_by_released() > 0.0).then(|| self.added_by_ours() / self.added_by_released())
    }

    fn multiple(&self) -> f64 {
        self.ours / self.c
    }

    /// The promise that is not kept.
    fn broken_promise(&self) -> Option<String> {
        let name = self.size.name;
        if self.size.bytes == SIZES[0].bytes && self.part().is_none_or(|part| part > PROMISED_PART) {
            let [ours, released] = [self.added_by_ours(), self.added_by_released()];
            return Some(format!(
                "{name}: we add {ours:.0} ns to C's latency, more than {PROMISED_PART} of the released package's \
                 {released:.0} ns"
            ));
        }
        (self.size.bytes >= LARGE && self.multiple() > PROMISED_MULTIPLE)
            .then(|| format!("{name}: {:.3} of C's time, more than {PROMISED_MULTIPLE}", self.multiple()))
    }
}

/// Measures, reports, and with `--check` judges.
pub fn run(bench: &Bench, args: &Args) -> Result<()> {
    let sizes: Vec<_> = SIZES.iter().filter(|size| size.name.contains(&args.filter)).collect();
    ensure!(!sizes.is_empty(), "no size's name contains {:?}: they are {}", args.filter, names());
    let program = compile(bench)?;
    let times = measure(bench, &program, &sizes, args.rounds)?;
    let rows = rows(&sizes, &times)?;
    let library = &times[2].library;
    if args.json {
        let report = json!({
            "release": bench.cell.release.id,
            "library": library,
            "latency": rows.iter().map(to_json).collect::<Vec<_>>(),
        });
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!(
            "{library}\none way of a message between two ranks (half a round trip), MPI_THREAD_MULTIPLE\n\n{}",
            table(&rows)
        );
    }
    let broken: Vec<_> = rows.iter().filter_map(Row::broken_promise).collect();
    if args.check && !broken.is_empty() {
        bail!("slower than promised:\n  {}", broken.join("\n  "));
    }
    Ok(())
}

fn names() -> String {
    SIZES.map(|size| size.name).join(", ")
}

/// The C program, built with the release's own header and library.
fn compile(bench: &Bench) -> Result<PathBuf> {
    let (release, side) = (bench.cell.release, &bench.sides[0]);
    let Some(header) = &release.header else {
        bail!(
            "the package of {} has no mpi.h, so nothing of C can be built for it: take another --release",
            release.id
        );
    };
    let (header, library) = (side.root().join(header), side.root().join(&bench.cell.site.library));
    let program = bench.directory(side)?.join("latency");
    let source = bench.factory.root.join("tests/bench/latency.c");
    tools::run(&mut compiler(&source, &header, &library, &program)?)
        .context("tests/bench/latency.c is not built: that needs the system's C compiler, cc, on PATH")?;
    Ok(program)
}

/// The command that makes `program`, which finds its library where it is.
fn compiler(source: &Path, header: &Path, library: &Path, program: &Path) -> Result<Command> {
    let [headers, libraries] =
        [header, library].map(|file| file.parent().context("a file of a package is in a folder"));
    let (headers, libraries) = (headers?, libraries?);
    let name = header.file_name().context("a header has a name")?.display();
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-O2", "-Wall", "-Wextra"])
        .arg(format!("-DMPI_HEADER=<{name}>"))
        .arg("-isystem")
        .arg(headers)
        .args([source, library])
        .arg(format!("-Wl,-rpath,{}", libraries.display()))
        .arg("-o")
        .arg(program);
    Ok(cc)
}

/// Times C, the released package and ours.
fn measure(bench: &Bench, program: &Path, sizes: &[&Size], rounds: u32) -> Result<[Times; 3]> {
    let script = bench.factory.root.join("tests/bench/latency.py");
    let [ours, released] = &bench.sides;
    let in_c = |_| with_arguments([program.to_owned()], sizes);
    let in_python = |python| with_arguments([python, "-I".into(), "-B".into(), script.clone()], sizes);
    bench.alternate("latency".to_owned(), rounds, |side| match side {
        0 => bench.ask(Some(2), ours, &in_c),
        1 => bench.ask(Some(2), released, &in_python),
        _ => bench.ask(Some(2), ours, &in_python),
    })
}

/// A program's words, and what latency.c and latency.py both take.
fn with_arguments<const N: usize>(program: [PathBuf; N], sizes: &[&Size]) -> Vec<PathBuf> {
    let pairs = sizes.iter().flat_map(|size| [size.bytes, u64::from(size.round_trips)]);
    let numbers = std::iter::once(u64::from(SLICES)).chain(pairs);
    program.into_iter().chain(numbers.map(|number| number.to_string().into())).collect()
}

fn rows<'a>(sizes: &[&'a Size], [c, released, ours]: &[Times; 3]) -> Result<Vec<Row<'a>>> {
    let row = |size: &&'a Size| {
        let time = |times: &Times| {
            let time = times.of(&size.bytes.to_string());
            time.with_context(|| format!("a program gives no time for {}", size.name))
        };
        Ok(Row { size, c: time(c)?, released: time(released)?, ours: time(ours)? })
    };
    sizes.iter().map(row).collect()
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new([
        "size",
        "C, µs",
        "released, µs",
        "ours, µs",
        "added by released",
        "added by ours",
        "ratio of the two",
        "ours / C",
    ]);
    let micros = |nanos: f64| format!("{:.3}", nanos / 1e3);
    for row in rows {
        table.row([
            row.size.name.to_owned(),
            micros(row.c),
            micros(row.released),
            micros(row.ours),
            micros(row.added_by_released()),
            micros(row.added_by_ours()),
            row.part().map_or_else(|| "-".to_owned(), |part| format!("{part:.2}")),
            format!("{:.3}", row.multiple()),
        ]);
    }
    table
}

fn to_json(row: &Row) -> Value {
    json!({
        "name": row.size.name, "bytes": row.size.bytes,
        "nanoseconds": { "c": row.c, "released": row.released, "ours": row.ours },
        "added": { "released": row.added_by_released(), "ours": row.added_by_ours(), "ratio": row.part() },
        "ours_over_c": row.multiple(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, c: f64, released: f64, ours: f64) -> Row<'static> {
        let size = SIZES.iter().find(|size| size.name == name).unwrap();
        Row { size, c, released, ours }
    }

    fn is_kept(row: Row) -> bool {
        row.broken_promise().is_none()
    }

    #[test]
    fn of_small_messages_what_is_added_counts() {
        assert!(is_kept(row("8 B", 200.0, 700.0, 500.0)), "300 of 500 ns");
        assert!(!is_kept(row("8 B", 200.0, 700.0, 505.0)), "305 of 500 ns");
        assert!(!is_kept(row("8 B", 200.0, 190.0, 180.0)), "the released package cannot be faster than C");
        assert!(is_kept(row("1 KiB", 200.0, 700.0, 900.0)), "nothing is promised of it");
    }

    #[test]
    fn of_large_messages_the_whole_time_counts() {
        for name in ["64 KiB", "1 MiB", "8 MiB"] {
            assert!(is_kept(row(name, 1000.0, 1000.0, 1050.0)));
            assert!(!is_kept(row(name, 1000.0, 2000.0, 1051.0)));
        }
    }

    #[test]
    fn the_table_says_what_each_adds() {
        let rows = [row("8 B", 200.0, 700.0, 450.0), row("8 MiB", 7e5, 6.9e5, 7.07e5)];
        let text = table(&rows).to_string();
        let cells: Vec<Vec<_>> =
            text.lines().skip(1).map(|line| line.split_whitespace().skip(2).collect()).collect();
        assert_eq!(cells[0], ["0.200", "0.700", "0.450", "0.500", "0.250", "0.50", "2.250"]);
        assert_eq!(cells[1], ["700.000", "690.000", "707.000", "-10.000", "7.000", "-", "1.010"]);
        assert_eq!(to_json(&rows[0])["added"], json!({ "released": 500.0, "ours": 250.0, "ratio": 0.5 }));
        assert_eq!(to_json(&rows[1])["added"]["ratio"], Value::Null);
    }

    #[test]
    fn programs_are_given_pairs() {
        let words = with_arguments(["latency".into()], &[&SIZES[0], &SIZES[4]]);
        assert_eq!(words, ["latency", "100", "8", "2000", "8388608", "2"].map(PathBuf::from));
    }

    #[test]
    fn a_program_is_built_with_the_release_alone() {
        let [header, library] = ["/mpi/include/mpi_abi.h", "/mpi/lib/libmpi_abi.so.1"].map(Path::new);
        let cc = compiler(Path::new("latency.c"), header, library, Path::new("latency")).unwrap();
        let words: Vec<_> = cc.get_args().map(|word| word.to_str().unwrap()).collect();
        assert!(words.contains(&"-DMPI_HEADER=<mpi_abi.h>"), "{words:?}");
        assert!(words.windows(2).any(|pair| pair == ["-isystem", "/mpi/include"]), "{words:?}");
        assert!(words.contains(&"/mpi/lib/libmpi_abi.so.1"), "{words:?}");
        assert!(words.contains(&"-Wl,-rpath,/mpi/lib"), "{words:?}");
    }
}
