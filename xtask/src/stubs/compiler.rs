//! The pinned C compiler, as a judge: it compiles one file for a platform, or says on which lines it cannot.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};
use fs_err as fs;

use crate::matrix::Platform;

/// The C compiler for one platform.
pub struct Compiler {
    python: PathBuf,
    cache: PathBuf,
    target: String,
}

/// What the compiler says against one line of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Objection {
    /// The line, from 1.
    pub line: usize,
    /// Its words.
    pub text: String,
    /// The line elsewhere that it refers to, if it does.
    pub other: Option<String>,
}

/// A file to compile.
pub struct Unit<'a> {
    /// The C text.
    pub text: &'a str,
    /// Where it looks for headers.
    pub include: &'a Path,
    /// Further arguments.
    pub arguments: &'a [String],
}

impl Compiler {
    /// The compiler that comes with this Python's `ziglang`, for `platform`; it keeps its files in `cache`.
    pub fn new(python: PathBuf, cache: PathBuf, platform: &Platform) -> Self {
        Self { python, cache, target: target(platform) }
    }

    /// The object file, or the compiler's objections to lines of `unit` itself.
    ///
    /// # Errors
    /// When it cannot be started, or objects to a header.
    pub fn compile(&self, unit: &Unit<'_>) -> Result<Result<Vec<u8>, Vec<Objection>>> {
        let folder = tempfile::tempdir()?;
        let (source, object) = (folder.path().join("probe.c"), folder.path().join("probe.o"));
        fs::write(&source, unit.text)?;
        let mut command = Command::new(&self.python);
        command.args(["-m", "ziglang", "cc", "-target", &self.target, "-std=c11", "-c"]);
        command.args(["-ferror-limit=0", "-fno-caret-diagnostics"]).args(unit.arguments);
        command.arg("-I").arg(unit.include).arg("-o").arg(&object).arg(&source);
        command.env("ZIG_GLOBAL_CACHE_DIR", &self.cache).env("ZIG_LOCAL_CACHE_DIR", &self.cache);
        let output = command.output()?;
        if output.status.success() {
            return Ok(Ok(fs::read(&object)?));
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let objections = objections(&said, &source.to_string_lossy());
        if objections.is_empty() || objections.len() < said.matches(": error: ").count() {
            bail!("the C compiler stumbles for {}:\n{}", self.target, said.trim());
        }
        Ok(Err(objections))
    }
}

/// Zig's name for `platform`: Rust's without its vendor, and with the oldest glibc where there is one.
fn target(platform: &Platform) -> String {
    let arch = platform.target.split('-').next().unwrap_or_default();
    match (platform.os(), &platform.glibc) {
        ("linux", Some(glibc)) => format!("{arch}-linux-gnu.{glibc}"),
        ("windows", _) => format!("{arch}-windows-gnu"),
        (os, _) => format!("{arch}-{os}"),
    }
}

/// The errors in what the compiler `said` that are about `source`, each with what the note after it quotes.
fn objections(said: &str, source: &str) -> Vec<Objection> {
    let mut found: Vec<Objection> = Vec::new();
    let mut noted = false;
    for line in said.lines() {
        if let Some((place, text)) = line.split_once(": error: ") {
            noted = false;
            let place = place.strip_prefix(source).and_then(|rest| rest.strip_prefix(':'));
            if let Some(Ok(line)) = place.and_then(|rest| rest.split(':').next()).map(str::parse) {
                found.push(Objection { line, text: text.to_owned(), other: None });
            }
        } else if line.contains(": note: ") {
            noted = true;
        } else if let (true, Some((number, quoted)), Some(last)) =
            (noted, line.split_once(" | "), found.last_mut())
            && number.trim().parse::<usize>().is_ok()
        {
            last.other.get_or_insert_with(|| quoted.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_comes_with_its_line_and_the_other_declaration() {
        let said = "probe.c:3:5: error: conflicting types for 'MPI_Send'\n    3 | int MPI_Send(int a);\n      |     ^\n\
                    mpi.h:16:5: note: previous declaration is here\n   16 | int MPI_Send(long a);\n      |     ^\n\
                    1 error generated.\n";
        let text = "conflicting types for 'MPI_Send'".to_owned();
        let other = Some("int MPI_Send(long a);".to_owned());
        assert_eq!(objections(said, "probe.c"), [Objection { line: 3, text, other }]);
    }

    #[test]
    fn an_error_in_a_header_is_not_ours() {
        assert_eq!(objections("mpi.h:3:5: error: unknown type name 'x'\n", "probe.c"), []);
    }
}
