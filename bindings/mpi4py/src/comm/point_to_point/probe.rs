//! Probes: what a receive would get (MPI 5.0, section 3.8).

use core::ffi::c_int;

use mpi_api::{MPI_ANY_SOURCE, MPI_ANY_TAG};
use pyo3::prelude::*;

use crate::call::mpi;
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::matched::Matched;
use crate::method::methods;
use crate::status::Status;

#[methods]
impl Comm {
    /// Blocking test for a message (MPI 5.0, section 3.8.1). Always returns True.
    #[light]
    #[pyo3(
        signature = (source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG, status=None),
        text_signature = "($self, source=mpi4py.MPI.ANY_SOURCE, tag=mpi4py.MPI.ANY_TAG, status=None)"
    )]
    pub fn Probe(
        &self,
        py: Python<'_>,
        source: c_int,
        tag: c_int,
        status: Option<&Bound<'_, Status>>,
    ) -> PyResult<bool> {
        let status = Status::address_or_ignore(status);
        mpi!(py, MPI_Probe(source, tag, self.raw(), status)).map(|()| true)
    }

    /// Nonblocking test for a message (MPI 5.0, section 3.8.1).
    #[light]
    #[pyo3(
        signature = (source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG, status=None),
        text_signature = "($self, source=mpi4py.MPI.ANY_SOURCE, tag=mpi4py.MPI.ANY_TAG, status=None)"
    )]
    pub fn Iprobe(
        &self,
        py: Python<'_>,
        source: c_int,
        tag: c_int,
        status: Option<&Bound<'_, Status>>,
    ) -> PyResult<bool> {
        let status = Status::address_or_ignore(status);
        let mut flag = 0;
        let address = &raw mut flag;
        mpi!(py, MPI_Iprobe(source, tag, self.raw(), address, status))?;
        Ok(flag != 0)
    }

    /// Blocking test for a matched message (MPI 5.0, section 3.8.2), which only the object returned can receive.
    #[light]
    #[pyo3(
        signature = (source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG, status=None),
        text_signature = "($self, source=mpi4py.MPI.ANY_SOURCE, tag=mpi4py.MPI.ANY_TAG, status=None)"
    )]
    fn Mprobe(
        &self,
        py: Python<'_>,
        source: c_int,
        tag: c_int,
        status: Option<&Bound<'_, Status>>,
    ) -> PyResult<Py<Matched>> {
        let status = Status::address_or_ignore(status);
        let mut message = mpi_api::MPI_MESSAGE_NULL();
        let address = &raw mut message;
        mpi!(py, MPI_Mprobe(source, tag, self.raw(), address, status))?;
        Matched::create(py, message)
    }

    /// Nonblocking test for a matched message; None when there is none.
    #[light]
    #[pyo3(
        signature = (source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG, status=None),
        text_signature = "($self, source=mpi4py.MPI.ANY_SOURCE, tag=mpi4py.MPI.ANY_TAG, status=None)"
    )]
    fn Improbe(
        &self,
        py: Python<'_>,
        source: c_int,
        tag: c_int,
        status: Option<&Bound<'_, Status>>,
    ) -> PyResult<Option<Py<Matched>>> {
        let status = Status::address_or_ignore(status);
        let (mut message, mut flag) = (mpi_api::MPI_MESSAGE_NULL(), 0);
        let (address, found) = (&raw mut message, &raw mut flag);
        mpi!(py, MPI_Improbe(source, tag, self.raw(), found, address, status))?;
        (flag != 0).then(|| Matched::create(py, message)).transpose()
    }
}
