//! Point-to-point messages in buffers (MPI 5.0, chapters 3 and 4).

mod buffered;
mod exchange;
mod partitioned;
mod probe;
mod receive;
mod send;

use core::ffi::c_int;

use pyo3::prelude::*;

use crate::message::Message;

pub(crate) use buffered::{Place, attach, detach};
pub(crate) use probe::probes;

/// A message, the rank at its other end, and its tag.
struct Addressed {
    message: Message,
    rank: c_int,
    tag: c_int,
}

impl Addressed {
    fn to(buf: &Bound<'_, PyAny>, rank: c_int, tag: c_int) -> PyResult<Self> {
        Ok(Self { message: Message::to(buf, rank)?, rank, tag })
    }

    fn from(buf: &Bound<'_, PyAny>, rank: c_int, tag: c_int) -> PyResult<Self> {
        Ok(Self { message: Message::from(buf, rank)?, rank, tag })
    }

    /// [`Self::from`], where the caller may leave out the buffer: None.
    fn from_maybe(py: Python<'_>, buf: Option<&Bound<'_, PyAny>>, rank: c_int, tag: c_int) -> PyResult<Self> {
        match buf {
            Some(buf) => Self::from(buf, rank, tag),
            None => Self::from(py.None().bind(py), rank, tag),
        }
    }
}
