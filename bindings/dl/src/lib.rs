//! `mpi4py._dl`: what mpi4py's loader asks of the dynamic linker.
//!
//! It knows files, handles and symbols; which library to take is the loader's business (`mpi4py/_loader.py`).
//! The extension module `mpi4py.MPI` asks it one question, [`handle`]: from which library to bind.

mod elf;
mod mpi;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;

use std::ffi::{CString, OsStr};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use mpi4py_unwinder as _;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

use crate::system::Handle;

/// The chosen library's handle, 0 before one is chosen.
static CHOSEN: AtomicUsize = AtomicUsize::new(0);

/// Every MPI library defines it, and no profiling tool does: tools define `MPI_Init` and call this.
const OWN_SYMBOL: &str = "PMPI_Init";

/// A library of this process.
#[pyclass(frozen, module = "mpi4py._dl")]
struct Library {
    handle: Handle,
    /// The file it comes from, as the dynamic linker names it.
    path: PathBuf,
}

impl Library {
    fn new(handle: Handle, requested: &Path) -> Self {
        let own = system::symbol(handle, &c_name(OWN_SYMBOL)).and_then(system::file_of);
        Self { handle, path: own.unwrap_or_else(|| requested.to_owned()) }
    }
}

#[pymethods]
impl Library {
    /// The file it comes from, as the dynamic linker names it.
    #[getter]
    fn path(&self) -> &OsStr {
        self.path.as_os_str()
    }

    /// Whether it, or a library it depends on, defines the symbol.
    fn has(&self, name: &str) -> bool {
        CString::new(name).is_ok_and(|name| system::symbol(self.handle, &name).is_some())
    }

    /// The MPI version it reports, as `MPI_Get_version` does.
    fn version(&self) -> PyResult<(i32, i32)> {
        mpi::pair_of(self.handle, "MPI_Get_version")?.ok_or_else(|| self.lacks("MPI_Get_version"))
    }

    /// The version of the standard ABI it has, as `MPI_Abi_get_version` says; None where it has another ABI.
    fn abi_version(&self) -> PyResult<Option<(i32, i32)>> {
        Ok(mpi::pair_of(self.handle, "MPI_Abi_get_version")?.filter(|&(major, _)| major > 0))
    }

    /// What `MPI_Get_library_version` says.
    fn library_version(&self) -> PyResult<String> {
        mpi::library_version(self.handle)?.ok_or_else(|| self.lacks("MPI_Get_library_version"))
    }

    /// Makes it the library that `mpi4py.MPI` binds.
    fn choose(&self) {
        CHOSEN.store(self.handle.address(), Ordering::Release);
    }

    /// Gives it back to the dynamic linker. Ask nothing of it afterwards.
    fn close(&self) {
        system::close(self.handle);
    }

    fn __repr__(&self) -> String {
        format!("<mpi4py._dl.Library {}>", self.path.display())
    }
}

impl Library {
    fn lacks(&self, name: &str) -> PyErr {
        PyOSError::new_err(format!("{} has no {name}", self.path.display()))
    }
}

/// Which of `names` the dynamic symbol table of the file at `path` mentions, told without loading the file.
///
/// None where files are not ELF: their dynamic linkers need no such care.
/// OSError when there is no such file, or when it cannot be loaded: no library, truncated, of another machine.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands over owned values")]
fn inspect(path: PathBuf, names: Vec<String>) -> PyResult<Option<Vec<String>>> {
    if cfg!(any(target_vendor = "apple", windows)) {
        fs_err::metadata(&path)?;
        return Ok(None);
    }
    Ok(Some(elf::symbols(&path, &names)?))
}

/// Opens the library at `path` (a bare name is searched as the dynamic linker does).
///
/// Its symbols stay its own, unless `shared`. They need not be shared: Open MPI's plugins name the libraries
/// they need since Open MPI 3, and sharing lets two copies of what MPI libraries bundle (UCX, libfabric, hwloc)
/// bind to each other.
#[pyfunction]
#[pyo3(signature = (path, *, shared = false))]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands over owned values")]
fn open(py: Python<'_>, path: PathBuf, shared: bool) -> PyResult<Library> {
    let handle = py.detach(|| system::open(&path, shared)).map_err(PyOSError::new_err)?;
    Ok(Library::new(handle, &path))
}

/// The library of this process that defines the symbol, if there is one: first as the global scope finds it
/// (linked into the program, preloaded, opened with `RTLD_GLOBAL`), else any that was opened for itself.
#[pyfunction]
fn loaded(name: &str) -> PyResult<Option<Library>> {
    let name = CString::new(name).map_err(|_| PyValueError::new_err("a symbol has no NUL"))?;
    Ok(system::loaded(&name).map(|handle| Library::new(handle, Path::new(""))))
}

/// The handle of the library that `mpi4py.MPI` binds; 0 before the loader chose one.
#[pyfunction]
fn handle() -> usize {
    CHOSEN.load(Ordering::Acquire)
}

/// A symbol's name for the linker.
fn c_name(name: &str) -> CString {
    CString::new(name).expect("names in this crate have no NUL")
}

/// A failure that names no file of its own.
fn failure(text: impl Into<String>) -> io::Error {
    io::Error::other(text.into())
}

/// What mpi4py's loader asks of the dynamic linker.
#[pymodule(gil_used = false)]
mod _dl {
    #[pymodule_export]
    use super::{Library, handle, inspect, loaded, open};
}
