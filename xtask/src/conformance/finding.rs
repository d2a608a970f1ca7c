//! From the records of a file's ranks, and how its job ended, to one outcome per test.

use std::collections::BTreeSet;
use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

use crate::test::job::End;
use crate::test::record::{Outcome, Record, Test};
use crate::test::verdict::{by_test, complaint, judgement, last_words};

/// What one file of tests came to.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Finding {
    /// Wall-clock, of the whole job.
    pub seconds: f64,
    /// In the order of their names.
    pub tests: Vec<Test>,
}

/// How many tests ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub errored: usize,
    pub skipped: usize,
    pub lost: usize,
    pub private: usize,
}

impl Counts {
    pub fn ran(&self) -> usize {
        self.passed + self.failures()
    }

    pub fn failures(&self) -> usize {
        self.failed + self.errored
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            errored: self.errored + other.errored,
            skipped: self.skipped + other.skipped,
            lost: self.lost + other.lost,
            private: self.private + other.private,
        }
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, errored, skipped, lost, .. } = self;
        write!(f, "{passed} passed, {failed} failed, {errored} errored, {skipped} skipped")?;
        if *lost > 0 {
            write!(f, ", {lost} not reached")?;
        }
        Ok(())
    }
}

impl Finding {
    pub fn counts(&self) -> Counts {
        let count = |outcome| self.with(outcome).count();
        Counts {
            passed: count(Outcome::Passed),
            failed: count(Outcome::Failed),
            errored: count(Outcome::Errored),
            skipped: count(Outcome::Skipped),
            lost: count(Outcome::Lost),
            private: count(Outcome::Private),
        }
    }

    /// The tests that ended so.
    pub fn with(&self, outcome: Outcome) -> impl Iterator<Item = &Test> {
        self.tests.iter().filter(move |test| test.outcome == outcome)
    }

    pub fn failures(&self) -> impl Iterator<Item = &Test> {
        self.tests.iter().filter(|test| test.outcome.is_failure())
    }

    /// How the test called `name` ended, if there is one.
    pub fn outcome(&self, name: &str) -> Option<Outcome> {
        self.tests.iter().find(|test| test.name == name).map(|test| test.outcome)
    }
}

/// Judges the job of a file: a test passes when it passes on every rank.
pub fn judge(file: &str, records: &[Record], ranks: usize, end: &End, output: &str, seconds: f64) -> Finding {
    let complaint = complaint(records, ranks, end);
    let mut tests: Vec<Test> = Vec::new();
    for (name, accounts) in by_test(records) {
        let (mut outcome, mut message) = judgement(&accounts);
        if !outcome.is_failure() && accounts.len() < ranks {
            if complaint.is_some() {
                // Some rank did not come so far.
                continue;
            }
            let silent = (0..ranks).filter(|rank| accounts.iter().all(|(other, _)| other != rank));
            let silent: Vec<_> = silent.map(|rank| rank.to_string()).collect();
            outcome = Outcome::Errored;
            message = format!("rank {} did not run it", silent.join(", "));
        }
        tests.push(Test { name: name.to_owned(), outcome, message });
    }
    if let Some((test, message)) = complaint {
        let name = test.map_or_else(|| format!("{file}.job"), str::to_owned);
        let message = message + &last_words(output);
        match tests.iter_mut().find(|test| test.name == name) {
            Some(test) => test.message.push_str(&["\n", &message].concat()),
            None => tests.push(Test { name, outcome: Outcome::Errored, message }),
        }
    }
    tests.extend(lost(records, &tests));
    tests.sort_by(|a, b| a.name.cmp(&b.name));
    Finding { seconds, tests }
}

/// The tests that a rank meant to run and of which nothing is known.
fn lost(records: &[Record], known: &[Test]) -> Vec<Test> {
    let known: BTreeSet<_> = known.iter().map(|test| test.name.as_str()).collect();
    let meant: BTreeSet<_> = records.iter().flat_map(|record| &record.names).collect();
    let lost = meant.into_iter().filter(|name| !known.contains(name.as_str()));
    lost.map(|name| Test { name: name.clone(), outcome: Outcome::Lost, message: String::new() }).collect()
}

