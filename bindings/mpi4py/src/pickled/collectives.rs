//! `bcast`, `gather`, `scatter`, `allgather`, `alltoall` of objects (MPI 5.0, chapter 6).
//!
//! Sizes travel first, bytes second. A small broadcast is one message: the size and the bytes together.

use core::ffi::{c_int, c_void};

use mpi_api::types::{MPI_Aint, MPI_Count};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use super::turn::Turn;
use super::{Incoming, Outgoing, Pickle};
use crate::call::mpi;
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::method::methods;

/// What a process does in a collective with a root.
struct Part {
    /// Has what goes out to all, or gets what comes in from all.
    root: bool,
    /// Is on the other end of that.
    leaf: bool,
}

impl Part {
    /// On an intracommunicator the root is a leaf too; on an intercommunicator one group has the root, which says
    /// `ROOT`, its others say `PROC_NULL`, and the other group are the leaves.
    fn new(comm: &Comm, root: c_int) -> PyResult<Self> {
        Ok(if comm.is_inter()? {
            Self {
                root: root == mpi_api::MPI_ROOT,
                leaf: root != mpi_api::MPI_ROOT && root != mpi_api::MPI_PROC_NULL,
            }
        } else {
            Self { root: comm.rank()? == root, leaf: true }
        })
    }
}

/// One message of each process, one after the other.
pub(super) struct Blocks {
    pub counts: Vec<MPI_Count>,
    pub starts: Vec<MPI_Aint>,
}

impl Blocks {
    /// `count` empty ones.
    pub fn empty(count: c_int) -> Self {
        let count = usize::try_from(count).unwrap_or_default();
        Self { counts: vec![0; count], starts: vec![0; count] }
    }

    /// Fills in where each starts, and returns the length of all.
    pub fn place(&mut self) -> MPI_Count {
        let mut total: MPI_Count = 0;
        for (start, count) in self.starts.iter_mut().zip(&self.counts) {
            *start = total as MPI_Aint;
            total += count;
        }
        total
    }

    /// Serializes `objects`, of which there must be as many as blocks. None stands for as many None.
    pub fn dumps(&mut self, objects: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
        let wanted = self.counts.len();
        let items: Vec<Bound<'_, PyAny>> = if objects.is_none() {
            vec![objects.clone(); wanted]
        } else {
            objects.try_iter()?.collect::<PyResult<_>>()?
        };
        if items.len() != wanted {
            return Err(PyValueError::new_err(format!("expecting {wanted} items, got {}", items.len())));
        }
        let mut bytes = Vec::new();
        for (count, item) in self.counts.iter_mut().zip(items) {
            let item = Pickle::dumps_global(&item)?;
            *count = item.as_bytes().len() as MPI_Count;
            bytes.extend_from_slice(item.as_bytes());
        }
        self.place();
        Ok(bytes)
    }
}

/// The first message of a broadcast: the size, and as many of the bytes as fit.
const HEAD: usize = 1024;
const INLINE: usize = HEAD - size_of::<u64>();

#[methods]
impl Comm {
    /// Wait until all processes of the communicator have come here.
    fn barrier(&self, py: Python<'_>) -> PyResult<()> {
        mpi!(py, MPI_Barrier(self.raw()))
    }

