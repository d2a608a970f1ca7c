//! The Rust tests of mpi-api under a real MPI: `bindings/mpi-api/tests/mpi`, which says how it is run.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use mpi_stubs::Variant;
use serde::Deserialize;

use super::job::End;
use super::verdict::Verdict;
use crate::factory::Factory;
use crate::tools;

/// A way to run the tests.
pub struct Mode {
    /// Features of mpi-api.
    features: &'static [&'static str],
    /// Variables that are set for the run.
    pub environment: &'static [&'static str],
}

/// Every case as it is, then with an emulation in place of each native function.
pub const MODES: &[Mode] = &[
    Mode { features: &[], environment: &[] },
    Mode { features: &["small-counts"], environment: &["MPI_API_EMULATE"] },
];

/// The cases beyond 2³¹ elements.
pub const LARGE: &[Mode] = &[Mode { features: &[], environment: &["MPI_API_LARGE"] }];

/// What a rank needs for them.
pub const LARGE_BYTES_PER_RANK: u64 = 7 << 30;

#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

/// The test program for `variant`, built as `mode` asks.
pub fn program(factory: &Factory, variant: &Variant, mode: &Mode) -> Result<PathBuf> {
    let task = factory.progress.task(format!("Rust tests for {variant}"));
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["test", "--quiet", "--locked", "--package", "mpi-api", "--test", "mpi", "--no-run"])
        .args(["--message-format=json-render-diagnostics", "--features", &mode.features.join(",")])
        .arg("--target-dir")
        .arg(factory.target.join("rust-tests").join(variant.to_string()))
        .current_dir(&factory.root)
        .env("MPI4PY_VARIANT", variant.to_string());
    let output = tools::output(&mut cargo).context("the Rust tests of mpi-api do not build")?;
    drop(task);
    executable(&String::from_utf8_lossy(&output.stdout)).context("cargo names no program for the test")
}

/// The program that cargo says it built.
fn executable(messages: &str) -> Option<PathBuf> {
    messages.lines().find_map(|line| {
        let message: Message = serde_json::from_str(line).ok()?;
        let is_test =
            message.reason == "compiler-artifact" && message.target?.kind.iter().any(|kind| kind == "test");
        message.executable.filter(|_| is_test)
    })
}

/// The memory that is free, where the system says so.
pub fn free_memory() -> Option<u64> {
    let text = fs_err::read_to_string(Path::new("/proc/meminfo")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}

/// Judges what a program said, and how it ended.
pub fn judge(output: &str, end: &End) -> Verdict {
    let mut verdict = Verdict::default();
    let (mut last, mut complete) = (None, false);
    for line in output.lines() {
        if let Some((name, why)) = line.strip_prefix("not ok ").and_then(|rest| rest.split_once(": ")) {
            // Several ranks may say it of one case.
            match verdict.failures.iter_mut().find(|failure| failure.test == name) {
                Some(failure) => failure.message.push_str(&["\n", why].concat()),
                None => verdict.fail(name, why),
            }
            last = Some(name);
        } else if let Some(name) = line.strip_prefix("ok ") {
            match name.split_once(" # skipped: ") {
                Some((name, why)) => verdict.skipped.push((name.to_owned(), why.to_owned())),
                None => verdict.passed += 1,
            }
            last = Some(name);
        }
        complete |= line.contains(" passed, ");
    }
    let complaint = match end {
        End::Killed(why) => why.clone(),
        End::Exited { .. } if !complete => "it did not come to its end".to_owned(),
        End::Exited { success: false, status } if verdict.failures.is_empty() => {
            format!("it ended with {status}")
        }
        End::Exited { .. } => return verdict,
    };
    let last = last.map_or_else(|| "before its first case".to_owned(), |last| format!("after {last}"));
    verdict.fail("the program", format!("{complaint}, {last}\n{}", said(output)));
    verdict
}

/// The end of what the program said besides its judgements.
fn said(output: &str) -> String {
    let is_judgement = |line: &&str| line.starts_with("ok ") || line.starts_with("# ");
    let other: Vec<_> = output.lines().filter(|line| !is_judgement(line)).collect();
    other[other.len().saturating_sub(20)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(success: bool) -> End {
        End::Exited { success, status: "exit status: 1".to_owned() }
    }

    #[test]
    fn lines_are_tests() {
        let output = "# mpi41-mpich\nok send\nok big # skipped: X is unsupported\nnot ok recv: rank 0: 1, not 2\n\
                      not ok recv: rank 1: 3, not 4\n2 passed, 1 failed\n";
        let verdict = judge(output, &ended(false));
        assert_eq!(verdict.passed, 1);
        assert_eq!(verdict.skipped, [("big".to_owned(), "X is unsupported".to_owned())]);
        assert_eq!(verdict.failures.len(), 1);
        assert_eq!(verdict.failures[0].message, "rank 0: 1, not 2\nrank 1: 3, not 4");
    }

    #[test]
    fn a_crash_is_a_failure_and_names_the_case_before() {
        let verdict = judge("ok a\nok b\n", &ended(false));
        assert_eq!((verdict.passed, verdict.failures.len()), (2, 1));
        assert!(verdict.failures[0].message.contains("after b"));
        assert_eq!(
            judge("ok a\n", &ended(true)).failures.len(),
            1,
            "without its last line it is not complete"
        );
        assert_eq!(judge("ok a\n1 passed, 0 failed\n", &ended(true)).failures.len(), 0);
    }

    #[test]
    fn cargo_names_the_program() {
        let messages = r#"{"reason":"compiler-artifact","target":{"kind":["lib"]},"executable":null}
{"reason":"compiler-artifact","target":{"kind":["test"]},"executable":"/t/mpi-1"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(executable(messages), Some(PathBuf::from("/t/mpi-1")));
    }
}
