//! Collectives with a root: broadcast, gather, scatter (MPI 5.0, sections 6.4 to 6.6).
//!
//! In an intercommunicator the root passes `ROOT`, the others of its group `PROC_NULL`, and those of the remote group
//! the root's rank there. What is not significant at a process may be None.

use core::ffi::c_int;

use pyo3::prelude::*;

use super::collective;
use super::description::{Broadcast, Rooted};
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::info::Info;
use crate::message::{Message, Vector};
use crate::request::{Prequest, Request};

collective!(bcast(it: Broadcast, comm) = MPI_Bcast_c, MPI_Ibcast_c, MPI_Bcast_init_c:
    it.message.address, it.message.count, it.message.datatype, it.root, comm);
collective!(gather(it: Rooted<Message>, comm) = MPI_Gather_c, MPI_Igather_c, MPI_Gather_init_c:
    it.block.address, it.block.count, it.block.datatype,
    it.blocks.address, it.blocks.count, it.blocks.datatype, it.root, comm);
collective!(gatherv(it: Rooted<Vector>, comm) = MPI_Gatherv_c, MPI_Igatherv_c, MPI_Gatherv_init_c:
    it.block.address, it.block.count, it.block.datatype,
    it.blocks.address, it.blocks.counts(), it.blocks.displs(), it.blocks.datatype, it.root, comm);
collective!(scatter(it: Rooted<Message>, comm) = MPI_Scatter_c, MPI_Iscatter_c, MPI_Scatter_init_c:
    it.blocks.address, it.blocks.count, it.blocks.datatype,
    it.block.address, it.block.count, it.block.datatype, it.root, comm);
collective!(scatterv(it: Rooted<Vector>, comm) = MPI_Scatterv_c, MPI_Iscatterv_c, MPI_Scatterv_init_c:
    it.blocks.address, it.blocks.counts(), it.blocks.displs(), it.blocks.datatype,
    it.block.address, it.block.count, it.block.datatype, it.root, comm);

#[pymethods]
impl Comm {
    /// Broadcast `buf` of the root to all processes (MPI 5.0, section 6.4).
    ///
    /// `buf` is a message of the same size and types everywhere; the root's may be read-only.
    #[pyo3(signature = (buf, root=0))]
    fn Bcast(&self, py: Python<'_>, buf: &Bound<'_, PyAny>, root: c_int) -> PyResult<()> {
        bcast::run(py, &Broadcast::new(self, buf, root)?, self.raw())
    }

    /// Nonblocking broadcast: see `Bcast`. The buffers must not change until the request is complete.
    #[pyo3(signature = (buf, root=0))]
    fn Ibcast(&self, py: Python<'_>, buf: &Bound<'_, PyAny>, root: c_int) -> PyResult<Py<Request>> {
        bcast::start(py, Broadcast::new(self, buf, root)?, self.raw())
    }

