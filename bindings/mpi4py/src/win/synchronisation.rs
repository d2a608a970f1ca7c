//! Synchronisation (MPI 5.0, section 12.5). `assertion` is a sum of `MODE_NOCHECK`, `MODE_NOSTORE`, `MODE_NOPUT`,
//! `MODE_NOPRECEDE`, `MODE_NOSUCCEED`, or 0 (section 12.5.5).

use core::ffi::c_int;

use pyo3::prelude::*;

use super::Win;
use crate::call::mpi;
use crate::group::Group;
use crate::handle::HandleClass;
use crate::method::{families, methods};

families! { for Win as win:
    asserted "" (assertion: int = 0) {
        it: c_int = assertion;
        (it, Win::raw(win))
        /// Perform a fence: complete all accesses by this process and to it, and begin anew (MPI 5.0, section 12.5.1).
        ///
        /// Collective. `assertion` is what the program guarantees of the accesses before and after.
        run Fence = MPI_Win_fence,
        /// Start accessing the windows of all processes, with shared locks (MPI 5.0, section 12.5.3). Not collective.
        run Lock_all = MPI_Win_lock_all,
    }

    with_one "" (rank: int) {
        it: c_int = rank;
        (it, Win::raw(win))
        /// Complete the accesses since `Lock` to the process `rank` (MPI 5.0, section 12.5.3), here and there.
        run Unlock = MPI_Win_unlock,
        /// Complete all accesses so far to the process `rank` (MPI 5.0, section 12.5.4), here and there.
        run Flush = MPI_Win_flush,
        /// Complete all accesses so far to the process `rank` at this end (MPI 5.0, section 12.5.4): buffers here may
        /// be used again.
        run Flush_local = MPI_Win_flush_local,
    }

    with_all "" () {
        _it: () = ();
        (Win::raw(win))
        /// Complete the accesses since `Start` (MPI 5.0, section 12.5.2): buffers at this end may be used again.
        run Complete = MPI_Win_complete,
        /// Complete the accesses since `Lock_all` (MPI 5.0, section 12.5.3), at this end and at the targets.
        run Unlock_all = MPI_Win_unlock_all,
        /// Complete all accesses so far to any process (MPI 5.0, section 12.5.4), at this end and at the targets.
        run Flush_all = MPI_Win_flush_all,
        /// Complete all accesses so far to any process at this end (MPI 5.0, section 12.5.4): buffers here may be used
        /// again.
        run Flush_local_all = MPI_Win_flush_local_all,
        /// Synchronize the private and the public copy of this process's window (MPI 5.0, section 12.5.4).
        ///
        /// It is the memory barrier, too, for processes that share the window's memory.
        run Sync = MPI_Win_sync,
    }
}

#[methods]
impl Win {
    /// Start accessing the windows of the processes in `group` (MPI 5.0, section 12.5.2). They call `Post`.
    #[pyo3(signature = (group, assertion=0))]
    fn Start(slf: &Bound<'_, Self>, group: &Bound<'_, Group>, assertion: c_int) -> PyResult<()> {
        let (group, win) = (group.get().raw(), Self::raw(slf));
        mpi!(slf.py(), MPI_Win_start(group, assertion, win))
    }

    /// Expose the window of this process to those in `group` (MPI 5.0, section 12.5.2). They call `Start`.
    #[pyo3(signature = (group, assertion=0))]
    fn Post(slf: &Bound<'_, Self>, group: &Bound<'_, Group>, assertion: c_int) -> PyResult<()> {
        let (group, win) = (group.get().raw(), Self::raw(slf));
        mpi!(slf.py(), MPI_Win_post(group, assertion, win))
    }

    /// Wait until all that access the window since `Post` have called `Complete` (MPI 5.0, section 12.5.2).
    ///
    /// Always returns True.
    fn Wait(slf: &Bound<'_, Self>) -> PyResult<bool> {
        let win = Self::raw(slf);
        mpi!(slf.py(), MPI_Win_wait(win))?;
        Ok(true)
    }

    /// Test what `Wait` waits for (MPI 5.0, section 12.5.2). When it returns True, the exposure has ended.
    fn Test(slf: &Bound<'_, Self>) -> PyResult<bool> {
        let win = Self::raw(slf);
        let mut flag = 0;
        mpi!(slf.py(), MPI_Win_test(win, &raw mut flag))?;
        Ok(flag != 0)
    }

    /// Start accessing the window of the process `rank`, which takes no part in it (MPI 5.0, section 12.5.3).
    ///
    /// `lock_type` is `LOCK_EXCLUSIVE` or `LOCK_SHARED`.
    #[pyo3(
        signature = (rank, lock_type=mpi_api::MPI_LOCK_EXCLUSIVE, assertion=0),
        text_signature = "($self, rank, lock_type=mpi4py.MPI.LOCK_EXCLUSIVE, assertion=0)"
    )]
    fn Lock(slf: &Bound<'_, Self>, rank: c_int, lock_type: c_int, assertion: c_int) -> PyResult<()> {
        let win = Self::raw(slf);
        mpi!(slf.py(), MPI_Win_lock(lock_type, rank, assertion, win))
    }
}
