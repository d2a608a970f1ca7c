//! `__cuda_array_interface__`: arrays in device memory, as Numba defines it (version 3).

use core::ffi::c_void;

use pyo3::exceptions::{PyBufferError, PyRuntimeWarning, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::foreign::{is_contiguous, volume};
use super::typecode::{Element, foreign_order};
use super::{Access, Memory};

/// Borrows the memory of an array.
pub(super) fn borrow(object: &Bound<'_, PyAny>, access: Access) -> PyResult<Memory> {
    let py = object.py();
    let interface = object.getattr(intern!(py, "__cuda_array_interface__"))?.cast_into::<PyDict>()?;
    let fail = |what: &str| Err(PyBufferError::new_err(format!("__cuda_array_interface__: {what}")));

    let (address, read_only) = interface
        .as_any()
        .get_item(intern!(py, "data"))?
        .cast_into::<PyTuple>()?
        .extract::<(usize, Bound<'_, PyAny>)>()?;
    if access == Access::Write && read_only.is_truthy()? {
        return fail("the array is read-only, and MPI would write to it");
    }
    if optional(&interface, intern!(py, "mask"))?.is_some() {
        return fail("the array is masked: MPI sends all elements or none");
    }
    let typestr = interface.as_any().get_item(intern!(py, "typestr"))?.cast_into::<PyString>()?;
    if let Some(fields) = optional(&interface, intern!(py, "descr"))? {
        check_fields(&fields.cast_into()?, &typestr)?;
    }
    let element = element(&typestr.to_cow()?)?;
    let shape = lengths(&interface.as_any().get_item(intern!(py, "shape"))?.cast_into()?)?;
    let Some(length) = volume(&shape) else { return fail("the shape is negative or too large") };
    if let Some(strides) = optional(&interface, intern!(py, "strides"))? {
        let strides = lengths(&strides.cast_into()?)?;
        if strides.len() < shape.len() {
            return fail("there are fewer strides than dimensions");
        }
        if !is_contiguous(&shape, &strides, element.size() as i64) {
            return fail("the array is not contiguous, make a contiguous copy");
        }
    }
    let Some(bytes) = length.checked_mul(element.size()) else { return fail("the shape is too large") };
    Ok(Memory::array(core::ptr::without_provenance_mut::<c_void>(address), bytes, element, object))
}

/// What the interface says under `key`, unless that is None.
fn optional<'py>(
    interface: &Bound<'py, PyDict>,
    key: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(interface.get_item(key)?.filter(|item| !item.is_none()))
}

/// Warns when `fields` say more of an element than `typestr` does: MPI moves it as one.
fn check_fields(fields: &Bound<'_, PyList>, typestr: &Bound<'_, PyString>) -> PyResult<()> {
    let py = fields.py();
    let plain = PyList::new(py, [("", typestr)])?;
    if fields.eq(plain)? {
        return Ok(());
    }
    let message =
        c"__cuda_array_interface__: the fields in 'descr' are ignored, elements are moved as a whole";
    PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), message, 1)
}

fn lengths(tuple: &Bound<'_, PyTuple>) -> PyResult<Vec<i64>> {
    tuple.iter().map(|length| length.extract::<i64>()).collect()
}

/// The element of a NumPy type string, `<f8`.
fn element(typestr: &str) -> PyResult<Element> {
    let malformed =
        || PyValueError::new_err(format!("__cuda_array_interface__: malformed typestr '{typestr}'"));
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
    Ok(u8::try_from(kind).map_or(Element::Bytes(size), |kind| Element::Sized(kind, size)))
}
