//! The extension module `mpi4py.MPI`: MPI from Python.
//!
//! One file per class or chapter of the MPI standard; `message` reads what callers pass, `call` is the one way to
//! call MPI, `handle` is the layout that compiled clients rely on. Nothing here knows which MPI library is
//! below: see `mpi_api`.
#![allow(non_snake_case, reason = "methods have MPI's own names")]

mod attributes;
mod buffer;
mod call;
mod callback;
mod capi;
mod comm;
mod constants;
mod datatype;
mod environment;
mod errhandler;
mod exception;
mod file;
mod group;
mod handle;
mod info;
mod invoke;
mod kin;
mod lifecycle;
mod matched;
mod message;
mod method;
mod op;
mod owned;
mod pages;
mod pickled;
mod ports;
mod request;
mod sentinel;
mod session;
mod status;
mod text;
mod win;

use mpi4py_unwinder as _;
use pyo3::prelude::*;

/// Message Passing Interface.
#[pymodule]
#[pyo3(name = "MPI")]
fn mpi(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let handle: usize = py.import("mpi4py._dl")?.call_method0("handle")?.extract()?;
    if handle == 0 {
        return Err(pyo3::exceptions::PyImportError::new_err(
            "mpi4py.MPI: no MPI library was chosen; import it as 'from mpi4py import MPI'",
        ));
    }
    // SAFETY: the loader opened the library, found it to be of this variant's ABI, and never closes it.
    unsafe { mpi_api::bind(handle as *mut _) };
    buffer::register(module)?;
    constants::register(module)?;
    errhandler::register(module)?;
    exception::register(module)?;
    group::register(module)?;
    info::register(module)?;
    sentinel::register(module)?;
    status::register(module)?;
    datatype::register(module)?;
    op::register(module)?;
    pickled::register(module)?;
    matched::register(module)?;
    request::register(module)?;
    comm::register(module)?;
    session::register(module)?;
    file::register(module)?;
    win::register(module)?;
    capi::register(module)?;
    method::install(module, &py.get_type::<comm::Comm>(), &py.get_type::<comm::Intracomm>())?;
    // PyO3 lists there what it added itself; without it `import *` takes every public name.
    module.delattr("__all__")?;
    lifecycle::start(py)
}
