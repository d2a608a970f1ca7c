//! The zip file: the same entries give the same bytes.

use std::{
    collections::BTreeMap,
    io::{Cursor, Write},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context, Result};
use fs_err as fs;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// From how many bytes on a file is worth the slow compressor, which takes some seconds for a module and makes it 4 %
/// smaller.
const LARGE: usize = 1 << 16;
/// How hard zlib tries at most, and from where on `zip` counts the slow compressor's rounds.
const ZLIB_BEST: i64 = 9;
/// How many rounds the slow compressor makes.
const ROUNDS: i64 = 5;

/// Packs files by name; `*.dist-info` comes last, as the wheel format asks.
pub fn pack(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    let (info, rest): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| name.contains(".dist-info/"));
    let files: Vec<_> = rest.into_iter().chain(info).collect();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for packed in compressed(&files)? {
        let mut one = ZipArchive::new(Cursor::new(packed))?;
        zip.raw_copy_file(one.by_index_raw(0)?)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// Each file as an archive of its own, made by as many threads as there are cores.
fn compressed(files: &[(&String, &Vec<u8>)]) -> Result<Vec<Vec<u8>>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let indices = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        indices
            .map_while(|index| files.get(index).map(|(name, bytes)| (index, name, bytes)))
            .map(|(index, name, bytes)| Ok((index, alone(name, bytes)?)))
            .collect::<Result<Vec<_>>>()
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut packed = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let join = |worker: std::thread::ScopedJoinHandle<'_, _>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        workers.into_iter().map(join).collect::<Result<Vec<Vec<_>>>>()
    })?
    .concat();
    packed.sort_by_key(|(index, _)| *index);
    Ok(packed.into_iter().map(|(_, bytes)| bytes).collect())
}

/// One file, as an archive.
fn alone(name: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let level = if bytes.len() < LARGE { ZLIB_BEST } else { ZLIB_BEST + ROUNDS };
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(level))
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644)
        .system(System::Unix);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, options).with_context(|| format!("packing {name}"))?;
    zip.write_all(bytes)?;
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
