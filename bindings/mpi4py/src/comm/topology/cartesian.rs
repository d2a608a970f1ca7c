//! `MPI.Cartcomm`: processes on a grid (MPI 5.0, sections 8.5.1 and 8.5.2).

use core::ffi::c_int;

use mpi_api::types::MPI_Comm;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyList, PyTuple, PyType};

use super::numbers::{self, Flag};
use super::{Comm, Intracomm, Topocomm};
use crate::call::mpi;
use crate::handle::HandleClass;
use crate::method::{function, methods};

/// Cartesian topology intracommunicator.
#[pyclass(frozen, subclass, extends = Topocomm, module = "mpi4py.MPI", name = "Cartcomm")]
#[repr(C)]
pub(crate) struct Cartcomm;

/// The number of dimensions of a grid.
pub(super) fn dimensions(comm: MPI_Comm) -> PyResult<c_int> {
    let mut dimensions = 0;
    mpi!(MPI_Cartdim_get(comm, &raw mut dimensions))?;
    Ok(dimensions)
}

/// The ranks `disp` steps behind and ahead along a dimension.
fn shift(comm: MPI_Comm, direction: c_int, disp: c_int) -> PyResult<(c_int, c_int)> {
    let (mut source, mut destination) = (mpi_api::MPI_PROC_NULL, mpi_api::MPI_PROC_NULL);
    mpi!(MPI_Cart_shift(comm, direction, disp, &raw mut source, &raw mut destination))?;
    Ok((source, destination))
}

/// Both neighbours along each dimension.
pub(super) fn neighbors(comm: MPI_Comm) -> PyResult<Vec<c_int>> {
    let mut ranks = Vec::new();
    for direction in 0..dimensions(comm)? {
        let (behind, ahead) = shift(comm, direction, 1)?;
        ranks.extend([behind, ahead]);
    }
    Ok(ranks)
}

/// Whether each of `count` dimensions is periodic: none without `periods`, all or none by a bool.
fn periodicity(periods: Option<&Bound<'_, PyAny>>, count: usize) -> PyResult<Vec<c_int>> {
    match periods {
        None => Ok(vec![0; count]),
        Some(periods) => match periods.cast::<PyBool>() {
            Ok(all) => Ok(vec![all.is_true().into(); count]),
            Err(_) => numbers::exactly(periods, i64::try_from(count)?),
        },
    }
}

#[methods]
impl Intracomm {
    /// Create a communicator of processes on a grid (MPI 5.0, section 8.5.1). Collective.
    ///
    /// `dims` has the number of processes in each dimension; `periods` says which dimensions are periodic: a bool
    /// for each, or one for all. With `reorder` MPI may give other ranks. Processes that the grid has no place for
    /// get a null communicator.
    #[pyo3(
        signature = (dims, periods=None, reorder=Flag(0)),
        text_signature = "($self, dims, periods=None, reorder=False)"
    )]
    #[light]
    fn Create_cart<'py>(
        slf: &Bound<'py, Self>,
        dims: &Bound<'py, PyAny>,
        periods: Option<&Bound<'py, PyAny>>,
        reorder: Flag,
    ) -> PyResult<Bound<'py, Comm>> {
        let py = slf.py();
        let dims = numbers::all(dims)?;
        let periods = periodicity(periods, dims.len())?;
        let (raw, count, mut new) = (slf.as_super().get().raw(), numbers::count(&dims)?, Comm::null());
        mpi!(py, MPI_Cart_create(raw, count, dims.as_ptr(), periods.as_ptr(), reorder.0, &raw mut new))?;
        Comm::wrap_as(&py.get_type::<Cartcomm>(), new)
    }

    /// Return the rank that suits this process best on a grid, `UNDEFINED` where it has no place for it (MPI 5.0,
    /// section 8.5.8). Collective.
    ///
    /// `dims` and `periods` are as those of `Create_cart`.
    #[pyo3(signature = (dims, periods=None))]
    #[light]
    fn Cart_map(
        slf: &Bound<'_, Self>,
        dims: &Bound<'_, PyAny>,
        periods: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<c_int> {
        let dims = numbers::all(dims)?;
        let periods = periodicity(periods, dims.len())?;
        let (raw, count) = (slf.as_super().get().raw(), numbers::count(&dims)?);
        let mut rank = mpi_api::MPI_UNDEFINED;
        mpi!(slf.py(), MPI_Cart_map(raw, count, dims.as_ptr(), periods.as_ptr(), &raw mut rank))?;
        Ok(rank)
    }
}

/// Lengths, periodicity and this process's coordinates, an item for each dimension.
type Grid = (Vec<c_int>, Vec<c_int>, Vec<c_int>);

impl Cartcomm {
    fn raw(slf: &Bound<'_, Self>) -> MPI_Comm {
        Topocomm::comm(slf.as_super()).raw()
    }
}

#[methods]
impl Cartcomm {
    /// A new object with the handle of `comm`, which is one of processes on a grid, or `COMM_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (comm=None), text_signature = "(comm=None)")]
    fn py_new(
        class: &Bound<'_, PyType>,
        comm: Option<&Bound<'_, Comm>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let contents = Topocomm::contents_of(class, comm, mpi_api::MPI_CART, "a Cartesian communicator")?;
        Ok(contents.add_subclass(Self))
    }

