//! Going on after the failure of processes (ULFM; no part of MPI 5.0, and not to be had in every library).

use core::ffi::c_int;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::Comm;
use crate::call::mpi;
use crate::group::Group;
use crate::handle::HandleClass;
use crate::message::{Access, Keep, Memory};
use crate::method::methods;
use crate::request::Request;

#[methods]
impl Comm {
    /// Revoke the communicator: all communication in it fails with `ERR_REVOKED`, in all processes. Not collective.
    fn Revoke(&self, py: Python<'_>) -> PyResult<()> {
        mpi!(py, MPIX_Comm_revoke(self.raw()))
    }

    /// Indicate whether the communicator has been revoked.
    fn Is_revoked(&self, py: Python<'_>) -> PyResult<bool> {
        let mut flag = 0;
        mpi!(py, MPIX_Comm_is_revoked(self.raw(), &raw mut flag))?;
        Ok(flag != 0)
    }

    /// Return the group of the processes that are known here to have failed.
    fn Get_failed(&self, py: Python<'_>) -> PyResult<Py<Group>> {
        let mut group = Group::null();
        mpi!(py, MPIX_Comm_get_failed(self.raw(), &raw mut group))?;
        Group::create(py, group)
    }

    /// Acknowledge failures: receives from `ANY_SOURCE` go on without these processes.
    ///
    /// `num_to_ack` is how many of `Get_failed`, all of them by default. Returns how many are acknowledged now.
    #[pyo3(signature = (num_to_ack=None))]
    fn Ack_failed(&self, py: Python<'_>, num_to_ack: Option<c_int>) -> PyResult<c_int> {
        let (wanted, mut acked) = (num_to_ack.map_or_else(|| self.size(), Ok)?, 0);
        mpi!(py, MPIX_Comm_ack_failed(self.raw(), wanted, &raw mut acked))?;
        Ok(acked)
    }

    /// Agree on the bitwise "and" of the flags of all processes that live, even when others fail. Collective.
    ///
    /// In an intercommunicator: of the remote group.
    fn Agree(&self, py: Python<'_>, flag: c_int) -> PyResult<c_int> {
        let mut flag = flag;
        mpi!(py, MPIX_Comm_agree(self.raw(), &raw mut flag))?;
        Ok(flag)
    }

    /// Agree without waiting: `flag` is the memory of one C int, in and out. See `Agree`.
    fn Iagree(&self, flag: &Bound<'_, PyAny>) -> PyResult<Py<Request>> {
        let py = flag.py();
        let memory = Memory::described(flag, Access::Write)?;
        let one = memory.bytes == size_of::<c_int>() as isize;
        if !one || memory.element()?.datatype()?.0 != mpi_api::MPI_INT() {
            return Err(PyValueError::new_err("Iagree: the flag is the memory of one C int"));
        }
        let (address, mut request) = (memory.address.cast(), mpi_api::MPI_REQUEST_NULL());
        mpi!(py, MPIX_Comm_iagree(self.raw(), address, &raw mut request))?;
        Request::create(py, request, Keep::new(py, (memory, mpi_api::scratch::take()))?)
    }

    /// Create a communicator of the processes that have not failed, in their order. Collective over those.
    fn Shrink<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        let mut new = Self::null();
        mpi!(slf.py(), MPIX_Comm_shrink(slf.get().raw(), &raw mut new))?;
        Self::wrap_kin(slf, new)
    }

    /// Shrink without waiting: the new communicator may be used once the request is complete.
    fn Ishrink<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, Self>, Py<Request>)> {
        let py = slf.py();
        let new = Self::wrap_kin(slf, Self::null())?;
        // MPI writes the handle when it is done: into the object, which the request keeps alive.
        let (raw, address) = (slf.get().raw(), new.get().handle_cell().address());
        let mut request = mpi_api::MPI_REQUEST_NULL();
        mpi!(py, MPIX_Comm_ishrink(raw, address, &raw mut request))?;
        let request = Request::create(py, request, Keep::new(py, new.clone().unbind())?)?;
        Ok((new, request))
    }
}
