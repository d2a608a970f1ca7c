//! `send`, `recv` and their kin.

use core::ffi::{c_int, c_void};

use mpi_api::types::{MPI_Comm, MPI_Count, MPI_Datatype, MPI_Message, MPI_Request, MPI_Status};
use mpi_api::{MPI_ANY_SOURCE, MPI_ANY_TAG};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::request::PickledReceive;
use super::{Incoming, Outgoing};
use crate::call::{check, local, mpi, released};
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::lifecycle::options;
use crate::message::{Access, Keep, Memory};
use crate::method::methods;
use crate::owned::discard;
use crate::request::Request;
use crate::status::{self, Status};

type SendFunction = unsafe fn(*const c_void, MPI_Count, MPI_Datatype, c_int, c_int, MPI_Comm) -> c_int;
type IsendFunction =
    unsafe fn(*const c_void, MPI_Count, MPI_Datatype, c_int, c_int, MPI_Comm, *mut MPI_Request) -> c_int;

impl Comm {
    /// Serializes and sends, in the mode that `function` is of.
    #[inline]
    fn send_object(
        &self,
        object: &Bound<'_, PyAny>,
        dest: c_int,
        tag: c_int,
        function: SendFunction,
    ) -> PyResult<()> {
        let message = Outgoing::to(object, dest)?;
        let (comm, byte) = (self.raw(), mpi_api::MPI_BYTE());
        check(released(object.py(), || {
            // SAFETY: the message's bytes live until the call returns.
            unsafe { function(message.address, message.count, byte, dest, tag, comm) }
        }))
    }

    /// Serializes and starts to send, in the mode that `function` is of.
    fn isend_object(
        &self,
        object: &Bound<'_, PyAny>,
        dest: c_int,
        tag: c_int,
        function: IsendFunction,
    ) -> PyResult<Py<Request>> {
        let py = object.py();
        let message = Outgoing::to(object, dest)?;
        let (comm, byte) = (self.raw(), mpi_api::MPI_BYTE());
        let mut request = mpi_api::MPI_REQUEST_NULL();
        let address: *mut MPI_Request = &raw mut request;
        check(local(py, || {
            // SAFETY: the request keeps the message's bytes.
            unsafe { function(message.address, message.count, byte, dest, tag, comm, address) }
        }))?;
        Request::create(py, request, Keep::new(py, message)?)
    }

    /// Receives the next matching message, of whatever size, and deserializes it.
    fn recv_object<'py>(
        &self,
        py: Python<'py>,
        source: c_int,
        tag: c_int,
        status: *mut MPI_Status,
    ) -> PyResult<Bound<'py, PyAny>> {
        if source == mpi_api::MPI_PROC_NULL {
            mpi!(
                py,
                MPI_Recv_c(core::ptr::null_mut(), 0, mpi_api::MPI_BYTE(), source, tag, self.raw(), status)
            )?;
            return Ok(py.None().into_bound(py));
        }
        let mut found = status::empty();
        if options().recv_mprobe {
            let mut message = mpi_api::MPI_MESSAGE_NULL();
            mpi!(py, MPI_Mprobe(source, tag, self.raw(), &raw mut message, &raw mut found))?;
            return recv_matched(py, &raw mut message, &found, status);
        }
        mpi!(py, MPI_Probe(source, tag, self.raw(), &raw mut found))?;
        let incoming = Incoming::passing(py, count(&found)?)?;
        let (address, bytes, byte) = (incoming.address, incoming.count, mpi_api::MPI_BYTE());
        mpi!(py, MPI_Recv_c(address, bytes, byte, found.MPI_SOURCE, found.MPI_TAG, self.raw(), status))?;
        incoming.loads_only(py)
    }
}

/// The size in bytes of the message that `status` tells of.
pub(super) fn count(status: &MPI_Status) -> PyResult<MPI_Count> {
    let mut count = 0;
    mpi!(MPI_Get_count_c(&raw const *status, mpi_api::MPI_BYTE(), &raw mut count))?;
    Ok(count)
}

/// Receives a matched message, which `found` tells of, and deserializes it.
pub(super) fn recv_matched<'py>(
    py: Python<'py>,
    message: *mut MPI_Message,
    found: &MPI_Status,
    status: *mut MPI_Status,
) -> PyResult<Bound<'py, PyAny>> {
    let incoming = Incoming::passing(py, count(found)?)?;
    mpi!(py, MPI_Mrecv_c(incoming.address, incoming.count, mpi_api::MPI_BYTE(), message, status))?;
    incoming.loads_only(py)
}

#[methods]
impl Comm {
    /// Send an object in standard mode.
    #[pyo3(signature = (obj, dest, tag=0))]
    #[light]
    fn send(&self, obj: &Bound<'_, PyAny>, dest: c_int, tag: c_int) -> PyResult<()> {
        self.send_object(obj, dest, tag, mpi_api::MPI_Send_c)
    }

    /// Send an object in buffered mode.
    #[pyo3(signature = (obj, dest, tag=0))]
    #[light]
    fn bsend(&self, obj: &Bound<'_, PyAny>, dest: c_int, tag: c_int) -> PyResult<()> {
        self.send_object(obj, dest, tag, mpi_api::MPI_Bsend_c)
    }

    /// Send an object in synchronous mode: returns when the receive has started.
    #[pyo3(signature = (obj, dest, tag=0))]
    #[light]
    fn ssend(&self, obj: &Bound<'_, PyAny>, dest: c_int, tag: c_int) -> PyResult<()> {
        self.send_object(obj, dest, tag, mpi_api::MPI_Ssend_c)
    }

