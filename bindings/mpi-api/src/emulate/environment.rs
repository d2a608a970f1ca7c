//! What an MPI library says of itself.

use core::ffi::{CStr, c_int, c_void};

use crate::narrow::{check, code};
use crate::types::{MPI_Aint, MPI_Count, MPI_Datatype, MPI_Info, MPI_Offset};
use crate::{MPI_DATATYPE_NULL, MPI_INFO_NULL, MPI_Info_create, MPI_Info_set, MPI_SUCCESS, MPI_Type_size};

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

type Predefined = fn() -> MPI_Datatype;

/// Fortran's types that any library with Fortran has.
const FORTRAN: [(&CStr, Predefined); 4] = [
    (c"mpi_logical_size", crate::MPI_LOGICAL),
    (c"mpi_integer_size", crate::MPI_INTEGER),
    (c"mpi_real_size", crate::MPI_REAL),
    (c"mpi_double_precision_size", crate::MPI_DOUBLE_PRECISION),
];

/// Those that depend on the compiler.
const OPTIONAL_FORTRAN: [(&CStr, Predefined); 19] = [
    (c"mpi_logical1_supported", crate::MPI_LOGICAL1),
    (c"mpi_logical2_supported", crate::MPI_LOGICAL2),
    (c"mpi_logical4_supported", crate::MPI_LOGICAL4),
    (c"mpi_logical8_supported", crate::MPI_LOGICAL8),
    (c"mpi_logical16_supported", crate::MPI_LOGICAL16),
    (c"mpi_integer1_supported", crate::MPI_INTEGER1),
    (c"mpi_integer2_supported", crate::MPI_INTEGER2),
    (c"mpi_integer4_supported", crate::MPI_INTEGER4),
    (c"mpi_integer8_supported", crate::MPI_INTEGER8),
    (c"mpi_integer16_supported", crate::MPI_INTEGER16),
    (c"mpi_real2_supported", crate::MPI_REAL2),
    (c"mpi_real4_supported", crate::MPI_REAL4),
    (c"mpi_real8_supported", crate::MPI_REAL8),
    (c"mpi_real16_supported", crate::MPI_REAL16),
    (c"mpi_complex4_supported", crate::MPI_COMPLEX4),
    (c"mpi_complex8_supported", crate::MPI_COMPLEX8),
    (c"mpi_complex16_supported", crate::MPI_COMPLEX16),
    (c"mpi_complex32_supported", crate::MPI_COMPLEX32),
    (c"mpi_double_complex_supported", crate::MPI_DOUBLE_COMPLEX),
];

/// The size of a predefined type in bytes, 0 for one that the library lacks.
fn size_or_zero(datatype: Predefined) -> c_int {
    let (datatype, mut size) = (datatype(), 0);
    if datatype != MPI_DATATYPE_NULL() {
        // SAFETY: a predefined datatype. One that the compiler lacks may be an error, and `size` is then as it was.
        unsafe { MPI_Type_size(datatype, &raw mut size) };
    }
    size.max(0)
}

/// What the library's predefined datatypes tell of Fortran, if there is any.
pub(crate) unsafe extern "C" fn MPI_Abi_get_fortran_info(info: *mut MPI_Info) -> c_int {
    code(|| {
        // SAFETY: the caller's; the strings end in a null character.
        unsafe {
            *info = MPI_INFO_NULL();
            if size_or_zero(crate::MPI_INTEGER) == 0 {
                return Ok(());
            }
            check(MPI_Info_create(info))?;
            for (key, datatype) in FORTRAN {
                // No Fortran has a type of ten bytes or more here.
                let digit = [b'0' + size_or_zero(datatype) as u8, 0];
                check(MPI_Info_set(*info, key.as_ptr(), digit.as_ptr().cast()))?;
            }
            for (key, datatype) in OPTIONAL_FORTRAN {
                let value = if size_or_zero(datatype) > 0 { c"true" } else { c"false" };
                check(MPI_Info_set(*info, key.as_ptr(), value.as_ptr()))?;
            }
        }
        Ok(())
    })
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
