//! Status: its fields, the count it holds, and its Fortran forms, which have the same layout in every ABI.

use core::ffi::c_int;

use crate::narrow::{check, code, size_of};
use crate::types::{MPI_Count, MPI_Datatype, MPI_F08_status, MPI_Fint, MPI_Status};
use crate::{MPI_BYTE, MPI_Get_count, MPI_Get_elements_x, MPI_SUCCESS, MPI_UNDEFINED};

/// In bytes, which `MPI_Get_elements_x` counts without a limit, and then in elements.
pub(crate) unsafe extern "C" fn MPI_Get_count_c(
    status: *const MPI_Status,
    datatype: MPI_Datatype,
    count: *mut MPI_Count,
) -> c_int {
    code(|| {
        // SAFETY: the caller's.
        unsafe {
            let size = size_of(datatype)?;
            if size == 0 {
                let mut int = 0;
                check(MPI_Get_count(status, datatype, &raw mut int))?;
                *count = int.into();
                return Ok(());
            }
            check(MPI_Get_elements_x(status, MPI_BYTE(), count))?;
            let bytes = *count;
            let undefined = MPI_Count::from(MPI_UNDEFINED);
            *count = if bytes == undefined || bytes % size != 0 { undefined } else { bytes / size };
        }
        Ok(())
    })
}

pub(crate) unsafe extern "C" fn MPI_Status_get_source(
    status: *const MPI_Status,
    source: *mut c_int,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { *source = (*status).MPI_SOURCE };
    MPI_SUCCESS
}

pub(crate) unsafe extern "C" fn MPI_Status_get_tag(status: *const MPI_Status, tag: *mut c_int) -> c_int {
    // SAFETY: the caller's.
    unsafe { *tag = (*status).MPI_TAG };
    MPI_SUCCESS
}

pub(crate) unsafe extern "C" fn MPI_Status_get_error(status: *const MPI_Status, error: *mut c_int) -> c_int {
    // SAFETY: the caller's.
    unsafe { *error = (*status).MPI_ERROR };
    MPI_SUCCESS
}

pub(crate) unsafe extern "C" fn MPI_Status_set_source(status: *mut MPI_Status, source: c_int) -> c_int {
    // SAFETY: the caller's.
    unsafe { (*status).MPI_SOURCE = source };
    MPI_SUCCESS
}

pub(crate) unsafe extern "C" fn MPI_Status_set_tag(status: *mut MPI_Status, tag: c_int) -> c_int {
    // SAFETY: the caller's.
    unsafe { (*status).MPI_TAG = tag };
    MPI_SUCCESS
}

pub(crate) unsafe extern "C" fn MPI_Status_set_error(status: *mut MPI_Status, error: c_int) -> c_int {
    // SAFETY: the caller's.
    unsafe { (*status).MPI_ERROR = error };
    MPI_SUCCESS
}

/// Copies a status from one of its forms to another.
unsafe fn copy<From, To>(from: *const From, to: *mut To) -> c_int {
    // SAFETY: the caller's: both have the size of a status, whatever the alignment of the types.
    unsafe { core::ptr::copy(from.cast::<u8>(), to.cast::<u8>(), core::mem::size_of::<MPI_Status>()) };
    MPI_SUCCESS
}

pub(crate) unsafe extern "C" fn MPI_Status_c2f(
    c_status: *const MPI_Status,
    f_status: *mut MPI_Fint,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { copy(c_status, f_status) }
}

pub(crate) unsafe extern "C" fn MPI_Status_f2c(
    f_status: *const MPI_Fint,
    c_status: *mut MPI_Status,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { copy(f_status, c_status) }
}

pub(crate) unsafe extern "C" fn MPI_Status_c2f08(
    c_status: *const MPI_Status,
    f08_status: *mut MPI_F08_status,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { copy(c_status, f08_status) }
}

pub(crate) unsafe extern "C" fn MPI_Status_f082c(
    f08_status: *const MPI_F08_status,
    c_status: *mut MPI_Status,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { copy(f08_status, c_status) }
}

pub(crate) unsafe extern "C" fn MPI_Status_f2f08(
    f_status: *const MPI_Fint,
    f08_status: *mut MPI_F08_status,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { copy(f_status, f08_status) }
}

pub(crate) unsafe extern "C" fn MPI_Status_f082f(
    f08_status: *const MPI_F08_status,
    f_status: *mut MPI_Fint,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { copy(f08_status, f_status) }
}
