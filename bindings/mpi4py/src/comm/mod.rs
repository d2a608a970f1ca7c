//! `MPI.Comm` and its subclasses (MPI 5.0, chapter 7).

mod collectives;
mod fault_tolerance;
mod hints;
mod intercomm;
mod intracomm;
mod management;
mod point_to_point;
mod processes;
mod topology;

use core::ffi::c_int;

use mpi_api::types::MPI_Comm;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::call::mpi;
use crate::handle::{CONST, Handle, HandleClass, READY, allocate, class_of, handle_class};

pub(crate) use intercomm::Intercomm;
pub(crate) use intracomm::Intracomm;
pub(crate) use point_to_point::{Place, attach, detach, probes};
pub(crate) use topology::{Topocomm, degrees};

/// Communication context.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "Comm")]
#[repr(C)]
pub(crate) struct Comm(Handle<MPI_Comm>);

handle_class!(Comm, MPI_Comm, MPI_COMM_NULL, {
    fn make(class: &Bound<'_, PyType>, raw: MPI_Comm) -> PyResult<Py<PyAny>> {
        Ok(Comm::wrap(class.py(), raw)?.into_any().unbind())
    }
});

#[pymethods]
impl Comm {
    /// A new object with the handle of `comm`, or `COMM_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (comm=None), text_signature = "(comm=None)")]
    fn py_new(class: &Bound<'_, PyType>, comm: Option<&Bound<'_, Self>>) -> Self {
        Self(Handle::of_class(class, comm.map_or_else(Self::null, |comm| comm.get().raw())))
    }
}

#[inline]
fn is_inter(raw: MPI_Comm) -> PyResult<bool> {
    let mut flag = 0;
    mpi!(MPI_Comm_test_inter(raw, &raw mut flag))?;
    Ok(flag != 0)
}

impl Comm {
    /// The rank of this process.
    #[inline]
    pub fn rank(&self) -> PyResult<c_int> {
        let mut rank = mpi_api::MPI_PROC_NULL;
        mpi!(MPI_Comm_rank(self.raw(), &raw mut rank))?;
        Ok(rank)
    }

    /// The number of processes in the (local) group.
    #[inline]
    pub fn size(&self) -> PyResult<c_int> {
        let mut size = 0;
        mpi!(MPI_Comm_size(self.raw(), &raw mut size))?;
        Ok(size)
    }

    /// Whether this is an intercommunicator.
    #[inline]
    pub fn is_inter(&self) -> PyResult<bool> {
        is_inter(self.raw())
    }

    /// How many processes a collective exchanges blocks with: the remote group of an intercommunicator.
    #[inline]
    pub fn peers(&self) -> PyResult<c_int> {
        if !self.is_inter()? {
            return self.size();
        }
        let mut size = 0;
        mpi!(MPI_Comm_remote_size(self.raw(), &raw mut size))?;
        Ok(size)
    }

    /// `TypeError` unless a new object with the handle of `comm` may be one of the class that wants what `fits`. A null
    /// handle may. This comes before contents are made: they hold a reference to the class for the object they become.
    fn expect(
        comm: Option<&Bound<'_, Self>>,
        fits: impl FnOnce(&Self) -> PyResult<bool>,
        wanted: &str,
    ) -> PyResult<()> {
        match comm.map(Bound::get) {
            Some(comm) if comm.raw() != Self::null() && !fits(comm)? => {
                Err(PyTypeError::new_err(format!("expecting {wanted}")))
            }
            _ => Ok(()),
        }
    }

    /// An object for `raw` of the class that fits it: `Intercomm`, `Intracomm` or one for its topology, `Comm` for the
    /// null handle.
    pub fn wrap(py: Python<'_>, raw: MPI_Comm) -> PyResult<Bound<'_, Self>> {
        let class = if raw == Self::null() {
            py.get_type::<Self>()
        } else if [mpi_api::MPI_COMM_WORLD(), mpi_api::MPI_COMM_SELF()].contains(&raw) {
            py.get_type::<Intracomm>()
        } else if is_inter(raw)? {
            py.get_type::<Intercomm>()
        } else {
            topology::class_of(py, raw)?
        };
        Self::wrap_as(&class, raw)
    }

    /// An object for `raw` of the class of `like`, a user's subclass included.
    pub fn wrap_like<'py>(like: &Bound<'py, Self>, raw: MPI_Comm) -> PyResult<Bound<'py, Self>> {
        Self::wrap_as(&like.get_type(), raw)
    }

    /// An object for `raw` of class `class`, made as Python makes one, without `__init__`.
    pub fn wrap_as<'py>(class: &Bound<'py, PyType>, raw: MPI_Comm) -> PyResult<Bound<'py, Self>> {
        let py = class.py();
        let plain = class.is(&*class_of::<Intracomm>(py)) || class.is(&*class_of::<Intercomm>(py));
        if plain || topology::is_ours(class) {
            return allocate(class, Self(Handle::new(raw, READY)));
        }
        let object = class.call_method1(intern!(py, "__new__"), (class,))?.cast_into::<Self>()?;
        object.get().handle_cell().set(raw);
        Ok(object)
    }

    fn handle_cell(&self) -> &Handle<MPI_Comm> {
        &self.0
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add_class::<Comm>()?;
    module.add_class::<Intracomm>()?;
    module.add_class::<Intercomm>()?;
    topology::register(module)?;
    let constant = |raw| PyClassInitializer::from(Comm(Handle::new(raw, READY | CONST)));
    module.add("COMM_NULL", Py::new(py, constant(Comm::null()))?)?;
    module.add("COMM_SELF", Py::new(py, constant(mpi_api::MPI_COMM_SELF()).add_subclass(Intracomm))?)?;
    module.add("COMM_WORLD", Py::new(py, constant(mpi_api::MPI_COMM_WORLD()).add_subclass(Intracomm))?)
}
