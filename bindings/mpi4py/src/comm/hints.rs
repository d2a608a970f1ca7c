//! Hints of communicators (MPI 5.0, section 7.4.4).

use pyo3::prelude::*;

use super::Comm;
use crate::call::mpi;
use crate::handle::HandleClass;
use crate::info::Info;
use crate::method::methods;

#[methods]
impl Comm {
    /// Return the hints of the communicator that are in use: a new info object.
    #[light]
    fn Get_info(&self, py: Python<'_>) -> PyResult<Py<Info>> {
        let mut info = Info::null();
        mpi!(@local py, MPI_Comm_get_info(self.raw(), &raw mut info))?;
        Info::object(py, info).map(Bound::unbind)
    }

    /// Set new values for hints of the communicator; the library may ignore them. Collective.
    #[light]
    fn Set_info(&self, info: &Bound<'_, Info>) -> PyResult<()> {
        let (comm, hints) = (self.raw(), info.get().raw());
        mpi!(info.py(), MPI_Comm_set_info(comm, hints))
    }

    /// Hints.
    #[getter(info)]
    #[light]
    fn get_info(&self, py: Python<'_>) -> PyResult<Py<Info>> {
        self.Get_info(py)
    }

    #[setter(info)]
    fn set_info(&self, info: &Bound<'_, Info>) -> PyResult<()> {
        self.Set_info(info)
    }
}
