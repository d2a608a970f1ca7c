//! `MPI.Intracomm` (MPI 5.0, section 7.4).

use core::ffi::{CStr, c_int};

use pyo3::prelude::*;
use pyo3::types::PyType;

use super::{Comm, Intercomm};
use crate::call::mpi;
use crate::errhandler::Errhandler;
use crate::group::Group;
use crate::handle::HandleClass;
use crate::info::Info;
use crate::method::methods;
use crate::text::Text;

/// What tells a communicator that is made from groups alone, when the program does not say.
pub(super) const STRING_TAG: &CStr = c"org.mpi4py";

/// Intracommunicator.
#[pyclass(frozen, subclass, extends = Comm, module = "mpi4py.MPI", name = "Intracomm")]
#[repr(C)]
pub(crate) struct Intracomm;

impl Intracomm {
    /// What goes into a new object of `class` with the handle of `comm`, which was checked.
    pub(super) fn contents(
        class: &Bound<'_, PyType>,
        comm: Option<&Bound<'_, Comm>>,
    ) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Comm::py_new(class, comm)).add_subclass(Self)
    }

    /// `TypeError` for an intercommunicator.
    pub(super) fn check(comm: Option<&Bound<'_, Comm>>) -> PyResult<()> {
        Comm::expect(comm, Comm::Is_intra, "an intracommunicator")
    }
}

#[methods]
impl Intracomm {
    /// A new object with the handle of `comm`, an intracommunicator, or `COMM_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (comm=None), text_signature = "(comm=None)")]
    fn py_new(
        class: &Bound<'_, PyType>,
        comm: Option<&Bound<'_, Comm>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        Self::check(comm)?;
        Ok(Self::contents(class, comm))
    }

    /// Create a communicator of the processes of `group`: collective over that group alone (MPI 5.0, section 7.4.2).
    #[pyo3(signature = (group, tag=0))]
    #[light]
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

    /// Create a communicator of the processes of `group`, from no other (MPI 5.0, section 7.4.2). Collective over it.
    ///
    /// The processes tell calls at the same time apart by `stringtag`. `errhandler` is the error handler of the new
    /// communicator and of this call; without one it is the one that `mpi4py.rc.errors` asks for.
    #[classmethod]
    #[pyo3(
        signature = (group, stringtag=STRING_TAG.into(), info=None, errhandler=None),
        text_signature = "($cls, group, stringtag='org.mpi4py', info=..., errhandler=None)"
    )]
    fn Create_from_group<'py>(
        cls: &Bound<'py, PyType>,
        group: &Bound<'py, Group>,
        stringtag: Text,
        info: Option<&Bound<'py, Info>>,
        errhandler: Option<&Bound<'py, Errhandler>>,
    ) -> PyResult<Bound<'py, Comm>> {
        let (py, group, info) = (cls.py(), group.get().raw(), Info::raw_or_null(info));
        let (tag, handler) = (stringtag.as_ptr(), Errhandler::raw_or_default(errhandler)?);
        let mut new = Comm::null();
        mpi!(py, MPI_Comm_create_from_group(group, tag, info, handler, &raw mut new))?;
        Comm::wrap_as(&py.get_type::<Self>(), new)
    }

    /// Create an intercommunicator from two intracommunicators, this and the one of `remote_leader` in `peer_comm`.
    #[pyo3(signature = (local_leader, peer_comm, remote_leader, tag=0))]
    #[light]
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
