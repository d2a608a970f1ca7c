//! `MPI.Distgraphcomm`: processes on a graph of which each knows a part (MPI 5.0, section 8.5.4).

use core::ffi::c_int;

use mpi_api::types::MPI_Comm;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyType};

use super::numbers::{self, Flag};
use super::{Comm, Intracomm, Topocomm};
use crate::call::mpi;
use crate::handle::HandleClass;
use crate::info::Info;
use crate::method::methods;

/// Distributed graph topology intracommunicator.
#[pyclass(frozen, subclass, extends = Topocomm, module = "mpi4py.MPI", name = "Distgraphcomm")]
#[repr(C)]
pub(crate) struct Distgraphcomm;

/// How many neighbours this process receives from and sends to, and whether edges have weights.
pub(super) fn degrees(comm: MPI_Comm) -> PyResult<(c_int, c_int, bool)> {
    let (mut sources, mut destinations, mut weighted) = (0, 0, 0);
    mpi!(MPI_Dist_graph_neighbors_count(comm, &raw mut sources, &raw mut destinations, &raw mut weighted))?;
    Ok((sources, destinations, weighted != 0))
}

/// Sources, destinations, and the weights of both where edges have them.
type Adjacency = (Vec<c_int>, Vec<c_int>, Option<(Vec<c_int>, Vec<c_int>)>);

/// The neighbours of this process.
pub(super) fn neighbors(comm: MPI_Comm) -> PyResult<Adjacency> {
    let (incoming, outgoing, weighted) = degrees(comm)?;
    let (mut sources, mut destinations) = (numbers::room(incoming), numbers::room(outgoing));
    let mut weights = weighted.then(|| (numbers::room(incoming), numbers::room(outgoing)));
    let (source_weights, destination_weights) = match &mut weights {
        Some((sources, destinations)) => (sources.as_mut_ptr(), destinations.as_mut_ptr()),
        None => (mpi_api::MPI_UNWEIGHTED(), mpi_api::MPI_UNWEIGHTED()),
    };
    mpi!(MPI_Dist_graph_neighbors(
        comm,
        incoming,
        sources.as_mut_ptr(),
        source_weights,
        outgoing,
        destinations.as_mut_ptr(),
        destination_weights
    ))?;
    Ok((sources, destinations, weights))
}

/// The weights of edges; `None` for a graph without.
struct Weights(Option<Vec<c_int>>);

impl Weights {
    /// Reads the weights of `count` edges: a sequence; `None` or `UNWEIGHTED`; `WEIGHTS_EMPTY` where there is no edge.
    fn new(weights: Option<&Bound<'_, PyAny>>, count: usize) -> PyResult<Self> {
        let Some(weights) = weights else { return Ok(Self(None)) };
        if weights.is_instance_of::<PyInt>() {
            let given = weights.extract::<usize>().ok();
            if given == Some(mpi_api::MPI_UNWEIGHTED() as usize) {
                return Ok(Self(None));
            }
            if given == Some(mpi_api::MPI_WEIGHTS_EMPTY() as usize) {
                return match count {
                    0 => Ok(Self(Some(Vec::new()))),
                    _ => Err(PyValueError::new_err("empty weights but nonzero degree")),
                };
            }
        }
        numbers::exactly(weights, i64::try_from(count)?).map(|weights| Self(Some(weights)))
    }

    /// What MPI takes: all processes must agree on whether there are weights, so no weights are not the same as
    /// weights of no edges.
    fn as_ptr(&self) -> *const c_int {
        match &self.0 {
            None => mpi_api::MPI_UNWEIGHTED(),
            Some(weights) if weights.is_empty() => mpi_api::MPI_WEIGHTS_EMPTY(),
            Some(weights) => weights.as_ptr(),
        }
    }
}

