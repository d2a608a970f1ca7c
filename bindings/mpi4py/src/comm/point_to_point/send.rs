//! Sends in MPI's four modes, blocking, nonblocking and persistent (MPI 5.0, sections 3.4, 3.7.2, 3.9).

use pyo3::prelude::*;

use super::Addressed;
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::method::families;

/// The send modes: each has three methods, with the functions of MPI behind them.
macro_rules! send_modes {
    ($($(#[doc = $doc:literal])* $mode:ident $noun:literal
       $send:ident = $mpi_send:ident, $isend:ident = $mpi_isend:ident, $init:ident = $mpi_init:ident;)*) => {
        families! { for Comm as comm: $(
            $mode $noun (buf: any, dest: int, tag: int = 0) {
                it: Addressed = Addressed::to(&buf, dest, tag)?;
                (it.message.address, it.message.count, it.message.datatype, it.rank, it.tag, comm.get().raw())
                $(#[doc = $doc])*
                run $send = $mpi_send,
                start $isend = $mpi_isend,
                persist $init = $mpi_init,
            }
        )* }
    };
}

send_modes! {
    /// Blocking send (MPI 5.0, section 3.4): it may return at once or wait for the receiver; the buffer may be reused
    /// then.
    ///
    /// `buf` is a buffer or a message specification, `dest` a rank or `PROC_NULL`.
    standard "send: see `Send`"
        Send = MPI_Send_c, Isend = MPI_Isend_c, Send_init = MPI_Send_init_c;
    /// Blocking send in buffered mode (MPI 5.0, section 3.4): it copies the message to the buffer that was attached,
    /// and returns.
    buffered "send in buffered mode: see `Bsend`"
        Bsend = MPI_Bsend_c, Ibsend = MPI_Ibsend_c, Bsend_init = MPI_Bsend_init_c;
    /// Blocking send in synchronous mode (MPI 5.0, section 3.4): it returns when the receiver has started to receive.
    synchronous "send in synchronous mode: see `Ssend`"
        Ssend = MPI_Ssend_c, Issend = MPI_Issend_c, Ssend_init = MPI_Ssend_init_c;
    /// Blocking send in ready mode (MPI 5.0, section 3.4): the receive must have been posted already.
    ready "send in ready mode: see `Rsend`"
        Rsend = MPI_Rsend_c, Irsend = MPI_Irsend_c, Rsend_init = MPI_Rsend_init_c;
}
