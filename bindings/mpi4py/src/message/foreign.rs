//! Memory lent through another protocol than Python's buffers: DLPack, else `__cuda_array_interface__`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{ffi, intern};

use super::{Access, Memory, cuda, dlpack};
use crate::owned::discard;

/// Borrows through whichever protocol `object` has; `TypeError` when it has none.
pub(super) fn borrow(object: &Bound<'_, PyAny>, access: Access) -> PyResult<Memory> {
    attempt(object, access).unwrap_or_else(|| {
        Err(PyTypeError::new_err("message: expecting a buffer or a list/tuple that names one"))
    })
}

/// What to do about an exporter of the buffer protocol that refused with `error`: it may have another protocol,
/// or say better there why not.
#[cold]
pub(super) fn instead(object: &Bound<'_, PyAny>, access: Access, error: PyErr) -> PyResult<Memory> {
    match attempt(object, access) {
        Some(result) => {
            discard(error);
            result
        }
        None => Err(error),
    }
}

fn attempt(object: &Bound<'_, PyAny>, access: Access) -> Option<PyResult<Memory>> {
    let py = object.py();
    let dlpack = intern!(py, "__dlpack__");
    let device = intern!(py, "__dlpack_device__");
    if has(object, dlpack) && has(object, device) {
        return Some(dlpack::borrow(object, access));
    }
    let interface = intern!(py, "__cuda_array_interface__");
    has(object, interface).then(|| cuda::borrow(object, access))
}

/// `hasattr` that makes no exception only to forget it.
fn has(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> bool {
    // SAFETY: both objects are alive and the GIL is held.
    unsafe { ffi::PyObject_HasAttr(object.as_ptr(), name.as_ptr()) == 1 }
}

/// Whether elements of this shape lie one after the other, in the order of C or of Fortran; `unit` is the stride of
/// neighbours. A dimension of one element may have any stride.
pub(super) fn is_contiguous(shape: &[i64], strides: &[i64], unit: i64) -> bool {
    let dense = |dimensions: &mut dyn Iterator<Item = (&i64, &i64)>| {
        let mut expected = unit;
        dimensions.filter(|(length, _)| **length != 1).all(|(&length, &stride)| {
            let matches = stride == expected;
            expected = expected.wrapping_mul(length);
            matches
        })
    };
    shape.contains(&0) || dense(&mut shape.iter().zip(strides).rev()) || dense(&mut shape.iter().zip(strides))
}

/// How many elements this shape has; `None` when a length is negative or there are too many.
pub(super) fn volume(shape: &[i64]) -> Option<isize> {
    let lengths = shape.iter().map(|&length| isize::try_from(length).ok().filter(|length| *length >= 0));
    if shape.contains(&0) {
        return lengths.collect::<Option<Vec<_>>>().map(|_| 0);
    }
    lengths.into_iter().try_fold(1, |product: isize, length| product.checked_mul(length?))
}
