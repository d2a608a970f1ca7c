//! From the records of all ranks, and how the job ended, to one judgement per test.

use std::collections::BTreeMap;

use super::job::End;
use super::record::{Outcome, Record, Test};

/// What a run came to.
#[derive(Debug, Default)]
pub struct Verdict {
    pub passed: usize,
    pub failures: Vec<Failure>,
    /// Test and reason; a known defect that showed itself is one of these.
    pub skipped: Vec<(String, String)>,
}

/// One thing that went wrong.
#[derive(Debug)]
pub struct Failure {
    pub test: String,
    pub message: String,
    /// Whether it is the job's, not one test's.
    of_job: bool,
}

impl Verdict {
    pub fn ran(&self) -> usize {
        self.passed + self.failures.len()
    }

    pub fn fail(&mut self, test: &str, message: impl Into<String>) {
        self.failures.push(Failure { test: test.to_owned(), message: message.into(), of_job: false });
    }

    /// Adds what another run came to.
    pub fn merge(&mut self, other: Self) {
        self.passed += other.passed;
        self.failures.extend(other.failures);
        self.skipped.extend(other.skipped);
    }

    /// Names the part of the run in which failures came up, unless it is the whole.
    pub fn within(mut self, part: &str) -> Self {
        if !part.is_empty() {
            for failure in &mut self.failures {
                failure.test = format!("{} ({part})", failure.test);
            }
        }
        self
    }

    /// Adds the end of what the job printed to what went wrong with the job as a whole.
    pub fn with_output(mut self, output: &str) -> Self {
        for failure in self.failures.iter_mut().filter(|failure| failure.of_job) {
            failure.message.push_str(&last_words(output));
        }
        self
    }
}

/// The end of what a job printed.
pub fn last_words(output: &str) -> String {
    let lines: Vec<_> = output.lines().collect();
    let end = lines[lines.len().saturating_sub(25)..].join("\n");
    ["\nit printed last:\n", &end].concat()
}

/// Judges a run that was to have `ranks` processes.
pub fn judge(records: &[Record], ranks: usize, end: &End) -> Verdict {
    let mut verdict = Verdict::default();
    for (name, accounts) in by_test(records) {
        let (outcome, message) = judgement(&accounts);
        match outcome {
            Outcome::Passed => verdict.passed += 1,
            Outcome::Failed | Outcome::Errored => verdict.fail(name, message),
            _ => verdict.skipped.push((name.to_owned(), message)),
        }
    }
    match complaint(records, ranks, end) {
        Some((test, message)) => {
            let test = test.unwrap_or("the job as a whole").to_owned();
            verdict.failures.push(Failure { test, message, of_job: true });
        }
        None => disagreement(&mut verdict, records),
    }
    verdict
}

/// Every test that ended anywhere, with each rank's account of it.
pub fn by_test(records: &[Record]) -> BTreeMap<&str, Vec<(usize, &Test)>> {
    let mut tests: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for record in records {
        for test in &record.ended {
            tests.entry(&test.name).or_default().push((record.rank, test));
        }
    }
    tests
}

/// What the accounts of one test come to (passed, failed, errored, skipped or private), and why.
pub fn judgement(accounts: &[(usize, &Test)]) -> (Outcome, String) {
    let of = |outcome| accounts.iter().filter(move |(_, test)| test.outcome == outcome);
    // What several ranks say in the same words is said once.
    let mut failed: Vec<(String, &str)> = Vec::new();
    for (rank, test) in accounts.iter().filter(|(_, test)| test.outcome.is_failure()) {
        match failed.iter_mut().find(|(_, message)| *message == test.message) {
            Some((ranks, _)) => ranks.push_str(&[", ", &rank.to_string()].concat()),
            None => failed.push((format!("rank {rank}"), &test.message)),
        }
    }
    if !failed.is_empty() {
        let said: Vec<_> = failed.iter().map(|(ranks, message)| format!("{ranks}: {message}")).collect();
        let outcome = of(Outcome::Failed).next().map_or(Outcome::Errored, |_| Outcome::Failed);
        (outcome, said.join("\n"))
    } else if let Some((_, test)) = of(Outcome::Private).next() {
        (Outcome::Private, test.message.clone())
    } else if let Some((_, test)) = of(Outcome::Xfailed).chain(of(Outcome::Skipped)).next() {
        (Outcome::Skipped, test.message.clone())
    } else if let Some((_, test)) = of(Outcome::Xpassed).next() {
        (Outcome::Failed, format!("passed, in spite of this, which is to be taken back: {}", test.message))
    } else {
        (Outcome::Passed, String::new())
    }
}

