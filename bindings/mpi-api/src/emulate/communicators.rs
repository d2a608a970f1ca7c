//! Communicators.

use core::ffi::c_int;

use crate::types::{MPI_Comm, MPI_Info, MPI_Request};

/// Hints may be ignored, and here they are: the duplicate exists only once the request is complete.
pub(crate) unsafe extern "C" fn MPI_Comm_idup_with_info(
    comm: MPI_Comm,
    _info: MPI_Info,
    newcomm: *mut MPI_Comm,
    request: *mut MPI_Request,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { crate::MPI_Comm_idup(comm, newcomm, request) }
}
