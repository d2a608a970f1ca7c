//! The factory's Python environments, made of pinned packages.
//!
//! `target/tools/<name>-<python>-<key>/<attempt>/` is a virtual environment. It cannot be made elsewhere and moved,
//! because its scripts name their interpreter: a stamp, written last, names the attempt that came to its end. Each
//! attempt has a folder of its own, because the pip of a factory that was killed may still be writing into the last.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context, Result, bail};
use fs_err as fs;

use crate::{
    digest::Key,
    factory::{Factory, settle},
    fetch::{Wheel, fetch},
    python::Python,
};

/// The stamp: it holds the name of the folder beside it that is a whole environment.
const READY: &str = "ready";

/// A virtual environment that is whole.
#[derive(Clone, Debug)]
pub struct Environment {
    root: PathBuf,
}

impl Environment {
    /// The environment `name` of `matrix/tools.toml`, for `python`.
    ///
    /// # Errors
    /// When its packages cannot be had, or Python cannot make virtual environments.
    pub fn named(factory: &Factory, name: &str, python: &Python) -> Result<Self> {
        let host = factory.matrix.host()?;
        let wheels = factory.matrix.packages.environment(name);
        let wheels: Result<Vec<_>> =
            wheels.into_iter().map(|package| Wheel::of_package(package, host, python)).collect();
        Self::of_wheels(factory, name, python, &wheels?)
    }

    /// An environment of exactly these wheels.
    ///
    /// # Errors
    /// When they cannot be had, or Python cannot make virtual environments.
    pub fn of_wheels(factory: &Factory, name: &str, python: &Python, wheels: &[Wheel<'_>]) -> Result<Self> {
        let mut key = Key::default();
        key.add("python", python.path.to_string_lossy().as_bytes());
        for wheel in wheels {
            key.add(wheel.name, wheel.sha256);
        }
        let home =
            factory.target.join("tools").join(format!("{name}-{}-{}", python.tag(), &key.finish()[..12]));
        if let Some(environment) = Self::ready(&home) {
            return Ok(environment);
        }
        let files = wheels.iter().map(|wheel| fetch(factory, wheel)).collect::<Result<Vec<_>>>()?;
        let _turn = factory.turn("tools")?;
        if let Some(environment) = Self::ready(&home) {
            return Ok(environment);
        }
        let task = factory.progress.task(format!("environment {name} for Python {}", python.version));
        let attempt = fresh_folder(&home)?;
        let environment = Self::create(&attempt, python, &files)?;
        let stamp = attempt.join(READY);
        fs::write(&stamp, attempt.file_name().context("an attempt has a name")?.as_encoded_bytes())?;
        settle(&stamp, &home.join(READY))?;
        task.done("made");
        Ok(environment)
    }

    /// The environment that the stamp in `home` names.
    fn ready(home: &Path) -> Option<Self> {
        let attempt = fs::read_to_string(home.join(READY)).ok()?;
        Some(Self { root: home.join(attempt) }).filter(|environment| environment.python().exists())
    }

    /// Makes an environment of these files at `place`, for the caller to throw away or keep.
    ///
    /// # Errors
    /// When Python cannot make virtual environments, or a file cannot be installed.
    pub fn create(place: &Path, python: &Python, files: &[PathBuf]) -> Result<Self> {
        if place.exists() {
            fs::remove_dir_all(place)?;
        }
        let environment = Self { root: place.to_owned() };
        let mut venv = quiet(&python.path);
        run(venv.args(["-I", "-m", "venv"]).arg(place)).with_context(|| {
            format!(
                "{} cannot make virtual environments: install its venv and ensurepip modules (Debian and Ubuntu: \
                 apt-get install python3-venv)",
                python.path.display()
            )
        })?;
        if !files.is_empty() {
            let mut pip = environment.pip();
            run(pip.args(["install", "--quiet", "--no-deps", "--no-index", "--no-compile"]).args(files))?;
        }
        Ok(environment)
    }

    /// The environment at `place`, which the caller knows to be whole.
    pub fn at(place: &Path) -> Self {
        Self { root: place.to_owned() }
    }

    /// The folder of the environment.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of its programs.
    pub fn bin(&self) -> PathBuf {
        self.root.join(if cfg!(windows) { "Scripts" } else { "bin" })
    }

    /// One of its programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin().join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// Its interpreter.
    pub fn python(&self) -> PathBuf {
        self.program("python")
    }

    /// PATH with its programs first.
    ///
    /// # Errors
    /// When the folder's name cannot stand in PATH.
    pub fn path(&self) -> Result<OsString> {
        let path = env::var_os("PATH").unwrap_or_default();
        Ok(env::join_paths([self.bin()].into_iter().chain(env::split_paths(&path)))?)
    }

    /// Its pip.
    pub fn pip(&self) -> Command {
        let mut pip = quiet(&self.python());
        pip.args(["-I", "-m", "pip", "--disable-pip-version-check", "--no-input"]);
        pip
    }
}

/// The pip that downloads: that of an otherwise empty environment.
///
/// # Errors
/// When Python cannot make virtual environments.
pub fn pip(factory: &Factory, python: &Python) -> Result<Command> {
    Ok(Environment::of_wheels(factory, "pip", python, &[])?.pip())
}

/// An empty folder in `home`, without what earlier attempts left there: if it can be removed, that is, which the pip
/// of a killed factory may hinder.
fn fresh_folder(home: &Path) -> Result<PathBuf> {
    let _ = fs::remove_dir_all(home);
    fs::create_dir_all(home)?;
    Ok(tempfile::Builder::new().prefix("").rand_bytes(4).tempdir_in(home)?.keep())
}

/// A Python that none of the user's settings for installing packages reaches.
fn quiet(python: &Path) -> Command {
    let mut command = Command::new(python);
    for variable in
        ["PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIREMENT"]
    {
        command.env_remove(variable);
    }
    command
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be started, or fails: with all it wrote to standard error.
pub fn run(command: &mut Command) -> Result<()> {
    output(command).map(drop)
}

/// As [`run`], and gives what the command wrote.
///
/// # Errors
/// As [`run`].
pub fn output(command: &mut Command) -> Result<Output> {
    let name = command.get_program().display().to_string();
    let output = command.output().with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        let said = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
        bail!("{name} failed ({}):\n{}", output.status, String::from_utf8_lossy(said).trim());
    }
    Ok(output)
}
