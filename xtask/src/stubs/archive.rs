//! Files inside a wheel that an installer would put below the environment's root.

use std::{
    io::{Read, Write as _},
    path::Path,
};

use anyhow::{Context, Result, bail};
use fs_err as fs;
use zip::ZipArchive;

/// A wheel, opened for reading.
pub struct Archive(ZipArchive<fs::File>);

impl Archive {
    /// Opens the wheel.
    ///
    /// # Errors
    /// When it is no zip file.
    pub fn open(wheel: &Path) -> Result<Self> {
        let file = fs::File::open(wheel)?;
        Ok(Self(ZipArchive::new(file).with_context(|| format!("{} is no zip file", wheel.display()))?))
    }

    /// The file at `path`.
    ///
    /// # Errors
    /// When there is none.
    pub fn read(&mut self, path: &str) -> Result<Vec<u8>> {
        let Some(index) = self.index(path)? else {
            bail!("its package has no {path}: correct the path in matrix/");
        };
        let mut bytes = Vec::new();
        self.0.by_index(index)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Whether there is a file at `path`.
    ///
    /// # Errors
    /// When the wheel is damaged.
    pub fn has(&mut self, path: &str) -> Result<bool> {
        Ok(self.index(path)?.is_some())
    }

    fn index(&mut self, path: &str) -> Result<Option<usize>> {
        for index in 0..self.0.len() {
            if placed(&self.0.by_index(index)?.name()?) == Some(path) {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// Unpacks the C headers in and below the folder `path` into `to`.
    ///
    /// # Errors
    /// When one cannot be read or written.
    pub fn unpack_headers(&mut self, path: &str, to: &Path) -> Result<()> {
        for index in 0..self.0.len() {
            let mut member = self.0.by_index(index)?;
            let target = match placed(&member.name()?).and_then(|at| at.strip_prefix(path)?.strip_prefix('/')) {
                Some(inside) if inside.ends_with(".h") && !inside.contains("..") => to.join(inside),
                _ => continue,
            };
            fs::create_dir_all(target.parent().context("a header lies in a folder")?)?;
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes)?;
            fs::File::create(target)?.write_all(&bytes)?;
        }
        Ok(())
    }
}

/// Where a member of a wheel ends up below the environment's root: what wheels call their data.
fn placed(member: &str) -> Option<&str> {
    member.split_once(".data/data/").map(|(_, path)| path)
}
