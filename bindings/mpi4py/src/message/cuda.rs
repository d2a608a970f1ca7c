//! `__cuda_array_interface__`: arrays in device memory, as Numba defines it (version 3).

use core::ffi::c_void;

use pyo3::exceptions::{PyBufferError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::foreign::{is_contiguous, volume};
use super::typecode::{Element, foreign_order};
use super::{Access, Memory};

/// Borrows the memory of an array.
pub(super) fn borrow(object: &Bound<'_, PyAny>, access: Access) -> PyResult<Memory> {
    let py = object.py();
    let interface = object.getattr(intern!(py, "__cuda_array_interface__"))?.cast_into::<PyDict>()?;
    let required = |key: &Bound<'_, PyString>| interface.as_any().get_item(key);
    let optional = |key: &Bound<'_, PyString>| {
        interface.get_item(key).map(|item| item.filter(|item| !item.is_none()))
    };
    let fail = |what: &str| Err(PyBufferError::new_err(format!("__cuda_array_interface__: {what}")));

    let (address, read_only) =
        required(intern!(py, "data"))?.cast_into::<PyTuple>()?.extract::<(usize, Bound<'_, PyAny>)>()?;
    if access == Access::Write && read_only.is_truthy()? {
        return fail("the array is read-only, and MPI would write to it");
    }
    if optional(intern!(py, "mask"))?.is_some() {
        return fail("the array is masked: MPI sends all elements or none");
    }
    let typestr = required(intern!(py, "typestr"))?.cast_into::<PyString>()?;
    let (element, size) = element(&typestr.to_cow()?)?;
    let shape = lengths(&required(intern!(py, "shape"))?.cast_into()?)?;
    let Some(length) = volume(&shape) else { return fail("the shape is negative or too large") };
    if let Some(strides) = optional(intern!(py, "strides"))? {
        let strides = lengths(&strides.cast_into()?)?;
        if strides.len() < shape.len() {
            return fail("there are fewer strides than dimensions");
        }
        if !is_contiguous(&shape, &strides, size as i64) {
            return fail("the array is not contiguous, make a contiguous copy");
        }
    }
    let Some(bytes) = length.checked_mul(size) else { return fail("the shape is too large") };
    Ok(Memory::array(core::ptr::without_provenance_mut::<c_void>(address), bytes, element, object))
}

fn lengths(tuple: &Bound<'_, PyTuple>) -> PyResult<Vec<i64>> {
    tuple.iter_borrowed().map(|length| length.extract()).collect()
}

/// The element and its size in bytes of a NumPy type string, `<f8`.
fn element(typestr: &str) -> PyResult<(Element, isize)> {
    let malformed = || PyValueError::new_err(format!("__cuda_array_interface__: malformed typestr '{typestr}'"));
    let mut rest = typestr.chars();
    let (Some(order), Some(kind)) = (rest.next(), rest.next()) else { return Err(malformed()) };
    let native = match order {
        '|' => true,
        '<' => cfg!(target_endian = "little"),
        '>' => cfg!(target_endian = "big"),
        _ if order.is_ascii_alphabetic() => return Err(malformed()),
        _ => {
            return Err(PyBufferError::new_err(format!(
                "__cuda_array_interface__: typestr '{typestr}' has none of the byte orders '<', '>', '|'"
            )));
        }
    };
    if !native {
        return Err(foreign_order("__cuda_array_interface__: typestr", typestr));
    }
    let size = rest.as_str().parse::<u32>().map_err(|_| malformed())? as isize;
    let element = u8::try_from(kind).map_or(Element::Bytes, |kind| Element::Sized(kind, size));
    Ok((element, size))
}
