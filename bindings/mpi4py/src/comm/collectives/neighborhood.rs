//! Collectives between the neighbours of a topology (MPI 5.0, sections 8.6 to 8.8).
//!
//! Blocks are one for each neighbour, in the order of `Topocomm.inoutedges`: in a grid the one behind and the one ahead
//! along each dimension. What a neighbour that is not there, beyond the end of a grid, would send or receive keeps its
//! place and is not touched.

use core::ffi::c_int;

use pyo3::prelude::*;

use super::description::Exchange;
use crate::comm::{Topocomm, degrees};
use crate::handle::HandleClass;
use crate::message::{Access, Describe, General, Message, Vector};
use crate::method::families;

/// One block to all neighbours, and one from each.
fn to_all<R: Describe>(
    comm: &Bound<'_, Topocomm>,
    sendbuf: &Bound<'_, PyAny>,
    recvbuf: &Bound<'_, PyAny>,
) -> PyResult<Exchange<Message, R>> {
    let (sources, _) = degrees(Topocomm::comm(comm))?;
    exchange(sendbuf, recvbuf, 1, sources)
}

/// One block to each neighbour, and one from each.
fn to_each<M: Describe>(
    comm: &Bound<'_, Topocomm>,
    sendbuf: &Bound<'_, PyAny>,
    recvbuf: &Bound<'_, PyAny>,
) -> PyResult<Exchange<M, M>> {
    let (sources, destinations) = degrees(Topocomm::comm(comm))?;
    exchange(sendbuf, recvbuf, destinations, sources)
}

fn exchange<S: Describe, R: Describe>(
    sendbuf: &Bound<'_, PyAny>,
    recvbuf: &Bound<'_, PyAny>,
    sent: c_int,
    received: c_int,
) -> PyResult<Exchange<S, R>> {
    let send = S::parse(sendbuf, Access::Read, sent as isize)?;
    Ok(Exchange { send, recv: R::parse(recvbuf, Access::Write, received as isize)? })
}

/// [`to_all`] of equal blocks.
fn equal_to_all(
    comm: &Bound<'_, Topocomm>,
    sendbuf: &Bound<'_, PyAny>,
    recvbuf: &Bound<'_, PyAny>,
) -> PyResult<Exchange<Message, Message>> {
    let (sources, _) = degrees(Topocomm::comm(comm))?;
    let mut it = exchange::<Message, Message>(sendbuf, recvbuf, 1, sources)?;
    if sources == 0 {
        stand_in(&mut it.recv, &it.send);
    }
    Ok(it)
}

/// [`to_each`] of equal blocks.
fn equal_to_each(
    comm: &Bound<'_, Topocomm>,
    sendbuf: &Bound<'_, PyAny>,
    recvbuf: &Bound<'_, PyAny>,
) -> PyResult<Exchange<Message, Message>> {
    let (sources, destinations) = degrees(Topocomm::comm(comm))?;
    let mut it = exchange::<Message, Message>(sendbuf, recvbuf, destinations, sources)?;
    if sources == 0 {
        stand_in(&mut it.recv, &it.send);
    } else if destinations == 0 {
        stand_in(&mut it.send, &it.recv);
    }
    Ok(it)
}

/// Describes blocks for nobody as those of the other side are.
///
/// All processes must pass equal counts, and memory for no blocks does not say what a block is. Open MPI does nothing
/// at all for a process that says it receives nothing: whom it should send to would wait forever.
fn stand_in(none: &mut Message, other: &Message) {
    (none.count, none.datatype) = (other.count, other.datatype);
    if none.address.is_null() {
        // Never followed; null would be an error with a count.
        none.address = core::ptr::dangling_mut::<u64>().cast();
    }
}

