//! Python functions as error handlers.
//!
//! MPI passes its callbacks no data of the user's, and asked within one for the error handler of the object, MPICH
//! stops in a lock of its own. So each Python function needs a C function of its own: a slot is one of a fixed number
//! of copies of `handler`, and the Python function it is to call.
//!
//! Equal functions share a slot. MPI does not tell when an error handler goes, after the last object that has it. But
//! it is gone when a new one has its handle, or when Fortran's handle stands for it no more: one of the two comes true
//! in each library, and then the slot is free.

use core::ffi::c_int;
use std::sync::{Mutex, PoisonError};

use mpi_api::types::{MPI_Errhandler, MPI_Fint};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::Errhandler;
use super::methods::Kind;
use crate::call::{check, released};
use crate::callback::{abort, if_alive};
use crate::handle::HandleClass;
use crate::handle::integer::RawHandle;

/// How many slots each class has. One is always empty: a new error handler needs it to find out which are gone.
pub(super) const SLOTS: usize = 40;

/// What a taken slot calls.
pub(super) struct Slot {
    function: Py<PyAny>,
    /// The error handlers that call it: null for one that is being made.
    handlers: Vec<Known>,
}

/// An error handler, and Fortran's handle of it where the library has one.
#[derive(Clone, Copy)]
struct Known(MPI_Errhandler, Option<MPI_Fint>);

impl Known {
    fn new(handler: MPI_Errhandler) -> Self {
        let fortran = handler.to_fortran();
        Self(handler, Some(fortran).filter(|fortran| MPI_Errhandler::from_fortran(*fortran) == handler))
    }

    /// Whether MPI says that the handler is gone.
    fn is_gone(self) -> bool {
        self.1.is_some_and(|fortran| MPI_Errhandler::from_fortran(fortran) != self.0)
    }
}

pub(super) type Slots = Mutex<[Option<Slot>; SLOTS]>;

/// Looks at the slots or changes them. No Python code runs meanwhile: what this gives back is dropped later.
fn with<R>(kind: &Kind, work: impl FnOnce(&mut [Option<Slot>; SLOTS]) -> R) -> R {
    work(&mut kind.slots.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A new error handler that calls `function`.
pub(super) fn create(kind: &Kind, function: &Bound<'_, PyAny>) -> PyResult<MPI_Errhandler> {
    let number = reserve(kind, function)?;
    let (null, mut new) = (Errhandler::null(), Errhandler::null());
    let created = check(released(function.py(), || (kind.create)(number, &raw mut new)));
    if let Err(error) = created {
        let _unused = forget(kind, number, null);
        return Err(error);
    }
    let (_gone, full) = with(kind, |slots| {
        let gone = slots.each_mut().map(|slot| remove(slot, new));
        if let Some(slot) = &mut slots[number] {
            for place in slot.handlers.iter_mut().filter(|known| known.0 == null).take(1) {
                *place = Known::new(new);
            }
        }
        (gone, slots.iter().all(Option::is_some))
    });
    if !full {
        return Ok(new);
    }
    let _unused = forget(kind, number, new);
    // SAFETY: the address of a handle that nobody has seen yet.
    unsafe { mpi_api::MPI_Errhandler_free(&raw mut new) };
    Err(PyRuntimeError::new_err(format!(
        "all {} error handlers of class {} are in use: free them, and the objects that have them set",
        SLOTS - 1,
        kind.name
    )))
}

/// The slot of a function equal to `function`, or an empty one, with a place for one more error handler.
fn reserve(kind: &Kind, function: &Bound<'_, PyAny>) -> PyResult<usize> {
    let py = function.py();
    // Compared afterwards: that runs Python code.
    let known = with(kind, |slots| {
        let known = |slot: &Option<Slot>| Some(slot.as_ref()?.function.clone_ref(py));
        slots.each_ref().map(known)
    });
    let mut equal = None;
    for (number, known) in known.iter().enumerate() {
        if let Some(known) = known
            && (known.is(function) || known.bind(py).eq(function)?)
        {
            equal = Some((number, known));
            break;
        }
    }
    let nobody = Known(Errhandler::null(), None);
    let (number, _gone) = with(kind, |slots| {
        if let Some((number, known)) = equal
            && let Some(slot) = &mut slots[number]
            && slot.function.is(known)
        {
            slot.handlers.push(nobody);
            return (Some(number), None);
        }
        let few = slots.iter().filter(|slot| slot.is_none()).count() <= 1;
        let gone = few.then(|| slots.each_mut().map(sweep));
        let empty = slots.iter().position(Option::is_none);
        if let Some(number) = empty {
            slots[number] = Some(Slot { function: function.clone().unbind(), handlers: vec![nobody] });
        }
        (empty, gone)
    });
    number.ok_or_else(|| PyRuntimeError::new_err("too many threads make error handlers at once"))
}

/// Takes `handler` from a slot, once, and what was in the slot if that was the last one.
fn remove(slot: &mut Option<Slot>, handler: MPI_Errhandler) -> Option<Slot> {
    let handlers = &mut slot.as_mut()?.handlers;
    let at = handlers.iter().position(|known| known.0 == handler)?;
    handlers.swap_remove(at);
    slot.take_if(|slot| slot.handlers.is_empty())
}

/// Takes from a slot the error handlers that MPI knows no more. There are libraries that do not tell.
fn sweep(slot: &mut Option<Slot>) -> Option<Slot> {
    slot.as_mut()?.handlers.retain(|known| !known.is_gone());
    slot.take_if(|slot| slot.handlers.is_empty())
}

fn forget(kind: &Kind, number: usize, handler: MPI_Errhandler) -> Option<Slot> {
    with(kind, |slots| remove(&mut slots[number], handler))
}

/// Calls the Python function of a slot for an error: the callback of all kinds. When that raises, prints the traceback
/// and aborts the program.
pub(super) fn handle(kind: &Kind, number: usize, object: usize, code: c_int) {
    let called = if_alive(|py| {
        if let Err(error) = call(py, kind, number, object, code) {
            abort(py, &error, "error handler");
        }
    });
    if called.is_none() {
        eprintln!("mpi4py.MPI: error {code} after the end of the interpreter, whose error handler is gone");
    }
}

fn call(py: Python<'_>, kind: &Kind, number: usize, object: usize, code: c_int) -> PyResult<()> {
    let function = with(kind, |slots| Some(slots[number].as_ref()?.function.clone_ref(py)));
    let function = function.ok_or_else(|| PyRuntimeError::new_err("the error handler is gone"))?;
    let lent = (kind.lend)(py, object)?;
    function.bind(py).call1((&lent.object, code)).map(drop)
}
