//! Packing into, and unpacking from, buffers of more bytes than `int` counts.
//!
//! Such a buffer is filled in steps, each call given the rest of it as a buffer of its own. A datatype that spans the
//! elements would not do: some libraries forget to convert one to external32.

use core::ffi::{c_char, c_int, c_void};

use crate::narrow::{BLOCK, Elements, Result, bytes, cast, check, code, extent_of, fit, size_of};
use crate::types::{MPI_Comm, MPI_Count, MPI_Datatype};
use crate::{
    MPI_ERR_COUNT, MPI_Pack, MPI_Pack_external, MPI_Pack_external_size, MPI_Pack_size, MPI_Unpack,
    MPI_Unpack_external,
};

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
            in_steps(incount, datatype, outsize, position, |step| {
                let (inbuf, outbuf) =
                    (inbuf.wrapping_byte_offset(step.element), outbuf.wrapping_byte_offset(step.at));
                let mut used = 0;
                check(MPI_Pack(inbuf, step.count, datatype, outbuf, step.room, &raw mut used, comm))?;
                cast(used)
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
            in_steps(outcount, datatype, insize, position, |step| {
                let (inbuf, outbuf) =
                    (inbuf.wrapping_byte_offset(step.at), outbuf.wrapping_byte_offset(step.element));
                let mut used = 0;
                check(MPI_Unpack(inbuf, step.room, &raw mut used, outbuf, step.count, datatype, comm))?;
                cast(used)
            })
        }
    })
}

/// Some of the elements, and where their packed form is.
struct Step {
    /// The displacement of the elements.
    element: isize,
    count: c_int,
    /// The displacement of the packed form.
    at: isize,
    /// How many bytes are left for it.
    room: c_int,
}

/// Takes `count` elements in steps whose packed form `int` counts. `step` says how long that is.
#[cold]
unsafe fn in_steps(
    count: MPI_Count,
    datatype: MPI_Datatype,
    size: MPI_Count,
    position: *mut MPI_Count,
    step: impl Fn(Step) -> Result<MPI_Count>,
) -> Result<()> {
    // SAFETY: the caller's.
    let (extent, packed) = unsafe { (extent_of(datatype)?, size_of(datatype)?) };
    let most = (MPI_Count::from(BLOCK) / packed.max(1)).max(1);
    let mut done = 0;
    while done < count {
        // SAFETY: the caller's.
        let at = unsafe { *position };
        let elements = (count - done).min(most);
        let used = step(Step {
            element: cast(bytes(done, extent)?)?,
            count: cast(elements)?,
            at: cast(at)?,
            room: cast((size - at).clamp(0, c_int::MAX.into()))?,
        })?;
        // SAFETY: the caller's.
        unsafe { *position += used };
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

pub(crate) unsafe extern "C" fn MPI_Pack_external_c(
    datarep: *const c_char,
    inbuf: *const c_void,
    incount: MPI_Count,
    datatype: MPI_Datatype,
    outbuf: *mut c_void,
    outsize: MPI_Count,
    position: *mut MPI_Count,
) -> c_int {
    code(|| {
        // SAFETY: the caller's; `step` stays within the buffers.
        unsafe {
            in_steps(incount, datatype, outsize, position, |step| {
                let (inbuf, outbuf) =
                    (inbuf.wrapping_byte_offset(step.element), outbuf.wrapping_byte_offset(step.at));
                let mut used = 0;
                check(MPI_Pack_external(
                    datarep,
                    inbuf,
                    step.count,
                    datatype,
                    outbuf,
                    cast(step.room)?,
                    &raw mut used,
                ))?;
                cast(used)
            })
        }
    })
}

pub(crate) unsafe extern "C" fn MPI_Unpack_external_c(
    datarep: *const c_char,
    inbuf: *const c_void,
    insize: MPI_Count,
    position: *mut MPI_Count,
    outbuf: *mut c_void,
    outcount: MPI_Count,
    datatype: MPI_Datatype,
) -> c_int {
    code(|| {
        // SAFETY: the caller's; `step` stays within the buffers.
        unsafe {
            in_steps(outcount, datatype, insize, position, |step| {
                let (inbuf, outbuf) =
                    (inbuf.wrapping_byte_offset(step.at), outbuf.wrapping_byte_offset(step.element));
                let mut used = 0;
                check(MPI_Unpack_external(
                    datarep,
                    inbuf,
                    cast(step.room)?,
                    &raw mut used,
                    outbuf,
                    step.count,
                    datatype,
                ))?;
                cast(used)
            })
        }
    })
}

/// The size of one element, and that many of it.
pub(crate) unsafe extern "C" fn MPI_Pack_external_size_c(
    datarep: *const c_char,
    incount: MPI_Count,
    datatype: MPI_Datatype,
    size: *mut MPI_Count,
) -> c_int {
    let mut one = 0;
    code(|| {
        // SAFETY: the caller's; the out-parameter is local.
        unsafe {
            check(MPI_Pack_external_size(datarep, 1, datatype, &raw mut one))?;
            *size = cast::<_, MPI_Count>(one)?.checked_mul(incount).ok_or(MPI_ERR_COUNT)?;
        }
        Ok(())
    })
}
