//! Datatype constructors with large counts: the plain ones while everything fits, else the same type map built of
//! strided and displaced pieces.

use core::ffi::c_int;

use crate::narrow::{
    Datatype, Local, Result, Room, bytes, cast, code, contiguous, extent_of, fit, length, strided, structure,
};
use crate::types::{MPI_Aint, MPI_Count, MPI_Datatype};
use crate::{
    MPI_DISTRIBUTE_BLOCK, MPI_DISTRIBUTE_CYCLIC, MPI_DISTRIBUTE_DFLT_DARG, MPI_DISTRIBUTE_NONE, MPI_ERR_ARG,
    MPI_ORDER_C, MPI_ORDER_FORTRAN, MPI_Type_contiguous, MPI_Type_create_darray, MPI_Type_create_hindexed,
    MPI_Type_create_hindexed_block, MPI_Type_create_hvector, MPI_Type_create_indexed_block,
    MPI_Type_create_resized, MPI_Type_create_struct, MPI_Type_create_subarray, MPI_Type_indexed,
    MPI_Type_vector,
};

/// Hands what `build` makes to `newtype`.
unsafe fn give(newtype: *mut MPI_Datatype, build: impl FnOnce() -> Result<Datatype>) -> c_int {
    code(|| {
        // SAFETY: the caller's.
        unsafe { *newtype = build()?.released() };
        Ok(())
    })
}

/// `count` displacements as `MPI_Aint`.
unsafe fn displacements(values: *const MPI_Count, count: MPI_Count) -> Result<Vec<MPI_Aint>> {
    // SAFETY: the caller's.
    (0..length(count)).map(|index| cast(unsafe { *values.add(index) })).collect()
}

/// Blocks of elements, each given by its length, its displacement in bytes, and its datatype.
unsafe fn blocks(
    blocks: impl Iterator<Item = Result<(MPI_Count, MPI_Aint, MPI_Datatype)>>,
) -> Result<Datatype> {
    let mut made: Vec<(MPI_Aint, Datatype)> = Vec::new();
    for block in blocks {
        let (length, displacement, datatype) = block?;
        if length != 0 {
            // SAFETY: the caller's.
            made.push((displacement, unsafe { contiguous(length, datatype) }?));
        }
    }
    let parts: Vec<(MPI_Aint, &Datatype)> = made.iter().map(|(at, datatype)| (*at, datatype)).collect();
    // SAFETY: just made.
    unsafe { structure(&parts) }
}

pub(crate) unsafe extern "C" fn MPI_Type_contiguous_c(
    count: MPI_Count,
    oldtype: MPI_Datatype,
    newtype: *mut MPI_Datatype,
) -> c_int {
    // SAFETY: the caller's.
    unsafe {
        match fit(count) {
            Some(count) => MPI_Type_contiguous(count, oldtype, newtype),
            None => give(newtype, || contiguous(count, oldtype)),
        }
    }
}

pub(crate) unsafe extern "C" fn MPI_Type_vector_c(
    count: MPI_Count,
    blocklength: MPI_Count,
    stride: MPI_Count,
    oldtype: MPI_Datatype,
    newtype: *mut MPI_Datatype,
) -> c_int {
    // SAFETY: the caller's.
    unsafe {
        match (fit(count), fit(blocklength), fit(stride)) {
            (Some(count), Some(blocklength), Some(stride)) => {
                MPI_Type_vector(count, blocklength, stride, oldtype, newtype)
            }
            _ => give(newtype, || {
                let stride = bytes(stride, extent_of(oldtype)?)?;
                strided(count, stride, contiguous(blocklength, oldtype)?.handle)
            }),
        }
    }
}

pub(crate) unsafe extern "C" fn MPI_Type_create_hvector_c(
    count: MPI_Count,
    blocklength: MPI_Count,
    stride: MPI_Count,
    oldtype: MPI_Datatype,
    newtype: *mut MPI_Datatype,
) -> c_int {
    // SAFETY: the caller's.
    unsafe {
        match (fit(count), fit(blocklength), cast(stride)) {
            (Some(count), Some(blocklength), Ok(stride)) => {
                MPI_Type_create_hvector(count, blocklength, stride, oldtype, newtype)
            }
            (.., stride) => {
                give(newtype, || strided(count, stride?, contiguous(blocklength, oldtype)?.handle))
            }
        }
    }
}

pub(crate) unsafe extern "C" fn MPI_Type_indexed_c(
    count: MPI_Count,
    array_of_blocklengths: *const MPI_Count,
    array_of_displacements: *const MPI_Count,
    oldtype: MPI_Datatype,
    newtype: *mut MPI_Datatype,
) -> c_int {
    let (mut room, number) = (Local::new(), length(count));
    // SAFETY: the caller's.
    unsafe {
        let lengths = room.narrowed(array_of_blocklengths, number);
        let displs = room.narrowed(array_of_displacements, number);
        match (fit(count), lengths, displs) {
            (Some(count), Some(lengths), Some(displs)) => {
                MPI_Type_indexed(count, lengths, displs, oldtype, newtype)
            }
            _ => give(newtype, || {
                let extent = extent_of(oldtype)?;
                blocks((0..number).map(|i| {
                    Ok((
                        *array_of_blocklengths.add(i),
                        bytes(*array_of_displacements.add(i), extent)?,
                        oldtype,
                    ))
                }))
            }),
        }
    }
}