    /// Broadcast an object from `root` to all; returns it everywhere.
    #[pyo3(signature = (obj, root=0))]
    fn bcast<'py>(&self, obj: &Bound<'py, PyAny>, root: c_int) -> PyResult<Bound<'py, PyAny>> {
        let py = obj.py();
        let part = Part::new(self, root)?;
        let (comm, byte) = (self.raw(), mpi_api::MPI_BYTE());
        let mut head = [0_u8; HEAD];
        let message = if part.root { Some(Outgoing::new(obj)?.into_bytes(py)) } else { None };
        if let Some(message) = &message {
            let bytes = message.as_bytes();
            let inline = bytes.len().min(INLINE);
            head[..size_of::<u64>()].copy_from_slice(&(bytes.len() as u64).to_ne_bytes());
            head[size_of::<u64>()..][..inline].copy_from_slice(&bytes[..inline]);
        }
        let turn = Turn::take(py, comm);
        mpi!(py, MPI_Bcast_c((&raw mut head).cast(), HEAD as MPI_Count, byte, root, comm))?;
        let (size, inline) = head.split_at(size_of::<u64>());
        let size = u64::from_ne_bytes(size.try_into().unwrap_or_default()) as usize;
        if size > INLINE {
            let rest = (size - INLINE) as MPI_Count;
            if let Some(message) = &message {
                let address = message.as_bytes()[INLINE..].as_ptr().cast_mut().cast::<c_void>();
                mpi!(py, MPI_Bcast_c(address, rest, byte, root, comm))?;
            } else {
                let incoming = Incoming::passing(py, size as MPI_Count)?;
                incoming.fill(&inline[..INLINE]);
                let address = incoming.address.wrapping_byte_add(INLINE);
                mpi!(py, MPI_Bcast_c(address, rest, byte, root, comm))?;
                drop(turn);
                return if part.leaf { incoming.loads_only(py) } else { Ok(py.None().into_bound(py)) };
            }
        }
        drop(turn);
        match message {
            _ if !part.leaf => Ok(py.None().into_bound(py)),
            Some(message) => Pickle::loads_global(message.as_any()),
            None => Pickle::loads_global(PyBytes::new(py, &inline[..size]).as_any()),
        }
    }

    /// Gather an object of each process at `root`, which gets their list by rank; the others get None.
    #[pyo3(signature = (sendobj, root=0))]
    pub(super) fn gather<'py>(
        &self,
        sendobj: &Bound<'py, PyAny>,
        root: c_int,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        let py = sendobj.py();
        let part = Part::new(self, root)?;
        let send = if part.leaf { Outgoing::new(sendobj)? } else { Outgoing::nothing() };
        let mut blocks = Blocks::empty(if part.root { self.peers()? } else { 0 });
        let (comm, byte, size) = (self.raw(), mpi_api::MPI_BYTE(), mpi_api::MPI_COUNT());
        let counts = blocks.counts.as_mut_ptr();
        let turn = Turn::take(py, comm);
        mpi!(py, MPI_Gather_c((&raw const send.count).cast(), 1, size, counts.cast(), 1, size, root, comm))?;
        let incoming = Incoming::new(py, blocks.place())?;
        let (address, count, target) = (send.address, send.count, incoming.address);
        let (counts, starts) = (blocks.counts.as_ptr(), blocks.starts.as_ptr());
        mpi!(py, MPI_Gatherv_c(address, count, byte, target, counts, starts, byte, root, comm))?;
        drop(turn);
        if part.root {
            incoming.loads_each(py, &blocks.counts).and_then(|list| PyList::new(py, list)).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Scatter the objects of a sequence at `root`, one to each process, which returns it.
    ///
    /// None stands for a sequence of None.
    #[pyo3(signature = (sendobj, root=0))]
    fn scatter<'py>(&self, sendobj: &Bound<'py, PyAny>, root: c_int) -> PyResult<Bound<'py, PyAny>> {
        let py = sendobj.py();
        let part = Part::new(self, root)?;
        let mut blocks = Blocks::empty(if part.root { self.peers()? } else { 0 });
        let send = if part.root { blocks.dumps(sendobj)? } else { Vec::new() };
        let (comm, byte, size) = (self.raw(), mpi_api::MPI_BYTE(), mpi_api::MPI_COUNT());
        let mut count: MPI_Count = 0;
        let turn = Turn::take(py, comm);
        mpi!(
            py,
            MPI_Scatter_c(
                blocks.counts.as_ptr().cast(),
                1,
                size,
                (&raw mut count).cast(),
                1,
                size,
                root,
                comm
            )
        )?;
        let incoming = Incoming::passing(py, count)?;
        // Where an empty vector claims to be is `MPI_IN_PLACE` to Open MPI.
        let address = if part.root { send.as_ptr().cast() } else { core::ptr::null() };
        let (counts, starts, target) = (blocks.counts.as_ptr(), blocks.starts.as_ptr(), incoming.address);
        mpi!(py, MPI_Scatterv_c(address, counts, starts, byte, target, count, byte, root, comm))?;
        drop(turn);
        if part.leaf { incoming.loads_only(py) } else { Ok(py.None().into_bound(py)) }
    }

    /// Gather an object of each process at all of them, as a list by rank.
    pub(super) fn allgather<'py>(&self, sendobj: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let py = sendobj.py();
        let send = Outgoing::new(sendobj)?;
        let mut blocks = Blocks::empty(self.peers()?);
        let (comm, byte, size) = (self.raw(), mpi_api::MPI_BYTE(), mpi_api::MPI_COUNT());
        let counts = blocks.counts.as_mut_ptr();
        let turn = Turn::take(py, comm);
        mpi!(py, MPI_Allgather_c((&raw const send.count).cast(), 1, size, counts.cast(), 1, size, comm))?;
        let incoming = Incoming::new(py, blocks.place())?;
        let (address, count, target) = (send.address, send.count, incoming.address);
        let (counts, starts) = (blocks.counts.as_ptr(), blocks.starts.as_ptr());
        mpi!(py, MPI_Allgatherv_c(address, count, byte, target, counts, starts, byte, comm))?;
        drop(turn);
        PyList::new(py, incoming.loads_each(py, &blocks.counts)?)
    }

    /// Send the i-th object of a sequence to process i, and return the list of what came from each.
    ///
    /// None stands for a sequence of None.
    fn alltoall<'py>(&self, sendobj: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let py = sendobj.py();
        let peers = self.peers()?;
        let (mut send, mut receive) = (Blocks::empty(peers), Blocks::empty(peers));
        let bytes = send.dumps(sendobj)?;
        let (comm, byte, size) = (self.raw(), mpi_api::MPI_BYTE(), mpi_api::MPI_COUNT());
        let (sizes, counts) = (send.counts.as_ptr().cast(), receive.counts.as_mut_ptr().cast());
        let turn = Turn::take(py, comm);
        mpi!(py, MPI_Alltoall_c(sizes, 1, size, counts, 1, size, comm))?;
        let incoming = Incoming::new(py, receive.place())?;
        let (address, target) = (bytes.as_ptr().cast(), incoming.address);
        let (sendcounts, sendstarts) = (send.counts.as_ptr(), send.starts.as_ptr());
        let (recvcounts, recvstarts) = (receive.counts.as_ptr(), receive.starts.as_ptr());
        mpi!(
            py,
            MPI_Alltoallv_c(
                address, sendcounts, sendstarts, byte, target, recvcounts, recvstarts, byte, comm
            )
        )?;
        drop(turn);
        PyList::new(py, incoming.loads_each(py, &receive.counts)?)
    }
}
