//! What a specification says, item by item, before it is made into a message.

use mpi_api::types::{MPI_Count, MPI_Datatype};
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};

use super::{Memory, typecode};
use crate::datatype::Datatype;
use crate::handle::HandleClass;
use crate::owned::Owned;

/// The two to four items of a list or tuple.
pub(super) type Items<'py> = (usize, [Option<Bound<'py, PyAny>>; 4]);

/// The items of `spec`, when it is a list or a tuple.
#[inline]
pub(super) fn items<'py>(spec: &Bound<'py, PyAny>) -> Option<PyResult<Items<'py>>> {
    let (size, item): (Size, Item) = if spec.is_instance_of::<PyList>() {
        (ffi::PyList_Size, ffi::PyList_GetItem)
    } else if spec.is_instance_of::<PyTuple>() {
        (ffi::PyTuple_Size, ffi::PyTuple_GetItem)
    } else {
        return None;
    };
    // SAFETY: it is of the type that the functions are for.
    let length = unsafe { size(spec.as_ptr()) } as usize;
    if !(2..=4).contains(&length) {
        return Some(Err(wrong_length(length)));
    }
    let mut items = [const { None }; 4];
    for (slot, place) in items.iter_mut().zip(0..length) {
        // SAFETY: there are so many items; the reference is ours before anything else runs.
        *slot = unsafe {
            Bound::from_borrowed_ptr_or_opt(spec.py(), item(spec.as_ptr(), place as ffi::Py_ssize_t))
        };
    }
    Some(Ok((length, items)))
}

type Size = unsafe extern "C" fn(*mut ffi::PyObject) -> ffi::Py_ssize_t;
type Item = unsafe extern "C" fn(*mut ffi::PyObject, ffi::Py_ssize_t) -> *mut ffi::PyObject;

#[cold]
pub(super) fn wrong_length(length: usize) -> PyErr {
    PyValueError::new_err(format!(
        "message: a list or tuple names 2 to 4 items (data, count, displacement, datatype), not {length}"
    ))
}

/// A specification by the meaning of its items; `None` where it says nothing.
pub(super) struct Spec<'py> {
    pub data: Bound<'py, PyAny>,
    pub count: Option<Bound<'py, PyAny>>,
    pub displ: Option<Bound<'py, PyAny>>,
    pub datatype: Option<Bound<'py, PyAny>>,
}

impl<'py> Spec<'py> {
    /// `[data, datatype]`, `[data, count]`, `[data, count, datatype]`, `[data, count, displ, datatype]`; where there
    /// is no displ, the count may be a pair of both: `is_pair` knows which objects are.
    #[inline]
    pub fn of(
        (length, items): Items<'py>,
        is_pair: impl FnOnce(&Bound<'py, PyAny>) -> bool,
    ) -> PyResult<Self> {
        let [data, second, third, fourth] = items;
        let Some(data) = data else { return Err(wrong_length(length)) };
        let (count, displ, datatype) = match length {
            2 => match second {
                Some(second) if Datatype::is(&second) || second.is_instance_of::<PyString>() => {
                    (None, None, Some(second))
                }
                count => (count, None, None),
            },
            3 => (second, None, third),
            _ => (second, third, fourth),
        };
        let some = |item: Option<Bound<'py, PyAny>>| item.filter(|item| !item.is_none());
        match some(count) {
            Some(pair) if length < 4 && is_pair(&pair) => {
                let (count, displ) = pair_of(&pair)?;
                Ok(Self {
                    data,
                    count: some(Some(count)),
                    displ: some(Some(displ)),
                    datatype: some(datatype),
                })
            }
            count => Ok(Self { data, count, displ: some(displ), datatype: some(datatype) }),
        }
    }

    /// The datatype that is named or else that of the memory's elements, its extent when that is known (else 0), and
    /// the object to keep.
    #[inline]
    pub fn datatype(&self, memory: &Memory) -> PyResult<(MPI_Datatype, MPI_Count, Option<Owned>)> {
        if let Some(named) = &self.datatype {
            return datatype(named);
        }
        let (datatype, extent) = memory.element()?.datatype()?;
        Ok((datatype, extent, None))
    }
}

/// The datatype that `item` is or names, its extent when that is known (else 0), and the object to keep.
#[inline]
pub(crate) fn datatype(item: &Bound<'_, PyAny>) -> PyResult<(MPI_Datatype, MPI_Count, Option<Owned>)> {
    if let Some(datatype) = Datatype::cast(item) {
        return Ok((datatype.get().raw(), 0, Some(Owned::of(datatype))));
    }
    let (datatype, extent) = named_by(item)?;
    Ok((datatype, extent, None))
}

/// The two items of a sequence.
#[inline]
pub(super) fn pair_of<'py>(pair: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    if let Ok(tuple) = pair.cast::<PyTuple>()
        && tuple.len() == 2
    {
        return Ok((tuple.get_item(0)?, tuple.get_item(1)?));
    }
    let mut items = pair.try_iter()?;
    match (items.next().transpose()?, items.next().transpose()?, items.next().transpose()?) {
        (Some(first), Some(second), None) => Ok((first, second)),
        _ => Err(PyValueError::new_err("message: expecting a pair (count, displacement)")),
    }
}

/// The datatype of a typecode.
fn named_by(code: &Bound<'_, PyAny>) -> PyResult<(MPI_Datatype, MPI_Count)> {
    if let Ok(code) = code.cast::<PyString>() {
        return typecode::from_code(&code.to_cow()?);
    }
    // What could not even be looked up is a TypeError.
    code.hash()?;
    Err(typecode::unknown(code.repr()?))
}
