//! Packing into, and unpacking from, buffers of more bytes than `int` counts.
//!
//! Such a buffer is filled element by element where need be, each call given the rest of it as a buffer of its own.

use core::ffi::{c_int, c_void};

use crate::narrow::{BLOCK, Elements, Result, bytes, cast, check, code, extent_of, fit, size_of};
use crate::types::{MPI_Comm, MPI_Count, MPI_Datatype};
use crate::{MPI_ERR_COUNT, MPI_Pack, MPI_Pack_size, MPI_Unpack};

pub(crate) unsafe extern "C" fn MPI_Pack_c(
    inbuf: *const c_void,
    incount: MPI_Count,
    datatype: MPI_Datatype,
    outbuf: *mut c_void,
    outsize: MPI_Count,
    position: *mut MPI_Count,
    comm: MPI_Comm,
) -> c_int {
    code(|| {
        // SAFETY: the caller's; `step` stays within the buffers.
        unsafe {
            if let (Some(incount), Some(outsize), Some(mut at)) = (fit(incount), fit(outsize), fit(*position))
            {
                check(MPI_Pack(inbuf, incount, datatype, outbuf, outsize, &raw mut at, comm))?;
                *position = at.into();
                return Ok(());
            }
            in_steps(incount, datatype, outsize, position, |element, count, at, room, done| {
                let (inbuf, outbuf) = (inbuf.wrapping_byte_offset(element), outbuf.wrapping_byte_offset(at));
                MPI_Pack(inbuf, count, datatype, outbuf, room, done, comm)
            })
        }
    })
}

pub(crate) unsafe extern "C" fn MPI_Unpack_c(
    inbuf: *const c_void,
    insize: MPI_Count,
    position: *mut MPI_Count,
    outbuf: *mut c_void,
    outcount: MPI_Count,
    datatype: MPI_Datatype,
    comm: MPI_Comm,
) -> c_int {
    code(|| {
        // SAFETY: the caller's; `step` stays within the buffers.
        unsafe {
            if let (Some(insize), Some(mut at), Some(outcount)) = (fit(insize), fit(*position), fit(outcount))
            {
                check(MPI_Unpack(inbuf, insize, &raw mut at, outbuf, outcount, datatype, comm))?;
                *position = at.into();
                return Ok(());
            }
            in_steps(outcount, datatype, insize, position, |element, count, at, room, done| {
                let (inbuf, outbuf) = (inbuf.wrapping_byte_offset(at), outbuf.wrapping_byte_offset(element));
                MPI_Unpack(inbuf, room, done, outbuf, count, datatype, comm)
            })
        }
    })
}

/// Takes `count` elements in steps whose packed form `int` counts. `step` gets the displacement of its elements,
/// their number, its displacement in the packed buffer, the room there, and where to add what it used.
#[cold]
unsafe fn in_steps(
    count: MPI_Count,
    datatype: MPI_Datatype,
    size: MPI_Count,
    position: *mut MPI_Count,
    step: impl Fn(isize, c_int, isize, c_int, *mut c_int) -> c_int,
) -> Result<()> {
    // SAFETY: the caller's.
    let (extent, packed) = unsafe { (extent_of(datatype)?, size_of(datatype)?) };
    let most = (MPI_Count::from(BLOCK) / packed.max(1)).max(1);
    let mut done = 0;
    while done < count {
        // SAFETY: the caller's.
        let at = unsafe { *position };
        let elements = (count - done).min(most);
        let room = (size - at).clamp(0, c_int::MAX.into());
        let mut used = 0;
        let element = cast(bytes(done, extent)?)?;
        check(step(element, cast(elements)?, cast(at)?, cast(room)?, &raw mut used))?;
        // SAFETY: the caller's.
        unsafe { *position += MPI_Count::from(used) };
        done += elements;
    }
    Ok(())
}

/// Beyond `int`, what the implementations served this way need: the size of the data.
pub(crate) unsafe extern "C" fn MPI_Pack_size_c(
    incount: MPI_Count,
    datatype: MPI_Datatype,
    comm: MPI_Comm,
    size: *mut MPI_Count,
) -> c_int {
    code(|| {
        // SAFETY: the caller's.
        unsafe {
            let total = size_of(datatype)?.checked_mul(incount).ok_or(MPI_ERR_COUNT)?;
            if fit(total).is_none() {
                *size = total;
                return Ok(());
            }
            let elements = Elements::new(incount, datatype)?;
            let mut int = 0;
            check(MPI_Pack_size(elements.count, elements.datatype.handle, comm, &raw mut int))?;
            *size = int.into();
        }
        Ok(())
    })
}
