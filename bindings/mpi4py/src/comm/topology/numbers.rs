//! Arrays of C integers from whatever sequence holds them: dimensions, ranks, weights.

use core::ffi::c_int;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::message;

/// All integers of a sequence.
pub(super) fn all(sequence: &Bound<'_, PyAny>) -> PyResult<Vec<c_int>> {
    message::integers(sequence, sequence.len()?)
}

/// The integers of a sequence that must have `count` of them.
pub(super) fn exactly(sequence: &Bound<'_, PyAny>, count: i64) -> PyResult<Vec<c_int>> {
    let found = all(sequence)?;
    if i64::try_from(found.len())? == count {
        return Ok(found);
    }
    Err(PyValueError::new_err(format!("expecting {count} items, got {}", found.len())))
}

/// The number of integers in an array that goes to MPI.
pub(super) fn count(array: &[c_int]) -> PyResult<c_int> {
    Ok(c_int::try_from(array.len())?)
}

/// Room for `count` integers that MPI writes.
pub(super) fn room(count: c_int) -> Vec<c_int> {
    vec![0; usize::try_from(count).unwrap_or_default()]
}

/// A flag: whatever Python takes for true.
pub(super) struct Flag(pub c_int);

impl<'py> FromPyObject<'_, 'py> for Flag {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(object.is_truthy()?.into()))
    }
}
