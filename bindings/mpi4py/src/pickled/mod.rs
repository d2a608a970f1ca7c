//! Messages of pickled Python objects: the lower-case methods.

mod collectives;
mod context;
mod incoming;
mod matched;
mod neighbors;
pub(crate) mod pickle;
mod point_to_point;
mod reduce;
mod request;
mod tree;
mod turn;

use core::ffi::c_void;

use mpi_api::types::MPI_Count;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::message::Memory;
use crate::owned::Owned;
use crate::pages;
pub(crate) use incoming::Incoming;
pub(crate) use pickle::Pickle;

/// A serialized object on its way out. Bytes do not move, so MPI may read them while this lives.
pub(crate) struct Outgoing {
    bytes: Option<Owned>,
    pub address: *mut c_void,
    pub count: MPI_Count,
}

impl Outgoing {
    /// Serializes `object`.
    pub fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Pickle::dumps_global(object).map(Self::from_bytes)
    }

    /// Serializes `object` unless it goes to `MPI_PROC_NULL`.
    pub fn to(object: &Bound<'_, PyAny>, rank: i32) -> PyResult<Self> {
        if rank == mpi_api::MPI_PROC_NULL { Ok(Self::nothing()) } else { Self::new(object) }
    }

    /// No message.
    pub const fn nothing() -> Self {
        Self { bytes: None, address: core::ptr::null_mut(), count: 0 }
    }

    fn from_bytes(bytes: Bound<'_, PyBytes>) -> Self {
        let data = bytes.as_bytes();
        pages::come_and_go(data.len());
        let (address, count) = (data.as_ptr().cast_mut().cast(), data.len() as MPI_Count);
        Self { bytes: Some(Owned::of(&bytes)), address, count }
    }

    /// The bytes themselves, of a message that is one.
    pub fn into_bytes(self, py: Python<'_>) -> Bound<'_, PyBytes> {
        match self.bytes {
            // SAFETY: it was made of bytes.
            Some(bytes) => unsafe { bytes.bind(py).cast_into_unchecked() },
            None => PyBytes::new(py, b""),
        }
    }
}

/// The object that the first `count` bytes of `memory` are.
fn loads_memory<'py>(py: Python<'py>, memory: &Memory, count: MPI_Count) -> PyResult<Bound<'py, PyAny>> {
    if count == 0 {
        return Ok(py.None().into_bound(py));
    }
    // SAFETY: `memory` holds at least `count` bytes, which MPI has written.
    let bytes = unsafe { core::slice::from_raw_parts(memory.address.cast::<u8>(), count as usize) };
    Pickle::loads_global(PyBytes::new(py, bytes).as_any())
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    pickle::register(module)
}
