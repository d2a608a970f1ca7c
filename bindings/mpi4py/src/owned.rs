//! A reference to an object that must live as long as a message does.

use core::ptr::NonNull;

use pyo3::ffi;
use pyo3::prelude::*;

use crate::call::counted;

/// A reference that is given back the moment it is dropped, which needs the GIL.
///
/// A `Py` asks first whether PyO3 knows that the GIL is held. Messages are dropped in methods that PyO3 knows nothing of
/// (see `method`), and what they hold must go then, not at some later call.
pub(crate) struct Owned(NonNull<ffi::PyObject>);

impl Owned {
    /// One more reference to `object`.
    pub fn of<T>(object: &Bound<'_, T>) -> Self {
        // SAFETY: an object's address is not null.
        Self(unsafe { NonNull::new_unchecked(object.clone().into_ptr()) })
    }

    /// The object.
    pub fn bind<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        // SAFETY: the reference is ours.
        unsafe { Bound::from_borrowed_ptr(py, self.0.as_ptr()) }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the reference is ours; the GIL is held: messages live on the stack of a call, or in a Python object
        // whose deallocation drops them.
        unsafe { ffi::Py_DecRef(self.0.as_ptr()) }
    }
}

/// Forgets an exception that there is an answer to.
#[cold]
#[inline(never)]
pub(crate) fn discard(error: PyErr) {
    counted(|_| drop(error));
}
