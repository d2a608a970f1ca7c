//! One thread at a time in the pickled collectives of a communicator.
//!
//! Such a collective is several calls of MPI, which those of another thread may not come between.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use mpi_api::types::MPI_Comm;
use pyo3::prelude::*;

use crate::call::released;
use crate::handle::integer::to_address;

/// The communicators that a thread is in a collective of.
static BUSY: Mutex<Vec<usize>> = Mutex::new(Vec::new());
/// One has left.
static LEFT: Condvar = Condvar::new();

fn busy() -> MutexGuard<'static, Vec<usize>> {
    BUSY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// While it lives, no other thread is in a collective of the communicator.
pub(super) struct Turn(usize);

impl Turn {
    pub fn take(py: Python<'_>, comm: MPI_Comm) -> Self {
        let comm = to_address(comm);
        let mut now = busy();
        if now.contains(&comm) {
            drop(now);
            // Whoever has the turn needs the GIL to end it.
            released(py, || {
                let free = LEFT.wait_while(busy(), |now| now.contains(&comm));
                free.unwrap_or_else(PoisonError::into_inner).push(comm);
            });
        } else {
            now.push(comm);
        }
        Self(comm)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        busy().retain(|comm| *comm != self.0);
        LEFT.notify_all();
    }
}
