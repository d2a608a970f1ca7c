//! Atomic access to one element (MPI 5.0, section 12.3.4).

use core::ffi::c_int;
use core::sync::atomic::AtomicU64;

use mpi_api::types::MPI_Aint;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::Win;
use crate::call::mpi;
use crate::message::{Access, Message};
use crate::method::methods;
use crate::op::Operation;

#[methods]
impl Win {
    /// Combine one element into the window of a process and get what was there (MPI 5.0, section 12.3.4).
    ///
    /// Atomic: no other accumulate access to the element comes in between. `origin` and `result` are message
    /// specifications of one element of the same predefined datatype; `target_disp` is where it is, in the target's
    /// displacement units. Both buffers are MPI's until the access is complete: see `Flush_local`.
    #[pyo3(
        signature = (origin, result, target_rank, target_disp=0, op=Operation::Sum),
        text_signature = "($self, origin, result, target_rank, target_disp=0, op=...)"
    )]
    fn Fetch_and_op(
        slf: &Bound<'_, Self>,
        origin: &Bound<'_, PyAny>,
        result: &Bound<'_, PyAny>,
        target_rank: c_int,
        target_disp: MPI_Aint,
        op: Operation<'_, '_>,
    ) -> PyResult<()> {
        let origin = element("origin", origin, Access::Read, target_rank, None)?;
        let result = element("result", result, Access::Write, target_rank, Some(&origin))?;
        let (win, op) = (Self::raw(slf), op.raw());
        mpi!(
            slf.py(),
            MPI_Fetch_and_op(
                origin.address,
                result.address,
                origin.datatype,
                target_rank,
                target_disp,
                op,
                win
            )
        )
    }

    /// Put one element into the window of a process if what is there equals another, and get what was there (MPI 5.0,
    /// section 12.3.4).
    ///
    /// Atomic: no other accumulate access to the element comes in between. `origin`, `compare` and `result` are
    /// message specifications of one element of the same datatype, an integer, logical or byte; `target_disp` is where
    /// it is, in the target's displacement units. The buffers are MPI's until the access is complete: see
    /// `Flush_local`.
    #[pyo3(signature = (origin, compare, result, target_rank, target_disp=0))]
    fn Compare_and_swap(
        slf: &Bound<'_, Self>,
        origin: &Bound<'_, PyAny>,
        compare: &Bound<'_, PyAny>,
        result: &Bound<'_, PyAny>,
        target_rank: c_int,
        target_disp: MPI_Aint,
    ) -> PyResult<()> {
        let origin = element("origin", origin, Access::Read, target_rank, None)?;
        let compare = element("compare", compare, Access::Read, target_rank, Some(&origin))?;
        let result = element("result", result, Access::Write, target_rank, Some(&origin))?;
        let win = Self::raw(slf);
        mpi!(
            slf.py(),
            MPI_Compare_and_swap(
                origin.address,
                compare.address,
                result.address,
                origin.datatype,
                target_rank,
                target_disp,
                win
            )
        )
    }
}

/// What stands for the elements of an access to `MPI_PROC_NULL`: libraries look at the address even then.
static NOWHERE: AtomicU64 = AtomicU64::new(0);

/// The message `name` of an access to the process `rank`: one element, of the same datatype as `origin`. Anything goes
/// when `rank` is `MPI_PROC_NULL`.
fn element(
    name: &str,
    spec: &Bound<'_, PyAny>,
    access: Access,
    rank: c_int,
    origin: Option<&Message>,
) -> PyResult<Message> {
    if rank == mpi_api::MPI_PROC_NULL {
        return Ok(Message::bare(NOWHERE.as_ptr().cast()));
    }
    let message = Message::parse(spec, access, 1)?;
    if message.count != 1 {
        let count = message.count;
        return Err(PyValueError::new_err(format!("{name}: expecting a single element, got {count}")));
    }
    match origin {
        Some(origin) if origin.datatype != message.datatype => {
            Err(PyValueError::new_err(format!("{name}: its datatype is not that of the origin")))
        }
        _ => Ok(message),
    }
}
