//! Communicator management: accessors, constructors, destructors, names (MPI 5.0, sections 7.4, 7.8).

use core::ffi::{CStr, c_int};
use std::ffi::CString;

use pyo3::prelude::*;
use pyo3::types::PyString;

use super::{Comm, Intercomm, Intracomm};
use crate::call::mpi;
use crate::group::Group;
use crate::handle::HandleClass;
use crate::info::Info;
use crate::message::Keep;
use crate::method::methods;
use crate::request::Request;
use crate::text::name;

#[methods]
impl Comm {
    /// Return the rank of this process in the communicator, its (local) group (MPI 5.0, section 7.4.1).
    #[light]
    fn Get_rank(&self) -> PyResult<c_int> {
        self.rank()
    }

    /// Return the number of processes in the communicator, its (local) group.
    #[light]
    fn Get_size(&self) -> PyResult<c_int> {
        self.size()
    }

    /// Rank of this process.
    #[getter(rank)]
    #[light]
    fn get_rank(&self) -> PyResult<c_int> {
        self.rank()
    }

    /// Number of processes.
    #[getter(size)]
    #[light]
    fn get_size(&self) -> PyResult<c_int> {
        self.size()
    }

    /// Access the (local) group of the communicator.
    #[light]
    fn Get_group(&self, py: Python<'_>) -> PyResult<Py<Group>> {
        let mut group = Group::null();
        mpi!(MPI_Comm_group(self.raw(), &raw mut group))?;
        Group::create(py, group)
    }

    /// The (local) group.
    #[getter(group)]
    #[light]
    fn get_group(&self, py: Python<'_>) -> PyResult<Py<Group>> {
        self.Get_group(py)
    }

    /// Return whether the communicator is an intercommunicator.
    #[light]
    fn Is_inter(&self) -> PyResult<bool> {
        self.is_inter()
    }

    /// Return whether the communicator is an intracommunicator.
    #[light]
    pub(super) fn Is_intra(&self) -> PyResult<bool> {
        self.is_inter().map(|inter| !inter)
    }

    /// Whether it is an intercommunicator.
    #[getter(is_inter)]
    #[light]
    fn get_is_inter(&self) -> PyResult<bool> {
        self.is_inter()
    }

    /// Whether it is an intracommunicator.
    #[getter(is_intra)]
    #[light]
    fn get_is_intra(&self) -> PyResult<bool> {
        self.Is_intra()
    }

    /// Compare two communicators: `IDENT`, `CONGRUENT`, `SIMILAR` or `UNEQUAL`.
    #[light]
    fn Compare(&self, comm: &Bound<'_, Self>) -> PyResult<c_int> {
        let mut result = mpi_api::MPI_UNEQUAL;
        mpi!(MPI_Comm_compare(self.raw(), comm.get().raw(), &raw mut result))?;
        Ok(result)
    }

    /// Duplicate the communicator, its attributes included (MPI 5.0, section 7.4.2). Collective.
    ///
    /// With `info`, those hints in place of the communicator's own.
    #[pyo3(signature = (info=None))]
    #[light]
    fn Dup<'py>(slf: &Bound<'py, Self>, info: Option<&Bound<'py, Info>>) -> PyResult<Bound<'py, Self>> {
        let py = slf.py();
        let (raw, mut new) = (slf.get().raw(), Self::null());
        match info {
            None => mpi!(py, MPI_Comm_dup(raw, &raw mut new))?,
            Some(info) => mpi!(py, MPI_Comm_dup_with_info(raw, info.get().raw(), &raw mut new))?,
        }
        Self::wrap_like(slf, new)
    }

    /// Duplicate the communicator with the hints `info`. Collective.
    #[light]
    fn Dup_with_info<'py>(slf: &Bound<'py, Self>, info: &Bound<'py, Info>) -> PyResult<Bound<'py, Self>> {
        Self::Dup(slf, Some(info))
    }

