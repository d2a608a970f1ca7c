//! Compiling one module with cargo, so that the same sources give the same bytes wherever they lie.

use std::{
    collections::BTreeMap,
    env,
    ffi::{OsStr, OsString},
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use fs_err as fs;

use super::{Built, Module, Store, profile::Profile};
use crate::{
    factory::Factory,
    matrix::{Linker, Platform},
    progress::Task,
    python::Python,
    rustc::{self, Rustc},
    tools::Environment,
};

/// Variables of the user's that would change what is built.
const FOREIGN: [&str; 5] = ["CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_", "MPI4PY_", "PYO3_"];

/// How the lines begin in which cargo says what it does, as opposed to what goes wrong.
const STATUS: [&str; 8] = [
    "Blocking ",
    "Compiling ",
    "Downloaded ",
    "Downloading ",
    "Finished ",
    "Fresh ",
    "Locking ",
    "Updating ",
];

/// All that compiling needs, besides the sources.
pub struct Compiler<'a> {
    factory: &'a Factory,
    platform: &'a Platform,
    /// Each source folder of this machine, and the name it goes by in every build.
    names: Vec<(PathBuf, String)>,
    /// The tools' environment, where there are tools.
    tools: Option<Environment>,
    /// How many processes one cargo may start.
    threads: usize,
    profile: Profile,
}

impl<'a> Compiler<'a> {
    /// Gets the tools ready, for `slots` compilations at a time.
    ///
    /// # Errors
    /// When this machine cannot compile for `platform`: says what to install.
    pub fn new(
        factory: &'a Factory,
        platform: &'a Platform,
        rustc: &Rustc,
        profile: Profile,
        slots: usize,
    ) -> Result<Self> {
        rustc::can_build(platform, factory.matrix.host()?)?;
        fetch_crates(factory, platform)?;
        let mut names = vec![
            (factory.root.clone(), "/mpi4py".to_owned()),
            (rustc::sysroot()?.join("lib/rustlib/src/rust"), format!("/rustc/{}", rustc.commit())),
        ];
        names.extend(registries()?.into_iter().map(|folder| (folder, "/crates".to_owned())));
        let tools = match platform.linker {
            Linker::Zig => Some(Environment::named(factory, "build", &Python::any()?)?),
            Linker::Native => None,
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from).div_ceil(slots);
        Ok(Self { factory, platform, names, tools, threads, profile })
    }

    /// Compiles `module` in the target folder of `slot`, and keeps it in `store`.
    ///
    /// # Errors
    /// When it does not compile: with what cargo said.
    pub fn compile(
        &self,
        store: &Store<'_>,
        module: &Module,
        key: &str,
        slot: usize,
        task: &Task<'_>,
    ) -> Result<Built> {
        let start = Instant::now();
        let artifact = self.artifact(module, &format!("slot{slot}"), task)?;
        if store.key(module)? != key {
            bail!("the sources of {} changed while it was compiled: build again", module.title());
        }
        store.keep(module, key, &artifact, start.elapsed().as_secs_f64())
    }

    /// Compiles `module` in the target folder called `folder`: where cargo leaves it.
    ///
    /// # Errors
    /// When it does not compile: with what cargo said.
    pub fn artifact(&self, module: &Module, folder: &str, task: &Task<'_>) -> Result<PathBuf> {
        let target = self.factory.target.join("factory").join(folder);
        let (success, said) = watched(&mut self.cargo(module, &target)?, task)?;
        if !success {
            bail!("compiling {} failed:\n{}", module.title(), said.trim());
        }
        let artifact = self.platform.artifact(module.library);
        Ok(target.join(&self.platform.target).join("release").join(artifact))
    }

