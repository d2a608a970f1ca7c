//! `MPI.File` (MPI 5.0, chapter 14): its handle.

use mpi_api::types::MPI_File;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::call::mpi;
use crate::handle::{CONST, Handle, HandleClass, READY, handle_class};

/// File I/O context.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "File")]
#[repr(C)]
pub(crate) struct File(Handle<MPI_File>);

handle_class!(File, MPI_File, MPI_FILE_NULL);

#[pymethods]
impl File {
    /// Close the file (MPI 5.0, section 14.2.2). Collective; the object becomes `FILE_NULL`.
    fn Close(&self, py: Python<'_>) -> PyResult<()> {
        self.0.consume(|file| mpi!(py, MPI_File_close(file)))
    }

    /// Call `Close` if not null.
    fn free(&self, py: Python<'_>) -> PyResult<()> {
        if self.raw() == Self::null() { Ok(()) } else { self.Close(py) }
    }

    /// A new object with the handle of `file`, or `FILE_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (file=None), text_signature = "(file=None)")]
    fn py_new(class: &Bound<'_, PyType>, file: Option<&Bound<'_, Self>>) -> Self {
        Self(Handle::of_class(class, file.map_or_else(Self::null, |file| file.get().raw())))
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<File>()?;
    module.add("FILE_NULL", File(Handle::new(File::null(), READY | CONST)))
}