#[methods]
impl Intracomm {
    /// Create a communicator of processes on a graph of which each passes any edges (MPI 5.0, section 8.5.4).
    /// Collective.
    ///
    /// `sources` are nodes, `degrees` the number of edges passed for each, `destinations` where these lead to, one
    /// node's after another's. `weights` has a weight for each edge; or all processes leave it out, or pass
    /// `UNWEIGHTED`. With `reorder` MPI may give other ranks.
    #[pyo3(
        signature = (sources, degrees, destinations, weights=None, info=None, reorder=Flag(0)),
        text_signature = "($self, sources, degrees, destinations, weights=None, info=..., reorder=False)"
    )]
    #[light]
    fn Create_dist_graph<'py>(
        slf: &Bound<'py, Self>,
        sources: &Bound<'py, PyAny>,
        degrees: &Bound<'py, PyAny>,
        destinations: &Bound<'py, PyAny>,
        weights: Option<&Bound<'py, PyAny>>,
        info: Option<&Bound<'py, Info>>,
        reorder: Flag,
    ) -> PyResult<Bound<'py, Comm>> {
        let sources = numbers::all(sources)?;
        let count = numbers::count(&sources)?;
        let degrees = numbers::exactly(degrees, count.into())?;
        let destinations = numbers::exactly(destinations, degrees.iter().copied().map(i64::from).sum())?;
        let weights = Weights::new(weights, destinations.len())?;
        let py = slf.py();
        let (raw, info, mut new) = (slf.as_super().get().raw(), Info::raw_or_null(info), Comm::null());
        let (sources, degrees, destinations) = (sources.as_ptr(), degrees.as_ptr(), destinations.as_ptr());
        let weights = weights.as_ptr();
        mpi!(
            py,
            MPI_Dist_graph_create(
                raw,
                count,
                sources,
                degrees,
                destinations,
                weights,
                info,
                reorder.0,
                &raw mut new
            )
        )?;
        Comm::wrap_as(&py.get_type::<Distgraphcomm>(), new)
    }

    /// Create a communicator of processes on a graph of which each passes its own edges (MPI 5.0, section 8.5.4).
    /// Collective.
    ///
    /// `sources` and `destinations` are the neighbors this process receives from and sends to, None for none;
    /// `sourceweights` and `destweights` have a weight for each; or all processes leave both out, or pass
    /// `UNWEIGHTED`. With `reorder` MPI may give other ranks.
    #[pyo3(
        signature = (sources, destinations, sourceweights=None, destweights=None, info=None, reorder=Flag(0)),
        text_signature = "($self, sources, destinations, sourceweights=None, destweights=None, info=..., reorder=False)"
    )]
    #[light]
    fn Create_dist_graph_adjacent<'py>(
        slf: &Bound<'py, Self>,
        sources: Option<&Bound<'py, PyAny>>,
        destinations: Option<&Bound<'py, PyAny>>,
        sourceweights: Option<&Bound<'py, PyAny>>,
        destweights: Option<&Bound<'py, PyAny>>,
        info: Option<&Bound<'py, Info>>,
        reorder: Flag,
    ) -> PyResult<Bound<'py, Comm>> {
        let sources = sources.map_or_else(|| Ok(Vec::new()), numbers::all)?;
        let destinations = destinations.map_or_else(|| Ok(Vec::new()), numbers::all)?;
        let (incoming, outgoing) = (numbers::count(&sources)?, numbers::count(&destinations)?);
        let sourceweights = Weights::new(sourceweights, sources.len())?;
        let destweights = Weights::new(destweights, destinations.len())?;
        let py = slf.py();
        let (raw, info, mut new) = (slf.as_super().get().raw(), Info::raw_or_null(info), Comm::null());
        let (sources, sourceweights) = (sources.as_ptr(), sourceweights.as_ptr());
        let (destinations, destweights) = (destinations.as_ptr(), destweights.as_ptr());
        mpi!(
            py,
            MPI_Dist_graph_create_adjacent(
                raw,
                incoming,
                sources,
                sourceweights,
                outgoing,
                destinations,
                destweights,
                info,
                reorder.0,
                &raw mut new
            )
        )?;
        Comm::wrap_as(&py.get_type::<Distgraphcomm>(), new)
    }
}

impl Distgraphcomm {
    fn raw(slf: &Bound<'_, Self>) -> MPI_Comm {
        Topocomm::comm(slf.as_super()).raw()
    }
}

#[methods]
impl Distgraphcomm {
    /// A new object with the handle of `comm`, which is one of processes on a distributed graph, or `COMM_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (comm=None), text_signature = "(comm=None)")]
    fn py_new(
        class: &Bound<'_, PyType>,
        comm: Option<&Bound<'_, Comm>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let contents =
            Topocomm::contents_of(class, comm, mpi_api::MPI_DIST_GRAPH, "a distributed graph communicator")?;
        Ok(contents.add_subclass(Self))
    }

    /// Return how many neighbors this process receives from and sends to, and whether edges have weights (MPI 5.0,
    /// section 8.5.5).
    #[light]
    fn Get_dist_neighbors_count(slf: &Bound<'_, Self>) -> PyResult<(c_int, c_int, bool)> {
        degrees(Self::raw(slf))
    }

    /// Return the neighbors this process receives from, those it sends to, and the weights of both, None for a graph
    /// without (MPI 5.0, section 8.5.5).
    #[light]
    fn Get_dist_neighbors(slf: &Bound<'_, Self>) -> PyResult<Adjacency> {
        neighbors(Self::raw(slf))
    }
}
