//! `MPI.Intracomm` (MPI 5.0, section 7.4).

use core::ffi::c_int;

use pyo3::prelude::*;

use super::{Comm, Intercomm};
use crate::call::mpi;
use crate::group::Group;
use crate::handle::HandleClass;

/// Intracommunicator.
#[pyclass(frozen, subclass, extends = Comm, module = "mpi4py.MPI", name = "Intracomm")]
#[repr(C)]
pub(crate) struct Intracomm;

impl Intracomm {
    /// What goes into a new object with the handle of `comm`, which was checked.
    pub(super) fn contents(comm: Option<&Bound<'_, Comm>>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Comm::py_new(comm)).add_subclass(Self)
    }

    /// `TypeError` for an intercommunicator.
    pub(super) fn check(comm: Option<&Bound<'_, Comm>>) -> PyResult<()> {
        Comm::expect(comm, Comm::Is_intra, "an intracommunicator")
    }
}

#[pymethods]
impl Intracomm {
    /// A new object with the handle of `comm`, an intracommunicator, or `COMM_NULL`.
    #[new]
    #[pyo3(signature = (comm=None))]
    fn py_new(comm: Option<&Bound<'_, Comm>>) -> PyResult<PyClassInitializer<Self>> {
        Self::check(comm)?;
        Ok(Self::contents(comm))
    }

    /// Create a communicator of the processes of `group`: collective over that group alone (MPI 5.0, section 7.4.2).
    #[pyo3(signature = (group, tag=0))]
    fn Create_group<'py>(
        slf: &Bound<'py, Self>,
        group: &Bound<'py, Group>,
        tag: c_int,
    ) -> PyResult<Bound<'py, Comm>> {
        let py = slf.py();
        let mut new = Comm::null();
        mpi!(py, MPI_Comm_create_group(slf.as_super().get().raw(), group.get().raw(), tag, &raw mut new))?;
        Comm::wrap_as(&py.get_type::<Self>(), new)
    }

    /// Create an intercommunicator from two intracommunicators, this and the one of `remote_leader` in `peer_comm`.
    #[pyo3(signature = (local_leader, peer_comm, remote_leader, tag=0))]
    fn Create_intercomm<'py>(
        slf: &Bound<'py, Self>,
        local_leader: c_int,
        peer_comm: &Bound<'py, Comm>,
        remote_leader: c_int,
        tag: c_int,
    ) -> PyResult<Bound<'py, Comm>> {
        let py = slf.py();
        let mut new = Comm::null();
        let (local, peer) = (slf.as_super().get().raw(), peer_comm.get().raw());
        mpi!(py, MPI_Intercomm_create(local, local_leader, peer, remote_leader, tag, &raw mut new))?;
        Comm::wrap_as(&py.get_type::<Intercomm>(), new)
    }
}
