//! `cargo xtask build-wheels`.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Result, bail};
use mpi_stubs::Variant;

use crate::{
    factory::Factory,
    fetch::megabytes,
    index,
    matrix::{Abi, Platform},
    module::{self, Built, Compiler, Module, Store, profile::Profile},
    rustc::Rustc,
    table::Table,
    wheel::{self, Wheel},
};

/// More modules than this at a time would rather wait for memory than for processors.
const MOST_JOBS: usize = 4;

/// Build wheels into dist/, and the package index dist/simple/.
///
/// One wheel holds all modules of a platform. A module whose sources, tools and compiler are unchanged is not compiled
/// again. `pip install --index-url file://$PWD/dist/simple mpi4py` installs the result.
#[derive(clap::Args)]
pub struct Args {
    /// Build for this platform instead of this machine's; repeat for more (see `cargo xtask matrix`).
    #[arg(long, value_name = "PLATFORM")]
    platform: Vec<String>,
    /// Build only this variant's module, as mpi41-mpich; repeat for more. The wheel is then incomplete.
    #[arg(long, value_name = "VARIANT")]
    variant: Vec<Variant>,
    /// Build the wheel that serves this Python, as 3.12; repeat for more. All by default.
    #[arg(long, value_name = "VERSION")]
    python: Vec<String>,
    /// Compile this many modules at a time [default: the number of processors, at most 4].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

/// Runs the verb.
///
/// # Errors
/// When a wheel cannot be built: says what failed, and what to do.
pub fn run(factory: &Factory, args: &Args) -> Result<()> {
    let platforms = platforms(factory, &args.platform)?;
    let abis = abis(factory, &args.python)?;
    let _lock = factory.lock("build")?;
    module::sweep(factory)?;
    let rustc = Rustc::find()?;
    for platform in platforms {
        let variants = variants(factory, platform, &args.variant)?;
        for abi in &abis {
            let (modules, wheel) = wheel(factory, platform, abi, &variants, &rustc, args.jobs)?;
            summary(&modules, &wheel)?;
            let all = factory.matrix.variants(platform).len();
            if variants.len() < all {
                println!("this wheel is incomplete: it has {} of {all} variants", variants.len());
            }
        }
    }
    Ok(())
}

/// This machine's wheel for a Python version, with all variants: built if an input changed, and in the index.
///
/// # Errors
/// As [`run`].
pub fn host_wheel(factory: &Factory, python: &str) -> Result<PathBuf> {
    let (platform, abi) = (factory.matrix.host()?, factory.matrix.pythons.abi(python)?);
    let _turn = factory.turn("build")?;
    let rustc = Rustc::find()?;
    let (_, wheel) = wheel(factory, platform, abi, &factory.matrix.variants(platform), &rustc, None)?;
    Ok(wheel.path)
}

/// One wheel, and the index with it in.
fn wheel(
    factory: &Factory,
    platform: &Platform,
    abi: &Abi,
    variants: &[Variant],
    rustc: &Rustc,
    jobs: Option<u16>,
) -> Result<(Vec<Built>, Wheel)> {
    let modules = modules(factory, platform, variants, rustc, jobs)?;
    let wheel = wheel::pack(factory, platform, abi, rustc, &modules)?;
    index::write(factory, &abi.requires)?;
    Ok((modules, wheel))
}

fn platforms<'a>(factory: &'a Factory, ids: &[String]) -> Result<Vec<&'a Platform>> {
    if ids.is_empty() {
        return Ok(vec![factory.matrix.host()?]);
    }
    ids.iter().map(|id| factory.matrix.platform(id)).collect()
}

fn abis<'a>(factory: &'a Factory, versions: &[String]) -> Result<Vec<&'a Abi>> {
    if versions.is_empty() {
        return Ok(factory.matrix.pythons.abis().iter().collect());
    }
    let mut abis = Vec::new();
    for version in versions {
        let abi = factory.matrix.pythons.abi(version)?;
        if !abis.contains(&abi) {
            abis.push(abi);
        }
    }
    Ok(abis)
}

