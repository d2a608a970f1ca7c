//! SHA-256, of files and of sequences of inputs.

use std::{
    fmt::Write as _,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::Result;
use fs_err as fs;
use sha2::{Digest as _, Sha256};

/// The hash of a file, in hexadecimal.
pub fn of_file(path: &Path) -> Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 18];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hex(&hasher.finalize())),
            length => hasher.update(&block[..length]),
        }
    }
}

/// The hash of some bytes, in hexadecimal.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The bytes in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
        text
    })
}

/// A key over named inputs: two keys are equal only if every input is.
#[derive(Clone, Default)]
pub struct Key(Sha256);

impl Key {
    /// Adds one input. Lengths go in too, so that no two sequences of inputs look alike.
    pub fn add(&mut self, name: &str, value: impl AsRef<[u8]>) -> &mut Self {
        for part in [name.as_bytes(), value.as_ref()] {
            self.0.update((part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
        self
    }

    /// Adds the contents and relative names of `path`, a file or all files below a folder, below `root`.
    ///
    /// # Errors
    /// When something there cannot be read.
    pub fn add_path(&mut self, root: &Path, path: &str) -> Result<&mut Self> {
        self.add_tree(root, path, &[])
    }

    /// As [`Key::add_path`], but leaves out what is called one of `except` directly in the folder.
    ///
    /// # Errors
    /// When something there cannot be read.
    pub fn add_tree(&mut self, root: &Path, path: &str, except: &[&str]) -> Result<&mut Self> {
        let folder = root.join(path);
        for file in files_below(&folder)? {
            let inner = file.strip_prefix(&folder)?;
            if except.iter().any(|name| inner.starts_with(name)) {
                continue;
            }
            let name = file.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            self.add(&name, fs::read(&file)?);
        }
        Ok(self)
    }

    /// The key, in hexadecimal.
    pub fn finish(&self) -> String {
        hex(&self.0.clone().finalize())
    }
}

/// The files at or below `path`, sorted, without what Python and editors leave behind.
///
/// # Errors
/// When a folder cannot be read.
pub fn files_below(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let litter = name == "__pycache__" || name.starts_with('.') || name.ends_with('~');
        if !litter {
            files.extend(files_below(&path)?);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_where_one_input_ends() {
        let key = |inputs: &[(&str, &str)]| {
            let mut key = Key::default();
            for (name, value) in inputs {
                key.add(name, value);
            }
            key.finish()
        };
        assert_eq!(key(&[("a", "bc"), ("d", "")]), key(&[("a", "bc"), ("d", "")]));
        assert_ne!(key(&[("a", "bc"), ("d", "")]), key(&[("a", "b"), ("cd", "")]));
        assert_ne!(key(&[("a", ""), ("b", "")]), key(&[("b", ""), ("a", "")]));
    }

    #[test]
    fn a_tree_is_its_names_and_contents() {
        let root = tempfile::tempdir().unwrap();
        let key = || {
            let mut key = Key::default();
            key.add_tree(root.path(), "crate", &["python"]).unwrap();
            key.finish()
        };
        fs::create_dir_all(root.path().join("crate/python/__pycache__")).unwrap();
        fs::write(root.path().join("crate/lib.rs"), "one").unwrap();
        let first = key();
        fs::write(root.path().join("crate/.lib.rs.swp"), "").unwrap();
        fs::write(root.path().join("crate/python/x.py"), "").unwrap();
        assert_eq!(key(), first, "what an editor leaves, and what is left out, does not count");
        fs::rename(root.path().join("crate/lib.rs"), root.path().join("crate/main.rs")).unwrap();
        assert_ne!(key(), first);
    }

    #[test]
    fn files_are_hashed_as_bytes_are() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "x".repeat(1 << 19)).unwrap();
        assert_eq!(of_file(file.path()).unwrap(), of_bytes("x".repeat(1 << 19).as_bytes()));
    }
}
