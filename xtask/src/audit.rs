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
use subject::{Compiled, Subject};

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
    /// What is wrong, and with which modules when it is not the wheel as a whole; nothing, if the check holds.
    problems: Vec<(String, Vec<String>)>,
}

impl Verdict {
    fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), problems: Vec::new() }
    }

    fn failed(problem: impl Into<String>) -> Self {
        Self { detail: String::new(), problems: vec![(problem.into(), Vec::new())] }
    }

    fn add(&mut self, problem: impl Into<String>) {
        self.problems.push((problem.into(), Vec::new()));
    }

    fn extend(&mut self, problems: impl IntoIterator<Item = String>) {
        self.problems.extend(problems.into_iter().map(|problem| (problem, Vec::new())));
    }

    /// A problem of one module: what several have is told once.
    fn add_of(&mut self, module: &Compiled, problem: String) {
        let name = module.name.clone();
        match self.problems.iter_mut().find(|(known, modules)| *known == problem && !modules.is_empty()) {
            Some((_, modules)) => modules.push(name),
            None => self.problems.push((problem, vec![name])),
        }
    }

    /// The problems, one a line.
    fn complaint(&self) -> String {
        let line = |(problem, modules): &(String, Vec<String>)| {
            let whose = match modules.as_slice() {
                [] => String::new(),
                [module] => format!("{module} "),
                [module, others @ ..] => format!("{module} and {} more ", others.len()),
            };
            format!("  {whose}{}\n", problem.replace('\n', "\n  "))
        };
        self.problems.iter().map(line).collect()
    }

    /// The judgement of another program, and all it said.
    fn of_tool(name: &str, command: &mut Command) -> Result<(Self, String)> {
        let output = command.output().with_context(|| format!("cannot start {name}"))?;
        let said =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
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

const CHECKS: [Check; 11] = [
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
        name: "exports",
        run: loading::seclusion,
        remedy: "another library of the process could bind to it: hide it, as bindings/unwinder does",
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
        _ => bail!("{failed} of the checks failed: what to do is said with each"),
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

fn problems(count: usize) -> String {
    if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") }
}

/// Runs every check, prints the table, and counts the failures.
fn audit(subject: &Subject) -> Result<usize> {
    let mut table = Table::new(["check", "verdict", "detail"]);
    let mut complaints = Vec::new();
    for check in &CHECKS {
        let task = subject.factory.progress.task(check.name);
        let verdict = (check.run)(subject).with_context(|| format!("checking {}", check.name))?;
        drop(task);
        if verdict.problems.is_empty() {
            table.row([check.name.to_owned(), "ok".to_owned(), verdict.detail]);
        } else {
            table.row([
                check.name.to_owned(),
                "FAILED".to_owned(),
                format!("{}, see below", problems(verdict.problems.len())),
            ]);
            complaints.push(format!("{}:\n{}  → {}\n", check.name, verdict.complaint(), check.remedy));
        }
    }
    println!("{table}");
    eprint!("{}", complaints.concat());
    Ok(complaints.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use subject::Entry;

    #[test]
    fn what_several_modules_have_is_told_once() {
        let module =
            |name: &str| Compiled { name: name.to_owned(), variant: None, binary: binary::Binary::default() };
        let mut verdict = Verdict::new("");
        for name in ["a", "b", "c"] {
            verdict.add_of(&module(name), "needs x".to_owned());
        }
        verdict.add_of(&module("a"), "needs y".to_owned());
        assert_eq!(verdict.complaint(), "  a and 2 more needs x\n  a needs y\n");
    }

    #[test]
    fn record_tells_what_is_changed_missing_and_surplus() {
        let factory = Factory::open().unwrap();
        let file = |name: &str, text: &str| {
            (name.to_owned(), Entry { bytes: text.as_bytes().to_vec(), compressed: text.len() as u64 })
        };
        let record = "a,sha256=x,1\ngone,sha256=x,1\np.dist-info/RECORD,,\n";
        let subject = Subject {
            factory: &factory,
            path: PathBuf::new(),
            platform: factory.matrix.host().unwrap(),
            files: [file("a", "12"), file("extra", ""), file("p.dist-info/RECORD", record)].into(),
            modules: Vec::new(),
            missing: Vec::new(),
            surplus: Vec::new(),
        };
        let complaint = contents::record(&subject).unwrap().complaint();
        let lines: Vec<_> = complaint.lines().collect();
        assert_eq!(lines.len(), 4, "{complaint}");
        assert!(lines[0].contains("a: RECORD says \"sha256=x\""));
        assert!(lines[1].contains("a: RECORD says \"1\" bytes"));
        assert!(lines[2].contains("gone has a row"));
        assert!(lines[3].contains("extra has no row"));
    }
}
