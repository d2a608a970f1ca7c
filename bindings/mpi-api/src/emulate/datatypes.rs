//! Datatypes: addresses, pairs, decoding.

use core::ffi::c_int;

use crate::narrow::{check, code, narrow_or};
use crate::types::{MPI_Aint, MPI_Count, MPI_Datatype};
use crate::{
    MPI_2DOUBLE_PRECISION, MPI_2INT, MPI_2INTEGER, MPI_2REAL, MPI_DATATYPE_NULL, MPI_DOUBLE, MPI_DOUBLE_INT,
    MPI_DOUBLE_PRECISION, MPI_ERR_COUNT, MPI_ERR_TYPE, MPI_FLOAT, MPI_FLOAT_INT, MPI_INT, MPI_INTEGER,
    MPI_LONG, MPI_LONG_DOUBLE, MPI_LONG_DOUBLE_INT, MPI_LONG_INT, MPI_REAL, MPI_SHORT, MPI_SHORT_INT,
    MPI_SUCCESS, MPI_Type_get_contents, MPI_Type_get_envelope, MPI_Type_size, MPI_Type_size_x, MPI_UNDEFINED,
};

pub(crate) unsafe extern "C" fn MPI_Aint_add(base: MPI_Aint, disp: MPI_Aint) -> MPI_Aint {
    base.wrapping_add(disp)
}

pub(crate) unsafe extern "C" fn MPI_Aint_diff(addr1: MPI_Aint, addr2: MPI_Aint) -> MPI_Aint {
    addr1.wrapping_sub(addr2)
}

/// A value's datatype, an index's, and the pair of both.
type Pair = [fn() -> MPI_Datatype; 3];

const PAIRS: [Pair; 9] = [
    [MPI_FLOAT, MPI_INT, MPI_FLOAT_INT],
    [MPI_DOUBLE, MPI_INT, MPI_DOUBLE_INT],
    [MPI_LONG, MPI_INT, MPI_LONG_INT],
    [MPI_SHORT, MPI_INT, MPI_SHORT_INT],
    [MPI_INT, MPI_INT, MPI_2INT],
    [MPI_LONG_DOUBLE, MPI_INT, MPI_LONG_DOUBLE_INT],
    [MPI_REAL, MPI_REAL, MPI_2REAL],
    [MPI_DOUBLE_PRECISION, MPI_DOUBLE_PRECISION, MPI_2DOUBLE_PRECISION],
    [MPI_INTEGER, MPI_INTEGER, MPI_2INTEGER],
];

/// The predefined pairs.
pub(crate) unsafe extern "C" fn MPI_Type_get_value_index(
    value_type: MPI_Datatype,
    index_type: MPI_Datatype,
    pair_type: *mut MPI_Datatype,
) -> c_int {
    if [value_type, index_type].contains(&MPI_DATATYPE_NULL()) {
        return MPI_ERR_TYPE;
    }
    let found = PAIRS.iter().find(|[value, index, _]| value() == value_type && index() == index_type);
    // SAFETY: the caller's.
    unsafe { *pair_type = found.map_or_else(MPI_DATATYPE_NULL, |[_, _, pair]| pair()) };
    MPI_SUCCESS
}

/// No large counts: here even a large datatype is made of small ones.
pub(crate) unsafe extern "C" fn MPI_Type_get_envelope_c(
    datatype: MPI_Datatype,
    num_integers: *mut MPI_Count,
    num_addresses: *mut MPI_Count,
    num_large_counts: *mut MPI_Count,
    num_datatypes: *mut MPI_Count,
    combiner: *mut c_int,
) -> c_int {
    let [mut integers, mut addresses, mut datatypes] = [0; 3];
    code(|| {
        // SAFETY: the caller's; the narrow out-parameters are local.
        unsafe {
            check(MPI_Type_get_envelope(
                datatype,
                &raw mut integers,
                &raw mut addresses,
                &raw mut datatypes,
                combiner,
            ))?;
            *num_integers = integers.into();
            *num_addresses = addresses.into();
            *num_large_counts = 0;
            *num_datatypes = datatypes.into();
        }
        Ok(())
    })
}

/// As the envelope.
pub(crate) unsafe extern "C" fn MPI_Type_get_contents_c(
    datatype: MPI_Datatype,
    max_integers: MPI_Count,
    max_addresses: MPI_Count,
    _max_large_counts: MPI_Count,
    max_datatypes: MPI_Count,
    array_of_integers: *mut c_int,
    array_of_addresses: *mut MPI_Aint,
    _array_of_large_counts: *mut MPI_Count,
    array_of_datatypes: *mut MPI_Datatype,
) -> c_int {
    code(|| {
        // SAFETY: the caller's.
        check(unsafe {
            MPI_Type_get_contents(
                datatype,
                narrow_or(max_integers, MPI_ERR_COUNT)?,
                narrow_or(max_addresses, MPI_ERR_COUNT)?,
                narrow_or(max_datatypes, MPI_ERR_COUNT)?,
                array_of_integers,
                array_of_addresses,
                array_of_datatypes,
            )
        })
    })
}

/// `MPI_Type_size` where the size fits: MPICH 3's `_x` takes its lock, and so aborts in the callback of a reduction.
pub(crate) unsafe extern "C" fn MPI_Type_size_c(datatype: MPI_Datatype, size: *mut MPI_Count) -> c_int {
    let mut small = 0;
    code(|| {
        // SAFETY: the caller's; `small` is local.
        unsafe {
            check(MPI_Type_size(datatype, &raw mut small))?;
            if small == MPI_UNDEFINED {
                check(MPI_Type_size_x(datatype, size))?;
            } else {
                *size = small.into();
            }
        }
        Ok(())
    })
}
