//! Text on its way to MPI and back.

use core::ffi::{CStr, c_char, c_int};
use std::ffi::CString;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use smallvec::SmallVec;

use crate::call::check;

/// Text that goes to MPI: a `str` as UTF-8, or bytes as they are.
pub(crate) struct Text(CString);

impl Text {
    pub fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr()
    }
}

impl From<&CStr> for Text {
    fn from(text: &CStr) -> Self {
        Self(text.to_owned())
    }
}

impl TryFrom<String> for Text {
    type Error = PyErr;

    fn try_from(text: String) -> PyResult<Self> {
        Ok(Self(CString::new(text)?))
    }
}

impl<'py> FromPyObject<'_, 'py> for Text {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(text) = object.cast::<PyString>() {
            return Ok(Self(CString::new(&*text.to_cow()?)?));
        }
        match object.cast::<PyBytes>() {
            Ok(bytes) => Ok(Self(CString::new(bytes.as_bytes())?)),
            Err(_) => Err(PyTypeError::new_err(format!("expected str, not {}", object.get_type().name()?))),
        }
    }
}

/// Text that MPI wrote into `buffer`, with a NUL at its end.
pub(crate) fn written(buffer: &[u8]) -> String {
    CStr::from_bytes_until_nul(buffer)
        .map_or_else(|_| String::new(), |text| text.to_string_lossy().into_owned())
}

/// Text that MPI writes into a buffer of at most `length` characters, with the length it has.
pub(crate) fn text(
    py: Python<'_>,
    length: c_int,
    fill: impl FnOnce(*mut c_char, *mut c_int) -> c_int,
) -> PyResult<Bound<'_, PyString>> {
    let mut buffer = SmallVec::<[u8; 512]>::with_capacity(length as usize);
    let mut used = 0;
    check(fill(buffer.as_mut_ptr().cast(), &raw mut used))?;
    // SAFETY: MPI wrote that many characters, and no more than it asks room for.
    unsafe { buffer.set_len((used as usize).min(buffer.capacity())) };
    let text = &buffer[..];
    // Some count the NUL.
    let text = text.strip_suffix(b"\0").unwrap_or(text);
    // SAFETY: the text is as long as that; what is no UTF-8 is replaced.
    unsafe {
        let text = ffi::PyUnicode_DecodeUTF8(
            text.as_ptr().cast(),
            text.len() as ffi::Py_ssize_t,
            c"replace".as_ptr(),
        );
        Bound::from_owned_ptr_or_err(py, text).map(|text| text.cast_into_unchecked())
    }
}
