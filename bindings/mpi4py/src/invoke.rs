//! Calls of Python functions whose arguments are at hand, without a tuple for them.

/// What a function of Python returns for `$argument`s, each a `Bound` or a reference to one. PyO3's `call1` makes a tuple first: Python 3.11's limited
/// API has no other call that PyO3 knows.
macro_rules! invoke {
    ($function:expr, $($argument:expr),+) => {{
        let function: &pyo3::Bound<'_, pyo3::PyAny> = $function;
        let end = core::ptr::null_mut::<pyo3::ffi::PyObject>();
        // SAFETY: all objects are alive, a null pointer ends their list, and the GIL is held.
        unsafe {
            let result = pyo3::ffi::PyObject_CallFunctionObjArgs(function.as_ptr(), $($argument.as_ptr(),)+ end);
            pyo3::Bound::from_owned_ptr_or_err(function.py(), result)
        }
    }};
}
pub(crate) use invoke;
