//! Messages of pickled Python objects: the lower-case methods.

mod collectives;
mod context;
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
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::message::Memory;
use crate::owned::Owned;
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

/// Memory for serialized objects to arrive in: fresh bytes that nobody else sees until they are filled.
pub(crate) struct Incoming {
    bytes: Py<PyBytes>,
    pub address: *mut c_void,
    pub count: MPI_Count,
}

impl Incoming {
    /// Memory for `count` bytes.
    pub fn new(py: Python<'_>, count: MPI_Count) -> PyResult<Self> {
        // SAFETY: a null source leaves the bytes unset; MPI sets them before anybody reads. `count` is not negative.
        let bytes = unsafe {
            let object = ffi::PyBytes_FromStringAndSize(core::ptr::null(), count as ffi::Py_ssize_t);
            Bound::from_owned_ptr_or_err(py, object)?.cast_into_unchecked::<PyBytes>()
        };
        let address = bytes.as_bytes().as_ptr().cast_mut().cast();
        Ok(Self { bytes: bytes.unbind(), address, count })
    }

    /// Sets the first bytes. Nobody else has seen them yet.
    pub fn fill(&self, first: &[u8]) {
        // SAFETY: the caller asks for no more than there are; the bytes object is still ours alone.
        unsafe { core::ptr::copy_nonoverlapping(first.as_ptr(), self.address.cast(), first.len()) };
    }

    /// The bytes themselves, once they are filled.
    pub fn into_bytes(self, py: Python<'_>) -> Bound<'_, PyBytes> {
        self.bytes.into_bound(py)
    }

    /// The object that all the bytes are; no bytes are None.
    pub fn loads<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.count == 0 {
            return Ok(py.None().into_bound(py));
        }
        Pickle::loads_global(self.bytes.bind(py).as_any())
    }

    /// The object that the first `count` bytes are.
    pub fn loads_first<'py>(&self, py: Python<'py>, count: MPI_Count) -> PyResult<Bound<'py, PyAny>> {
        if count == 0 {
            return Ok(py.None().into_bound(py));
        }
        if count == self.count {
            return self.loads(py);
        }
        if Pickle::stops_at_the_end(py) {
            return self.loads(py);
        }
        Pickle::loads_global(&part(&self.view(py)?, 0, count as isize)?)
    }

    /// The objects that stand one after the other, of `counts` bytes; `None` for nothing.
    pub fn loads_each<'py>(&self, py: Python<'py>, counts: &[MPI_Count]) -> PyResult<Vec<Bound<'py, PyAny>>> {
        if let [count] = counts
            && *count == self.count
        {
            return Ok(vec![if *count == 0 { py.None().into_bound(py) } else { self.loads(py)? }]);
        }
        let view = self.view(py)?;
        let mut start = 0;
        let load = |count: &MPI_Count| {
            let begin = start;
            start += *count as isize;
            if *count == 0 {
                Ok(py.None().into_bound(py))
            } else {
                Pickle::loads_global(&part(&view, begin, start)?)
            }
        };
        counts.iter().map(load).collect()
    }

    fn view<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let bytes = self.bytes.bind(py);
        Ok(pyo3::types::PyMemoryView::from(bytes.as_any())?.into_any())
    }
}

/// The bytes of `view` from `start` on, up to `end`. (`PySlice::new` leaks the three integers that it makes.)
fn part<'py>(view: &Bound<'py, PyAny>, start: isize, end: isize) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the object is alive, and the GIL is held.
    unsafe { Bound::from_owned_ptr_or_err(view.py(), ffi::PySequence_GetSlice(view.as_ptr(), start, end)) }
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
