//! Completion of one request (MPI 5.0, sections 3.7.3, 3.7.6, 3.8.4).

use pyo3::prelude::*;

use super::{Request, RequestBase};
use crate::call::mpi;
use crate::handle::HandleClass;
use crate::method::methods;
use crate::status::Status;

#[methods]
impl Request {
    /// Wait for a nonblocking operation to complete (MPI 5.0, section 3.7.3).
    ///
    /// Always returns True. The request is null afterwards unless it is persistent.
    #[pyo3(signature = (status=None))]
    #[light]
    fn Wait(slf: &Bound<'_, Self>, status: Option<&Bound<'_, Status>>) -> PyResult<bool> {
        let (request, status) = (Self::handle(slf).address(), Status::address_or_ignore(status));
        let done = mpi!(slf.py(), MPI_Wait(request, status));
        Self::settle(slf);
        done.map(|()| true)
    }

    /// Test for the completion of a nonblocking operation (MPI 5.0, section 3.7.3).
    #[pyo3(signature = (status=None))]
    #[light]
    fn Test(slf: &Bound<'_, Self>, status: Option<&Bound<'_, Status>>) -> PyResult<bool> {
        let (request, status) = (Self::handle(slf).address(), Status::address_or_ignore(status));
        let mut flag = 0;
        let done = mpi!(slf.py(), MPI_Test(request, &raw mut flag, status));
        Self::settle(slf);
        done.map(|()| flag != 0)
    }

    /// Non-destructive test for the completion of a request (MPI 5.0, section 3.7.6).
    #[pyo3(signature = (status=None))]
    #[light]
    pub(crate) fn Get_status(slf: &Bound<'_, Self>, status: Option<&Bound<'_, Status>>) -> PyResult<bool> {
        let (request, status) = (Self::handle(slf).get(), Status::address_or_ignore(status));
        let mut flag = 0;
        mpi!(slf.py(), MPI_Request_get_status(request, &raw mut flag, status))?;
        Ok(flag != 0)
    }

    /// Cancel a request (MPI 5.0, section 3.8.4). It must still be completed.
    #[light]
    pub(crate) fn Cancel(slf: &Bound<'_, Self>) -> PyResult<()> {
        let request = Self::handle(slf).address();
        mpi!(@local slf.py(), MPI_Cancel(request))
    }

    /// Free a communication request (MPI 5.0, section 3.7.3).
    ///
    /// An operation under way goes on. What it needs stays alive as long as this object does.
    #[light]
    fn Free(slf: &Bound<'_, Self>) -> PyResult<()> {
        let request = Self::handle(slf).address();
        mpi!(@local slf.py(), MPI_Request_free(request))
    }

    /// Call `Free` if not null.
    #[light]
    fn free(slf: &Bound<'_, Self>) -> PyResult<()> {
        if Self::handle(slf).get() == RequestBase::null() { Ok(()) } else { Self::Free(slf) }
    }
}