pub(crate) unsafe extern "C" fn MPI_Type_create_hindexed_c(
    count: MPI_Count,
    array_of_blocklengths: *const MPI_Count,
    array_of_displacements: *const MPI_Count,
    oldtype: MPI_Datatype,
    newtype: *mut MPI_Datatype,
) -> c_int {
    let (mut room, number) = (Local::new(), length(count));
    // SAFETY: the caller's.
    code(|| unsafe {
        let displs = displacements(array_of_displacements, count)?;
        let made = match (fit(count), room.narrowed(array_of_blocklengths, number)) {
            (Some(count), Some(lengths)) => {
                Datatype::made(|new| MPI_Type_create_hindexed(count, lengths, displs.as_ptr(), oldtype, new))
            }
            _ => blocks((0..number).map(|i| Ok((*array_of_blocklengths.add(i), displs[i], oldtype)))),
        };
        *newtype = made?.released();
        Ok(())
    })
}

pub(crate) unsafe extern "C" fn MPI_Type_create_indexed_block_c(
    count: MPI_Count,
    blocklength: MPI_Count,
    array_of_displacements: *const MPI_Count,
    oldtype: MPI_Datatype,
    newtype: *mut MPI_Datatype,
) -> c_int {
    let (mut room, number) = (Local::new(), length(count));
    // SAFETY: the caller's.
    unsafe {
        match (fit(count), fit(blocklength), room.narrowed(array_of_displacements, number)) {
            (Some(count), Some(blocklength), Some(displs)) => {
                MPI_Type_create_indexed_block(count, blocklength, displs, oldtype, newtype)
            }
            _ => give(newtype, || {
                let extent = extent_of(oldtype)?;
                blocks(
                    (0..number)
                        .map(|i| Ok((blocklength, bytes(*array_of_displacements.add(i), extent)?, oldtype))),
                )
            }),
        }
    }
}

pub(crate) unsafe extern "C" fn MPI_Type_create_hindexed_block_c(
    count: MPI_Count,
    blocklength: MPI_Count,
    array_of_displacements: *const MPI_Count,
    oldtype: MPI_Datatype,
    newtype: *mut MPI_Datatype,
) -> c_int {
    // SAFETY: the caller's.
    code(|| unsafe {
        let displs = displacements(array_of_displacements, count)?;
        let made = match (fit(count), fit(blocklength)) {
            (Some(count), Some(blocklength)) => Datatype::made(|new| {
                MPI_Type_create_hindexed_block(count, blocklength, displs.as_ptr(), oldtype, new)
            }),
            _ => blocks(displs.iter().map(|&displ| Ok((blocklength, displ, oldtype)))),
        };
        *newtype = made?.released();
        Ok(())
    })
}

pub(crate) unsafe extern "C" fn MPI_Type_create_struct_c(
    count: MPI_Count,
    array_of_blocklengths: *const MPI_Count,
    array_of_displacements: *const MPI_Count,
    array_of_types: *const MPI_Datatype,
    newtype: *mut MPI_Datatype,
) -> c_int {
    let (mut room, number) = (Local::new(), length(count));
    // SAFETY: the caller's.
    code(|| unsafe {
        let displs = displacements(array_of_displacements, count)?;
        let made = match (fit(count), room.narrowed(array_of_blocklengths, number)) {
            (Some(count), Some(lengths)) => Datatype::made(|new| {
                MPI_Type_create_struct(count, lengths, displs.as_ptr(), array_of_types, new)
            }),
            _ => blocks(
                (0..number).map(|i| Ok((*array_of_blocklengths.add(i), displs[i], *array_of_types.add(i)))),
            ),
        };
        *newtype = made?.released();
        Ok(())
    })
}

/// The dimensions, fastest first.
fn dimensions(ndims: c_int, order: c_int) -> Result<Vec<usize>> {
    let dimensions = 0..length(ndims);
    match order {
        MPI_ORDER_C => Ok(dimensions.rev().collect()),
        MPI_ORDER_FORTRAN => Ok(dimensions.collect()),
        _ => Err(MPI_ERR_ARG),
    }
}

/// `datatype`, `offset` bytes into an array of `extent` bytes.
unsafe fn within(offset: MPI_Aint, extent: MPI_Aint, datatype: &Datatype) -> Result<Datatype> {
    // SAFETY: the caller's.
    unsafe {
        let placed = structure(&[(offset, datatype)])?;
        Datatype::made(|new| MPI_Type_create_resized(placed.handle, 0, extent, new))
    }
}

