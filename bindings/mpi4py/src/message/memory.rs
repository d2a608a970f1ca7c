//! A contiguous piece of memory, borrowed from a Python object for as long as a message needs it.

use core::ffi::{CStr, c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr;

use mpi_api::types::MPI_Datatype;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::{foreign, typecode};

/// Whether MPI reads or writes the memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// A contiguous piece of memory. Its owner gets it back when this is dropped, which needs the GIL.
pub(crate) struct Memory {
    pub address: *mut c_void,
    /// Its length in bytes.
    pub bytes: isize,
    owner: Owner,
}

/// Who lends the memory, and so how its elements are described.
enum Owner {
    /// No memory at all, or an address that MPI gives a meaning of its own.
    Nobody,
    /// An exporter of the buffer protocol.
    View(ffi::Py_buffer),
    /// An exporter of another protocol, and the MPI datatype of its elements (or what it calls them).
    Foreign { _lender: Py<PyAny>, element: Result<MPI_Datatype, String> },
}

impl Memory {
    /// An address with no memory behind it: null, `MPI_BOTTOM`, `MPI_IN_PLACE`.
    pub const fn bare(address: *mut c_void) -> Self {
        Self { address, bytes: 0, owner: Owner::Nobody }
    }

    /// What another protocol than the buffer protocol lends; dropping `lender` gives it back.
    pub fn foreign(
        address: *mut c_void,
        bytes: isize,
        lender: Py<PyAny>,
        element: Result<MPI_Datatype, String>,
    ) -> Self {
        Self { address, bytes, owner: Owner::Foreign { _lender: lender, element } }
    }

    /// Borrows the memory of `object`: buffer protocol, else DLPack, else a device's array interface.
    ///
    /// `TypeError` when it has none of them; `BufferError` when it is not contiguous, or read-only and MPI would
    /// write.
    #[inline]
    pub fn borrow(object: &Bound<'_, PyAny>, access: Access) -> PyResult<Self> {
        // SAFETY: the object is alive and the GIL is held.
        if unsafe { ffi::PyObject_CheckBuffer(object.as_ptr()) } != 0 {
            return Self::view(object, access);
        }
        foreign::borrow(object, access)?
            .ok_or_else(|| PyTypeError::new_err("message: expecting a buffer or a list/tuple that names one"))
    }

    /// Borrows through the buffer protocol.
    #[inline]
    fn view(object: &Bound<'_, PyAny>, access: Access) -> PyResult<Self> {
        let writable = if access == Access::Write { ffi::PyBUF_WRITABLE } else { 0 };
        let mut view = MaybeUninit::<ffi::Py_buffer>::uninit();
        let flags: c_int = ffi::PyBUF_ANY_CONTIGUOUS | ffi::PyBUF_FORMAT | writable;
        // SAFETY: the object is alive, the GIL is held, and `view` is filled when the call succeeds.
        if unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), view.as_mut_ptr(), flags) } != 0 {
            let error = PyErr::fetch(object.py());
            // An array that refuses may still say more through another protocol, and if not, better.
            return Err(foreign::explain(object, access, error));
        }
        // SAFETY: filled.
        let view = unsafe { view.assume_init() };
        Ok(Self { address: view.buf, bytes: view.len, owner: Owner::View(view) })
    }

    /// The predefined datatype of the elements.
    #[inline]
    pub fn element(&self) -> PyResult<MPI_Datatype> {
        match &self.owner {
            Owner::Nobody => Ok(mpi_api::MPI_BYTE()),
            Owner::View(view) if view.format.is_null() => Ok(mpi_api::MPI_BYTE()),
            // SAFETY: the exporter gives a C string that lives as long as the view.
            Owner::View(view) => typecode::from_format(unsafe { CStr::from_ptr(view.format) }, view.itemsize),
            Owner::Foreign { element, .. } => element.clone().map_err(typecode::unknown),
        }
    }

    /// Whether there is memory behind the address, of a length that limits a message.
    pub fn is_lent(&self) -> bool {
        !matches!(self.owner, Owner::Nobody)
    }
}

impl Drop for Memory {
    #[inline]
    fn drop(&mut self) {
        if let Owner::View(view) = &mut self.owner {
            // SAFETY: acquired by `view`, released once, with the GIL held.
            unsafe { ffi::PyBuffer_Release(ptr::from_mut(view)) };
        }
    }
}
