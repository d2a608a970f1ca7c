//! The view of a Python buffer, at a place where it stays.
//!
//! A `Py_buffer` has 80 bytes. A message that held them would be copied with them, several times on the way from the
//! specification to the call of MPI.

use core::cell::Cell;
use core::ffi::{CStr, c_int};
use core::ptr::{self, NonNull};

use pyo3::ffi;
use pyo3::prelude::*;

/// A buffer that is held, and released when this is dropped, which needs the GIL.
pub(super) struct View(NonNull<ffi::Py_buffer>);

/// Places for views that nobody uses, each with the address of the next one.
struct Unused(Cell<*mut ffi::Py_buffer>);

// SAFETY: reached with the GIL held only.
unsafe impl Sync for Unused {}

static UNUSED: Unused = Unused(Cell::new(ptr::null_mut()));

impl Unused {
    #[inline(always)]
    fn take(&self) -> NonNull<ffi::Py_buffer> {
        let Some(place) = NonNull::new(self.0.get()) else { return Self::another() };
        // SAFETY: a place in the list holds the address of the next one.
        self.0.set(unsafe { (*place.as_ptr()).internal.cast() });
        place
    }

    #[cold]
    #[inline(never)]
    fn another() -> NonNull<ffi::Py_buffer> {
        NonNull::from(Box::leak(Box::new(ffi::Py_buffer::new())))
    }

    #[inline(always)]
    fn give(&self, place: NonNull<ffi::Py_buffer>) {
        // SAFETY: nobody else has it any more.
        unsafe { (*place.as_ptr()).internal = self.0.get().cast() };
        self.0.set(place.as_ptr());
    }
}

impl View {
    /// Asks `object` for its buffer: `None` and an exception when it refuses.
    #[inline(always)]
    pub fn of(object: &Bound<'_, PyAny>, flags: c_int) -> Option<Self> {
        let place = UNUSED.take();
        // SAFETY: the object is alive, the GIL is held, and the place is ours; it is filled when the call succeeds.
        if unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), place.as_ptr(), flags) } == 0 {
            Some(Self(place))
        } else {
            UNUSED.give(place);
            None
        }
    }

    #[inline(always)]
    pub fn buffer(&self) -> &ffi::Py_buffer {
        // SAFETY: filled by the exporter.
        unsafe { self.0.as_ref() }
    }

    /// How the exporter describes its elements, if it was asked to.
    #[inline(always)]
    pub fn format(&self) -> Option<&CStr> {
        let format = self.buffer().format;
        // SAFETY: the exporter gives a C string that lives as long as the view.
        (!format.is_null()).then(|| unsafe { CStr::from_ptr(format) })
    }
}

impl Drop for View {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: acquired once, released once, with the GIL held.
        unsafe { ffi::PyBuffer_Release(self.0.as_ptr()) };
        UNUSED.give(self.0);
    }
}
