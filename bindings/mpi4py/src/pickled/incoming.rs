//! Memory for serialized objects to arrive in.

use core::cell::Cell;
use core::ffi::c_void;
use core::ptr;

use mpi_api::types::MPI_Count;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Pickle;
use crate::buffer::Buffer;
use crate::owned::Owned;
use crate::pages;

/// Memory of a message that an object was made of, for the next one: the kernel takes longer to give new pages than the
/// message takes.
struct Kept(Cell<*mut ffi::PyObject>);

// SAFETY: reached with the GIL held only.
unsafe impl Sync for Kept {}

static KEPT: Kept = Kept(Cell::new(ptr::null_mut()));

impl Kept {
    /// The sizes in bytes that are worth it, and that a process has to spare.
    const LEAST: MPI_Count = 1 << 16;
    const MOST: MPI_Count = 1 << 21;

    /// The memory, if it has room for `count` bytes.
    fn take<'py>(&self, py: Python<'py>, count: MPI_Count) -> Option<Bound<'py, PyBytes>> {
        if self.0.get().is_null() || !(Self::LEAST..=Self::MOST).contains(&count) {
            return None;
        }
        // SAFETY: `give` put bytes here, whose reference goes to the caller.
        let bytes = unsafe {
            Bound::from_owned_ptr(py, self.0.replace(ptr::null_mut())).cast_into_unchecked::<PyBytes>()
        };
        (bytes.as_bytes().len() as MPI_Count >= count).then_some(bytes)
    }

    /// Keeps `bytes`, unless somebody else has them too.
    fn give(&self, bytes: Bound<'_, PyBytes>) {
        let fits = (Self::LEAST..=Self::MOST).contains(&(bytes.as_bytes().len() as MPI_Count));
        // SAFETY: the object is alive, and the GIL is held.
        if fits && self.0.get().is_null() && unsafe { ffi::Py_REFCNT(bytes.as_ptr()) } == 1 {
            self.0.set(bytes.into_ptr());
        }
    }
}

/// Memory for serialized objects to arrive in: bytes that nobody else sees until they are filled.
pub(crate) struct Incoming {
    bytes: Owned,
    pub address: *mut c_void,
    pub count: MPI_Count,
}

impl Incoming {
    /// Fresh memory for `count` bytes.
    pub fn new(py: Python<'_>, count: MPI_Count) -> PyResult<Self> {
        // SAFETY: a null source leaves the bytes unset; MPI sets them before anybody reads. `count` is not negative.
        let bytes = unsafe {
            let object = ffi::PyBytes_FromStringAndSize(ptr::null(), count as ffi::Py_ssize_t);
            Bound::from_owned_ptr_or_err(py, object)?.cast_into_unchecked::<PyBytes>()
        };
        let address: *mut c_void = bytes.as_bytes().as_ptr().cast_mut().cast();
        pages::fresh(address, bytes.as_bytes().len());
        Ok(Self { bytes: Owned::of(&bytes), address, count })
    }

    /// Memory for a message of `count` bytes that one object is made of: see [`Self::loads_only`].
    pub fn passing(py: Python<'_>, count: MPI_Count) -> PyResult<Self> {
        match KEPT.take(py, count) {
            Some(bytes) => {
                let address = bytes.as_bytes().as_ptr().cast_mut().cast();
                Ok(Self { bytes: Owned::of(&bytes), address, count })
            }
            None => Self::new(py, count),
        }
    }

    /// The object that the message is. Its memory may serve the next one.
    pub fn loads_only(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        let bytes = self.bytes(py);
        let object = if bytes.as_bytes().len() as MPI_Count == self.count {
            self.loads(py)
        } else {
            // SAFETY: the bytes are longer than the message, and kept alive by the buffer.
            let message = unsafe { Buffer::part_of(bytes.as_any(), self.address, self.count as isize) };
            Pickle::loads_global(message.object(py)?.as_any())
        };
        drop(self);
        KEPT.give(bytes);
        object
    }

    /// Sets the first bytes. Nobody else has seen them yet.
    pub fn fill(&self, first: &[u8]) {
        // SAFETY: the caller asks for no more than there are; the bytes object is still ours alone.
        unsafe { ptr::copy_nonoverlapping(first.as_ptr(), self.address.cast(), first.len()) };
    }

    /// The bytes themselves, once they are filled.
    pub fn into_bytes(self, py: Python<'_>) -> Bound<'_, PyBytes> {
        self.bytes(py)
    }

    fn bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        // SAFETY: it was made of bytes.
        unsafe { self.bytes.bind(py).cast_into_unchecked() }
    }

    /// The object that all the bytes are; no bytes are None.
    pub fn loads<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.count == 0 {
            return Ok(py.None().into_bound(py));
        }
        Pickle::loads_global(&self.bytes.bind(py))
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
