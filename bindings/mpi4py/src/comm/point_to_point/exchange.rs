//! A send and a receive in one call (MPI 5.0, sections 3.10 and 3.7.2).

use core::ffi::c_int;

use mpi_api::{MPI_ANY_SOURCE, MPI_ANY_TAG};
use pyo3::prelude::*;

use crate::call::mpi;
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::message::{Keep, Message};
use crate::request::Request;
use crate::status::Status;

/// The two messages of an exchange.
struct Pair {
    send: Message,
    recv: Message,
}

impl Pair {
    fn parse(
        sendbuf: &Bound<'_, PyAny>,
        dest: c_int,
        recvbuf: Option<&Bound<'_, PyAny>>,
        source: c_int,
    ) -> PyResult<Self> {
        let none = sendbuf.py().None().into_bound(sendbuf.py());
        Ok(Self { send: Message::to(sendbuf, dest)?, recv: Message::from(recvbuf.unwrap_or(&none), source)? })
    }
}

/// The one message of an exchange in place: something moves unless both ends are `MPI_PROC_NULL`.
fn replaced(buf: &Bound<'_, PyAny>, dest: c_int, source: c_int) -> PyResult<Message> {
    let rank = if dest == mpi_api::MPI_PROC_NULL { source } else { dest };
    Message::from(buf, rank)
}

#[pymethods]
impl Comm {
    /// Send and receive a message (MPI 5.0, section 3.10).
    ///
    /// Guaranteed not to deadlock where pairs of blocking sends and receives may. The two buffers must not
    /// overlap.
    #[pyo3(
        signature = (sendbuf, dest, sendtag=0, recvbuf=None, source=MPI_ANY_SOURCE, recvtag=MPI_ANY_TAG, status=None),
        text_signature = "($self, sendbuf, dest, sendtag=0, recvbuf=None, source=mpi4py.MPI.ANY_SOURCE, recvtag=mpi4py.MPI.ANY_TAG, status=None)"
    )]
    fn Sendrecv(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        dest: c_int,
        sendtag: c_int,
        recvbuf: Option<&Bound<'_, PyAny>>,
        source: c_int,
        recvtag: c_int,
        status: Option<&Bound<'_, Status>>,
    ) -> PyResult<()> {
        let Pair { send, recv } = Pair::parse(sendbuf, dest, recvbuf, source)?;
        let status = Status::address_or_ignore(status);
        mpi!(
            py,
            MPI_Sendrecv_c(
                send.address,
                send.count,
                send.datatype,
                dest,
                sendtag, //
                recv.address,
                recv.count,
                recv.datatype,
                source,
                recvtag, //
                self.raw(),
                status
            )
        )
    }

    /// Send and receive a message in the same buffer (MPI 5.0, section 3.10).
    #[pyo3(
        signature = (buf, dest, sendtag=0, source=MPI_ANY_SOURCE, recvtag=MPI_ANY_TAG, status=None),
        text_signature = "($self, buf, dest, sendtag=0, source=mpi4py.MPI.ANY_SOURCE, recvtag=mpi4py.MPI.ANY_TAG, status=None)"
    )]
    fn Sendrecv_replace(
        &self,
        py: Python<'_>,
        buf: &Bound<'_, PyAny>,
        dest: c_int,
        sendtag: c_int,
        source: c_int,
        recvtag: c_int,
        status: Option<&Bound<'_, Status>>,
    ) -> PyResult<()> {
        let message = replaced(buf, dest, source)?;
        let (comm, status) = (self.raw(), Status::address_or_ignore(status));
        let (address, count, datatype) = (message.address, message.count, message.datatype);
        mpi!(
            py,
            MPI_Sendrecv_replace_c(address, count, datatype, dest, sendtag, source, recvtag, comm, status)
        )
    }

    /// Nonblocking send and receive (MPI 5.0, section 3.7.2).
    #[pyo3(
        signature = (sendbuf, dest, sendtag=0, recvbuf=None, source=MPI_ANY_SOURCE, recvtag=MPI_ANY_TAG),
        text_signature = "($self, sendbuf, dest, sendtag=0, recvbuf=None, source=mpi4py.MPI.ANY_SOURCE, recvtag=mpi4py.MPI.ANY_TAG)"
    )]
    fn Isendrecv(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        dest: c_int,
        sendtag: c_int,
        recvbuf: Option<&Bound<'_, PyAny>>,
        source: c_int,
        recvtag: c_int,
    ) -> PyResult<Py<Request>> {
        let pair = Pair::parse(sendbuf, dest, recvbuf, source)?;
        let Pair { send, recv } = &pair;
        let mut request = mpi_api::MPI_REQUEST_NULL();
        let address = &raw mut request;
        mpi!(
            py,
            MPI_Isendrecv_c(
                send.address,
                send.count,
                send.datatype,
                dest,
                sendtag, //
                recv.address,
                recv.count,
                recv.datatype,
                source,
                recvtag, //
                self.raw(),
                address
            )
        )?;
        Request::create(py, request, Keep::new(py, pair)?)
    }

    /// Nonblocking send and receive in the same buffer (MPI 5.0, section 3.7.2).
    #[pyo3(
        signature = (buf, dest, sendtag=0, source=MPI_ANY_SOURCE, recvtag=MPI_ANY_TAG),
        text_signature = "($self, buf, dest, sendtag=0, source=mpi4py.MPI.ANY_SOURCE, recvtag=mpi4py.MPI.ANY_TAG)"
    )]
    fn Isendrecv_replace(
        &self,
        py: Python<'_>,
        buf: &Bound<'_, PyAny>,
        dest: c_int,
        sendtag: c_int,
        source: c_int,
        recvtag: c_int,
    ) -> PyResult<Py<Request>> {
        let message = replaced(buf, dest, source)?;
        let mut request = mpi_api::MPI_REQUEST_NULL();
        let (comm, new) = (self.raw(), &raw mut request);
        let (address, count, datatype) = (message.address, message.count, message.datatype);
        mpi!(
            py,
            MPI_Isendrecv_replace_c(address, count, datatype, dest, sendtag, source, recvtag, comm, new)
        )?;
        Request::create(py, request, Keep::new(py, message)?)
    }
}
