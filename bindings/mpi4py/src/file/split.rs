//! The messages of split collectives, from their beginning to their end (MPI 5.0, section 14.4.5).
//!
//! A file has one under way at most. It goes by the file's handle: the object that ends it may be another one than the
//! object that began it, and the layout of neither has room for it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use mpi_api::types::MPI_File;
use pyo3::prelude::*;

use crate::handle::integer::to_address;

/// What must live until the end, by the handle of its file. Each access is short and runs no Python code.
static UNDER_WAY: Mutex<Vec<(usize, Py<PyAny>)>> = Mutex::new(Vec::new());

fn under_way() -> MutexGuard<'static, Vec<(usize, Py<PyAny>)>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps `message` until what has just begun on `file` ends.
pub(super) fn begun(file: MPI_File, message: Py<PyAny>) {
    under_way().push((to_address(file), message));
}

/// Has `call` end what `file` has under way, and lets go of its message unless that fails.
///
/// The message is taken before the call: once MPI has closed a file, another thread may get a new one with its handle.
pub(super) fn end(file: MPI_File, call: impl FnOnce() -> PyResult<()>) -> PyResult<()> {
    let messages = take(file);
    let ended = call();
    if ended.is_err() {
        under_way().extend(messages);
    }
    ended
}

/// What is kept for `file`.
fn take(file: MPI_File) -> Vec<(usize, Py<PyAny>)> {
    let (mut all, mut taken) = (under_way(), Vec::new());
    while let Some(index) = all.iter().position(|(of, _)| *of == to_address(file)) {
        taken.push(all.swap_remove(index));
    }
    taken
}
