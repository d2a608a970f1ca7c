//! Reductions (MPI 5.0, sections 6.9 to 6.11).
//!
//! Both buffers have the same count and datatype. `IN_PLACE` for `sendbuf`, or the same object for both: the result
//! replaces what is sent. The operation is `SUM` unless another is given.

use core::ffi::c_int;

use pyo3::prelude::*;

use super::collective;
use super::description::{Operation, Reduction};
use crate::comm::{Comm, Intracomm};
use crate::handle::HandleClass;
use crate::info::Info;
use crate::request::{Prequest, Request};

collective!(reduce(it: Reduction, comm) = MPI_Reduce_c, MPI_Ireduce_c, MPI_Reduce_init_c:
    it.send.address, it.recv.address, it.count, it.datatype, it.op, it.root, comm);
collective!(allreduce(it: Reduction, comm) = MPI_Allreduce_c, MPI_Iallreduce_c, MPI_Allreduce_init_c:
    it.send.address, it.recv.address, it.count, it.datatype, it.op, comm);
collective!(reduce_scatter_block(it: Reduction, comm) =
    MPI_Reduce_scatter_block_c, MPI_Ireduce_scatter_block_c, MPI_Reduce_scatter_block_init_c:
    it.send.address, it.recv.address, it.count, it.datatype, it.op, comm);
collective!(reduce_scatter(it: Reduction, comm) =
    MPI_Reduce_scatter_c, MPI_Ireduce_scatter_c, MPI_Reduce_scatter_init_c:
    it.send.address, it.recv.address, it.counts.as_ptr(), it.datatype, it.op, comm);
collective!(scan(it: Reduction, comm) = MPI_Scan_c, MPI_Iscan_c, MPI_Scan_init_c:
    it.send.address, it.recv.address, it.count, it.datatype, it.op, comm);
collective!(exscan(it: Reduction, comm) = MPI_Exscan_c, MPI_Iexscan_c, MPI_Exscan_init_c:
    it.send.address, it.recv.address, it.count, it.datatype, it.op, comm);

