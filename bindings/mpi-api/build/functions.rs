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
    names(out, whole)?;
    writeln!(out, "pub(crate) static SYMBOLS: [Symbol; FUNCTION_COUNT] = [")?;
    for function in &whole.functions {
        writeln!(out, "    Symbol::{},", symbol(model, function))?;
    }
    writeln!(out, "];\npub(crate) static UNSUPPORTED: [Address; FUNCTION_COUNT] = [")?;
    for function in &whole.functions {
        writeln!(out, "    Address(unsupported_{} as *const ()),", function.name)?;
    }
    writeln!(out, "];\npub(crate) static EMULATIONS: &[Emulation] = &[")?;
    for (index, function) in whole.functions.iter().enumerate() {
        let Some(Emulation { path, needs }) = emulations.get(&function.name) else { continue };
        let needs = needs.as_deref().and_then(|needs| indices.get(needs));
        writeln!(
            out,
            "    Emulation {{ index: {index}, function: Address({path} as *const ()), needs: {needs:?} }},"
        )?;
    }
    writeln!(out, "];")?;
    Ok(())
}

/// All names in one text, each with a NUL after it, and where each begins: a pointer for each would have to be relocated
/// when the module is loaded.
fn names(out: &mut String, whole: &Model) -> Result<()> {
    let mut text = String::new();
    let mut starts = Vec::new();
    for function in &whole.functions {
        starts.push(u16::try_from(text.len())?);
        text.push_str(&function.name);
        text.push('\0');
    }
    starts.push(u16::try_from(text.len())?);
    writeln!(out, "pub(crate) static NAMES: &str = {text:?};")?;
    writeln!(out, "pub(crate) static NAME_STARTS: [u16; FUNCTION_COUNT + 1] = {starts:?};")?;
    Ok(())
}

/// What the library calls `function`: its name, or the name it had before it was standard, if the stub header
/// declares that with the same parameters.
fn symbol(model: &Model, function: &Function) -> &'static str {
    let early = format!("MPIX_{}", function.name.strip_prefix("MPI_").unwrap_or_default());
    if model.function(&function.name).is_some() {
        return "Own";
    }
    let same = |known: &Function| {
        let types =
            |function: &Function| function.parameters.iter().map(|p| p.ctype.clone()).collect::<Vec<_>>();
        types(known) == types(function)
    };
    if model.function(&early).is_some_and(same) { "Early" } else { "None" }
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
