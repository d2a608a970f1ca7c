//! `MPI.Grequest`: operations of the user's own as requests (MPI 5.0, section 13.2).

use core::cell::UnsafeCell;
use core::ffi::{c_int, c_void};

use mpi_api::types::{MPI_Request, MPI_Status};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyTuple, PyType};

use super::{Request, RequestBase, cast_kind};
use crate::call::{attached, mpi};
use crate::callback;
use crate::exception::error_code;
use crate::handle::{HandleClass, READY};
use crate::method::methods;
use crate::status::Status;

/// Generalized request handler.
#[pyclass(frozen, subclass, extends = Request, module = "mpi4py.MPI", name = "Grequest")]
#[repr(C)]
pub(crate) struct Grequest {
    /// The handle as it was at the start: `Complete` needs it, and a wait may have made the other one null.
    ob_grequest: UnsafeCell<MPI_Request>,
}

// SAFETY: reached with the GIL held only.
unsafe impl Sync for Grequest {}
// SAFETY: an MPI handle is an integer or a pointer that any thread may use.
unsafe impl Send for Grequest {}

impl Grequest {
    /// A request object for `raw`.
    pub fn create(py: Python<'_>, raw: MPI_Request) -> PyResult<Py<Self>> {
        Py::new(py, Request::contents(raw, READY, py.None()).add_subclass(Self::holding(raw)))
    }

    fn holding(raw: MPI_Request) -> Self {
        Self { ob_grequest: UnsafeCell::new(raw) }
    }
}

#[methods]
impl Grequest {
    /// A new object with the handle of `request`, which is generalized or null.
    #[new]
    #[classmethod]
    #[pyo3(signature = (request=None), text_signature = "(request=None)")]
    fn py_new(
        class: &Bound<'_, PyType>,
        request: Option<&Bound<'_, Request>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let request = cast_kind::<Self>(request)?;
        let raw = request.map_or_else(RequestBase::null, |request| Request::handle(request).get());
        Ok(Request::contents_of(class, request).add_subclass(Self::holding(raw)))
    }

