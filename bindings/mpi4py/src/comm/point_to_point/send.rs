//! Sends in MPI's four modes, blocking, nonblocking and persistent (MPI 5.0, sections 3.4, 3.7.2, 3.9).

use core::ffi::c_int;

use pyo3::prelude::*;

use crate::call::mpi;
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::message::{Keep, Message};
use crate::request::{Prequest, Request};

/// A send mode: its three methods, each with the function of MPI behind it.
macro_rules! send_mode {
    (
        $mode:literal, $when:literal;
        $send:ident: $mpi_send:ident,
        $isend:ident: $mpi_isend:ident,
        $send_init:ident: $mpi_send_init:ident
    ) => {
        #[pymethods]
        impl Comm {
            #[doc = concat!("Blocking send in ", $mode, " mode (MPI 5.0, section 3.4): ", $when, ".")]
            ///
            /// `buf` is a buffer or a message specification, `dest` a rank or `PROC_NULL`.
            #[pyo3(signature = (buf, dest, tag=0))]
            fn $send(&self, py: Python<'_>, buf: &Bound<'_, PyAny>, dest: c_int, tag: c_int) -> PyResult<()> {
                let message = Message::to(buf, dest)?;
                mpi!(py, $mpi_send(message.address, message.count, message.datatype, dest, tag, self.raw()))
            }

            #[doc = concat!("Nonblocking send in ", $mode, " mode (MPI 5.0, section 3.7.2).")]
            ///
            /// The buffer must not change until the request is complete.
            #[pyo3(signature = (buf, dest, tag=0))]
            fn $isend(&self, py: Python<'_>, buf: &Bound<'_, PyAny>, dest: c_int, tag: c_int) -> PyResult<Py<Request>> {
                let message = Message::to(buf, dest)?;
                let mut request = mpi_api::MPI_REQUEST_NULL();
                let address = &raw mut request;
                mpi!(py, $mpi_isend(message.address, message.count, message.datatype, dest, tag, self.raw(), address))?;
                Request::create(py, request, Keep::new(py, message)?)
            }

            #[doc = concat!("Create a persistent request for a send in ", $mode, " mode (MPI 5.0, section 3.9).")]
            #[pyo3(signature = (buf, dest, tag=0))]
            fn $send_init(&self, py: Python<'_>, buf: &Bound<'_, PyAny>, dest: c_int, tag: c_int) -> PyResult<Py<Prequest>> {
                let message = Message::to(buf, dest)?;
                let mut request = mpi_api::MPI_REQUEST_NULL();
                let address = &raw mut request;
                mpi!(py, $mpi_send_init(message.address, message.count, message.datatype, dest, tag, self.raw(), address))?;
                Prequest::create(py, request, Keep::new(py, message)?)
            }
        }
    };
}

send_mode! {
    "standard", "it may return at once or wait for the receiver, and the buffer may be reused then";
    Send: MPI_Send_c, Isend: MPI_Isend_c, Send_init: MPI_Send_init_c
}
send_mode! {
    "buffered", "it copies the message to the buffer that was attached, and returns";
    Bsend: MPI_Bsend_c, Ibsend: MPI_Ibsend_c, Bsend_init: MPI_Bsend_init_c
}
send_mode! {
    "synchronous", "it returns when the receiver has started to receive";
    Ssend: MPI_Ssend_c, Issend: MPI_Issend_c, Ssend_init: MPI_Ssend_init_c
}
send_mode! {
    "ready", "the receive must have been posted already";
    Rsend: MPI_Rsend_c, Irsend: MPI_Irsend_c, Rsend_init: MPI_Rsend_init_c
}
