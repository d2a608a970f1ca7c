//! The C-level contract: what compiled clients of mpi4py are built with.
//!
//! These files follow from the stub headers and from one table of classes. Those written by hand are in the Python
//! package: `__init__.pxd`, and the others of `include/mpi4py/`.

mod c;
mod classes;
mod cython;
mod libmpi;

use std::{collections::BTreeMap, path::Path};

use anyhow::{Result, anyhow};
use fs_err as fs;

/// The types of handles, which `MPI.pxd` repeats.
const HANDLES: &str = "bindings/mpi4py/python/mpi4py/include/mpi4py/handles.h";

/// The files, by their place in the wheel.
pub fn files(root: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let model =
        mpi_stubs::whole().map_err(|error| anyhow!("the stub headers are not well-formed: {error}"))?;
    let handles = fs::read_to_string(root.join(HANDLES))?;
    let files = [
        ("libmpi.pxd", libmpi::render(&model)),
        ("MPI.pxd", cython::render(&handles)),
        ("MPI.h", c::layout()),
        ("MPI_api.h", c::full()),
        ("include/mpi4py/pycapi.h", c::limited()),
    ];
    Ok(files.map(|(name, text)| (format!("mpi4py/{name}"), text.into_bytes())).into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use mpi_stubs::rust::HANDLES as HANDLE_TYPES;

    use super::classes::{CLASSES, Class};
    use super::*;
    use crate::factory::Factory;

    fn text(name: &str) -> String {
        let files = files(&Factory::open().unwrap().root).unwrap();
        String::from_utf8(files[&format!("mpi4py/{name}")].clone()).unwrap()
    }

    #[test]
    fn every_name_is_declared_once() {
        let libmpi = text("libmpi.pxd");
        let declarations = libmpi.lines().filter(|line| line.starts_with("    ") && !line.contains('#'));
        let heads = declarations.map(|line| line.split('(').next().unwrap_or_default());
        let words = heads.filter_map(|head| {
            head.split(|c: char| !c.is_alphanumeric() && c != '_').rfind(|w| !w.is_empty())
        });
        let mut seen = BTreeSet::new();
        for word in words.filter(|word| word.starts_with("MPI_") || word.starts_with("MPIX_")) {
            assert!(
                seen.insert(word),
                "{word} is declared twice: is it in removed.pxd, and in stubs/include again?"
            );
        }
        for name in
            ["MPI_Send_c", "MPI_Comm", "MPI_COMM_WORLD", "MPI_User_function", "MPI_Comm_revoke", "MPI_UB"]
        {
            assert!(seen.contains(name), "{name} is not declared");
        }
        assert!(!libmpi.contains("MPIR_"), "internals of a library are not MPI's");
    }

    #[test]
    fn declarations_are_as_cython_reads_them() {
        let libmpi = text("libmpi.pxd");
        for line in [
            "int MPI_Win_fence(int assert_, MPI_Win win)",
            "int MPI_Group_range_incl(MPI_Group group, int n, int ranges[][3], MPI_Group *newgroup)",
            "int MPI_Pcontrol(const int level, ...)",
            "enum: MPI_MAX_PROCESSOR_NAME",
            "MPI_Offset MPI_DISPLACEMENT_CURRENT",
            "void *MPI_IN_PLACE",
            "ctypedef _mpi_comm_t *MPI_Comm",
        ] {
            assert!(libmpi.lines().any(|found| found.trim() == line), "{line}");
        }
    }

    #[test]
    fn classes_follow_their_bases_and_hold_what_mpi_has() {
        for (index, class) in CLASSES.iter().enumerate() {
            assert!(HANDLE_TYPES.contains(&class.handle) || class.handle == "MPI_Status", "{}", class.name);
            let earlier = |base: &&str| CLASSES[..index].iter().any(|other| other.name == *base);
            assert!(class.base.as_ref().is_none_or(earlier), "{} comes before its base", class.name);
        }
        assert_eq!(CLASSES.iter().flat_map(Class::exported).count(), 26);
    }

    #[test]
    fn handles_can_stand_in_a_string_of_cython() {
        let pxd = text("MPI.pxd");
        assert_eq!(pxd.matches("\"\"\"").count(), 2);
        assert!(!pxd.contains('\\'), "Cython would take a backslash for an escape");
    }
}