/// What is wrong with the job as a whole, and the test it was in.
pub fn complaint<'a>(records: &'a [Record], ranks: usize, end: &End) -> Option<(Option<&'a str>, String)> {
    let finished = records.len() == ranks && records.iter().all(|record| record.status.is_some());
    let failed_tests = records.iter().any(|record| record.status != Some(0));
    let complaint = match end {
        End::Killed(why) => why.clone(),
        End::Exited { success: true, .. } if finished => return None,
        End::Exited { success: false, .. } if finished && failed_tests => return None,
        End::Exited { status, .. } if finished => {
            format!("every rank's tests were over, and then the job ended with {status}")
        }
        End::Exited { status, .. } => format!("the job ended with {status} before its tests were over"),
    };
    // All ranks run the same tests: the one that has ended fewest is the one the others wait for.
    let last =
        records.iter().filter(|record| record.status.is_none()).min_by_key(|record| record.ended.len());
    let test = last.and_then(|record| record.current.as_deref());
    Some((test, complaint + &standings(records, ranks)))
}

/// All ranks run the same tests: if they did not, what passed has no meaning.
fn disagreement(verdict: &mut Verdict, records: &[Record]) {
    let counts: Vec<_> = records.iter().map(|record| record.ended.len()).collect();
    if counts.windows(2).any(|pair| pair[0] != pair[1]) {
        verdict.fail("the job as a whole", format!("the ranks ran different numbers of tests: {counts:?}"));
    }
}

fn standings(records: &[Record], ranks: usize) -> String {
    (0..ranks).map(|rank| standing(rank, records.iter().find(|record| record.rank == rank))).collect()
}

fn standing(rank: usize, record: Option<&Record>) -> String {
    let Some(record) = record else { return format!("\nrank {rank}: never came as far as its tests") };
    let failure = record.first_failure().map(|test| format!("\n  its first failure was {}", test.name));
    // The frames of what runs the tests are the same everywhere.
    let telling =
        |line: &&str| !["/_pytest/", "/pluggy/", "/unittest/"].iter().any(|frame| line.contains(frame));
    let stack: String =
        record.stack.lines().filter(telling).take(12).flat_map(|line| ["\n  ", line]).collect();
    format!("\nrank {rank}: {}{}{stack}", record.standing(), failure.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(rank: usize, tests: &[(&str, Outcome)]) -> Record {
        let ended = tests
            .iter()
            .map(|&(name, outcome)| Test { name: name.to_owned(), outcome, message: "why".to_owned() })
            .collect();
        let failed = tests.iter().any(|&(_, outcome)| outcome == Outcome::Failed);
        Record { rank, ended, status: Some(i32::from(failed)), ..Record::default() }
    }

    const WELL: End = End::Exited { success: true, status: String::new() };

    fn ill() -> End {
        End::Exited { success: false, status: "exit status: 1".to_owned() }
    }

    #[test]
    fn a_failure_on_any_rank_fails_the_test_once() {
        let records = [record(0, &[("a", Outcome::Passed)]), record(1, &[("a", Outcome::Failed)])];
        let verdict = judge(&records, 2, &ill());
        assert_eq!((verdict.passed, verdict.failures.len()), (0, 1));
        assert!(verdict.failures[0].message.starts_with("rank 1:"));
    }

    #[test]
    fn a_known_defect_must_show_on_some_rank() {
        let shown = [record(0, &[("a", Outcome::Xpassed)]), record(1, &[("a", Outcome::Xfailed)])];
        assert_eq!(judge(&shown, 2, &WELL).skipped.len(), 1);
        let gone = [record(0, &[("a", Outcome::Xpassed)]), record(1, &[("a", Outcome::Xpassed)])];
        assert_eq!(judge(&gone, 2, &WELL).failures.len(), 1);
    }

    #[test]
    fn a_hang_names_where_each_rank_stood() {
        let mut stuck = record(1, &[("a", Outcome::Passed)]);
        (stuck.current, stuck.status) = (Some("b".to_owned()), None);
        let records = [record(0, &[("a", Outcome::Passed)]), stuck];
        let verdict = judge(&records, 2, &End::Killed("no progress for 9 s".to_owned()));
        assert_eq!(verdict.failures[0].test, "b");
        assert!(verdict.failures[0].message.contains("rank 1: in b"));
        assert!(verdict.failures[0].message.contains("rank 0: after its last test"));
    }

    #[test]
    fn a_crash_in_finalize_is_a_failure() {
        let verdict = judge(&[record(0, &[("a", Outcome::Passed)])], 1, &ill());
        assert_eq!((verdict.passed, verdict.failures.len()), (1, 1));
    }

    #[test]
    fn a_rank_that_never_started_is_a_failure() {
        let verdict = judge(&[record(0, &[("a", Outcome::Passed)])], 2, &WELL);
        assert!(verdict.failures[0].message.contains("rank 1: never came"));
    }

    #[test]
    fn ranks_that_ran_different_tests_are_a_failure() {
        let records = [record(0, &[("a", Outcome::Passed)]), record(1, &[])];
        assert_eq!(judge(&records, 2, &WELL).failures.len(), 1);
    }
}
