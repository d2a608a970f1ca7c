//! The zip file: the same entries give the same bytes.

use std::{
    collections::BTreeMap,
    io::{Cursor, Write},
    path::Path,
};

use anyhow::{Context, Result};
use fs_err as fs;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Packs files by name; `*.dist-info` comes last, as the wheel format asks.
pub fn pack(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644)
        .system(System::Unix);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let (info, rest): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| name.contains(".dist-info/"));
    for (name, bytes) in rest.into_iter().chain(info) {
        zip.start_file(name, options).with_context(|| format!("packing {name}"))?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// The compressed size of each file of a wheel.
///
/// # Errors
/// When it is no zip file.
pub fn sizes(path: &Path) -> Result<BTreeMap<String, u64>> {
    let mut zip =
        ZipArchive::new(fs::File::open(path)?).with_context(|| format!("reading {}", path.display()))?;
    (0..zip.len())
        .map(|index| {
            let file = zip.by_index_raw(index)?;
            Ok((file.name()?.into_owned(), file.compressed_size()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> BTreeMap<String, Vec<u8>> {
        [("a/x.py", "x"), ("p-1.dist-info/RECORD", ""), ("z.py", "z = 1\n")]
            .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
            .into()
    }

    #[test]
    fn same_entries_same_bytes() {
        let bytes = pack(&files()).unwrap();
        assert_eq!(bytes, pack(&files()).unwrap());
        let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
        for index in 0..zip.len() {
            let file = zip.by_index(index).unwrap();
            assert_eq!(file.last_modified(), Some(DateTime::DEFAULT), "the time of packing must not show");
            assert_eq!(file.unix_mode(), Some(0o100_644), "the modes of the checkout must not show");
        }
    }

    #[test]
    fn dist_info_comes_last() {
        let bytes = pack(&files()).unwrap();
        let zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let names: Vec<_> = zip.file_names().map(|name| name.unwrap().to_string()).collect();
        assert_eq!(names, ["a/x.py", "z.py", "p-1.dist-info/RECORD"]);
    }
}
