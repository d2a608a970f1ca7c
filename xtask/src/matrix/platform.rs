//! `matrix/platforms.toml`.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Result, bail};
use serde::Deserialize;

/// An operating system and architecture: one wheel each.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Platform {
    /// Its name, as `linux-x86_64`.
    pub id: String,
    /// Rust's name for it.
    pub target: String,
    /// The oldest glibc its wheel runs on.
    pub glibc: Option<String>,
    /// What links its modules.
    pub linker: Linker,
    /// Variables the build gets.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The platform part of the wheel's tag.
    pub tag: String,
    /// What cargo calls a cdylib, with `{}` for the crate's name.
    pub artifact: String,
    /// What Python calls a stable-ABI extension module, after its name.
    pub suffix: String,
    /// The libraries that modules may need; `*` at the end of one stands for anything.
    pub libraries: Vec<String>,
    /// The newest symbol versions that modules may need, by kind, besides glibc's own.
    #[serde(default)]
    pub symbol_versions: BTreeMap<String, String>,
    /// The platform tags that pip may take packages of, best first.
    pub pip: Vec<String>,
}

/// What links the modules of a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Linker {
    /// `ziglang`, through `cargo-zigbuild`: from any host, for an old glibc.
    Zig,
    /// The platform's own, on that platform.
    Native,
}

impl Platform {
    /// The operating system: the part of the name before the architecture.
    pub fn os(&self) -> &str {
        self.id.split('-').next().expect("split yields at least one part")
    }

    /// What cargo calls the file it builds from the cdylib `name`.
    pub fn artifact(&self, name: &str) -> String {
        self.artifact.replace("{}", name)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    platform: Vec<Platform>,
}

pub fn read(path: &Path) -> Result<Vec<Platform>> {
    let platforms = super::read_toml::<File>(path)?.platform;
    for (index, platform) in platforms.iter().enumerate() {
        let wrong = |what: &str| bail!("{}: platform {}: {what}", path.display(), platform.id);
        if !platform.id.contains('-') {
            wrong("its id is not <system>-<architecture>, as linux-x86_64")?;
        }
        if !platform.artifact.contains("{}") {
            wrong("its artifact has no {} for the crate's name")?;
        }
        if platform.pip.is_empty() {
            wrong("its pip list is empty: give the tags pip accepts there, best first")?;
        }
        if platforms[..index].iter().any(|other| other.id == platform.id) {
            wrong("it has a second row: remove one")?;
        }
    }
    Ok(platforms)
}
