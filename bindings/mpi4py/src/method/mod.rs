//! Methods, properties and functions as tables, which [`install`] puts into the classes that PyO3 made.
//!
//! The members of a family (the blocking, nonblocking and persistent form of one operation) differ in little but the
//! function of MPI. They take the same arguments and make the same message of them: [`families!`] has both once, and a
//! line for each form. Everything else is written as PyO3's methods are, under `#[methods]` and `#[function]`
//! (`bindings/methods`).
//!
//! PyO3's own trampoline counts, per thread, how often it was entered: that is what a `Py` asks when it is dropped. The
//! members of families, and methods that are `#[light]`, do without, because they are short and it would be a good part of
//! a call. What follows from it: no `Py` may be dropped in them (an [`Owned`](crate::owned::Owned) may; for an
//! exception there is [`discard`](crate::owned::discard)). In all of them an error is an exception already [`Raised`].

mod class_method;
mod description;
mod entry;
mod family;
mod reader;
mod slots;

use core::ffi::{CStr, c_char, c_int};

use pyo3::PyTypeInfo;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use class_method::ClassMethod;
pub(crate) use description::{Description, Interned, description};
pub(crate) use entry::{Passed, alone, assign, body, enter, entry, noted, property};
pub(crate) use family::{answer, check, families, form, nothing, prepared, started};
pub(crate) use mpi4py_methods::{function, methods};
pub(crate) use reader::{Answer, Raised, Reader, parameters};
pub(crate) use slots::{called, given, raised, slots};

/// A method of a class, or a function.
///
/// This is less than what Python's C API wants to be told, because that has more addresses, which every process that
/// loads the module would relocate.
pub(crate) struct Method {
    /// The name, a NUL, and the docstring: name, signature as `inspect` reads it, text, and a NUL.
    text: &'static [u8],
    function: ffi::PyMethodDefPointer,
    flags: c_int,
}

// SAFETY: nobody writes to it.
unsafe impl Sync for Method {}

impl Method {
    /// `text` is the name, a NUL, and the docstring.
    pub const fn new(text: &'static [u8], function: ffi::PyCFunctionFastWithKeywords) -> Self {
        let function = ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: function };
        Self { text, function, flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS }
    }

    /// [`Self::new`], for a method without parameters.
    pub const fn alone(text: &'static [u8], function: ffi::PyCFunction) -> Self {
        Self { text, function: ffi::PyMethodDefPointer { PyCFunction: function }, flags: ffi::METH_NOARGS }
    }

    /// Of a class, not of its instances.
    pub const fn of_class(mut self) -> Self {
        self.flags |= ffi::METH_CLASS;
        self
    }

    fn definition(&self) -> ffi::PyMethodDef {
        let (ml_name, ml_doc) = name_and_doc(self.text);
        ffi::PyMethodDef { ml_name, ml_meth: self.function, ml_flags: self.flags, ml_doc }
    }
}

/// A property of a class.
pub(crate) struct Property {
    /// The name, a NUL, the docstring, and a NUL.
    text: &'static [u8],
    get: ffi::getter,
    set: Option<ffi::setter>,
}

// SAFETY: nobody writes to it.
unsafe impl Sync for Property {}

impl Property {
    /// `text` is the name, a NUL, and the docstring.
    pub const fn new(text: &'static [u8], get: ffi::getter) -> Self {
        Self { text, get, set: None }
    }

    /// One that can be set.
    pub const fn settable(mut self, set: ffi::setter) -> Self {
        self.set = Some(set);
        self
    }

    fn definition(&self) -> ffi::PyGetSetDef {
        let (name, doc) = name_and_doc(self.text);
        ffi::PyGetSetDef { name, get: Some(self.get), set: self.set, doc, closure: core::ptr::null_mut() }
    }
}

/// The two C strings that `text` is.
fn name_and_doc(text: &'static [u8]) -> (*const c_char, *const c_char) {
    let name = CStr::from_bytes_until_nul(text).unwrap_or_default();
    let doc = text.get(name.count_bytes() + 1..).unwrap_or_default();
    (name.as_ptr(), doc.as_ptr().cast())
}

