//! Objects for handles that MPI just made, of the class the caller asked: a user's subclass included.

use pyo3::prelude::*;
use pyo3::types::PyType;
use pyo3::{PyClass, PyClassInitializer, intern};

use crate::handle::HandleClass;

/// A class whose objects are their handle and nothing else.
pub(crate) trait Plain:
    HandleClass + From<<Self as HandleClass>::Raw> + Into<PyClassInitializer<Self>> + PyClass
{
    /// An object for `raw` of class `class`, made as Python makes one, without `__init__`.
    #[inline]
    fn wrap_as<'py>(class: &Bound<'py, PyType>, raw: Self::Raw) -> PyResult<Bound<'py, Self>> {
        let py = class.py();
        if class.is(py.get_type::<Self>()) {
            return Bound::new(py, Self::from(raw));
        }
        let object = class.call_method1(intern!(py, "__new__"), (class,))?.cast_into::<Self>()?;
        HandleClass::handle(object.get()).set(raw);
        Ok(object)
    }

    /// An object for `raw` of the class of `like`.
    #[inline]
    fn wrap_like<'py>(like: &Bound<'py, Self>, raw: Self::Raw) -> PyResult<Bound<'py, Self>> {
        Self::wrap_as(&like.get_type(), raw)
    }
}