pub(crate) unsafe extern "C" fn MPI_Type_create_subarray_c(
    ndims: c_int,
    array_of_sizes: *const MPI_Count,
    array_of_subsizes: *const MPI_Count,
    array_of_starts: *const MPI_Count,
    order: c_int,
    oldtype: MPI_Datatype,
    newtype: *mut MPI_Datatype,
) -> c_int {
    let (mut room, number) = (Local::new(), length(ndims));
    // SAFETY: the caller's.
    unsafe {
        let mut narrowed = |values| room.narrowed(values, number);
        match (narrowed(array_of_sizes), narrowed(array_of_subsizes), narrowed(array_of_starts)) {
            (Some(sizes), Some(subsizes), Some(starts)) => {
                MPI_Type_create_subarray(ndims, sizes, subsizes, starts, order, oldtype, newtype)
            }
            _ => give(newtype, || {
                let mut stride = extent_of(oldtype)?;
                let (mut part, mut offset) = (Datatype::borrowed(oldtype), 0);
                for i in dimensions(ndims, order)? {
                    part = strided(*array_of_subsizes.add(i), stride, part.handle)?;
                    offset += bytes(*array_of_starts.add(i), stride)?;
                    stride = bytes(*array_of_sizes.add(i), stride)?;
                }
                within(offset, stride, &part)
            }),
        }
    }
}

pub(crate) unsafe extern "C" fn MPI_Type_create_darray_c(
    size: c_int,
    rank: c_int,
    ndims: c_int,
    array_of_gsizes: *const MPI_Count,
    array_of_distribs: *const c_int,
    array_of_dargs: *const c_int,
    array_of_psizes: *const c_int,
    order: c_int,
    oldtype: MPI_Datatype,
    newtype: *mut MPI_Datatype,
) -> c_int {
    let mut room = Local::new();
    // SAFETY: the caller's.
    unsafe {
        if let Some(gsizes) = room.narrowed(array_of_gsizes, length(ndims)) {
            let (distribs, dargs, psizes) = (array_of_distribs, array_of_dargs, array_of_psizes);
            return MPI_Type_create_darray(
                size, rank, ndims, gsizes, distribs, dargs, psizes, order, oldtype, newtype,
            );
        }
        give(newtype, || {
            // The grid of processes is in C's order, whatever the array's is.
            let mut coordinates = vec![0; length(ndims)];
            let mut rest = rank;
            for (i, coordinate) in coordinates.iter_mut().enumerate().rev() {
                let processes = (*array_of_psizes.add(i)).max(1);
                *coordinate = rest % processes;
                rest /= processes;
            }
            let mut stride = extent_of(oldtype)?;
            let mut part = Datatype::borrowed(oldtype);
            for i in dimensions(ndims, order)? {
                let share = Share {
                    size: *array_of_gsizes.add(i),
                    processes: (*array_of_psizes.add(i)).into(),
                    coordinate: coordinates[i].into(),
                };
                part = share.of(*array_of_distribs.add(i), *array_of_dargs.add(i), stride, &part)?;
                stride = bytes(share.size, stride)?;
            }
            within(0, stride, &part)
        })
    }
}

/// One process's part of one dimension of a distributed array.
struct Share {
    size: MPI_Count,
    processes: MPI_Count,
    coordinate: MPI_Count,
}

impl Share {
    /// Every block is cyclic: `MPI_DISTRIBUTE_BLOCK` has one round, `MPI_DISTRIBUTE_NONE` one block.
    unsafe fn of(
        &self,
        distribution: c_int,
        argument: c_int,
        stride: MPI_Aint,
        part: &Datatype,
    ) -> Result<Datatype> {
        let block = match (distribution, argument) {
            (MPI_DISTRIBUTE_NONE, _) => self.size,
            (MPI_DISTRIBUTE_BLOCK, MPI_DISTRIBUTE_DFLT_DARG) => {
                (self.size + self.processes - 1) / self.processes.max(1)
            }
            (MPI_DISTRIBUTE_CYCLIC, MPI_DISTRIBUTE_DFLT_DARG) => 1,
            (MPI_DISTRIBUTE_BLOCK | MPI_DISTRIBUTE_CYCLIC, 1..) => argument.into(),
            _ => return Err(MPI_ERR_ARG),
        };
        let (first, step) = (self.coordinate * block, self.processes * block);
        let mine = (self.size - first).max(0);
        let whole = if mine < block { 0 } else { (mine - block) / step.max(1) + 1 };
        let next = first + whole * step;
        let rest = (self.size - next).clamp(0, block);
        // SAFETY: the caller's.
        unsafe {
            let blocks = strided(whole, bytes(step, stride)?, strided(block, stride, part.handle)?.handle)?;
            let tail = strided(rest, stride, part.handle)?;
            let parts = [(whole, first, &blocks), (rest, next, &tail)];
            let parts: Vec<(MPI_Aint, &Datatype)> = parts
                .into_iter()
                .filter(|(count, ..)| *count > 0)
                .map(|(_, at, part)| Ok((bytes(at, stride)?, part)))
                .collect::<Result<_>>()?;
            structure(&parts)
        }
    }
}
