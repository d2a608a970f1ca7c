//! `BOTTOM` and `IN_PLACE`: addresses that are no memory, as Python objects.

#![expect(unsafe_op_in_unsafe_fn, reason = "PyO3's call of `__getbuffer__` passes for the macro's own code")]

use core::ffi::{c_int, c_void};
use core::ptr;

use pyo3::ffi;
use pyo3::prelude::*;

/// Defines a sentinel: it compares and converts like the number that is its address, and lends no bytes there.
macro_rules! sentinel {
    ($class:ident, $name:literal, $shown:literal, $address:ident, $doc:literal) => {
        #[doc = $doc]
        #[pyclass(frozen, module = "mpi4py.MPI", name = $name)]
        pub(crate) struct $class;

        #[pymethods]
        impl $class {
            #[new]
            fn new() -> Self {
                Self
            }
            fn __repr__(&self) -> &'static str {
                $shown
            }
            fn __int__(&self) -> isize {
                mpi_api::$address() as isize
            }
            fn __index__(&self) -> isize {
                self.__int__()
            }
            fn __bool__(&self) -> bool {
                self.__int__() != 0
            }
            fn __hash__(&self) -> isize {
                self.__int__()
            }
            fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
                other.cast::<Self>().is_ok()
                    || other.extract::<isize>().is_ok_and(|other| other == self.__int__())
            }
            fn __reduce__(&self) -> &'static str {
                $shown
            }
            /// # Safety
            /// As the buffer protocol says.
            unsafe fn __getbuffer__(
                slf: &Bound<'_, Self>,
                view: *mut ffi::Py_buffer,
                flags: c_int,
            ) -> PyResult<()> {
                // SAFETY: `view` is what the interpreter gave us to fill.
                unsafe { lend(slf.py(), view, mpi_api::$address(), flags) }
            }
        }
    };
}

/// Fills a view of no bytes at `address`, of which nobody is the owner.
///
/// # Safety
/// `view` is to be filled.
unsafe fn lend(
    py: Python<'_>,
    view: *mut ffi::Py_buffer,
    address: *mut c_void,
    flags: c_int,
) -> PyResult<()> {
    // SAFETY: of no bytes, none is read. Views without an owner are never given back.
    if unsafe { ffi::PyBuffer_FillInfo(view, ptr::null_mut(), address, 0, 0, flags) } != 0 {
        return Err(PyErr::fetch(py));
    }
    Ok(())
}

sentinel!(Bottom, "BottomType", "BOTTOM", MPI_BOTTOM, "Type of `BOTTOM`.");
sentinel!(InPlace, "InPlaceType", "IN_PLACE", MPI_IN_PLACE, "Type of `IN_PLACE`.");
sentinel!(
    BufferAutomatic,
    "BufferAutomaticType",
    "BUFFER_AUTOMATIC",
    MPI_BUFFER_AUTOMATIC,
    "Type of `BUFFER_AUTOMATIC`."
);

/// Whether `object` is `MPI.BOTTOM`.
#[inline]
pub(crate) fn is_bottom(object: &Bound<'_, PyAny>) -> bool {
    object.is_exact_instance_of::<Bottom>()
}

/// Whether `object` is `MPI.IN_PLACE`.
#[inline]
pub(crate) fn is_in_place(object: &Bound<'_, PyAny>) -> bool {
    object.is_exact_instance_of::<InPlace>()
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Bottom>()?;
    module.add_class::<InPlace>()?;
    module.add_class::<BufferAutomatic>()?;
    module.add("BOTTOM", Bottom)?;
    module.add("IN_PLACE", InPlace)?;
    module.add("BUFFER_AUTOMATIC", BufferAutomatic)
}
