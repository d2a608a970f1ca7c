//! The messages of split collectives, from their beginning to their end (MPI 5.0, section 14.4.5).
//!
//! A file has one under way at most. It goes by the file's handle: the object that ends it may be another one than the
//! object that began it, and the layout of neither has room for it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use mpi_api::scratch::Scratch;
use mpi_api::types::MPI_File;

use crate::handle::integer::to_address;
use crate::message::Message;

/// What must live until the end.
struct Begun {
    /// The handle of the file.
    file: usize,
    _message: Message,
    _scratch: Option<Scratch>,
}

// SAFETY: reached and dropped with the GIL held only.
unsafe impl Send for Begun {}

/// Each access is short and runs no Python code.
static UNDER_WAY: Mutex<Vec<Begun>> = Mutex::new(Vec::new());

fn under_way() -> MutexGuard<'static, Vec<Begun>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps `message` until what has just begun on `file` ends.
pub(super) fn begun(file: MPI_File, message: Message) {
    let scratch = mpi_api::scratch::take();
    under_way().push(Begun { file: to_address(file), _message: message, _scratch: scratch });
}

/// Has `call` end what `file` has under way, and lets go of its message unless that fails.
///
/// The message is taken before the call: once MPI has closed a file, another thread may get a new one with its handle.
pub(super) fn end<E>(file: MPI_File, call: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
    let messages = take(file);
    let ended = call();
    if ended.is_err() {
        under_way().extend(messages);
    }
    ended
}

/// What is kept for `file`.
fn take(file: MPI_File) -> Vec<Begun> {
    let (mut all, mut taken) = (under_way(), Vec::new());
    while let Some(index) = all.iter().position(|begun| begun.file == to_address(file)) {
        taken.push(all.swap_remove(index));
    }
    taken
}
