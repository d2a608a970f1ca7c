//! What all cells came to: tables for people, JSON for programs, a page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use fs_err as fs;
use serde_json::{Value, json};

use super::finding::{Counts, Finding};
use super::{page, side};
use crate::factory::settle;
use crate::table::Table;
use crate::test::cell::Cell;
use crate::test::record::Outcome;

/// Everything that was run.
pub struct Report {
    /// The tests' own name: `mpi4py 4.1.2`.
    pub suite: String,
    pub cells: Vec<CellReport>,
}

/// A cell at one rank count.
pub struct CellReport {
    pub title: String,
    release: String,
    python: String,
    ranks: u32,
    pub files: Vec<FileReport>,
}

/// A file of tests, on both sides.
pub struct FileReport {
    pub file: String,
    pub ours: Finding,
    pub released: Option<Finding>,
}

impl FileReport {
    /// The tests that the released package passes here and ours does not.
    pub fn behind(&self) -> Vec<&str> {
        let Some(released) = &self.released else { return Vec::new() };
        let passed = released.with(Outcome::Passed);
        let missed = passed.filter(|test| self.ours.outcome(&test.name) != Some(Outcome::Passed));
        missed.map(|test| test.name.as_str()).collect()
    }

    fn private(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ours.with(Outcome::Private).map(|test| (test.name.as_str(), test.message.as_str()))
    }
}

impl CellReport {
    pub fn new(cell: &Cell, ranks: u32) -> Self {
        let (release, python) = (cell.release.id.clone(), cell.python.version.clone());
        Self { title: side::title(cell, ranks), release, python, ranks, files: Vec::new() }
    }

    pub fn ours(&self) -> Counts {
        self.files.iter().map(|file| file.ours.counts()).sum()
    }

    pub fn released(&self) -> Option<Counts> {
        let released: Vec<_> = self.files.iter().filter_map(|file| file.released.as_ref()).collect();
        let counts = released.iter().map(|finding| finding.counts()).sum();
        (!released.is_empty()).then_some(counts)
    }

    pub fn seconds(&self) -> [f64; 2] {
        let ours = self.files.iter().map(|file| file.ours.seconds).sum();
        let released = self.files.iter().filter_map(|file| file.released.as_ref()).map(|side| side.seconds);
        [ours, released.sum()]
    }

    pub fn behind(&self) -> usize {
        self.files.iter().map(|file| file.behind().len()).sum()
    }

    fn json(&self) -> Value {
        let files = self.files.iter().map(|file| {
            json!({
                "file": file.file,
                "ours": finding(&file.ours),
                "released": file.released.as_ref().map(finding),
                "behind": file.behind(),
            })
        });
        json!({
            "release": self.release,
            "python": self.python,
            "ranks": self.ranks,
            "ours": self.ours(),
            "released": self.released(),
            "behind": self.behind(),
            "files": files.collect::<Vec<_>>(),
        })
    }
}

fn finding(finding: &Finding) -> Value {
    json!({ "counts": finding.counts(), "seconds": finding.seconds, "tests": finding.tests })
}

/// The cells of a row of any of the tables after its first: ours, the released package's, the difference.
pub const HEADING: [&str; 13] = [
    "tests",
    "ran",
    "passed",
    "failed",
    "errored",
    "skipped",
    "lost",
    "seconds",
    "released: passed",
    "failed",
    "errored",
    "seconds",
    "behind",
];

/// A row of those tables.
pub fn row(
    name: String,
    ours: Counts,
    released: Option<Counts>,
    seconds: [f64; 2],
    behind: usize,
) -> [String; 13] {
    let number = |number: usize| number.to_string();
    let theirs = |text: String| if released.is_some() { text } else { "-".to_owned() };
    let other = released.unwrap_or_default();
    [
        name,
        number(ours.ran()),
        number(ours.passed),
        number(ours.failed),
        number(ours.errored),
        number(ours.skipped),
        number(ours.lost),
        format!("{:.1}", seconds[0]),
        theirs(number(other.passed)),
        theirs(number(other.failed)),
        theirs(number(other.errored)),
        theirs(format!("{:.1}", seconds[1])),
        theirs(number(behind)),
    ]
}

