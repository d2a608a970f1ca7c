//! Finding Python interpreters.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Result, bail};

/// The oldest Python that the factory's tools run on.
const FLOOR: (u32, u32) = (3, 11);

/// A Python interpreter that starts.
#[derive(Clone, Debug)]
pub struct Python {
    /// The interpreter itself, behind any shim.
    pub path: PathBuf,
    /// Its version, as `3.11`.
    pub version: String,
}

impl Python {
    /// Any Python from 3.11 on.
    ///
    /// # Errors
    /// When PATH has none.
    pub fn any() -> Result<Self> {
        let names = ["python3", "python3.11", "python3.12", "python3.13", "python3.14", "python"];
        let recent = |python: &Self| python.numbers().is_some_and(|numbers| numbers >= FLOOR);
        match candidates(&names).find(recent) {
            Some(python) => Ok(python),
            None => bail!(
                "no Python {}.{} or newer is on PATH (tried {}): install one, with its venv module, and put it on PATH",
                FLOOR.0,
                FLOOR.1,
                names.join(", ")
            ),
        }
    }

    /// The Python of this `version`, as `3.12`, if this machine has it.
    pub fn of_version(version: &str) -> Option<Self> {
        let names = [format!("python{version}"), "python3".to_owned(), "python".to_owned()];
        candidates(&names).find(|python| python.version == version)
    }

    /// `cp311`.
    pub fn tag(&self) -> String {
        crate::matrix::python_tag(&self.version)
    }

    fn numbers(&self) -> Option<(u32, u32)> {
        let (major, minor) = self.version.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    }

    /// Asks the program at `path` what it is: a shim may be there without the interpreter behind it.
    fn probe(path: &Path) -> Option<Self> {
        let question = "import sys; print(sys.executable, '%d.%d' % sys.version_info[:2], sep='\\n')";
        let answer = Command::new(path).args(["-I", "-c", question]).stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8(answer.stdout).ok()?;
        let mut lines = text.lines();
        let (path, version) = (lines.next()?.into(), lines.next()?.to_owned());
        answer.status.success().then_some(Self { path, version })
    }
}

/// The interpreters that PATH has under these names, then those of pyenv; probed lazily, best first.
fn candidates<S: AsRef<str>>(names: &[S]) -> impl Iterator<Item = Python> {
    let path = env::var_os("PATH").unwrap_or_default();
    let paths: Vec<_> = [env::split_paths(&path).collect(), pyenv()]
        .iter()
        .flat_map(|folders: &Vec<PathBuf>| {
            names.iter().flat_map(move |name| {
                let program = format!("{}{}", name.as_ref(), env::consts::EXE_SUFFIX);
                folders.iter().map(move |folder| folder.join(&program))
            })
        })
        .collect();
    paths.into_iter().filter(|path| path.is_file()).filter_map(|path| Python::probe(&path))
}

/// The folders of the Pythons that pyenv installed, whether or not a shim shows them.
fn pyenv() -> Vec<PathBuf> {
    let root = env::var_os("PYENV_ROOT").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".pyenv")));
    let Some(Ok(entries)) = root.map(|root| fs_err::read_dir(root.join("versions"))) else {
        return Vec::new();
    };
    let mut folders: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect();
    folders.sort();
    folders
}
