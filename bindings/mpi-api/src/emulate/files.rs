//! Files.

use core::ffi::{c_char, c_int, c_void};

use crate::types::{
    MPI_Aint, MPI_Datarep_conversion_function, MPI_Datarep_conversion_function_c,
    MPI_Datarep_extent_function, MPI_Datatype, MPI_File, MPI_Offset, MPI_Request,
};
use crate::{
    MPI_CONVERSION_FN_NULL, MPI_CONVERSION_FN_NULL_C, MPI_ERR_ARG, MPI_Register_datarep, MPI_SUCCESS,
};

// A nonblocking collective access is one of each process by itself: that they call it together is to help the library,
// and none need wait for the others.

pub(crate) unsafe extern "C" fn MPI_File_iread_at_all(
    fh: MPI_File,
    offset: MPI_Offset,
    buf: *mut c_void,
    count: c_int,
    datatype: MPI_Datatype,
    request: *mut MPI_Request,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { crate::MPI_File_iread_at(fh, offset, buf, count, datatype, request) }
}

pub(crate) unsafe extern "C" fn MPI_File_iwrite_at_all(
    fh: MPI_File,
    offset: MPI_Offset,
    buf: *const c_void,
    count: c_int,
    datatype: MPI_Datatype,
    request: *mut MPI_Request,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { crate::MPI_File_iwrite_at(fh, offset, buf, count, datatype, request) }
}

pub(crate) unsafe extern "C" fn MPI_File_iread_all(
    fh: MPI_File,
    buf: *mut c_void,
    count: c_int,
    datatype: MPI_Datatype,
    request: *mut MPI_Request,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { crate::MPI_File_iread(fh, buf, count, datatype, request) }
}

pub(crate) unsafe extern "C" fn MPI_File_iwrite_all(
    fh: MPI_File,
    buf: *const c_void,
    count: c_int,
    datatype: MPI_Datatype,
    request: *mut MPI_Request,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { crate::MPI_File_iwrite(fh, buf, count, datatype, request) }
}

/// What the user registered. Data representations are never removed, nor is this.
struct Representation {
    read: Option<MPI_Datarep_conversion_function_c>,
    write: Option<MPI_Datarep_conversion_function_c>,
    extent: MPI_Datarep_extent_function,
    extra_state: *mut c_void,
}

/// Over `MPI_Register_datarep`, with callbacks that widen their count.
pub(crate) unsafe extern "C" fn MPI_Register_datarep_c(
    datarep: *const c_char,
    read_conversion_fn: Option<MPI_Datarep_conversion_function_c>,
    write_conversion_fn: Option<MPI_Datarep_conversion_function_c>,
    dtype_file_extent_fn: Option<MPI_Datarep_extent_function>,
    extra_state: *mut c_void,
) -> c_int {
    let Some(extent) = dtype_file_extent_fn else { return MPI_ERR_ARG };
    // A null callback may be a value of its own: told by its address, never called.
    let address =
        |function: Option<MPI_Datarep_conversion_function_c>| function.map(|function| function as usize);
    let given = |function| {
        Some(function).filter(|_| address(function) != address(MPI_CONVERSION_FN_NULL_C())).flatten()
    };
    let (read, write) = (given(read_conversion_fn), given(write_conversion_fn));
    let narrow = |wide: Option<_>, own: MPI_Datarep_conversion_function| {
        if wide.is_some() { Some(own) } else { MPI_CONVERSION_FN_NULL() }
    };
    let (read_fn, write_fn) = (narrow(read, self::read), narrow(write, self::write));
    let state = Box::into_raw(Box::new(Representation { read, write, extent, extra_state }));
    // SAFETY: the caller's; what MPI takes stays, and what it refuses is still ours.
    unsafe {
        let code =
            MPI_Register_datarep(datarep, read_fn, write_fn, Some(self::extent), state.cast::<c_void>());
        if code != MPI_SUCCESS {
            drop(Box::from_raw(state));
        }
        code
    }
}

unsafe extern "C" fn read(
    userbuf: *mut c_void,
    datatype: MPI_Datatype,
    count: c_int,
    filebuf: *mut c_void,
    position: MPI_Offset,
    state: *mut c_void,
) -> c_int {
    // SAFETY: `state` is the representation registered with this callback, which has a `read`.
    unsafe {
        let state = &*state.cast::<Representation>();
        state.read.map_or(MPI_ERR_ARG, |read| {
            read(userbuf, datatype, count.into(), filebuf, position, state.extra_state)
        })
    }
}

unsafe extern "C" fn write(
    userbuf: *mut c_void,
    datatype: MPI_Datatype,
    count: c_int,
    filebuf: *mut c_void,
    position: MPI_Offset,
    state: *mut c_void,
) -> c_int {
    // SAFETY: as in `read`.
    unsafe {
        let state = &*state.cast::<Representation>();
        state.write.map_or(MPI_ERR_ARG, |write| {
            write(userbuf, datatype, count.into(), filebuf, position, state.extra_state)
        })
    }
}

unsafe extern "C" fn extent(datatype: MPI_Datatype, extent: *mut MPI_Aint, state: *mut c_void) -> c_int {
    // SAFETY: as in `read`.
    unsafe {
        let state = &*state.cast::<Representation>();
        (state.extent)(datatype, extent, state.extra_state)
    }
}
