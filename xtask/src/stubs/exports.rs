//! The symbols that an MPI library exports.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use object::{Object, read::NameOrOrdinal};

use super::values::bare;

/// The names that this ELF, Mach-O or PE library exports, as C has them.
///
/// # Errors
/// When it is no library.
pub fn exports(library: &[u8]) -> Result<BTreeSet<String>> {
    let file = object::File::parse(library).context("no ELF, Mach-O or PE library")?;
    let mut names = BTreeSet::new();
    for export in file.exports()? {
        // A DLL may export by number alone.
        if let NameOrOrdinal::Name(name) = export?.name() {
            names.insert(bare(&file, &String::from_utf8_lossy(name)).to_owned());
        }
    }
    Ok(names)
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
        let all = ["MPI_Send", "MPIX_Comm_agree", "MPI_SEND", "MPI_Status_c2f_", "MPI_T_init_thread", "PMPI_Send"];
        assert_eq!(all.map(is_function), [true, true, false, false, false, false]);
    }

    #[test]
    fn this_program_is_a_readable_file() {
        let own = fs_err::read(std::env::current_exe().expect("a running program has a file")).expect("readable");
        assert!(exports(&own).is_ok());
        assert!(exports(b"not a library").is_err());
    }
}
