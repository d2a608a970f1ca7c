//! Point-to-point messages in buffers (MPI 5.0, chapters 3 and 4).

mod buffered;
mod exchange;
mod partitioned;
mod probe;
mod receive;
mod send;

pub(super) use buffered::register;
pub(crate) use buffered::{Place, attach, detach};
