//! What is asked of a file and set on it as a whole: size, processes, hints, atomicity (MPI 5.0, sections 14.2, 14.6).

use core::ffi::c_int;

use mpi_api::types::{MPI_File, MPI_Group, MPI_Offset};
use pyo3::prelude::*;

use super::File;
use crate::call::{check, mpi};
use crate::group::Group;
use crate::handle::HandleClass;
use crate::info::Info;
use crate::method::{families, methods};

families! { for File as file:
    size "sizing a file" (size: offset) {
        it: (MPI_File, MPI_Offset) = (file.get().opened()?, size);
        (it.0, it.1)
        /// Set the size of the file in bytes (MPI 5.0, section 14.2.4). Collective.
        ///
        /// What is beyond the new size is lost; what is new has no defined contents.
        run Set_size = MPI_File_set_size,
        /// Have storage allocated for the first `size` bytes (MPI 5.0, section 14.2.5). Collective.
        run Preallocate = MPI_File_preallocate,
    }
}

#[methods]
impl File {
    /// Return the size of the file in bytes (MPI 5.0, section 14.2.6).
    #[light]
    fn Get_size(&self, py: Python<'_>) -> PyResult<MPI_Offset> {
        self.ask(py, mpi_api::MPI_File_get_size, 0)
    }

    /// Size (in bytes).
    #[getter]
    #[light]
    fn size(&self, py: Python<'_>) -> PyResult<MPI_Offset> {
        self.Get_size(py)
    }

    /// Return the access mode that the file was opened with (MPI 5.0, section 14.2.7).
    #[light]
    fn Get_amode(&self, py: Python<'_>) -> PyResult<c_int> {
        self.recall(py, mpi_api::MPI_File_get_amode, 0)
    }

    /// Access mode.
    #[getter]
    #[light]
    fn amode(&self, py: Python<'_>) -> PyResult<c_int> {
        self.Get_amode(py)
    }

    /// Access the group of processes that opened the file (MPI 5.0, section 14.2.7).
    #[light]
    fn Get_group(&self, py: Python<'_>) -> PyResult<Py<Group>> {
        Group::create(py, self.members(py)?)
    }

    /// Group.
    #[getter]
    #[light]
    fn group(&self, py: Python<'_>) -> PyResult<Py<Group>> {
        self.Get_group(py)
    }

    /// Group rank: that of this process among those that opened the file.
    #[getter]
    #[light]
    fn group_rank(&self, py: Python<'_>) -> PyResult<c_int> {
        self.of_group(py, mpi_api::MPI_Group_rank)
    }

    /// Group size: how many processes opened the file.
    #[getter]
    #[light]
    fn group_size(&self, py: Python<'_>) -> PyResult<c_int> {
        self.of_group(py, mpi_api::MPI_Group_size)
    }

    /// Set new values for the hints of the file (MPI 5.0, section 14.2.8). Collective.
    #[light]
    fn Set_info(&self, info: &Bound<'_, Info>) -> PyResult<()> {
        let (file, raw) = (self.opened()?, info.get().raw());
        mpi!(info.py(), MPI_File_set_info(file, raw))
    }

    /// Return the hints that are in use for the file, in a new info object (MPI 5.0, section 14.2.8).
    #[light]
    fn Get_info<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, Info>> {
        Info::object(py, self.recall(py, mpi_api::MPI_File_get_info, Info::null())?)
    }

    /// Info hints.
    #[getter(info)]
    #[light]
    fn py_info<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, Info>> {
        self.Get_info(py)
    }
    #[setter(info)]
    fn set_py_info(&self, info: &Bound<'_, Info>) -> PyResult<()> {
        self.Set_info(info)
    }

    /// Set the atomicity mode (MPI 5.0, section 14.6.1). Collective, with the same truth at all processes.
    ///
    /// When it is on, what one process writes is at once there for all, and accesses that overlap happen one after
    /// the other.
    #[light]
    fn Set_atomicity(&self, flag: &Bound<'_, PyAny>) -> PyResult<()> {
        let (file, on) = (self.opened()?, flag.is_truthy()?.into());
        mpi!(flag.py(), MPI_File_set_atomicity(file, on))
    }

    /// Return the atomicity mode.
    #[light]
    fn Get_atomicity(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.recall(py, mpi_api::MPI_File_get_atomicity, 0)? != 0)
    }

    /// Atomicity mode.
    #[getter(atomicity)]
    #[light]
    fn py_atomicity(&self, py: Python<'_>) -> PyResult<bool> {
        self.Get_atomicity(py)
    }
    #[setter(atomicity)]
    fn set_py_atomicity(&self, flag: &Bound<'_, PyAny>) -> PyResult<()> {
        self.Set_atomicity(flag)
    }

    /// Transfer what this process has written to the storage device, and see what others have (MPI 5.0, section
    /// 14.6.1). Collective.
    #[light]
    fn Sync(&self, py: Python<'_>) -> PyResult<()> {
        let file = self.opened()?;
        mpi!(py, MPI_File_sync(file))
    }
}

impl File {
    /// The processes that opened the file: a group that is the caller's to free.
    fn members(&self, py: Python<'_>) -> PyResult<MPI_Group> {
        self.recall(py, mpi_api::MPI_File_get_group, Group::null())
    }

    /// What `question` says of the processes that opened the file.
    fn of_group(
        &self,
        py: Python<'_>,
        question: unsafe fn(MPI_Group, *mut c_int) -> c_int,
    ) -> PyResult<c_int> {
        let (mut group, mut answer) = (self.members(py)?, 0);
        // SAFETY: a function of MPI, a live group and a local variable.
        let asked = check(unsafe { question(group, &raw mut answer) });
        mpi!(MPI_Group_free(&raw mut group))?;
        asked.map(|()| answer)
    }
}
