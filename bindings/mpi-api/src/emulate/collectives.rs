//! Collectives whose large counts need another collective. What fits is not their business: `build/narrow.rs`.

use core::ffi::{c_int, c_void};

use crate::narrow::{
    Allgather, Kept, Local, Reduction, Result, allgatherv, bytes, cast, check, code, extent_of, group,
    in_chunks, is_inter, shifted, unless_in_place,
};
use crate::types::{MPI_Aint, MPI_Comm, MPI_Count, MPI_Datatype, MPI_Info, MPI_Op, MPI_Request};
use crate::{
    MPI_Allgatherv, MPI_Allgatherv_init, MPI_Alltoallw, MPI_Alltoallw_init, MPI_Comm_rank, MPI_ERR_COUNT,
    MPI_IN_PLACE, MPI_Iallgatherv, MPI_Ialltoallw, MPI_Reduce, MPI_Reduce_scatter_block,
};

#[cold]
pub(crate) unsafe fn large_MPI_Allgatherv_c(
    sendbuf: *const c_void,
    sendcount: MPI_Count,
    sendtype: MPI_Datatype,
    recvbuf: *mut c_void,
    recvcounts: *const MPI_Count,
    displs: *const MPI_Aint,
    recvtype: MPI_Datatype,
    comm: MPI_Comm,
) -> c_int {
    let mut room = Local::new();
    let (send, recv) = ((sendbuf, sendcount, sendtype), (recvbuf, recvcounts, displs, recvtype));
    // SAFETY: the caller's.
    code(|| unsafe {
        let made = allgatherv(&mut room, send, recv, comm)?;
        check(match &made {
            Allgather::Plain(s, r) => MPI_Allgatherv(
                sendbuf,
                s.count,
                s.datatype.handle,
                recvbuf,
                r.counts,
                r.displs,
                r.datatype.handle,
                comm,
            ),
            Allgather::Everywhere { sendbuf, send: s, recv: r } => MPI_Alltoallw(
                *sendbuf,
                s.counts,
                s.displs,
                s.datatypes,
                recvbuf,
                r.counts,
                r.displs,
                r.datatypes,
                comm,
            ),
        })
    })
}

#[cold]
pub(crate) unsafe fn large_MPI_Iallgatherv_c(
    sendbuf: *const c_void,
    sendcount: MPI_Count,
    sendtype: MPI_Datatype,
    recvbuf: *mut c_void,
    recvcounts: *const MPI_Count,
    displs: *const MPI_Aint,
    recvtype: MPI_Datatype,
    comm: MPI_Comm,
    request: *mut MPI_Request,
) -> c_int {
    let mut room = Kept::new();
    let (send, recv) = ((sendbuf, sendcount, sendtype), (recvbuf, recvcounts, displs, recvtype));
    // SAFETY: the caller's.
    code(|| unsafe {
        let made = allgatherv(&mut room, send, recv, comm)?;
        check(match &made {
            Allgather::Plain(s, r) => MPI_Iallgatherv(
                sendbuf,
                s.count,
                s.datatype.handle,
                recvbuf,
                r.counts,
                r.displs,
                r.datatype.handle,
                comm,
                request,
            ),
            Allgather::Everywhere { sendbuf, send: s, recv: r } => MPI_Ialltoallw(
                *sendbuf,
                s.counts,
                s.displs,
                s.datatypes,
                recvbuf,
                r.counts,
                r.displs,
                r.datatypes,
                comm,
                request,
            ),
        })?;
        room.hold(made);
        room.keep();
        Ok(())
    })
}

