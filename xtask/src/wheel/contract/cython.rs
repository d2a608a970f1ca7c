//! `MPI.pxd`: the classes, for Cython's clients, which copy the layout of the objects into their own C.

use super::classes::{CLASSES, Class};

/// The text of the file; `handles` is that of `handles.h`.
pub fn render(handles: &str) -> String {
    let head = format!(
        "# The classes of mpi4py.MPI.\n\nfrom .libmpi cimport *\n\ncdef extern from *:\n    \"\"\"\n{handles}    \"\"\"\n"
    );
    [head].into_iter().chain(CLASSES.iter().map(class)).collect()
}

fn class(class: &Class) -> String {
    let (name, fields) = (class.name, fields(class).join("\n    "));
    let base = class.base.map(|base| format!("({base})")).unwrap_or_default();
    format!(
        "\nctypedef api class {name}{base} [type PyMPI{name}_Type, object PyMPI{name}Object]:\n    {fields}\n"
    )
}

fn fields(class: &Class) -> Vec<String> {
    let mut fields = Vec::new();
    if class.base.is_none() {
        fields.push(format!("cdef {} ob_mpi", class.handle));
        fields.extend(["cdef unsigned int flags", "cdef object __weakref__"].map(str::to_owned));
    }
    fields.extend(class.last.map(|(ctype, name)| match ctype {
        "PyObject *" => format!("cdef object {name}"),
        _ => format!("cdef {ctype}{name}"),
    }));
    if fields.is_empty() {
        fields.push("pass".to_owned());
    }
    fields
}
