//! What an MPI library says of itself.

use core::ffi::{CStr, c_int, c_void};

use crate::narrow::{check, code};
use crate::types::{MPI_Aint, MPI_Count, MPI_Info, MPI_Offset};
use crate::{MPI_INFO_NULL, MPI_Info_create, MPI_Info_set, MPI_SUCCESS};

/// It knows of no resources.
pub(crate) unsafe extern "C" fn MPI_Get_hw_resource_info(hw_info: *mut MPI_Info) -> c_int {
    // SAFETY: the caller's.
    unsafe { MPI_Info_create(hw_info) }
}

/// It has not the standard ABI.
pub(crate) unsafe extern "C" fn MPI_Abi_get_version(abi_major: *mut c_int, abi_minor: *mut c_int) -> c_int {
    // SAFETY: the caller's.
    unsafe {
        *abi_major = -1;
        *abi_minor = -1;
    }
    MPI_SUCCESS
}

/// The sizes that this ABI has.
pub(crate) unsafe extern "C" fn MPI_Abi_get_info(info: *mut MPI_Info) -> c_int {
    const SIZES: [(&CStr, usize); 3] = [
        (c"mpi_aint_size", size_of::<MPI_Aint>()),
        (c"mpi_count_size", size_of::<MPI_Count>()),
        (c"mpi_offset_size", size_of::<MPI_Offset>()),
    ];
    code(|| {
        // SAFETY: the caller's; the strings end in a null character.
        unsafe {
            check(MPI_Info_create(info))?;
            for (key, size) in SIZES {
                let value = if size == 8 { c"8" } else { c"4" };
                check(MPI_Info_set(*info, key.as_ptr(), value.as_ptr()))?;
            }
        }
        Ok(())
    })
}

/// Nothing is known of Fortran.
pub(crate) unsafe extern "C" fn MPI_Abi_get_fortran_info(info: *mut MPI_Info) -> c_int {
    // SAFETY: the caller's.
    unsafe { *info = MPI_INFO_NULL() };
    MPI_SUCCESS
}

/// Nothing is known of Fortran.
pub(crate) unsafe extern "C" fn MPI_Abi_get_fortran_booleans(
    _logical_size: c_int,
    _logical_true: *mut c_void,
    _logical_false: *mut c_void,
    is_set: *mut c_int,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { *is_set = 0 };
    MPI_SUCCESS
}
