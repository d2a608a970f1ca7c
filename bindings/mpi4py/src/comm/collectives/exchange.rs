//! Collectives in which all send and all receive (MPI 5.0, sections 6.7 and 6.8).
//!
//! In an intercommunicator the blocks are those of the remote group.

use pyo3::prelude::*;

use super::description::Exchange;
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::message::{General, Message, Vector};
use crate::method::families;

families! { for Comm as comm:
    allgather "allgather: see `Allgather`" (sendbuf: any, recvbuf: any) {
        it: Exchange<Message, Message> = Exchange::one_to_all(comm.get(), &sendbuf, &recvbuf)?;
        (it.send.address, it.send.count, it.send.datatype,
         it.recv.address, it.recv.count, it.recv.datatype, comm.get().raw())
        /// Gather one block of each process at all of them (MPI 5.0, section 6.7).
        ///
        /// `recvbuf` holds one block for each process; a count in it is that of one block. `IN_PLACE` for `sendbuf`: the
        /// block of this process is in its place already.
        run Allgather = MPI_Allgather_c,
        start Iallgather = MPI_Iallgather_c,
        prepare Allgather_init = MPI_Allgather_init_c,
    }

    allgatherv "allgather of blocks of different sizes: see `Allgatherv`" (sendbuf: any, recvbuf: any) {
        it: Exchange<Message, Vector> = Exchange::one_to_all(comm.get(), &sendbuf, &recvbuf)?;
        (it.send.address, it.send.count, it.send.datatype,
         it.recv.address, it.recv.counts(), it.recv.displs(), it.recv.datatype, comm.get().raw())
        /// Gather blocks of different sizes at all processes (MPI 5.0, section 6.7).
        ///
        /// `recvbuf` is as that of `Gatherv`.
        run Allgatherv = MPI_Allgatherv_c,
        start Iallgatherv = MPI_Iallgatherv_c,
        prepare Allgatherv_init = MPI_Allgatherv_init_c,
    }

    alltoall "all-to-all exchange: see `Alltoall`" (sendbuf: any, recvbuf: any) {
        it: Exchange<Message, Message> = Exchange::each_to_each(comm.get(), &sendbuf, &recvbuf)?;
        (it.send.address, it.send.count, it.send.datatype,
         it.recv.address, it.recv.count, it.recv.datatype, comm.get().raw())
        /// Send a block to each process and receive one from each (MPI 5.0, section 6.8).
        ///
        /// Both buffers hold one block for each process; a count is that of one block. `IN_PLACE` for `sendbuf`: what is
        /// received replaces what is sent.
        run Alltoall = MPI_Alltoall_c,
        start Ialltoall = MPI_Ialltoall_c,
        prepare Alltoall_init = MPI_Alltoall_init_c,
    }

    alltoallv "all-to-all exchange of blocks of different sizes: see `Alltoallv`" (sendbuf: any, recvbuf: any) {
        it: Exchange<Vector, Vector> = Exchange::each_to_each(comm.get(), &sendbuf, &recvbuf)?;
        (it.send.address, it.send.counts(), it.send.displs(), it.send.datatype,
         it.recv.address, it.recv.counts(), it.recv.displs(), it.recv.datatype, comm.get().raw())
        /// Exchange blocks of different sizes between all processes (MPI 5.0, section 6.8).
        ///
        /// Both buffers are as the `recvbuf` of `Gatherv`.
        run Alltoallv = MPI_Alltoallv_c,
        start Ialltoallv = MPI_Ialltoallv_c,
        prepare Alltoallv_init = MPI_Alltoallv_init_c,
    }

    alltoallw "all-to-all exchange of blocks of different datatypes: see `Alltoallw`" (sendbuf: any, recvbuf: any) {
        it: Exchange<General, General> = Exchange::each_to_each(comm.get(), &sendbuf, &recvbuf)?;
        (it.send.address, it.send.counts(), it.send.displs(), it.send.datatypes(),
         it.recv.address, it.recv.counts(), it.recv.displs(), it.recv.datatypes(), comm.get().raw())
        /// Exchange blocks of different sizes and datatypes between all processes (MPI 5.0, section 6.8).
        ///
        /// Both buffers are `[data, counts, displs, datatypes]`, `[data, (counts, displs), datatypes]`, or
        /// `[data, datatypes]` for one element each; an item for each process, displacements in bytes.
        run Alltoallw = MPI_Alltoallw_c,
        start Ialltoallw = MPI_Ialltoallw_c,
        prepare Alltoallw_init = MPI_Alltoallw_init_c,
    }
}