    /// Duplicate the communicator: an alias of `Dup`.
    fn Clone<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        Self::Dup(slf, None)
    }

    /// Duplicate the communicator without waiting: the new one may be used once the request is complete.
    #[pyo3(signature = (info=None))]
    fn Idup<'py>(
        slf: &Bound<'py, Self>,
        info: Option<&Bound<'py, Info>>,
    ) -> PyResult<(Bound<'py, Self>, Py<Request>)> {
        let py = slf.py();
        let new = Self::wrap_like(slf, Self::null())?;
        // MPI writes the handle when the duplication is done: into the object, which the request keeps alive.
        let (raw, address) = (slf.get().raw(), new.get().handle_cell().address());
        let mut request = mpi_api::MPI_REQUEST_NULL();
        match info {
            None => mpi!(py, MPI_Comm_idup(raw, address, &raw mut request))?,
            Some(info) => {
                mpi!(py, MPI_Comm_idup_with_info(raw, info.get().raw(), address, &raw mut request))?;
            }
        }
        let request = Request::create(py, request, Keep::new(py, new.clone().unbind())?)?;
        Ok((new, request))
    }

    /// Duplicate the communicator with the hints `info`, without waiting.
    fn Idup_with_info<'py>(
        slf: &Bound<'py, Self>,
        info: &Bound<'py, Info>,
    ) -> PyResult<(Bound<'py, Self>, Py<Request>)> {
        Self::Idup(slf, Some(info))
    }

    /// Create a communicator of the processes of `group`; `COMM_NULL` elsewhere. Collective over this one.
    #[light]
    fn Create<'py>(slf: &Bound<'py, Self>, group: &Bound<'py, Group>) -> PyResult<Bound<'py, Self>> {
        let mut new = Self::null();
        mpi!(slf.py(), MPI_Comm_create(slf.get().raw(), group.get().raw(), &raw mut new))?;
        Self::wrap_kin(slf, new)
    }

    /// Split the communicator by `color`; `key` orders the ranks, `color` `UNDEFINED` gives `COMM_NULL`. Collective.
    #[pyo3(signature = (color=0, key=0))]
    #[light]
    fn Split<'py>(slf: &Bound<'py, Self>, color: c_int, key: c_int) -> PyResult<Bound<'py, Self>> {
        let mut new = Self::null();
        mpi!(slf.py(), MPI_Comm_split(slf.get().raw(), color, key, &raw mut new))?;
        Self::wrap_kin(slf, new)
    }

    /// Split the communicator by what processes share, as `COMM_TYPE_SHARED` memory. Collective.
    #[pyo3(signature = (split_type, key=0, info=None), text_signature = "($self, split_type, key=0, info=...)")]
    #[light]
    fn Split_type<'py>(
        slf: &Bound<'py, Self>,
        split_type: c_int,
        key: c_int,
        info: Option<&Bound<'py, Info>>,
    ) -> PyResult<Bound<'py, Self>> {
        let mut new = Self::null();
        let info = info.map_or_else(mpi_api::MPI_INFO_NULL, |info| info.get().raw());
        mpi!(slf.py(), MPI_Comm_split_type(slf.get().raw(), split_type, key, info, &raw mut new))?;
        Self::wrap_kin(slf, new)
    }

    /// Free the communicator (MPI 5.0, section 7.4.3). Collective; pending communication still completes.
    #[light]
    fn Free(&self, py: Python<'_>) -> PyResult<()> {
        let address = self.handle_cell().address();
        mpi!(py, MPI_Comm_free(address))
    }

    /// Call `Free`, unless the communicator is null or predefined.
    #[light]
    fn free(&self, py: Python<'_>) -> PyResult<()> {
        if [Self::null(), mpi_api::MPI_COMM_WORLD(), mpi_api::MPI_COMM_SELF()].contains(&self.raw()) {
            self.forget();
            Ok(())
        } else {
            self.Free(py)
        }
    }

    /// Disconnect from the processes of the communicator, waiting for pending communication. Collective.
    #[light]
    fn Disconnect(&self, py: Python<'_>) -> PyResult<()> {
        let address = self.handle_cell().address();
        mpi!(py, MPI_Comm_disconnect(address))
    }

    /// Terminate the processes of the communicator with exit status `errorcode`.
    #[pyo3(signature = (errorcode=0))]
    fn Abort(&self, py: Python<'_>, errorcode: c_int) -> PyResult<()> {
        mpi!(py, MPI_Abort(self.raw(), errorcode))
    }

    /// Get the name for printing (MPI 5.0, section 7.8).
    #[light]
    fn Get_name<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let null = (self.raw() == Self::null()).then_some("MPI_COMM_NULL");
        name(py, null, |buffer, length| {
            // SAFETY: the buffer has the length that MPI asks for.
            unsafe { mpi_api::MPI_Comm_get_name(self.raw(), buffer, length) }
        })
    }

    /// Set the name for printing.
    #[light]
    fn Set_name(&self, name: &str) -> PyResult<()> {
        let name = CString::new(name)?;
        let name: &CStr = &name;
        mpi!(MPI_Comm_set_name(self.raw(), name.as_ptr()))
    }

    /// Name for printing.
    #[getter(name)]
    #[light]
    fn get_name<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.Get_name(py)
    }

    #[setter(name)]
    fn set_name(&self, name: &str) -> PyResult<()> {
        self.Set_name(name)
    }
}

impl Comm {
    /// An object for what a constructor of `parent` made: a communicator of the same kind, null included.
    pub(super) fn wrap_kin<'py>(
        parent: &Bound<'py, Self>,
        raw: mpi_api::types::MPI_Comm,
    ) -> PyResult<Bound<'py, Self>> {
        let py = parent.py();
        if parent.is_instance_of::<Intracomm>() {
            Self::wrap_as(&py.get_type::<Intracomm>(), raw)
        } else if parent.is_instance_of::<Intercomm>() {
            Self::wrap_as(&py.get_type::<Intercomm>(), raw)
        } else {
            Self::wrap(py, raw)
        }
    }
}