families! { for Topocomm as comm:
    neighbor_allgather "neighbor allgather: see `Neighbor_allgather`" (sendbuf: any, recvbuf: any) {
        it: Exchange<Message, Message> = equal_to_all(comm, &sendbuf, &recvbuf)?;
        (it.send.address, it.send.count, it.send.datatype,
         it.recv.address, it.recv.count, it.recv.datatype, Topocomm::comm(comm).raw())
        /// Send a block to all neighbors, and gather one from each (MPI 5.0, section 8.6.1).
        ///
        /// `recvbuf` holds one block for each neighbor; a count in it is that of one block.
        run Neighbor_allgather = MPI_Neighbor_allgather_c,
        start Ineighbor_allgather = MPI_Ineighbor_allgather_c,
        prepare Neighbor_allgather_init = MPI_Neighbor_allgather_init_c,
    }

    neighbor_allgatherv "neighbor allgather of blocks of different sizes: see `Neighbor_allgatherv`"
    (sendbuf: any, recvbuf: any) {
        it: Exchange<Message, Vector> = to_all(comm, &sendbuf, &recvbuf)?;
        (it.send.address, it.send.count, it.send.datatype,
         it.recv.address, it.recv.counts(), it.recv.displs(), it.recv.datatype, Topocomm::comm(comm).raw())
        /// Send a block to all neighbors, and gather blocks of different sizes from each (MPI 5.0, section 8.6.1).
        ///
        /// `recvbuf` is as that of `Gatherv`, with an item for each neighbor.
        run Neighbor_allgatherv = MPI_Neighbor_allgatherv_c,
        start Ineighbor_allgatherv = MPI_Ineighbor_allgatherv_c,
        prepare Neighbor_allgatherv_init = MPI_Neighbor_allgatherv_init_c,
    }

    neighbor_alltoall "exchange with neighbors: see `Neighbor_alltoall`" (sendbuf: any, recvbuf: any) {
        it: Exchange<Message, Message> = equal_to_each(comm, &sendbuf, &recvbuf)?;
        (it.send.address, it.send.count, it.send.datatype,
         it.recv.address, it.recv.count, it.recv.datatype, Topocomm::comm(comm).raw())
        /// Send a block to each neighbor and receive one from each (MPI 5.0, section 8.6.2).
        ///
        /// Both buffers hold one block for each neighbor; a count is that of one block.
        run Neighbor_alltoall = MPI_Neighbor_alltoall_c,
        start Ineighbor_alltoall = MPI_Ineighbor_alltoall_c,
        prepare Neighbor_alltoall_init = MPI_Neighbor_alltoall_init_c,
    }

    neighbor_alltoallv "exchange of blocks of different sizes with neighbors: see `Neighbor_alltoallv`"
    (sendbuf: any, recvbuf: any) {
        it: Exchange<Vector, Vector> = to_each(comm, &sendbuf, &recvbuf)?;
        (it.send.address, it.send.counts(), it.send.displs(), it.send.datatype,
         it.recv.address, it.recv.counts(), it.recv.displs(), it.recv.datatype, Topocomm::comm(comm).raw())
        /// Exchange blocks of different sizes with neighbors (MPI 5.0, section 8.6.2).
        ///
        /// Both buffers are as the `recvbuf` of `Gatherv`, with an item for each neighbor.
        run Neighbor_alltoallv = MPI_Neighbor_alltoallv_c,
        start Ineighbor_alltoallv = MPI_Ineighbor_alltoallv_c,
        prepare Neighbor_alltoallv_init = MPI_Neighbor_alltoallv_init_c,
    }

    neighbor_alltoallw "exchange of blocks of different datatypes with neighbors: see `Neighbor_alltoallw`"
    (sendbuf: any, recvbuf: any) {
        it: Exchange<General, General> = to_each(comm, &sendbuf, &recvbuf)?;
        (it.send.address, it.send.counts(), it.send.displs(), it.send.datatypes(),
         it.recv.address, it.recv.counts(), it.recv.displs(), it.recv.datatypes(), Topocomm::comm(comm).raw())
        /// Exchange blocks of different sizes and datatypes with neighbors (MPI 5.0, section 8.6.2).
        ///
        /// Both buffers are as those of `Alltoallw`, with an item for each neighbor, displacements in bytes.
        run Neighbor_alltoallw = MPI_Neighbor_alltoallw_c,
        start Ineighbor_alltoallw = MPI_Ineighbor_alltoallw_c,
        prepare Neighbor_alltoallw_init = MPI_Neighbor_alltoallw_init_c,
    }
}
