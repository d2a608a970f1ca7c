//! How the dialect's C types are spelled in Rust: shared by the build scripts of `mpi-sys` and `mpi-api`.

use crate::model::{CType, Model, Parameter};

/// The handle types of MPI: opaque, each a distinct Rust type whatever the ABI represents it as.
pub const HANDLES: [&str; 11] = [
    "MPI_Comm",
    "MPI_Datatype",
    "MPI_Errhandler",
    "MPI_File",
    "MPI_Group",
    "MPI_Info",
    "MPI_Message",
    "MPI_Op",
    "MPI_Request",
    "MPI_Session",
    "MPI_Win",
];

/// The Rust spelling of `ctype`; a pointer to a callback is an `Option` of the function pointer.
pub fn type_name(model: &Model, ctype: &CType) -> String {
    let callback = model.callbacks.iter().any(|callback| callback.name == ctype.base);
    let (base, pointers) = match ctype.base.as_str() {
        "int" => ("c_int", ctype.pointers),
        "unsigned" | "unsigned int" => ("c_uint", ctype.pointers),
        "long" | "long int" => ("c_long", ctype.pointers),
        "long long" | "long long int" => ("c_longlong", ctype.pointers),
        "char" => ("c_char", ctype.pointers),
        "double" => ("f64", ctype.pointers),
        "size_t" => ("usize", ctype.pointers),
        "ptrdiff_t" | "intptr_t" => ("isize", ctype.pointers),
        "int64_t" => ("i64", ctype.pointers),
        "int32_t" => ("i32", ctype.pointers),
        "void" if ctype.pointers == 0 => ("()", 0),
        "void" => ("c_void", ctype.pointers),
        name if name.starts_with("struct ") => ("c_void", ctype.pointers),
        name if callback => return format!("Option<{name}>"),
        name => (name, ctype.pointers),
    };
    let mut spelled = base.to_owned();
    if let Some(length) = ctype.inner_array {
        spelled = format!("[{spelled}; {length}]");
    }
    for level in 0..pointers {
        let kind = if level == 0 && ctype.constant { "const" } else { "mut" };
        spelled = format!("*{kind} {spelled}");
    }
    spelled
}

/// The parameters without the variadic tail of an error handler or `MPI_Pcontrol`: MPI leaves open what is in it.
pub fn fixed(parameters: &[Parameter]) -> impl Iterator<Item = &Parameter> {
    parameters.iter().filter(|parameter| parameter.ctype.base != "...")
}

/// `name: type, …`
pub fn parameter_list(model: &Model, parameters: &[Parameter]) -> String {
    let list: Vec<String> = fixed(parameters)
        .map(|parameter| format!("{}: {}", identifier(&parameter.name), type_name(model, &parameter.ctype)))
        .collect();
    list.join(", ")
}

/// ` -> c_int`, or nothing for `void`.
pub fn result_type(model: &Model, ctype: &CType) -> String {
    match type_name(model, ctype).as_str() {
        "()" => String::new(),
        name => format!(" -> {name}"),
    }
}

/// `name`, escaped where Rust reserves it.
pub fn identifier(name: &str) -> String {
    match name {
        "type" | "fn" | "match" | "in" | "ref" | "box" | "move" => format!("r#{name}"),
        _ => name.to_owned(),
    }
}