fn variants(factory: &Factory, platform: &Platform, wanted: &[Variant]) -> Result<Vec<Variant>> {
    let all = factory.matrix.variants(platform);
    if let Some(variant) = wanted.iter().find(|variant| !all.contains(variant)) {
        let all: Vec<_> = all.iter().map(ToString::to_string).collect();
        bail!("{} has no variant {variant}: matrix/mpi/*.toml have {}", platform.id, all.join(", "));
    }
    Ok(all.into_iter().filter(|variant| wanted.is_empty() || wanted.contains(variant)).collect())
}

/// The modules of a wheel: those that are kept, and the rest compiled now.
fn modules(
    factory: &Factory,
    platform: &Platform,
    variants: &[Variant],
    rustc: &Rustc,
    jobs: Option<u16>,
) -> Result<Vec<Built>> {
    let store = Store::open(factory, platform, rustc)?;
    let mut done = Vec::new();
    let mut queue = VecDeque::new();
    for module in Module::of_variants(variants) {
        let key = store.key(&module)?;
        match store.kept(&module, &key)? {
            Some(built) => done.push(built),
            None => queue.push_back((module, key)),
        }
    }
    if !queue.is_empty() {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let slots = jobs.map_or(processors.min(MOST_JOBS), usize::from).min(queue.len());
        if store.profile == Profile::Absent {
            let (id, release, version) = (&platform.id, rustc.release(), wheel::version());
            factory.progress.line(&format!(
                "no profile of {version} for {id} and rustc {release}: calls will be slower (`cargo xtask profile` takes one)"
            ));
        }
        let compiler = Compiler::new(factory, platform, rustc, store.profile.clone(), slots)?;
        done.extend(compile(factory, &compiler, &store, queue, slots)?);
    }
    done.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(done)
}

/// Compiles what is queued, in `slots` threads with a cargo target folder each.
fn compile(
    factory: &Factory,
    compiler: &Compiler<'_>,
    store: &Store<'_>,
    queue: VecDeque<(Module, String)>,
    slots: usize,
) -> Result<Vec<Built>> {
    let overall = factory.progress.count("modules", queue.len() as u64);
    let (queue, failed) = (Mutex::new(queue), AtomicBool::new(false));
    let work = |slot: usize| -> Result<Vec<Built>> {
        let mut built = Vec::new();
        // After a failure elsewhere, what is under way is finished and kept, and no more is begun.
        while !failed.load(Ordering::Relaxed) {
            let Some((module, key)) = queue.lock().expect("no thread panics with the lock").pop_front()
            else {
                break;
            };
            let task = factory.progress.task(module.title());
            let result = compiler.compile(store, &module, &key, slot, &task);
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            let module = result?;
            task.done(&format!("compiled, {}", megabytes(module.stamp.size)));
            overall.inc();
            built.push(module);
        }
        Ok(built)
    };
    let mut all = Vec::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..slots).map(|slot| scope.spawn(move || work(slot))).collect();
        for thread in threads {
            all.extend(thread.join().expect("compiling does not panic")?);
        }
        Ok(all)
    })
}

fn summary(modules: &[Built], wheel: &Wheel) -> Result<()> {
    let sizes = wheel::sizes(&wheel.path)?;
    let mut table = Table::new(["module", "size", "compressed", "seconds"]);
    for module in modules {
        let compressed = sizes.get(&module.name).copied().unwrap_or_default();
        let seconds = if module.fresh { format!("{:.1}", module.stamp.seconds) } else { "-".to_owned() };
        table.row([module.name.clone(), megabytes(module.stamp.size), megabytes(compressed), seconds]);
    }
    print!("{table}");
    let state = if wheel.fresh { "" } else { ", unchanged" };
    let size = megabytes(fs_err::metadata(&wheel.path)?.len());
    println!("{}\n  {size}, sha256 {}{state}", wheel.path.display(), wheel.sha256);
    Ok(())
}
