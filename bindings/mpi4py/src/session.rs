//! `MPI.Session` (MPI 5.0, section 11.3).

use core::ffi::c_int;

use mpi_api::types::MPI_Session;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use crate::call::{check, local, mpi, released};
use crate::comm::{Place, attach, detach};
use crate::errhandler::Errhandler;
use crate::group::Group;
use crate::handle::integer::to_address;
use crate::handle::{CONST, Handle, HandleClass, READY, handle_class};
use crate::info::Info;
use crate::kin::Kin;
use crate::lifecycle;
use crate::method::methods;
use crate::request::Request;
use crate::text::{Text, Written};

/// Session context.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "Session")]
#[repr(C)]
pub(crate) struct Session(Handle<MPI_Session>);

handle_class!(Session, MPI_Session, MPI_SESSION_NULL);

#[methods]
impl Session {
    /// A new object with the handle of `session`, or `SESSION_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (session=None), text_signature = "(session=None)")]
    fn py_new(class: &Bound<'_, PyType>, session: Option<&Bound<'_, Self>>) -> Self {
        Self(Handle::of_class(class, session.map_or_else(Self::null, |session| session.get().raw())))
    }

    /// Create a new session (MPI 5.0, section 11.3.1). Local.
    ///
    /// `errhandler` is its error handler, and that of this call. Without one it is the one that
    /// `mpi4py.rc.errors` asks for: exceptions, unless that was changed.
    #[classmethod]
    #[pyo3(signature = (info=None, errhandler=None), text_signature = "($cls, info=..., errhandler=None)")]
    #[light]
    fn Init<'py>(
        cls: &Bound<'py, PyType>,
        info: Option<&Bound<'py, Info>>,
        errhandler: Option<&Bound<'py, Errhandler>>,
    ) -> PyResult<Bound<'py, Self>> {
        let (py, info) = (cls.py(), Info::raw_or_null(info));
        let handler = Errhandler::raw_or_default(errhandler)?;
        let mut new = Self::null();
        let place = &raw mut new;
        // SAFETY: handles of live objects, and a local variable.
        let init = || unsafe { mpi_api::MPI_Session_init(info, handler, place) };
        // It is local, but the first one may have much to set up.
        check(if lifecycle::Is_initialized()? { local(py, init) } else { released(py, init) })?;
        // MPICH 4 does not give the session the error handler of the call.
        mpi!(@local py, MPI_Session_set_errhandler(new, handler))?;
        Self::wrap_as(cls, new)
    }

    /// Finalize the session; the object becomes `SESSION_NULL`.
    ///
    /// What was made from the session must have been freed.
    #[light]
    fn Finalize(&self, py: Python<'_>) -> PyResult<()> {
        self.0.consume(|session| mpi!(py, MPI_Session_finalize(session)))
    }

    /// Call `Finalize` if not null.
    #[light]
    fn free(&self, py: Python<'_>) -> PyResult<()> {
        if self.raw() == Self::null() { Ok(()) } else { self.Finalize(py) }
    }

    /// Return the number of process sets (MPI 5.0, section 11.3.2).
    #[pyo3(signature = (info=None), text_signature = "($self, info=...)")]
    #[light]
    fn Get_num_psets(&self, py: Python<'_>, info: Option<&Bound<'_, Info>>) -> PyResult<c_int> {
        let (info, mut count) = (Info::raw_or_null(info), 0);
        mpi!(@local py, MPI_Session_get_num_psets(self.raw(), info, &raw mut count))?;
        Ok(count)
    }

    /// Return the name of the process set at position `n`, from 0.
    #[pyo3(signature = (n, info=None), text_signature = "($self, n, info=...)")]
    #[light]
    fn Get_nth_pset<'py>(
        &self,
        py: Python<'py>,
        n: c_int,
        info: Option<&Bound<'py, Info>>,
    ) -> PyResult<Bound<'py, PyString>> {
        const ROOM: c_int = mpi_api::MPI_MAX_PSET_NAME_LEN;
        let (session, info, mut length) = (self.raw(), Info::raw_or_null(info), ROOM);
        let mut name = Written::<{ ROOM as usize + 1 }>::new();
        mpi!(@local py, MPI_Session_get_nth_pset(session, info, n, &raw mut length, name.address()))?;
        name.text(py)
    }

    /// Return the hints of the session.
    #[light]
    fn Get_info(&self, py: Python<'_>) -> PyResult<Py<Info>> {
        let mut info = Info::null();
        mpi!(@local py, MPI_Session_get_info(self.raw(), &raw mut info))?;
        Info::object(py, info).map(Bound::unbind)
    }

    /// Return what is known of the process set `pset_name`: `mpi_size`, its number of processes, and maybe more.
    #[light]
    fn Get_pset_info(&self, py: Python<'_>, pset_name: Text) -> PyResult<Py<Info>> {
        let mut info = Info::null();
        mpi!(@local py, MPI_Session_get_pset_info(self.raw(), pset_name.as_ptr(), &raw mut info))?;
        Info::object(py, info).map(Bound::unbind)
    }

    /// Create the group of the processes in the process set `pset_name`, as `mpi://WORLD` or `mpi://SELF`.
    #[light]
    fn Create_group(&self, py: Python<'_>, pset_name: Text) -> PyResult<Py<Group>> {
        let mut group = Group::null();
        mpi!(@local py, MPI_Group_from_session_pset(self.raw(), pset_name.as_ptr(), &raw mut group))?;
        Group::create(py, group)
    }

    /// Attach a user-provided buffer for sending in buffered mode in the communicators of this session (MPI 4.1).
    ///
    /// With None or `BUFFER_AUTOMATIC` MPI finds the memory itself.
    fn Attach_buffer(&self, py: Python<'_>, buf: &Bound<'_, PyAny>) -> PyResult<()> {
        let session = self.raw();
        attach(Place::Session(to_address(session)), buf, |address, bytes| {
            mpi!(py, MPI_Session_attach_buffer_c(session, address, bytes))
        })
    }

    /// Remove an existing attached buffer, when its messages are on their way, and return it.
    fn Detach_buffer<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let session = self.raw();
        let call = |address, bytes| mpi!(py, MPI_Session_detach_buffer_c(session, address, bytes));
        detach(py, Place::Session(to_address(session)), call)
    }

    /// Block until all buffered messages have been transmitted.
    fn Flush_buffer(&self, py: Python<'_>) -> PyResult<()> {
        mpi!(py, MPI_Session_flush_buffer(self.raw()))
    }

    /// Nonblocking flush for buffered messages.
    fn Iflush_buffer(&self, py: Python<'_>) -> PyResult<Py<Request>> {
        let mut request = mpi_api::MPI_REQUEST_NULL();
        mpi!(py, MPI_Session_iflush_buffer(self.raw(), &raw mut request))?;
        Request::create(py, request, py.None())
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Session>()?;
    module.add("SESSION_NULL", Session(Handle::new(Session::null(), READY | CONST)))
}
