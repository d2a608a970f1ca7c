//! Datatypes that span more elements than `int` counts.

use core::ffi::c_int;

use super::{Result, Temporary, bytes, cast, check, fit};
use crate::scratch::Keeper;
use crate::types::{MPI_Aint, MPI_Count, MPI_Datatype};
use crate::{
    MPI_ERR_COUNT, MPI_Type_commit, MPI_Type_contiguous, MPI_Type_create_hvector, MPI_Type_create_resized,
    MPI_Type_create_struct, MPI_Type_free, MPI_Type_get_extent, MPI_Type_size_x, MPI_Type_vector,
};

/// A datatype, freed at the end if it is ours. MPI keeps what a running operation still needs.
#[derive(Debug)]
pub(crate) struct Datatype {
    pub handle: MPI_Datatype,
    owned: bool,
}

impl Datatype {
    #[inline(always)]
    pub fn borrowed(handle: MPI_Datatype) -> Self {
        Self { handle, owned: false }
    }

    /// The datatype that `make` puts into its argument.
    pub fn made(make: impl FnOnce(*mut MPI_Datatype) -> c_int) -> Result<Self> {
        let mut handle = crate::MPI_DATATYPE_NULL();
        check(make(&raw mut handle))?;
        Ok(Self { handle, owned: true })
    }

    /// Whether dropping it frees the datatype.
    pub fn is_owned(&self) -> bool {
        self.owned
    }

    /// Ready for communication.
    pub fn committed(mut self) -> Result<Self> {
        // SAFETY: a live datatype.
        check(unsafe { MPI_Type_commit(&raw mut self.handle) })?;
        Ok(self)
    }

    /// The handle, which is the caller's from now on.
    pub fn released(mut self) -> MPI_Datatype {
        self.owned = false;
        self.handle
    }
}

impl Drop for Datatype {
    #[inline(always)]
    fn drop(&mut self) {
        if self.owned {
            // SAFETY: ours, and alive. Nothing can be done about an error here.
            unsafe { MPI_Type_free(&raw mut self.handle) };
        }
    }
}

/// A count and a datatype as a plain function takes them.
#[derive(Debug)]
pub(crate) struct Elements {
    pub count: c_int,
    pub datatype: Datatype,
}

impl Elements {
    /// `count` elements of `datatype`.
    ///
    /// # Safety
    /// MPI is up; `datatype` is valid wherever `count` does not fit.
    #[inline(always)]
    pub unsafe fn new(count: MPI_Count, datatype: MPI_Datatype) -> Result<Self> {
        match fit(count) {
            Some(count) => Ok(Self { count, datatype: Datatype::borrowed(datatype) }),
            // SAFETY: the caller's.
            None => unsafe { Self::spanning(count, datatype) },
        }
    }

    #[cold]
    #[inline(never)]
    unsafe fn spanning(count: MPI_Count, datatype: MPI_Datatype) -> Result<Self> {
        // SAFETY: the caller's.
        let datatype = unsafe { contiguous(count, datatype) }?.committed()?;
        Ok(Self { count: 1, datatype })
    }
}

impl Temporary for Elements {
    #[inline(always)]
    fn held_by(self, keeper: &mut Keeper) {
        keeper.datatype(self.datatype);
    }
}

/// The size of `datatype` in bytes.
///
/// # Safety
/// MPI is up.
pub(crate) unsafe fn size_of(datatype: MPI_Datatype) -> Result<MPI_Count> {
    let mut size = 0;
    // SAFETY: the caller's; the out-parameter is local.
    check(unsafe { MPI_Type_size_x(datatype, &raw mut size) })?;
    Ok(size)
}

/// The lower bound and the extent of `datatype`.
///
/// # Safety
/// MPI is up.
unsafe fn bounds_of(datatype: MPI_Datatype) -> Result<(MPI_Aint, MPI_Aint)> {
    let (mut lower, mut extent) = (0, 0);
    // SAFETY: the caller's; the out-parameters are local.
    check(unsafe { MPI_Type_get_extent(datatype, &raw mut lower, &raw mut extent) })?;
    Ok((lower, extent))
}

