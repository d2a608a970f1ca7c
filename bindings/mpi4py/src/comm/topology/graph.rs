//! `MPI.Graphcomm`: processes on a graph that all of them know (MPI 5.0, section 8.5.3).

use core::ffi::c_int;

use mpi_api::types::MPI_Comm;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::numbers::{self, Flag};
use super::{Comm, Intracomm, Topocomm};
use crate::call::mpi;
use crate::handle::HandleClass;
use crate::method::methods;

/// General graph topology intracommunicator.
#[pyclass(frozen, subclass, extends = Topocomm, module = "mpi4py.MPI", name = "Graphcomm")]
#[repr(C)]
pub(crate) struct Graphcomm;

/// How many neighbours the process `rank` has.
pub(super) fn degree(comm: MPI_Comm, rank: c_int) -> PyResult<c_int> {
    let mut count = 0;
    mpi!(MPI_Graph_neighbors_count(comm, rank, &raw mut count))?;
    Ok(count)
}

/// The neighbours of the process `rank`.
pub(super) fn neighbors(comm: MPI_Comm, rank: c_int) -> PyResult<Vec<c_int>> {
    let count = degree(comm, rank)?;
    let mut ranks = numbers::room(count);
    mpi!(MPI_Graph_neighbors(comm, rank, count, ranks.as_mut_ptr()))?;
    Ok(ranks)
}

/// A graph as MPI takes it: for each node, how many edges there are up to and including its own; and the edges.
struct Graph {
    index: Vec<c_int>,
    edges: Vec<c_int>,
}

impl Graph {
    /// Reads both. An index that begins with 0 and ends with the number of edges is one with a leading zero, as of a
    /// sparse matrix by rows: the zero goes.
    fn new(index: &Bound<'_, PyAny>, edges: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (mut index, edges) = (numbers::all(index)?, numbers::all(edges)?);
        let total = numbers::count(&edges)?;
        if index.first() == Some(&0) && index.last() == Some(&total) {
            index.remove(0);
        }
        Ok(Self { index, edges })
    }

    fn nodes(&self) -> PyResult<c_int> {
        numbers::count(&self.index)
    }
}

#[methods]
impl Intracomm {
    /// Create a communicator of processes on a graph that all of them pass (MPI 5.0, section 8.5.3). Collective.
    ///
    /// `edges` lists the neighbors of node 0, of node 1, and so on; `index` has for each node the number of edges up
    /// to and including its own. An `index` that begins with 0 and ends with the number of edges has one item more
    /// than nodes: its 0 is left out. With `reorder` MPI may give other ranks. Processes beyond the nodes get a null
    /// communicator.
    #[pyo3(
        signature = (index, edges, reorder=Flag(0)),
        text_signature = "($self, index, edges, reorder=False)"
    )]
    #[light]
    fn Create_graph<'py>(
        slf: &Bound<'py, Self>,
        index: &Bound<'py, PyAny>,
        edges: &Bound<'py, PyAny>,
        reorder: Flag,
    ) -> PyResult<Bound<'py, Comm>> {
        let py = slf.py();
        let graph = Graph::new(index, edges)?;
        let (raw, nodes, mut new) = (slf.as_super().get().raw(), graph.nodes()?, Comm::null());
        let (index, edges) = (graph.index.as_ptr(), graph.edges.as_ptr());
        mpi!(py, MPI_Graph_create(raw, nodes, index, edges, reorder.0, &raw mut new))?;
        Comm::wrap_as(&py.get_type::<Graphcomm>(), new)
    }

    /// Return the rank that suits this process best on a graph, `UNDEFINED` where it has no place for it (MPI 5.0,
    /// section 8.5.8). Collective.
    ///
    /// `index` and `edges` are as those of `Create_graph`.
    #[light]
    fn Graph_map(
        slf: &Bound<'_, Self>,
        index: &Bound<'_, PyAny>,
        edges: &Bound<'_, PyAny>,
    ) -> PyResult<c_int> {
        let graph = Graph::new(index, edges)?;
        let (raw, nodes, mut rank) = (slf.as_super().get().raw(), graph.nodes()?, mpi_api::MPI_UNDEFINED);
        let (index, edges) = (graph.index.as_ptr(), graph.edges.as_ptr());
        mpi!(slf.py(), MPI_Graph_map(raw, nodes, index, edges, &raw mut rank))?;
        Ok(rank)
    }
}

