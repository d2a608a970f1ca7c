//! User-defined operations.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicPtr, Ordering};

use crate::types::{MPI_Count, MPI_Datatype, MPI_Op, MPI_User_function, MPI_User_function_c};
use crate::{MPI_ERR_INTERN, MPI_ERR_OP, MPI_Op_create};

/// How many functions can be registered: each distinct one takes a place, for good.
const PLACES: usize = 64;

static FUNCTIONS: [AtomicPtr<()>; PLACES] = [const { AtomicPtr::new(core::ptr::null_mut()) }; PLACES];

/// An operation that counts in `int` over the one at `PLACE`: MPI hands an operation nothing to know it by.
unsafe extern "C" fn widened<const PLACE: usize>(
    input: *mut c_void,
    inout: *mut c_void,
    length: *mut c_int,
    datatype: *mut MPI_Datatype,
) {
    let function = FUNCTIONS[PLACE].load(Ordering::Acquire);
    // SAFETY: the place was filled with a function of this type before MPI knew of us.
    unsafe {
        let mut length = MPI_Count::from(*length);
        core::mem::transmute::<*mut (), MPI_User_function_c>(function)(
            input,
            inout,
            &raw mut length,
            datatype,
        );
    }
}

macro_rules! table {
    ($($row:literal)*) => {
        [$(
            widened::<{ 8 * $row }>, widened::<{ 8 * $row + 1 }>, widened::<{ 8 * $row + 2 }>,
            widened::<{ 8 * $row + 3 }>, widened::<{ 8 * $row + 4 }>, widened::<{ 8 * $row + 5 }>,
            widened::<{ 8 * $row + 6 }>, widened::<{ 8 * $row + 7 }>,
        )*]
    };
}

static WIDENED: [MPI_User_function; PLACES] = table!(0 1 2 3 4 5 6 7);

/// The place of `function`, the same each time.
fn place(function: *mut ()) -> Option<usize> {
    FUNCTIONS.iter().position(|place| {
        let before =
            place.compare_exchange(core::ptr::null_mut(), function, Ordering::AcqRel, Ordering::Acquire);
        before.is_ok() || before == Err(function)
    })
}

/// Over `MPI_Op_create`, for up to 64 distinct functions.
pub(crate) unsafe extern "C" fn MPI_Op_create_c(
    user_fn: Option<MPI_User_function_c>,
    commute: c_int,
    op: *mut MPI_Op,
) -> c_int {
    let Some(function) = user_fn else { return MPI_ERR_OP };
    match place(function as *mut ()) {
        // SAFETY: the caller's.
        Some(place) => unsafe { MPI_Op_create(Some(WIDENED[place]), commute, op) },
        None => MPI_ERR_INTERN,
    }
}
