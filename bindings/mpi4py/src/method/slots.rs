//! Slots of a class that are entered without PyO3's trampoline: those whose work is little.

use pyo3::ffi;
use pyo3::prelude::*;

use super::description::Description;
use super::entry::{Body, Passed, enter};
use super::reader::{Answer, MOST};

/// Gives a class slots of Python's C API: `slots!(Class: Py_nb_bool = function, …)`. In the functions no `Py` may be
/// dropped, as in light methods.
macro_rules! slots {
    ($class:ty: $($slot:ident = $function:path as $type:ty),+ $(,)?) => {
        const _: () = {
            pyo3::inventory::submit! {
                type Inventory = <$class as pyo3::impl_::pyclass::PyClassImpl>::Inventory;
                Inventory::new(pyo3::impl_::pyclass::PyClassItems {
                    methods: &[],
                    slots: &[$(pyo3::ffi::PyType_Slot {
                        slot: pyo3::ffi::$slot,
                        pfunc: $function as $type as *mut core::ffi::c_void,
                    }),+],
                })
            }
        };
    };
}
pub(crate) use slots;

/// What a slot gives: the object, or null and an exception.
pub(crate) fn given(answer: Answer) -> *mut ffi::PyObject {
    answer.unwrap_or(core::ptr::null_mut())
}

/// What a slot gives in place of an object.
#[cold]
#[inline(never)]
pub(crate) fn raised(error: PyErr) -> *mut ffi::PyObject {
    let _raised = super::Raised::from(error);
    core::ptr::null_mut()
}

/// Calls `body` with what Python passes to `__call__`: a tuple, and a dictionary or null.
///
/// # Safety
/// The arguments are those of a call that Python makes.
pub(crate) unsafe fn called(
    description: &Description,
    body: Body,
    this: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: Python holds the GIL when it calls; the tuple holds the arguments, and the dictionary is one.
    unsafe {
        let py = Python::assume_attached();
        let count = ffi::PyTuple_Size(args);
        let mut items = [core::ptr::null_mut(); MOST];
        for (item, index) in items.iter_mut().zip(0..count) {
            *item = ffi::PyTuple_GetItem(args, index);
        }
        if kwargs.is_null() && count as usize <= MOST {
            let passed = Passed { this, args: items.as_ptr(), nargs: count, kwnames: core::ptr::null_mut() };
            return enter::light(description, body, passed);
        }
        // As a call by position and keyword lays them out.
        let args = Borrowed::from_ptr(py, args).cast_unchecked::<pyo3::types::PyTuple>().to_owned();
        let kwargs = Bound::from_borrowed_ptr_or_opt(py, kwargs);
        let kwargs = kwargs.map(|kwargs| kwargs.cast_into_unchecked::<pyo3::types::PyDict>());
        let pairs: Vec<_> = kwargs.iter().flat_map(PyDictMethods::iter).collect();
        let names = match pyo3::types::PyTuple::new(py, pairs.iter().map(|(name, _)| name)) {
            Ok(names) => names,
            Err(error) => return raised(error),
        };
        let mut items: Vec<_> = args.iter().map(|item| item.as_ptr()).collect();
        items.extend(pairs.iter().map(|(_, value)| value.as_ptr()));
        let passed = Passed { this, args: items.as_ptr(), nargs: count, kwnames: names.as_ptr() };
        enter::counted(description, body, passed)
    }
}
