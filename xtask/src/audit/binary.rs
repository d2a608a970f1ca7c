//! What a compiled module asks of the machine it is loaded on: ELF, Mach-O and PE alike.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use object::elf;
use object::read::macho::LoadCommandVariant;
use object::read::{File, ImportFlags, NameOrOrdinal, Object};

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
    /// The symbols it has for others.
    pub exports: BTreeSet<String>,
    /// The symbol versions it needs (ELF).
    pub versions: BTreeSet<SymbolVersion>,
    /// Where it looks for libraries: RPATH, RUNPATH, LC_RPATH.
    pub search: BTreeSet<String>,
}

impl Binary {
    /// Reads a module.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let file = parse(bytes)?;
        let mut binary = Self { search: search(&file)?, exports: exported(&file)?, ..Self::default() };
        for library in file.import_libraries()? {
            let name = text(library?.name());
            // Windows does not tell cases apart.
            binary.libraries.insert(if matches!(file, File::Pe64(_)) { name.to_lowercase() } else { name });
        }
        for import in file.imports()? {
            let import = import?;
            if let ImportFlags::Elf { version: Some(version), .. } = import.flags() {
                binary.versions.extend(SymbolVersion::parse(&text(version)));
            }
            if let NameOrOrdinal::Name(name) = import.name() {
                binary.imports.insert(bare(&file, text(name)));
            }
        }
        Ok(binary)
    }
}

fn parse(bytes: &[u8]) -> Result<File<'_>> {
    File::parse(bytes).context("it is no ELF, Mach-O or PE file")
}

fn search(file: &File) -> Result<BTreeSet<String>> {
    let mut paths = BTreeSet::new();
    match file {
        File::Elf64(elf) => {
            let table = elf.elf_dynamic_table()?;
            for entry in table.iter().filter(|entry| matches!(entry.tag, elf::DT_RPATH | elf::DT_RUNPATH)) {
                paths.insert(text(table.string(entry)?));
            }
        }
        File::MachO64(macho) => {
            let mut commands = macho.macho_load_commands()?;
            while let Some(command) = commands.next()? {
                if let LoadCommandVariant::Rpath(path) = command.variant()? {
                    paths.insert(text(command.string(macho.endian(), path.path)?));
                }
            }
        }
        _ => {}
    }
    Ok(paths)
}

impl SymbolVersion {
    fn parse(name: &str) -> Option<Self> {
        let (kind, version) = name.rsplit_once('_')?;
        Some(Self { kind: kind.to_owned(), version: version.to_owned() })
    }

    /// Whether it is newer than `limit`, both as numbers between dots.
    pub fn exceeds(&self, limit: &str) -> bool {
        let numbers =
            |text: &str| text.split('.').map(|part| part.parse().unwrap_or(u32::MAX)).collect::<Vec<_>>();
        numbers(&self.version) > numbers(limit)
    }
}

/// The symbols a library exports, as C has them.
pub fn exports(library: &[u8]) -> Result<BTreeSet<String>> {
    exported(&parse(library)?)
}

fn exported(file: &File) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for export in file.exports()? {
        if let NameOrOrdinal::Name(name) = export?.name() {
            names.insert(bare(file, text(name)));
        }
    }
    Ok(names)
}

/// A symbol as C has it: Mach-O puts an underscore before it.
fn bare(file: &File, name: String) -> String {
    match file {
        File::MachO32(_) | File::MachO64(_) => name.strip_prefix('_').map(str::to_owned).unwrap_or(name),
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
