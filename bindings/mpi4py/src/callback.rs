//! What callbacks from MPI into Python share: whether there still is a Python to call, objects for the handles that
//! MPI passes, and what becomes of exceptions.

use core::sync::atomic::{AtomicU8, Ordering};

use pyo3::prelude::*;
use pyo3::{PyTypeInfo, ffi};

use crate::call::attached;
use crate::handle::HandleClass;
use crate::handle::integer::from_address;

/// On which threads MPI calls a function that it was given.
#[derive(Clone, Copy)]
pub(crate) enum Threads {
    /// On one that calls MPI: attributes and error handlers.
    Callers = 1,
    /// On whichever makes progress, be it one of MPI's own: operations, generalized requests, data representations.
    Any,
}

/// The most threads on which MPI may call the functions of Python that it was ever given; 0 when there was none.
static THREADS: AtomicU8 = AtomicU8::new(0);

/// To be called before MPI is given a function of Python.
pub(crate) fn announce(threads: Threads) {
    THREADS.fetch_max(threads as u8, Ordering::Relaxed);
}

/// Whether a thread other than this one may be in MPI and want the GIL, while `callers` are there through this module.
#[inline]
pub(crate) fn may_wait(callers: usize) -> bool {
    match THREADS.load(Ordering::Relaxed) {
        0 => false,
        1 => callers > 0,
        _ => true,
    }
}

/// Runs `work` with the GIL; `None` when the interpreter has ended: MPI may be finalized after it, and calls back even
/// then.
pub(crate) fn if_alive<R>(work: impl FnOnce(Python<'_>) -> R) -> Option<R> {
    // SAFETY: allowed at any time.
    let alive = unsafe { ffi::Py_IsInitialized() } != 0;
    alive.then(|| attached(work))
}

/// An object for a handle that MPI passes to a callback. It has the null handle when the callback is over: who kept
/// it must not reach what MPI may be freeing.
pub(crate) struct Lent<'py> {
    pub object: Bound<'py, PyAny>,
    forget: fn(&Bound<'py, PyAny>),
}

/// An object of class `C` for the handle at `address`; `B` is where its handle sits.
pub(crate) fn lend<B: HandleClass, C: PyTypeInfo>(py: Python<'_>, address: usize) -> PyResult<Lent<'_>> {
    let object = B::make(&py.get_type::<C>(), from_address(address))?.into_bound(py);
    Ok(Lent { object, forget: forget::<B> })
}

fn forget<B: HandleClass>(object: &Bound<'_, PyAny>) {
    if let Ok(object) = object.cast::<B>() {
        object.get().forget();
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        (self.forget)(&self.object);
    }
}

/// Prints an exception in a callback that has no way to say it failed, and ends the program.
pub(crate) fn abort(py: Python<'_>, error: &PyErr, place: &str) {
    error.display(py);
    eprintln!("mpi4py.MPI: exception in a user-defined {place}");
    // SAFETY: MPI is running: it has just called us.
    unsafe { mpi_api::MPI_Abort(mpi_api::MPI_COMM_WORLD(), 1) };
}

/// A table of the copies of a generic function, one for each number: eight for each row.
macro_rules! numbered {
    ($function:ident: $($row:literal)*) => {
        [$(
            $function::<{ 8 * $row }>, $function::<{ 8 * $row + 1 }>, $function::<{ 8 * $row + 2 }>,
            $function::<{ 8 * $row + 3 }>, $function::<{ 8 * $row + 4 }>, $function::<{ 8 * $row + 5 }>,
            $function::<{ 8 * $row + 6 }>, $function::<{ 8 * $row + 7 }>,
        )*]
    };
}
pub(crate) use numbered;
