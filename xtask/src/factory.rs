//! What every verb works with: the folders, the matrix, the progress display.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use fs_err::File;

use crate::{matrix::Matrix, progress::Progress};

/// One checkout of the factory.
pub struct Factory {
    /// The checkout.
    pub root: PathBuf,
    /// Cargo's target folder, which also holds downloads, tools and modules.
    pub target: PathBuf,
    /// Where finished wheels and their index go.
    pub dist: PathBuf,
    /// What `matrix/` says.
    pub matrix: Matrix,
    /// Where progress is shown.
    pub progress: Progress,
}

impl Factory {
    /// The checkout that this program was started from.
    ///
    /// # Errors
    /// When `matrix/` is not as it should be.
    pub fn open() -> Result<Self> {
        let own = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = own.parent().context("xtask/ lies in the checkout")?.to_owned();
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        fs_err::create_dir_all(&target)?;
        Ok(Self {
            target: fs_err::canonicalize(target)?,
            dist: root.join("dist"),
            matrix: Matrix::load(&root.join("matrix"))?,
            progress: Progress::new(),
            root,
        })
    }

    /// A factory of this checkout's sources, that makes everything in `folder`.
    #[cfg(test)]
    pub fn within(folder: &Path) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let (target, dist) = (folder.join("target"), folder.join("dist"));
        fs_err::create_dir_all(&target).unwrap();
        fs_err::create_dir_all(&dist).unwrap();
        Self {
            matrix: Matrix::load(&root.join("matrix")).unwrap(),
            progress: Progress::new(),
            target,
            dist,
            root,
        }
    }

    /// Keeps a second factory out of the part `name` of the target folder, until the result is dropped.
    ///
    /// # Errors
    /// When another process is there.
    pub fn lock(&self, name: &str) -> Result<File> {
        let file = self.lock_file(name)?;
        if file.try_lock().is_err() {
            bail!("another `cargo xtask` works in {}: wait for it to end", self.target.display());
        }
        Ok(file)
    }

    /// As [`Factory::lock`], but waits for its turn.
    ///
    /// # Errors
    /// When the file system has no locks.
    pub fn turn(&self, name: &str) -> Result<File> {
        let file = self.lock_file(name)?;
        file.lock()?;
        Ok(file)
    }

    fn lock_file(&self, name: &str) -> Result<File> {
        let folder = self.target.join("locks");
        fs_err::create_dir_all(&folder)?;
        Ok(File::create(folder.join(name))?)
    }
}

/// Moves what was made at `from` to where others look for it, in one step.
pub fn settle(from: &Path, to: &Path) -> Result<()> {
    if let Some(parent) = to.parent() {
        fs_err::create_dir_all(parent)?;
    }
    Ok(fs_err::rename(from, to)?)
}
