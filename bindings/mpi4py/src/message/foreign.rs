//! Memory lent through another protocol than Python's buffers: DLPack, `__cuda_array_interface__`.

use pyo3::prelude::*;

use super::{Access, Memory};

/// Borrows through whichever protocol `object` has; `None` when it has none.
pub(crate) fn borrow(_object: &Bound<'_, PyAny>, _access: Access) -> PyResult<Option<Memory>> {
    Ok(None)
}

/// The best error for an exporter of the buffer protocol that refused.
pub(crate) fn explain(_object: &Bound<'_, PyAny>, _access: Access, error: PyErr) -> PyErr {
    error
}
