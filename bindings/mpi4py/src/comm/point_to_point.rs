//! Point-to-point messages in buffers (MPI 5.0, chapter 3).

use core::ffi::c_int;

use mpi_api::{MPI_ANY_SOURCE, MPI_ANY_TAG};
use pyo3::prelude::*;

use super::Comm;
use crate::call::mpi;
use crate::handle::HandleClass;
use crate::message::{Keep, Message};
use crate::request::Request;
use crate::status::Status;

#[pymethods]
impl Comm {
    /// Blocking send (MPI 5.0, section 3.2.1): returns when `buf` may be reused.
    ///
    /// `buf` is a buffer or a message specification, `dest` a rank or `PROC_NULL`.
    #[pyo3(signature = (buf, dest, tag=0))]
    fn Send(&self, py: Python<'_>, buf: &Bound<'_, PyAny>, dest: c_int, tag: c_int) -> PyResult<()> {
        let message = Message::to(buf, dest)?;
        mpi!(py, MPI_Send_c(message.address, message.count, message.datatype, dest, tag, self.raw()))
    }

    /// Blocking receive (MPI 5.0, section 3.2.4).
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

    /// Nonblocking send (MPI 5.0, section 3.7.2).
    #[pyo3(signature = (buf, dest, tag=0))]
    fn Isend(
        &self,
        py: Python<'_>,
        buf: &Bound<'_, PyAny>,
        dest: c_int,
        tag: c_int,
    ) -> PyResult<Py<Request>> {
        let message = Message::to(buf, dest)?;
        let mut request = mpi_api::MPI_REQUEST_NULL();
        mpi!(
            py,
            MPI_Isend_c(
                message.address,
                message.count,
                message.datatype,
                dest,
                tag,
                self.raw(),
                &raw mut request
            )
        )?;
        Request::create(py, request, Keep::new(py, message)?)
    }
}
