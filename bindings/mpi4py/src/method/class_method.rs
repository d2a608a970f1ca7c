//! What `classmethod` does, without a new object at each call.
//!
//! Python's own descriptor binds the function to the class whenever it is looked up. Almost always that is the class which has
//! the method: to this one it is bound once.

use core::ptr;

use pyo3::ffi;
use pyo3::prelude::*;

use super::slots;

/// A method of a class and of those below it.
#[pyclass(frozen, module = "mpi4py.MPI", name = "_classmethod")]
pub(super) struct ClassMethod {
    class: *mut ffi::PyTypeObject,
    definition: *mut ffi::PyMethodDef,
    bound: Py<PyAny>,
}

// SAFETY: the class and the definition live as long as the module, and nobody writes to them.
unsafe impl Send for ClassMethod {}
// SAFETY: as above.
unsafe impl Sync for ClassMethod {}

/// The function of `definition`, which takes `class`.
///
/// # Safety
/// Both live as long as the function.
pub(super) unsafe fn bound(
    py: Python<'_>,
    class: *mut ffi::PyTypeObject,
    definition: *mut ffi::PyMethodDef,
) -> PyResult<Bound<'_, PyAny>> {
    // SAFETY: as the caller says.
    unsafe {
        let function = ffi::PyCFunction_NewEx(definition, class.cast(), ptr::null_mut());
        Bound::from_owned_ptr_or_err(py, function)
    }
}

impl ClassMethod {
    /// # Safety
    /// The class and the definition live as long as the module.
    pub unsafe fn create(
        py: Python<'_>,
        class: *mut ffi::PyTypeObject,
        definition: *mut ffi::PyMethodDef,
    ) -> PyResult<Bound<'_, Self>> {
        // SAFETY: as the caller says.
        let bound = unsafe { bound(py, class, definition) }?.unbind();
        Bound::new(py, Self { class, definition, bound })
    }
}

/// `__get__`: the function, bound to the class that it is looked up in.
unsafe extern "C" fn get(
    this: *mut ffi::PyObject,
    object: *mut ffi::PyObject,
    owner: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: Python holds the GIL when it calls, on an instance of the class; without an owner there is an object.
    unsafe {
        let py = Python::assume_attached();
        let this = Bound::ref_from_ptr(py, &this).cast_unchecked::<ClassMethod>().get();
        let owner = if owner.is_null() { ffi::Py_TYPE(object) } else { owner.cast() };
        if ptr::eq(owner, this.class) {
            return ffi::Py_NewRef(this.bound.as_ptr());
        }
        ffi::PyCFunction_NewEx(this.definition, owner.cast(), ptr::null_mut())
    }
}

slots!(ClassMethod: Py_tp_descr_get = get as ffi::descrgetfunc);
