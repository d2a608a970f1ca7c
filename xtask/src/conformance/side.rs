//! One of the two packages, in the environment it is tested in.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use fs_err as fs;
use serde::{Deserialize, Serialize};

use super::finding::{self, Finding};
use super::rules::Rules;
use super::source::{Source, TestFile};
use crate::digest::Key;
use crate::factory::{Factory, settle};
use crate::test::cell::Cell;
use crate::test::job::{self, Limits};
use crate::test::record;
use crate::tools::Environment;

/// The programs that run and record the tests.
const RUNNER: [&str; 2] = ["tests/conformance/run.py", "tests/recording.py"];

/// What all runs share.
pub struct Bench<'a> {
    pub factory: &'a Factory,
    pub source: &'a Source,
    pub rules: &'a Rules,
    pub limits: Limits,
}

impl Bench<'_> {
    /// Where results go.
    pub fn folder(&self) -> PathBuf {
        self.factory.target.join("conformance")
    }
}

/// A package in a cell.
pub struct Side<'a> {
    pub cell: &'a Cell<'a>,
    bench: &'a Bench<'a>,
    environment: Environment,
    name: &'static str,
}

/// What is kept of the released package.
#[derive(Deserialize, Serialize)]
struct Kept {
    /// Of everything the finding depends on.
    key: String,
    finding: Finding,
}

/// `mpich-4.3.2-cp311, 2 ranks`.
pub fn title(cell: &Cell, ranks: u32) -> String {
    format!("{}, {ranks} rank{}", cell.name(), if ranks == 1 { "" } else { "s" })
}

impl<'a> Side<'a> {
    /// The finished wheel.
    pub fn ours(bench: &'a Bench, cell: &'a Cell, wheel: &Path) -> Result<Self> {
        Ok(Self { cell, bench, environment: cell.environment(bench.factory, wheel)?, name: "ours" })
    }

    /// The released package.
    pub fn released(bench: &'a Bench, cell: &'a Cell) -> Result<Self> {
        Ok(Self { cell, bench, environment: cell.released(bench.factory)?, name: "released" })
    }

    /// As [`Side::run`], unless it is known from an earlier run of the same.
    pub fn recall(&self, file: &TestFile, ranks: u32, progress: &dyn Fn(usize)) -> Result<Finding> {
        let key = self.key(file, ranks)?;
        let home = self.place("baseline", ranks).join(format!("{}.json", file.name));
        let kept = fs::read(&home).ok().and_then(|text| serde_json::from_slice::<Kept>(&text).ok());
        if let Some(kept) = kept.filter(|kept| kept.key == key) {
            return Ok(kept.finding);
        }
        let kept = Kept { key, finding: self.run(file, ranks, progress)? };
        fs::create_dir_all(self.place("baseline", ranks))?;
        let new = home.with_extension("new");
        fs::write(&new, serde_json::to_vec(&kept)?)?;
        settle(&new, &home)?;
        Ok(kept.finding)
    }

    /// Runs a file in a job of its own; `progress` hears how many tests have ended.
    pub fn run(&self, file: &TestFile, ranks: u32, progress: &dyn Fn(usize)) -> Result<Finding> {
        let directory = self.place("runs", ranks).join(self.name).join(&file.name);
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory)?;
        let rows = directory.join("rows.json");
        fs::write(&rows, self.rows(file, ranks)?)?;
        let runner = self.bench.factory.root.join(RUNNER[0]);
        let mut words = vec![self.environment.python()];
        words.extend(file.module.iter().flat_map(|(module, _)| ["-m".into(), module.into()]));
        words.extend([runner, file.path.clone(), rows]);
        let mut command = self.cell.command(&self.environment, Some(ranks), &words)?;
        command
            .current_dir(&directory)
            // Processes that the tests start import from there too.
            .env("PYTHONPATH", file.folder())
            // Compiled once, and the environment stays as pip made it.
            .env("PYTHONPYCACHEPREFIX", self.bench.folder().join("bytecode"));
        let started = Instant::now();
        let end = job::run(command, &directory, self.bench.limits, || {
            // A record half written is read the next time.
            let records = record::read_all(&directory).unwrap_or_default();
            progress(records.iter().map(|record| record.ended.len()).min().unwrap_or_default());
        })?;
        let records = record::read_all(&directory)?;
        let output = String::from_utf8_lossy(&fs::read(directory.join("output"))?).into_owned();
        let seconds = started.elapsed().as_secs_f64();
        let ranks = if file.module.is_some() { 1 } else { ranks as usize };
        Ok(finding::judge(&file.name, &records, ranks, &end, &output, seconds))
    }

    fn place(&self, kind: &str, ranks: u32) -> PathBuf {
        self.bench.folder().join(kind).join(format!("{}-{ranks}", self.cell.name()))
    }

    fn rows(&self, file: &TestFile, ranks: u32) -> Result<Vec<u8>> {
        let rows = self.bench.rules.of(&file.name, &self.cell.release.id, ranks);
        Ok(serde_json::to_vec_pretty(&rows)?)
    }

    fn key(&self, file: &TestFile, ranks: u32) -> Result<String> {
        let mut key = Key::default();
        key.add("source", &self.bench.source.sha256);
        key.add("environment", self.environment.root().to_string_lossy().as_bytes());
        key.add("launch", format!("{:?}", self.cell.release.launch));
        key.add("rows", self.rows(file, ranks)?);
        if let Some((module, _)) = &file.module {
            key.add("module", module);
        }
        for path in RUNNER {
            key.add_path(&self.bench.factory.root, path)?;
        }
        Ok(key.finish())
    }
}
