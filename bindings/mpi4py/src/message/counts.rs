//! Arrays of counts and displacements, one for each process, from whatever sequence of integers holds them.

use core::ffi::CStr;
use core::mem::MaybeUninit;
use core::ops::Deref;

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyTuple};

use crate::owned::discard;

/// What is said of the processes: the same number for all, or one each.
pub(super) enum Numbers<T> {
    Same(T),
    Each(Vec<T>),
}

/// Reads an integer or `length` integers.
pub(super) fn numbers<T: TryFrom<i64>>(object: &Bound<'_, PyAny>, length: usize) -> PyResult<Numbers<T>> {
    if object.is_instance_of::<PyInt>() {
        return Ok(Numbers::Same(fit(object.extract::<i64>()?)?));
    }
    if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
        return Ok(Numbers::Each(integers(object, length)?));
    }
    if let Some(array) = buffer(object, length)? {
        return Ok(Numbers::Each(array));
    }
    // An array of integers has `__index__` too, and refuses.
    match object.extract::<i64>() {
        Ok(integer) => Ok(Numbers::Same(fit(integer)?)),
        Err(error) if error.is_instance_of::<PyTypeError>(object.py()) => {
            discard(error);
            Ok(Numbers::Each(integers(object, length)?))
        }
        Err(error) => Err(error),
    }
}

/// Reads `length` integers out of any sequence.
pub(crate) fn integers<T: TryFrom<i64>>(object: &Bound<'_, PyAny>, length: usize) -> PyResult<Vec<T>> {
    if let Ok(list) = object.cast::<PyList>() {
        expect(length, list.len())?;
        return list.iter().map(|item| fit(item.extract::<i64>()?)).collect();
    }
    if let Ok(tuple) = object.cast::<PyTuple>() {
        expect(length, tuple.len())?;
        return tuple.iter_borrowed().map(|item| fit(item.extract::<i64>()?)).collect();
    }
    if let Some(array) = buffer(object, length)? {
        return Ok(array);
    }
    expect(length, object.len()?)?;
    (0..length).map(|index| fit(object.get_item(index)?.extract::<i64>()?)).collect()
}

/// A parameter that is a sequence of integers.
pub(crate) struct Integers<T>(Vec<T>);

impl<'a, 'py, T: TryFrom<i64>> FromPyObject<'a, 'py> for Integers<T>
where
    Vec<T>: FromPyObject<'a, 'py, Error = PyErr>,
{
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
            // With less ado than for a sequence of whatever kind.
            integers(&object, object.len()?).map(Self)
        } else {
            object.extract().map(Self)
        }
    }
}

impl<T> Deref for Integers<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

/// One item for each process.
pub(super) fn expect(wanted: usize, given: usize) -> PyResult<()> {
    if wanted == given {
        return Ok(());
    }
    Err(PyValueError::new_err(format!(
        "message: expecting {wanted} items, one for each process, got {given}"
    )))
}

fn fit<T: TryFrom<i64>>(integer: i64) -> PyResult<T> {
    T::try_from(integer).map_err(|_| PyOverflowError::new_err(format!("{integer} is too large")))
}

/// Reads an array of C integers, as NumPy's are; `None` when `object` is something else.
fn buffer<T: TryFrom<i64>>(object: &Bound<'_, PyAny>, length: usize) -> PyResult<Option<Vec<T>>> {
    // SAFETY: the object is alive and the GIL is held.
    if unsafe { ffi::PyObject_CheckBuffer(object.as_ptr()) } == 0 {
        return Ok(None);
    }
    let mut view = MaybeUninit::<ffi::Py_buffer>::uninit();
    // SAFETY: as above; `view` is filled when the call succeeds.
    if unsafe {
        ffi::PyObject_GetBuffer(object.as_ptr(), view.as_mut_ptr(), ffi::PyBUF_ND | ffi::PyBUF_FORMAT)
    } != 0
    {
        // It has strides, or elements that are no integers: item by item, then.
        discard(PyErr::fetch(object.py()));
        return Ok(None);
    }
    // SAFETY: filled.
    let mut view = unsafe { view.assume_init() };
    let array = (view.ndim == 1).then(|| read(&view, length)).flatten().transpose();
    // SAFETY: acquired above, released once.
    unsafe { ffi::PyBuffer_Release(&raw mut view) };
    array
}

/// The integers of a one-dimensional view; `None` when they are none.
fn read<T: TryFrom<i64>>(view: &ffi::Py_buffer, length: usize) -> Option<PyResult<Vec<T>>> {
    let code = if view.format.is_null() {
        b'B'
    } else {
        // SAFETY: the exporter gives a C string that lives as long as the view.
        match unsafe { CStr::from_ptr(view.format) }.to_bytes() {
            [code] | [b'@', code] => *code,
            _ => return None,
        }
    };
    let signed = match code {
        b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => true,
        b'B' | b'H' | b'I' | b'L' | b'Q' | b'N' => false,
        _ => return None,
    };
    Some(match (signed, view.itemsize) {
        (true, 1) => copy::<i8, T>(view, length),
        (true, 2) => copy::<i16, T>(view, length),
        (true, 4) => copy::<i32, T>(view, length),
        (true, 8) => copy::<i64, T>(view, length),
        (false, 1) => copy::<u8, T>(view, length),
        (false, 2) => copy::<u16, T>(view, length),
        (false, 4) => copy::<u32, T>(view, length),
        (false, 8) => copy::<u64, T>(view, length),
        _ => return None,
    })
}

fn copy<S: Copy + TryInto<i64>, T: TryFrom<i64>>(view: &ffi::Py_buffer, length: usize) -> PyResult<Vec<T>> {
    let given = (view.len / view.itemsize) as usize;
    expect(length, given)?;
    let first = view.buf.cast::<S>();
    (0..given)
        .map(|index| {
            // SAFETY: the view is contiguous and has that many items of that size, aligned or not.
            let item = unsafe { first.add(index).read_unaligned() };
            fit(item.try_into().map_err(|_| PyOverflowError::new_err("message: a count is too large"))?)
        })
        .collect()
}
