//! Vector collectives: counts and displacements for each process.
//!
//! What one process passes must agree with calls that the others make without knowing of it. So where something
//! does not fit, it is expressed within the same collective: in larger units (`v`), or in a datatype for each
//! process (`w`).

use core::ffi::{c_int, c_void};

use super::peers::is_inter;
use super::span::contiguous;
use super::{
    Datatype, Elements, Result, Room, Temporary, bytes, cast, check, extent_of, fit, size_of, structure,
};
use crate::scratch::Keeper;
use crate::types::{MPI_Aint, MPI_Comm, MPI_Count, MPI_Datatype};
use crate::{MPI_Comm_rank, MPI_ERR_COUNT};

/// One side of a `v` collective.
pub(crate) struct Blocks {
    pub counts: *const c_int,
    pub displs: *const c_int,
    pub datatype: Datatype,
}

/// One side of a `w` collective.
pub(crate) struct Entries {
    pub counts: *const c_int,
    pub displs: *const c_int,
    pub datatypes: *const MPI_Datatype,
    temporary: Vec<Datatype>,
}

impl Temporary for Blocks {
    #[inline(always)]
    fn held_by(self, keeper: &mut Keeper) {
        keeper.datatype(self.datatype);
    }
}

impl Temporary for Entries {
    #[inline(always)]
    fn held_by(self, keeper: &mut Keeper) {
        for datatype in self.temporary {
            keeper.datatype(datatype);
        }
    }
}

/// The narrowing of arrays, for every kind of room.
pub(crate) trait Vectors: Room {
    /// Counts and displacements in elements.
    ///
    /// # Safety
    /// MPI is up, and the arrays have `length` elements.
    #[cold]
    #[inline(never)]
    unsafe fn blocks(
        &mut self,
        length: usize,
        counts: *const MPI_Count,
        displs: *const MPI_Aint,
        datatype: MPI_Datatype,
    ) -> Result<Blocks> {
        // SAFETY: the caller's.
        unsafe {
            if let (Some(counts), Some(displs)) =
                (self.narrowed(counts, length), self.narrowed(displs, length))
            {
                return Ok(Blocks { counts, displs, datatype: Datatype::borrowed(datatype) });
            }
            let (counts, displs) =
                (core::slice::from_raw_parts(counts, length), core::slice::from_raw_parts(displs, length));
            in_larger_units(self, counts, displs, datatype)
        }
    }

    /// Counts, displacements in bytes and datatypes.
    ///
    /// # Safety
    /// As [`Vectors::blocks`].
    #[cold]
    #[inline(never)]
    unsafe fn entries(
        &mut self,
        length: usize,
        counts: *const MPI_Count,
        displs: *const MPI_Aint,
        datatypes: *const MPI_Datatype,
    ) -> Result<Entries> {
        // SAFETY: the caller's.
        unsafe {
            if let (Some(counts), Some(displs)) =
                (self.narrowed(counts, length), self.narrowed(displs, length))
            {
                return Ok(Entries { counts, displs, datatypes, temporary: Vec::new() });
            }
            let parts = (0..length).map(|i| (*counts.add(i), *displs.add(i), *datatypes.add(i)));
            spanning_entries(self, parts)
        }
    }

    /// As [`Vectors::entries`], where displacements are `MPI_Aint` already and are passed on by the caller.
    ///
    /// # Safety
    /// As [`Vectors::blocks`].
    #[cold]
    #[inline(never)]
    unsafe fn typed_counts(
        &mut self,
        length: usize,
        counts: *const MPI_Count,
        datatypes: *const MPI_Datatype,
    ) -> Result<Entries> {
        // SAFETY: the caller's.
        unsafe {
            if let Some(counts) = self.narrowed(counts, length) {
                return Ok(Entries { counts, displs: counts, datatypes, temporary: Vec::new() });
            }
            let parts = (0..length).map(|i| (*counts.add(i), 0, *datatypes.add(i)));
            spanning_entries(self, parts)
        }
    }

