//! Several requests that MPI handles together, and the statuses it fills in.

use core::ffi::c_int;

use mpi_api::types::{MPI_Request, MPI_Status};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use smallvec::SmallVec;

use super::Request;
use crate::status::{self, Status};

/// So many requests cost no allocation.
const FEW: usize = 32;

/// Request objects of a sequence, and their handles side by side as MPI wants them.
///
/// It is filled where it stands: moving this much room would cost more than what is done with it.
#[derive(Default)]
pub(crate) struct Batch<'py> {
    objects: SmallVec<[Bound<'py, Request>; FEW]>,
    handles: SmallVec<[MPI_Request; FEW]>,
}

impl<'py> Batch<'py> {
    /// The requests of a sequence.
    pub fn new(requests: &Bound<'py, PyAny>) -> PyResult<Self> {
        let mut batch = Self::default();
        batch.fill(requests)?;
        Ok(batch)
    }

    /// Takes the requests of a sequence: a list, a tuple, anything with a length and an iterator.
    pub fn fill(&mut self, requests: &Bound<'py, PyAny>) -> PyResult<()> {
        self.objects.reserve(requests.len()?);
        if let Ok(list) = requests.cast::<PyList>() {
            list.iter().try_for_each(|item| self.push(item))?;
        } else if let Ok(tuple) = requests.cast::<PyTuple>() {
            tuple.iter().try_for_each(|item| self.push(item))?;
        } else {
            requests.try_iter()?.try_for_each(|item| self.push(item?))?;
        }
        self.handles.extend(self.objects.iter().map(|request| Request::handle(request).get()));
        Ok(())
    }

    #[inline]
    fn push(&mut self, item: Bound<'py, PyAny>) -> PyResult<()> {
        let request = item.cast_into().map_err(|error| wrong_item(&error.into_inner(), "Request"))?;
        self.objects.push(request);
        Ok(())
    }

    /// How many requests there are.
    pub fn len(&self) -> usize {
        self.handles.len()
    }

    /// The request objects.
    pub fn objects(&self) -> &[Bound<'py, Request>] {
        &self.objects
    }

    /// How many requests there are, as MPI counts.
    pub fn count(&self) -> c_int {
        self.handles.len() as c_int
    }

    /// Where MPI finds the handles, and leaves null ones for what is complete.
    pub fn handles(&mut self) -> *mut MPI_Request {
        self.handles.as_mut_ptr()
    }

    /// Gives each object the handle that MPI left, and lets those that are complete go of their buffers.
    pub fn write_back(&self) {
        let null = mpi_api::MPI_REQUEST_NULL();
        for (object, raw) in self.objects.iter().zip(&self.handles) {
            let handle = Request::handle(object);
            if !handle.is_constant() {
                handle.set(*raw);
            }
            if *raw == null {
                Request::release(object);
            }
        }
    }
}

#[cold]
fn wrong_item(item: &Bound<'_, PyAny>, wanted: &str) -> PyErr {
    match item.get_type().fully_qualified_name() {
        Ok(name) => PyTypeError::new_err(format!("cannot convert {name} to mpi4py.MPI.{wanted}")),
        Err(error) => error,
    }
}

/// Memory for the statuses that MPI fills in, and the Python sequence they go to.
pub(crate) struct Statuses<'a, 'py> {
    target: Option<&'a Bound<'py, PyAny>>,
    memory: SmallVec<[MPI_Status; FEW]>,
}

impl<'a, 'py> Statuses<'a, 'py> {
    /// No room yet for the statuses that go to `target`, a list or another sequence of statuses.
    #[inline]
    pub fn new(target: Option<&'a Bound<'py, PyAny>>) -> Self {
        Self { target, memory: SmallVec::new() }
    }

    /// Room for `count` statuses, whether anybody else wants them or not.
    pub fn always(target: Option<&'a Bound<'py, PyAny>>, count: usize) -> PyResult<Self> {
        let mut statuses = Self::new(target);
        statuses.reserve(count)?;
        Ok(statuses)
    }

    /// Where MPI writes `count` statuses: nowhere if nobody wants them.
    #[inline]
    pub fn room(&mut self, count: usize) -> PyResult<*mut MPI_Status> {
        if self.target.is_some() {
            self.reserve(count)?;
        }
        Ok(self.address())
    }

    fn reserve(&mut self, count: usize) -> PyResult<()> {
        self.target.map(PyAnyMethods::len).transpose()?;
        self.memory.resize(count, status::empty());
        Ok(())
    }

    /// Where MPI writes, if there is room.
    #[inline]
    pub fn address(&mut self) -> *mut MPI_Status {
        if self.memory.is_empty() { mpi_api::MPI_STATUSES_IGNORE() } else { self.memory.as_mut_ptr() }
    }

    /// The status of request number `index`, if there are any.
    pub fn get(&self, index: usize) -> Option<&MPI_Status> {
        self.memory.get(index)
    }

    /// Hands the statuses out: to those there are, and new ones for what a list lacks of the first `complete`.
    pub fn write_back(&self, complete: usize) -> PyResult<()> {
        let Some(target) = self.target else { return Ok(()) };
        let length = target.len()?;
        for (index, found) in self.memory.iter().take(length).enumerate() {
            let item = target.get_item(index)?;
            let status = item.cast::<Status>().map_err(|_| wrong_item(&item, "Status"))?;
            status.get().set(*found);
        }
        if let Ok(list) = target.cast::<PyList>() {
            for found in self.memory.iter().take(complete).skip(length) {
                list.append(Bound::new(list.py(), Status::new(*found))?)?;
            }
        }
        Ok(())
    }
}
