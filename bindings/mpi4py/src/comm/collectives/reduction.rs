//! Reductions (MPI 5.0, sections 6.9 to 6.11).
//!
//! Both buffers have the same count and datatype. `IN_PLACE` for `sendbuf`, or the same object for both: the result
//! replaces what is sent. The operation is `SUM` unless another is given.

use pyo3::prelude::*;

use super::description::Reduction;
use crate::comm::{Comm, Intracomm};
use crate::handle::HandleClass;
use crate::method::families;

families! { for Comm as comm:
    reduce "reduction to the root: see `Reduce`" (sendbuf: any, recvbuf: any, op: op, root: int = 0) {
        it: Reduction = Reduction::to_root(comm.get(), &sendbuf, &recvbuf, op, root)?;
        (it.send.address, it.recv.address, it.count, it.datatype, it.op, it.root, comm.get().raw())
        /// Reduce the elements of all processes to the root (MPI 5.0, section 6.9.1).
        ///
        /// `recvbuf` may be None where this is not the root.
        run Reduce = MPI_Reduce_c,
        start Ireduce = MPI_Ireduce_c,
        prepare Reduce_init = MPI_Reduce_init_c,
    }

    allreduce "reduction to all: see `Allreduce`" (sendbuf: any, recvbuf: any, op: op) {
        it: Reduction = Reduction::to_all(comm.get(), &sendbuf, &recvbuf, op)?;
        (it.send.address, it.recv.address, it.count, it.datatype, it.op, comm.get().raw())
        /// Reduce the elements of all processes, to all (MPI 5.0, section 6.9.6).
        run Allreduce = MPI_Allreduce_c,
        start Iallreduce = MPI_Iallreduce_c,
        prepare Allreduce_init = MPI_Allreduce_init_c,
    }

    reduce_scatter_block "reduction whose result is scattered in equal blocks: see `Reduce_scatter_block`"
    (sendbuf: any, recvbuf: any, op: op) {
        it: Reduction = Reduction::to_blocks(comm.get(), &sendbuf, &recvbuf, op, comm.get().size()?)?;
        (it.send.address, it.recv.address, it.count, it.datatype, it.op, comm.get().raw())
        /// Reduce, then scatter the result in equal blocks (MPI 5.0, section 6.10.1).
        ///
        /// `sendbuf` holds one block for each process; a count in it is that of one block.
        run Reduce_scatter_block = MPI_Reduce_scatter_block_c,
        start Ireduce_scatter_block = MPI_Ireduce_scatter_block_c,
        prepare Reduce_scatter_block_init = MPI_Reduce_scatter_block_init_c,
    }

    reduce_scatter "reduction whose result is scattered: see `Reduce_scatter`"
    (sendbuf: any, recvbuf: any, recvcounts: maybe, op: op) {
        it: Reduction = Reduction::to_counts(comm.get(), &sendbuf, &recvbuf, recvcounts.as_deref(), op)?;
        (it.send.address, it.recv.address, it.counts.as_ptr(), it.datatype, it.op, comm.get().raw())
        /// Reduce, then scatter the result (MPI 5.0, section 6.10.2).
        ///
        /// `recvcounts` is the number of elements for each process; None: as many as each process's `recvbuf` has, for
        /// which the processes ask each other first.
        run Reduce_scatter = MPI_Reduce_scatter_c,
        start Ireduce_scatter = MPI_Ireduce_scatter_c,
        prepare Reduce_scatter_init = MPI_Reduce_scatter_init_c,
    }
}

/// The reductions over the ranks up to each: `Intracomm`'s.
mod prefix {
    #![allow(clippy::wildcard_imports, reason = "a part of the chapter above")]
    use super::*;

    families! { for Comm as comm in Intracomm:
        scan "inclusive scan: see `Scan`" (sendbuf: any, recvbuf: any, op: op) {
            it: Reduction = Reduction::to_all(comm.get(), &sendbuf, &recvbuf, op)?;
            (it.send.address, it.recv.address, it.count, it.datatype, it.op, comm.get().raw())
            /// Inclusive scan: the reduction over the ranks up to this one (MPI 5.0, section 6.11.1).
            run Scan = MPI_Scan_c,
            start Iscan = MPI_Iscan_c,
            prepare Scan_init = MPI_Scan_init_c,
        }

        exscan "exclusive scan: see `Exscan`" (sendbuf: any, recvbuf: any, op: op) {
            it: Reduction = Reduction::to_all(comm.get(), &sendbuf, &recvbuf, op)?;
            (it.send.address, it.recv.address, it.count, it.datatype, it.op, comm.get().raw())
            /// Exclusive scan: the reduction over the ranks before this one, nothing at rank 0 (MPI 5.0, section 6.11.2).
            run Exscan = MPI_Exscan_c,
            start Iexscan = MPI_Iexscan_c,
            prepare Exscan_init = MPI_Exscan_init_c,
        }
    }
}
