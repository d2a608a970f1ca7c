//! The operation of a reduction, as an argument.

use mpi_api::types::MPI_Op;
use pyo3::CastError;
use pyo3::prelude::*;

use super::Op;
use crate::handle::HandleClass;
use crate::owned::Owned;

/// What a reduction does: `SUM` unless an `MPI.Op` is given.
#[derive(Clone, Copy)]
pub(crate) enum Operation<'a, 'py> {
    Sum,
    Given(Borrowed<'a, 'py, Op>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Operation<'a, 'py> {
    type Error = CastError<'a, 'py>;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> Result<Self, Self::Error> {
        object.cast::<Op>().map(Self::Given)
    }
}

impl Operation<'_, '_> {
    /// Its handle.
    pub fn raw(self) -> MPI_Op {
        match self {
            Self::Sum => mpi_api::MPI_SUM(),
            Self::Given(op) => op.get().raw(),
        }
    }

    /// A user's operation must live as long as it may be called.
    pub fn keep(self) -> Option<Owned> {
        match self {
            Self::Sum => None,
            Self::Given(op) => Some(Owned::of(&op)),
        }
    }
}
