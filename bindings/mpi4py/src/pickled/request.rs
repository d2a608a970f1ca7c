//! `irecv`'s requests: `wait` and `test` return the object.

use core::ffi::c_void;

use mpi_api::types::MPI_Count;
use pyo3::prelude::*;
use pyo3::types::PyInt;

use super::{Incoming, option};
use crate::message::Memory;

/// Where a pickled object is to arrive, as a request's `ob_buf` holds it.
#[pyclass(frozen, module = "mpi4py.MPI", name = "_PickledReceive")]
pub(super) struct PickledReceive(Target);

enum Target {
    /// From nowhere.
    Nothing,
    /// Our own memory.
    Bytes(Incoming),
    /// The caller's memory.
    Lent(Memory),
}

// SAFETY: reached and dropped with the GIL held only.
unsafe impl Send for PickledReceive {}
// SAFETY: as above.
unsafe impl Sync for PickledReceive {}

impl PickledReceive {
    /// Memory as `buf` says: a size in bytes, writable memory, or None for `rc.irecv_bufsz` bytes.
    pub fn new(py: Python<'_>, buf: Option<&Bound<'_, PyAny>>, nothing: bool) -> PyResult<Self> {
        Ok(Self(match buf {
            _ if nothing => Target::Nothing,
            None => Target::Bytes(Incoming::new(py, option(py, "irecv_bufsz")?)?),
            Some(size) if size.is_instance_of::<PyInt>() => Target::Bytes(Incoming::new(py, size.extract()?)?),
            Some(buffer) => Target::Lent(super::point_to_point::receive_memory(buffer)?),
        }))
    }

    /// Address and size in bytes.
    pub fn memory(&self) -> (*mut c_void, MPI_Count) {
        match &self.0 {
            Target::Nothing => (core::ptr::null_mut(), 0),
            Target::Bytes(incoming) => (incoming.address, incoming.count),
            Target::Lent(memory) => (memory.address, memory.bytes as MPI_Count),
        }
    }

    /// The object that has arrived in the first `count` bytes.
    pub fn loads<'py>(&self, py: Python<'py>, count: MPI_Count) -> PyResult<Bound<'py, PyAny>> {
        match &self.0 {
            Target::Nothing => Ok(py.None().into_bound(py)),
            Target::Bytes(incoming) => incoming.loads_first(py, count),
            Target::Lent(memory) => super::loads_memory(py, memory, count),
        }
    }
}
