//! What a compiled module asks of the machine it is loaded on: ELF, Mach-O and PE alike.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use object::read::elf::{ElfFile64, FileHeader as _, VernauxIterator};
use object::read::{File, Object, ObjectSymbol};
use object::{LittleEndian, elf, macho};

/// A version that a symbol must have, as `GLIBC_2.14`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SymbolVersion {
    pub kind: String,
    pub version: String,
}

/// A module's demands.
#[derive(Debug, Default)]
pub struct Binary {
    /// The libraries it names: DT_NEEDED, load commands, import table.
    pub libraries: BTreeSet<String>,
    /// The symbols it leaves to others.
    pub imports: BTreeSet<String>,
    /// The symbol versions it needs (ELF).
    pub versions: BTreeSet<SymbolVersion>,
    /// Where it looks for libraries: RPATH, RUNPATH, LC_RPATH.
    pub search: BTreeSet<String>,
}

impl Binary {
    /// Reads a module.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let file = File::parse(bytes).context("it is no ELF, Mach-O or PE file")?;
        let mut binary = match &file {
            File::Elf64(elf) => Self::of_elf(elf)?,
            File::MachO64(macho) => {
                let mut binary = Self::default();
                let mut commands = macho.macho_load_commands()?;
                while let Some(command) = commands.next()? {
                    if let Some(library) = command.dylib()? {
                        binary.libraries.insert(text(command.string(LittleEndian, library.dylib.name)?));
                    } else if let Some(path) = command.rpath()? {
                        binary.search.insert(text(command.string(LittleEndian, path.path)?));
                    }
                }
                binary
            }
            _ => {
                let imports = file.imports()?;
                let libraries = imports.iter().map(|import| text(import.library()).to_lowercase()).collect();
                Self { libraries, ..Self::default() }
            }
        };
        binary.imports.extend(imports(&file)?);
        Ok(binary)
    }

    fn of_elf(file: &ElfFile64<LittleEndian>) -> Result<Self> {
        let (endian, data) = (file.endian(), file.data());
        let mut binary = Self::default();
        let sections = file.elf_header().sections(endian, data)?;
        if let Some((entries, link)) = sections.dynamic(endian, data)? {
            let strings = sections.strings(endian, data, link)?;
            for entry in entries {
                let string = || strings.get(u32::try_from(entry.d_val.get(endian))?).ok().context("a string");
                match entry.d_tag.get(endian) {
                    tag if tag == u64::from(elf::DT_NEEDED) => drop(binary.libraries.insert(text(string()?))),
                    tag if tag == u64::from(elf::DT_RPATH) || tag == u64::from(elf::DT_RUNPATH) => {
                        binary.search.insert(text(string()?));
                    }
                    _ => {}
                }
            }
        }
        if let Some((needs, link)) = sections.gnu_verneed(endian, data)? {
            let strings = sections.strings(endian, data, link)?;
            for need in needs {
                let (_, names): (_, VernauxIterator<_>) = need?;
                for name in names {
                    binary.versions.extend(SymbolVersion::parse(&text(name?.name(endian, strings)?)));
                }
            }
        }
        Ok(binary)
    }
}

impl SymbolVersion {
    fn parse(name: &str) -> Option<Self> {
        let (kind, version) = name.rsplit_once('_')?;
        Some(Self { kind: kind.to_owned(), version: version.to_owned() })
    }

    /// Whether it is newer than `limit`, both as numbers between dots.
    pub fn exceeds(&self, limit: &str) -> bool {
        let numbers = |text: &str| text.split('.').map(|part| part.parse().unwrap_or(u32::MAX)).collect::<Vec<_>>();
        numbers(&self.version) > numbers(limit)
    }
}

/// The symbols a file leaves to others.
fn imports(file: &File) -> Result<Vec<String>> {
    let undefined = file.dynamic_symbols().filter(ObjectSymbol::is_undefined);
    let mut names: Vec<_> = undefined.filter_map(|symbol| Some(bare(file, symbol.name().ok()?).to_owned())).collect();
    names.extend(file.imports()?.iter().map(|import| bare(file, &text(import.name())).to_owned()));
    Ok(names)
}

/// The symbols a library exports, as C has them.
pub fn exports(library: &[u8]) -> Result<BTreeSet<String>> {
    let file = File::parse(library).context("it is no ELF, Mach-O or PE file")?;
    Ok(file.exports()?.iter().map(|export| bare(&file, &text(export.name())).to_owned()).collect())
}

/// A symbol as C has it: Mach-O puts an underscore before it.
fn bare<'a>(file: &File, name: &'a str) -> &'a str {
    match file {
        File::MachO32(_) | File::MachO64(_) => name.strip_prefix('_').unwrap_or(name),
        _ => name,
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        let version = SymbolVersion::parse("GLIBC_2.14").unwrap();
        assert_eq!(version.kind, "GLIBC");
        assert!(version.exceeds("2.2.5") && !version.exceeds("2.17") && !version.exceeds("2.14"));
        assert!(SymbolVersion::parse("GLIBC_PRIVATE").unwrap().exceeds("2.17"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_program_needs_a_c_library() {
        let own = fs_err::read(std::env::current_exe().unwrap()).unwrap();
        let binary = Binary::parse(&own).unwrap();
        assert!(binary.libraries.contains("libc.so.6"));
        assert!(binary.versions.iter().any(|version| version.kind == "GLIBC"));
        assert!(binary.imports.contains("malloc") || binary.imports.contains("free"));
    }
}
