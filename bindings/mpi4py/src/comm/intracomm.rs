//! `MPI.Intracomm` (MPI 5.0, section 7.4).

use core::ffi::c_int;

use pyo3::prelude::*;
use pyo3::types::PyType;

use super::{Comm, Intercomm};
use crate::call::mpi;
use crate::group::Group;
use crate::handle::HandleClass;

/// Intracommunicator.
#[pyclass(frozen, subclass, extends = Comm, module = "mpi4py.MPI", name = "Intracomm")]
#[repr(C)]
pub(crate) struct Intracomm;

#[pymethods]
impl Intracomm {
    /// A new object with the handle of `comm`, or `COMM_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (comm=None), text_signature = "(comm=None)")]
    fn py_new(class: &Bound<'_, PyType>, comm: Option<&Bound<'_, Comm>>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Comm::py_new(class, comm)).add_subclass(Self)
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
