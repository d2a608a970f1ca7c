//! Turns one variant's stub header into Rust: types, constants, and the table of functions it declares.

use std::collections::HashSet;
use std::fmt::Write as _;

use mpi_stubs::rust::{HANDLES, identifier, parameter_list, result_type, type_name};
use mpi_stubs::{Constant, Model, Value, Variant};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let variant = Variant::from_env()?;
    let model = mpi_stubs::read_for(&variant, &std::env::var("TARGET")?)?;
    let whole = mpi_stubs::whole()?;
    let mut out = String::new();
    writeln!(out, "/// The variant this crate was built for.\npub const VARIANT: &str = \"{variant}\";")?;
    writeln!(out, "/// Its MPI version: ten times the major one plus the minor one.")?;
    writeln!(out, "pub const VERSION: u32 = {};", variant.version)?;
    types(&mut out, &model, &whole)?;
    callbacks(&mut out, &model, &whole)?;
    constants(&mut out, &model)?;
    functions(&mut out, &model)?;
    fs_err::write(std::path::Path::new(&std::env::var("OUT_DIR")?).join("mpi.rs"), out)?;
    Ok(())
}

/// Handles, integer types and `MPI_Status`. A handle type that this MPI has not yet gets a stand-in of
/// `MPI_Comm`'s representation, so that signatures above can name it.
fn types(out: &mut String, model: &Model, whole: &Model) -> Result<()> {
    let own = |name: &str| model.typedefs.iter().find(|typedef| typedef.name == name);
    let comm = own("MPI_Comm").ok_or("the stub header has no MPI_Comm")?;
    for name in HANDLES {
        let known = own(name);
        let ctype = &known.unwrap_or(comm).ctype;
        let inner = if ctype.pointers > 0 { "*mut c_void".to_owned() } else { type_name(model, ctype) };
        let note = if known.is_some() { "" } else { " This MPI has none: a stand-in." };
        writeln!(out, "/// A handle of MPI.{note}\n#[repr(transparent)]")?;
        writeln!(out, "#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\npub struct {name}(pub {inner});")?;
        if ctype.pointers > 0 {
            writeln!(out, "// SAFETY: an MPI handle may be used from any thread under MPI_THREAD_MULTIPLE;")?;
            writeln!(out, "// below that the caller serialises, as the standard says.")?;
            writeln!(out, "unsafe impl Send for {name} {{}}")?;
            writeln!(out, "// SAFETY: as above.\nunsafe impl Sync for {name} {{}}")?;
        }
    }
    for typedef in &whole.typedefs {
        if HANDLES.contains(&typedef.name.as_str()) {
            continue;
        }
        let typedef = own(&typedef.name).unwrap_or(typedef);
        writeln!(
            out,
            "/// An integer type of MPI.\npub type {} = {};",
            typedef.name,
            type_name(model, &typedef.ctype)
        )?;
    }
    writeln!(out, "/// What a receive or a completion tells (MPI 5.0, section 3.2.5).\n#[repr(C)]")?;
    writeln!(out, "#[derive(Clone, Copy, Debug)]\npub struct MPI_Status {{")?;
    for field in &model.status {
        let spelled = type_name(model, &field.ctype);
        writeln!(out, "    /// A field of this ABI.\n    pub {}: {spelled},", identifier(&field.name))?;
    }
    writeln!(out, "}}")?;
    Ok(())
}

fn callbacks(out: &mut String, model: &Model, whole: &Model) -> Result<()> {
    for callback in &whole.callbacks {
        let callback = model.callbacks.iter().find(|own| own.name == callback.name).unwrap_or(callback);
        let parameters = parameter_list(whole, &callback.parameters);
        let result = result_type(whole, &callback.result);
        writeln!(
            out,
            "/// A callback of MPI.\npub type {} = unsafe extern \"C\" fn({parameters}){result};",
            callback.name
        )?;
    }
    Ok(())
}

