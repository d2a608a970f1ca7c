//! What a message is made of: memory, a count and a datatype, read from what the caller wrote.
//!
//! A specification is `data`, `[data, datatype]`, `[data, count, datatype]`, `[data, count, displ, datatype]`,
//! `[data, (count, displ), datatype]`, or `[data, count]`; a list or a tuple. Counts and displacements are in units
//! of the datatype's extent.

pub(crate) mod foreign;
pub(crate) mod memory;
pub(crate) mod simple;
pub(crate) mod typecode;

pub(crate) use memory::{Access, Memory};
pub(crate) use simple::Message;

use pyo3::prelude::*;

/// What must stay alive until a nonblocking or persistent operation is done: its messages, count arrays, operation.
/// It is what a request's `ob_buf` holds.
#[pyclass(frozen, module = "mpi4py.MPI", name = "_Keep")]
pub(crate) struct Keep(#[allow(dead_code, reason = "held for its drop")] Box<dyn core::any::Any>);

// SAFETY: reached and dropped with the GIL held only.
unsafe impl Send for Keep {}
// SAFETY: as above.
unsafe impl Sync for Keep {}

impl Keep {
    /// Boxes `what` as a Python object.
    pub fn new<T: 'static>(py: Python<'_>, what: T) -> PyResult<Py<PyAny>> {
        Ok(Py::new(py, Self(Box::new(what)))?.into_any())
    }
}
