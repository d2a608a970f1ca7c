//! `MPI.Session` (MPI 5.0, section 11.3): its handle.

use mpi_api::types::MPI_Session;
use pyo3::prelude::*;

use crate::handle::{CONST, Handle, HandleClass, READY, handle_class};
use crate::kin::Kin;

/// Session context.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "Session")]
#[repr(C)]
pub(crate) struct Session(Handle<MPI_Session>);

handle_class!(Session, MPI_Session, MPI_SESSION_NULL);

#[pymethods]
impl Session {
    /// A new object with the handle of `session`, or `SESSION_NULL`.
    #[new]
    #[pyo3(signature = (session=None))]
    fn py_new(session: Option<&Bound<'_, Self>>) -> Self {
        Self::of(session.map_or_else(Self::null, |session| session.get().raw()))
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Session>()?;
    module.add("SESSION_NULL", Session(Handle::new(Session::null(), READY | CONST)))
}
