//! `irecv`'s requests: `wait` and `test` return the object.

use core::ffi::{c_int, c_void};

use mpi_api::types::{MPI_Count, MPI_Status};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyType};

use super::Incoming;
use super::point_to_point::count;
use crate::call::mpi;
use crate::lifecycle::options;
use crate::message::Memory;
use crate::method::methods;
use crate::request::{Batch, Outcome, Request, Statuses};
use crate::status::{self, Status};

/// Where a pickled object is to arrive, as a request's `ob_buf` holds it.
#[pyclass(frozen, module = "mpi4py.MPI", name = "_PickledReceive")]
pub(super) struct PickledReceive(Room);

enum Room {
    /// From nowhere.
    Nothing,
    /// Our own memory.
    Bytes(Incoming),
    /// The caller's memory.
    Lent(Memory),
}

// SAFETY: reached and dropped with the GIL held only.
unsafe impl Send for PickledReceive {}
// SAFETY: as above.
unsafe impl Sync for PickledReceive {}

impl PickledReceive {
    /// Memory as `buf` says: a size in bytes, writable memory, or None for `rc.irecv_bufsz` bytes.
    pub fn new(py: Python<'_>, buf: Option<&Bound<'_, PyAny>>, nothing: bool) -> PyResult<Self> {
        Ok(Self(match buf {
            _ if nothing => Room::Nothing,
            None => Room::Bytes(Incoming::new(py, options().irecv_bufsz)?),
            Some(size) if size.is_instance_of::<PyInt>() => Room::Bytes(Incoming::new(py, size.extract()?)?),
            Some(buffer) => Room::Lent(super::point_to_point::receive_memory(buffer)?),
        }))
    }

    /// Memory for a message of `size` bytes; None is one from nowhere.
    pub fn sized(py: Python<'_>, size: Option<MPI_Count>) -> PyResult<Self> {
        Ok(Self(match size {
            None => Room::Nothing,
            Some(size) => Room::Bytes(Incoming::new(py, size)?),
        }))
    }

    /// Address and size in bytes.
    pub fn memory(&self) -> (*mut c_void, MPI_Count) {
        match &self.0 {
            Room::Nothing => (core::ptr::null_mut(), 0),
            Room::Bytes(incoming) => (incoming.address, incoming.count),
            Room::Lent(memory) => (memory.address, memory.bytes as MPI_Count),
        }
    }

    /// The object that has arrived in the first `count` bytes.
    pub fn loads<'py>(&self, py: Python<'py>, count: MPI_Count) -> PyResult<Bound<'py, PyAny>> {
        match &self.0 {
            Room::Nothing => Ok(py.None().into_bound(py)),
            Room::Bytes(incoming) => incoming.loads_first(py, count),
            Room::Lent(memory) => super::loads_memory(py, memory, count),
        }
    }
}

/// The object that a completed request stands for: what was received, else None.
fn load<'py>(py: Python<'py>, kept: &Py<PyAny>, status: &MPI_Status) -> PyResult<Bound<'py, PyAny>> {
    let kept = kept.bind(py);
    if let Ok(receive) = kept.cast::<PickledReceive>() {
        receive.get().loads(py, count(status)?)
    } else if let Ok(outcome) = kept.cast::<Outcome>() {
        Ok(outcome.get().0.bind(py).clone())
    } else {
        Ok(py.None().into_bound(py))
    }
}

/// Adds to the error of a receive that was too small what to do about it.
fn explain(py: Python<'_>, error: PyErr, kept: &Py<PyAny>) -> PyErr {
    let truncated = || error.value(py).call_method0("Get_error_class")?.extract::<c_int>();
    if let Ok(receive) = kept.bind(py).cast::<PickledReceive>()
        && truncated().is_ok_and(|class| class == mpi_api::MPI_ERR_TRUNCATE)
    {
        let note = format!(
            "irecv: the pickled message is larger than the {} bytes reserved for it: \
             pass a size, irecv(buf=<bytes>), or raise mpi4py.rc.irecv_bufsz before the import of mpi4py.MPI",
            receive.get().memory().1
        );
        // A note that cannot be added leaves the error as it is.
        let _ = error.value(py).call_method1("add_note", (note,));
    }
    error
}

