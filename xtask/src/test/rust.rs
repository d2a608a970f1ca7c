//! The Rust tests of mpi-api that need a real MPI: the test programs of `bindings/mpi-api/tests`.
//!
//! Each is a program without cargo's harness that binds the library `MPI_API_LIBRARY` names, and of which rank 0 says
//! `ok - <name>`, `ok - <name> # SKIP <reason>` or `not ok - <name>`, one test a line, for all ranks.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use mpi_stubs::Variant;
use serde::Deserialize;

use super::job::End;
use super::verdict::Verdict;
use crate::factory::Factory;
use crate::tools;

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

/// The test programs, built for `variant`.
pub fn programs(factory: &Factory, variant: &Variant) -> Result<Vec<Vec<PathBuf>>> {
    let task = factory.progress.task(format!("Rust tests for {variant}"));
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["test", "--quiet", "--locked", "--package", "mpi-api", "--test", "*", "--no-run"])
        .arg("--message-format=json-render-diagnostics")
        .arg("--target-dir")
        .arg(factory.target.join("rust-tests").join(variant.to_string()))
        .current_dir(&factory.root)
        .env("MPI4PY_VARIANT", variant.to_string());
    let output = tools::output(&mut cargo).context("the Rust tests of mpi-api do not build")?;
    let mut programs = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let message: Message = serde_json::from_str(line).context("cargo speaks JSON")?;
        let is_test = message.target.is_some_and(|target| target.kind.iter().any(|kind| kind == "test"));
        if message.reason == "compiler-artifact" && is_test {
            programs.extend(message.executable.map(|program| vec![program]));
        }
    }
    drop(task);
    Ok(programs)
}

/// Judges what a program said, and how it ended.
pub fn judge(output: &str, end: &End) -> Verdict {
    let mut verdict = Verdict::default();
    for line in output.lines() {
        if let Some(test) = line.strip_prefix("not ok ") {
            verdict.fail(name(test), said(output));
        } else if let Some((test, reason)) = line.strip_prefix("ok ").and_then(|test| test.split_once("# SKIP")) {
            verdict.skipped.push((name(test).to_owned(), reason.trim().to_owned()));
        } else if line.starts_with("ok ") {
            verdict.passed += 1;
        }
    }
    match end {
        End::Killed(why) => verdict.fail("the program", format!("{why}\n{}", said(output))),
        End::Exited { success: false, status } if verdict.failures.is_empty() => {
            verdict.fail("the program", format!("it ended with {status}\n{}", said(output)));
        }
        End::Exited { .. } => {}
    }
    verdict
}

/// A test's name, without its number and dash.
fn name(test: &str) -> &str {
    test.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ' || c == '-').trim()
}

/// What the program said besides its judgements.
fn said(output: &str) -> String {
    let other: Vec<_> = output.lines().filter(|line| !line.starts_with("ok ")).collect();
    other[other.len().saturating_sub(30)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_tests() {
        let output = "1..3\nok 1 - send\nok 2 - big # SKIP 2 GB are not free\nnot ok 3 - recv\nleft: 1\n";
        let verdict = judge(output, &End::Exited { success: false, status: "exit status: 1".to_owned() });
        assert_eq!(verdict.passed, 1);
        assert_eq!(verdict.skipped, [("big".to_owned(), "2 GB are not free".to_owned())]);
        assert_eq!(verdict.failures.len(), 1);
        assert_eq!(verdict.failures[0].test, "recv");
    }

    #[test]
    fn a_crash_is_a_failure() {
        let end = End::Exited { success: false, status: "signal: 11".to_owned() };
        assert_eq!(judge("ok - a\n", &end).failures.len(), 1);
    }
}
