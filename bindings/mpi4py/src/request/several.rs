//! Completion of several requests (MPI 5.0, sections 3.7.5 and 3.7.6).

use core::ffi::c_int;

use mpi_api::types::{MPI_Request, MPI_Status};
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::{Batch, Request, Statuses};
use crate::call::mpi;
use crate::method::methods;
use crate::status::Status;

/// One of the calls that look for one complete request: `call(count, handles, index, flag, status)`.
#[inline]
fn any(
    requests: &Bound<'_, PyAny>,
    status: Option<&Bound<'_, Status>>,
    call: impl FnOnce(c_int, *mut MPI_Request, *mut c_int, *mut c_int, *mut MPI_Status) -> PyResult<()>,
) -> PyResult<(c_int, bool)> {
    let mut batch = Batch::default();
    batch.fill(requests)?;
    let (mut index, mut flag) = (mpi_api::MPI_UNDEFINED, 0);
    let status = Status::address_or_ignore(status);
    let done = call(batch.count(), batch.handles(), &raw mut index, &raw mut flag, status);
    batch.write_back();
    done.map(|()| (index, flag != 0))
}

/// One of the calls that ask whether all are complete: `call(count, handles, flag, statuses)`.
#[inline]
fn all(
    requests: &Bound<'_, PyAny>,
    statuses: Option<&Bound<'_, PyAny>>,
    call: impl FnOnce(c_int, *mut MPI_Request, *mut c_int, *mut MPI_Status) -> PyResult<()>,
) -> PyResult<bool> {
    let mut batch = Batch::default();
    batch.fill(requests)?;
    let mut statuses = Statuses::new(statuses);
    let room = statuses.room(batch.len())?;
    let mut flag = 0;
    let done = call(batch.count(), batch.handles(), &raw mut flag, room);
    batch.write_back();
    statuses.write_back(batch.len())?;
    done.map(|()| flag != 0)
}

/// One of the calls that look for all complete requests: `call(count, handles, found, indices, statuses)`.
#[inline]
fn some(
    requests: &Bound<'_, PyAny>,
    statuses: Option<&Bound<'_, PyAny>>,
    call: impl FnOnce(c_int, *mut MPI_Request, *mut c_int, *mut c_int, *mut MPI_Status) -> PyResult<()>,
) -> PyResult<Option<Vec<c_int>>> {
    let mut batch = Batch::default();
    batch.fill(requests)?;
    let mut statuses = Statuses::new(statuses);
    let room = statuses.room(batch.len())?;
    let mut indices = vec![0; batch.len()];
    let mut found = 0;
    let done = call(batch.count(), batch.handles(), &raw mut found, indices.as_mut_ptr(), room);
    batch.write_back();
    let Ok(found) = usize::try_from(found) else { return done.map(|()| None) };
    statuses.write_back(found)?;
    indices.truncate(found);
    done.map(|()| Some(indices))
}

#[methods]
impl Request {
    /// Wait for any previously initiated request to complete.
    ///
    /// Returns its index, or `UNDEFINED` when no request is active.
    #[classmethod]
    #[pyo3(signature = (requests, status=None))]
    fn Waitany(
        cls: &Bound<'_, PyType>,
        requests: &Bound<'_, PyAny>,
        status: Option<&Bound<'_, Status>>,
    ) -> PyResult<c_int> {
        any(requests, status, |n, handles, index, _, status| {
            mpi!(cls.py(), MPI_Waitany(n, handles, index, status))
        })
        .map(|(index, _)| index)
    }

    /// Test for completion of any previously initiated request.
    ///
    /// Returns its index and True; `UNDEFINED` and True when no request is active; `UNDEFINED` and False when
    /// none is complete.
    #[classmethod]
    #[pyo3(signature = (requests, status=None))]
    fn Testany(
        cls: &Bound<'_, PyType>,
        requests: &Bound<'_, PyAny>,
        status: Option<&Bound<'_, Status>>,
    ) -> PyResult<(c_int, bool)> {
        any(requests, status, |n, handles, index, flag, status| {
            mpi!(cls.py(), MPI_Testany(n, handles, index, flag, status))
        })
    }

