//! Reductions of more elements than `int` counts.
//!
//! A derived datatype does not do: operations are defined on predefined ones. What is blocking and works element by
//! element goes in chunks. The rest is given a datatype that spans all elements, with an operation of our own on
//! it that applies the real one in chunks.

use core::ffi::{c_int, c_void};
use std::sync::OnceLock;

use super::span::contiguous;
use super::{BLOCK, Datatype, Result, Temporary, bytes, cast, check, extent_of, fit};
use crate::scratch::Keeper;
use crate::types::{MPI_Count, MPI_Datatype, MPI_Op};
use crate::{
    MPI_COMBINER_F90_COMPLEX, MPI_COMBINER_F90_INTEGER, MPI_COMBINER_F90_REAL, MPI_COMBINER_NAMED,
    MPI_ERR_COUNT, MPI_Op_commutative, MPI_Op_create, MPI_Op_free, MPI_Reduce_local, MPI_SUCCESS,
    MPI_TYPE_NULL_COPY_FN, MPI_Type_create_keyval, MPI_Type_get_attr, MPI_Type_get_envelope,
    MPI_Type_set_attr,
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
    owned: bool,
}

impl Op {
    /// Whether dropping it frees the operation.
    pub fn is_owned(&self) -> bool {
        self.owned
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
                let op = Op { handle: op, owned: false };
                Ok(Self { count, datatype: Datatype::borrowed(datatype), op })
            }
            // SAFETY: the caller's.
            None => unsafe { Self::spanning(count, datatype, op) },
        }
    }

    #[cold]
    #[inline(never)]
    unsafe fn spanning(count: MPI_Count, datatype: MPI_Datatype, op: MPI_Op) -> Result<Self> {
        // SAFETY: the caller's; out-parameters are local; the attribute's memory is the datatype's from here on.
        unsafe {
            let base = kept(datatype)?;
            let spanning = contiguous(count, datatype)?.committed()?;
            let extent = extent_of(datatype)?;
            let meaning = Box::into_raw(Box::new(Meaning { op, base, count, extent: cast(extent)? }));
            let set = MPI_Type_set_attr(spanning.handle, keyval()?, meaning.cast());
            if set != MPI_SUCCESS {
                drop(Box::from_raw(meaning));
                return Err(set);
            }
            let mut commute = 0;
            check(MPI_Op_commutative(op, &raw mut commute))?;
            let mut spanning_op = crate::MPI_OP_NULL();
            check(MPI_Op_create(Some(apply), commute, &raw mut spanning_op))?;
            Ok(Self { count: 1, datatype: spanning, op: Op { handle: spanning_op, owned: true } })
        }
    }
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
        if self.owned {
            // SAFETY: ours, and alive. Nothing can be done about an error here.
            unsafe { MPI_Op_free(&raw mut self.handle) };
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
    extent: isize,
}

/// The attribute that ties a [`Meaning`] to its datatype.
fn keyval() -> Result<c_int> {
    static KEYVAL: OnceLock<Result<c_int>> = OnceLock::new();
    *KEYVAL.get_or_init(|| {
        let mut keyval = 0;
        // SAFETY: the callbacks are functions that stay; the out-parameter is local.
        check(unsafe {
            MPI_Type_create_keyval(
                MPI_TYPE_NULL_COPY_FN(),
                Some(forget),
                &raw mut keyval,
                core::ptr::null_mut(),
            )
        })?;
        Ok(keyval)
    })
}

/// The spanning datatype is gone.
unsafe extern "C" fn forget(_: MPI_Datatype, _: c_int, meaning: *mut c_void, _: *mut c_void) -> c_int {
    // SAFETY: the attribute's value, given up once.
    drop(unsafe { Box::from_raw(meaning.cast::<Meaning>()) });
    MPI_SUCCESS
}

/// The operation on spanning datatypes.
unsafe extern "C" fn apply(
    input: *mut c_void,
    inout: *mut c_void,
    length: *mut c_int,
    datatype: *mut MPI_Datatype,
) {
    let mut found: *mut Meaning = core::ptr::null_mut();
    let mut flag = 0;
    // SAFETY: MPI gives us the datatype that `Reduction::spanning` made, and buffers of `length` of its elements.
    unsafe {
        let Ok(keyval) = keyval() else { return };
        let code = MPI_Type_get_attr(*datatype, keyval, (&raw mut found).cast(), &raw mut flag);
        let Some(meaning) = found.as_ref().filter(|_| code == MPI_SUCCESS && flag != 0) else { return };
        let count = meaning.count * MPI_Count::from(*length);
        let mut done = 0;
        while done < count {
            let chunk = (count - done).min(BLOCK.into());
            let (Ok(offset), Ok(int)) = (cast::<_, isize>(done), cast(chunk)) else { return };
            let offset = offset * meaning.extent;
            // An operation has no way to report an error.
            MPI_Reduce_local(
                input.wrapping_byte_offset(offset),
                inout.wrapping_byte_offset(offset),
                int,
                meaning.base.handle,
                meaning.op,
            );
            done += chunk;
        }
    }
}
