//! `mpi41-mpich`: one MPI version's API over one implementation's ABI.

use std::{fmt, str::FromStr};

/// One MPI version's API over one implementation's ABI.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variant {
    /// Ten times the major version plus the minor one: 31, 40, 41, 50.
    pub version: u32,
    /// The implementation, which is the stub header's name: `mpich`, `openmpi`, …
    pub implementation: String,
}

impl Variant {
    /// The variant that a plain `cargo build`, with no `MPI4PY_VARIANT`, is for.
    pub const DEFAULT: &str = "mpi41-mpich";

    /// The newest version of MPI that the stubs know.
    pub const NEWEST: u32 = 50;

    /// The variant named by the environment variable `MPI4PY_VARIANT`, for build scripts.
    ///
    /// # Errors
    /// When the variable holds something that is no variant.
    pub fn from_env() -> Result<Self, String> {
        println!("cargo::rerun-if-env-changed=MPI4PY_VARIANT");
        println!("cargo::rerun-if-changed={}", crate::include_dir().display());
        std::env::var("MPI4PY_VARIANT").as_deref().unwrap_or(Self::DEFAULT).parse()
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mpi{}-{}", self.version, self.implementation)
    }
}

impl FromStr for Variant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.strip_prefix("mpi").and_then(|rest| rest.split_once('-'));
        match parts.map(|(version, name)| (version.parse(), name)) {
            Some((Ok(version), name)) if !name.is_empty() => {
                Ok(Self { version, implementation: name.to_owned() })
            }
            _ => {
                Err(format!("{text:?} is no variant: expected mpi<version>-<implementation>, as mpi41-mpich"))
            }
        }
    }
}
