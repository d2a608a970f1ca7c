//! Collectives with a root: broadcast, gather, scatter (MPI 5.0, sections 6.4 to 6.6).
//!
//! In an intercommunicator the root passes `ROOT`, the others of its group `PROC_NULL`, and those of the remote group
//! the root's rank there. What is not significant at a process may be None.

use pyo3::prelude::*;

use super::description::{Broadcast, Rooted};
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::message::{Message, Vector};
use crate::method::families;

families! { for Comm as comm:
    bcast "broadcast: see `Bcast`" (buf: any, root: int = 0) {
        it: Broadcast = Broadcast::new(comm.get(), &buf, root)?;
        (it.message.address, it.message.count, it.message.datatype, it.root, comm.get().raw())
        /// Broadcast `buf` of the root to all processes (MPI 5.0, section 6.4).
        ///
        /// `buf` is a message of the same size and types everywhere; the root's may be read-only.
        run Bcast = MPI_Bcast_c,
        start Ibcast = MPI_Ibcast_c,
        prepare Bcast_init = MPI_Bcast_init_c,
    }

    gather "gather: see `Gather`" (sendbuf: any, recvbuf: any, root: int = 0) {
        it: Rooted<Message> = Rooted::gather(comm.get(), &sendbuf, &recvbuf, root)?;
        (it.block.address, it.block.count, it.block.datatype,
         it.blocks.address, it.blocks.count, it.blocks.datatype, it.root, comm.get().raw())
        /// Gather one block of each process at the root, in the order of ranks (MPI 5.0, section 6.5).
        ///
        /// `recvbuf` holds one block for each process; a count in it is that of one block. It may be None where this is
        /// not the root. `IN_PLACE` for the root's `sendbuf`: its block is in its place already.
        run Gather = MPI_Gather_c,
        start Igather = MPI_Igather_c,
        prepare Gather_init = MPI_Gather_init_c,
    }

    gatherv "gather of blocks of different sizes: see `Gatherv`" (sendbuf: any, recvbuf: any, root: int = 0) {
        it: Rooted<Vector> = Rooted::gather(comm.get(), &sendbuf, &recvbuf, root)?;
        (it.block.address, it.block.count, it.block.datatype,
         it.blocks.address, it.blocks.counts(), it.blocks.displs(), it.blocks.datatype, it.root, comm.get().raw())
        /// Gather blocks of different sizes at the root (MPI 5.0, section 6.5).
        ///
        /// `recvbuf` is `[data, counts]`, `[data, (counts, displs)]`, either with a datatype after it, or
        /// `[data, counts, displs, datatype]`, in elements of the datatype: an item for each process. Without counts the
        /// memory is divided evenly, without displacements the blocks are packed.
        run Gatherv = MPI_Gatherv_c,
        start Igatherv = MPI_Igatherv_c,
        prepare Gatherv_init = MPI_Gatherv_init_c,
    }

    scatter "scatter: see `Scatter`" (sendbuf: any, recvbuf: any, root: int = 0) {
        it: Rooted<Message> = Rooted::scatter(comm.get(), &sendbuf, &recvbuf, root)?;
        (it.blocks.address, it.blocks.count, it.blocks.datatype,
         it.block.address, it.block.count, it.block.datatype, it.root, comm.get().raw())
        /// Scatter blocks of the root to the processes, in the order of ranks (MPI 5.0, section 6.6).
        ///
        /// `sendbuf` holds one block for each process; a count in it is that of one block. It may be None where this is
        /// not the root. `IN_PLACE` for the root's `recvbuf`: its block stays where it is.
        run Scatter = MPI_Scatter_c,
        start Iscatter = MPI_Iscatter_c,
        prepare Scatter_init = MPI_Scatter_init_c,
    }

    scatterv "scatter of blocks of different sizes: see `Scatterv`" (sendbuf: any, recvbuf: any, root: int = 0) {
        it: Rooted<Vector> = Rooted::scatter(comm.get(), &sendbuf, &recvbuf, root)?;
        (it.blocks.address, it.blocks.counts(), it.blocks.displs(), it.blocks.datatype,
         it.block.address, it.block.count, it.block.datatype, it.root, comm.get().raw())
        /// Scatter blocks of different sizes of the root (MPI 5.0, section 6.6).
        ///
        /// `sendbuf` is as the `recvbuf` of `Gatherv`.
        run Scatterv = MPI_Scatterv_c,
        start Iscatterv = MPI_Iscatterv_c,
        prepare Scatterv_init = MPI_Scatterv_init_c,
    }
}