/// Methods and properties of one class, from one place in the sources.
pub(crate) struct Table {
    class: fn(Python<'_>) -> *mut ffi::PyTypeObject,
    methods: &'static [Method],
    properties: &'static [Property],
}

impl Table {
    pub const fn of<C: PyTypeInfo>(methods: &'static [Method], properties: &'static [Property]) -> Self {
        Self { class: C::type_object_raw, methods, properties }
    }
}

/// Puts methods into a class: `table!(Class: [method, …])`, where each is a [`Method`].
macro_rules! table {
    ($class:ty: $methods:expr) => {
        pyo3::inventory::submit! {
            {
                const METHODS: &[$crate::method::Method] = &$methods;
                $crate::method::Table::of::<$class>(METHODS, &[])
            }
        }
    };
}
pub(crate) use table;

/// A function of the module.
pub(crate) struct Function(pub &'static Method);

pyo3::inventory::collect!(Table);
pyo3::inventory::collect!(Function);

/// Puts every [`Table`] into its class, and every [`Function`] into `module`.
///
/// The methods of the class `of` go into the class `heir` too, which is below it and whose instances are the ones that
/// programs call: the interpreter takes a shorter way to a method of just the object's class. They come first, so that
/// the heir's own replace them.
pub(crate) fn install(
    module: &Bound<'_, PyModule>,
    of: &Bound<'_, PyType>,
    heir: &Bound<'_, PyType>,
) -> PyResult<()> {
    let py = module.py();
    let is_inherited = |table: &&Table| (table.class)(py) == of.as_type_ptr();
    let (inherited, own): (Vec<_>, Vec<_>) =
        pyo3::inventory::iter::<Table>.into_iter().partition(is_inherited);
    for table in inherited {
        put(py, table, Some(heir.as_type_ptr()))?;
    }
    for table in own {
        put(py, table, None)?;
    }
    let name = module.name()?;
    let functions =
        kept(pyo3::inventory::iter::<Function>.into_iter().map(|function| function.0.definition()));
    for definition in functions {
        // SAFETY: the definition stays.
        let function = unsafe { ffi::PyCFunction_NewEx(definition, module.as_ptr(), name.as_ptr()) };
        set(py, module.as_ptr(), definition.ml_name, function)?;
    }
    Ok(())
}

/// Puts a table into its class, and its methods into the class `heir` as well.
fn put(py: Python<'_>, table: &Table, heir: Option<*mut ffi::PyTypeObject>) -> PyResult<()> {
    let class = (table.class)(py);
    for definition in kept(table.methods.iter().map(Method::definition)) {
        if definition.ml_flags & ffi::METH_CLASS != 0 {
            // SAFETY: classes live as long as the module, the definition stays, and its function takes the class.
            let method = unsafe {
                if ffi::PyType_GetFlags(class) & ffi::Py_TPFLAGS_BASETYPE == 0 {
                    class_method::bound(py, class, definition)?
                } else {
                    ClassMethod::create(py, class, definition)?.into_any()
                }
            };
            set(py, class.cast(), definition.ml_name, method.into_ptr())?;
            continue;
        }
        for class in [class].into_iter().chain(heir) {
            // SAFETY: the definition stays, and its function takes an instance of the class, which the descriptor checks.
            let descriptor = unsafe { ffi::PyDescr_NewMethod(class, definition) };
            set(py, class.cast(), definition.ml_name, descriptor)?;
        }
    }
    for definition in kept(table.properties.iter().map(Property::definition)) {
        // SAFETY: as above.
        let descriptor = unsafe { ffi::PyDescr_NewGetSet(class, definition) };
        set(py, class.cast(), definition.name, descriptor)?;
    }
    Ok(())
}

/// Definitions, for as long as the process lives: Python keeps their addresses.
fn kept<T>(definitions: impl Iterator<Item = T>) -> &'static mut [T] {
    definitions.collect::<Vec<_>>().leak()
}

/// Sets the attribute `name` of `owner` to `value`, which is ours, or null and an exception.
fn set(
    py: Python<'_>,
    owner: *mut ffi::PyObject,
    name: *const c_char,
    value: *mut ffi::PyObject,
) -> PyResult<()> {
    // SAFETY: the owner, a class or the module, lives as long as the module; names are C strings.
    unsafe {
        let value = Bound::from_owned_ptr_or_err(py, value)?;
        match ffi::PyObject_SetAttrString(owner, name, value.as_ptr()) {
            0 => Ok(()),
            _ => Err(PyErr::fetch(py)),
        }
    }
}

/// Docstrings are written as Rust's are, with a space at the start of each line: this takes it away, and the last
/// newline, and adds a NUL.
pub(crate) const fn trimmed<const N: usize>(text: &str) -> [u8; N] {
    let text = text.as_bytes();
    let (mut trimmed, mut from, mut to, mut start) = ([0; N], 0, 0, false);
    while from < text.len() {
        if !(start && text[from] == b' ') {
            trimmed[to] = text[from];
            to += 1;
        }
        start = text[from] == b'\n';
        from += 1;
    }
    if start {
        trimmed[to - 1] = 0;
    }
    trimmed
}
