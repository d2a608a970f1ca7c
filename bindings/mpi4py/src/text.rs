//! Text on its way to MPI and back.

use core::ffi::{CStr, c_char, c_int};
use core::mem::MaybeUninit;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::call::check;
use crate::owned::Owned;

/// Text that goes to MPI: a `str` as UTF-8, or bytes as they are, in their own memory.
pub(crate) enum Text {
    Lent(*const c_char, #[expect(dead_code, reason = "it keeps the text where it is")] Owned),
    Static(&'static CStr),
}

impl Text {
    pub fn as_ptr(&self) -> *const c_char {
        match self {
            Self::Lent(text, _) => *text,
            Self::Static(text) => text.as_ptr(),
        }
    }
}

impl From<&'static CStr> for Text {
    fn from(text: &'static CStr) -> Self {
        Self::Static(text)
    }
}

impl<'py> FromPyObject<'_, 'py> for Text {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let object = &*object;
        let text = if let Ok(text) = object.cast::<PyString>() {
            text.to_str()?.as_bytes()
        } else if let Ok(bytes) = object.cast::<PyBytes>() {
            bytes.as_bytes()
        } else {
            return Err(PyTypeError::new_err(format!("expected str, not {}", object.get_type().name()?)));
        };
        if text.contains(&0) {
            return Err(PyValueError::new_err("embedded null character"));
        }
        // A NUL follows, in Python's strings of both kinds.
        Ok(Self::Lent(text.as_ptr().cast(), Owned::of(object)))
    }
}

/// A buffer for text of at most `MOST` characters, which MPI ends with a NUL.
pub(crate) struct Written<const MOST: usize>([MaybeUninit<u8>; MOST]);

impl<const MOST: usize> Written<MOST> {
    /// One with no text in it.
    pub fn new() -> Self {
        let mut buffer = [const { MaybeUninit::uninit() }; MOST];
        buffer[0].write(0);
        Self(buffer)
    }

    /// Where MPI writes.
    pub fn address(&mut self) -> *mut c_char {
        self.0.as_mut_ptr().cast()
    }

    /// What it wrote; what is no UTF-8 is replaced.
    pub fn text<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        // SAFETY: a NUL is in it from the start, and MPI puts one behind what it writes.
        decoded(py, unsafe { CStr::from_ptr(self.0.as_ptr().cast()) }.to_bytes())
    }
}

/// Text that MPI wrote; what is no UTF-8 is replaced.
pub(crate) fn decoded<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyString>> {
    // SAFETY: the text is as long as that.
    unsafe {
        let length = text.len() as ffi::Py_ssize_t;
        let text = ffi::PyUnicode_DecodeUTF8(text.as_ptr().cast(), length, c"replace".as_ptr());
        Bound::from_owned_ptr_or_err(py, text).map(|text| text.cast_into_unchecked())
    }
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
    decoded(py, text.strip_suffix(b"\0").unwrap_or(text))
}