    /// Create a persistent request for broadcast: see `Bcast`.
    #[pyo3(
        signature = (buf, root=0, info=None),
        text_signature = "($self, buf, root=0, info=...)"
    )]
    fn Bcast_init(
        &self,
        py: Python<'_>,
        buf: &Bound<'_, PyAny>,
        root: c_int,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        bcast::prepare(py, Broadcast::new(self, buf, root)?, self.raw(), Info::raw_or_null(info))
    }

    /// Gather one block of each process at the root, in the order of ranks (MPI 5.0, section 6.5).
    ///
    /// `recvbuf` holds one block for each process; a count in it is that of one block. It may be None where this is
    /// not the root. `IN_PLACE` for the root's `sendbuf`: its block is in its place already.
    #[pyo3(signature = (sendbuf, recvbuf, root=0))]
    fn Gather(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        root: c_int,
    ) -> PyResult<()> {
        gather::run(py, &Rooted::gather(self, sendbuf, recvbuf, root)?, self.raw())
    }

    /// Nonblocking gather: see `Gather`. The buffers must not change until the request is complete.
    #[pyo3(signature = (sendbuf, recvbuf, root=0))]
    fn Igather(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        root: c_int,
    ) -> PyResult<Py<Request>> {
        gather::start(py, Rooted::gather(self, sendbuf, recvbuf, root)?, self.raw())
    }

    /// Create a persistent request for gather: see `Gather`.
    #[pyo3(
        signature = (sendbuf, recvbuf, root=0, info=None),
        text_signature = "($self, sendbuf, recvbuf, root=0, info=...)"
    )]
    fn Gather_init(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        root: c_int,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        gather::prepare(
            py,
            Rooted::gather(self, sendbuf, recvbuf, root)?,
            self.raw(),
            Info::raw_or_null(info),
        )
    }

    /// Gather blocks of different sizes at the root (MPI 5.0, section 6.5).
    ///
    /// `recvbuf` is `[data, counts]`, `[data, (counts, displs)]`, either with a datatype after it, or
    /// `[data, counts, displs, datatype]`, in elements of the datatype: an item for each process. Without counts the
    /// memory is divided evenly, without displacements the blocks are packed.
    #[pyo3(signature = (sendbuf, recvbuf, root=0))]
    fn Gatherv(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        root: c_int,
    ) -> PyResult<()> {
        gatherv::run(py, &Rooted::gather(self, sendbuf, recvbuf, root)?, self.raw())
    }

    /// Nonblocking gather of blocks of different sizes: see `Gatherv`. The buffers must not change until the request is complete.
    #[pyo3(signature = (sendbuf, recvbuf, root=0))]
    fn Igatherv(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        root: c_int,
    ) -> PyResult<Py<Request>> {
        gatherv::start(py, Rooted::gather(self, sendbuf, recvbuf, root)?, self.raw())
    }

    /// Create a persistent request for gather of blocks of different sizes: see `Gatherv`.
    #[pyo3(
        signature = (sendbuf, recvbuf, root=0, info=None),
        text_signature = "($self, sendbuf, recvbuf, root=0, info=...)"
    )]
    fn Gatherv_init(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        root: c_int,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        gatherv::prepare(
            py,
            Rooted::gather(self, sendbuf, recvbuf, root)?,
            self.raw(),
            Info::raw_or_null(info),
        )
    }

    /// Scatter blocks of the root to the processes, in the order of ranks (MPI 5.0, section 6.6).
    ///
    /// `sendbuf` holds one block for each process; a count in it is that of one block. It may be None where this is
    /// not the root. `IN_PLACE` for the root's `recvbuf`: its block stays where it is.
    #[pyo3(signature = (sendbuf, recvbuf, root=0))]
    fn Scatter(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        root: c_int,
    ) -> PyResult<()> {
        scatter::run(py, &Rooted::scatter(self, sendbuf, recvbuf, root)?, self.raw())
    }

    /// Nonblocking scatter: see `Scatter`. The buffers must not change until the request is complete.
    #[pyo3(signature = (sendbuf, recvbuf, root=0))]
    fn Iscatter(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        root: c_int,
    ) -> PyResult<Py<Request>> {
        scatter::start(py, Rooted::scatter(self, sendbuf, recvbuf, root)?, self.raw())
    }

    /// Create a persistent request for scatter: see `Scatter`.
    #[pyo3(
        signature = (sendbuf, recvbuf, root=0, info=None),
        text_signature = "($self, sendbuf, recvbuf, root=0, info=...)"
    )]
    fn Scatter_init(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        root: c_int,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        scatter::prepare(
            py,
            Rooted::scatter(self, sendbuf, recvbuf, root)?,
            self.raw(),
            Info::raw_or_null(info),
        )
    }

    /// Scatter blocks of different sizes of the root (MPI 5.0, section 6.6).
    ///
    /// `sendbuf` is as the `recvbuf` of `Gatherv`.
    #[pyo3(signature = (sendbuf, recvbuf, root=0))]
    fn Scatterv(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        root: c_int,
    ) -> PyResult<()> {
        scatterv::run(py, &Rooted::scatter(self, sendbuf, recvbuf, root)?, self.raw())
    }

    /// Nonblocking scatter of blocks of different sizes: see `Scatterv`. The buffers must not change until the request is complete.
    #[pyo3(signature = (sendbuf, recvbuf, root=0))]
    fn Iscatterv(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        root: c_int,
    ) -> PyResult<Py<Request>> {
        scatterv::start(py, Rooted::scatter(self, sendbuf, recvbuf, root)?, self.raw())
    }

    /// Create a persistent request for scatter of blocks of different sizes: see `Scatterv`.
    #[pyo3(
        signature = (sendbuf, recvbuf, root=0, info=None),
        text_signature = "($self, sendbuf, recvbuf, root=0, info=...)"
    )]
    fn Scatterv_init(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        root: c_int,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        scatterv::prepare(
            py,
            Rooted::scatter(self, sendbuf, recvbuf, root)?,
            self.raw(),
            Info::raw_or_null(info),
        )
    }
}
