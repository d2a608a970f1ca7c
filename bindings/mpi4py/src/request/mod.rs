//! `MPI.Request` (MPI 5.0, section 3.7), and what its kinds share.

mod batch;
mod generalized;
mod several;
mod single;
mod startable;

use core::cell::UnsafeCell;

use mpi_api::types::MPI_Request;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyType;
use pyo3::{PyTraverseError, PyVisit, ffi};

use crate::handle::spare::{self, spared};
use crate::handle::{CONST, Handle, HandleClass, READY, allocate, class_of, handle_class, hold_for_instance};

pub(crate) use batch::{Batch, Statuses};
pub(crate) use generalized::{Grequest, Outcome};
pub(crate) use startable::Prequest;

/// The part of a request object before the weak-reference list.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "_Request")]
#[repr(C)]
pub(crate) struct RequestBase(Handle<MPI_Request>);

#[pymethods]
impl RequestBase {
    /// Has nothing to visit, and must be told apart from the other classes that have nothing: PyO3 finds its way up
    /// the bases by the addresses of these functions, and the linker folds equal ones into one. `Prequest` over
    /// `Request` over this would go round and round.
    #[allow(clippy::unnecessary_wraps, reason = "the signature is PyO3's")]
    fn __traverse__(&self, _visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        core::hint::black_box(&self.0);
        Ok(())
    }
}

/// Request handler.
#[pyclass(frozen, subclass, extends = RequestBase, module = "mpi4py.MPI", name = "Request")]
#[repr(C)]
pub(crate) struct Request {
    /// What must live until the operation is done; None when idle. Compiled clients read it: never NULL.
    ob_buf: UnsafeCell<Py<PyAny>>,
}

// SAFETY: reached with the GIL held only.
unsafe impl Sync for Request {}

spared!(Request);
handle_class!(Request: RequestBase, MPI_Request, MPI_REQUEST_NULL, {
    fn make(class: &Bound<'_, PyType>, raw: MPI_Request) -> PyResult<Py<PyAny>> {
        let py = class.py();
        if class.is_subclass_of::<Prequest>()? {
            Ok(Prequest::create(py, raw, py.None())?.into_any())
        } else if class.is_subclass_of::<Grequest>()? {
            Ok(Grequest::create(py, raw)?.into_any())
        } else {
            Ok(Request::create(py, raw, py.None())?.into_any())
        }
    }
});

impl Request {
    /// A request object for `raw` that keeps `keep` alive until completion.
    #[inline]
    pub fn create(py: Python<'_>, raw: MPI_Request, keep: Py<PyAny>) -> PyResult<Py<Self>> {
        Self::allocate(&class_of::<Self>(py), raw, keep).map(Bound::unbind)
    }

    /// A request object of `class`, this one or one below it.
    #[inline]
    fn allocate<'py>(
        class: &Bound<'py, PyType>,
        raw: MPI_Request,
        keep: Py<PyAny>,
    ) -> PyResult<Bound<'py, Self>> {
        let py = class.py();
        let base = RequestBase(Handle::new(raw, READY));
        let spare = if class.is(&*class_of::<Self>(py)) { spare::take::<Self>(py) } else { None };
        // SAFETY: the class is this one or below it, and what its own memory holds is no object yet. The contents of the
        // base, which is derived from `object`, follow the head.
        unsafe {
            if let Some(object) = spare {
                object.as_ptr().add(1).cast::<RequestBase>().write(base);
                let request = object.cast_into_unchecked::<Self>();
                request.get().ob_buf.get().write(keep);
                ffi::PyObject_GC_Track(request.as_ptr().cast());
                Ok(request)
            } else {
                let request = allocate(class, base)?.into_any().cast_into_unchecked::<Self>();
                request.get().ob_buf.get().write(keep);
                Ok(request)
            }
        }
    }

    /// What goes into a new object.
    fn contents(raw: MPI_Request, flags: u32, keep: Py<PyAny>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(RequestBase(Handle::new(raw, flags)))
            .add_subclass(Self { ob_buf: UnsafeCell::new(keep) })
    }

    /// What goes into a new object of `class` made from `request`: its handle, and what it keeps.
    fn contents_of(class: &Bound<'_, PyType>, request: Option<&Bound<'_, Self>>) -> PyClassInitializer<Self> {
        let py = class.py();
        hold_for_instance(class);
        match request {
            Some(request) => {
                Self::contents(Self::handle(request).get(), READY, Self::kept(request).clone_ref(py))
            }
            None => Self::contents(RequestBase::null(), READY, py.None()),
        }
    }

    /// The handle of `request`.
    #[inline(always)]
    pub fn handle<'a>(request: &'a Bound<'_, Self>) -> &'a Handle<MPI_Request> {
        &request.as_super().get().0
    }

    /// What the operation needs: None, or what [`Request::create`] was given.
    pub fn kept<'a>(request: &'a Bound<'_, Self>) -> &'a Py<PyAny> {
        // SAFETY: the GIL is held; the caller replaces nothing while it looks.
        unsafe { &*request.get().ob_buf.get() }
    }

    /// Makes the request keep `keep` alive until completion.
    pub fn keep(request: &Bound<'_, Self>, keep: Py<PyAny>) {
        // SAFETY: the GIL is held; the old value is dropped after the new one is in place.
        let old = unsafe { core::mem::replace(&mut *request.get().ob_buf.get(), keep) };
        drop(old.into_bound(request.py()));
    }

    /// Lets go of what the operation needed.
    #[inline]
    pub fn release(request: &Bound<'_, Self>) {
        if !Self::kept(request).is_none(request.py()) {
            Self::keep(request, request.py().None());
        }
    }

    /// Lets go of what the operation needed if that is over: the handle is null.
    #[inline]
    pub fn settle(request: &Bound<'_, Self>) {
        if Self::handle(request).get() == RequestBase::null() {
            Self::release(request);
        }
    }
}

#[pymethods]
impl Request {
    /// A new object with the handle of `request`, or `REQUEST_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (request=None), text_signature = "(request=None)")]
    fn py_new(class: &Bound<'_, PyType>, request: Option<&Bound<'_, Self>>) -> PyClassInitializer<Self> {
        Self::contents_of(class, request)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // SAFETY: the collector runs with the GIL held.
        visit.call(unsafe { &*self.ob_buf.get() })
    }
}

/// A request that is to be seen as one of a special kind must be of that kind, or null.
fn cast_kind<'a, 'py, C: pyo3::PyTypeInfo>(
    request: Option<&'a Bound<'py, Request>>,
) -> PyResult<Option<&'a Bound<'py, Request>>> {
    let Some(found) = request else { return Ok(None) };
    if Request::handle(found).get() != RequestBase::null() && !found.is_instance_of::<C>() {
        let (found, wanted) =
            (found.get_type().fully_qualified_name()?, C::type_object(found.py()).fully_qualified_name()?);
        return Err(PyTypeError::new_err(format!("cannot convert {found} to {wanted}")));
    }
    Ok(request)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add_class::<Request>()?;
    module.add_class::<Prequest>()?;
    module.add_class::<Grequest>()?;
    module.add("REQUEST_NULL", Py::new(py, Request::contents(RequestBase::null(), READY | CONST, py.None()))?)
}
