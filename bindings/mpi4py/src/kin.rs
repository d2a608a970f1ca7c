//! Objects for handles that MPI just made, of the class the caller asked: a user's subclass included.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::handle::{Handle, HandleClass, READY, class_of};

/// What MPI's `Self` in a signature means for a class whose objects are their handle and nothing else.
pub(crate) trait Kin: HandleClass {
    /// Contents for `raw`.
    #[inline]
    fn of(raw: Self::Raw) -> Self {
        Self::holding(Handle::new(raw, READY))
    }

    /// An object for `raw` of class `class`, made as Python makes one, without `__init__`.
    fn wrap_as<'py>(class: &Bound<'py, PyType>, raw: Self::Raw) -> PyResult<Bound<'py, Self>> {
        let py = class.py();
        if class.is(&*class_of::<Self>(py)) {
            return Self::object(py, raw);
        }
        let object = class.call_method1(intern!(py, "__new__"), (class,))?.cast_into::<Self>()?;
        HandleClass::handle(object.get()).set(raw);
        Ok(object)
    }

    /// An object for `raw` of the class of `like`.
    fn wrap_like<'py>(like: &Bound<'py, Self>, raw: Self::Raw) -> PyResult<Bound<'py, Self>> {
        Self::wrap_as(&like.as_any().get_type(), raw)
    }
}

impl<C: HandleClass> Kin for C {}
