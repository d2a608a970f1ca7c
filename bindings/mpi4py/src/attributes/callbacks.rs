//! What MPI calls when an object with attributes is duplicated, and when an attribute goes.

use core::cell::Cell;
use core::ffi::{c_int, c_void};

use pyo3::prelude::*;

use super::keys::{self, Copied};
use super::{Kind, argument, word};
use crate::callback::if_alive;
use crate::exception::error_code;

thread_local! {
    /// The code of the last exception in a delete function on this thread.
    static FAILURE: Cell<Option<c_int>> = const { Cell::new(None) };
}

/// The code of the exception in a delete function since the last question.
pub(super) fn take_failure() -> Option<c_int> {
    FAILURE.take()
}

/// Gives a duplicate its attribute: the copy callback of all kinds.
///
/// # Safety
/// MPI passes where to write the new value, and whether there is one.
pub(super) unsafe fn copy(
    kind: &'static Kind,
    old: usize,
    keyval: c_int,
    value: *mut c_void,
    new: *mut *mut c_void,
    copied: *mut c_int,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { *copied = 0 };
    let result = if_alive(|py| match copy_value(py, kind, old, keyval, value) {
        Ok(Some(value)) => {
            keys::attach(kind, keyval, value);
            // SAFETY: the caller's.
            unsafe {
                *new = value;
                *copied = 1;
            }
            mpi_api::MPI_SUCCESS
        }
        Ok(None) => mpi_api::MPI_SUCCESS,
        Err(error) => error_code(py, error),
    });
    result.unwrap_or(mpi_api::MPI_SUCCESS)
}

/// The value for the duplicate, with a reference of its own if it is an object.
fn copy_value(
    py: Python<'_>,
    kind: &'static Kind,
    old: usize,
    keyval: c_int,
    value: *mut c_void,
) -> PyResult<Option<*mut c_void>> {
    let objects = keys::holds_objects(kind, keyval);
    let result = match keys::copied(py, kind, keyval) {
        Copied::No => return Ok(None),
        Copied::Same if !objects => return Ok(Some(value)),
        Copied::Same => argument(py, value, true)?,
        Copied::By(function) => {
            let lent = (kind.lend)(py, old)?;
            let result = function.bind(py).call1((&lent.object, keyval, argument(py, value, objects)?))?;
            if result.is(py.NotImplemented()) {
                return Ok(None);
            }
            result
        }
    };
    if objects { Ok(Some(result.into_ptr().cast())) } else { word(&result).map(Some) }
}

/// Lets go of an attribute: the delete callback of all kinds.
///
/// It always succeeds: libraries that are told of a failure keep the attribute, or leave an object half freed. An
/// exception is printed, and kept for [`take_failure`].
pub(super) fn delete(kind: &'static Kind, object: usize, keyval: c_int, value: *mut c_void) -> c_int {
    if_alive(|py| {
        let objects = keys::holds_objects(kind, keyval);
        if objects && !keys::holds(kind, keyval, value) {
            return;
        }
        if let Some(function) = keys::delete_fn(py, kind, keyval) {
            let result = (kind.lend)(py, object).and_then(|lent| {
                function.call1((&lent.object, keyval, argument(py, value, objects)?)).map(drop)
            });
            if let Err(error) = result {
                FAILURE.set(Some(error_code(py, error)));
            }
        }
        if keys::detach(kind, keyval, value) && objects {
            // SAFETY: the reference that the attribute had.
            drop(unsafe { Bound::from_owned_ptr(py, value.cast()) });
        }
    });
    mpi_api::MPI_SUCCESS
}
