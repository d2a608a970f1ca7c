//! A contiguous piece of memory, borrowed from a Python object for as long as a message needs it.

use core::ffi::{CStr, c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr;

use pyo3::ffi;
use pyo3::prelude::*;

use super::dlpack::Tensor;
use super::foreign;
use super::typecode::{self, Element};
use crate::owned::Owned;

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
    /// `None`: there is no memory.
    Nobody,
    /// MPI: the address has a meaning of its own, as `MPI_BOTTOM`.
    Mpi,
    /// An exporter of the buffer protocol.
    View(ffi::Py_buffer),
    /// An exporter of DLPack.
    Tensor { element: Element, device: bool, _tensor: Tensor, _exporter: Owned },
    /// An exporter of `__cuda_array_interface__`.
    Array { element: Element, _exporter: Owned },
}

impl Memory {
    /// No memory.
    pub const fn none() -> Self {
        Self { address: ptr::null_mut(), bytes: 0, owner: Owner::Nobody }
    }

    /// An address that MPI gives a meaning of its own: `MPI_BOTTOM`, `MPI_IN_PLACE`.
    pub const fn bare(address: *mut c_void) -> Self {
        Self { address, bytes: 0, owner: Owner::Mpi }
    }

    pub(super) fn tensor(
        address: *mut c_void,
        bytes: isize,
        element: Element,
        tensor: Tensor,
        device: bool,
        exporter: &Bound<'_, PyAny>,
    ) -> Self {
        let owner = Owner::Tensor { element, device, _tensor: tensor, _exporter: Owned::of(exporter) };
        Self { address, bytes, owner }
    }

    pub(super) fn array(
        address: *mut c_void,
        bytes: isize,
        element: Element,
        exporter: &Bound<'_, PyAny>,
    ) -> Self {
        Self { address, bytes, owner: Owner::Array { element, _exporter: Owned::of(exporter) } }
    }

    /// Whether it is a device's, which this processor cannot read.
    pub fn is_on_device(&self) -> bool {
        matches!(self.owner, Owner::Array { .. } | Owner::Tensor { device: true, .. })
    }

    /// Borrows the memory of `object`, as bytes: buffer protocol, else DLPack, else a device's array interface.
    ///
    /// `TypeError` when it has none of them; `BufferError` when it is not contiguous, or read-only and MPI would
    /// write.
    #[inline]
    pub fn borrow(object: &Bound<'_, PyAny>, access: Access) -> PyResult<Self> {
        Self::acquire(object, access, 0)
    }

    /// [`Memory::borrow`], with what [`Memory::element`] says of its elements. Exporters refuse to describe some
    /// (dates, in NumPy) that they lend as bytes.
    #[inline]
    pub fn described(object: &Bound<'_, PyAny>, access: Access) -> PyResult<Self> {
        Self::acquire(object, access, ffi::PyBUF_FORMAT)
    }

    /// The first item of a specification: an object with memory, `None`, `BOTTOM` or `IN_PLACE`. Its elements are
    /// described when no datatype is given.
    #[inline]
    pub(super) fn of_item(data: &Bound<'_, PyAny>, access: Access, datatype_given: bool) -> PyResult<Self> {
        if data.is_none() {
            return Ok(Self::none());
        }
        let memory = Self::acquire(data, access, if datatype_given { 0 } else { ffi::PyBUF_FORMAT })?;
        match &memory.owner {
            // Sentinels alone lend what nobody owns.
            Owner::View(view) if view.obj.is_null() => Ok(Self::bare(memory.address)),
            _ => Ok(memory),
        }
    }

    #[inline]
    fn acquire(object: &Bound<'_, PyAny>, access: Access, describe: c_int) -> PyResult<Self> {
        // SAFETY: the object is alive and the GIL is held.
        if unsafe { ffi::PyObject_CheckBuffer(object.as_ptr()) } == 0 {
            return foreign::borrow(object, access);
        }
        let writable = if access == Access::Write { ffi::PyBUF_WRITABLE } else { 0 };
        let mut view = MaybeUninit::<ffi::Py_buffer>::uninit();
        let flags = ffi::PyBUF_ANY_CONTIGUOUS | describe | writable;
        // SAFETY: the object is alive, the GIL is held, and `view` is filled when the call succeeds.
        if unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), view.as_mut_ptr(), flags) } != 0 {
            return foreign::instead(object, access, PyErr::fetch(object.py()));
        }
        // SAFETY: filled.
        let view = unsafe { view.assume_init() };
        Ok(Self { address: view.buf, bytes: view.len, owner: Owner::View(view) })
    }

    /// What the elements are, as far as the memory was asked to say.
    #[inline]
    pub fn element(&self) -> PyResult<Element> {
        match &self.owner {
            Owner::View(view) if view.format.is_null() => Ok(Element::BYTE),
            // SAFETY: the exporter gives a C string that lives as long as the view.
            Owner::View(view) => typecode::from_format(unsafe { CStr::from_ptr(view.format) }, view.itemsize),
            Owner::Tensor { element, .. } | Owner::Array { element, .. } => Ok(*element),
            Owner::Nobody | Owner::Mpi => Err(typecode::unknown("None")),
        }
    }

    /// The size of one element in bytes.
    pub fn itemsize(&self) -> isize {
        match &self.owner {
            Owner::View(view) => view.itemsize,
            Owner::Tensor { element, .. } | Owner::Array { element, .. } => element.size(),
            Owner::Nobody | Owner::Mpi => 1,
        }
    }

    /// Whether there is no memory at all.
    #[inline]
    pub fn is_none(&self) -> bool {
        matches!(self.owner, Owner::Nobody)
    }
}

impl Drop for Memory {
    #[inline]
    fn drop(&mut self) {
        if let Owner::View(view) = &mut self.owner {
            // SAFETY: acquired by `acquire`, released once, with the GIL held.
            unsafe { ffi::PyBuffer_Release(ptr::from_mut(view)) };
        }
    }
}
