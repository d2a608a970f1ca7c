//! `MPI.Message`: messages that a probe has matched (MPI 5.0, section 3.8.2).

use core::cell::UnsafeCell;
use core::ffi::c_int;

use mpi_api::types::MPI_Message;
use mpi_api::{MPI_ANY_SOURCE, MPI_ANY_TAG};
use pyo3::prelude::*;
use pyo3::types::PyType;
use pyo3::{PyTraverseError, PyVisit, intern};

use crate::call::mpi;
use crate::comm::Comm;
use crate::handle::{CONST, Handle, HandleClass, READY, allocate, class_of, handle_class, hold_for_instance};
use crate::message::{Access, Keep, Message};
use crate::method::methods;
use crate::request::Request;
use crate::status::Status;

/// The part of a message object before the weak-reference list.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "_Message")]
#[repr(C)]
pub(crate) struct MatchedBase(Handle<MPI_Message>);

/// Matched message.
#[pyclass(frozen, subclass, extends = MatchedBase, module = "mpi4py.MPI", name = "Message")]
#[repr(C)]
pub(crate) struct Matched {
    /// Memory for a pickled message that `mprobe` found, else None. Compiled clients read it: never NULL.
    ob_buf: UnsafeCell<Py<PyAny>>,
}

// SAFETY: reached with the GIL held only.
unsafe impl Sync for Matched {}

handle_class!(Matched: MatchedBase, MPI_Message, MPI_MESSAGE_NULL, {
    fn make(class: &Bound<'_, PyType>, raw: MPI_Message) -> PyResult<Py<PyAny>> {
        Ok(Matched::create(class.py(), raw)?.into_any())
    }
});

impl Matched {
    /// A message object for `raw`.
    pub fn create(py: Python<'_>, raw: MPI_Message) -> PyResult<Py<Self>> {
        Self::object(py, raw).map(Bound::unbind)
    }

    /// A message object for `raw` of class `class`, made as Python makes one, without `__init__`.
    pub fn create_as<'py>(class: &Bound<'py, PyType>, raw: MPI_Message) -> PyResult<Bound<'py, Self>> {
        let py = class.py();
        if class.is(&*class_of::<Self>(py)) {
            return Self::object(py, raw);
        }
        let object = class.call_method1(intern!(py, "__new__"), (class,))?.cast_into::<Self>()?;
        Self::handle(&object).set(raw);
        Ok(object)
    }

    /// A message object for `raw`, of just this class.
    fn object(py: Python<'_>, raw: MPI_Message) -> PyResult<Bound<'_, Self>> {
        let base = allocate(&class_of::<Self>(py), MatchedBase(Handle::new(raw, READY)))?;
        // SAFETY: it is of this class, and what its own memory holds is no object yet.
        unsafe {
            let message = base.into_any().cast_into_unchecked::<Self>();
            message.get().ob_buf.get().write(py.None());
            Ok(message)
        }
    }

    fn contents(py: Python<'_>, raw: MPI_Message, flags: u32) -> PyClassInitializer<Self> {
        PyClassInitializer::from(MatchedBase(Handle::new(raw, flags)))
            .add_subclass(Self { ob_buf: UnsafeCell::new(py.None()) })
    }

    /// What `mprobe` left: None, or memory for the pickled message.
    pub fn kept(message: &Bound<'_, Self>) -> Py<PyAny> {
        // SAFETY: the GIL is held.
        unsafe { (*message.get().ob_buf.get()).clone_ref(message.py()) }
    }

    /// Leaves `keep` for the receive of the message.
    pub fn keep(message: &Bound<'_, Self>, keep: Py<PyAny>) {
        // SAFETY: the GIL is held; the old value is dropped after the new one is in place.
        let old = unsafe { core::mem::replace(&mut *message.get().ob_buf.get(), keep) };
        drop(old.into_bound(message.py()));
    }

    /// The handle of `message`.
    #[inline(always)]
    pub fn handle<'a>(message: &'a Bound<'_, Self>) -> &'a Handle<MPI_Message> {
        &message.as_super().get().0
    }

    /// Memory for the message; anything goes for a message from `MPI_PROC_NULL`.
    fn memory(message: &Bound<'_, Self>, buf: &Bound<'_, PyAny>) -> PyResult<Message> {
        if Self::handle(message).get() == mpi_api::MPI_MESSAGE_NO_PROC() {
            Ok(Message::empty())
        } else {
            Message::parse(buf, Access::Write, 1)
        }
    }
}

