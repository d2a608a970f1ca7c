//! Transfer to the windows of other processes (MPI 5.0, sections 12.3.1 to 12.3.5).
//!
//! `origin` and `result` are buffers or message specifications of this process, `target_rank` a rank or `PROC_NULL`;
//! `target.rs` says what `target` may be. An access is nonblocking: it is complete when a synchronisation says so, or
//! at this end when its request is. Until then the memory at this end is MPI's; a request keeps it alive.

use core::ffi::c_int;

use mpi_api::types::MPI_Op;
use pyo3::prelude::*;

use super::Win;
use super::target::Target;
use crate::message::Message;
use crate::method::families;

/// What an access moves, and where.
pub(super) struct Transfer {
    origin: Message,
    /// Where the old contents of the target go.
    result: Message,
    rank: c_int,
    target: Target,
    op: MPI_Op,
}

impl Transfer {
    /// Between the memory `origin` and the window of the process `rank`.
    fn new(origin: Message, rank: c_int, target: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let target = Target::parse(target, &origin)?;
        Ok(Self { origin, result: Message::empty(), rank, target, op: mpi_api::MPI_NO_OP() })
    }
}

families! { for Win as win:
    put "put: see `Put`" (origin: any, target_rank: int, target: maybe) {
        it: Transfer = Transfer::new(Message::to(&origin, target_rank)?, target_rank, target.as_deref())?;
        (it.origin.address, it.origin.count, it.origin.datatype,
         it.rank, it.target.displ, it.target.count, it.target.datatype, Win::raw(win))
        /// Put data into the window of a process (MPI 5.0, section 12.3.1).
        ///
        /// `origin` is a buffer or a message specification, `target_rank` a rank or `PROC_NULL`. `target` is a
        /// displacement in the target's displacement units, or `[displ, count, datatype]`, of which the last ones, or
        /// all, may be left out: the count and the datatype are the origin's then, the displacement is 0.
        ///
        /// The buffer must not change before the access is complete: see `Fence`, `Complete`, `Unlock`, `Flush_local`.
        run Put = MPI_Put_c,
        begin Rput = MPI_Rput_c,
    }

    get "get: see `Get`" (origin: any, target_rank: int, target: maybe) {
        it: Transfer = Transfer::new(Message::from(&origin, target_rank)?, target_rank, target.as_deref())?;
        (it.origin.address, it.origin.count, it.origin.datatype,
         it.rank, it.target.displ, it.target.count, it.target.datatype, Win::raw(win))
        /// Get data from the window of a process (MPI 5.0, section 12.3.2).
        ///
        /// `origin` is where it goes: a writable buffer or a message specification; `target` as in `Put`. It is there
        /// when the access is complete.
        run Get = MPI_Get_c,
        begin Rget = MPI_Rget_c,
    }

    accumulate "accumulate: see `Accumulate`" (origin: any, target_rank: int, target: maybe, op: op) {
        it: Transfer = Transfer {
            op: op.raw(),
            ..Transfer::new(Message::to(&origin, target_rank)?, target_rank, target.as_deref())?
        };
        (it.origin.address, it.origin.count, it.origin.datatype,
         it.rank, it.target.displ, it.target.count, it.target.datatype, it.op, Win::raw(win))
        /// Combine data into the window of a process (MPI 5.0, section 12.3.4): each element by itself is atomic.
        ///
        /// `op` is a predefined operation, or `REPLACE`; `origin` and `target` as in `Put`, both of one predefined
        /// datatype in the end.
        run Accumulate = MPI_Accumulate_c,
        begin Raccumulate = MPI_Raccumulate_c,
    }

    get_accumulate "get-and-accumulate: see `Get_accumulate`" (
        origin: any, result: any, target_rank: int, target: maybe, op: op,
    ) {
        it: Transfer = {
            let origin = Message::to(&origin, target_rank)?;
            let result = Message::from(&result, target_rank)?;
            Transfer { result, op: op.raw(), ..Transfer::new(origin, target_rank, target.as_deref())? }
        };
        (it.origin.address, it.origin.count, it.origin.datatype,
         it.result.address, it.result.count, it.result.datatype,
         it.rank, it.target.displ, it.target.count, it.target.datatype, it.op, Win::raw(win))
        /// Combine data into the window of a process, and get what was there (MPI 5.0, section 12.3.4): each element by
        /// itself is atomic.
        ///
        /// `result` is where the old contents go: a writable buffer or a message specification; the rest as in
        /// `Accumulate`. With `NO_OP` nothing changes, and `origin` may be `[None, 0, datatype]`: then `target` says
        /// the count.
        run Get_accumulate = MPI_Get_accumulate_c,
        begin Rget_accumulate = MPI_Rget_accumulate_c,
    }
}
