//! What an ELF file says about itself, read without loading it.
//!
//! Loading is no way to ask: glibc dies of SIGBUS on a truncated library, and a library that was opened only to be
//! turned down leaves pieces behind (UCX is never unloaded) that the next one's copies of them then bind to.

use std::collections::HashSet;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use fs_err::File;
use object::elf::{EM_AARCH64, EM_X86_64, FileHeader64, Machine, PT_LOAD, SHT_DYNSYM, Sym64};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader, Sym};
use object::{Endianness, ReadCache};

use crate::failure;

/// This machine, as ELF numbers it.
const MACHINE: Machine = if cfg!(target_arch = "aarch64") { EM_AARCH64 } else { EM_X86_64 };

type Data<'data> = &'data ReadCache<File>;

/// Which of `names` the dynamic symbol table of the library at `path` mentions, as its own or as one it needs.
pub fn symbols(path: &Path, names: &[String]) -> io::Result<Vec<String>> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(failure("a folder, not a library"));
    }
    let mut magic = [0; 24];
    let got = file.read(&mut magic)?;
    if !magic[..got].starts_with(b"\x7fELF") {
        return Err(failure(describe(&magic[..got])));
    }
    let size = metadata.len();
    let data = ReadCache::new(file);
    let header = FileHeader64::<Endianness>::parse(&data)
        .ok()
        .filter(|header| header.endian().is_ok_and(|endian| header.e_machine(endian) == MACHINE))
        .ok_or_else(|| {
            failure(format!("a library for another machine than this {}", std::env::consts::ARCH))
        })?;
    complete(header, &data, size)
        .ok_or_else(|| failure(format!("truncated: the file ends at byte {size}")))?;
    mentioned(header, &data, names)
        .map_err(|error| io::Error::new(ErrorKind::InvalidData, format!("a damaged library: {error}")))
}

/// What a file that is not ELF looks like.
fn describe(start: &[u8]) -> String {
    let text = str::from_utf8(start).ok().map(str::trim_end).filter(|text| !text.contains(char::is_control));
    match text {
        Some("") => "an empty file, not a library".to_owned(),
        Some(text) => format!("not a library: it begins with the text {text:?}"),
        None => "not a library".to_owned(),
    }
}

/// Whether the file holds all that its headers promise.
fn complete(header: &FileHeader64<Endianness>, data: Data<'_>, size: u64) -> Option<()> {
    let endian = header.endian().ok()?;
    let segments = header.program_headers(endian, data).ok()?;
    let held = segments
        .iter()
        .filter(|segment| segment.p_type(endian) == PT_LOAD)
        .all(|segment| segment.p_offset(endian).saturating_add(segment.p_filesz(endian)) <= size);
    (held && header.sections(endian, data).is_ok()).then_some(())
}

fn mentioned(
    header: &FileHeader64<Endianness>,
    data: Data<'_>,
    names: &[String],
) -> object::Result<Vec<String>> {
    let endian = header.endian()?;
    let sections = header.sections(endian, data)?;
    let Some(table) = sections.iter().find(|section| section.sh_type(endian) == SHT_DYNSYM) else {
        return Ok(Vec::new());
    };
    let symbols: &[Sym64<Endianness>] = table.data_as_array(endian, data)?;
    let strings = sections.section(table.link(endian))?.data(endian, data)?;
    let mut wanted: HashSet<&[u8]> = names.iter().map(String::as_bytes).collect();
    let mut found = Vec::new();
    for symbol in symbols {
        let name = strings.get(symbol.st_name(endian) as usize..).unwrap_or_default();
        let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
        if wanted.remove(name) {
            found.push(String::from_utf8_lossy(name).into_owned());
        }
    }
    Ok(found)
}
