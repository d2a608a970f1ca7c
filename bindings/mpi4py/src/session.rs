//! `MPI.Session` (MPI 5.0, section 11.3): its handle.

use mpi_api::types::MPI_Session;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::call::mpi;
use crate::handle::{CONST, Handle, HandleClass, READY, handle_class};

/// Session context.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "Session")]
#[repr(C)]
pub(crate) struct Session(Handle<MPI_Session>);

handle_class!(Session, MPI_Session, MPI_SESSION_NULL);

#[pymethods]
impl Session {
    /// Finalize the session (MPI 5.0, section 11.3.1); the object becomes `SESSION_NULL`.
    fn Finalize(&self, py: Python<'_>) -> PyResult<()> {
        self.0.consume(|session| mpi!(py, MPI_Session_finalize(session)))
    }

    /// Call `Finalize` if not null.
    fn free(&self, py: Python<'_>) -> PyResult<()> {
        if self.raw() == Self::null() { Ok(()) } else { self.Finalize(py) }
    }

    /// A new object with the handle of `session`, or `SESSION_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (session=None), text_signature = "(session=None)")]
    fn py_new(class: &Bound<'_, PyType>, session: Option<&Bound<'_, Self>>) -> Self {
        Self(Handle::of_class(class, session.map_or_else(Self::null, |session| session.get().raw())))
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Session>()?;
    module.add("SESSION_NULL", Session(Handle::new(Session::null(), READY | CONST)))
}
