//! The buffers that sends in buffered mode use (MPI 5.0, section 3.6): one for all, or one per communicator.

use core::ffi::c_void;
use std::sync::Mutex;

use mpi_api::types::MPI_Count;
use pyo3::exceptions::PyNotImplementedError;
use pyo3::prelude::*;

use crate::buffer::Buffer;
use crate::call::mpi;
use crate::comm::Comm;
use crate::environment::library_name;
use crate::handle::HandleClass;
use crate::handle::integer::to_address;
use crate::message::{Access, Memory};
use crate::method::{function, methods};
use crate::request::Request;
use crate::sentinel::BufferAutomatic;

/// What a buffer is attached to: everything, or the object with this handle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Everything,
    Comm(usize),
    Session(usize),
}

/// A buffer that MPI uses.
struct Attached {
    place: Place,
    memory: Memory,
    object: Py<PyAny>,
}

// SAFETY: reached and dropped with the GIL held only.
unsafe impl Send for Attached {}

static ATTACHED: Mutex<Vec<Attached>> = Mutex::new(Vec::new());

/// Changes the list of what is attached. What this gives back is dropped when the list is free again: that may
/// run Python code.
fn with<R>(change: impl FnOnce(&mut Vec<Attached>) -> R) -> R {
    change(&mut ATTACHED.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// Attaches `buf`, or MPI's own memory for None and `BUFFER_AUTOMATIC`, by `call(address, bytes)`.
pub(crate) fn attach(
    place: Place,
    buf: &Bound<'_, PyAny>,
    call: impl FnOnce(*mut c_void, MPI_Count) -> PyResult<()>,
) -> PyResult<()> {
    if buf.is_none() || buf.is_exact_instance_of::<BufferAutomatic>() {
        let automatic = mpi_api::MPI_BUFFER_AUTOMATIC();
        if automatic.is_null() {
            return Err(PyNotImplementedError::new_err(format!(
                "MPI_BUFFER_AUTOMATIC is not available in this MPI library ({}): attach memory of your own",
                library_name(buf.py())
            )));
        }
        return call(automatic, 0);
    }
    let memory = Memory::borrow(buf, Access::Write)?;
    call(memory.address, memory.bytes as MPI_Count)?;
    let attached = Attached { place, memory, object: buf.clone().unbind() };
    with(|list| list.push(attached));
    Ok(())
}

/// Detaches by `call(address of the address, bytes)`, and gives back what was attached.
pub(crate) fn detach(
    py: Python<'_>,
    place: Place,
    call: impl FnOnce(*mut c_void, *mut MPI_Count) -> PyResult<()>,
) -> PyResult<Bound<'_, PyAny>> {
    let (mut address, mut bytes) = (core::ptr::null_mut::<c_void>(), 0);
    call((&raw mut address).cast(), &raw mut bytes)?;
    if address == mpi_api::MPI_BUFFER_AUTOMATIC() && !address.is_null() {
        return Ok(Bound::new(py, BufferAutomatic)?.into_any());
    }
    let known = with(|list| {
        let index = list.iter().position(|known| known.place == place && known.memory.address == address)?;
        Some(list.swap_remove(index))
    });
    match known {
        Some(known) => Ok(known.object.into_bound(py)),
        // SAFETY: the memory of whoever attached it, if anybody did: not by us.
        None => Ok(Bound::new(py, unsafe { Buffer::borrowed(address, bytes as isize) })?.into_any()),
    }
}

/// Attach a user-provided buffer for sending in buffered mode (MPI 5.0, section 3.6).
///
/// Each message takes `BSEND_OVERHEAD` bytes more than its data. With None or `BUFFER_AUTOMATIC` MPI finds the
/// memory itself (MPI 4.1).
#[function]
fn Attach_buffer(buf: &Bound<'_, PyAny>) -> PyResult<()> {
    attach(Place::Everything, buf, |address, bytes| mpi!(MPI_Buffer_attach_c(address, bytes)))
}

/// Remove an existing attached buffer, when its messages are on their way, and return it.
#[function]
fn Detach_buffer(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    detach(py, Place::Everything, |address, bytes| mpi!(py, MPI_Buffer_detach_c(address, bytes)))
}

/// Block until all buffered messages have been transmitted (MPI 4.1).
#[function]
fn Flush_buffer(py: Python<'_>) -> PyResult<()> {
    mpi!(py, MPI_Buffer_flush())
}

/// Nonblocking flush for buffered messages (MPI 4.1).
#[function]
fn Iflush_buffer(py: Python<'_>) -> PyResult<Py<Request>> {
    let mut request = mpi_api::MPI_REQUEST_NULL();
    mpi!(py, MPI_Buffer_iflush(&raw mut request))?;
    Request::create(py, request, py.None())
}

#[methods]
impl Comm {
    /// Attach a user-provided buffer for sending in buffered mode in this communicator (MPI 4.1).
    fn Attach_buffer(&self, buf: &Bound<'_, PyAny>) -> PyResult<()> {
        let comm = self.raw();
        attach(Place::Comm(to_address(comm)), buf, |address, bytes| {
            mpi!(MPI_Comm_attach_buffer_c(comm, address, bytes))
        })
    }

    /// Remove an existing attached buffer, when its messages are on their way, and return it.
    fn Detach_buffer<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let comm = self.raw();
        let call = |address, bytes| mpi!(py, MPI_Comm_detach_buffer_c(comm, address, bytes));
        detach(py, Place::Comm(to_address(comm)), call)
    }

    /// Block until all buffered messages have been transmitted.
    fn Flush_buffer(&self, py: Python<'_>) -> PyResult<()> {
        mpi!(py, MPI_Comm_flush_buffer(self.raw()))
    }

    /// Nonblocking flush for buffered messages.
    fn Iflush_buffer(&self, py: Python<'_>) -> PyResult<Py<Request>> {
        let mut request = mpi_api::MPI_REQUEST_NULL();
        mpi!(py, MPI_Comm_iflush_buffer(self.raw(), &raw mut request))?;
        Request::create(py, request, py.None())
    }
}
