//! Communicators with a topology (MPI 5.0, chapter 8).

mod cartesian;
mod distributed;
mod graph;
mod numbers;

use core::ffi::c_int;

use mpi_api::types::MPI_Comm;
use mpi_api::{MPI_CART, MPI_DIST_GRAPH, MPI_GRAPH, MPI_UNDEFINED};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::{Comm, Intracomm};
use crate::call::mpi;
use crate::handle::{self, HandleClass};
use crate::method::methods;

use cartesian::Cartcomm;
use distributed::Distgraphcomm;
use graph::Graphcomm;

/// Topology intracommunicator.
#[pyclass(frozen, subclass, extends = Intracomm, module = "mpi4py.MPI", name = "Topocomm")]
#[repr(C)]
pub(crate) struct Topocomm;

/// The class for an intracommunicator, by its topology.
pub(super) fn class_of(py: Python<'_>, raw: MPI_Comm) -> PyResult<Bound<'_, PyType>> {
    Ok(match kind(raw)? {
        MPI_CART => py.get_type::<Cartcomm>(),
        MPI_GRAPH => py.get_type::<Graphcomm>(),
        MPI_DIST_GRAPH => py.get_type::<Distgraphcomm>(),
        _ => py.get_type::<Intracomm>(),
    })
}

/// Whether `class` is one of those, and none that is derived from them.
pub(super) fn is_ours(class: &Bound<'_, PyType>) -> bool {
    let py = class.py();
    [
        handle::class_of::<Cartcomm>(py),
        handle::class_of::<Graphcomm>(py),
        handle::class_of::<Distgraphcomm>(py),
    ]
    .iter()
    .any(|ours| class.is(&**ours))
}

/// `MPI_CART`, `MPI_GRAPH`, `MPI_DIST_GRAPH` or `MPI_UNDEFINED`.
fn kind(raw: MPI_Comm) -> PyResult<c_int> {
    let mut kind = MPI_UNDEFINED;
    mpi!(MPI_Topo_test(raw, &raw mut kind))?;
    Ok(kind)
}

#[methods]
impl Comm {
    /// Return the type of topology: `CART`, `GRAPH`, `DIST_GRAPH`, or `UNDEFINED` (MPI 5.0, section 8.5.5).
    #[light]
    fn Get_topology(&self) -> PyResult<c_int> {
        kind(self.raw())
    }

    /// Topology type.
    #[getter(topology)]
    #[light]
    fn get_topology(&self) -> PyResult<c_int> {
        self.Get_topology()
    }

    /// Whether it has a topology.
    #[getter(is_topo)]
    #[light]
    pub(super) fn get_is_topo(&self) -> PyResult<bool> {
        Ok(kind(self.raw())? != MPI_UNDEFINED)
    }
}

/// Ranks of neighbours: whom this process receives from, and whom it sends to.
type Edges = (Vec<c_int>, Vec<c_int>);

impl Topocomm {
    /// What goes into a new object of `class` with the handle of `comm`, or `COMM_NULL`.
    fn contents(
        class: &Bound<'_, PyType>,
        comm: Option<&Bound<'_, Comm>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        Self::check(comm)?;
        Ok(Intracomm::contents(class, comm).add_subclass(Self))
    }

    /// As [`Topocomm::contents`], where the topology must be of the kind `wanted`.
    fn contents_of(
        class: &Bound<'_, PyType>,
        comm: Option<&Bound<'_, Comm>>,
        wanted: c_int,
        name: &str,
    ) -> PyResult<PyClassInitializer<Self>> {
        Self::check(comm)?;
        Comm::expect(comm, |comm| Ok(kind(comm.raw())? == wanted), name)?;
        Ok(Intracomm::contents(class, comm).add_subclass(Self))
    }

    /// `TypeError` for a communicator without a topology.
    fn check(comm: Option<&Bound<'_, Comm>>) -> PyResult<()> {
        Intracomm::check(comm)?;
        Comm::expect(comm, Comm::get_is_topo, "a topology communicator")
    }

    /// The communicator of an object whose class says what topology it has.
    fn of_a_kind<'a>(slf: &'a Bound<'_, Self>) -> PyResult<&'a Comm> {
        if slf.is_instance_of::<Cartcomm>()
            || slf.is_instance_of::<Graphcomm>()
            || slf.is_instance_of::<Distgraphcomm>()
        {
            Ok(Self::comm(slf))
        } else {
            Err(PyTypeError::new_err("expecting a topology communicator"))
        }
    }

    /// The communicator that the object is.
    pub fn comm<'a>(slf: &'a Bound<'_, Self>) -> &'a Comm {
        slf.as_super().as_super().get()
    }
}

/// How many neighbours this process of `comm` receives from, and sends to. None without a topology, which MPI finds
/// fault with when that is used.
pub(crate) fn degrees(comm: &Comm) -> PyResult<(c_int, c_int)> {
    let raw = comm.raw();
    let both = match kind(raw)? {
        MPI_CART => 2 * cartesian::dimensions(raw)?,
        MPI_GRAPH => graph::degree(raw, comm.rank()?)?,
        MPI_DIST_GRAPH => {
            return distributed::degrees(raw).map(|(sources, destinations, _)| (sources, destinations));
        }
        _ => 0,
    };
    Ok((both, both))
}

/// The neighbours of this process of `comm`, in the order of the neighborhood collectives.
fn edges(comm: &Comm) -> PyResult<Edges> {
    let raw = comm.raw();
    let both = match kind(raw)? {
        MPI_CART => cartesian::neighbors(raw)?,
        MPI_GRAPH => graph::neighbors(raw, comm.rank()?)?,
        MPI_DIST_GRAPH => {
            return distributed::neighbors(raw).map(|(sources, destinations, _)| (sources, destinations));
        }
        _ => Vec::new(),
    };
    Ok((both.clone(), both))
}

#[methods]
impl Topocomm {
    /// A new object with the handle of `comm`, which has a topology, or `COMM_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (comm=None), text_signature = "(comm=None)")]
    fn py_new(
        class: &Bound<'_, PyType>,
        comm: Option<&Bound<'_, Comm>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        Self::contents(class, comm)
    }

    /// Numbers of incoming and outgoing neighbors.
    #[getter(degrees)]
    #[light]
    fn get_degrees(slf: &Bound<'_, Self>) -> PyResult<(c_int, c_int)> {
        degrees(Self::of_a_kind(slf)?)
    }

    /// Number of incoming neighbors.
    #[getter(indegree)]
    #[light]
    fn get_indegree(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        Ok(Self::get_degrees(slf)?.0)
    }

    /// Number of outgoing neighbors.
    #[getter(outdegree)]
    #[light]
    fn get_outdegree(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        Ok(Self::get_degrees(slf)?.1)
    }

    /// Ranks of incoming and outgoing neighbors, in the order of the neighborhood collectives (MPI 5.0, section 8.6).
    #[getter(inoutedges)]
    fn get_inoutedges(slf: &Bound<'_, Self>) -> PyResult<Edges> {
        edges(Self::of_a_kind(slf)?)
    }

    /// Ranks of incoming neighbors.
    #[getter(inedges)]
    fn get_inedges(slf: &Bound<'_, Self>) -> PyResult<Vec<c_int>> {
        Ok(Self::get_inoutedges(slf)?.0)
    }

    /// Ranks of outgoing neighbors.
    #[getter(outedges)]
    fn get_outedges(slf: &Bound<'_, Self>) -> PyResult<Vec<c_int>> {
        Ok(Self::get_inoutedges(slf)?.1)
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Topocomm>()?;
    module.add_class::<Cartcomm>()?;
    module.add_class::<Graphcomm>()?;
    module.add_class::<Distgraphcomm>()?;
    Ok(())
}
