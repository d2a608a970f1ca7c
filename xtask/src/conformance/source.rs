//! The released package's tests, out of its source package.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use fs_err as fs;

use super::rules::Again;
use crate::digest::Key;
use crate::factory::{Factory, settle};
use crate::fetch::fetch_source;
use crate::python::Python;
use crate::tools;

/// The package that ours stands in for.
const PACKAGE: &str = "mpi4py";

/// The tests, unpacked below `target/`: nothing of them is part of this project.
pub struct Source {
    /// For people: `mpi4py 4.1.2`.
    pub name: String,
    /// The hash of the source package.
    pub sha256: String,
    files: Vec<TestFile>,
}

/// One file of tests.
pub struct TestFile {
    pub path: PathBuf,
    /// Its name without `.py`: what names of tests begin with.
    pub name: String,
    /// The module that runs it, and the rank counts at which it does; without one, every rank runs it.
    pub module: Option<(String, Vec<u32>)>,
}

impl TestFile {
    /// Whether it runs at this rank count.
    pub fn runs_at(&self, ranks: u32) -> bool {
        self.module.as_ref().is_none_or(|(_, at)| at.contains(&ranks))
    }

    /// The folder that it imports from.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }
}

impl Source {
    /// The tests in these folders of the source package.
    ///
    /// # Errors
    /// When it cannot be had, or two of its files have the same name.
    pub fn unpack(factory: &Factory, folders: &[String], again: &[Again]) -> Result<Self> {
        let package =
            factory.matrix.packages.package(PACKAGE).context("tools.toml has the released mpi4py")?;
        let sha256 = package.source()?.to_owned();
        let mut key = Key::default();
        key.add("source", &sha256);
        for folder in folders {
            key.add("folder", folder);
        }
        let home = factory.target.join("conformance").join(format!("source-{}", &key.finish()[..12]));
        if !home.exists() {
            let archive = fetch_source(factory, package)?;
            let parent = home.parent().context("a folder below target/")?;
            fs::create_dir_all(parent)?;
            let staging = tempfile::Builder::new().prefix(".unpack-").tempdir_in(parent)?;
            unpack(factory, &archive, staging.path(), folders)?;
            settle(&staging.keep(), &home)?;
        }
        let mut files = Vec::new();
        for folder in folders {
            files.extend(test_files(&home.join(folder))?);
        }
        files.retain(|file| again.iter().all(|row| row.name != file.name));
        for row in again {
            let file = files.iter().find(|file| file.name == row.file);
            let file = file.with_context(|| format!("{PACKAGE} has no file called {}", row.file))?;
            // What names of tests begin with is the file's name, so it is there under this one too.
            let path = file.path.with_file_name(format!("{}.py", row.name));
            fs::copy(&file.path, &path)?;
            let module = Some((row.module.clone(), row.ranks.clone()));
            files.push(TestFile { path, name: row.name.clone(), module });
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        for pair in files.windows(2) {
            ensure!(pair[0].name != pair[1].name, "two files of {PACKAGE} are called {}", pair[0].name);
        }
        Ok(Self { name: format!("{PACKAGE} {}", package.version), sha256, files })
    }

    /// The files whose name contains one of `words`; all, when there is none.
    pub fn files_named(&self, words: &[String]) -> Vec<&TestFile> {
        let wanted = |file: &&TestFile| words.is_empty() || words.iter().any(|word| file.name.contains(word));
        self.files.iter().filter(wanted).collect()
    }

    /// Whether there is a file called `name`.
    pub fn has(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.name == name)
    }
}

fn unpack(factory: &Factory, archive: &Path, to: &Path, folders: &[String]) -> Result<()> {
    let script = factory.root.join("tests/conformance/unpack.py");
    let mut python = std::process::Command::new(Python::any()?.path);
    python.args(["-I", "-B"]).args([&script, archive, to]).args(folders);
    tools::run(&mut python).with_context(|| format!("cannot unpack {}", archive.display()))
}

/// The files `test_*.py` directly in `folder`.
fn test_files(folder: &Path) -> Result<Vec<TestFile>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("test_") && path.extension().is_some_and(|extension| extension == "py") {
            files.push(TestFile { path, name, module: None });
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_test_files_are_taken_and_found_by_part_of_their_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["test_comm.py", "test_comm_inter.py", "test_op.py", "main.py", "test_service.sh"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let files = test_files(folder.path()).unwrap();
        let source = Source { name: String::new(), sha256: String::new(), files };
        assert_eq!(source.files_named(&[]).len(), 3);
        assert_eq!(source.files_named(&["comm".to_owned(), "op".to_owned()]).len(), 3);
        assert_eq!(source.files_named(&["inter".to_owned()])[0].name, "test_comm_inter");
        assert!(source.has("test_op") && !source.has("main"));
    }
}
