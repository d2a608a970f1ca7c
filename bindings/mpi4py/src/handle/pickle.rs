//! Pickling of handle objects: MPI's predefined objects go by name, what else there is by its class's own means.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::HandleClass;

/// `__reduce__` of a handle object.
///
/// One of the module's constants is its name; another object with the handle of a constant is made from it; and
/// of the rest the class knows.
pub(crate) fn reduce<C: HandleClass>(mine: &C, object: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    match constant(mine, object)? {
        Some((name, found)) if found.is(object) => Ok(name.unbind().into_any()),
        Some((_, found)) => {
            let py = object.py();
            let arguments = (newobj(py)?, (object.get_type(), found));
            Ok(arguments.into_pyobject(py)?.into_any().unbind())
        }
        None => C::serialize(object),
    }
}

/// How pickle makes an object from its class and the arguments of `__new__`.
pub(crate) fn newobj(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import("copyreg")?.getattr("__newobj__")
}

/// No means to pickle `object`.
pub(crate) fn refusal(object: &Bound<'_, PyAny>) -> PyErr {
    match object.get_type().fully_qualified_name() {
        Ok(name) => PyValueError::new_err(format!(
            "cannot serialize '{name}' instance: it exists in this process only"
        )),
        Err(error) => error,
    }
}

/// The module's constant that `object` is, or else the first one with the same handle.
fn constant<'py, C: HandleClass>(
    mine: &C,
    object: &Bound<'py, PyAny>,
) -> PyResult<Option<(Bound<'py, PyString>, Bound<'py, PyAny>)>> {
    let contents = object.py().import("mpi4py.MPI")?.getattr("__dict__")?.cast_into::<PyDict>()?;
    let mut equal = None;
    for (name, value) in &contents {
        let Ok(candidate) = value.cast::<C>() else { continue };
        let candidate = candidate.get();
        if !candidate.handle().is_constant() || candidate.raw() != mine.raw() {
            continue;
        }
        if value.is(object) {
            return Ok(Some((name.cast_into()?, value)));
        }
        if equal.is_none() {
            equal = Some((name.cast_into()?, value));
        }
    }
    Ok(equal)
}
