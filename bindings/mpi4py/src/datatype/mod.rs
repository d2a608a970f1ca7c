//! `MPI.Datatype` (MPI 5.0, chapter 5).

use mpi_api::types::MPI_Datatype;
use pyo3::prelude::*;

use crate::handle::{Handle, HandleClass, READY, handle_class};

/// Datatype object.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "Datatype")]
#[repr(C)]
pub(crate) struct Datatype(Handle<MPI_Datatype>);

handle_class!(Datatype, MPI_Datatype, MPI_DATATYPE_NULL);

#[pymethods]
impl Datatype {
    /// A new object with the handle of `datatype`, or `DATATYPE_NULL`.
    #[new]
    #[pyo3(signature = (datatype=None))]
    fn py_new(datatype: Option<&Bound<'_, Self>>) -> Self {
        Self(Handle::new(datatype.map_or_else(Self::null, |datatype| datatype.get().raw()), READY))
    }
}

impl Datatype {
    /// An object for `raw`.
    pub fn new(raw: MPI_Datatype) -> Self {
        Self(Handle::new(raw, READY))
    }

    /// Whether `object` is a datatype.
    #[inline]
    pub fn is(object: &Bound<'_, PyAny>) -> bool {
        object.cast::<Self>().is_ok()
    }

    /// `object` as a datatype, when it is one.
    #[inline]
    pub fn cast<'a, 'py>(object: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, Self>> {
        object.cast::<Self>().ok()
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Datatype>()
}
