//! Files inside a wheel that an installer would put below the environment's root.

use std::{
    io::{Read, Write as _},
    path::{Component, Path},
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
            let target = match placed(&member.name()?).and_then(|at| at.strip_prefix(path)?.strip_prefix('/'))
            {
                Some(inside) if is_header(Path::new(inside)) => to.join(inside),
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

/// Whether a path that a zip file gives is that of a C header, and leads nowhere else.
fn is_header(path: &Path) -> bool {
    let stays = path.components().all(|part| matches!(part, Component::Normal(_)));
    stays && path.extension().is_some_and(|extension| extension == "h")
}

/// Where a member of a wheel ends up below the environment's root: what wheels call their data.
fn placed(member: &str) -> Option<&str> {
    member.split_once(".data/data/").map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_headers_are_unpacked_and_only_below() {
        let paths = ["mpi.h", "openmpi/mpiext/mpiext_cuda_c.h", "mpi.mod", "../mpi.h", "/mpi.h"];
        assert_eq!(paths.map(|path| is_header(Path::new(path))), [true, true, false, false, false]);
    }

    #[test]
    fn data_of_a_wheel_lies_below_the_root() {
        assert_eq!(placed("mpich-4.3.2.data/data/include/mpi.h"), Some("include/mpi.h"));
        assert_eq!(placed("mpich-4.3.2.dist-info/RECORD"), None);
    }
}
