//! The symbols that an MPI library exports.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use object::{
    File, Object,
    macho::MachHeader64,
    read::{
        NameOrOrdinal,
        macho::{LoadCommandVariant, MachOFile},
    },
};

use super::values::bare;

/// A library, read.
pub struct Library {
    /// The names that it exports, as C has them.
    pub exports: BTreeSet<String>,
    /// The libraries that come with it and are searched along with it. MPICH on macOS keeps what is not an `MPI_`
    /// function in one of its own.
    pub companions: Vec<String>,
}

impl Library {
    /// Reads an ELF, Mach-O or PE library.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let file = File::parse(bytes).context("no ELF, Mach-O or PE library")?;
        let mut exports = BTreeSet::new();
        for export in file.exports()? {
            // A DLL may export by number alone.
            if let NameOrOrdinal::Name(name) = export?.name() {
                exports.insert(bare(&file, &String::from_utf8_lossy(name)).to_owned());
            }
        }
        let companions = match &file {
            File::MachO64(file) => companions(file)?,
            _ => Vec::new(),
        };
        Ok(Self { exports, companions })
    }
}

/// The names of the libraries that `file` looks for beside itself.
fn companions(file: &MachOFile<'_, MachHeader64<object::Endianness>>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut commands = file.macho_load_commands()?;
    while let Some(command) = commands.next()? {
        if let LoadCommandVariant::Dylib(library) = command.variant()? {
            let path = String::from_utf8_lossy(command.string(file.endian(), library.dylib.name)?);
            if let Some((_, name)) = path.strip_prefix('@').and_then(|path| path.rsplit_once('/')) {
                found.push(name.to_owned());
            }
        }
    }
    Ok(found)
}

/// Whether `name` is that of an MPI function in C, not of a Fortran one (`MPI_SEND`, `MPI_Status_c2f_`) or a tool's.
pub fn is_function(name: &str) -> bool {
    let rest = name.strip_prefix("MPIX_").or_else(|| name.strip_prefix("MPI_"));
    rest.is_some_and(|rest| {
        rest.starts_with(|first: char| first.is_ascii_uppercase())
            && rest[1..].starts_with(|second: char| second.is_ascii_lowercase())
            && !rest.ends_with('_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_c_are_told_from_those_of_fortran() {
        let all =
            ["MPI_Send", "MPIX_Comm_agree", "MPI_SEND", "MPI_Status_c2f_", "MPI_T_init_thread", "PMPI_Send"];
        assert_eq!(all.map(is_function), [true, true, false, false, false, false]);
    }

    #[test]
    fn a_library_is_told_from_other_files() {
        let own =
            fs_err::read(std::env::current_exe().expect("a running program has a file")).expect("readable");
        assert!(Library::parse(&own).is_ok());
        assert!(Library::parse(b"not a library").is_err());
    }
}