    /// Counts alone.
    ///
    /// # Safety
    /// As [`Vectors::blocks`].
    #[cold]
    #[inline(never)]
    unsafe fn counts(&mut self, length: usize, counts: *const MPI_Count) -> Result<*const c_int> {
        // SAFETY: the caller's.
        unsafe { self.narrowed(counts, length) }.ok_or(MPI_ERR_COUNT)
    }
}

impl<R: Room> Vectors for R {}

/// Counts and displacements as multiples of a larger unit: their greatest common divisor.
///
/// A `v` collective has one datatype for all, and the other processes call it whatever we find here; so there is no
/// other way, and what has no large enough divisor does not fit.
#[cold]
unsafe fn in_larger_units(
    room: &mut impl Room,
    counts: &[MPI_Count],
    displs: &[MPI_Aint],
    datatype: MPI_Datatype,
) -> Result<Blocks> {
    // Where nothing is sent, the displacement says nothing.
    let used: Vec<(MPI_Count, MPI_Count)> = counts
        .iter()
        .zip(displs)
        .map(|(&count, &displ)| Ok((count, if count == 0 { 0 } else { cast(displ)? })))
        .collect::<Result<_>>()?;
    let unit = used.iter().fold(0, |unit, &(count, displ)| divisor(divisor(unit, count), displ)).max(1);
    let counts = room.stored(used.iter().map(|(count, _)| count / unit)).ok_or(MPI_ERR_COUNT)?;
    let displs = room.stored(used.iter().map(|(_, displ)| displ / unit)).ok_or(MPI_ERR_COUNT)?;
    // SAFETY: `datatype` is significant where counts are.
    let datatype = unsafe { contiguous(unit, datatype) }?.committed()?;
    Ok(Blocks { counts, displs, datatype })
}

/// The greatest common divisor.
fn divisor(a: MPI_Count, b: MPI_Count) -> MPI_Count {
    if b == 0 { a.checked_abs().unwrap_or(1) } else { divisor(b, a % b) }
}

/// Displacements become part of the datatypes, as do counts that do not fit.
///
/// That is done to all of them, so that none is left: coll/self of Open MPI 4 and 5 takes the displacements of
/// `MPI_Alltoallw` for elements, not bytes.
#[cold]
unsafe fn spanning_entries(
    room: &mut impl Room,
    parts: impl ExactSizeIterator<Item = (MPI_Count, MPI_Aint, MPI_Datatype)>,
) -> Result<Entries> {
    let (mut counts, mut handles, mut temporary) = (Vec::new(), Vec::new(), Vec::new());
    for (count, displ, datatype) in parts {
        // SAFETY: the datatype is significant where a count is.
        let elements = unsafe {
            if count == 0 || displ == 0 {
                Elements::new(count, datatype)?
            } else {
                at(displ, count, datatype)?
            }
        };
        counts.push(elements.count.into());
        handles.push(elements.datatype.handle);
        temporary.push(elements.datatype);
    }
    let displs = room.stored(counts.iter().map(|_| 0)).ok_or(MPI_ERR_COUNT)?;
    let counts = room.stored(counts.into_iter()).ok_or(MPI_ERR_COUNT)?;
    Ok(Entries { counts, displs, datatypes: room.handles(handles), temporary })
}

/// `count` elements that begin `displacement` bytes further.
unsafe fn at(displacement: MPI_Aint, count: MPI_Count, datatype: MPI_Datatype) -> Result<Elements> {
    // SAFETY: the caller's.
    unsafe {
        let elements = contiguous(count, datatype)?;
        let datatype = structure(&[(displacement, &elements)])?.committed()?;
        Ok(Elements { count: 1, datatype })
    }
}

/// How an `MPI_Allgatherv_c` is made.
pub(crate) enum Allgather {
    /// By `MPI_Allgatherv`.
    Plain(Elements, Blocks),
    /// By `MPI_Alltoallw`, everyone sending the same to all.
    Everywhere { sendbuf: *const c_void, send: Entries, recv: Entries },
}

