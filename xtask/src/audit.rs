//! `cargo xtask audit`: the finished wheel, as it will be published.

mod binary;
mod contents;
mod loading;
mod reproducible;
mod subject;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use fs_err as fs;

use crate::factory::Factory;
use crate::table::Table;
use subject::Subject;

/// Audit finished wheels.
#[derive(clap::Args)]
pub struct Args {
    /// The wheels; all of dist/ when left out
    #[arg(value_name = "WHEEL")]
    wheels: Vec<PathBuf>,
    /// Also build this machine's wheel twice, from two copies of the checkout, and compare the bytes
    #[arg(long)]
    reproducible: bool,
}

/// What a check found.
#[derive(Default)]
struct Verdict {
    /// In a few words, for the table.
    detail: String,
    /// What is wrong; nothing, if the check holds.
    problems: Vec<String>,
}

impl Verdict {
    fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), problems: Vec::new() }
    }

    fn failed(problem: impl Into<String>) -> Self {
        Self { detail: String::new(), problems: vec![problem.into()] }
    }

    fn add(&mut self, problem: String) {
        self.problems.push(problem);
    }

    fn extend(&mut self, problems: impl IntoIterator<Item = String>) {
        self.problems.extend(problems);
    }

    /// The judgement of another program, and all it said.
    fn of_tool(name: &str, command: &mut Command) -> Result<(Self, String)> {
        let output = command.output().with_context(|| format!("cannot start {name}"))?;
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        let mut verdict = Self::new(name);
        if !output.status.success() {
            verdict.add(format!("{name}: {}\n{}", output.status, said.trim()));
        }
        Ok((verdict, said))
    }
}

/// One check.
struct Check {
    name: &'static str,
    run: fn(&Subject) -> Result<Verdict>,
    /// What to do when it fails.
    remedy: &'static str,
}

const CHECKS: [Check; 10] = [
    Check {
        name: "modules",
        run: contents::modules,
        remedy: "build all variants: `cargo xtask build-wheels` without --variant",
    },
    Check {
        name: "RECORD",
        run: contents::record,
        remedy: "the wheel was changed after it was packed, or xtask/src/wheel/record.rs is wrong: build it again",
    },
    Check {
        name: "METADATA",
        run: contents::metadata,
        remedy: "correct bindings/mpi4py/pyproject.toml or README.md, which METADATA is made of",
    },
    Check {
        name: "platform policy",
        run: loading::policy,
        remedy: "find the crate that needs it (`cargo tree -p mpi4py`), or, if every machine has it, allow it in \
                 matrix/platforms.toml",
    },
    Check {
        name: "no MPI library",
        run: loading::independence,
        remedy: "call MPI through mpi-api only: its table is bound by dlsym, and nothing links against MPI",
    },
    Check {
        name: "stable ABI",
        run: loading::abi3,
        remedy: "the symbol is not in Python 3.11's stable ABI: use pyo3's abi3 functions only",
    },
    Check {
        name: "MPI symbols",
        run: loading::symbols,
        remedy: "guard the declaration in stubs/include by its version, or let another variant serve the release \
                 (`api` in matrix/mpi/*.toml); `cargo xtask stubs` shows more",
    },
    Check {
        name: "sizes",
        run: contents::sizes,
        remedy: "look for what grew with `cargo bloat`-like tools; generics instantiated per method are the usual cause",
    },
    Check {
        name: "build paths",
        run: loading::paths,
        remedy: "have the module's compiler remap that folder (--remap-path-prefix in xtask/src/module/compile.rs)",
    },
    Check {
        name: "SBOM",
        run: contents::sbom,
        remedy: "xtask/src/wheel/sbom.rs and `cargo tree` disagree about what is shipped",
    },
];

/// Runs the verb.
pub fn run(factory: &Factory, args: &Args) -> Result<()> {
    let mut failed = 0;
    for path in wheels(factory, args)? {
        let subject = Subject::open(factory, &path)?;
        println!("{}", path.display());
        failed += audit(&subject)?;
    }
    if args.reproducible {
        println!("{}", reproducible::compare(factory)?);
    }
    match failed {
        0 => Ok(()),
        _ => bail!("{failed} checks failed: what to do is said with each"),
    }
}

fn wheels(factory: &Factory, args: &Args) -> Result<Vec<PathBuf>> {
    if !args.wheels.is_empty() {
        return Ok(args.wheels.clone());
    }
    let mut wheels = Vec::new();
    if factory.dist.is_dir() {
        for entry in fs::read_dir(&factory.dist)? {
            let path = entry?.path();
            let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if !hidden && path.extension().is_some_and(|extension| extension == "whl") {
                wheels.push(path);
            }
        }
    }
    if wheels.is_empty() {
        bail!("{} has no wheel: build one with `cargo xtask build-wheels`", factory.dist.display());
    }
    wheels.sort();
    Ok(wheels)
}

/// Runs every check, prints the table, and counts the failures.
fn audit(subject: &Subject) -> Result<usize> {
    let mut table = Table::new(["check", "verdict", "detail"]);
    let (mut failed, mut complaints) = (0, String::new());
    for check in &CHECKS {
        let task = subject.factory.progress.task(check.name);
        let verdict = (check.run)(subject).with_context(|| format!("checking {}", check.name))?;
        drop(task);
        if verdict.problems.is_empty() {
            table.row([check.name.to_owned(), "ok".to_owned(), verdict.detail]);
        } else {
            failed += 1;
            table.row([check.name.to_owned(), "FAILED".to_owned(), format!("{} problems", verdict.problems.len())]);
            complaints += &format!("{}:\n", check.name);
            for problem in &verdict.problems {
                complaints += &format!("  {}\n", problem.replace('\n', "\n  "));
            }
            complaints += &format!("  → {}\n", check.remedy);
        }
    }
    println!("{table}");
    eprint!("{complaints}");
    Ok(failed)
}
