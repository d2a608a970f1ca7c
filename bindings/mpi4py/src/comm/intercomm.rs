//! `MPI.Intercomm` (MPI 5.0, section 7.6).

use core::ffi::c_int;

use pyo3::prelude::*;
use pyo3::types::PyType;

use super::intracomm::STRING_TAG;
use super::{Comm, Intracomm};
use crate::call::mpi;
use crate::errhandler::Errhandler;
use crate::group::Group;
use crate::handle::HandleClass;
use crate::info::Info;
use crate::method::methods;
use crate::text::Text;

/// Intercommunicator.
#[pyclass(frozen, subclass, extends = Comm, module = "mpi4py.MPI", name = "Intercomm")]
#[repr(C)]
pub(crate) struct Intercomm;

#[methods]
impl Intercomm {
    /// A new object with the handle of `comm`, an intercommunicator, or `COMM_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (comm=None), text_signature = "(comm=None)")]
    fn py_new(
        class: &Bound<'_, PyType>,
        comm: Option<&Bound<'_, Comm>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        Comm::expect(comm, Comm::is_inter, "an intercommunicator")?;
        Ok(PyClassInitializer::from(Comm::py_new(class, comm)).add_subclass(Self))
    }

    /// Create an intercommunicator of two groups that have no process in common (MPI 5.0, section 7.6.2).
    ///
    /// Collective over both. Each passes its own group first, and the leaders as ranks in the groups. For the others
    /// see `Intracomm.Create_from_group`.
    #[classmethod]
    #[pyo3(
        signature = (
            local_group, local_leader, remote_group, remote_leader, stringtag=STRING_TAG.into(), info=None,
            errhandler=None
        ),
        text_signature = "($cls, local_group, local_leader, remote_group, remote_leader, stringtag='org.mpi4py', \
                          info=..., errhandler=None)"
    )]
    #[allow(clippy::too_many_arguments, reason = "the method's own")]
    fn Create_from_groups<'py>(
        cls: &Bound<'py, PyType>,
        local_group: &Bound<'py, Group>,
        local_leader: c_int,
        remote_group: &Bound<'py, Group>,
        remote_leader: c_int,
        stringtag: Text,
        info: Option<&Bound<'py, Info>>,
        errhandler: Option<&Bound<'py, Errhandler>>,
    ) -> PyResult<Bound<'py, Comm>> {
        let (py, local, remote) = (cls.py(), local_group.get().raw(), remote_group.get().raw());
        let (tag, info) = (stringtag.as_ptr(), Info::raw_or_null(info));
        let handler = Errhandler::raw_or_default(errhandler)?;
        let mut new = Comm::null();
        mpi!(
            py,
            MPI_Intercomm_create_from_groups(
                local,
                local_leader,
                remote,
                remote_leader,
                tag,
                info,
                handler,
                &raw mut new
            )
        )?;
        Comm::wrap_as(&py.get_type::<Self>(), new)
    }

    /// Return the number of processes in the remote group.
    #[light]
    fn Get_remote_size(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        let mut size = 0;
        mpi!(MPI_Comm_remote_size(slf.as_super().get().raw(), &raw mut size))?;
        Ok(size)
    }

    /// Number of processes in the remote group.
    #[getter(remote_size)]
    #[light]
    fn get_remote_size(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        Self::Get_remote_size(slf)
    }

    /// Access the remote group.
    #[light]
    fn Get_remote_group(slf: &Bound<'_, Self>) -> PyResult<Py<Group>> {
        let mut group = Group::null();
        mpi!(MPI_Comm_remote_group(slf.as_super().get().raw(), &raw mut group))?;
        Group::create(slf.py(), group)
    }

    /// The remote group.
    #[getter(remote_group)]
    #[light]
    fn get_remote_group(slf: &Bound<'_, Self>) -> PyResult<Py<Group>> {
        Self::Get_remote_group(slf)
    }

    /// Merge both groups into one intracommunicator; the group that says `high` gets the higher ranks. Collective.
    #[pyo3(signature = (high=false))]
    #[light]
    fn Merge<'py>(slf: &Bound<'py, Self>, high: bool) -> PyResult<Bound<'py, Comm>> {
        let py = slf.py();
        let mut new = Comm::null();
        mpi!(py, MPI_Intercomm_merge(slf.as_super().get().raw(), c_int::from(high), &raw mut new))?;
        Comm::wrap_as(&py.get_type::<Intracomm>(), new)
    }
}