    fn cargo(&self, module: &Module, target: &PathBuf) -> Result<Command> {
        let mut cargo = match &self.tools {
            Some(tools) => Command::new(tools.program("cargo-zigbuild")),
            None => Command::new("cargo"),
        };
        for (name, _) in env::vars_os() {
            if FOREIGN.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
                cargo.env_remove(name);
            }
        }
        if let Some(tools) = &self.tools {
            let zig = self.factory.target.join("factory/zig");
            cargo.env("PATH", tools.path()?).env("CARGO_ZIGBUILD_CACHE_DIR", zig.join("wrappers"));
            cargo
                .env("ZIG_GLOBAL_CACHE_DIR", zig.join("global"))
                .env("ZIG_LOCAL_CACHE_DIR", zig.join("local"));
        }
        cargo
            .current_dir(&self.factory.root)
            .args(arguments(self.platform))
            .args(["--package", module.package]);
        cargo.envs(environment(self.platform)).env("CARGO_TARGET_DIR", target);
        cargo.env("CARGO_ENCODED_RUSTFLAGS", self.flags(target)).env_remove("RUSTFLAGS");
        cargo.env("CARGO_BUILD_JOBS", self.threads.to_string());
        if let Some(variant) = &module.variant {
            cargo.env("MPI4PY_VARIANT", variant.to_string());
        }
        Ok(cargo)
    }

    /// Compiler flags: how code is generated, and the same names in the module wherever the sources lie.
    fn flags(&self, target: &PathBuf) -> OsString {
        // The last match wins, and the target folder may lie within the checkout.
        let names = self.names.iter().map(|(from, to)| (from, to.as_str())).chain([(target, "/target")]);
        let names = names.map(|(from, to)| {
            let mut flag = OsString::from("--remap-path-prefix=");
            flag.push(from);
            flag.push("=");
            flag.push(to);
            flag
        });
        let profile = self.profile.flags().chain(self.profile.source(self.platform.linker));
        let flags: Vec<_> = profile.map(OsString::from).chain(names).collect();
        flags.join(OsStr::new("\x1f"))
    }
}

/// Has cargo download what is missing, so that all sources are there and have their place.
fn fetch_crates(factory: &Factory, platform: &Platform) -> Result<()> {
    let task = factory.progress.task("crates");
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&factory.root).args(["fetch", "--locked", "--target", &platform.target]);
    let (success, said) = watched(&mut cargo, &task)?;
    if !success {
        bail!(
            "cargo could not download the crates in Cargo.lock:\n{}\n\
             Check the network and the registry that cargo is configured with.",
            said.trim()
        );
    }
    Ok(())
}

/// The folders in which cargo keeps crates' sources: one per registry or mirror of it, named after its address.
fn registries() -> Result<Vec<PathBuf>> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let sources = home.context("this user has no home folder: set CARGO_HOME")?.join("registry/src");
    match fs::read_dir(&sources) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        // Vendored crates lie in the checkout.
        Err(_) => Ok(Vec::new()),
    }
}

/// How modules of `platform` are compiled, as far as it is the same on every machine: a part of their keys.
pub fn fingerprint(factory: &Factory, platform: &Platform, profile: &Profile) -> String {
    let tools: Vec<_> = match platform.linker {
        Linker::Zig => factory.matrix.packages.environment("build"),
        Linker::Native => Vec::new(),
    };
    let tools: Vec<_> = tools.iter().map(|tool| format!("{} {}", tool.name, tool.version)).collect();
    let flags: Vec<_> = profile.flags().collect();
    format!("{flags:?} {:?} {:?} {tools:?}", arguments(platform), environment(platform))
}

fn arguments(platform: &Platform) -> Vec<String> {
    let verb = match platform.linker {
        Linker::Zig => "zigbuild",
        Linker::Native => "build",
    };
    let glibc = platform.glibc.as_ref().map(|version| format!(".{version}")).unwrap_or_default();
    let target = format!("{}{glibc}", platform.target);
    [verb, "--release", "--locked", "--lib", "--target", &target].map(str::to_owned).into()
}

fn environment(platform: &Platform) -> BTreeMap<String, String> {
    let mut environment = platform.environment.clone();
    // The stable ABI needs nothing of an interpreter: whichever is on PATH makes no difference.
    environment.insert("PYO3_NO_PYTHON".to_owned(), "1".to_owned());
    // Nor is libpython linked: the interpreter that loads a module has its symbols.
    environment.insert("PYO3_BUILD_EXTENSION_MODULE".to_owned(), "1".to_owned());
    environment
}

/// Runs cargo, showing its last line meanwhile; gives what it said besides the steps it took.
fn watched(cargo: &mut Command, task: &Task<'_>) -> Result<(bool, String)> {
    cargo.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child =
        cargo.spawn().with_context(|| format!("cannot start {}", cargo.get_program().display()))?;
    let mut said = String::new();
    for line in BufReader::new(child.stderr.take().context("standard error is piped")?).lines() {
        let line = line?;
        task.message(line.trim());
        if !STATUS.iter().any(|word| line.trim_start().starts_with(word)) {
            said.push_str(&line);
            said.push('\n');
        }
    }
    Ok((child.wait()?.success(), said))
}
