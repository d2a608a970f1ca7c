//! Where in a target's window an access goes, read from what the caller wrote.
//!
//! `None` is its beginning, an integer a displacement; a list or tuple says `[displ]`, `[displ, count]` or
//! `[displ, count, datatype]`. Displacements are in the target's displacement units. The count and the datatype are
//! the origin's unless they are given.

use mpi_api::types::{MPI_Aint, MPI_Count, MPI_Datatype};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::message::{self, Message};
use crate::owned::Owned;

/// A place in a window, and what keeps its datatype valid.
pub(super) struct Target {
    pub displ: MPI_Aint,
    pub count: MPI_Count,
    pub datatype: MPI_Datatype,
    _datatype: Option<Owned>,
}

impl Target {
    /// Reads `target`, for an access from `origin`.
    pub fn parse(target: Option<&Bound<'_, PyAny>>, origin: &Message) -> PyResult<Self> {
        let mut place = Self { displ: 0, count: origin.count, datatype: origin.datatype, _datatype: None };
        let Some(target) = target else { return Ok(place) };
        if !(target.is_instance_of::<PyTuple>() || target.is_instance_of::<PyList>()) {
            place.displ = target.extract().map_err(|error| not_integral(target, error))?;
            return Ok(place);
        }
        let length = target.len()?;
        if length > 3 {
            return Err(PyValueError::new_err(format!(
                "target: a list or tuple names up to 3 items (displacement, count, datatype), not {length}"
            )));
        }
        let mut items = target.try_iter()?;
        if let Some(displ) = items.next() {
            place.displ = displ?.extract()?;
        }
        if let Some(count) = items.next() {
            place.count = count?.extract()?;
        }
        if let Some(datatype) = items.next() {
            let (datatype, _, keep) = message::datatype(&datatype?)?;
            return Ok(Self { datatype, _datatype: keep, ..place });
        }
        Ok(place)
    }
}

/// What has no integer in it is a wrong value, whatever it is.
#[cold]
fn not_integral(target: &Bound<'_, PyAny>, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyTypeError>(target.py()) {
        return error;
    }
    PyValueError::new_err("target: expecting a displacement or a list/tuple (displacement, count, datatype)")
}
