//! Methods as a table, for families whose members differ in little but the function of MPI.
//!
//! A `#[pymethods]` method has its own code to take arguments apart. The members of a family (the blocking,
//! nonblocking and persistent form of one operation) take the same arguments and make the same message of them:
//! [`families!`] has both once, and a line for each form. [`add`] then puts the methods into the class that PyO3 made.
//!
//! These methods are called without PyO3's trampoline, which counts, per thread, how often it was entered: they are
//! short, and that would be a good part of a call. What follows from it: no `Py` may be dropped in them (an
//! [`Owned`](crate::owned::Owned) may; for an exception there is [`discard`](crate::owned::discard)), and an error is an
//! exception already [`Raised`].

mod family;
mod reader;

use core::ffi::CStr;

use pyo3::PyTypeInfo;
use pyo3::ffi;
use pyo3::prelude::*;

pub(crate) use family::{answer, check, families, form, methods, prepared, started};
pub(crate) use reader::{Answer, Raised, Reader, enter, parameters};

/// A method of a class, as Python's C API describes one.
#[repr(transparent)]
pub(crate) struct Method(ffi::PyMethodDef);

// SAFETY: nobody writes to it.
unsafe impl Sync for Method {}

impl Method {
    /// `text` is the name, the signature as `inspect` reads it, and the docstring. Both end with NUL.
    pub const fn new(
        name: &'static str,
        text: &'static [u8],
        function: ffi::PyCFunctionFastWithKeywords,
    ) -> Self {
        Self(ffi::PyMethodDef {
            ml_name: name.as_ptr().cast(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: function },
            ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
            ml_doc: text.as_ptr().cast(),
        })
    }
}
/// Puts `methods` into the class `C`.
pub(crate) fn add<C: PyTypeInfo>(py: Python<'_>, methods: &'static [Method]) -> PyResult<()> {
    let class = py.get_type::<C>();
    for Method(definition) in methods {
        let (class_ptr, definition_ptr) = (class.as_type_ptr(), core::ptr::from_ref(definition).cast_mut());
        // SAFETY: the definition is static, Python only reads it, and its function takes an instance of the class,
        // which the descriptor checks.
        let descriptor =
            unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyDescr_NewMethod(class_ptr, definition_ptr))? };
        // SAFETY: the name is a static C string.
        let name = unsafe { CStr::from_ptr(definition.ml_name) };
        class.setattr(name.to_string_lossy().as_ref(), descriptor)?;
    }
    Ok(())
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
