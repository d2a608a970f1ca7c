//! A contiguous piece of memory, borrowed from a Python object for as long as a message needs it.

use core::ffi::{c_int, c_void};
use core::ptr;

use pyo3::ffi;
use pyo3::prelude::*;

use super::dlpack::Tensor;
use super::foreign;
use super::typecode::{self, Element};
use super::view::View;
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
    pub(super) owner: Owner,
}

/// Who lends the memory, and so how its elements are described.
pub(super) enum Owner {
    /// `None`: there is no memory.
    Nobody,
    /// MPI: the address has a meaning of its own, as `MPI_BOTTOM`.
    Mpi,
    /// An exporter of the buffer protocol.
    View(View),
    /// An exporter of another protocol.
    Foreign(Box<Foreign>),
}

/// Memory lent through DLPack or `__cuda_array_interface__`.
pub(super) struct Foreign {
    element: Element,
    device: bool,
    _tensor: Option<Tensor>,
    _exporter: Owned,
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
        let exporter = Owned::of(exporter);
        let foreign = Foreign { element, device, _tensor: Some(tensor), _exporter: exporter };
        Self { address, bytes, owner: Owner::Foreign(Box::new(foreign)) }
    }

    pub(super) fn array(
        address: *mut c_void,
        bytes: isize,
        element: Element,
        exporter: &Bound<'_, PyAny>,
    ) -> Self {
        let foreign = Foreign { element, device: true, _tensor: None, _exporter: Owned::of(exporter) };
        Self { address, bytes, owner: Owner::Foreign(Box::new(foreign)) }
    }

    /// Whether it is a device's, which this processor cannot read.
    pub fn is_on_device(&self) -> bool {
        matches!(&self.owner, Owner::Foreign(foreign) if foreign.device)
    }

    /// Borrows the memory of `object`, as bytes: buffer protocol, else DLPack, else a device's array interface.
    ///
    /// `TypeError` when it has none of them; `BufferError` when it is not contiguous, or read-only and MPI would
    /// write.
    #[inline(never)]
    pub fn borrow(object: &Bound<'_, PyAny>, access: Access) -> PyResult<Self> {
        Self::acquire(object, access, 0)
    }

    /// [`Memory::borrow`], with what [`Memory::element`] says of its elements. Exporters refuse to describe some
    /// (dates, in NumPy) that they lend as bytes.
    #[inline(always)]
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
            Owner::View(view) if view.buffer().obj.is_null() => Ok(Self::bare(memory.address)),
            _ => Ok(memory),
        }
    }

    #[inline(always)]
    fn acquire(object: &Bound<'_, PyAny>, access: Access, describe: c_int) -> PyResult<Self> {
        // SAFETY: the object is alive and the GIL is held.
        if unsafe { ffi::PyObject_CheckBuffer(object.as_ptr()) } == 0 {
            return foreign::borrow(object, access);
        }
        let writable = if access == Access::Write { ffi::PyBUF_WRITABLE } else { 0 };
        let flags = ffi::PyBUF_ANY_CONTIGUOUS | describe | writable;
        let Some(view) = View::of(object, flags) else {
            return foreign::instead(object, access, PyErr::fetch(object.py()));
        };
        let (address, bytes) = (view.buffer().buf, view.buffer().len);
        Ok(Self { address, bytes, owner: Owner::View(view) })
    }

    /// What the elements are, as far as the memory was asked to say.
    #[inline(always)]
    pub fn element(&self) -> PyResult<Element> {
        match &self.owner {
            Owner::View(view) => match view.format() {
                Some(format) => typecode::from_format(format, view.buffer().itemsize),
                None => Ok(Element::BYTE),
            },
            Owner::Foreign(foreign) => Ok(foreign.element),
            Owner::Nobody | Owner::Mpi => Err(typecode::unknown("None")),
        }
    }

    /// The size of one element in bytes.
    pub fn itemsize(&self) -> isize {
        match &self.owner {
            Owner::View(view) => view.buffer().itemsize,
            Owner::Foreign(foreign) => foreign.element.size(),
            Owner::Nobody | Owner::Mpi => 1,
        }
    }

    /// Whether there is no memory at all.
    #[inline]
    pub fn is_none(&self) -> bool {
        matches!(self.owner, Owner::Nobody)
    }
}
