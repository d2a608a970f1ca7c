//! The headers for clients of C and C++: `MPI.h`, `MPI_api.h` and `pycapi.h`.

use super::classes::{CLASSES, Class, Function, Functions};

const LAYOUT: &str = "\
/* The objects of mpi4py.MPI in memory. */
#ifndef MPI4PY_MPI_H
#define MPI4PY_MPI_H

#include <Python.h>

#include \"include/mpi4py/handles.h\"

PyMODINIT_FUNC PyInit_MPI(void);
";

const FULL: &str = "\
/* The functions and classes of mpi4py.MPI. Include mpi4py.h, which includes this. */
#ifndef MPI4PY_MPI_API_H
#define MPI4PY_MPI_API_H

#include \"MPI.h\"
#include \"include/mpi4py/lookup.h\"
";

const LIMITED: &str = "\
/* The functions of mpi4py.MPI and their classes, for Python's limited API. Include mpi4py.h, which includes this where
   MPI4PY_LIMITED_API is defined. MPI4PY_LIMITED_API_SKIP_<CLASS> leaves a class out, as one that an older mpi4py lacks. */
#ifndef MPI4PY_PYCAPI_H
#define MPI4PY_PYCAPI_H

#include \"handles.h\"
#include \"lookup.h\"
";

const IMPORT_BEGIN: &str = "
/* Finds mpi4py.MPI, and all of the above in it. Returns 0, or -1 with an exception. */
static inline int import_mpi4py__MPI(void)
{
    PyObject *module = PyImport_ImportModule(\"mpi4py.MPI\");
    int done = module == NULL ? -1 : 0;

";

const IMPORT_END: &str = "    Py_XDECREF(module);
    return done;
}

/* The same, as clients call it. */
static inline int import_mpi4py(void)
{
    return import_mpi4py__MPI();
}

#endif
";

/// `MPI.h`: the layout of the objects.
pub fn layout() -> String {
    let object = |class: &Class| {
        let (name, fields) = (class.name, fields(class).join("\n    "));
        format!("\ntypedef struct PyMPI{name}Object {{\n    {fields}\n}} PyMPI{name}Object;\n")
    };
    [LAYOUT, &CLASSES.iter().map(object).collect::<String>(), "\n#endif\n"].concat()
}

fn fields(class: &Class) -> Vec<String> {
    let mut fields = match class.base {
        Some(base) => vec![format!("struct PyMPI{base}Object __pyx_base;")],
        None => vec![
            "PyObject_HEAD".to_owned(),
            format!("{} ob_mpi;", class.handle),
            "unsigned int flags;".to_owned(),
            "PyObject *__weakref__;".to_owned(),
        ],
    };
    fields.extend(class.last.map(|(ctype, name)| format!("{ctype}{name};")));
    fields
}

/// `MPI_api.h`: functions and classes, of the signatures and sizes that the client was compiled with.
pub fn full() -> String {
    let find = |class: &Class| {
        let size = format!("sizeof(PyMPI{}Object)", class.name);
        finder(class, |signature| format!("\"{signature}\""), &size)
    };
    let parts = CLASSES.iter().map(|class| (format!("\n{}{}", variables(class), find(class)), call(class)));
    importer(FULL, parts)
}

/// `pycapi.h`: the functions alone, whatever their signatures.
pub fn limited() -> String {
    let classes = CLASSES.iter().filter(|class| class.functions == Functions::Both);
    let parts = classes.map(|class| {
        let unless = format!("#ifndef MPI4PY_LIMITED_API_SKIP_{}\n", class.name.to_uppercase());
        let find = finder(class, |_| "NULL".to_owned(), "0");
        (format!("\n{unless}{}{find}#endif\n", variables(class)), format!("{unless}{}#endif\n", call(class)))
    });
    importer(LIMITED, parts)
}

/// A header, of what each class has outside of the function that finds all, and in it.
fn importer(head: &str, classes: impl Iterator<Item = (String, String)>) -> String {
    let (outside, inside): (Vec<_>, Vec<_>) = classes.unzip();
    [head, &outside.concat(), IMPORT_BEGIN, &inside.concat(), IMPORT_END].concat()
}

/// What a client uses: `PyMPIComm_Type` is an object, as C names Python's own types.
fn variables(class: &Class) -> String {
    let name = class.name;
    let kind = format!(
        "static PyTypeObject *PyMPI{name}_TypePtr = NULL;\n#define PyMPI{name}_Type (*PyMPI{name}_TypePtr)\n"
    );
    let function =
        |found: Function| format!("static {}(*{})({}) = NULL;\n", found.result, found.name, found.argument);
    [kind].into_iter().chain(class.exported().into_iter().map(function)).collect()
}

/// The function that finds what a class has.
fn finder(class: &Class, signature: impl Fn(String) -> String, size: &str) -> String {
    let name = class.name;
    let mut steps = Vec::new();
    for function in class.exported() {
        let signature = signature(format!("{}({})", function.result, function.argument));
        let name = function.name;
        steps.push(format!("PyMPI_ImportFunction(module, \"{name}\", {signature}, &{name}) == 0"));
    }
    steps.push(format!("PyMPI_ImportType(module, \"{name}\", {size}, &PyMPI{name}_TypePtr) == 0"));
    let steps = steps.join("\n        && ");
    format!("static inline int PyMPI{name}_Import(PyObject *module)\n{{\n    return {steps} ? 0 : -1;\n}}\n")
}

fn call(class: &Class) -> String {
    format!("    if (done == 0) done = PyMPI{}_Import(module);\n", class.name)
}
