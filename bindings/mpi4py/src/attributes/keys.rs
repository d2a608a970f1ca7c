//! The attribute keys that Python made, and what is attached under each.
//!
//! A key stays here until it is freed and nothing is attached any more: its callbacks run until then.

use core::ffi::{c_int, c_void};
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBool;

use super::Kind;

/// What becomes of an attribute whose object is duplicated.
pub(super) enum Copied {
    /// It is not copied.
    No,
    /// The duplicate has the same value.
    Same,
    /// This function decides.
    By(Py<PyAny>),
}

/// A key.
pub(super) struct Key {
    /// What MPI calls it, for this kind of objects.
    keyval: c_int,
    kind: &'static Kind,
    copied: Copied,
    delete_fn: Option<Py<PyAny>>,
    nopython: bool,
    freed: bool,
    /// The values under it, once for each object that has one.
    attached: Vec<usize>,
}

impl Key {
    /// A key that MPI has not made yet.
    pub fn new(
        kind: &'static Kind,
        copy_fn: Option<&Bound<'_, PyAny>>,
        delete_fn: Option<&Bound<'_, PyAny>>,
        nopython: bool,
    ) -> PyResult<Self> {
        let copied = match copy_fn {
            None => Copied::No,
            Some(flag) if flag.is_exact_instance_of::<PyBool>() => {
                if flag.is_truthy()? {
                    Copied::Same
                } else {
                    Copied::No
                }
            }
            Some(function) => Copied::By(callable(function, "copy_fn")?),
        };
        let delete_fn = delete_fn
            .filter(|function| !function.is_exact_instance_of::<PyBool>())
            .map(|function| callable(function, "delete_fn"))
            .transpose()?;
        let keyval = mpi_api::MPI_KEYVAL_INVALID;
        Ok(Self { keyval, kind, copied, delete_fn, nopython, freed: false, attached: Vec::new() })
    }
}

fn callable(function: &Bound<'_, PyAny>, name: &str) -> PyResult<Py<PyAny>> {
    if function.is_callable() {
        return Ok(function.clone().unbind());
    }
    Err(PyTypeError::new_err(format!(
        "{name} is a function(object, keyval, value), True, False or None, not '{}'",
        function.get_type().name()?
    )))
}

/// The keys, in no order.
static KEYS: Mutex<Vec<Key>> = Mutex::new(Vec::new());

/// Looks at the keys or changes them. No Python code runs meanwhile: what this gives back is dropped later.
fn with<R>(work: impl FnOnce(&mut Vec<Key>) -> R) -> R {
    work(&mut KEYS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Where a key is, if it is ours.
fn find(keys: &[Key], kind: &Kind, keyval: c_int) -> Option<usize> {
    keys.iter().position(|key| key.keyval == keyval && core::ptr::eq(key.kind, kind))
}

/// Looks at a key, if it is ours.
fn look<R>(kind: &Kind, keyval: c_int, work: impl FnOnce(&Key) -> R) -> Option<R> {
    with(|keys| find(keys, kind, keyval).map(|at| work(&keys[at])))
}

/// Changes a key, if it is ours, and lets go of it when nobody needs it any more.
fn change<R>(kind: &Kind, keyval: c_int, work: impl FnOnce(&mut Key) -> R) -> Option<R> {
    let (result, _unused) = with(|keys| {
        let at = find(keys, kind, keyval)?;
        let key = &mut keys[at];
        let result = work(key);
        let over = key.freed && key.attached.is_empty();
        Some((result, over.then(|| keys.swap_remove(at))))
    })?;
    Some(result)
}

/// Adds a key that MPI has just made.
pub(super) fn insert(keyval: c_int, key: Key) {
    let _old = with(|keys| {
        let old = find(keys, key.kind, keyval).map(|at| keys.swap_remove(at));
        keys.push(Key { keyval, ..key });
        old
    });
}

/// Notes that a key has been freed.
pub(super) fn free(kind: &Kind, keyval: c_int) {
    change(kind, keyval, |key| key.freed = true);
}

/// Whether values under the key are Python objects. Those under the keys of others are not.
pub(super) fn holds_objects(kind: &Kind, keyval: c_int) -> bool {
    look(kind, keyval, |key| !key.nopython).unwrap_or(false)
}

/// Notes one more object with `value` under the key.
pub(super) fn attach(kind: &Kind, keyval: c_int, value: *mut c_void) {
    change(kind, keyval, |key| key.attached.push(value as usize));
}

/// Notes one object less, and says whether there was one.
pub(super) fn detach(kind: &Kind, keyval: c_int, value: *mut c_void) -> bool {
    let found = change(kind, keyval, |key| {
        let at = key.attached.iter().rposition(|known| *known == value as usize)?;
        Some(key.attached.swap_remove(at))
    });
    found.flatten().is_some()
}

/// Whether some object has `value` under the key.
pub(super) fn holds(kind: &Kind, keyval: c_int, value: *mut c_void) -> bool {
    look(kind, keyval, |key| key.attached.contains(&(value as usize))).unwrap_or(false)
}

/// What to do with a copy; nothing when the key is not ours.
pub(super) fn copied(py: Python<'_>, kind: &Kind, keyval: c_int) -> Copied {
    let copied = look(kind, keyval, |key| match &key.copied {
        Copied::No => Copied::No,
        Copied::Same => Copied::Same,
        Copied::By(function) => Copied::By(function.clone_ref(py)),
    });
    copied.unwrap_or(Copied::No)
}

/// The function to call when an attribute is deleted.
pub(super) fn delete_fn<'py>(py: Python<'py>, kind: &Kind, keyval: c_int) -> Option<Bound<'py, PyAny>> {
    look(kind, keyval, |key| Some(key.delete_fn.as_ref()?.clone_ref(py).into_bound(py))).flatten()
}
