//! Profiles: how often a run of `tests/bench` went where, so that the compiler makes fast what is called, and the rest small.
//!
//! There is one per platform, compiler release and version of ours, which are all in the names that a profile knows functions
//! by: `bindings/profiles/<platform>-rustc-<release>-mpi4py-<version>.profdata`. `cargo xtask profile` takes it. Where there is
//! none, modules are compiled without, somewhat slower.

use std::path::{Path, PathBuf};

use crate::{
    factory::Factory,
    matrix::{Linker, Platform},
    rustc::Rustc,
    wheel,
};

/// Without a profile. LLVM's own limit would let cold code grow into its callers.
const PLAIN: &[&str] = &["--inline-threshold=25", "--inlinehint-threshold=75"];

/// Before counters are set, and before they are looked up: both have to see the same code.
const COUNTED: &[&str] = &["-disable-vp", "-preinline-threshold=25"];

/// With a profile: how much code may grow into its callers, called often or not, and from where on it is made small. LLVM's
/// own idea of what is hot (a cutoff of 990000) made modules 40 % larger for 4 % of the time of a call.
const PROFILED: &[&str] = &[
    "-hot-callsite-threshold=300",
    "-inline-cold-callsite-threshold=5",
    "-inline-threshold=25",
    "-inlinecold-threshold=5",
    "-inlinehint-threshold=75",
    "-locally-hot-callsite-threshold=25",
    "-pgso-cutoff-instr-prof=999000",
    "-pgso-lwss-only=false",
    "-profile-summary-cutoff-hot=900000",
];

/// How a module is compiled with regard to profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Profile {
    /// There is none.
    Absent,
    /// By this one.
    Present(PathBuf),
    /// To take one: the module counts, and writes where `LLVM_PROFILE_FILE` says.
    Taken,
}

impl Profile {
    /// The one for what `rustc` compiles for `platform`.
    pub fn of(factory: &Factory, platform: &Platform, rustc: &Rustc) -> Self {
        let file = file(&factory.root, platform, rustc);
        if file.is_file() { Self::Present(file) } else { Self::Absent }
    }

    /// The compiler's flags, besides [`Self::source`].
    pub fn flags(&self) -> impl Iterator<Item = String> {
        let (first, second): (&[&str], &[&str]) = match self {
            Self::Absent => (PLAIN, &[]),
            Self::Present(_) => (COUNTED, PROFILED),
            Self::Taken => (COUNTED, PLAIN),
        };
        first.iter().chain(second).map(|option| format!("-Cllvm-args={option}"))
    }

    /// The flags that are not the same on each machine.
    pub fn source(&self, linker: Linker) -> Vec<String> {
        match (self, linker) {
            (Self::Absent, _) => Vec::new(),
            (Self::Present(file), _) => vec![format!("-Cprofile-use={}", file.display())],
            (Self::Taken, Linker::Native) => vec!["-Cprofile-generate".to_owned()],
            // Zig does not link LLVM's counters. What counts never leaves this machine, so its own linker does.
            (Self::Taken, Linker::Zig) => ["-Cprofile-generate", "-Clinker=cc"].map(str::to_owned).into(),
        }
    }
}

/// Where the profile is, below the checkout at `root`.
pub fn file(root: &Path, platform: &Platform, rustc: &Rustc) -> PathBuf {
    let name = format!("{}-rustc-{}-mpi4py-{}.profdata", platform.id, rustc.release(), wheel::version());
    root.join("bindings/profiles").join(name)
}
