//! `neighbor_allgather` and `neighbor_alltoall` of objects (MPI 5.0, section 8.6).
//!
//! Sizes travel first, bytes second. From a neighbour that is not there, beyond the end of a grid, nothing comes: None.

use mpi_api::types::MPI_Count;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::collectives::Blocks;
use super::turn::Turn;
use super::{Incoming, Outgoing};
use crate::call::mpi;
use crate::comm::{Topocomm, degrees};
use crate::handle::HandleClass;
use crate::method::methods;

#[methods]
impl Topocomm {
    /// Send an object to all neighbors, and return the list of what came from each (MPI 5.0, section 8.6.1).
    fn neighbor_allgather<'py>(
        slf: &Bound<'py, Self>,
        sendobj: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = slf.py();
        let comm = Self::comm(slf);
        let mut blocks = Blocks::empty(degrees(comm)?.0);
        let send = Outgoing::new(sendobj)?;
        let (comm, byte, size) = (comm.raw(), mpi_api::MPI_BYTE(), mpi_api::MPI_COUNT());
        let (own, counts): (*const MPI_Count, _) = (&raw const send.count, blocks.counts.as_mut_ptr());
        let turn = Turn::take(py, comm);
        mpi!(py, MPI_Neighbor_allgather_c(own.cast(), 1, size, counts.cast(), 1, size, comm))?;
        let incoming = Incoming::new(py, blocks.place())?;
        let (address, count, target) = (send.address, send.count, incoming.address);
        let (counts, starts) = (blocks.counts.as_ptr(), blocks.starts.as_ptr());
        mpi!(py, MPI_Neighbor_allgatherv_c(address, count, byte, target, counts, starts, byte, comm))?;
        drop(turn);
        PyList::new(py, incoming.loads_each(py, &blocks.counts)?)
    }

    /// Send the i-th object of a sequence to the i-th neighbor, and return the list of what came from each (MPI 5.0,
    /// section 8.6.2). None stands for a sequence of None.
    fn neighbor_alltoall<'py>(
        slf: &Bound<'py, Self>,
        sendobj: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = slf.py();
        let comm = Self::comm(slf);
        let (incoming, outgoing) = degrees(comm)?;
        let (mut send, mut receive) = (Blocks::empty(outgoing), Blocks::empty(incoming));
        let bytes = send.dumps(sendobj)?;
        let (comm, byte, size) = (comm.raw(), mpi_api::MPI_BYTE(), mpi_api::MPI_COUNT());
        let (sizes, counts) = (send.counts.as_ptr().cast(), receive.counts.as_mut_ptr().cast());
        let turn = Turn::take(py, comm);
        mpi!(py, MPI_Neighbor_alltoall_c(sizes, 1, size, counts, 1, size, comm))?;
        let arrived = Incoming::new(py, receive.place())?;
        // Where an empty vector claims to be is `MPI_IN_PLACE` to Open MPI.
        let address = if bytes.is_empty() { core::ptr::null() } else { bytes.as_ptr().cast() };
        let target = arrived.address;
        let (sendcounts, sendstarts) = (send.counts.as_ptr(), send.starts.as_ptr());
        let (recvcounts, recvstarts) = (receive.counts.as_ptr(), receive.starts.as_ptr());
        mpi!(
            py,
            MPI_Neighbor_alltoallv_c(
                address, sendcounts, sendstarts, byte, target, recvcounts, recvstarts, byte, comm
            )
        )?;
        drop(turn);
        PyList::new(py, arrived.loads_each(py, &receive.counts)?)
    }
}
