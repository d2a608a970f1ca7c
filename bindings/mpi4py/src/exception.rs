//! `MPI.Exception`, how an error code becomes one, and what MPI says of error codes (MPI 5.0, section 9.4).
//!
//! The class itself is Python (`mpi4py/_exception.py`): the stable ABI cannot extend an exception from Rust
//! before Python 3.12.

use core::ffi::c_int;

use pyo3::exceptions::{PyNotImplementedError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyType};

use crate::call::mpi;
use crate::environment;
use crate::method::function;
use crate::text::{Text, text};

static EXCEPTION: PyOnceLock<Py<PyType>> = PyOnceLock::new();

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
            environment::library_name(py)
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

/// The code that stands for an exception in a callback, which is printed: MPI can carry no more than the code.
pub(crate) fn error_code(py: Python<'_>, error: PyErr) -> c_int {
    let code = error.value(py).call_method0("Get_error_code").and_then(|code| code.extract());
    error.display(py);
    code.unwrap_or(mpi_api::MPI_ERR_OTHER)
}

/// Return the error class of an error code: one of the `ERR_` constants, or an added class.
#[function]
#[light]
fn Get_error_class(errorcode: c_int) -> PyResult<c_int> {
    let mut class = mpi_api::MPI_SUCCESS;
    mpi!(MPI_Error_class(errorcode, &raw mut class))?;
    Ok(class)
}

/// Return the text that describes an error code or class.
#[function]
#[light]
fn Get_error_string(py: Python<'_>, errorcode: c_int) -> PyResult<Bound<'_, PyString>> {
    text(py, mpi_api::MPI_MAX_ERROR_STRING, |buffer, length| {
        // SAFETY: the buffer has the length that MPI asks for.
        unsafe { mpi_api::MPI_Error_string(errorcode, buffer, length) }
    })
}

/// Add an error class to those known, and return it (MPI 5.0, section 9.5).
#[function]
#[light]
fn Add_error_class() -> PyResult<c_int> {
    let mut class = mpi_api::MPI_SUCCESS;
    mpi!(MPI_Add_error_class(&raw mut class))?;
    Ok(class)
}

/// Remove an error class that was added.
#[function]
#[light]
fn Remove_error_class(errorclass: c_int) -> PyResult<()> {
    mpi!(MPI_Remove_error_class(errorclass))
}

/// Add an error code to an error class, and return it.
#[function]
#[light]
fn Add_error_code(errorclass: c_int) -> PyResult<c_int> {
    let mut code = mpi_api::MPI_SUCCESS;
    mpi!(MPI_Add_error_code(errorclass, &raw mut code))?;
    Ok(code)
}

/// Remove an error code that was added.
#[function]
#[light]
fn Remove_error_code(errorcode: c_int) -> PyResult<()> {
    mpi!(MPI_Remove_error_code(errorcode))
}

/// Set the text that describes an error class or code that was added.
#[function]
#[light]
fn Add_error_string(errorcode: c_int, string: Text) -> PyResult<()> {
    mpi!(MPI_Add_error_string(errorcode, string.as_ptr()))
}

/// Remove the text of an error class or code.
#[function]
#[light]
fn Remove_error_string(errorcode: c_int) -> PyResult<()> {
    mpi!(MPI_Remove_error_string(errorcode))
}

/// Adds `Exception` and the functions to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let python = py.import("mpi4py._exception")?;
    python.setattr("MPI", module)?;
    let class = python.getattr("Exception")?.cast_into::<PyType>()?;
    module.add("Exception", &class)?;
    let _ = EXCEPTION.set(py, class.unbind());
    Ok(())
}