/// Indices of complete requests and what they received; None twice when none is active.
type Found<'py> = (Option<Vec<c_int>>, Option<Bound<'py, PyList>>);

/// Several requests, and what each had kept when they were handed to MPI.
struct Pending<'py> {
    batch: Batch<'py>,
    kept: Vec<Py<PyAny>>,
}

impl<'py> Pending<'py> {
    fn new(requests: &Bound<'py, PyAny>) -> PyResult<Self> {
        let batch = Batch::new(requests)?;
        let py = requests.py();
        let kept = batch.objects().iter().map(|request| Request::kept(request).clone_ref(py)).collect();
        Ok(Self { batch, kept })
    }

    /// After MPI's call: the handles go back, and an error is explained if it can be.
    fn finish(&self, py: Python<'py>, done: PyResult<()>) -> PyResult<()> {
        self.batch.write_back();
        done.map_err(|error| self.kept.iter().fold(error, |error, kept| explain(py, error, kept)))
    }

    /// The object of request `index`, and None for `MPI_UNDEFINED`.
    fn load(
        &self,
        py: Python<'py>,
        index: c_int,
        status: Option<&MPI_Status>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match (usize::try_from(index).ok().and_then(|index| self.kept.get(index)), status) {
            (Some(kept), Some(status)) => load(py, kept, status),
            _ => Ok(py.None().into_bound(py)),
        }
    }

    /// The objects of the requests `indices`, whose statuses stand in that order.
    fn load_each(
        &self,
        py: Python<'py>,
        indices: impl ExactSizeIterator<Item = c_int>,
        statuses: &Statuses<'_, '_>,
    ) -> PyResult<Bound<'py, PyList>> {
        let objects: Vec<_> = indices
            .enumerate()
            .map(|(at, index)| self.load(py, index, statuses.get(at)))
            .collect::<PyResult<_>>()?;
        PyList::new(py, objects)
    }

    /// Looks for one complete request: `call(count, handles, index, flag, status)`.
    fn any(
        mut self,
        py: Python<'py>,
        status: Option<&Bound<'_, Status>>,
        call: impl FnOnce(
            c_int,
            *mut mpi_api::types::MPI_Request,
            *mut c_int,
            *mut c_int,
            *mut MPI_Status,
        ) -> PyResult<()>,
    ) -> PyResult<(c_int, bool, Bound<'py, PyAny>)> {
        let (mut index, mut flag, mut found) = (mpi_api::MPI_UNDEFINED, 0, status::empty());
        let done =
            call(self.batch.count(), self.batch.handles(), &raw mut index, &raw mut flag, &raw mut found);
        self.finish(py, done)?;
        if let Some(status) = status {
            status.get().set(found);
        }
        Ok((index, flag != 0, self.load(py, index, Some(&found))?))
    }

    /// Waits for all, or asks whether all are complete: `call(count, handles, flag, statuses)`.
    fn all(
        mut self,
        py: Python<'py>,
        statuses: Option<&Bound<'_, PyAny>>,
        call: impl FnOnce(c_int, *mut mpi_api::types::MPI_Request, *mut c_int, *mut MPI_Status) -> PyResult<()>,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        let length = self.kept.len();
        let mut statuses = Statuses::always(statuses, length)?;
        let mut flag = 0;
        let done = call(self.batch.count(), self.batch.handles(), &raw mut flag, statuses.address());
        self.finish(py, done)?;
        if flag == 0 {
            return Ok(None);
        }
        statuses.write_back(length)?;
        self.load_each(py, (0..length).map(|index| index as c_int), &statuses).map(Some)
    }

    /// Looks for all complete requests: `call(count, handles, found, indices, statuses)`.
    fn some(
        mut self,
        py: Python<'py>,
        statuses: Option<&Bound<'_, PyAny>>,
        call: impl FnOnce(
            c_int,
            *mut mpi_api::types::MPI_Request,
            *mut c_int,
            *mut c_int,
            *mut MPI_Status,
        ) -> PyResult<()>,
    ) -> PyResult<Found<'py>> {
        let mut statuses = Statuses::always(statuses, self.kept.len())?;
        let mut indices: Vec<c_int> = vec![0; self.kept.len()];
        let mut found = 0;
        let done = call(
            self.batch.count(),
            self.batch.handles(),
            &raw mut found,
            indices.as_mut_ptr(),
            statuses.address(),
        );
        self.finish(py, done)?;
        let Ok(found) = usize::try_from(found) else { return Ok((None, None)) };
        statuses.write_back(found)?;
        indices.truncate(found);
        let objects = self.load_each(py, indices.iter().copied(), &statuses)?;
        Ok((Some(indices), Some(objects)))
    }
}

