//! Collectives in which all send and all receive (MPI 5.0, sections 6.7 and 6.8).
//!
//! In an intercommunicator the blocks are those of the remote group.

use pyo3::prelude::*;

use super::collective;
use super::description::Exchange;
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::info::Info;
use crate::message::{General, Message, Vector};
use crate::request::{Prequest, Request};

collective!(allgather(it: Exchange<Message, Message>, comm) = MPI_Allgather_c, MPI_Iallgather_c, MPI_Allgather_init_c:
    it.send.address, it.send.count, it.send.datatype, it.recv.address, it.recv.count, it.recv.datatype, comm);
collective!(allgatherv(it: Exchange<Message, Vector>, comm) = MPI_Allgatherv_c, MPI_Iallgatherv_c, MPI_Allgatherv_init_c:
    it.send.address, it.send.count, it.send.datatype,
    it.recv.address, it.recv.counts(), it.recv.displs(), it.recv.datatype, comm);
collective!(alltoall(it: Exchange<Message, Message>, comm) = MPI_Alltoall_c, MPI_Ialltoall_c, MPI_Alltoall_init_c:
    it.send.address, it.send.count, it.send.datatype, it.recv.address, it.recv.count, it.recv.datatype, comm);
collective!(alltoallv(it: Exchange<Vector, Vector>, comm) = MPI_Alltoallv_c, MPI_Ialltoallv_c, MPI_Alltoallv_init_c:
    it.send.address, it.send.counts(), it.send.displs(), it.send.datatype,
    it.recv.address, it.recv.counts(), it.recv.displs(), it.recv.datatype, comm);
collective!(alltoallw(it: Exchange<General, General>, comm) = MPI_Alltoallw_c, MPI_Ialltoallw_c, MPI_Alltoallw_init_c:
    it.send.address, it.send.counts(), it.send.displs(), it.send.datatypes(),
    it.recv.address, it.recv.counts(), it.recv.displs(), it.recv.datatypes(), comm);

#[pymethods]
impl Comm {
    /// Gather one block of each process at all of them (MPI 5.0, section 6.7).
    ///
    /// `recvbuf` holds one block for each process; a count in it is that of one block. `IN_PLACE` for `sendbuf`: the
    /// block of this process is in its place already.
    fn Allgather(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        allgather::run(py, &Exchange::one_to_all(self, sendbuf, recvbuf)?, self.raw())
    }

    /// Nonblocking allgather: see `Allgather`. The buffers must not change until the request is complete.
    fn Iallgather(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
    ) -> PyResult<Py<Request>> {
        allgather::start(py, Exchange::one_to_all(self, sendbuf, recvbuf)?, self.raw())
    }

    /// Create a persistent request for allgather: see `Allgather`.
    #[pyo3(
        signature = (sendbuf, recvbuf, info=None),
        text_signature = "($self, sendbuf, recvbuf, info=...)"
    )]
    fn Allgather_init(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        allgather::prepare(
            py,
            Exchange::one_to_all(self, sendbuf, recvbuf)?,
            self.raw(),
            Info::raw_or_null(info),
        )
    }

    /// Gather blocks of different sizes at all processes (MPI 5.0, section 6.7).
    ///
    /// `recvbuf` is as that of `Gatherv`.
    fn Allgatherv(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        allgatherv::run(py, &Exchange::one_to_all(self, sendbuf, recvbuf)?, self.raw())
    }

    /// Nonblocking allgather of blocks of different sizes: see `Allgatherv`. The buffers must not change until the request is complete.
    fn Iallgatherv(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
    ) -> PyResult<Py<Request>> {
        allgatherv::start(py, Exchange::one_to_all(self, sendbuf, recvbuf)?, self.raw())
    }

    /// Create a persistent request for allgather of blocks of different sizes: see `Allgatherv`.
    #[pyo3(
        signature = (sendbuf, recvbuf, info=None),
        text_signature = "($self, sendbuf, recvbuf, info=...)"
    )]
    fn Allgatherv_init(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        allgatherv::prepare(
            py,
            Exchange::one_to_all(self, sendbuf, recvbuf)?,
            self.raw(),
            Info::raw_or_null(info),
        )
    }

    /// Send a block to each process and receive one from each (MPI 5.0, section 6.8).
    ///
    /// Both buffers hold one block for each process; a count is that of one block. `IN_PLACE` for `sendbuf`: what is
    /// received replaces what is sent.
    fn Alltoall(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        alltoall::run(py, &Exchange::each_to_each(self, sendbuf, recvbuf)?, self.raw())
    }

    /// Nonblocking all-to-all exchange: see `Alltoall`. The buffers must not change until the request is complete.
    fn Ialltoall(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
    ) -> PyResult<Py<Request>> {
        alltoall::start(py, Exchange::each_to_each(self, sendbuf, recvbuf)?, self.raw())
    }

    /// Create a persistent request for all-to-all exchange: see `Alltoall`.
    #[pyo3(
        signature = (sendbuf, recvbuf, info=None),
        text_signature = "($self, sendbuf, recvbuf, info=...)"
    )]
    fn Alltoall_init(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        alltoall::prepare(
            py,
            Exchange::each_to_each(self, sendbuf, recvbuf)?,
            self.raw(),
            Info::raw_or_null(info),
        )
    }

    /// Exchange blocks of different sizes between all processes (MPI 5.0, section 6.8).
    ///
    /// Both buffers are as the `recvbuf` of `Gatherv`.
    fn Alltoallv(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        alltoallv::run(py, &Exchange::each_to_each(self, sendbuf, recvbuf)?, self.raw())
    }

    /// Nonblocking all-to-all exchange of blocks of different sizes: see `Alltoallv`. The buffers must not change until the request is complete.
    fn Ialltoallv(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
    ) -> PyResult<Py<Request>> {
        alltoallv::start(py, Exchange::each_to_each(self, sendbuf, recvbuf)?, self.raw())
    }

    /// Create a persistent request for all-to-all exchange of blocks of different sizes: see `Alltoallv`.
    #[pyo3(
        signature = (sendbuf, recvbuf, info=None),
        text_signature = "($self, sendbuf, recvbuf, info=...)"
    )]
    fn Alltoallv_init(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        alltoallv::prepare(
            py,
            Exchange::each_to_each(self, sendbuf, recvbuf)?,
            self.raw(),
            Info::raw_or_null(info),
        )
    }

    /// Exchange blocks of different sizes and datatypes between all processes (MPI 5.0, section 6.8).
    ///
    /// Both buffers are `[data, counts, displs, datatypes]`, `[data, (counts, displs), datatypes]`, or
    /// `[data, datatypes]` for one element each; an item for each process, displacements in bytes.
    fn Alltoallw(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        alltoallw::run(py, &Exchange::each_to_each(self, sendbuf, recvbuf)?, self.raw())
    }

    /// Nonblocking all-to-all exchange of blocks of different datatypes: see `Alltoallw`. The buffers must not change until the request is complete.
    fn Ialltoallw(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
    ) -> PyResult<Py<Request>> {
        alltoallw::start(py, Exchange::each_to_each(self, sendbuf, recvbuf)?, self.raw())
    }

    /// Create a persistent request for all-to-all exchange of blocks of different datatypes: see `Alltoallw`.
    #[pyo3(
        signature = (sendbuf, recvbuf, info=None),
        text_signature = "($self, sendbuf, recvbuf, info=...)"
    )]
    fn Alltoallw_init(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        alltoallw::prepare(
            py,
            Exchange::each_to_each(self, sendbuf, recvbuf)?,
            self.raw(),
            Info::raw_or_null(info),
        )
    }
}
