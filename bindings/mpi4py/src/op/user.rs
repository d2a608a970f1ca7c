//! Operations written in Python.
//!
//! MPI passes no pointer of ours to a user's function, so each live operation needs a C function of its own:
//! a slot is one of a fixed number of copies of [`trampoline`], and the Python function it is to call.

use core::ffi::c_void;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mpi_api::types::{MPI_Count, MPI_Datatype, MPI_User_function_c};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::buffer::Buffer;
use crate::call::attached;
use crate::callback::{self, abort, numbered};
use crate::datatype::Datatype;
use crate::handle::HandleClass;
use crate::invoke::invoke;
use crate::message;

/// How many operations of Python functions may live at once.
const SLOTS: usize = 64;

/// One of the C functions that can be an operation. Numbers start at 1.
#[derive(Clone, Copy)]
pub(super) struct Slot(u32);

/// What a taken slot calls.
struct Target {
    function: Py<PyAny>,
    commute: bool,
}

/// The targets of all slots. Each access is short and runs no Python code.
static TARGETS: Mutex<[Option<Target>; SLOTS]> = Mutex::new([const { None }; SLOTS]);

fn targets() -> MutexGuard<'static, [Option<Target>; SLOTS]> {
    TARGETS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Slot {
    /// The slot that `number` stands for in the flags of an operation.
    pub fn from_number(number: u32) -> Option<Self> {
        (number != 0).then_some(Self(number))
    }

    /// Its number: what the flags of an operation hold.
    pub fn number(self) -> u32 {
        self.0
    }

    fn index(self) -> usize {
        self.0 as usize - 1
    }

    /// Takes a free slot for `function`.
    pub fn take(function: &Bound<'_, PyAny>, commute: bool) -> PyResult<Self> {
        if !function.is_callable() {
            return Err(PyTypeError::new_err(
                "an operation is made of a function(inbuf, inoutbuf, datatype)",
            ));
        }
        callback::announce(callback::Threads::Any);
        let mut targets = targets();
        let free = (1..).zip(targets.iter_mut()).find(|(_, target)| target.is_none());
        let (number, target) = free.ok_or_else(|| {
            PyRuntimeError::new_err(format!(
                "all {SLOTS} user-defined operations are in use: free those that are no longer needed"
            ))
        })?;
        *target = Some(Target { function: function.clone().unbind(), commute });
        Ok(Self(number))
    }

    /// Lets go of the function: the slot is free again.
    pub fn give_back(self) {
        // Taken out under the lock, dropped after it: that may run Python code.
        let _old = targets()[self.index()].take();
    }

    /// The function of the slot.
    pub fn function(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        match &targets()[self.index()] {
            Some(target) => Ok(target.function.bind(py).clone()),
            None => Err(PyValueError::new_err("the operation has been freed")),
        }
    }

    /// Whether the operation was said to be commutative.
    pub fn commutes(self) -> bool {
        targets()[self.index()].as_ref().is_some_and(|target| target.commute)
    }

    /// The C function of the slot.
    pub fn trampoline(self) -> MPI_User_function_c {
        TRAMPOLINES[self.index()]
    }
}

/// What MPI calls for slot `INDEX + 1`. It never unwinds: a panic in an `extern "C"` function aborts.
unsafe extern "C" fn trampoline<const INDEX: u32>(
    input: *mut c_void,
    output: *mut c_void,
    count: *mut MPI_Count,
    datatype: *mut MPI_Datatype,
) {
    // SAFETY: MPI passes the addresses of a count and of a datatype.
    let (count, datatype) = unsafe { (*count, *datatype) };
    run(Slot(INDEX + 1), input, output, count, datatype);
}

/// Calls the Python function of `slot`; when it raises, prints the traceback and aborts the program.
#[inline(never)]
fn run(slot: Slot, input: *mut c_void, output: *mut c_void, count: MPI_Count, datatype: MPI_Datatype) {
    attached(|py| {
        if let Err(error) = apply(py, slot, input, output, count, datatype) {
            abort(py, &error, "reduction operation");
        }
    });
}

fn apply(
    py: Python<'_>,
    slot: Slot,
    input: *mut c_void,
    output: *mut c_void,
    count: MPI_Count,
    datatype: MPI_Datatype,
) -> PyResult<()> {
    let function = slot.function(py)?;
    let (extent, lower) = message::simple::extent(datatype)?;
    let (bytes, lower) = (isize::try_from(count * extent)?, isize::try_from(lower)?);
    let piece = |address: *mut c_void| {
        // SAFETY: MPI vouches for `count` elements at `address`, until we return.
        unsafe { Buffer::borrowed(address.wrapping_byte_offset(lower), bytes) }.object(py)
    };
    let (input, output) = (piece(input)?, piece(output)?);
    let element = Datatype::object(py, datatype)?;
    let result = invoke!(&function, input, output, element);
    // Whoever kept them must not reach what MPI reuses.
    input.get().forget();
    output.get().forget();
    HandleClass::handle(element.get()).set(Datatype::null());
    result.map(drop)
}

/// One C function for each slot.
static TRAMPOLINES: [MPI_User_function_c; SLOTS] = numbered!(trampoline: 0 1 2 3 4 5 6 7);