    /// Create and return a user-defined request (MPI 5.0, section 13.2).
    ///
    /// MPI calls `query_fn(status, *args, **kwargs)` for each status of the complete request,
    /// `free_fn(*args, **kwargs)` when it is freed, and `cancel_fn(completed, *args, **kwargs)` when it is
    /// cancelled. An exception in one of them makes the call that led there fail.
    #[classmethod]
    #[pyo3(signature = (query_fn=None, free_fn=None, cancel_fn=None, args=None, kwargs=None))]
    fn Start(
        cls: &Bound<'_, PyType>,
        query_fn: Option<Py<PyAny>>,
        free_fn: Option<Py<PyAny>>,
        cancel_fn: Option<Py<PyAny>>,
        args: Option<&Bound<'_, PyAny>>,
        kwargs: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<Self>> {
        let py = cls.py();
        let args = match args {
            Some(args) => args.try_iter()?.collect::<PyResult<Vec<_>>>()?,
            None => Vec::new(),
        };
        let kwargs = match kwargs {
            Some(kwargs) => py.get_type::<PyDict>().call1((kwargs,))?.cast_into::<PyDict>()?,
            None => PyDict::new(py),
        };
        let args = args.into_iter().map(Bound::unbind).collect();
        callback::announce(callback::Threads::Any);
        let callbacks = Box::new(Callbacks { query_fn, free_fn, cancel_fn, args, kwargs: kwargs.unbind() });
        let request = Self::create(py, RequestBase::null())?;
        let handle = Request::handle(request.bind(py).as_super());
        let state: *mut c_void = Box::into_raw(callbacks).cast();
        let new = handle.address();
        if let Err(error) = mpi!(py, MPI_Grequest_start(Some(query), Some(free), Some(cancel), state, new)) {
            // SAFETY: MPI took nothing, so the box is still ours.
            drop(unsafe { Box::from_raw(state.cast::<Callbacks>()) });
            return Err(error);
        }
        // SAFETY: the GIL is held.
        unsafe { *request.get().ob_grequest.get() = handle.get() };
        Ok(request)
    }

    /// Notify that a user-defined request is complete.
    fn Complete(slf: &Bound<'_, Self>) -> PyResult<()> {
        // SAFETY: the GIL is held.
        let request = unsafe { *slf.get().ob_grequest.get() };
        mpi!(slf.py(), MPI_Grequest_complete(request))
    }

    /// Notify that a user-defined request is complete: `wait` and `test` return `obj`.
    #[pyo3(signature = (obj=None))]
    fn complete(slf: &Bound<'_, Self>, obj: Option<Py<PyAny>>) -> PyResult<()> {
        if let Some(object) = obj {
            Request::keep(slf.as_super(), Py::new(slf.py(), Outcome(object))?.into_any());
        }
        Self::Complete(slf)
    }
}

/// The object that a generalized request was completed with, as its `ob_buf` holds it.
#[pyclass(frozen, module = "mpi4py.MPI", name = "_Outcome")]
pub(crate) struct Outcome(pub Py<PyAny>);

/// What MPI calls back, and with what.
struct Callbacks {
    query_fn: Option<Py<PyAny>>,
    free_fn: Option<Py<PyAny>>,
    cancel_fn: Option<Py<PyAny>>,
    args: Vec<Py<PyAny>>,
    kwargs: Py<PyDict>,
}

impl Callbacks {
    /// Calls `function` with `first` before the user's own arguments; the error code for MPI.
    fn call(&self, py: Python<'_>, function: Option<&Py<PyAny>>, first: Option<Bound<'_, PyAny>>) -> c_int {
        let Some(function) = function else { return mpi_api::MPI_SUCCESS };
        let arguments = first.into_iter().chain(self.args.iter().map(|argument| argument.bind(py).clone()));
        let arguments = PyTuple::new(py, arguments.collect::<Vec<_>>());
        match arguments.and_then(|arguments| function.bind(py).call(arguments, Some(self.kwargs.bind(py)))) {
            Ok(_) => mpi_api::MPI_SUCCESS,
            Err(error) => error_code(py, error),
        }
    }
}

/// # Safety
/// MPI calls this with the state of a request of ours, and a status to fill in.
unsafe extern "C" fn query(state: *mut c_void, address: *mut MPI_Status) -> c_int {
    attached(|py| {
        // SAFETY: the state lives until `free`.
        let callbacks = unsafe { &*state.cast::<Callbacks>() };
        // SAFETY: MPI's own memory for a status.
        let found = unsafe { &mut *address };
        (found.MPI_SOURCE, found.MPI_TAG) = (mpi_api::MPI_ANY_SOURCE, mpi_api::MPI_ANY_TAG);
        // SAFETY: both take any status.
        unsafe {
            mpi_api::MPI_Status_set_elements_c(address, mpi_api::MPI_BYTE(), 0);
            mpi_api::MPI_Status_set_cancelled(address, 0);
        }
        let status = match Bound::new(py, Status::new(*found)) {
            Ok(status) => status,
            Err(error) => return error_code(py, error),
        };
        let code = callbacks.call(py, callbacks.query_fn.as_ref(), Some(status.clone().into_any()));
        // SAFETY: as above; the user's function has changed our copy.
        unsafe { *address = *status.get().address() };
        code
    })
}

/// # Safety
/// MPI calls this once with the state of a request of ours, the last time it uses it.
unsafe extern "C" fn free(state: *mut c_void) -> c_int {
    attached(|py| {
        // SAFETY: made by `Box::into_raw` in `Start`, and given up here alone.
        let callbacks = unsafe { Box::from_raw(state.cast::<Callbacks>()) };
        callbacks.call(py, callbacks.free_fn.as_ref(), None)
    })
}

/// # Safety
/// MPI calls this with the state of a request of ours.
unsafe extern "C" fn cancel(state: *mut c_void, completed: c_int) -> c_int {
    attached(|py| {
        // SAFETY: the state lives until `free`.
        let callbacks = unsafe { &*state.cast::<Callbacks>() };
        callbacks.call(
            py,
            callbacks.cancel_fn.as_ref(),
            Some(PyBool::new(py, completed != 0).to_owned().into_any()),
        )
    })
}
