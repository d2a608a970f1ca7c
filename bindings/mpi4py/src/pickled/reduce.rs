//! `reduce`, `allreduce`, `scan`, `exscan` of objects: gathered, then folded in the order of the ranks.

use core::ffi::c_int;

use pyo3::prelude::*;

use crate::comm::{Comm, Intracomm};

/// Folds `items` from the left with `op`, or with `+` as `SUM` does; `None` when there are none.
fn fold<'py>(
    op: Option<&Bound<'py, PyAny>>,
    items: impl IntoIterator<Item = Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let mut items = items.into_iter();
    let Some(first) = items.next() else { return Ok(None) };
    let apply = |left: Bound<'py, PyAny>, right: Bound<'py, PyAny>| match op {
        Some(op) => op.call1((left, right)),
        None => left.add(right),
    };
    items.try_fold(first, apply).map(Some)
}

#[pymethods]
impl Comm {
    /// Reduce an object of each process to one at `root`; the others get None.
    ///
    /// `op` is an `Op` or any function of two objects; it is applied in the order of the ranks.
    #[pyo3(signature = (sendobj, op=None, root=0), text_signature = "($self, sendobj, op=..., root=0)")]
    fn reduce<'py>(
        &self,
        sendobj: &Bound<'py, PyAny>,
        op: Option<&Bound<'py, PyAny>>,
        root: c_int,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.gather(sendobj, root)? {
            Some(items) => fold(op, items),
            None => Ok(None),
        }
    }

    /// Reduce an object of each process to one, which all of them get.
    #[pyo3(signature = (sendobj, op=None), text_signature = "($self, sendobj, op=...)")]
    fn allreduce<'py>(
        &self,
        sendobj: &Bound<'py, PyAny>,
        op: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        fold(op, self.allgather(sendobj)?)
    }
}

#[pymethods]
impl Intracomm {
    /// Reduce the objects of the processes up to this one.
    #[pyo3(signature = (sendobj, op=None), text_signature = "($self, sendobj, op=...)")]
    fn scan<'py>(
        slf: &Bound<'py, Self>,
        sendobj: &Bound<'py, PyAny>,
        op: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        scan(slf.as_super(), sendobj, op, 1)
    }

    /// Reduce the objects of the processes before this one; the first gets None.
    #[pyo3(signature = (sendobj, op=None), text_signature = "($self, sendobj, op=...)")]
    fn exscan<'py>(
        slf: &Bound<'py, Self>,
        sendobj: &Bound<'py, PyAny>,
        op: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        scan(slf.as_super(), sendobj, op, 0)
    }
}

/// Folds the objects of the ranks below this one, and of `own` (0 or 1) more.
fn scan<'py>(
    comm: &Bound<'py, Comm>,
    object: &Bound<'py, PyAny>,
    op: Option<&Bound<'py, PyAny>>,
    own: usize,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let comm = comm.get();
    let count = usize::try_from(comm.rank()?).unwrap_or_default() + own;
    fold(op, comm.allgather(object)?.iter().take(count))
}