#[methods]
impl Request {
    /// Wait for a nonblocking operation to complete, and return the object it received (None for a send).
    #[pyo3(signature = (status=None))]
    fn wait<'py>(slf: &Bound<'py, Self>, status: Option<&Bound<'py, Status>>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let kept = Self::kept(slf).clone_ref(py);
        let (request, mut found) = (Self::handle(slf).address(), status::empty());
        let done = mpi!(py, MPI_Wait(request, &raw mut found));
        Self::settle(slf);
        done.map_err(|error| explain(py, error, &kept))?;
        if let Some(status) = status {
            status.get().set(found);
        }
        load(py, &kept, &found)
    }

    /// Test for the completion of a nonblocking operation: whether it is complete, and the object it received.
    #[pyo3(signature = (status=None))]
    fn test<'py>(
        slf: &Bound<'py, Self>,
        status: Option<&Bound<'py, Status>>,
    ) -> PyResult<(bool, Option<Bound<'py, PyAny>>)> {
        let py = slf.py();
        let kept = Self::kept(slf).clone_ref(py);
        let (request, mut found, mut flag) = (Self::handle(slf).address(), status::empty(), 0);
        let done = mpi!(py, MPI_Test(request, &raw mut flag, &raw mut found));
        Self::settle(slf);
        done.map_err(|error| explain(py, error, &kept))?;
        if let Some(status) = status {
            status.get().set(found);
        }
        if flag == 0 { Ok((false, None)) } else { Ok((true, Some(load(py, &kept, &found)?))) }
    }

    /// Wait for any of the requests to complete: its index (or `UNDEFINED`) and the object it received.
    #[classmethod]
    #[pyo3(signature = (requests, status=None))]
    fn waitany<'py>(
        cls: &Bound<'py, PyType>,
        requests: &Bound<'py, PyAny>,
        status: Option<&Bound<'py, Status>>,
    ) -> PyResult<(c_int, Bound<'py, PyAny>)> {
        let py = cls.py();
        let call = |n, handles, index, _, status| mpi!(py, MPI_Waitany(n, handles, index, status));
        let (index, _, object) = Pending::new(requests)?.any(py, status, call)?;
        Ok((index, object))
    }

    /// Test for completion of any of the requests: its index (or `UNDEFINED`), the flag, and the object it received.
    #[classmethod]
    #[pyo3(signature = (requests, status=None))]
    fn testany<'py>(
        cls: &Bound<'py, PyType>,
        requests: &Bound<'py, PyAny>,
        status: Option<&Bound<'py, Status>>,
    ) -> PyResult<(c_int, bool, Bound<'py, PyAny>)> {
        let py = cls.py();
        let call = |n, handles, index, flag, status| mpi!(py, MPI_Testany(n, handles, index, flag, status));
        Pending::new(requests)?.any(py, status, call)
    }

    /// Wait for all of the requests to complete, and return the list of the objects they received.
    #[classmethod]
    #[pyo3(signature = (requests, statuses=None))]
    fn waitall<'py>(
        cls: &Bound<'py, PyType>,
        requests: &Bound<'py, PyAny>,
        statuses: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        let py = cls.py();
        let call = |n, handles, flag: *mut c_int, statuses| {
            // SAFETY: a local variable of the caller.
            unsafe { *flag = 1 };
            mpi!(py, MPI_Waitall(n, handles, statuses))
        };
        Pending::new(requests)?.all(py, statuses, call)
    }

    /// Test for completion of all of the requests: the flag, and the list of the objects they received.
    #[classmethod]
    #[pyo3(signature = (requests, statuses=None))]
    fn testall<'py>(
        cls: &Bound<'py, PyType>,
        requests: &Bound<'py, PyAny>,
        statuses: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(bool, Option<Bound<'py, PyList>>)> {
        let py = cls.py();
        let call = |n, handles, flag, statuses| mpi!(py, MPI_Testall(n, handles, flag, statuses));
        let objects = Pending::new(requests)?.all(py, statuses, call)?;
        Ok((objects.is_some(), objects))
    }

    /// Wait for some of the requests to complete: their indices and objects, or None twice when none is active.
    #[classmethod]
    #[pyo3(signature = (requests, statuses=None))]
    fn waitsome<'py>(
        cls: &Bound<'py, PyType>,
        requests: &Bound<'py, PyAny>,
        statuses: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Found<'py>> {
        let py = cls.py();
        let call = |n, handles, found, indices, statuses| {
            mpi!(py, MPI_Waitsome(n, handles, found, indices, statuses))
        };
        Pending::new(requests)?.some(py, statuses, call)
    }

    /// Test for completion of some of the requests; returns as `waitsome`, with no index when none is complete.
    #[classmethod]
    #[pyo3(signature = (requests, statuses=None))]
    fn testsome<'py>(
        cls: &Bound<'py, PyType>,
        requests: &Bound<'py, PyAny>,
        statuses: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Found<'py>> {
        let py = cls.py();
        let call = |n, handles, found, indices, statuses| {
            mpi!(py, MPI_Testsome(n, handles, found, indices, statuses))
        };
        Pending::new(requests)?.some(py, statuses, call)
    }

    /// Cancel a request.
    fn cancel(slf: &Bound<'_, Self>) -> PyResult<()> {
        Self::Cancel(slf)
    }

    /// Non-destructive test for the completion of a request.
    #[pyo3(signature = (status=None))]
    #[light]
    fn get_status(slf: &Bound<'_, Self>, status: Option<&Bound<'_, Status>>) -> PyResult<bool> {
        Self::Get_status(slf, status)
    }

    /// Non-destructive test for the completion of any of the requests.
    #[classmethod]
    #[pyo3(signature = (requests, status=None))]
    fn get_status_any(
        cls: &Bound<'_, PyType>,
        requests: &Bound<'_, PyAny>,
        status: Option<&Bound<'_, Status>>,
    ) -> PyResult<(c_int, bool)> {
        Self::Get_status_any(cls, requests, status)
    }

    /// Non-destructive test for the completion of all of the requests.
    #[classmethod]
    #[pyo3(signature = (requests, statuses=None))]
    fn get_status_all(
        cls: &Bound<'_, PyType>,
        requests: &Bound<'_, PyAny>,
        statuses: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        Self::Get_status_all(cls, requests, statuses)
    }

    /// Non-destructive test for completion of some of the requests.
    #[classmethod]
    #[pyo3(signature = (requests, statuses=None))]
    fn get_status_some(
        cls: &Bound<'_, PyType>,
        requests: &Bound<'_, PyAny>,
        statuses: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<Vec<c_int>>> {
        Self::Get_status_some(cls, requests, statuses)
    }
}