#[methods]
impl Matched {
    /// A new object with the handle of `message`, or `MESSAGE_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (message=None), text_signature = "(message=None)")]
    fn py_new(class: &Bound<'_, PyType>, message: Option<&Bound<'_, Self>>) -> PyClassInitializer<Self> {
        hold_for_instance(class);
        let raw = message.map_or_else(MatchedBase::null, |message| Self::handle(message).get());
        Self::contents(class.py(), raw, READY)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // SAFETY: the collector runs with the GIL held.
        visit.call(unsafe { &*self.ob_buf.get() })
    }

    /// Forget the message: it cannot be freed, only received.
    fn free(slf: &Bound<'_, Self>) {
        slf.as_super().get().forget();
    }

    /// Blocking test for a matched message (MPI 5.0, section 3.8.2).
    #[classmethod]
    #[pyo3(
        signature = (comm, source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG, status=None),
        text_signature = "($cls, comm, source=mpi4py.MPI.ANY_SOURCE, tag=mpi4py.MPI.ANY_TAG, status=None)"
    )]
    fn Probe<'py>(
        cls: &Bound<'py, PyType>,
        comm: &Bound<'py, Comm>,
        source: c_int,
        tag: c_int,
        status: Option<&Bound<'py, Status>>,
    ) -> PyResult<Bound<'py, Self>> {
        let (comm, status) = (comm.get().raw(), Status::address_or_ignore(status));
        let mut message = MatchedBase::null();
        mpi!(cls.py(), MPI_Mprobe(source, tag, comm, &raw mut message, status))?;
        Self::create_as(cls, message)
    }

    /// Nonblocking test for a matched message; None when there is none.
    #[classmethod]
    #[pyo3(
        signature = (comm, source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG, status=None),
        text_signature = "($cls, comm, source=mpi4py.MPI.ANY_SOURCE, tag=mpi4py.MPI.ANY_TAG, status=None)"
    )]
    fn Iprobe<'py>(
        cls: &Bound<'py, PyType>,
        comm: &Bound<'py, Comm>,
        source: c_int,
        tag: c_int,
        status: Option<&Bound<'py, Status>>,
    ) -> PyResult<Option<Bound<'py, Self>>> {
        let (comm, status) = (comm.get().raw(), Status::address_or_ignore(status));
        let (mut message, mut flag) = (MatchedBase::null(), 0);
        mpi!(cls.py(), MPI_Improbe(source, tag, comm, &raw mut flag, &raw mut message, status))?;
        if flag == 0 { Ok(None) } else { Self::create_as(cls, message).map(Some) }
    }

    /// Blocking receive of matched message. The object becomes `MESSAGE_NULL`.
    #[pyo3(signature = (buf, status=None))]
    fn Recv(
        slf: &Bound<'_, Self>,
        buf: &Bound<'_, PyAny>,
        status: Option<&Bound<'_, Status>>,
    ) -> PyResult<()> {
        let memory = Self::memory(slf, buf)?;
        let status = Status::address_or_ignore(status);
        Self::handle(slf).consume(|message| {
            mpi!(slf.py(), MPI_Mrecv_c(memory.address, memory.count, memory.datatype, message, status))
        })
    }

    /// Nonblocking receive of matched message. The object becomes `MESSAGE_NULL`.
    fn Irecv(slf: &Bound<'_, Self>, buf: &Bound<'_, PyAny>) -> PyResult<Py<Request>> {
        let py = slf.py();
        let memory = Self::memory(slf, buf)?;
        let mut request = mpi_api::MPI_REQUEST_NULL();
        Self::handle(slf).consume(|message| {
            mpi!(@local py, MPI_Imrecv_c(memory.address, memory.count, memory.datatype, message, &raw mut request))
        })?;
        Request::create(py, request, Keep::new(py, memory)?)
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add_class::<Matched>()?;
    let constant = |raw| Py::new(py, Matched::contents(py, raw, READY | CONST));
    module.add("MESSAGE_NULL", constant(MatchedBase::null())?)?;
    module.add("MESSAGE_NO_PROC", constant(mpi_api::MPI_MESSAGE_NO_PROC())?)
}