/// Integers and strings are constants; what has another type, or is known only once a library is bound,
/// is a function that takes the addresses found by [`symbols`].
fn constants(out: &mut String, model: &Model) -> Result<()> {
    let mut symbols: Vec<&str> = Vec::new();
    for Constant { name, ctype, value } in &model.constants {
        writeln!(out, "/// A constant of MPI.")?;
        let spelled = type_name(model, ctype);
        match value {
            Value::Integer(value) if spelled == "c_int" => {
                writeln!(out, "pub const {name}: c_int = {value};")?;
            }
            Value::Text(text) => writeln!(out, "pub const {name}: &str = {text:?};")?,
            Value::Integer(value) => {
                let expression = match &ctype.base {
                    base if HANDLES.contains(&base.as_str()) && ctype.pointers == 0 => {
                        format!("{base}(({value}_i64) as _)")
                    }
                    _ if spelled.starts_with("Option<") => {
                        format!(
                            "{{ // SAFETY: a function pointer that MPI itself compares and never calls, or null.\n unsafe {{ core::mem::transmute::<isize, {spelled}>({value}) }} }}"
                        )
                    }
                    _ if spelled.starts_with('*') => format!("({value}_i64) as usize as {spelled}"),
                    _ => format!("({value}_i64) as {spelled}"),
                };
                writeln!(
                    out,
                    "#[inline(always)]\npub fn {name}(_symbols: &Symbols) -> {spelled} {{ {expression} }}"
                )?;
            }
            Value::Address(symbol) | Value::Variable(symbol) => {
                let index = symbols.iter().position(|known| known == symbol).unwrap_or_else(|| {
                    symbols.push(symbol);
                    symbols.len() - 1
                });
                let address = format!("symbols.0[{index}]");
                let expression = match value {
                    Value::Variable(_) => format!(
                        "{{ let address = {address}; if address.is_null() {{ core::ptr::null_mut() }} else {{ \
                         // SAFETY: the library exports this variable with this type.\n unsafe {{ *address.cast::<{spelled}>() }} }} }}"
                    ),
                    _ if HANDLES.contains(&ctype.base.as_str()) && ctype.pointers == 0 => {
                        format!("{}({address}.cast_mut().cast())", ctype.base)
                    }
                    _ if spelled.starts_with("Option<") => format!(
                        "{{ // SAFETY: the library exports this function with this signature; null is None.\n unsafe {{ core::mem::transmute::<*const (), {spelled}>({address}) }} }}"
                    ),
                    _ => format!("{address}.cast_mut().cast()"),
                };
                writeln!(
                    out,
                    "#[inline(always)]\npub fn {name}(symbols: &Symbols) -> {spelled} {{ {expression} }}"
                )?;
            }
        }
    }
    writeln!(
        out,
        "/// How many addresses the constants of this ABI need.\npub const SYMBOL_COUNT: usize = {};",
        symbols.len()
    )?;
    writeln!(out, "/// The names of those symbols.\npub const SYMBOL_NAMES: [&CStr; SYMBOL_COUNT] = [")?;
    for symbol in symbols {
        writeln!(out, "    c\"{symbol}\",")?;
    }
    writeln!(out, "];")?;
    Ok(())
}

fn functions(out: &mut String, model: &Model) -> Result<()> {
    let mut seen = HashSet::new();
    for function in &model.functions {
        if !seen.insert(&function.name) {
            return Err(format!("{} is declared twice", function.name).into());
        }
        let parameters = parameter_list(model, &function.parameters);
        let result = result_type(model, &function.result);
        writeln!(
            out,
            "/// The type of the function of that name.\npub type {}_fn = unsafe extern \"C\" fn({parameters}){result};",
            function.name
        )?;
    }
    let count = model.functions.len();
    writeln!(
        out,
        "/// The functions that this variant declares.\npub const FUNCTION_NAMES: [&str; {count}] = ["
    )?;
    for function in &model.functions {
        writeln!(out, "    \"{}\",", function.name)?;
    }
    writeln!(out, "];")?;
    Ok(())
}
