//! Receives, blocking, nonblocking and persistent (MPI 5.0, sections 3.2.4, 3.7.2, 3.9).

use pyo3::prelude::*;

use super::Addressed;
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::method::families;

families! { for Comm as comm:
    recv "receive: see `Recv`" (buf: any, source: any_source, tag: any_tag) {
        it: Addressed = Addressed::from(&buf, source, tag)?;
        (it.message.address, it.message.count, it.message.datatype, it.rank, it.tag, comm.get().raw())
        /// Blocking receive (MPI 5.0, section 3.2.4): returns when the message is in `buf`.
        ///
        /// The buffer may be larger than the message: `status.Get_count()` tells what has come.
        receive Recv = MPI_Recv_c,
        start Irecv = MPI_Irecv_c,
        persist Recv_init = MPI_Recv_init_c,
    }
}
