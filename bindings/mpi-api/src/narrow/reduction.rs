//! Reductions of more elements than `int` counts.
//!
//! A derived datatype does not do: operations are defined on predefined ones. What is blocking goes in chunks. The
//! rest is given a datatype that spans all elements, with an operation of our own on it that applies the real one in
//! chunks.

use core::ffi::{c_int, c_void};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::span::contiguous;
use super::{BLOCK, Datatype, Result, Temporary, bytes, cast, check, extent_of, fit, length};
use crate::scratch::Keeper;
use crate::types::{MPI_Count, MPI_Datatype, MPI_Op};
use crate::{
    MPI_Abort, MPI_COMBINER_F90_COMPLEX, MPI_COMBINER_F90_INTEGER, MPI_COMBINER_F90_REAL, MPI_COMBINER_NAMED,
    MPI_COMM_WORLD, MPI_ERR_COUNT, MPI_ERR_TYPE, MPI_Op_commutative, MPI_Op_create, MPI_Op_free,
    MPI_Reduce_local, MPI_Type_get_envelope,
};

/// Runs a reduction of `count` elements chunk by chunk. `run` gets the chunk's displacement in bytes and its count.
///
/// # Safety
/// MPI is up, and `datatype` is valid.
#[cold]
pub(crate) unsafe fn in_chunks(
    count: MPI_Count,
    datatype: MPI_Datatype,
    mut run: impl FnMut(isize, c_int) -> c_int,
) -> Result<()> {
    if count < 0 {
        return Err(MPI_ERR_COUNT);
    }
    // SAFETY: the caller's.
    let extent = unsafe { extent_of(datatype) }?;
    let mut done = 0;
    while done < count {
        let chunk = (count - done).min(BLOCK.into());
        check(run(cast(bytes(done, extent)?)?, cast(chunk)?))?;
        done += chunk;
    }
    Ok(())
}

/// `buffer`, further by `displacement` bytes, unless its address has a meaning of its own.
#[inline]
pub(crate) fn shifted(buffer: *const c_void, displacement: isize) -> *mut c_void {
    if super::unless_in_place(buffer, 1) == 0 {
        buffer.cast_mut()
    } else {
        buffer.wrapping_byte_offset(displacement).cast_mut()
    }
}

/// A count, a datatype and an operation as a plain function takes them.
pub(crate) struct Reduction {
    pub count: c_int,
    pub datatype: Datatype,
    pub op: Op,
}

/// An operation, freed at the end if it is ours.
#[derive(Debug)]
pub(crate) struct Op {
    pub handle: MPI_Op,
    /// The datatype that it is for.
    spanning: Option<MPI_Datatype>,
}

impl Op {
    /// Whether dropping it frees the operation.
    pub fn is_owned(&self) -> bool {
        self.spanning.is_some()
    }
}

impl Reduction {
    /// `count` elements of `datatype` under `op`.
    ///
    /// # Safety
    /// MPI is up; the handles are valid wherever `count` does not fit. A user-defined `op` is not freed before the
    /// operation is complete.
    #[inline(always)]
    pub unsafe fn new(count: MPI_Count, datatype: MPI_Datatype, op: MPI_Op) -> Result<Self> {
        match fit(count) {
            Some(count) => {
                let op = Op { handle: op, spanning: None };
                Ok(Self { count, datatype: Datatype::borrowed(datatype), op })
            }
            // SAFETY: the caller's.
            None => unsafe { Self::spanning(count, datatype, op) },
        }
    }

    #[cold]
    #[inline(never)]
    unsafe fn spanning(count: MPI_Count, datatype: MPI_Datatype, op: MPI_Op) -> Result<Self> {
        if !operations_may_call_mpi() {
            return Err(MPI_ERR_COUNT);
        }
        // SAFETY: the caller's; out-parameters are local.
        unsafe {
            let meaning = Meaning { op, base: kept(datatype)?, count };
            let datatype = contiguous(count, datatype)?.committed()?;
            let mut commute = 0;
            check(MPI_Op_commutative(op, &raw mut commute))?;
            let mut handle = crate::MPI_OP_NULL();
            check(MPI_Op_create(Some(apply), commute, &raw mut handle))?;
            meanings().push((datatype.handle, Arc::new(meaning)));
            let op = Op { handle, spanning: Some(datatype.handle) };
            Ok(Self { count: 1, datatype, op })
        }
    }
}

