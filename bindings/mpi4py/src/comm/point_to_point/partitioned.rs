//! Partitioned messages (MPI 5.0, chapter 4).

use core::ffi::c_int;

use mpi_api::{MPI_ANY_SOURCE, MPI_ANY_TAG};
use pyo3::prelude::*;

use crate::call::mpi;
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::info::Info;
use crate::message::{Access, Keep, Message};
use crate::request::Prequest;

/// The message of one partition of `partitions` equal ones that lie side by side.
fn parse(buf: &Bound<'_, PyAny>, access: Access, partitions: c_int, rank: c_int) -> PyResult<Message> {
    if rank == mpi_api::MPI_PROC_NULL {
        Ok(Message::empty())
    } else {
        Message::parse(buf, access, partitions as isize)
    }
}

fn raw(info: Option<&Bound<'_, Info>>) -> mpi_api::types::MPI_Info {
    info.map_or_else(Info::null, |info| info.get().raw())
}

#[pymethods]
impl Comm {
    /// Create a request for a partitioned send operation (MPI 5.0, section 4.2.1).
    ///
    /// A count in `buf` is that of one partition. `Prequest.Pready` releases each.
    #[pyo3(
        signature = (buf, partitions, dest, tag=0, info=None),
        text_signature = "($self, buf, partitions, dest, tag=0, info=...)"
    )]
    fn Psend_init(
        &self,
        py: Python<'_>,
        buf: &Bound<'_, PyAny>,
        partitions: c_int,
        dest: c_int,
        tag: c_int,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        let message = parse(buf, Access::Read, partitions, dest)?;
        let mut request = mpi_api::MPI_REQUEST_NULL();
        let (comm, info, new) = (self.raw(), raw(info), &raw mut request);
        let (address, count, datatype) = (message.address, message.count, message.datatype);
        mpi!(py, MPI_Psend_init(address, partitions, count, datatype, dest, tag, comm, info, new))?;
        Prequest::create(py, request, Keep::new(py, message)?)
    }

    /// Create a request for a partitioned receive operation (MPI 5.0, section 4.2.1).
    ///
    /// A count in `buf` is that of one partition. `Prequest.Parrived` asks for each.
    #[pyo3(
        signature = (buf, partitions, source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG, info=None),
        text_signature = "($self, buf, partitions, source=mpi4py.MPI.ANY_SOURCE, tag=mpi4py.MPI.ANY_TAG, info=...)"
    )]
    fn Precv_init(
        &self,
        py: Python<'_>,
        buf: &Bound<'_, PyAny>,
        partitions: c_int,
        source: c_int,
        tag: c_int,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<Py<Prequest>> {
        let message = parse(buf, Access::Write, partitions, source)?;
        let mut request = mpi_api::MPI_REQUEST_NULL();
        let (comm, info, new) = (self.raw(), raw(info), &raw mut request);
        let (address, count, datatype) = (message.address, message.count, message.datatype);
        mpi!(py, MPI_Precv_init(address, partitions, count, datatype, source, tag, comm, info, new))?;
        Prequest::create(py, request, Keep::new(py, message)?)
    }
}
