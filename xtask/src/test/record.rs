//! What each process of a run wrote about itself (`tests/recording.py` is the writer).

use std::path::Path;

use anyhow::{Context, Result};
use fs_err as fs;
use serde::{Deserialize, Serialize};

/// How one test ended.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Passed,
    Failed,
    /// Stopped by an exception that is no failed assertion, where the two are told apart.
    Errored,
    Skipped,
    /// Not run: it tests what is not ours to offer.
    Private,
    /// Not run: the job ended before. No process writes this.
    Lost,
    /// Failed, as a known defect says it does.
    Xfailed,
    /// Passed, though a known defect says it does not.
    Xpassed,
}

impl Outcome {
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Errored)
    }
}

/// One test, in one process or in all.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Test {
    pub name: String,
    pub outcome: Outcome,
    pub message: String,
}

/// The record of one process.
#[derive(Debug, Default)]
pub struct Record {
    pub rank: usize,
    pub pid: Option<i32>,
    /// How many tests it is going to run.
    pub collected: u64,
    /// Their names, where the writer gives them.
    pub names: Vec<String>,
    pub ended: Vec<Test>,
    /// The test it was in when the record stops.
    pub current: Option<String>,
    /// The exit status of its tests, once they are over.
    pub status: Option<i32>,
    /// The stacks it wrote when asked where it stands, or when it crashed.
    pub stack: String,
}

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Event {
    Begin {
        pid: i32,
    },
    Collected {
        count: u64,
        #[serde(default)]
        tests: Vec<String>,
    },
    Start {
        test: String,
    },
    End {
        test: String,
        outcome: Outcome,
        message: String,
    },
    Finish {
        status: i32,
    },
}

impl Record {
    fn take(&mut self, event: Event) {
        match event {
            Event::Begin { pid } => self.pid = Some(pid),
            Event::Collected { count, tests } => (self.collected, self.names) = (count, tests),
            Event::Start { test } => self.current = Some(test),
            Event::End { test: name, outcome, message } => {
                self.current = None;
                self.ended.push(Test { name, outcome, message });
            }
            Event::Finish { status } => self.status = Some(status),
        }
    }

    fn parse(rank: usize, lines: &str) -> Result<Self> {
        let mut record = Self { rank, ..Self::default() };
        let complete = lines.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        for line in complete {
            let event = serde_json::from_str(line).with_context(|| format!("rank {rank} wrote {line:?}"))?;
            record.take(event);
        }
        Ok(record)
    }

    /// The first test that failed here.
    pub fn first_failure(&self) -> Option<&Test> {
        self.ended.iter().find(|test| test.outcome.is_failure())
    }

    /// Where the process stood, in words.
    pub fn standing(&self) -> String {
        match (&self.current, self.status, self.ended.last()) {
            (Some(test), _, _) => format!("in {test}"),
            (None, Some(_), _) => "after its last test (MPI_Finalize, or exit)".to_owned(),
            (None, None, Some(test)) => format!("after {}", test.name),
            (None, None, None) => "before its first test (import of mpi4py.MPI, or collection)".to_owned(),
        }
    }
}

/// All records in `directory`, by rank.
pub fn read_all(directory: &Path) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            let rank = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
            let rank = rank.with_context(|| format!("{} is not named by a rank", path.display()))?;
            let mut record = Record::parse(rank, &fs::read_to_string(&path)?)?;
            record.stack = fs::read_to_string(path.with_extension("stack")).unwrap_or_default();
            records.push(record);
        }
    }
    records.sort_by_key(|record| record.rank);
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str =
        "{\"event\":\"begin\",\"time\":1.0,\"pid\":7}\n{\"event\":\"collected\",\"count\":2}\n";

    #[test]
    fn a_record_that_stops_inside_a_test_names_it() {
        let lines = format!("{BEGIN}{{\"event\":\"start\",\"test\":\"t.py::a\"}}\n{{\"event\":\"en");
        let record = Record::parse(1, &lines).unwrap();
        assert_eq!(record.pid, Some(7));
        assert_eq!(record.standing(), "in t.py::a");
    }

    #[test]
    fn unittest_tells_errors_from_failures_and_names_what_it_collected() {
        let lines = "{\"event\":\"collected\",\"count\":2,\"tests\":[\"t.A.a\",\"t.A.b\"]}\n\
                     {\"event\":\"end\",\"test\":\"t.A.a\",\"outcome\":\"errored\",\"message\":\"no\",\"seconds\":0.1}\n\
                     {\"event\":\"end\",\"test\":\"t.A.b\",\"outcome\":\"private\",\"message\":\"\",\"seconds\":0.0}\n";
        let record = Record::parse(0, lines).unwrap();
        assert_eq!((record.collected, record.names.join(" ")), (2, "t.A.a t.A.b".to_owned()));
        let outcomes: Vec<_> = record.ended.iter().map(|test| test.outcome).collect();
        assert_eq!(outcomes, [Outcome::Errored, Outcome::Private]);
        assert_eq!(record.first_failure().unwrap().name, "t.A.a");
    }

    #[test]
    fn standing_tells_import_from_finalize() {
        assert!(Record::parse(0, BEGIN).unwrap().standing().contains("import"));
        let finished = format!("{BEGIN}{{\"event\":\"finish\",\"time\":2.0,\"status\":0}}\n");
        assert!(Record::parse(0, &finished).unwrap().standing().contains("Finalize"));
    }
}
