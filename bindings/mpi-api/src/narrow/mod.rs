//! Large counts over functions that count in `int`.
//!
//! The build script (`build/narrow.rs`) writes `MPI_X_c` over `MPI_X` with what is here. A count that fits is passed
//! on. One that does not becomes a derived datatype that spans it, with count 1: its signature is the same, so each
//! process decides for itself, and the others may well pass the plain count.

mod peers;
mod reduction;
mod room;
mod span;
mod vector;

use core::ffi::c_int;

use crate::types::{MPI_Aint, MPI_Count};
use crate::{MPI_IN_PLACE, MPI_SUCCESS};

pub(crate) use peers::{group, is_inter, neighbors, peers, peers_at_root};
pub(crate) use reduction::{Op, Reduction, in_chunks, shifted};
pub(crate) use room::{Kept, Local, Room, Temporary};
pub(crate) use span::{Datatype, Elements, contiguous, extent_of, size_of, strided, structure};
pub(crate) use vector::{Allgather, Vectors, allgatherv, total};

/// The largest count that a plain function is given. Tests make it tiny, and so reach with a few elements the paths
/// that programs reach beyond 2³¹.
pub(crate) const LIMIT: c_int = if cfg!(feature = "small-counts") { 4 } else { c_int::MAX };

/// How many elements one chunk of a reduction holds.
pub(crate) const BLOCK: c_int = if cfg!(feature = "small-counts") { 2 } else { 1 << 30 };

/// An error code of MPI, or a value.
pub(crate) type Result<T> = core::result::Result<T, c_int>;

/// The return code of `run`.
#[inline(always)]
pub(crate) fn code(run: impl FnOnce() -> Result<()>) -> c_int {
    run().err().unwrap_or(MPI_SUCCESS)
}

/// What a return code says.
#[inline(always)]
pub(crate) fn check(code: c_int) -> Result<()> {
    if code == MPI_SUCCESS { Ok(()) } else { Err(code) }
}

/// `value`, if a plain function can take it.
#[inline(always)]
pub(crate) fn fit(value: impl TryInto<c_int>) -> Option<c_int> {
    value
        .try_into()
        .ok()
        .filter(|value: &c_int| LIMIT == c_int::MAX || value.unsigned_abs() <= LIMIT.unsigned_abs())
}

/// `value`, or the error class `error`: for what is no count of elements.
#[inline(always)]
pub(crate) fn narrow_or(value: impl TryInto<c_int>, error: c_int) -> Result<c_int> {
    value.try_into().map_err(|_| error)
}

/// `value` as another integer type: the same one in most ABIs, `int` where a call is narrowed.
#[inline(always)]
pub(crate) fn cast<T: TryInto<U>, U>(value: T) -> Result<U> {
    value.try_into().map_err(|_| crate::MPI_ERR_ARG)
}

/// `value` as an index or length; a negative one is empty.
#[inline(always)]
pub(crate) fn length(value: impl TryInto<usize>) -> usize {
    value.try_into().unwrap_or(0)
}

/// `a * b`, as a displacement in bytes.
pub(crate) fn bytes(count: MPI_Count, extent: MPI_Aint) -> Result<MPI_Aint> {
    cast::<_, MPI_Aint>(count)?.checked_mul(extent).ok_or(crate::MPI_ERR_COUNT)
}

/// `length`, or 0 when `buffer` is `MPI_IN_PLACE` and what describes it is not to be read.
#[inline(always)]
pub(crate) fn unless_in_place(buffer: *const core::ffi::c_void, length: usize) -> usize {
    if buffer == MPI_IN_PLACE().cast_const() { 0 } else { length }
}
