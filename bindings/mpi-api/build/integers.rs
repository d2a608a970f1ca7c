//! Handles as integers: `MPI_X_toint` and `MPI_X_fromint` of MPI 5 and Fortran's `MPI_X_c2f` and `MPI_X_f2c` do the
//! same, so each stands for the other; where a handle is an integer, neither does anything.

use std::fmt::Write as _;

use mpi_stubs::rust::{HANDLES, parameter_list, result_type};
use mpi_stubs::{Function, Model};

use crate::{Emulation, Emulations, Result};

const TWINS: [(&str, &str); 4] = [("toint", "c2f"), ("fromint", "f2c"), ("c2f", "toint"), ("f2c", "fromint")];

pub fn generate(out: &mut String, whole: &Model, model: &Model, known: &mut Emulations) -> Result<()> {
    writeln!(out, "mod integers {{\nuse super::*;")?;
    for function in &whole.functions {
        let Some((handle, twin)) = conversion(function) else { continue };
        let integer =
            model.typedefs.iter().any(|typedef| typedef.name == handle && typedef.ctype.pointers == 0);
        let argument = &function.parameters[0].name;
        let from_handle = function.parameters[0].ctype.base == handle;
        let (value, needs) = match (integer, from_handle) {
            (true, true) => (format!("{argument}.0"), None),
            (true, false) => (format!("{handle}({argument})"), None),
            (false, _) if whole.function(&twin).is_some() => {
                (format!("unsafe {{ crate::{twin}({argument}) }}"), Some(twin))
            }
            (false, _) => continue,
        };
        writeln!(
            out,
            "pub(crate) unsafe extern \"C\" fn {}({}){} {{ {value} }}",
            function.name,
            parameter_list(whole, &function.parameters),
            result_type(whole, &function.result),
        )?;
        known
            .insert(function.name.clone(), Emulation { path: format!("integers::{}", function.name), needs });
    }
    writeln!(out, "}}")?;
    Ok(())
}

/// The handle type that `function` converts, and its twin's name.
fn conversion(function: &Function) -> Option<(&str, String)> {
    let (stem, kind) = function.name.rsplit_once('_')?;
    let (_, twin) = TWINS.iter().find(|(known, _)| *known == kind)?;
    let types = [&function.result, &function.parameters.first()?.ctype];
    let handle = types.iter().find(|ctype| HANDLES.contains(&ctype.base.as_str()) && ctype.pointers == 0)?;
    Some((&handle.base, format!("{stem}_{twin}")))
}
