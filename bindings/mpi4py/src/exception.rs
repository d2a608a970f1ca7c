//! `MPI.Exception`, and how an error code becomes one.
//!
//! The class itself is Python (`mpi4py/_exception.py`): the stable ABI cannot extend an exception from Rust
//! before Python 3.12.

use core::ffi::c_int;

use pyo3::exceptions::{PyNotImplementedError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::environment;

static EXCEPTION: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// Adds `Exception` to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let class = py.import("mpi4py._exception")?.getattr("Exception")?.cast_into::<PyType>()?;
    module.add("Exception", &class)?;
    let _ = EXCEPTION.set(py, class.unbind());
    Ok(())
}

/// The exception for an error code other than `MPI_SUCCESS`. The GIL is held.
#[cold]
#[inline(never)]
pub(crate) fn from_code(code: c_int) -> PyErr {
    // SAFETY: every caller of `check` holds the GIL again by then.
    let py = unsafe { Python::assume_attached() };
    if code == mpi_api::MPI_ERR_UNSUPPORTED_OPERATION
        && let Some(name) = mpi_api::take_unsupported()
    {
        return PyNotImplementedError::new_err(format!(
            "{name} is not available in this MPI library ({})",
            environment::library_name()
        ));
    }
    match EXCEPTION.get(py) {
        Some(class) => match class.bind(py).call1((code,)) {
            Ok(value) => PyErr::from_value(value),
            Err(error) => error,
        },
        None => PyRuntimeError::new_err(format!("MPI error {code}")),
    }
}