    /// Non-destructive test for the completion of any requests; returns as `Testany`.
    #[classmethod]
    #[pyo3(signature = (requests, status=None))]
    pub(crate) fn Get_status_any(
        cls: &Bound<'_, PyType>,
        requests: &Bound<'_, PyAny>,
        status: Option<&Bound<'_, Status>>,
    ) -> PyResult<(c_int, bool)> {
        any(requests, status, |n, handles, index, flag, status| {
            mpi!(cls.py(), MPI_Request_get_status_any(n, handles, index, flag, status))
        })
    }

    /// Wait for all previously initiated requests to complete. Always returns True.
    ///
    /// `statuses`, a list, receives a `Status` for each.
    #[classmethod]
    #[pyo3(signature = (requests, statuses=None))]
    fn Waitall(
        cls: &Bound<'_, PyType>,
        requests: &Bound<'_, PyAny>,
        statuses: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        all(requests, statuses, |n, handles, _, statuses| mpi!(cls.py(), MPI_Waitall(n, handles, statuses)))
            .map(|_| true)
    }

    /// Test for completion of all previously initiated requests.
    ///
    /// `statuses`, a list, receives a `Status` for each.
    #[classmethod]
    #[pyo3(signature = (requests, statuses=None))]
    fn Testall(
        cls: &Bound<'_, PyType>,
        requests: &Bound<'_, PyAny>,
        statuses: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        all(requests, statuses, |n, handles, flag, statuses| {
            mpi!(cls.py(), MPI_Testall(n, handles, flag, statuses))
        })
    }

    /// Non-destructive test for the completion of all requests.
    ///
    /// `statuses`, a list, receives a `Status` for each.
    #[classmethod]
    #[pyo3(signature = (requests, statuses=None))]
    pub(crate) fn Get_status_all(
        cls: &Bound<'_, PyType>,
        requests: &Bound<'_, PyAny>,
        statuses: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        all(requests, statuses, |n, handles, flag, statuses| {
            mpi!(cls.py(), MPI_Request_get_status_all(n, handles, flag, statuses))
        })
    }

    /// Wait for some previously initiated requests to complete.
    ///
    /// Returns the indices of those that are complete, or None when no request is active. `statuses`, a list,
    /// receives a `Status` for each of them, in the same order.
    #[classmethod]
    #[pyo3(signature = (requests, statuses=None))]
    fn Waitsome(
        cls: &Bound<'_, PyType>,
        requests: &Bound<'_, PyAny>,
        statuses: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<Vec<c_int>>> {
        some(requests, statuses, |n, handles, found, indices, statuses| {
            mpi!(cls.py(), MPI_Waitsome(n, handles, found, indices, statuses))
        })
    }

    /// Test for completion of some previously initiated requests; returns as `Waitsome`, and no index when none
    /// is complete.
    #[classmethod]
    #[pyo3(signature = (requests, statuses=None))]
    fn Testsome(
        cls: &Bound<'_, PyType>,
        requests: &Bound<'_, PyAny>,
        statuses: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<Vec<c_int>>> {
        some(requests, statuses, |n, handles, found, indices, statuses| {
            mpi!(cls.py(), MPI_Testsome(n, handles, found, indices, statuses))
        })
    }

    /// Non-destructive test for completion of some requests; returns as `Testsome`.
    #[classmethod]
    #[pyo3(signature = (requests, statuses=None))]
    pub(crate) fn Get_status_some(
        cls: &Bound<'_, PyType>,
        requests: &Bound<'_, PyAny>,
        statuses: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<Vec<c_int>>> {
        some(requests, statuses, |n, handles, found, indices, statuses| {
            mpi!(cls.py(), MPI_Request_get_status_some(n, handles, found, indices, statuses))
        })
    }
}
