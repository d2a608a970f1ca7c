//! The one way to call MPI: check the return code, and release the GIL in whatever can block.

use core::ffi::c_int;
use core::sync::atomic::{AtomicUsize, Ordering};

use mpi_api::MPI_SUCCESS;
use pyo3::prelude::*;

use crate::callback;
use crate::exception;
use crate::method::noted;

/// Calls MPI and turns an error code into an exception.
///
/// `mpi!(py, MPI_Send_c(…))?` releases the GIL meanwhile: for whatever can wait for another process or for the
/// library's lock. `mpi!(MPI_Comm_rank(…))?` keeps it: for what is local and cheap, and needs no lock to be.
/// `mpi!(@code py, …)` is the first, and gives MPI's return code. `mpi!(@local py, …)` is for what is local and may call
/// functions of Python or wait for a thread that does: see [`local`].
macro_rules! mpi {
    (@code $py:expr, $function:ident($($argument:expr),* $(,)?)) => {
        $crate::call::released($py, || {
            // SAFETY: addresses, counts and datatypes come from message descriptions that hold their memory;
            // handles are read from live objects; out-parameters are local variables of the right type.
            unsafe { mpi_api::$function($($argument),*) }
        })
    };
    (@local $py:expr, $function:ident($($argument:expr),* $(,)?)) => {
        $crate::call::check($crate::call::local($py, || {
            // SAFETY: as above.
            unsafe { mpi_api::$function($($argument),*) }
        }))
    };
    ($py:expr, $function:ident($($argument:expr),* $(,)?)) => {
        $crate::call::check($crate::call::mpi!(@code $py, $function($($argument),*)))
    };
    ($function:ident($($argument:expr),* $(,)?)) => {
        // SAFETY: as above.
        $crate::call::check(unsafe { mpi_api::$function($($argument),*) })
    };
}
pub(crate) use mpi;

/// `Ok` for `MPI_SUCCESS`, else the exception that `code` stands for.
#[inline(always)]
pub(crate) fn check(code: c_int) -> PyResult<()> {
    if code == MPI_SUCCESS { Ok(()) } else { Err(exception::from_code(code)) }
}

/// How many threads are in [`released`]. Changed with the GIL held only: plain loads and stores will do.
static INSIDE: AtomicUsize = AtomicUsize::new(0);

/// Runs `work` without the GIL. It must touch no Python object.
///
/// This is not `Python::detach`: that one also keeps count of attachment per thread, which a short MPI call can do
/// without. Callbacks that MPI makes meanwhile come back through [`attached`], which relies on no such count.
#[inline(always)]
pub(crate) fn released<R>(_py: Python<'_>, work: impl FnOnce() -> R) -> R {
    struct Restore(*mut pyo3::ffi::PyThreadState);
    impl Drop for Restore {
        #[inline(always)]
        fn drop(&mut self) {
            // SAFETY: the state that PyEval_SaveThread gave on this thread.
            unsafe { pyo3::ffi::PyEval_RestoreThread(self.0) }
            INSIDE.store(INSIDE.load(Ordering::Relaxed).wrapping_sub(1), Ordering::Relaxed);
        }
    }
    INSIDE.store(INSIDE.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    // SAFETY: the GIL is held: `_py` is the proof.
    let _restore = Restore(unsafe { pyo3::ffi::PyEval_SaveThread() });
    work()
}

/// Runs `work`, which is local and must touch no Python object. It keeps the GIL, unless another thread might have the
/// library's lock and wait for the GIL in a function of Python that MPI calls: there would be no end of it.
#[inline]
pub(crate) fn local<R>(py: Python<'_>, work: impl FnOnce() -> R) -> R {
    if callback::may_wait(INSIDE.load(Ordering::Relaxed)) { released(py, work) } else { work() }
}

/// Runs `work` with the GIL, on whatever thread MPI called us back.
pub(crate) fn attached<R>(work: impl FnOnce(Python<'_>) -> R) -> R {
    struct Release(pyo3::ffi::PyGILState_STATE);
    impl Drop for Release {
        fn drop(&mut self) {
            // SAFETY: matches the PyGILState_Ensure below, on the same thread.
            unsafe { pyo3::ffi::PyGILState_Release(self.0) }
        }
    }
    // SAFETY: the interpreter is alive: we finalize MPI before it goes.
    let _release = Release(unsafe { pyo3::ffi::PyGILState_Ensure() });
    counted(work)
}

/// Runs `work` where the GIL is held, and has PyO3 know.
///
/// Where it does not (in the methods of `method`, and in what MPI calls from there), a `Py` that is dropped waits for the
/// next call that PyO3 counts: that may be a long time, in which they pile up.
pub(crate) fn counted<R>(work: impl FnOnce(Python<'_>) -> R) -> R {
    let (mut work, mut result) = (Some(work), None);
    noted(&mut |py| {
        result = work.take().map(|work| work(py));
        core::ptr::null_mut()
    });
    result.unwrap_or_else(|| unreachable!("the work is there, and was done"))
}