#[pymethods]
impl Comm {
    /// Reduce the elements of all processes to the root (MPI 5.0, section 6.9.1).
    ///
    /// `recvbuf` may be None where this is not the root.
    #[pyo3(
        signature = (sendbuf, recvbuf, op=Operation::Sum, root=0),
        text_signature = "($self, sendbuf, recvbuf, op=..., root=0)"
    )]
    fn Reduce(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        op: Operation<'_, '_>,
        root: c_int,
    ) -> PyResult<()> {
        reduce::run(py, &Reduction::to_root(self, sendbuf, recvbuf, op, root)?, self.raw())
    }

    /// Nonblocking reduction to the root: see `Reduce`. The buffers must not change until the request is complete.
    #[pyo3(
        signature = (sendbuf, recvbuf, op=Operation::Sum, root=0),
        text_signature = "($self, sendbuf, recvbuf, op=..., root=0)"
    )]
    fn Ireduce(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        op: Operation<'_, '_>,
        root: c_int,
    ) -> PyResult<Py<Request>> {
        reduce::start(py, Reduction::to_root(self, sendbuf, recvbuf, op, root)?, self.raw())
    }

    /// Create a persistent request for reduction to the root: see `Reduce`.
    #[pyo3(
        signature = (sendbuf, recvbuf, op=Operation::Sum, root=0, info=None),
        text_signature = "($self, sendbuf, recvbuf, op=..., root=0, info=...)"
    )]
    fn Reduce_init(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        op: Operation<'_, '_>,
        root: c_int,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        reduce::prepare(
            py,
            Reduction::to_root(self, sendbuf, recvbuf, op, root)?,
            self.raw(),
            Info::raw_or_null(info),
        )
    }

    /// Reduce the elements of all processes, to all (MPI 5.0, section 6.9.6).
    #[pyo3(
        signature = (sendbuf, recvbuf, op=Operation::Sum),
        text_signature = "($self, sendbuf, recvbuf, op=...)"
    )]
    fn Allreduce(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        op: Operation<'_, '_>,
    ) -> PyResult<()> {
        allreduce::run(py, &Reduction::to_all(self, sendbuf, recvbuf, op)?, self.raw())
    }

    /// Nonblocking reduction to all: see `Allreduce`. The buffers must not change until the request is complete.
    #[pyo3(
        signature = (sendbuf, recvbuf, op=Operation::Sum),
        text_signature = "($self, sendbuf, recvbuf, op=...)"
    )]
    fn Iallreduce(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        op: Operation<'_, '_>,
    ) -> PyResult<Py<Request>> {
        allreduce::start(py, Reduction::to_all(self, sendbuf, recvbuf, op)?, self.raw())
    }

    /// Create a persistent request for reduction to all: see `Allreduce`.
    #[pyo3(
        signature = (sendbuf, recvbuf, op=Operation::Sum, info=None),
        text_signature = "($self, sendbuf, recvbuf, op=..., info=...)"
    )]
    fn Allreduce_init(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        op: Operation<'_, '_>,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        allreduce::prepare(
            py,
            Reduction::to_all(self, sendbuf, recvbuf, op)?,
            self.raw(),
            Info::raw_or_null(info),
        )
    }

    /// Reduce, then scatter the result in equal blocks (MPI 5.0, section 6.10.1).
    ///
    /// `sendbuf` holds one block for each process; a count in it is that of one block.
    #[pyo3(
        signature = (sendbuf, recvbuf, op=Operation::Sum),
        text_signature = "($self, sendbuf, recvbuf, op=...)"
    )]
    fn Reduce_scatter_block(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        op: Operation<'_, '_>,
    ) -> PyResult<()> {
        reduce_scatter_block::run(
            py,
            &Reduction::to_blocks(self, sendbuf, recvbuf, op, self.size()?)?,
            self.raw(),
        )
    }

    /// Nonblocking reduction whose result is scattered in equal blocks: see `Reduce_scatter_block`. The buffers must not change until the request is complete.
    #[pyo3(
        signature = (sendbuf, recvbuf, op=Operation::Sum),
        text_signature = "($self, sendbuf, recvbuf, op=...)"
    )]
    fn Ireduce_scatter_block(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        op: Operation<'_, '_>,
    ) -> PyResult<Py<Request>> {
        reduce_scatter_block::start(
            py,
            Reduction::to_blocks(self, sendbuf, recvbuf, op, self.size()?)?,
            self.raw(),
        )
    }

    /// Create a persistent request for reduction whose result is scattered in equal blocks: see `Reduce_scatter_block`.
    #[pyo3(
        signature = (sendbuf, recvbuf, op=Operation::Sum, info=None),
        text_signature = "($self, sendbuf, recvbuf, op=..., info=...)"
    )]
    fn Reduce_scatter_block_init(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        op: Operation<'_, '_>,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        reduce_scatter_block::prepare(
            py,
            Reduction::to_blocks(self, sendbuf, recvbuf, op, self.size()?)?,
            self.raw(),
            Info::raw_or_null(info),
        )
    }

    /// Reduce, then scatter the result (MPI 5.0, section 6.10.2).
    ///
    /// `recvcounts` is the number of elements for each process; None: as many as each process's `recvbuf` has, for
    /// which the processes ask each other first.
    #[pyo3(
        signature = (sendbuf, recvbuf, recvcounts=None, op=Operation::Sum),
        text_signature = "($self, sendbuf, recvbuf, recvcounts=None, op=...)"
    )]
    fn Reduce_scatter(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        recvcounts: Option<&Bound<'_, PyAny>>,
        op: Operation<'_, '_>,
    ) -> PyResult<()> {
        reduce_scatter::run(
            py,
            &Reduction::to_counts(self, py, sendbuf, recvbuf, recvcounts, op)?,
            self.raw(),
        )
    }

    /// Nonblocking reduction whose result is scattered: see `Reduce_scatter`. The buffers must not change until the request is complete.
    #[pyo3(
        signature = (sendbuf, recvbuf, recvcounts=None, op=Operation::Sum),
        text_signature = "($self, sendbuf, recvbuf, recvcounts=None, op=...)"
    )]
    fn Ireduce_scatter(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        recvcounts: Option<&Bound<'_, PyAny>>,
        op: Operation<'_, '_>,
    ) -> PyResult<Py<Request>> {
        reduce_scatter::start(
            py,
            Reduction::to_counts(self, py, sendbuf, recvbuf, recvcounts, op)?,
            self.raw(),
        )
    }

    /// Create a persistent request for reduction whose result is scattered: see `Reduce_scatter`.
    #[pyo3(
        signature = (sendbuf, recvbuf, recvcounts=None, op=Operation::Sum, info=None),
        text_signature = "($self, sendbuf, recvbuf, recvcounts=None, op=..., info=...)"
    )]
    fn Reduce_scatter_init(
        &self,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        recvcounts: Option<&Bound<'_, PyAny>>,
        op: Operation<'_, '_>,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        reduce_scatter::prepare(
            py,
            Reduction::to_counts(self, py, sendbuf, recvbuf, recvcounts, op)?,
            self.raw(),
            Info::raw_or_null(info),
        )
    }
}

