//! Probes: what a receive would get (MPI 5.0, section 3.8).

use mpi_api::types::MPI_Status;
use pyo3::prelude::*;

use crate::call::mpi;
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::matched::Matched;
use crate::method::methods;

impl Comm {
    /// Waits until a message is there: `MPI_Probe`. Always true.
    pub fn probe(&self, py: Python<'_>, source: i32, tag: i32, status: *mut MPI_Status) -> PyResult<bool> {
        mpi!(py, MPI_Probe(source, tag, self.raw(), status)).map(|()| true)
    }

    /// Whether a message is there: `MPI_Iprobe`.
    pub fn iprobe(&self, py: Python<'_>, source: i32, tag: i32, status: *mut MPI_Status) -> PyResult<bool> {
        let mut flag = 0;
        let address = &raw mut flag;
        mpi!(py, MPI_Iprobe(source, tag, self.raw(), address, status))?;
        Ok(flag != 0)
    }
}

methods! { METHODS for Comm as comm:
    /// Blocking test for a message (MPI 5.0, section 3.8.1). Always returns True.
    Probe (source: any_source, tag: any_tag, status: status) |py| {
        comm.get().probe(py, source, tag, status)
    }

    /// Nonblocking test for a message (MPI 5.0, section 3.8.1).
    Iprobe (source: any_source, tag: any_tag, status: status) |py| {
        comm.get().iprobe(py, source, tag, status)
    }

    /// Blocking test for a matched message (MPI 5.0, section 3.8.2), which only the object returned can receive.
    Mprobe (source: any_source, tag: any_tag, status: status) |py| {
        let mut message = mpi_api::MPI_MESSAGE_NULL();
        let address = &raw mut message;
        mpi!(py, MPI_Mprobe(source, tag, comm.get().raw(), address, status))
            .and_then(|()| Matched::create(py, message))
    }

    /// Nonblocking test for a matched message; None when there is none.
    Improbe (source: any_source, tag: any_tag, status: status) |py| {
        let (mut message, mut flag) = (mpi_api::MPI_MESSAGE_NULL(), 0);
        let (address, found) = (&raw mut message, &raw mut flag);
        mpi!(py, MPI_Improbe(source, tag, comm.get().raw(), found, address, status))
            .and_then(|()| (flag != 0).then(|| Matched::create(py, message)).transpose())
    }
}
