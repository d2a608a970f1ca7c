//! Ports, and the names they are published under (MPI 5.0, sections 11.9.2 and 11.9.4).

use core::ffi::{CStr, c_char};

use mpi_api::types::MPI_Info;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::call::mpi;
use crate::handle::HandleClass;
use crate::info::Info;
use crate::method::function;
use crate::text::{Text, Written};

/// Room for the name of a port. It may be longer than `MPI_MAX_PORT_NAME`: MPICH's names over UCX have over 400
/// characters, and 256 as that constant, which its ABI fixes.
const ROOM: usize = 4096;
/// What says so to MPICH. To others it is an unknown hint, which MPI ignores.
const ROOM_HINT: (&CStr, &CStr) = (c"port_name_size", c"4096");

/// A copy of a caller's hints, with one more.
struct Hints(MPI_Info);

impl Hints {
    fn new(info: Option<&Bound<'_, Info>>) -> PyResult<Self> {
        let mut hints = Self(Info::null());
        match Info::raw_or_null(info) {
            raw if raw == Info::null() => mpi!(MPI_Info_create(&raw mut hints.0))?,
            raw => mpi!(MPI_Info_dup(raw, &raw mut hints.0))?,
        }
        mpi!(MPI_Info_set(hints.0, ROOM_HINT.0.as_ptr(), ROOM_HINT.1.as_ptr()))?;
        Ok(hints)
    }
}

impl Drop for Hints {
    fn drop(&mut self) {
        if self.0 != Info::null() {
            // SAFETY: ours, and MPI has read it.
            unsafe { mpi_api::MPI_Info_free(&raw mut self.0) };
        }
    }
}

/// The name of a port, which `ask(info, port_name)` makes MPI write.
fn name<'py>(
    py: Python<'py>,
    info: Option<&Bound<'py, Info>>,
    ask: impl FnOnce(MPI_Info, *mut c_char) -> PyResult<()>,
) -> PyResult<Bound<'py, PyString>> {
    let hints = Hints::new(info)?;
    let mut name = Written::<{ ROOM + 1 }>::new();
    ask(hints.0, name.address())?;
    name.text(py)
}

/// Open a port: an address at which `Intracomm.Accept` waits for `Intracomm.Connect` (MPI 5.0, section 11.9.2).
///
/// Returns its name, which any process of the machine may be told.
#[function]
#[pyo3(signature = (info=None), text_signature = "(info=...)")]
fn Open_port<'py>(py: Python<'py>, info: Option<&Bound<'py, Info>>) -> PyResult<Bound<'py, PyString>> {
    name(py, info, |info, port| mpi!(py, MPI_Open_port(info, port)))
}

/// Close a port.
#[function]
fn Close_port(py: Python<'_>, port_name: Text) -> PyResult<()> {
    mpi!(py, MPI_Close_port(port_name.as_ptr()))
}

/// Publish a port under the name of a service, by which others find it with `Lookup_name` (MPI 5.0, section 11.9.4).
#[function]
#[pyo3(signature = (service_name, port_name, info=None), text_signature = "(service_name, port_name, info=...)")]
fn Publish_name(
    py: Python<'_>,
    service_name: Text,
    port_name: Text,
    info: Option<&Bound<'_, Info>>,
) -> PyResult<()> {
    mpi!(py, MPI_Publish_name(service_name.as_ptr(), Info::raw_or_null(info), port_name.as_ptr()))
}

/// Take back the name of a service.
#[function]
#[pyo3(signature = (service_name, port_name, info=None), text_signature = "(service_name, port_name, info=...)")]
fn Unpublish_name(
    py: Python<'_>,
    service_name: Text,
    port_name: Text,
    info: Option<&Bound<'_, Info>>,
) -> PyResult<()> {
    mpi!(py, MPI_Unpublish_name(service_name.as_ptr(), Info::raw_or_null(info), port_name.as_ptr()))
}

/// Look up the port that a service was published with.
///
/// A service that nobody has published is an error of class `ERR_NAME`.
#[function]
#[pyo3(signature = (service_name, info=None), text_signature = "(service_name, info=...)")]
fn Lookup_name<'py>(
    py: Python<'py>,
    service_name: Text,
    info: Option<&Bound<'py, Info>>,
) -> PyResult<Bound<'py, PyString>> {
    name(py, info, |info, port| mpi!(py, MPI_Lookup_name(service_name.as_ptr(), info, port)))
}