impl Temporary for Allgather {
    #[inline(always)]
    fn held_by(self, keeper: &mut Keeper) {
        match self {
            Self::Plain(send, recv) => {
                send.held_by(keeper);
                recv.held_by(keeper);
            }
            Self::Everywhere { send, recv, .. } => {
                send.held_by(keeper);
                recv.held_by(keeper);
            }
        }
    }
}

/// How many bytes an `MPI_Allgatherv_c` gathers. All processes have the same answer, and so take the same way: below
/// 2 GiB counts fit; beyond, a datatype for each process always does.
///
/// # Safety
/// MPI is up, and the array has `length` elements.
#[inline]
pub(crate) unsafe fn total(
    length: usize,
    recvcounts: *const MPI_Count,
    recvtype: MPI_Datatype,
) -> Result<MPI_Count> {
    // SAFETY: the caller's.
    unsafe {
        let total =
            (0..length).fold(0, |total: MPI_Count, index| total.saturating_add(*recvcounts.add(index)));
        Ok(total.saturating_mul(size_of(recvtype)?))
    }
}

/// How an `MPI_Allgatherv_c` is made that does not fit. On an intercommunicator the two groups gather different data,
/// and none knows what the other does.
///
/// # Safety
/// As of `MPI_Allgatherv_c`.
#[cold]
pub(crate) unsafe fn allgatherv(
    room: &mut impl Room,
    (sendbuf, sendcount, sendtype): (*const c_void, MPI_Count, MPI_Datatype),
    (recvbuf, recvcounts, displs, recvtype): (*mut c_void, *const MPI_Count, *const MPI_Aint, MPI_Datatype),
    comm: MPI_Comm,
) -> Result<Allgather> {
    // SAFETY: the caller's.
    unsafe {
        let length = super::peers(comm)?;
        if fit(total(length, recvcounts, recvtype)?).is_none() && !is_inter(comm)? {
            let counts = core::slice::from_raw_parts(recvcounts, length);
            let displs = core::slice::from_raw_parts(displs, length);
            let send = (sendbuf, sendcount, sendtype);
            return everywhere(room, send, recvbuf, counts, displs, recvtype, comm);
        }
        let send = Elements::new(sendcount, sendtype)?;
        Ok(Allgather::Plain(send, room.blocks(length, recvcounts, displs, recvtype)?))
    }
}

#[cold]
unsafe fn everywhere(
    room: &mut impl Room,
    (sendbuf, sendcount, sendtype): (*const c_void, MPI_Count, MPI_Datatype),
    recvbuf: *mut c_void,
    counts: &[MPI_Count],
    displs: &[MPI_Aint],
    recvtype: MPI_Datatype,
    comm: MPI_Comm,
) -> Result<Allgather> {
    let mut rank = 0;
    // SAFETY: the caller's; the out-parameter is local.
    let extent = unsafe {
        check(MPI_Comm_rank(comm, &raw mut rank))?;
        extent_of(recvtype)?
    };
    let rank = super::length(rank);
    let in_place = super::unless_in_place(sendbuf, 1) == 0;
    // What is in place already is neither sent to ourselves nor received.
    let mine = |peer: usize, count: MPI_Count| if in_place && peer == rank { 0 } else { count };
    let from: Vec<MPI_Aint> =
        displs.iter().map(|&displ| bytes(cast(displ)?, extent)).collect::<Result<_>>()?;
    // SAFETY: the datatypes are significant where counts are.
    unsafe {
        let (sendbuf, sendcount, sendtype) = if in_place {
            (recvbuf.wrapping_byte_offset(cast(from[rank])?).cast_const(), counts[rank], recvtype)
        } else {
            (sendbuf, sendcount, sendtype)
        };
        let send =
            spanning_entries(room, (0..counts.len()).map(|peer| (mine(peer, sendcount), 0, sendtype)))?;
        let recv = (0..counts.len()).map(|peer| (mine(peer, counts[peer]), from[peer], recvtype));
        Ok(Allgather::Everywhere { sendbuf, send, recv: spanning_entries(room, recv)? })
    }
}