    /// Return the number of dimensions (MPI 5.0, section 8.5.5).
    #[light]
    fn Get_dim(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        dimensions(Self::raw(slf))
    }

    /// Number of dimensions.
    #[getter(dim)]
    #[light]
    fn get_dim(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        Self::Get_dim(slf)
    }

    /// Number of dimensions.
    #[getter(ndim)]
    #[light]
    fn get_ndim(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        Self::Get_dim(slf)
    }

    /// Return the grid: its dimensions, their periodicity, and the coordinates of this process (MPI 5.0, section
    /// 8.5.5).
    #[light]
    fn Get_topo(slf: &Bound<'_, Self>) -> PyResult<Grid> {
        let comm = Self::raw(slf);
        let count = dimensions(comm)?;
        let (mut dims, mut periods, mut coords) =
            (numbers::room(count), numbers::room(count), numbers::room(count));
        mpi!(MPI_Cart_get(comm, count, dims.as_mut_ptr(), periods.as_mut_ptr(), coords.as_mut_ptr()))?;
        Ok((dims, periods, coords))
    }

    /// Topology information: dimensions, periodicity, coordinates.
    #[getter(topo)]
    #[light]
    fn get_topo(slf: &Bound<'_, Self>) -> PyResult<Grid> {
        Self::Get_topo(slf)
    }

    /// Number of processes in each dimension.
    #[getter(dims)]
    #[light]
    fn get_dims(slf: &Bound<'_, Self>) -> PyResult<Vec<c_int>> {
        Ok(Self::Get_topo(slf)?.0)
    }

    /// Which dimensions are periodic.
    #[getter(periods)]
    #[light]
    fn get_periods(slf: &Bound<'_, Self>) -> PyResult<Vec<c_int>> {
        Ok(Self::Get_topo(slf)?.1)
    }

    /// Coordinates of this process.
    #[getter(coords)]
    #[light]
    fn get_coords(slf: &Bound<'_, Self>) -> PyResult<Vec<c_int>> {
        Ok(Self::Get_topo(slf)?.2)
    }

    /// Translate coordinates to a rank; beyond the grid only in periodic dimensions (MPI 5.0, section 8.5.5).
    #[light]
    fn Get_cart_rank(slf: &Bound<'_, Self>, coords: &Bound<'_, PyAny>) -> PyResult<c_int> {
        let comm = Self::raw(slf);
        let coords = numbers::exactly(coords, dimensions(comm)?.into())?;
        let mut rank = mpi_api::MPI_PROC_NULL;
        mpi!(MPI_Cart_rank(comm, coords.as_ptr(), &raw mut rank))?;
        Ok(rank)
    }

    /// Translate a rank to coordinates (MPI 5.0, section 8.5.5).
    #[light]
    fn Get_coords(slf: &Bound<'_, Self>, rank: c_int) -> PyResult<Vec<c_int>> {
        let comm = Self::raw(slf);
        let count = dimensions(comm)?;
        let mut coords = numbers::room(count);
        mpi!(MPI_Cart_coords(comm, rank, count, coords.as_mut_ptr()))?;
        Ok(coords)
    }

    /// Return the ranks to receive from and to send to when all shift data by `disp` steps along dimension
    /// `direction`; `PROC_NULL` beyond the end of one that is not periodic (MPI 5.0, section 8.5.6).
    #[light]
    fn Shift(slf: &Bound<'_, Self>, direction: c_int, disp: c_int) -> PyResult<(c_int, c_int)> {
        shift(Self::raw(slf), direction, disp)
    }

    /// Create a communicator for the sub-grid of this process: of the dimensions that `remain_dims` is true for
    /// (MPI 5.0, section 8.5.7). Collective.
    #[light]
    fn Sub<'py>(slf: &Bound<'py, Self>, remain_dims: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Comm>> {
        let py = slf.py();
        let comm = Self::raw(slf);
        let remain = numbers::exactly(remain_dims, dimensions(comm)?.into())?;
        let mut new = Comm::null();
        mpi!(py, MPI_Cart_sub(comm, remain.as_ptr(), &raw mut new))?;
        Comm::wrap_as(&py.get_type::<Self>(), new)
    }
}

/// Return a balanced distribution of `nnodes` processes over dimensions (MPI 5.0, section 8.5.2).
///
/// `dims` is the number of dimensions, or a length for each of them, 0 where it is to be found.
#[function]
fn Compute_dims(nnodes: c_int, dims: &Bound<'_, PyAny>) -> PyResult<Vec<c_int>> {
    let count = if dims.is_instance_of::<PyList>() || dims.is_instance_of::<PyTuple>() {
        None
    } else {
        match dims.extract::<c_int>() {
            Ok(count) => Some(count),
            // An array of integers has `__index__` too, and refuses.
            Err(error) if error.is_instance_of::<PyTypeError>(dims.py()) => None,
            Err(error) => return Err(error),
        }
    };
    let mut dims = match count {
        Some(count) if count < 0 => {
            return Err(PyValueError::new_err(format!("the number of dimensions {count} is negative")));
        }
        Some(count) => numbers::room(count),
        None => numbers::all(dims)?,
    };
    let count = numbers::count(&dims)?;
    mpi!(MPI_Dims_create(nnodes, count, dims.as_mut_ptr()))?;
    Ok(dims)
}
