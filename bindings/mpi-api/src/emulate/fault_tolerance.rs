//! Fault tolerance (ULFM) where a library has none: no process is known to fail, so nothing can be revoked, everybody
//! agrees by a reduction, and what is left of a communicator is all of it.

use core::ffi::c_int;

use crate::narrow::{Kept, Room};
use crate::types::{MPI_Comm, MPI_Group, MPI_Request};
use crate::{
    MPI_Allreduce, MPI_BAND, MPI_Comm_idup, MPI_Comm_split, MPI_GROUP_EMPTY, MPI_INT, MPI_Iallreduce,
    MPI_REQUEST_NULL, MPI_SUCCESS, binding,
};

pub(crate) unsafe extern "C" fn MPIX_Comm_is_revoked(_comm: MPI_Comm, flag: *mut c_int) -> c_int {
    // SAFETY: the caller's.
    unsafe { *flag = 0 };
    MPI_SUCCESS
}

pub(crate) unsafe extern "C" fn MPIX_Comm_get_failed(_comm: MPI_Comm, failedgrp: *mut MPI_Group) -> c_int {
    // SAFETY: the caller's.
    unsafe { *failedgrp = MPI_GROUP_EMPTY() };
    MPI_SUCCESS
}

pub(crate) unsafe extern "C" fn MPIX_Comm_ack_failed(
    _comm: MPI_Comm,
    _num_to_ack: c_int,
    num_acked: *mut c_int,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { *num_acked = 0 };
    MPI_SUCCESS
}

pub(crate) unsafe extern "C" fn MPIX_Comm_agree(comm: MPI_Comm, flag: *mut c_int) -> c_int {
    // SAFETY: the caller's. The flag goes in from a copy: an intercommunicator has no "in place".
    unsafe {
        let mine = *flag;
        MPI_Allreduce((&raw const mine).cast(), flag.cast(), 1, MPI_INT(), MPI_BAND(), comm)
    }
}

pub(crate) unsafe extern "C" fn MPIX_Comm_iagree(
    comm: MPI_Comm,
    flag: *mut c_int,
    request: *mut MPI_Request,
) -> c_int {
    let mut room = Kept::new();
    let mine = room.ints(1);
    // SAFETY: the caller's; the copy is kept with the request.
    let code = unsafe {
        *mine = *flag;
        MPI_Iallreduce(mine.cast_const().cast(), flag.cast(), 1, MPI_INT(), MPI_BAND(), comm, request)
    };
    room.keep();
    code
}

pub(crate) unsafe extern "C" fn MPIX_Comm_shrink(comm: MPI_Comm, newcomm: *mut MPI_Comm) -> c_int {
    // SAFETY: the caller's.
    unsafe { MPI_Comm_split(comm, 0, 0, newcomm) }
}

/// Where a library has a blocking one, that is what finds a way around failed processes; it waits.
pub(crate) unsafe extern "C" fn MPIX_Comm_ishrink(
    comm: MPI_Comm,
    newcomm: *mut MPI_Comm,
    request: *mut MPI_Request,
) -> c_int {
    let tolerant = binding().is_some_and(|binding| binding.native.contains(&"MPIX_Comm_shrink"));
    // SAFETY: the caller's.
    unsafe {
        if !tolerant {
            return MPI_Comm_idup(comm, newcomm, request);
        }
        *request = MPI_REQUEST_NULL();
        match crate::MPIX_Comm_shrink(comm, newcomm) {
            // A request that is complete, and is there to be waited for.
            MPI_SUCCESS => crate::MPI_Ibarrier(crate::MPI_COMM_SELF(), request),
            failed => failed,
        }
    }
}
