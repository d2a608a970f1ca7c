//! The state of several requests, over that of one.
//!
//! An inactive persistent request counts as complete here: `MPI_Request_get_status` alone does not tell it apart.

use core::ffi::c_int;

use crate::narrow::{Result, cast, check, code, length};
use crate::types::{MPI_Request, MPI_Status};
use crate::{
    MPI_REQUEST_NULL, MPI_Request_get_status, MPI_STATUS_IGNORE, MPI_STATUSES_IGNORE, MPI_SUCCESS,
    MPI_UNDEFINED,
};

/// Whether `request` is complete.
unsafe fn is_complete(request: MPI_Request, status: *mut MPI_Status) -> Result<bool> {
    let mut flag = 0;
    // SAFETY: the caller's; the out-parameter is local.
    check(unsafe { MPI_Request_get_status(request, &raw mut flag, status) })?;
    Ok(flag != 0)
}

/// Where the status of request `index` goes.
unsafe fn place(statuses: *mut MPI_Status, index: usize) -> *mut MPI_Status {
    // SAFETY: the caller's.
    if statuses == MPI_STATUSES_IGNORE() { MPI_STATUS_IGNORE() } else { unsafe { statuses.add(index) } }
}

/// The first that is complete.
pub(crate) unsafe extern "C" fn MPI_Request_get_status_any(
    count: c_int,
    array_of_requests: *const MPI_Request,
    index: *mut c_int,
    flag: *mut c_int,
    status: *mut MPI_Status,
) -> c_int {
    code(|| {
        let mut active = false;
        // SAFETY: the caller's.
        unsafe {
            *index = MPI_UNDEFINED;
            for position in 0..length(count) {
                let request = *array_of_requests.add(position);
                if request == MPI_REQUEST_NULL() {
                    continue;
                }
                active = true;
                if is_complete(request, status)? {
                    *index = cast(position)?;
                    break;
                }
            }
            *flag = c_int::from(!active || *index != MPI_UNDEFINED);
            if !active {
                // The empty status; Open MPI leaves out the error.
                is_complete(MPI_REQUEST_NULL(), status)?;
                if status != MPI_STATUS_IGNORE() {
                    (*status).MPI_ERROR = MPI_SUCCESS;
                }
            }
        }
        Ok(())
    })
}

/// Whether all are complete.
pub(crate) unsafe extern "C" fn MPI_Request_get_status_all(
    count: c_int,
    array_of_requests: *const MPI_Request,
    flag: *mut c_int,
    array_of_statuses: *mut MPI_Status,
) -> c_int {
    code(|| {
        // SAFETY: the caller's.
        unsafe {
            *flag = 0;
            for position in 0..length(count) {
                if !is_complete(*array_of_requests.add(position), place(array_of_statuses, position))? {
                    return Ok(());
                }
            }
            *flag = 1;
        }
        Ok(())
    })
}

/// All that are complete.
pub(crate) unsafe extern "C" fn MPI_Request_get_status_some(
    incount: c_int,
    array_of_requests: *const MPI_Request,
    outcount: *mut c_int,
    array_of_indices: *mut c_int,
    array_of_statuses: *mut MPI_Status,
) -> c_int {
    code(|| {
        let mut active = false;
        let mut found = 0;
        // SAFETY: the caller's.
        unsafe {
            for position in 0..length(incount) {
                let request = *array_of_requests.add(position);
                if request == MPI_REQUEST_NULL() {
                    continue;
                }
                active = true;
                if is_complete(request, place(array_of_statuses, found))? {
                    *array_of_indices.add(found) = cast(position)?;
                    found += 1;
                }
            }
            *outcount = if active { cast(found)? } else { MPI_UNDEFINED };
        }
        Ok(())
    })
}
