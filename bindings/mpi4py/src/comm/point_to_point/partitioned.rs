//! Partitioned messages (MPI 5.0, chapter 4).

use core::ffi::c_int;

use pyo3::prelude::*;

use super::Addressed;
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::message::{Access, Message};
use crate::method::families;

/// A message of equal partitions that lie side by side; what it says of the count is that of one.
struct Partitioned {
    one: Addressed,
    partitions: c_int,
}

impl Partitioned {
    fn new(
        buf: &Bound<'_, PyAny>,
        access: Access,
        partitions: c_int,
        rank: c_int,
        tag: c_int,
    ) -> PyResult<Self> {
        let message = if rank == mpi_api::MPI_PROC_NULL {
            Message::empty()
        } else {
            Message::parse(buf, access, partitions as isize)?
        };
        Ok(Self { one: Addressed { message, rank, tag }, partitions })
    }
}

families! { for Comm as comm:
    psend "a partitioned send" (buf: any, partitions: int, dest: int, tag: int = 0) {
        it: Partitioned = Partitioned::new(&buf, Access::Read, partitions, dest, tag)?;
        (it.one.message.address, it.partitions, it.one.message.count, it.one.message.datatype, it.one.rank,
         it.one.tag, comm.get().raw())
        /// Create a request for a partitioned send operation (MPI 5.0, section 4.2.1).
        ///
        /// A count in `buf` is that of one partition. `Prequest.Pready` releases each.
        prepare Psend_init = MPI_Psend_init,
    }

    precv "a partitioned receive" (buf: any, partitions: int, source: any_source, tag: any_tag) {
        it: Partitioned = Partitioned::new(&buf, Access::Write, partitions, source, tag)?;
        (it.one.message.address, it.partitions, it.one.message.count, it.one.message.datatype, it.one.rank,
         it.one.tag, comm.get().raw())
        /// Create a request for a partitioned receive operation (MPI 5.0, section 4.2.1).
        ///
        /// A count in `buf` is that of one partition. `Prequest.Parrived` asks for each.
        prepare Precv_init = MPI_Precv_init,
    }
}
