//! Receives, blocking, nonblocking and persistent (MPI 5.0, sections 3.2.4, 3.7.2, 3.9).

use core::ffi::c_int;

use mpi_api::{MPI_ANY_SOURCE, MPI_ANY_TAG};
use pyo3::prelude::*;

use crate::call::mpi;
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::message::{Keep, Message};
use crate::request::{Prequest, Request};
use crate::status::Status;

#[pymethods]
impl Comm {
    /// Blocking receive (MPI 5.0, section 3.2.4): returns when the message is in `buf`.
    ///
    /// The buffer may be larger than the message: `status.Get_count()` tells what has come.
    #[pyo3(
        signature = (buf, source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG, status=None),
        text_signature = "($self, buf, source=mpi4py.MPI.ANY_SOURCE, tag=mpi4py.MPI.ANY_TAG, status=None)"
    )]
    fn Recv(
        &self,
        py: Python<'_>,
        buf: &Bound<'_, PyAny>,
        source: c_int,
        tag: c_int,
        status: Option<&Bound<'_, Status>>,
    ) -> PyResult<()> {
        let message = Message::from(buf, source)?;
        let status = Status::address_or_ignore(status);
        mpi!(
            py,
            MPI_Recv_c(message.address, message.count, message.datatype, source, tag, self.raw(), status)
        )
    }

    /// Nonblocking receive (MPI 5.0, section 3.7.2).
    ///
    /// The buffer must not be looked at until the request is complete.
    #[pyo3(
        signature = (buf, source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG),
        text_signature = "($self, buf, source=mpi4py.MPI.ANY_SOURCE, tag=mpi4py.MPI.ANY_TAG)"
    )]
    fn Irecv(
        &self,
        py: Python<'_>,
        buf: &Bound<'_, PyAny>,
        source: c_int,
        tag: c_int,
    ) -> PyResult<Py<Request>> {
        let message = Message::from(buf, source)?;
        let mut request = mpi_api::MPI_REQUEST_NULL();
        let address = &raw mut request;
        mpi!(
            py,
            MPI_Irecv_c(message.address, message.count, message.datatype, source, tag, self.raw(), address)
        )?;
        Request::create(py, request, Keep::new(py, message)?)
    }

    /// Create a persistent request for a receive (MPI 5.0, section 3.9).
    #[pyo3(
        signature = (buf, source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG),
        text_signature = "($self, buf, source=mpi4py.MPI.ANY_SOURCE, tag=mpi4py.MPI.ANY_TAG)"
    )]
    fn Recv_init(
        &self,
        py: Python<'_>,
        buf: &Bound<'_, PyAny>,
        source: c_int,
        tag: c_int,
    ) -> PyResult<Py<Prequest>> {
        let message = Message::from(buf, source)?;
        let mut request = mpi_api::MPI_REQUEST_NULL();
        let address = &raw mut request;
        mpi!(
            py,
            MPI_Recv_init_c(
                message.address,
                message.count,
                message.datatype,
                source,
                tag,
                self.raw(),
                address
            )
        )?;
        Prequest::create(py, request, Keep::new(py, message)?)
    }
}