#[pymethods]
impl Intracomm {
    /// Inclusive scan: the reduction over the ranks up to this one (MPI 5.0, section 6.11.1).
    #[pyo3(
        signature = (sendbuf, recvbuf, op=Operation::Sum),
        text_signature = "($self, sendbuf, recvbuf, op=...)"
    )]
    fn Scan(
        slf: &Bound<'_, Self>,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        op: Operation<'_, '_>,
    ) -> PyResult<()> {
        let comm = slf.as_super().get();
        scan::run(py, &Reduction::to_all(comm, sendbuf, recvbuf, op)?, comm.raw())
    }

    /// Nonblocking inclusive scan: see `Scan`. The buffers must not change until the request is complete.
    #[pyo3(
        signature = (sendbuf, recvbuf, op=Operation::Sum),
        text_signature = "($self, sendbuf, recvbuf, op=...)"
    )]
    fn Iscan(
        slf: &Bound<'_, Self>,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        op: Operation<'_, '_>,
    ) -> PyResult<Py<Request>> {
        let comm = slf.as_super().get();
        scan::start(py, Reduction::to_all(comm, sendbuf, recvbuf, op)?, comm.raw())
    }

    /// Create a persistent request for inclusive scan: see `Scan`.
    #[pyo3(
        signature = (sendbuf, recvbuf, op=Operation::Sum, info=None),
        text_signature = "($self, sendbuf, recvbuf, op=..., info=...)"
    )]
    fn Scan_init(
        slf: &Bound<'_, Self>,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        op: Operation<'_, '_>,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        let comm = slf.as_super().get();
        scan::prepare(py, Reduction::to_all(comm, sendbuf, recvbuf, op)?, comm.raw(), Info::raw_or_null(info))
    }

    /// Exclusive scan: the reduction over the ranks before this one, nothing at rank 0 (MPI 5.0, section 6.11.2).
    #[pyo3(
        signature = (sendbuf, recvbuf, op=Operation::Sum),
        text_signature = "($self, sendbuf, recvbuf, op=...)"
    )]
    fn Exscan(
        slf: &Bound<'_, Self>,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        op: Operation<'_, '_>,
    ) -> PyResult<()> {
        let comm = slf.as_super().get();
        exscan::run(py, &Reduction::to_all(comm, sendbuf, recvbuf, op)?, comm.raw())
    }

    /// Nonblocking exclusive scan: see `Exscan`. The buffers must not change until the request is complete.
    #[pyo3(
        signature = (sendbuf, recvbuf, op=Operation::Sum),
        text_signature = "($self, sendbuf, recvbuf, op=...)"
    )]
    fn Iexscan(
        slf: &Bound<'_, Self>,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        op: Operation<'_, '_>,
    ) -> PyResult<Py<Request>> {
        let comm = slf.as_super().get();
        exscan::start(py, Reduction::to_all(comm, sendbuf, recvbuf, op)?, comm.raw())
    }

    /// Create a persistent request for exclusive scan: see `Exscan`.
    #[pyo3(
        signature = (sendbuf, recvbuf, op=Operation::Sum, info=None),
        text_signature = "($self, sendbuf, recvbuf, op=..., info=...)"
    )]
    fn Exscan_init(
        slf: &Bound<'_, Self>,
        py: Python<'_>,
        sendbuf: &Bound<'_, PyAny>,
        recvbuf: &Bound<'_, PyAny>,
        op: Operation<'_, '_>,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        let comm = slf.as_super().get();
        exscan::prepare(
            py,
            Reduction::to_all(comm, sendbuf, recvbuf, op)?,
            comm.raw(),
            Info::raw_or_null(info),
        )
    }
}
