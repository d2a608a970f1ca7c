//! What a message is made of: memory, a count and a datatype, read from what the caller wrote.
//!
//! A specification is `data`, `[data, datatype]`, `[data, count, datatype]`, `[data, count, displ, datatype]`,
//! `[data, (count, displ), datatype]`, or `[data, count]`; a list or a tuple. Counts and displacements are in units
//! of the datatype's extent. `data` is whatever lends memory: Python's buffers, DLPack, `__cuda_array_interface__`;
//! or `None` (no memory), or `BOTTOM`.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "MPI_Count, MPI_Aint, isize and usize all have 64 bits, and lengths are not negative"
)]

mod counts;
mod cuda;
mod dlpack;
mod foreign;
mod general;
pub(crate) mod memory;
pub(crate) mod simple;
mod spec;
pub(crate) mod typecode;
mod vector;
mod view;

pub(crate) use counts::{Integers, integers};
pub(crate) use general::General;
pub(crate) use memory::{Access, Memory};
pub(crate) use simple::Message;
pub(crate) use spec::datatype;
pub(crate) use vector::Vector;

use pyo3::prelude::*;

use crate::handle::spare::{self, spared};

/// A message, of whichever kind.
pub(crate) trait Describe: Sized {
    /// No memory, no elements: what goes to `MPI_PROC_NULL`, and what MPI ignores.
    fn empty() -> Self;

    /// `MPI_IN_PLACE`.
    fn in_place() -> Self;

    /// Reads `spec`; `blocks` is how many messages the memory holds: the processes, for the receive side of a gather.
    fn parse(spec: &Bound<'_, PyAny>, access: Access, blocks: isize) -> PyResult<Self>;
}

/// What must stay alive until a nonblocking or persistent operation is done: its messages, count arrays, operation.
/// It is what a request's `ob_buf` holds.
#[pyclass(frozen, module = "mpi4py.MPI", name = "_Keep")]
pub(crate) struct Keep(#[allow(dead_code, reason = "held for its drop")] Box<dyn core::any::Any>);

spared!(Keep);

// SAFETY: reached and dropped with the GIL held only.
unsafe impl Send for Keep {}
// SAFETY: as above.
unsafe impl Sync for Keep {}

impl Keep {
    /// Boxes `what` as a Python object.
    #[allow(clippy::new_ret_no_self, reason = "only Python holds one")]
    pub fn new<T: 'static>(py: Python<'_>, what: T) -> PyResult<Py<PyAny>> {
        Ok(spare::allocate(py, Self(Box::new(what)))?.into_any().unbind())
    }
}
