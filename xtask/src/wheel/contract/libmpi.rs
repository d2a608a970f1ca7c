//! `libmpi.pxd`: MPI's C API as Cython declarations, from the stub headers.

use mpi_stubs::{CType, Model, Parameter, rust::HANDLES};

const HEAD: &str = "\
# The C API of MPI, from the stub headers of the mpi4py wheel factory.
#
# Only what a client uses is asked of its mpi.h, so everything is declared. Calls go straight to the client's own MPI.

cdef extern from \"<mpi.h>\" nogil:
";

/// No stub header declares these, because nothing here calls them.
const REMOVED: &str = include_str!("removed.pxd");

/// Names of parameters that Cython reserves, of those that C does not.
const RESERVED: [&str; 13] =
    ["and", "as", "assert", "class", "def", "del", "from", "import", "in", "is", "lambda", "not", "or"];

/// The text of the file.
pub fn render(model: &Model) -> String {
    let sections = [
        ("Integers, and a status of Fortran 2008", integers(model)),
        ("Handles", handles()),
        ("Status", status(model)),
        ("Types of callbacks", callbacks(model)),
        ("Constants and predefined handles", constants(model)),
        ("Functions", functions(model)),
    ];
    let section = |(title, lines): (&str, Vec<String>)| {
        format!("\n    # {title}\n\n    {}\n", lines.join("\n").replace('\n', "\n    "))
    };
    [HEAD.to_owned()].into_iter().chain(sections.map(section)).chain([REMOVED.to_owned()]).collect()
}

/// The names that a client may use: an extension has that of the standard to come too. None for what is not MPI's but
/// an internal that the stub headers name.
fn names(name: &str) -> Vec<String> {
    match name.strip_prefix("MPIX_") {
        Some(rest) => vec![name.to_owned(), format!("MPI_{rest}")],
        None if name.starts_with("MPI_") => vec![name.to_owned()],
        None => vec![],
    }
}

/// The C compiler knows how wide an integer is: Cython asks for its kind alone.
fn integers(model: &Model) -> Vec<String> {
    let others = model.typedefs.iter().filter(|typedef| !HANDLES.contains(&typedef.name.as_str()));
    others
        .map(|typedef| {
            if typedef.ctype.base.starts_with("struct ") {
                format!("ctypedef struct {}:\n    pass", typedef.name)
            } else {
                format!("ctypedef {}", declared(&typedef.ctype, &typedef.name))
            }
        })
        .collect()
}

/// Whatever an MPI library has for a handle, a client can copy, compare and pass it, and no more.
fn handles() -> Vec<String> {
    let lines = |handle: &&str| {
        let tag = format!("_{}_t", handle.to_lowercase());
        [format!("ctypedef struct {tag}:\n    pass"), format!("ctypedef {tag} *{handle}")]
    };
    HANDLES.iter().flat_map(lines).collect()
}

/// The fields of the standard; the others are the library's own.
fn status(model: &Model) -> Vec<String> {
    let fields = model.status.iter().filter(|field| !names(&field.name).is_empty());
    let fields = fields.map(|field| format!("    {}", declared(&field.ctype, &field.name)));
    ["ctypedef struct MPI_Status:".to_owned()].into_iter().chain(fields).collect()
}

fn callbacks(model: &Model) -> Vec<String> {
    let callbacks = model.callbacks.iter();
    callbacks
        .map(|found| format!("ctypedef {}", prototype(&found.result, &found.name, &found.parameters)))
        .collect()
}

/// C takes an integer where it wants a constant expression, as the length of an array: an item of an enumeration.
fn constants(model: &Model) -> Vec<String> {
    let mut lines = Vec::new();
    for constant in &model.constants {
        let integer = constant.ctype.base == "int" && constant.ctype.pointers == 0;
        lines.extend(
            names(&constant.name)
                .iter()
                .map(|name| if integer { format!("enum: {name}") } else { declared(&constant.ctype, name) }),
        );
    }
    lines
}

fn functions(model: &Model) -> Vec<String> {
    let mut lines = Vec::new();
    for found in &model.functions {
        lines.extend(names(&found.name).iter().map(|name| prototype(&found.result, name, &found.parameters)));
    }
    lines
}

/// `int MPI_Comm_size(MPI_Comm comm, int *size)`
fn prototype(result: &CType, name: &str, parameters: &[Parameter]) -> String {
    let parameters: Vec<_> =
        parameters.iter().map(|parameter| declared(&parameter.ctype, &parameter.name)).collect();
    format!("{}({})", declared(result, name), parameters.join(", "))
}

/// A declaration of `name` with this type, which Cython writes as C does.
fn declared(ctype: &CType, name: &str) -> String {
    if ctype.base == "..." {
        return ctype.base.clone();
    }
    let constant = if ctype.constant { "const " } else { "" };
    let (pointers, array) = match ctype.inner_array {
        Some(length) if ctype.pointers > 0 => (ctype.pointers - 1, format!("[][{length}]")),
        Some(length) => (0, format!("[{length}]")),
        None => (ctype.pointers, String::new()),
    };
    let reserved = if RESERVED.contains(&name) { "_" } else { "" };
    format!("{constant}{} {}{name}{reserved}{array}", ctype.base, "*".repeat(pointers))
}
