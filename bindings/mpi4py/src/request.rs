//! `MPI.Request` (MPI 5.0, section 3.7).

use core::cell::UnsafeCell;

use mpi_api::types::MPI_Request;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::handle::{Handle, HandleClass, READY};

/// The part of a request object before the weak-reference list.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "_Request")]
#[repr(C)]
pub(crate) struct RequestBase(Handle<MPI_Request>);

/// Request handler.
#[pyclass(frozen, subclass, extends = RequestBase, module = "mpi4py.MPI", name = "Request")]
#[repr(C)]
pub(crate) struct Request {
    /// What must live until the operation is done; None when idle. Compiled clients read it: never NULL.
    ob_buf: UnsafeCell<Py<PyAny>>,
}

// SAFETY: reached with the GIL held only.
unsafe impl Sync for Request {}

impl Request {
    /// A request object for `raw` that keeps `keep` alive until completion.
    pub fn create(py: Python<'_>, raw: MPI_Request, keep: Py<PyAny>) -> PyResult<Py<Self>> {
        let base = RequestBase(Handle::new(raw, READY));
        let request = Self { ob_buf: UnsafeCell::new(keep) };
        Py::new(py, PyClassInitializer::from(base).add_subclass(request))
    }

    /// The handle of `request`.
    pub fn handle<'a>(request: &'a Bound<'_, Self>) -> &'a Handle<MPI_Request> {
        &request.as_super().get().0
    }

    /// Lets go of what the operation needed.
    pub fn release(request: &Bound<'_, Self>) {
        let none = request.py().None();
        // SAFETY: the GIL is held; the old value is dropped after the new one is in place.
        let _old = unsafe { core::mem::replace(&mut *request.get().ob_buf.get(), none) };
    }
}

#[pymethods]
impl Request {
    #[new]
    #[pyo3(signature = (request=None))]
    fn py_new(py: Python<'_>, request: Option<&Bound<'_, Self>>) -> PyClassInitializer<Self> {
        let (raw, keep) = match request {
            // SAFETY: the GIL is held.
            Some(request) => {
                (Self::handle(request).get(), unsafe { (*request.get().ob_buf.get()).clone_ref(py) })
            }
            None => (mpi_api::MPI_REQUEST_NULL(), py.None()),
        };
        PyClassInitializer::from(RequestBase(Handle::new(raw, READY)))
            .add_subclass(Self { ob_buf: UnsafeCell::new(keep) })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // SAFETY: the collector runs with the GIL held.
        visit.call(unsafe { &*self.ob_buf.get() })
    }
}

impl HandleClass for RequestBase {
    fn holding(handle: Handle<MPI_Request>) -> Self {
        Self(handle)
    }
    type Raw = MPI_Request;
    fn null() -> MPI_Request {
        mpi_api::MPI_REQUEST_NULL()
    }
    fn handle(&self) -> &Handle<MPI_Request> {
        &self.0
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Request>()
}