#[cold]
pub(crate) unsafe fn large_MPI_Allgatherv_init_c(
    sendbuf: *const c_void,
    sendcount: MPI_Count,
    sendtype: MPI_Datatype,
    recvbuf: *mut c_void,
    recvcounts: *const MPI_Count,
    displs: *const MPI_Aint,
    recvtype: MPI_Datatype,
    comm: MPI_Comm,
    info: MPI_Info,
    request: *mut MPI_Request,
) -> c_int {
    let mut room = Kept::new();
    let (send, recv) = ((sendbuf, sendcount, sendtype), (recvbuf, recvcounts, displs, recvtype));
    // SAFETY: the caller's.
    code(|| unsafe {
        let made = allgatherv(&mut room, send, recv, comm)?;
        check(match &made {
            Allgather::Plain(s, r) => MPI_Allgatherv_init(
                sendbuf,
                s.count,
                s.datatype.handle,
                recvbuf,
                r.counts,
                r.displs,
                r.datatype.handle,
                comm,
                info,
                request,
            ),
            Allgather::Everywhere { sendbuf, send: s, recv: r } => MPI_Alltoallw_init(
                *sendbuf,
                s.counts,
                s.displs,
                s.datatypes,
                recvbuf,
                r.counts,
                r.displs,
                r.datatypes,
                comm,
                info,
                request,
            ),
        })?;
        room.hold(made);
        room.keep();
        Ok(())
    })
}

/// One reduction for each process.
#[cold]
pub(crate) unsafe fn large_MPI_Reduce_scatter_block_c(
    sendbuf: *const c_void,
    recvbuf: *mut c_void,
    recvcount: MPI_Count,
    datatype: MPI_Datatype,
    op: MPI_Op,
    comm: MPI_Comm,
) -> c_int {
    // SAFETY: the caller's.
    code(|| unsafe {
        if !is_inter(comm)? {
            return one_by_one(sendbuf, recvbuf, &vec![recvcount; group(comm)?], datatype, op, comm);
        }
        let all = Reduction::new(recvcount, datatype, op)?;
        let (datatype, op) = (all.datatype.handle, all.op.handle);
        check(MPI_Reduce_scatter_block(sendbuf, recvbuf, all.count, datatype, op, comm))
    })
}

/// One reduction for each process.
#[cold]
pub(crate) unsafe fn large_MPI_Reduce_scatter_c(
    sendbuf: *const c_void,
    recvbuf: *mut c_void,
    recvcounts: *const MPI_Count,
    datatype: MPI_Datatype,
    op: MPI_Op,
    comm: MPI_Comm,
) -> c_int {
    // SAFETY: the caller's.
    code(|| unsafe {
        if is_inter(comm)? {
            return Err(MPI_ERR_COUNT);
        }
        let recvcounts = core::slice::from_raw_parts(recvcounts, group(comm)?);
        one_by_one(sendbuf, recvbuf, recvcounts, datatype, op, comm)
    })
}

#[cold]
unsafe fn one_by_one(
    sendbuf: *const c_void,
    recvbuf: *mut c_void,
    recvcounts: &[MPI_Count],
    datatype: MPI_Datatype,
    op: MPI_Op,
    comm: MPI_Comm,
) -> Result<()> {
    let mut rank = 0;
    // SAFETY: the caller's; the out-parameter is local.
    let extent = unsafe {
        check(MPI_Comm_rank(comm, &raw mut rank))?;
        extent_of(datatype)?
    };
    let in_place = unless_in_place(sendbuf, 1) == 0;
    let input = if in_place { recvbuf.cast_const() } else { sendbuf };
    let mut before = 0;
    for (root, &count) in (0..).zip(recvcounts) {
        let block = shifted(input, cast(bytes(before, extent)?)?);
        // In place, our result takes the place of our input, and goes to the front when that has been read.
        let (from, to) = match (root == rank, in_place) {
            (true, true) => (MPI_IN_PLACE().cast_const(), block),
            (true, false) => (block.cast_const(), recvbuf),
            (false, _) => (block.cast_const(), core::ptr::null_mut()),
        };
        // SAFETY: the caller's; `shifted` keeps the displacement of a chunk within its block.
        unsafe {
            in_chunks(count, datatype, |offset, chunk| {
                MPI_Reduce(shifted(from, offset), shifted(to, offset), chunk, datatype, op, root, comm)
            })?;
            if root == rank && in_place {
                let size = cast(bytes(count, extent)?)?;
                core::ptr::copy(block.cast::<u8>(), recvbuf.cast::<u8>(), size);
            }
        }
        before += count;
    }
    Ok(())
}
