//! Every constant of MPI in every variant.

use std::fmt::Write as _;

use mpi_stubs::rust::{HANDLES, type_name};
use mpi_stubs::{Constant, Model, Value};

use crate::Result;

pub fn generate(out: &mut String, whole: &Model, model: &Model) -> Result<()> {
    for constant in &whole.constants {
        let Constant { name, ctype, .. } = constant;
        let spelled = type_name(whole, ctype);
        writeln!(out, "/// `{name}`, as the MPI standard has it.")?;
        match model.constant(name) {
            Some(own) => match (&own.value, type_name(model, &own.ctype).as_str()) {
                (Value::Integer(_), "c_int") => writeln!(out, "pub const {name}: c_int = mpi_sys::{name};")?,
                (Value::Text(_), _) => writeln!(out, "pub const {name}: &str = mpi_sys::{name};")?,
                (_, spelled) => {
                    writeln!(
                        out,
                        "#[inline(always)]\npub fn {name}() -> {spelled} {{ mpi_sys::{name}(symbols()) }}"
                    )?;
                }
            },
            None => match (&constant.value, spelled.as_str()) {
                (Value::Text(text), _) => writeln!(out, "pub const {name}: &str = {text:?};")?,
                (_, "c_int") => writeln!(out, "pub const {name}: c_int = {};", absent_integer(name))?,
                _ => {
                    let value = absent_value(name, constant);
                    writeln!(out, "#[inline(always)]\npub fn {name}() -> {spelled} {{ {value} }}")?;
                }
            },
        }
    }
    integers(out, whole, model)?;
    let names: Vec<&str> = whole.constants.iter().map(|constant| constant.name.as_str()).collect();
    writeln!(out, "/// Whether this variant's library has the constant itself, by name.")?;
    writeln!(out, "pub fn has_constant(name: &str) -> bool {{ !ABSENT.contains(&name) }}")?;
    writeln!(out, "const ABSENT: &[&str] = &[")?;
    for name in names.into_iter().filter(|name| model.constant(name).is_none()) {
        writeln!(out, "    \"{name}\",")?;
    }
    writeln!(out, "];")?;
    Ok(())
}

/// The table of all integers, for those above who offer every one under its name.
fn integers(out: &mut String, whole: &Model, model: &Model) -> Result<()> {
    writeln!(
        out,
        "/// Every integer constant of MPI by name, with its value here; as in this variant's own type or `c_int`."
    )?;
    writeln!(out, "pub fn integers() -> impl IntoIterator<Item = (&'static str, i64)> {{\n    [")?;
    for constant in &whole.constants {
        let name = &constant.name;
        let (model, constant) = model.constant(name).map_or((whole, constant), |own| (model, own));
        let call = match (&constant.value, type_name(model, &constant.ctype).as_str()) {
            (Value::Integer(_), "c_int") => "",
            (Value::Integer(_), "MPI_Offset" | "MPI_Aint" | "MPI_Count" | "MPI_Fint") => "()",
            _ => continue,
        };
        writeln!(out, "        (\"{name}\", {name}{call} as i64),")?;
    }
    writeln!(out, "    ]\n}}")?;
    Ok(())
}

/// An integer that this MPI does not know: an error class is the unspecific one, a key or length its most
/// harmless value, anything else "undefined".
fn absent_integer(name: &str) -> String {
    match name {
        _ if name.starts_with("MPI_ERR_") || name.starts_with("MPIX_ERR_") => {
            "mpi_sys::MPI_ERR_UNKNOWN".to_owned()
        }
        _ if name.starts_with("MPI_MAX_") => "mpi_sys::MPI_MAX_PROCESSOR_NAME".to_owned(),
        _ if name.contains("_ABI_") && name.ends_with("VERSION") => "-1".to_owned(),
        "MPI_KEYVAL_INVALID" => "0".to_owned(),
        // Fortran's status has the fields where C's has them.
        "MPI_F_SOURCE" => status_index("MPI_SOURCE"),
        "MPI_F_TAG" => status_index("MPI_TAG"),
        "MPI_F_ERROR" => status_index("MPI_ERROR"),
        "MPI_F_STATUS_SIZE" => {
            "(size_of::<mpi_sys::MPI_Status>() / size_of::<mpi_sys::MPI_Fint>()) as c_int".to_owned()
        }
        _ => "mpi_sys::MPI_UNDEFINED".to_owned(),
    }
}

/// Which of a status's integers a field is.
fn status_index(field: &str) -> String {
    format!("(core::mem::offset_of!(mpi_sys::MPI_Status, {field}) / size_of::<mpi_sys::MPI_Fint>()) as c_int")
}

/// A handle that this MPI does not know is the null handle of its kind; a pointer is null.
fn absent_value(name: &str, constant: &Constant) -> String {
    let base = constant.ctype.base.as_str();
    if HANDLES.contains(&base) && constant.ctype.pointers == 0 {
        let null = match base {
            "MPI_Errhandler" => "MPI_ERRHANDLER_NULL".to_owned(),
            _ => format!("{}_NULL", base.to_uppercase()),
        };
        if null == name {
            return format!(
                "// SAFETY: a stand-in handle, all zero.\n unsafe {{ core::mem::zeroed::<{base}>() }}"
            );
        }
        return format!("{null}()");
    }
    "// SAFETY: null, None and 0 are values of pointers, callbacks and integers.\n unsafe { core::mem::zeroed() }".to_owned()
}
