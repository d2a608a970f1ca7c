//! The predefined operations, and what they mean for Python objects.

use mpi_api::types::MPI_Op;
use pyo3::basic::CompareOp;
use pyo3::prelude::*;
use pyo3::types::{PyAnyMethods, PyBool};

/// Combines two objects.
type Combine = for<'py> fn(&Bound<'py, PyAny>, &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>;

/// An operation of MPI's own.
pub(super) struct Predefined {
    /// Its name in the module.
    pub name: &'static str,
    /// Its handle.
    pub handle: fn() -> MPI_Op,
    /// What it does with two objects.
    pub combine: Combine,
}

macro_rules! table {
    ($($name:ident = $mpi:ident: $combine:expr,)*) => {
        [$(Predefined { name: stringify!($name), handle: mpi_api::$mpi, combine: $combine }),*]
    };
}

/// Every operation but `OP_NULL`.
pub(super) static PREDEFINED: [Predefined; 14] = table! {
    SUM = MPI_SUM: |x, y| x.add(y),
    MAX = MPI_MAX: |x, y| choose(y.gt(x)?, y, x),
    MIN = MPI_MIN: |x, y| choose(y.lt(x)?, y, x),
    PROD = MPI_PROD: |x, y| x.mul(y),
    LAND = MPI_LAND: |x, y| truth(x, y, |x, y| x & y),
    BAND = MPI_BAND: |x, y| x.bitand(y),
    LOR = MPI_LOR: |x, y| truth(x, y, |x, y| x | y),
    BOR = MPI_BOR: |x, y| x.bitor(y),
    LXOR = MPI_LXOR: |x, y| truth(x, y, |x, y| x ^ y),
    BXOR = MPI_BXOR: |x, y| x.bitxor(y),
    MAXLOC = MPI_MAXLOC: |x, y| located(x, y, CompareOp::Gt),
    MINLOC = MPI_MINLOC: |x, y| located(x, y, CompareOp::Lt),
    REPLACE = MPI_REPLACE: |_, y| Ok(y.clone()),
    NO_OP = MPI_NO_OP: |x, _| Ok(x.clone()),
};

#[allow(clippy::unnecessary_wraps, reason = "what each row of the table returns")]
fn choose<'py>(
    condition: bool,
    yes: &Bound<'py, PyAny>,
    no: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    Ok(if condition { yes } else { no }.clone())
}

fn truth<'py>(
    x: &Bound<'py, PyAny>,
    y: &Bound<'py, PyAny>,
    logic: fn(bool, bool) -> bool,
) -> PyResult<Bound<'py, PyAny>> {
    let result = logic(x.is_truthy()?, y.is_truthy()?);
    Ok(PyBool::new(x.py(), result).to_owned().into_any())
}

/// Of two `(value, location)` the one whose value is ahead; of equal values the lower location.
fn located<'py>(
    x: &Bound<'py, PyAny>,
    y: &Bound<'py, PyAny>,
    ahead: CompareOp,
) -> PyResult<Bound<'py, PyAny>> {
    let (left, at_left) = pair(x)?;
    let (right, at_right) = pair(y)?;
    let first =
        left.rich_compare(&right, ahead)?.is_truthy()? || (left.eq(&right)? && !at_right.lt(&at_left)?);
    let (value, location) = if first { (left, at_left) } else { (right, at_right) };
    Ok((value, location).into_pyobject(x.py())?.into_any())
}

/// The two items of an iterable.
fn pair<'py>(object: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let mut items = object.try_iter()?;
    match (items.next().transpose()?, items.next().transpose()?, items.next().transpose()?) {
        (Some(value), Some(location), None) => Ok((value, location)),
        _ => Err(pyo3::exceptions::PyValueError::new_err("expecting a pair of value and location")),
    }
}
