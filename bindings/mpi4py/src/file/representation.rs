//! `MPI.Register_datarep`: data representations of the user's own (MPI 5.0, section 14.5.3).

use core::ffi::{c_int, c_void};

use mpi_api::types::{MPI_Aint, MPI_Count, MPI_Datarep_conversion_function_c, MPI_Datatype, MPI_Offset};
use pyo3::prelude::*;

use crate::buffer::Buffer;
use crate::call::mpi;
use crate::callback::{self, if_alive, lend};
use crate::datatype::Datatype;
use crate::exception::error_code;
use crate::handle::integer::to_address;
use crate::message;
use crate::method::function;
use crate::text::Text;

/// What MPI calls back. A representation is there until the end, and so is this.
struct Representation {
    read: Option<Py<PyAny>>,
    write: Option<Py<PyAny>>,
    extent: Py<PyAny>,
}

/// Register a data representation, which `File.Set_view` then takes by the name `datarep` (MPI 5.0, section 14.5.3).
///
/// `read_fn(userbuf, datatype, count, filebuf, position)` converts `count` elements of `datatype` from their
/// representation in the file, at the start of `filebuf`, to that in memory, at element `position` of `userbuf`;
/// `write_fn`, of the same parameters, does it the other way round; either may be None, for what is in the file as it is
/// in memory. `extent_fn(datatype)` returns the extent of a datatype in the file, in bytes. An exception in one of them
/// makes the access to the file fail. What they are passed is theirs until they return. An error is of class
/// `ERR_DUP_DATAREP` or what the library says when it converts nothing, as those do that are known.
#[function]
fn Register_datarep(
    py: Python<'_>,
    datarep: Text,
    read_fn: Option<Py<PyAny>>,
    write_fn: Option<Py<PyAny>>,
    extent_fn: Py<PyAny>,
) -> PyResult<()> {
    let given = |function: &Option<Py<PyAny>>, own: MPI_Datarep_conversion_function_c| {
        if function.is_some() { Some(own) } else { mpi_api::MPI_CONVERSION_FN_NULL_C() }
    };
    let (reader, writer) = (given(&read_fn, read), given(&write_fn, write));
    let functions = Box::new(Representation { read: read_fn, write: write_fn, extent: extent_fn });
    let (name, state): (_, *mut c_void) = (datarep.as_ptr(), Box::into_raw(functions).cast());
    callback::announce(callback::Threads::Any);
    let registered = mpi!(py, MPI_Register_datarep_c(name, reader, writer, Some(extent), state));
    if registered.is_err() {
        // SAFETY: MPI took nothing, so the box is still ours.
        drop(unsafe { Box::from_raw(state.cast::<Representation>()) });
    }
    registered
}

/// Runs `callback` for the representation behind `state`; the error code for MPI.
///
/// # Safety
/// `state` is that of a representation of ours.
unsafe fn run(
    state: *mut c_void,
    callback: impl FnOnce(Python<'_>, &Representation) -> PyResult<()>,
) -> c_int {
    let code = if_alive(|py| {
        // SAFETY: the state is never freed.
        let representation = unsafe { &*state.cast::<Representation>() };
        match callback(py, representation) {
            Ok(()) => mpi_api::MPI_SUCCESS,
            Err(error) => error_code(py, error),
        }
    });
    code.unwrap_or(mpi_api::MPI_ERR_OTHER)
}

/// Converts `count` elements by one of the user's functions.
fn convert(
    py: Python<'_>,
    function: Option<&Py<PyAny>>,
    userbuf: *mut c_void,
    datatype: MPI_Datatype,
    count: MPI_Count,
    filebuf: *mut c_void,
    position: MPI_Offset,
) -> PyResult<()> {
    let Some(function) = function else { return Ok(()) };
    let (extent, _) = message::simple::extent(datatype)?;
    let bytes = isize::try_from(position.saturating_add(count).saturating_mul(extent).max(0))?;
    // SAFETY: MPI vouches for so many elements in memory until we return. How long their representation in the file is,
    // the user's functions know alone.
    let (memory, file) = unsafe { (Buffer::borrowed(userbuf, bytes), Buffer::borrowed(filebuf, isize::MAX)) };
    let (memory, file) = (Bound::new(py, memory)?, Bound::new(py, file)?);
    let element = lend::<Datatype, Datatype>(py, to_address(datatype))?;
    let result = function.bind(py).call1((&memory, &element.object, count, &file, position));
    // Whoever kept them must not reach what MPI reuses.
    memory.get().forget();
    file.get().forget();
    result.map(drop)
}

/// # Safety
/// MPI calls this with the state of a representation of ours, and buffers for what it asks to convert.
unsafe extern "C" fn read(
    userbuf: *mut c_void,
    datatype: MPI_Datatype,
    count: MPI_Count,
    filebuf: *mut c_void,
    position: MPI_Offset,
    state: *mut c_void,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { run(state, |py, to| convert(py, to.read.as_ref(), userbuf, datatype, count, filebuf, position)) }
}

/// # Safety
/// As [`read`].
unsafe extern "C" fn write(
    userbuf: *mut c_void,
    datatype: MPI_Datatype,
    count: MPI_Count,
    filebuf: *mut c_void,
    position: MPI_Offset,
    state: *mut c_void,
) -> c_int {
    // SAFETY: the caller's.
    unsafe {
        run(state, |py, to| convert(py, to.write.as_ref(), userbuf, datatype, count, filebuf, position))
    }
}

/// # Safety
/// MPI calls this with the state of a representation of ours, and room for an extent.
unsafe extern "C" fn extent(datatype: MPI_Datatype, extent: *mut MPI_Aint, state: *mut c_void) -> c_int {
    // SAFETY: the caller's.
    unsafe {
        run(state, |py, of| {
            let datatype = lend::<Datatype, Datatype>(py, to_address(datatype))?;
            *extent = of.extent.bind(py).call1((&datatype.object,))?.extract()?;
            Ok(())
        })
    }
}
