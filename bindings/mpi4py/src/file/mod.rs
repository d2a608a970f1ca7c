//! `MPI.File` (MPI 5.0, chapter 14): parallel I/O.

mod access;
mod management;
mod representation;
mod split;
mod view;

use core::ffi::{c_char, c_int};
use core::ptr;

use mpi_api::MPI_MODE_RDONLY;
use mpi_api::types::MPI_File;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::call::{check, local, mpi, released};
use crate::comm::Intracomm;
use crate::exception;
use crate::handle::{CONST, Handle, HandleClass, READY, handle_class};
use crate::info::Info;
use crate::kin::Kin;
use crate::method::methods;

/// File I/O context.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "File")]
#[repr(C)]
pub(crate) struct File(Handle<MPI_File>);

handle_class!(File, MPI_File, MPI_FILE_NULL);

/// The name of a file, as the operating system knows it: of a `str`, bytes or path-like object.
struct Name(Py<PyAny>);

impl Name {
    fn as_ptr(&self) -> *const c_char {
        // SAFETY: bytes, which live as long as `self` and end with NUL.
        unsafe { ffi::PyBytes_AsString(self.0.as_ptr()) }
    }
}

impl<'py> FromPyObject<'_, 'py> for Name {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let mut bytes = ptr::null_mut::<ffi::PyObject>();
        // SAFETY: the object is alive and the GIL is held; the converter stores a reference to bytes without a NUL
        // in them, or raises.
        unsafe {
            if ffi::PyUnicode_FSConverter(object.as_ptr(), (&raw mut bytes).cast()) == 0 {
                return Err(PyErr::fetch(object.py()));
            }
            Ok(Self(Bound::from_owned_ptr(object.py(), bytes).unbind()))
        }
    }
}

/// A function of MPI that tells one thing of a file.
type Question<T> = unsafe fn(MPI_File, *mut T) -> c_int;

impl File {
    /// The handle, which must be that of a file: a library may not check, and crash on the null handle.
    fn opened(&self) -> PyResult<MPI_File> {
        let file = self.raw();
        if file == Self::null() { Err(exception::from_code(mpi_api::MPI_ERR_FILE)) } else { Ok(file) }
    }

    /// What `question` puts into the place of `answer`. It may go to the storage.
    fn ask<T>(&self, py: Python<'_>, question: Question<T>, mut answer: T) -> PyResult<T> {
        let (file, place) = (self.opened()?, &raw mut answer);
        // SAFETY: a function of MPI, the handle of a live object, and a local variable.
        check(released(py, || unsafe { question(file, place) }))?;
        Ok(answer)
    }

    /// As [`Self::ask`], what MPI has at hand.
    fn recall<T>(&self, py: Python<'_>, question: Question<T>, mut answer: T) -> PyResult<T> {
        let (file, place) = (self.opened()?, &raw mut answer);
        // SAFETY: as above.
        check(local(py, || unsafe { question(file, place) }))?;
        Ok(answer)
    }
}

#[methods]
impl File {
    /// A new object with the handle of `file`, or `FILE_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (file=None), text_signature = "(file=None)")]
    fn py_new(class: &Bound<'_, PyType>, file: Option<&Bound<'_, Self>>) -> Self {
        Self(Handle::of_class(class, file.map_or_else(Self::null, |file| file.get().raw())))
    }

    /// Open a file (MPI 5.0, section 14.2.1). Collective over `comm`.
    ///
    /// `amode` is a sum of `MODE_` constants, the same at all processes. The file is of bytes, seen from its start:
    /// see `Set_view`. An error is of class `ERR_NO_SUCH_FILE`, `ERR_FILE_EXISTS`, `ERR_ACCESS`, `ERR_AMODE`, …
    #[classmethod]
    #[pyo3(
        signature = (comm, filename, amode=MPI_MODE_RDONLY, info=None),
        text_signature = "($cls, comm, filename, amode=mpi4py.MPI.MODE_RDONLY, info=...)"
    )]
    fn Open<'py>(
        cls: &Bound<'py, PyType>,
        comm: &Bound<'py, Intracomm>,
        filename: Name,
        amode: c_int,
        info: Option<&Bound<'py, Info>>,
    ) -> PyResult<Bound<'py, Self>> {
        let (comm, name, info) = (comm.as_super().get().raw(), filename.as_ptr(), Info::raw_or_null(info));
        let mut new = Self::null();
        mpi!(cls.py(), MPI_File_open(comm, name, amode, info, &raw mut new))?;
        Self::wrap_as(cls, new)
    }

    /// Close the file (MPI 5.0, section 14.2.2). Collective; the object becomes `FILE_NULL`.
    fn Close(&self, py: Python<'_>) -> PyResult<()> {
        split::end(self.opened()?, || self.0.consume(|file| mpi!(py, MPI_File_close(file))))
    }

    /// Call `Close` if not null.
    fn free(&self, py: Python<'_>) -> PyResult<()> {
        if self.raw() == Self::null() { Ok(()) } else { self.Close(py) }
    }

    /// Delete a file that no process has open (MPI 5.0, section 14.2.3).
    ///
    /// An error is of class `ERR_NO_SUCH_FILE`, `ERR_FILE_IN_USE` or `ERR_ACCESS`.
    #[classmethod]
    #[pyo3(signature = (filename, info=None), text_signature = "($cls, filename, info=...)")]
    fn Delete(cls: &Bound<'_, PyType>, filename: Name, info: Option<&Bound<'_, Info>>) -> PyResult<()> {
        let (name, info) = (filename.as_ptr(), Info::raw_or_null(info));
        mpi!(cls.py(), MPI_File_delete(name, info))
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<File>()?;
    module.add("FILE_NULL", File(Handle::new(File::null(), READY | CONST)))?;
    Ok(())
}