    /// Start to send an object in standard mode.
    #[pyo3(signature = (obj, dest, tag=0))]
    #[light]
    fn isend(&self, obj: &Bound<'_, PyAny>, dest: c_int, tag: c_int) -> PyResult<Py<Request>> {
        self.isend_object(obj, dest, tag, mpi_api::MPI_Isend_c)
    }

    /// Start to send an object in buffered mode.
    #[pyo3(signature = (obj, dest, tag=0))]
    #[light]
    fn ibsend(&self, obj: &Bound<'_, PyAny>, dest: c_int, tag: c_int) -> PyResult<Py<Request>> {
        self.isend_object(obj, dest, tag, mpi_api::MPI_Ibsend_c)
    }

    /// Start to send an object in synchronous mode.
    #[pyo3(signature = (obj, dest, tag=0))]
    #[light]
    fn issend(&self, obj: &Bound<'_, PyAny>, dest: c_int, tag: c_int) -> PyResult<Py<Request>> {
        self.isend_object(obj, dest, tag, mpi_api::MPI_Issend_c)
    }

    /// Receive an object, of whatever size.
    ///
    /// `buf` (deprecated) is writable memory to receive the pickled bytes in, or its size in bytes.
    #[pyo3(
        signature = (buf=None, source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG, status=None),
        text_signature = "($self, buf=None, source=mpi4py.MPI.ANY_SOURCE, tag=mpi4py.MPI.ANY_TAG, status=None)"
    )]
    #[light]
    fn recv<'py>(
        &self,
        py: Python<'py>,
        buf: Option<&Bound<'py, PyAny>>,
        source: c_int,
        tag: c_int,
        status: Option<&Bound<'py, Status>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(buffer) = buf else {
            return self.recv_object(py, source, tag, Status::address_or_ignore(status));
        };
        deprecated_buffer(py)?;
        let room = PickledReceive::new(py, Some(buffer), source == mpi_api::MPI_PROC_NULL)?;
        let mut found = status::empty();
        let ((address, bytes), byte) = (room.memory(), mpi_api::MPI_BYTE());
        mpi!(py, MPI_Recv_c(address, bytes, byte, source, tag, self.raw(), &raw mut found))?;
        if let Some(status) = status {
            status.get().set(found);
        }
        room.loads(py, count(&found)?)
    }

    /// Start to receive an object. The request's `wait` and `test` return it.
    ///
    /// A pickled message may have at most `mpi4py.rc.irecv_bufsz` bytes (32768), or as many as `buf`, a size or
    /// writable memory.
    #[pyo3(
        signature = (buf=None, source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG),
        text_signature = "($self, buf=None, source=mpi4py.MPI.ANY_SOURCE, tag=mpi4py.MPI.ANY_TAG)"
    )]
    fn irecv(
        &self,
        py: Python<'_>,
        buf: Option<&Bound<'_, PyAny>>,
        source: c_int,
        tag: c_int,
    ) -> PyResult<Py<Request>> {
        let receive = PickledReceive::new(py, buf, source == mpi_api::MPI_PROC_NULL)?;
        let (address, bytes) = receive.memory();
        let keep = Py::new(py, receive)?.into_any();
        let mut request = mpi_api::MPI_REQUEST_NULL();
        mpi!(
            py,
            MPI_Irecv_c(address, bytes, mpi_api::MPI_BYTE(), source, tag, self.raw(), &raw mut request)
        )?;
        Request::create(py, request, keep)
    }

    /// Send an object and receive one.
    #[pyo3(
        signature = (sendobj, dest, sendtag=0, recvbuf=None, source=MPI_ANY_SOURCE, recvtag=MPI_ANY_TAG, status=None),
        text_signature = "($self, sendobj, dest, sendtag=0, recvbuf=None, source=mpi4py.MPI.ANY_SOURCE, \
                          recvtag=mpi4py.MPI.ANY_TAG, status=None)"
    )]
    #[light]
    fn sendrecv<'py>(
        &self,
        py: Python<'py>,
        sendobj: &Bound<'py, PyAny>,
        dest: c_int,
        sendtag: c_int,
        recvbuf: Option<&Bound<'py, PyAny>>,
        source: c_int,
        recvtag: c_int,
        status: Option<&Bound<'py, Status>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let message = Outgoing::to(sendobj, dest)?;
        let mut request = mpi_api::MPI_REQUEST_NULL();
        let (address, bytes, byte) = (message.address, message.count, mpi_api::MPI_BYTE());
        mpi!(py, MPI_Isend_c(address, bytes, byte, dest, sendtag, self.raw(), &raw mut request))?;
        let received = self.recv(py, recvbuf, source, recvtag, status);
        // The send is under way whatever became of the receive: its bytes must live until it is done.
        mpi!(py, MPI_Wait(&raw mut request, mpi_api::MPI_STATUS_IGNORE()))?;
        received
    }
}

/// The memory a caller gave to receive pickled bytes in.
pub(super) fn receive_memory(buffer: &Bound<'_, PyAny>) -> PyResult<Memory> {
    Memory::borrow(buffer, Access::Write).map_err(|error| {
        let text = error.value(buffer.py()).to_string();
        discard(error);
        PyTypeError::new_err(format!("recv: 'buf' is writable memory for the pickled bytes, or None: {text}"))
    })
}

/// Warns that memory for `recv` is of no use any more.
fn deprecated_buffer(py: Python<'_>) -> PyResult<()> {
    let warning = py.get_type::<pyo3::exceptions::PyUserWarning>();
    PyErr::warn(py, &warning, c"the 'buf' argument is deprecated", 1)
}