/// The line of a message that says most: a traceback's last, a complaint's first.
pub fn gist(message: &str) -> &str {
    let mut lines = message.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    if !first.contains("Traceback") {
        return first;
    }
    // An exception may say more in lines that follow it.
    let said = |line: &&str| !line.starts_with(' ') && (line.contains(": ") || line.ends_with("Error"));
    lines.clone().rfind(said).or_else(|| lines.next_back()).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Errored, Failed, Lost, Passed, Private, Skipped};

    fn record(rank: usize, names: &[&str], ended: &[(&str, Outcome)], status: Option<i32>) -> Record {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        let ended = ended
            .iter()
            .map(|&(name, outcome)| Test { name: name.to_owned(), outcome, message: "why".to_owned() })
            .collect();
        Record { rank, names, ended, status, ..Record::default() }
    }

    const WELL: End = End::Exited { success: true, status: String::new() };

    fn ill() -> End {
        End::Exited { success: false, status: "signal: 11".to_owned() }
    }

    fn outcomes(finding: &Finding) -> Vec<(&str, Outcome)> {
        finding.tests.iter().map(|test| (test.name.as_str(), test.outcome)).collect()
    }

    #[test]
    fn a_test_passes_when_it_passes_on_every_rank() {
        let names = ["t.a", "t.b", "t.c", "t.d", "t.e"];
        let one = [("t.a", Passed), ("t.b", Passed), ("t.c", Failed), ("t.d", Passed), ("t.e", Private)];
        let two = [("t.a", Passed), ("t.b", Errored), ("t.c", Errored), ("t.d", Skipped), ("t.e", Private)];
        let records = [record(0, &names, &one, Some(0)), record(1, &names, &two, Some(0))];
        let finding = judge("t", &records, 2, &WELL, "", 1.0);
        assert_eq!(
            outcomes(&finding),
            [("t.a", Passed), ("t.b", Errored), ("t.c", Failed), ("t.d", Skipped), ("t.e", Private)]
        );
        let counts = Counts { passed: 1, failed: 1, errored: 1, skipped: 1, private: 1, lost: 0 };
        assert_eq!(finding.counts(), counts);
        assert_eq!((counts.ran(), (counts + counts).failures()), (3, 4));
    }

    #[test]
    fn a_crash_costs_its_test_and_those_after_it() {
        let names = ["t.a", "t.b", "t.c"];
        let mut crashed = record(1, &names, &[("t.a", Passed)], None);
        crashed.current = Some("t.b".to_owned());
        let records = [record(0, &names, &[("t.a", Passed), ("t.b", Passed)], None), crashed];
        let finding = judge("t", &records, 2, &ill(), "Segmentation fault", 1.0);
        assert_eq!(outcomes(&finding), [("t.a", Passed), ("t.b", Errored), ("t.c", Lost)]);
        let message = &finding.tests[1].message;
        assert!(message.contains("rank 1: in t.b") && message.contains("Segmentation fault"), "{message}");
    }

    #[test]
    fn a_crash_outside_of_tests_is_the_jobs() {
        let records = [record(0, &["t.a"], &[("t.a", Passed)], Some(0))];
        let finding = judge("t", &records, 1, &ill(), "", 1.0);
        assert_eq!(outcomes(&finding), [("t.a", Passed), ("t.job", Errored)]);
    }

    #[test]
    fn a_test_that_one_rank_does_not_have_is_an_error() {
        let records = [record(0, &["t.a"], &[("t.a", Passed)], Some(0)), record(1, &[], &[], Some(0))];
        let finding = judge("t", &records, 2, &WELL, "", 1.0);
        assert_eq!(finding.tests[0].message, "rank 1 did not run it");
    }

    #[test]
    fn the_gist_of_a_traceback_is_its_exception() {
        let text = "rank 0: Traceback (most recent call last):\n  File \"x\"\nTypeError: no: y\n";
        assert_eq!(gist(text), "TypeError: no: y");
        assert_eq!(gist("rank 0: Traceback\n  x\nAssertionError\n"), "AssertionError");
        assert_eq!(gist("the job ended with signal 11\nrank 0: in t.a"), "the job ended with signal 11");
    }
}
