//! `MPI.Intercomm` (MPI 5.0, section 7.6).

use core::ffi::c_int;

use pyo3::prelude::*;
use pyo3::types::PyType;

use super::{Comm, Intracomm};
use crate::call::mpi;
use crate::group::Group;
use crate::handle::HandleClass;

/// Intercommunicator.
#[pyclass(frozen, subclass, extends = Comm, module = "mpi4py.MPI", name = "Intercomm")]
#[repr(C)]
pub(crate) struct Intercomm;

#[pymethods]
impl Intercomm {
    /// A new object with the handle of `comm`, or `COMM_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (comm=None), text_signature = "(comm=None)")]
    fn py_new(class: &Bound<'_, PyType>, comm: Option<&Bound<'_, Comm>>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Comm::py_new(class, comm)).add_subclass(Self)
    }

    /// Return the number of processes in the remote group.
    fn Get_remote_size(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        let mut size = 0;
        mpi!(MPI_Comm_remote_size(slf.as_super().get().raw(), &raw mut size))?;
        Ok(size)
    }

    /// Number of processes in the remote group.
    #[getter(remote_size)]
    fn get_remote_size(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        Self::Get_remote_size(slf)
    }

    /// Access the remote group.
    fn Get_remote_group(slf: &Bound<'_, Self>) -> PyResult<Py<Group>> {
        let mut group = Group::null();
        mpi!(MPI_Comm_remote_group(slf.as_super().get().raw(), &raw mut group))?;
        Group::create(slf.py(), group)
    }

    /// The remote group.
    #[getter(remote_group)]
    fn get_remote_group(slf: &Bound<'_, Self>) -> PyResult<Py<Group>> {
        Self::Get_remote_group(slf)
    }

    /// Merge both groups into one intracommunicator; the group that says `high` gets the higher ranks. Collective.
    #[pyo3(signature = (high=false))]
    fn Merge<'py>(slf: &Bound<'py, Self>, high: bool) -> PyResult<Bound<'py, Comm>> {
        let py = slf.py();
        let mut new = Comm::null();
        mpi!(py, MPI_Intercomm_merge(slf.as_super().get().raw(), c_int::from(high), &raw mut new))?;
        Comm::wrap_as(&py.get_type::<Intracomm>(), new)
    }
}