impl FileReport {
    pub fn row(&self) -> [String; 13] {
        let released = self.released.as_ref();
        let seconds = [self.ours.seconds, released.map_or(0.0, |side| side.seconds)];
        row(
            self.file.clone(),
            self.ours.counts(),
            released.map(Finding::counts),
            seconds,
            self.behind().len(),
        )
    }
}

impl CellReport {
    pub fn row(&self) -> [String; 13] {
        row(self.title.clone(), self.ours(), self.released(), self.seconds(), self.behind())
    }
}

impl Report {
    pub fn new(suite: &str) -> Self {
        Self { suite: suite.to_owned(), cells: Vec::new() }
    }

    /// Our counts over all cells.
    pub fn total(&self) -> Counts {
        self.cells.iter().map(CellReport::ours).sum()
    }

    /// What is not counted: tests and the reason, by name.
    pub fn private(&self) -> BTreeMap<&str, &str> {
        self.cells.iter().flat_map(|cell| &cell.files).flat_map(FileReport::private).collect()
    }

    /// A table per cell, one over all cells, and what is not counted.
    pub fn print(&self) {
        let mut all = Table::new(HEADING);
        for cell in &self.cells {
            let mut table = Table::new(HEADING);
            for file in &cell.files {
                table.row(file.row());
            }
            println!("\n{}\n\n{table}", cell.title);
            all.row(cell.row());
        }
        println!("the tests of {}\n\n{all}", self.suite);
        print!("{}", not_counted(&self.private()));
    }

    /// Writes `report.json` and `report.html` into `folder`.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let cells: Vec<_> = self.cells.iter().map(CellReport::json).collect();
        let json =
            json!({ "suite": self.suite, "total": self.total(), "private": self.private(), "cells": cells });
        put(&folder.join("report.json"), &format!("{json:#}\n"))?;
        put(&folder.join("report.html"), &page::of(self))
    }
}

/// Tests of the released package's private parts, by reason.
fn not_counted(private: &BTreeMap<&str, &str>) -> String {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (test, reason) in private {
        reasons.entry(reason).or_default().push(test);
    }
    let mut text = String::new();
    for (reason, tests) in reasons {
        let _ = writeln!(text, "not counted: {reason}\n  {}", tests.join("\n  "));
    }
    text
}

/// Writes a file beside its place, then moves it there.
fn put(path: &Path, text: &str) -> Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, text)?;
    settle(&new, path)
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::test::record::Test;

    pub fn finding(tests: &[(&str, Outcome)]) -> Finding {
        let test = |&(name, outcome): &(&str, Outcome)| Test {
            name: name.to_owned(),
            outcome,
            message: "rank 0: why <&>".to_owned(),
        };
        Finding { seconds: 1.0, tests: tests.iter().map(test).collect() }
    }

    pub fn cell() -> CellReport {
        use Outcome::{Errored, Lost, Passed, Private, Skipped};
        let ours = [("t.a", Passed), ("t.b", Errored), ("t.c", Lost), ("t.d", Skipped), ("t.e", Private)];
        let released = [("t.a", Passed), ("t.b", Passed), ("t.c", Passed), ("t.d", Skipped), ("t.f", Passed)];
        let file =
            FileReport { file: "t".to_owned(), ours: finding(&ours), released: Some(finding(&released)) };
        let text = str::to_owned;
        CellReport {
            title: text("mpich-1-cp311, 2 ranks"),
            release: text("mpich-1"),
            python: text("3.11"),
            ranks: 2,
            files: vec![file],
        }
    }

    #[test]
    fn behind_is_what_the_released_package_passes_and_ours_does_not() {
        assert_eq!(cell().files[0].behind(), ["t.b", "t.c", "t.f"]);
        let counts = cell().json();
        assert_eq!((&counts["behind"], &counts["released"]["passed"]), (&json!(3), &json!(4)));
        assert_eq!(cell().row()[1..7], ["2", "1", "0", "1", "1", "1"]);
    }

    #[test]
    fn without_the_released_package_nothing_is_said_of_it() {
        let mut cell = cell();
        cell.files[0].released = None;
        assert_eq!(cell.row()[8..], ["-"; 5]);
    }

    #[test]
    fn what_is_not_counted_is_named_with_its_reason() {
        let report = Report { suite: "s".to_owned(), cells: vec![cell()] };
        assert_eq!(not_counted(&report.private()), "not counted: rank 0: why <&>\n  t.e\n");
    }
}
