//! One caller, one slot and one fallback for every function of MPI.

use std::collections::HashMap;
use std::fmt::Write as _;

use mpi_stubs::rust::{fixed, identifier, parameter_list, result_type};
use mpi_stubs::{Function, Model};

use crate::{Emulation, Emulations, Result};

pub fn generate(out: &mut String, whole: &Model, model: &Model, emulations: &Emulations) -> Result<()> {
    let count = whole.functions.len();
    let indices: HashMap<&str, usize> =
        whole.functions.iter().enumerate().map(|(index, function)| (function.name.as_str(), index)).collect();
    writeln!(out, "/// How many functions MPI has.\npub const FUNCTION_COUNT: usize = {count};")?;
    for (index, function) in whole.functions.iter().enumerate() {
        caller(out, whole, index, function)?;
        unsupported(out, whole, index, function)?;
    }
    writeln!(out, "pub(crate) static ENTRIES: [Entry; FUNCTION_COUNT] = [")?;
    for function in &whole.functions {
        let name = &function.name;
        let symbol =
            symbol(model, function).map_or("None".to_owned(), |symbol| format!("Some(c\"{symbol}\")"));
        let emulation = match emulations.get(name) {
            Some(Emulation { path, needs }) => {
                let needs = needs.as_deref().and_then(|needs| indices.get(needs));
                format!("Some(Emulation {{ function: {path} as *const (), needs: {needs:?} }})")
            }
            None => "None".to_owned(),
        };
        writeln!(
            out,
            "    Entry {{ name: \"{name}\", symbol: {symbol}, emulation: {emulation}, unsupported: unsupported_{name} as *const () }},"
        )?;
    }
    writeln!(out, "];")?;
    Ok(())
}

/// What the library calls `function`: its name, or the name it had before it was standard, if the stub header
/// declares that with the same parameters.
fn symbol(model: &Model, function: &Function) -> Option<String> {
    let early = format!("MPIX_{}", function.name.strip_prefix("MPI_").unwrap_or_default());
    if model.function(&function.name).is_some() {
        Some(function.name.clone())
    } else {
        let same = |known: &Function| {
            let types =
                |function: &Function| function.parameters.iter().map(|p| p.ctype.clone()).collect::<Vec<_>>();
            types(known) == types(function)
        };
        model.function(&early).filter(|known| same(known)).map(|_| early)
    }
}

/// The public function: a call through its slot.
fn caller(out: &mut String, whole: &Model, index: usize, function: &Function) -> Result<()> {
    let Function { name, result, parameters } = function;
    let list = parameter_list(whole, parameters);
    let arguments: Vec<String> = fixed(parameters).map(|parameter| identifier(&parameter.name)).collect();
    let arguments = arguments.join(", ");
    let result = result_type(whole, result);
    writeln!(
        out,
        "/// `{name}`, as the MPI standard has it.\n///\n/// # Safety\n/// As the MPI standard says of its arguments."
    )?;
    writeln!(out, "#[inline(always)]\npub unsafe fn {name}({list}){result} {{")?;
    writeln!(
        out,
        "    // SAFETY: slot {index} holds a function of this type; the caller vouches for the arguments."
    )?;
    writeln!(
        out,
        "    unsafe {{ core::mem::transmute::<*const (), unsafe extern \"C\" fn({list}){result}>(slot({index}))({arguments}) }}\n}}"
    )?;
    Ok(())
}

/// What the slot holds when neither the library nor `src/emulate` has the function.
fn unsupported(out: &mut String, whole: &Model, index: usize, function: &Function) -> Result<()> {
    let Function { name, result, parameters } = function;
    let list = parameter_list(whole, parameters);
    let result = result_type(whole, result);
    // What returns no error code has no way to say so: its zero value.
    let value = match result.as_str() {
        " -> c_int" => "code",
        "" => "{ let _ = code; }",
        _ => "{ let _ = code; unsafe { core::mem::zeroed() } }",
    };
    writeln!(
        out,
        "unsafe extern \"C\" fn unsupported_{name}({list}){result} {{ let code = unsupported({index}); {value} }}"
    )?;
    Ok(())
}