/// The extent of `datatype`.
///
/// # Safety
/// MPI is up.
pub(crate) unsafe fn extent_of(datatype: MPI_Datatype) -> Result<MPI_Aint> {
    // SAFETY: the caller's.
    unsafe { bounds_of(datatype) }.map(|(_, extent)| extent)
}

/// The most elements that one datatype of an old constructor has.
const LONGEST: c_int = if cfg!(feature = "small-counts") { 2 } else { c_int::MAX };

/// `MPI_Type_contiguous` for any count.
///
/// # Safety
/// MPI is up, and `datatype` is valid.
pub(crate) unsafe fn contiguous(count: MPI_Count, datatype: MPI_Datatype) -> Result<Datatype> {
    // SAFETY: the caller's.
    unsafe { strided(count, extent_of(datatype)?, datatype) }
}

/// `MPI_Type_create_hvector` with blocks of one element, for any count: blocks of [`LONGEST`] and a rest.
///
/// # Safety
/// MPI is up, and `datatype` is valid.
pub(crate) unsafe fn strided(count: MPI_Count, stride: MPI_Aint, datatype: MPI_Datatype) -> Result<Datatype> {
    // SAFETY: the caller's.
    unsafe {
        let (lower, extent) = bounds_of(datatype)?;
        let repeated = |count: c_int| {
            Datatype::made(|new| {
                if stride == extent {
                    MPI_Type_contiguous(count, datatype, new)
                } else {
                    MPI_Type_create_hvector(count, 1, stride, datatype, new)
                }
            })
        };
        if let Some(count) = fit(count) {
            return repeated(count);
        }
        if count < 0 {
            return Err(MPI_ERR_COUNT);
        }
        let (blocks, rest) = (count / MPI_Count::from(LONGEST), count % MPI_Count::from(LONGEST));
        let step = bytes(LONGEST.into(), stride)?;
        let whole = match fit(blocks) {
            Some(blocks) if stride == extent => {
                Datatype::made(|new| MPI_Type_vector(blocks, LONGEST, LONGEST, datatype, new))?
            }
            _ => strided(blocks, step, repeated(LONGEST)?.handle)?,
        };
        if rest == 0 {
            return Ok(whole);
        }
        let tail = repeated(cast(rest)?)?;
        let both = structure(&[(0, &whole), (bytes(blocks, step)?, &tail)])?;
        let last = bytes(count - 1, stride)?;
        let span = extent.checked_add(last.checked_abs().ok_or(MPI_ERR_COUNT)?).ok_or(MPI_ERR_COUNT)?;
        bounded(both, lower + last.min(0), span)
    }
}

/// `datatype` with the bounds that the plain constructor would give it: MPI_Type_create_struct may pad.
///
/// Bounds that are right are left alone: set explicitly, they would count in a datatype made of this one.
///
/// # Safety
/// MPI is up, and `datatype` is valid.
unsafe fn bounded(datatype: Datatype, lower: MPI_Aint, extent: MPI_Aint) -> Result<Datatype> {
    // SAFETY: the caller's.
    unsafe {
        if bounds_of(datatype.handle)? == (lower, extent) {
            return Ok(datatype);
        }
        Datatype::made(|new| MPI_Type_create_resized(datatype.handle, lower, extent, new))
    }
}

/// `parts`, each at its displacement in bytes, as one datatype. None is empty: an empty part may or may not count in
/// the bounds.
///
/// # Safety
/// MPI is up, and the parts are valid.
pub(crate) unsafe fn structure(parts: &[(MPI_Aint, &Datatype)]) -> Result<Datatype> {
    let ones = vec![1; parts.len()];
    let displacements: Vec<MPI_Aint> = parts.iter().map(|(displacement, _)| *displacement).collect();
    let datatypes: Vec<MPI_Datatype> = parts.iter().map(|(_, datatype)| datatype.handle).collect();
    let count = cast(parts.len())?;
    // SAFETY: the three arrays are as long as `count` says.
    Datatype::made(|new| unsafe {
        MPI_Type_create_struct(count, ones.as_ptr(), displacements.as_ptr(), datatypes.as_ptr(), new)
    })
}
