//! Collective communication of buffers (MPI 5.0, chapter 6).
//!
//! What a collective sends and receives is described once, by a type of `description.rs`; its blocking, nonblocking
//! and persistent forms are lines of a family.

mod description;
mod exchange;
mod neighborhood;
mod reduction;
mod rooted;

use pyo3::prelude::*;

use super::Comm;
use crate::handle::HandleClass;
use crate::method::families;

families! { for Comm as comm:
    barrier "barrier" () {
        _nothing: () = ();
        (comm.get().raw())
        /// Wait until all processes have called this (MPI 5.0, section 6.3).
        run Barrier = MPI_Barrier,
        start Ibarrier = MPI_Ibarrier,
        prepare Barrier_init = MPI_Barrier_init,
    }
}