impl Graphcomm {
    fn comm<'a>(slf: &'a Bound<'_, Self>) -> &'a Comm {
        Topocomm::comm(slf.as_super())
    }
}

#[methods]
impl Graphcomm {
    /// A new object with the handle of `comm`, which is one of processes on a graph, or `COMM_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (comm=None), text_signature = "(comm=None)")]
    fn py_new(
        class: &Bound<'_, PyType>,
        comm: Option<&Bound<'_, Comm>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let contents =
            Topocomm::contents_of(class, comm, mpi_api::MPI_GRAPH, "a general graph communicator")?;
        Ok(contents.add_subclass(Self))
    }

    /// Return the number of nodes and edges (MPI 5.0, section 8.5.5).
    #[light]
    fn Get_dims(slf: &Bound<'_, Self>) -> PyResult<(c_int, c_int)> {
        let (mut nodes, mut edges) = (0, 0);
        mpi!(MPI_Graphdims_get(Self::comm(slf).raw(), &raw mut nodes, &raw mut edges))?;
        Ok((nodes, edges))
    }

    /// Number of nodes and edges.
    #[getter(dims)]
    #[light]
    fn get_dims(slf: &Bound<'_, Self>) -> PyResult<(c_int, c_int)> {
        Self::Get_dims(slf)
    }

    /// Number of nodes.
    #[getter(nnodes)]
    #[light]
    fn get_nnodes(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        Ok(Self::Get_dims(slf)?.0)
    }

    /// Number of edges.
    #[getter(nedges)]
    #[light]
    fn get_nedges(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        Ok(Self::Get_dims(slf)?.1)
    }

    /// Return the graph: `index` and `edges`, as `Create_graph` takes them (MPI 5.0, section 8.5.5).
    #[light]
    fn Get_topo(slf: &Bound<'_, Self>) -> PyResult<(Vec<c_int>, Vec<c_int>)> {
        let (nodes, total) = Self::Get_dims(slf)?;
        let (mut index, mut edges) = (numbers::room(nodes), numbers::room(total));
        let comm = Self::comm(slf).raw();
        mpi!(MPI_Graph_get(comm, nodes, total, index.as_mut_ptr(), edges.as_mut_ptr()))?;
        Ok((index, edges))
    }

    /// Topology information: index and edges.
    #[getter(topo)]
    #[light]
    fn get_topo(slf: &Bound<'_, Self>) -> PyResult<(Vec<c_int>, Vec<c_int>)> {
        Self::Get_topo(slf)
    }

    /// For each node, the number of edges up to and including its own.
    #[getter(index)]
    #[light]
    fn get_index(slf: &Bound<'_, Self>) -> PyResult<Vec<c_int>> {
        Ok(Self::Get_topo(slf)?.0)
    }

    /// Neighbors of all nodes, one node's after another's.
    #[getter(edges)]
    #[light]
    fn get_edges(slf: &Bound<'_, Self>) -> PyResult<Vec<c_int>> {
        Ok(Self::Get_topo(slf)?.1)
    }

    /// Return the number of neighbors of a process (MPI 5.0, section 8.5.5).
    #[light]
    fn Get_neighbors_count(slf: &Bound<'_, Self>, rank: c_int) -> PyResult<c_int> {
        degree(Self::comm(slf).raw(), rank)
    }

    /// Number of neighbors of this process.
    #[getter(nneighbors)]
    #[light]
    fn get_nneighbors(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        Self::Get_neighbors_count(slf, Self::comm(slf).rank()?)
    }

    /// Return the list of neighbors of a process (MPI 5.0, section 8.5.5).
    #[light]
    fn Get_neighbors(slf: &Bound<'_, Self>, rank: c_int) -> PyResult<Vec<c_int>> {
        neighbors(Self::comm(slf).raw(), rank)
    }

    /// Neighbors of this process.
    #[getter(neighbors)]
    #[light]
    fn get_neighbors(slf: &Bound<'_, Self>) -> PyResult<Vec<c_int>> {
        Self::Get_neighbors(slf, Self::comm(slf).rank()?)
    }
}
