//! `reduce`, `allreduce`, `scan`, `exscan` of objects (MPI 5.0, sections 6.9 and 6.11), in the order of the ranks.
//!
//! Along a tree, or with `mpi4py.rc.fast_reduce` off gathered and then folded.

use core::ffi::c_int;

use pyo3::prelude::*;

use super::context::Context;
use super::tree::{self, Part};
use super::turn::Turn;
use crate::comm::{Comm, Intracomm};
use crate::exception;
use crate::handle::HandleClass;
use crate::invoke::invoke;
use crate::lifecycle::options;
use crate::method::methods;

/// An `Op`, or any function of two objects; `+` when there is none, as `SUM` has it.
#[derive(Clone, Copy)]
pub(super) struct Operation<'a, 'py>(Option<&'a Bound<'py, PyAny>>);

impl<'py> Operation<'_, 'py> {
    pub fn apply(self, left: &Bound<'py, PyAny>, right: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match self.0 {
            Some(op) => invoke!(op, left, right),
            None => left.add(right),
        }
    }

    /// Folds `items` from the left; `None` when there are none.
    fn fold(self, items: impl IntoIterator<Item = Bound<'py, PyAny>>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let mut items = items.into_iter();
        let Some(first) = items.next() else { return Ok(None) };
        items.try_fold(first, |left, right| self.apply(&left, &right)).map(Some)
    }
}

impl Comm {
    fn reduce_tree<'py>(
        &self,
        object: &Bound<'py, PyAny>,
        op: Operation<'_, 'py>,
        root: c_int,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (py, inter) = (object.py(), self.is_inter()?);
        let special = inter && (root == mpi_api::MPI_ROOT || root == mpi_api::MPI_PROC_NULL);
        if !special && !(0..self.peers()?).contains(&root) {
            return Err(exception::from_code(mpi_api::MPI_ERR_ROOT));
        }
        let _turn = Turn::take(py, self.raw());
        let context = Context::of(py, self, inter)?;
        if !special {
            let part = Part::new(object);
            if inter {
                return tree::reduce_to_remote(py, &context, part, op, root)?.finish_without().map(|()| None);
            }
            let part = tree::reduce(py, &context, part, op, root)?;
            return if context.rank == root {
                part.finish().map(Some)
            } else {
                part.finish_without().map(|()| None)
            };
        }
        if root == mpi_api::MPI_ROOT {
            tree::reduced_by_remote(py, &context)?.finish().map(Some)
        } else {
            Ok(None)
        }
    }
}

#[methods]
impl Comm {
    /// Reduce an object of each process to one at `root`; the others get None.
    ///
    /// `op` is an `Op` or any function of two objects. It gets objects in the order of the ranks, and need not be
    /// commutative; it must be associative, for which are combined first is not told.
    #[pyo3(signature = (sendobj, op=None, root=0), text_signature = "($self, sendobj, op=..., root=0)")]
    fn reduce<'py>(
        &self,
        sendobj: &Bound<'py, PyAny>,
        op: Option<&Bound<'py, PyAny>>,
        root: c_int,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let op = Operation(op);
        if options().fast_reduce {
            return self.reduce_tree(sendobj, op, root);
        }
        match self.gather(sendobj, root)? {
            Some(items) => op.fold(items),
            None => Ok(None),
        }
    }

    /// Reduce an object of each process to one, which all of them get: see `reduce`.
    ///
    /// On an intercommunicator each group gets the one of the other group.
    #[pyo3(signature = (sendobj, op=None), text_signature = "($self, sendobj, op=...)")]
    fn allreduce<'py>(
        &self,
        sendobj: &Bound<'py, PyAny>,
        op: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (py, op) = (sendobj.py(), Operation(op));
        if !options().fast_reduce {
            return op.fold(self.allgather(sendobj)?);
        }
        let inter = self.is_inter()?;
        let _turn = Turn::take(py, self.raw());
        let context = Context::of(py, self, inter)?;
        tree::allreduce(py, &context, Part::new(sendobj), op, inter)?.finish().map(Some)
    }
}

#[methods]
impl Intracomm {
    /// Reduce the objects of the processes up to this one: see `reduce`.
    #[pyo3(signature = (sendobj, op=None), text_signature = "($self, sendobj, op=...)")]
    fn scan<'py>(
        slf: &Bound<'py, Self>,
        sendobj: &Bound<'py, PyAny>,
        op: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        scan(slf.as_super().get(), sendobj, Operation(op), true)
    }

    /// Reduce the objects of the processes before this one, of which the first gets None: see `reduce`.
    #[pyo3(signature = (sendobj, op=None), text_signature = "($self, sendobj, op=...)")]
    fn exscan<'py>(
        slf: &Bound<'py, Self>,
        sendobj: &Bound<'py, PyAny>,
        op: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        scan(slf.as_super().get(), sendobj, Operation(op), false)
    }
}

/// Combines the objects of the processes below this one, and its own when `inclusive`.
fn scan<'py>(
    comm: &Comm,
    object: &Bound<'py, PyAny>,
    op: Operation<'_, 'py>,
    inclusive: bool,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = object.py();
    if !options().fast_reduce {
        let count = usize::try_from(comm.rank()?).unwrap_or_default() + usize::from(inclusive);
        return op.fold(comm.allgather(object)?.iter().take(count));
    }
    let _turn = Turn::take(py, comm.raw());
    let context = Context::of(py, comm, false)?;
    let result = tree::scan(py, &context, Part::new(object), op, inclusive)?;
    result.map(Part::finish).transpose()
}
