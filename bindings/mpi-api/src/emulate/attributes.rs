//! Attributes by their names of MPI 1, which the standard ABI leaves out.

use core::ffi::{c_int, c_void};

use crate::types::{MPI_Comm, MPI_Copy_function, MPI_Delete_function};

pub(crate) unsafe extern "C" fn MPI_Keyval_create(
    copy_fn: Option<MPI_Copy_function>,
    delete_fn: Option<MPI_Delete_function>,
    keyval: *mut c_int,
    extra_state: *mut c_void,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { crate::MPI_Comm_create_keyval(copy_fn, delete_fn, keyval, extra_state) }
}

pub(crate) unsafe extern "C" fn MPI_Keyval_free(keyval: *mut c_int) -> c_int {
    // SAFETY: the caller's.
    unsafe { crate::MPI_Comm_free_keyval(keyval) }
}

pub(crate) unsafe extern "C" fn MPI_Attr_put(
    comm: MPI_Comm,
    keyval: c_int,
    attribute_val: *mut c_void,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { crate::MPI_Comm_set_attr(comm, keyval, attribute_val) }
}

pub(crate) unsafe extern "C" fn MPI_Attr_get(
    comm: MPI_Comm,
    keyval: c_int,
    attribute_val: *mut c_void,
    flag: *mut c_int,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { crate::MPI_Comm_get_attr(comm, keyval, attribute_val, flag) }
}

pub(crate) unsafe extern "C" fn MPI_Attr_delete(comm: MPI_Comm, keyval: c_int) -> c_int {
    // SAFETY: the caller's.
    unsafe { crate::MPI_Comm_delete_attr(comm, keyval) }
}
