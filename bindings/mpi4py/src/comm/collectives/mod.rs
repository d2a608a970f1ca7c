//! Collective communication of buffers (MPI 5.0, chapter 6).
//!
//! What a collective sends and receives is described once, by a type of `description.rs`; its blocking, nonblocking
//! and persistent forms hand that to the three functions that [`collective!`] makes.

mod description;
mod exchange;
mod reduction;
mod rooted;

use pyo3::prelude::*;

use super::Comm;
use crate::handle::HandleClass;
use crate::info::Info;
use crate::request::{Prequest, Request};

/// The three ways to call one collective: `run` it, `start` it, or `prepare` it for `Prequest.Start`.
///
/// `collective!(name(description: Type, comm) = RUN, START, PREPARE: arguments…)`, where the arguments are those that
/// the three functions of MPI have in common.
macro_rules! collective {
    (
        $name:ident($description:ident: $type:ty, $comm:ident) =
        $run:ident, $start:ident, $prepare:ident: $($argument:expr),* $(,)?
    ) => {
        mod $name {
            #![allow(clippy::wildcard_imports, reason = "the arguments are written outside")]
            use super::*;
            use crate::call::mpi;
            use crate::message::Keep;
            use mpi_api::types::{MPI_Comm, MPI_Info};

            /// Until this process's part is done.
            #[inline]
            pub fn run(py: Python<'_>, $description: &$type, $comm: MPI_Comm) -> PyResult<()> {
                mpi!(py, $run($($argument,)* ))
            }

            /// Started only: the request keeps the description until completion.
            pub fn start(py: Python<'_>, $description: $type, $comm: MPI_Comm) -> PyResult<Py<Request>> {
                let mut request = mpi_api::MPI_REQUEST_NULL();
                let new = &raw mut request;
                mpi!(py, $start($($argument,)* new))?;
                Request::create(py, request, Keep::new(py, ($description, mpi_api::scratch::take()))?)
            }

            /// Not even started: the request keeps the description until it is freed.
            pub fn prepare(
                py: Python<'_>,
                $description: $type,
                $comm: MPI_Comm,
                info: MPI_Info,
            ) -> PyResult<Py<Prequest>> {
                let mut request = mpi_api::MPI_REQUEST_NULL();
                let new = &raw mut request;
                mpi!(py, $prepare($($argument,)* info, new))?;
                Prequest::create(py, request, Keep::new(py, ($description, mpi_api::scratch::take()))?)
            }
        }
    };
}
use collective;

collective!(barrier(_nothing: (), comm) = MPI_Barrier, MPI_Ibarrier, MPI_Barrier_init: comm);

#[pymethods]
impl Comm {
    /// Wait until all processes have called this (MPI 5.0, section 6.3).
    fn Barrier(&self, py: Python<'_>) -> PyResult<()> {
        barrier::run(py, &(), self.raw())
    }

    /// Nonblocking barrier: complete when all processes have called this.
    fn Ibarrier(&self, py: Python<'_>) -> PyResult<Py<Request>> {
        barrier::start(py, (), self.raw())
    }

    /// Create a persistent request for a barrier.
    #[pyo3(signature = (info=None), text_signature = "($self, info=...)")]
    fn Barrier_init(&self, py: Python<'_>, info: Option<&Bound<'_, Info>>) -> PyResult<Py<Prequest>> {
        barrier::prepare(py, (), self.raw(), Info::raw_or_null(info))
    }
}