/// MPICH 3 applies operations under a lock that is not recursive, and aborts when one calls MPI.
fn operations_may_call_mpi() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let mut version = vec![0_u8; length(crate::MPI_MAX_LIBRARY_VERSION_STRING) + 1];
        let mut used = 0;
        // SAFETY: there is room for the longest version string.
        let code = unsafe { crate::MPI_Get_library_version(version.as_mut_ptr().cast(), &raw mut used) };
        code == crate::MPI_SUCCESS && !version.starts_with(b"MPICH Version:\t3.")
    })
}

/// `datatype`, kept alive. Predefined operations take predefined datatypes only, not their duplicates.
unsafe fn kept(datatype: MPI_Datatype) -> Result<Datatype> {
    let (mut integers, mut addresses, mut datatypes, mut combiner) = (0, 0, 0, 0);
    // SAFETY: the caller's; the out-parameters are local.
    unsafe {
        check(MPI_Type_get_envelope(
            datatype,
            &raw mut integers,
            &raw mut addresses,
            &raw mut datatypes,
            &raw mut combiner,
        ))?;
        match combiner {
            MPI_COMBINER_NAMED
            | MPI_COMBINER_F90_INTEGER
            | MPI_COMBINER_F90_REAL
            | MPI_COMBINER_F90_COMPLEX => Ok(Datatype::borrowed(datatype)),
            _ => Datatype::made(|new| crate::MPI_Type_dup(datatype, new)),
        }
    }
}

impl Drop for Op {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(spanning) = self.spanning {
            // SAFETY: ours, and alive. Nothing can be done about an error here.
            unsafe { MPI_Op_free(&raw mut self.handle) };
            meanings().retain(|(datatype, _)| *datatype != spanning);
        }
    }
}

impl Temporary for Reduction {
    #[inline(always)]
    fn held_by(self, keeper: &mut Keeper) {
        keeper.datatype(self.datatype);
        keeper.op(self.op);
    }
}

/// What one element of a spanning datatype stands for.
struct Meaning {
    op: MPI_Op,
    base: Datatype,
    count: MPI_Count,
}

/// The meanings of the spanning datatypes in use. Not attributes: MPICH 3.4 does not answer for those within an
/// operation.
fn meanings() -> MutexGuard<'static, Vec<(MPI_Datatype, Arc<Meaning>)>> {
    static MEANINGS: Mutex<Vec<(MPI_Datatype, Arc<Meaning>)>> = Mutex::new(Vec::new());
    MEANINGS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Meaning {
    /// Applies the operation to `length` elements.
    unsafe fn apply(&self, input: *mut c_void, inout: *mut c_void, length: c_int) -> Result<()> {
        // SAFETY: the caller's.
        unsafe {
            in_chunks(self.count * MPI_Count::from(length), self.base.handle, |offset, count| {
                let (input, inout) = (input.wrapping_byte_offset(offset), inout.wrapping_byte_offset(offset));
                MPI_Reduce_local(input, inout, count, self.base.handle, self.op)
            })
        }
    }
}

/// The operation on spanning datatypes.
unsafe extern "C" fn apply(
    input: *mut c_void,
    inout: *mut c_void,
    length: *mut c_int,
    datatype: *mut MPI_Datatype,
) {
    // SAFETY: MPI gives us the datatype that `Reduction::spanning` made, and buffers of `length` of its elements.
    unsafe {
        let (datatype, length) = (*datatype, *length);
        let found =
            meanings().iter().find(|(known, _)| *known == datatype).map(|(_, meaning)| Arc::clone(meaning));
        let done = found.ok_or(MPI_ERR_TYPE).and_then(|meaning| meaning.apply(input, inout, length));
        if let Err(code) = done {
            // An operation has no other way to report an error.
            MPI_Abort(MPI_COMM_WORLD(), code);
        }
    }
}
