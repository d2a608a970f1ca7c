//! MPI's environment (MPI 5.0, chapter 9): versions, names, times, profiling.

use core::ffi::c_int;

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::call::mpi;
use crate::handle::HandleClass;
use crate::info::Info;
use crate::method::function;
use crate::text::text;

/// The first line of what the library says of itself, for error messages.
pub(crate) fn library_name(py: Python<'_>) -> String {
    let version = Get_library_version(py).map(|version| version.to_string()).unwrap_or_default();
    version.lines().next().unwrap_or_default().trim_end().to_owned()
}

/// Return the version of the MPI standard that the library reports, as `(major, minor)`.
#[function]
#[light]
fn Get_version() -> PyResult<(c_int, c_int)> {
    let (mut version, mut subversion) = (0, 0);
    mpi!(MPI_Get_version(&raw mut version, &raw mut subversion))?;
    Ok((version, subversion))
}

/// Return what the MPI library says of itself.
#[function]
#[light]
fn Get_library_version(py: Python<'_>) -> PyResult<Bound<'_, PyString>> {
    text(py, mpi_api::MPI_MAX_LIBRARY_VERSION_STRING, |buffer, length| {
        // SAFETY: the buffer has the length that MPI asks for; allowed at any time.
        unsafe { mpi_api::MPI_Get_library_version(buffer, length) }
    })
}

/// Return the name of the processor this process runs on.
#[function]
#[light]
fn Get_processor_name(py: Python<'_>) -> PyResult<Bound<'_, PyString>> {
    text(py, mpi_api::MPI_MAX_PROCESSOR_NAME, |buffer, length| {
        // SAFETY: the buffer has the length that MPI asks for.
        unsafe { mpi_api::MPI_Get_processor_name(buffer, length) }
    })
}

/// Return the time in seconds since some moment in the past.
#[function]
#[light]
fn Wtime() -> f64 {
    // SAFETY: no arguments.
    unsafe { mpi_api::MPI_Wtime() }
}

/// Return the resolution of `Wtime` in seconds.
#[function]
#[light]
fn Wtick() -> f64 {
    // SAFETY: no arguments.
    unsafe { mpi_api::MPI_Wtick() }
}

/// Control profiling.
#[function]
fn Pcontrol(level: c_int) -> PyResult<()> {
    mpi!(MPI_Pcontrol(level))
}

/// Return what the library knows of the hardware that this process runs on, as an info (MPI 5.0, section 9.1.2).
///
/// Its keys are URIs of resources such as `hwloc://Package`; the value says whether the process is bound to one.
#[function]
fn Get_hw_resource_info(py: Python<'_>) -> PyResult<Bound<'_, Info>> {
    let mut info = Info::null();
    mpi!(MPI_Get_hw_resource_info(&raw mut info))?;
    Info::object(py, info)
}

/// Return the version of the standard ABI that the library has, as `(major, minor)` (MPI 5.0, chapter 20).
///
/// `(-1, -1)`: it has another ABI.
#[function]
#[light]
fn Get_abi_version() -> PyResult<(c_int, c_int)> {
    let (mut major, mut minor) = (-1, -1);
    mpi!(MPI_Abi_get_version(&raw mut major, &raw mut minor))?;
    Ok((major, minor))
}

/// Return the sizes in bytes of the ABI's integers, as an info with keys such as `mpi_aint_size`.
#[function]
fn Get_abi_info(py: Python<'_>) -> PyResult<Bound<'_, Info>> {
    let mut info = Info::null();
    mpi!(MPI_Abi_get_info(&raw mut info))?;
    Info::object(py, info)
}

/// Return the sizes in bytes of Fortran's types, and which of the optional ones exist, as an info with keys such as
/// `mpi_integer_size` and `mpi_real16_supported`. `INFO_NULL` where nothing is known of Fortran.
#[function]
fn Get_abi_fortran_info(py: Python<'_>) -> PyResult<Bound<'_, Info>> {
    let mut info = Info::null();
    mpi!(MPI_Abi_get_fortran_info(&raw mut info))?;
    Info::object(py, info)
}

/// Implementations by a mark in what they say of themselves, the more special one first.
const VENDORS: [(&str, &str); 7] = [
    ("Intel(R) MPI Library", "Intel MPI"),
    ("Microsoft MPI", "Microsoft MPI"),
    ("MVAPICH", "MVAPICH"),
    ("CRAY MPICH", "Cray MPICH"),
    ("Open MPI", "Open MPI"),
    ("MPICH", "MPICH"),
    ("FUJITSU MPI", "Fujitsu MPI"),
];

/// Return the name of the MPI implementation and its version, as `(name, (major, minor, micro))`.
#[function]
fn get_vendor(py: Python<'_>) -> PyResult<(&'static str, (u32, u32, u32))> {
    let text = Get_library_version(py)?.to_string();
    let known = VENDORS.iter().find_map(|(mark, name)| text.find(mark).map(|at| (*name, at + mark.len())));
    let Some((name, end)) = known else { return Ok(("unknown", (0, 0, 0))) };
    let start = text[end..].find(|c: char| c.is_ascii_digit()).map_or(text.len(), |offset| end + offset);
    let mut numbers =
        text[start..].split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    let version = (next(), next(), next());
    Ok((name, version))
}
