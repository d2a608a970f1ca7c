//! Text on its way to MPI and back.

use core::ffi::{CStr, c_char, c_int};
use core::mem::MaybeUninit;
use std::ffi::CString;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

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

/// The name that MPI has for an object, or `null` where that is the null handle, whose name libraries before MPI 4.1
/// refuse to tell.
pub(crate) fn name<'py>(
    py: Python<'py>,
    null: Option<&str>,
    fill: impl FnOnce(*mut c_char, *mut c_int) -> c_int,
) -> PyResult<Bound<'py, PyString>> {
    match null {
        Some(null) => Ok(PyString::new(py, null)),
        None => text(py, mpi_api::MPI_MAX_OBJECT_NAME, fill),
    }
}

/// Text that MPI writes into a buffer of at most `length` characters, with the length it has.
pub(crate) fn text(
    py: Python<'_>,
    length: c_int,
    fill: impl FnOnce(*mut c_char, *mut c_int) -> c_int,
) -> PyResult<Bound<'_, PyString>> {
    // On the stack, where almost all fit.
    let mut small = [const { MaybeUninit::<u8>::uninit() }; 1024];
    let mut large = Vec::new();
    let room = if let Some(room) = small.get_mut(..length as usize) {
        room
    } else {
        large.resize(length as usize, MaybeUninit::uninit());
        &mut large[..]
    };
    let mut used = 0;
    check(fill(room.as_mut_ptr().cast(), &raw mut used))?;
    // SAFETY: MPI wrote that many characters, and no more than it asks room for.
    let text =
        unsafe { core::slice::from_raw_parts(room.as_ptr().cast::<u8>(), (used as usize).min(room.len())) };
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
