//! Python functions as error handlers.
//!
//! MPI passes its callbacks no data of the user's, and asked within one for the error handler of the object, MPICH
//! stops in a lock of its own. So each Python function needs a C function of its own: a slot is the number of one of
//! many copies of [`handler`], and the Python function it is to call.
//!
//! Equal functions share a slot. MPI does not tell when an error handler goes, after the last object that has it. But
//! it is gone when a new one has its handle, or when Fortran's handle stands for it no more: one of the two comes true
//! in each library, and then the slot is free.

use core::ffi::{c_int, c_void};
use std::sync::{Mutex, PoisonError};

use mpi_api::types::{MPI_Errhandler, MPI_Fint};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::Errhandler;
use super::methods::Kind;
use crate::call::{check, released};
use crate::callback::{self, abort, if_alive, numbered};
use crate::handle::HandleClass;
use crate::handle::integer::RawHandle;

/// What MPI calls: with the addresses of an object's handle and of an error code.
pub(super) type Handler = unsafe extern "C" fn(*mut c_void, *mut c_int);

/// One C function for each slot.
static HANDLERS: [Handler; 128] = numbered!(handler: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);

/// How many slots may be taken. One more is empty then: a new error handler needs it to find out which are gone.
const MOST: usize = HANDLERS.len() - 1;

/// A slot that is taken.
struct Slot {
    number: usize,
    /// The class of the objects whose errors it handles.
    kind: &'static Kind,
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

/// The slots that are taken, in no order.
static SLOTS: Mutex<Vec<Slot>> = Mutex::new(Vec::new());

/// Looks at the slots or changes them. No Python code runs meanwhile: what this gives back is dropped later.
fn with<R>(work: impl FnOnce(&mut Vec<Slot>) -> R) -> R {
    work(&mut SLOTS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Takes from the slots the error handlers that are not to be kept, and gives back the slots that are empty then.
#[inline(never)]
fn retain(slots: &mut Vec<Slot>, keep: &dyn Fn(&Known) -> bool) -> Vec<Slot> {
    for slot in &mut *slots {
        slot.handlers.retain(keep);
    }
    slots.extract_if(.., |slot| slot.handlers.is_empty()).collect()
}

/// A new error handler that calls `function`.
pub(super) fn create(kind: &'static Kind, function: &Bound<'_, PyAny>) -> PyResult<MPI_Errhandler> {
    callback::announce(callback::Threads::Callers);
    let number = reserve(kind, function)?;
    let mut new = Errhandler::null();
    let created = check(released(function.py(), || (kind.create)(HANDLERS[number], &raw mut new)));
    if let Err(error) = created {
        let _unused = remove(number, Errhandler::null());
        return Err(error);
    }
    let (_gone, full) = with(|slots| {
        // Who had this handle is gone.
        let gone = retain(slots, &|known| known.0 != new);
        let mine = slots.iter_mut().find(|slot| slot.number == number);
        if let Some(handlers) = mine.map(|slot| &mut slot.handlers)
            && let Some(at) = place_of(handlers, Errhandler::null())
        {
            handlers[at] = Known::new(new);
        }
        (gone, slots.len() > MOST)
    });
    if !full {
        return Ok(new);
    }
    let _unused = remove(number, new);
    // SAFETY: the address of a handle that nobody has seen yet.
    unsafe { mpi_api::MPI_Errhandler_free(&raw mut new) };
    Err(PyRuntimeError::new_err(format!(
        "all {MOST} error handlers of Python functions are in use: free them, and the objects that have them set"
    )))
}

fn place_of(handlers: &[Known], handler: MPI_Errhandler) -> Option<usize> {
    handlers.iter().position(|known| known.0 == handler)
}

/// Takes one error handler from a slot, and gives back the slot if that was the last one.
fn remove(number: usize, handler: MPI_Errhandler) -> Option<Slot> {
    with(|slots| {
        let at = slots.iter().position(|slot| slot.number == number)?;
        let handlers = &mut slots[at].handlers;
        handlers.swap_remove(place_of(handlers, handler)?);
        handlers.is_empty().then(|| slots.swap_remove(at))
    })
}

/// The slot of a function equal to `function`, or an empty one, with a place for one more error handler.
fn reserve(kind: &'static Kind, function: &Bound<'_, PyAny>) -> PyResult<usize> {
    let py = function.py();
    // Compared afterwards: that runs Python code.
    let known: Vec<_> = with(|slots| {
        let same = slots.iter().filter(|slot| core::ptr::eq(slot.kind, kind));
        same.map(|slot| (slot.number, slot.function.clone_ref(py).into_bound(py))).collect()
    });
    let mut equal = None;
    for (number, known) in &known {
        if known.is(function) || known.eq(function)? {
            equal = Some((*number, known));
            break;
        }
    }
    let nobody = Known(Errhandler::null(), None);
    let (number, _gone) = with(|slots| {
        if let Some((number, known)) = equal
            && let Some(slot) = slots.iter_mut().find(|slot| slot.number == number)
            && slot.function.is(known)
        {
            slot.handlers.push(nobody);
            return (Some(number), Vec::new());
        }
        let gone = if slots.len() >= MOST { retain(slots, &|known| !known.is_gone()) } else { Vec::new() };
        let number = (0..HANDLERS.len()).find(|number| slots.iter().all(|slot| slot.number != *number));
        if let Some(number) = number {
            let function = function.clone().unbind();
            slots.push(Slot { number, kind, function, handlers: vec![nobody] });
        }
        (number, gone)
    });
    number.ok_or_else(|| PyRuntimeError::new_err("too many threads make error handlers at once"))
}

/// What MPI calls for an error. When the Python function raises, prints the traceback and aborts the program.
unsafe extern "C" fn handler<const NUMBER: usize>(object: *mut c_void, code: *mut c_int) {
    // SAFETY: MPI passes the addresses of a handle, of the class that the slot is for, and of an error code.
    unsafe { handle(NUMBER, object, *code) };
}

#[inline(never)]
unsafe fn handle(number: usize, object: *mut c_void, code: c_int) {
    let called = if_alive(|py| {
        // SAFETY: the caller's.
        if let Err(error) = unsafe { call(py, number, object, code) } {
            abort(py, &error, "error handler");
        }
    });
    if called.is_none() {
        eprintln!("mpi4py.MPI: error {code} after the end of the interpreter, whose error handler is gone");
    }
}

unsafe fn call(py: Python<'_>, number: usize, object: *mut c_void, code: c_int) -> PyResult<()> {
    let found = with(|slots| {
        let slot = slots.iter().find(|slot| slot.number == number)?;
        Some((slot.kind, slot.function.clone_ref(py).into_bound(py)))
    });
    let (kind, function) = found.ok_or_else(|| PyRuntimeError::new_err("the error handler is gone"))?;
    // SAFETY: the caller's.
    let lent = (kind.lend)(py, unsafe { (kind.read)(object) })?;
    function.call1((&lent.object, code)).map(drop)
}
