//! A send and a receive in one call (MPI 5.0, sections 3.10 and 3.7.2).

use core::ffi::c_int;

use pyo3::prelude::*;

use super::Addressed;
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::message::Message;
use crate::method::families;

/// The two messages of an exchange.
struct Pair {
    send: Addressed,
    recv: Addressed,
}

/// The one message of an exchange in place, where it goes, and where the other one comes from.
struct Replaced {
    message: Message,
    dest: c_int,
    sendtag: c_int,
    source: c_int,
    recvtag: c_int,
}

impl Replaced {
    /// Something moves unless both ends are `MPI_PROC_NULL`.
    fn message(buf: &Bound<'_, PyAny>, dest: c_int, source: c_int) -> PyResult<Message> {
        Message::from(buf, if dest == mpi_api::MPI_PROC_NULL { source } else { dest })
    }
}

families! { for Comm as comm:
    sendrecv "send and receive (MPI 5.0, section 3.7.2)"
    (sendbuf: any, dest: int, sendtag: int = 0, recvbuf: maybe, source: any_source, recvtag: any_tag) {
        it: Pair = Pair {
            send: Addressed::to(&sendbuf, dest, sendtag)?,
            recv: Addressed::from_maybe(comm.py(), recvbuf.as_deref(), source, recvtag)?,
        };
        (it.send.message.address, it.send.message.count, it.send.message.datatype, it.send.rank, it.send.tag,
         it.recv.message.address, it.recv.message.count, it.recv.message.datatype, it.recv.rank, it.recv.tag,
         comm.get().raw())
        /// Send and receive a message (MPI 5.0, section 3.10).
        ///
        /// Guaranteed not to deadlock where pairs of blocking sends and receives may. The two buffers must not
        /// overlap.
        receive Sendrecv = MPI_Sendrecv_c,
        start Isendrecv = MPI_Isendrecv_c,
    }

    sendrecv_replace "send and receive in the same buffer (MPI 5.0, section 3.7.2)"
    (buf: any, dest: int, sendtag: int = 0, source: any_source, recvtag: any_tag) {
        it: Replaced =
            Replaced { message: Replaced::message(&buf, dest, source)?, dest, sendtag, source, recvtag };
        (it.message.address, it.message.count, it.message.datatype, it.dest, it.sendtag, it.source, it.recvtag,
         comm.get().raw())
        /// Send and receive a message in the same buffer (MPI 5.0, section 3.10).
        receive Sendrecv_replace = MPI_Sendrecv_replace_c,
        start Isendrecv_replace = MPI_Isendrecv_replace_c,
    }
}
