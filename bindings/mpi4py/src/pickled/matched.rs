//! Probes for pickled messages, and the receive of one that a probe has matched (MPI 5.0, section 3.8).

use core::ffi::c_int;

use mpi_api::types::MPI_Status;
use mpi_api::{MPI_ANY_SOURCE, MPI_ANY_TAG};
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::point_to_point::count;
use super::request::PickledReceive;
use crate::call::mpi;
use crate::comm::{Comm, probes};
use crate::handle::HandleClass;
use crate::matched::Matched;
use crate::method::methods;
use crate::request::Request;
use crate::status::{self, Status};

/// A message that MPI has matched, with the memory it takes: its size is known only now.
fn matched<'py>(
    class: &Bound<'py, PyType>,
    raw: mpi_api::types::MPI_Message,
    found: &MPI_Status,
    status: Option<&Bound<'_, Status>>,
) -> PyResult<Bound<'py, Matched>> {
    let py = class.py();
    if let Some(status) = status {
        status.get().set(*found);
    }
    let message = Matched::create_as(class, raw)?;
    let from_nowhere = raw == mpi_api::MPI_MESSAGE_NO_PROC();
    let receive = PickledReceive::sized(py, if from_nowhere { None } else { Some(count(found)?) })?;
    Matched::keep(&message, Py::new(py, receive)?.into_any());
    Ok(message)
}

fn mprobe<'py>(
    class: &Bound<'py, PyType>,
    comm: &Comm,
    source: c_int,
    tag: c_int,
    status: Option<&Bound<'_, Status>>,
) -> PyResult<Bound<'py, Matched>> {
    let (mut message, mut found) = (mpi_api::MPI_MESSAGE_NULL(), status::empty());
    mpi!(class.py(), MPI_Mprobe(source, tag, comm.raw(), &raw mut message, &raw mut found))?;
    matched(class, message, &found, status)
}

fn improbe<'py>(
    class: &Bound<'py, PyType>,
    comm: &Comm,
    source: c_int,
    tag: c_int,
    status: Option<&Bound<'_, Status>>,
) -> PyResult<Option<Bound<'py, Matched>>> {
    let (mut flag, mut message, mut found) = (0, mpi_api::MPI_MESSAGE_NULL(), status::empty());
    mpi!(class.py(), MPI_Improbe(source, tag, comm.raw(), &raw mut flag, &raw mut message, &raw mut found))?;
    if flag == 0 { Ok(None) } else { matched(class, message, &found, status).map(Some) }
}

/// The message object is spent: MPI has its memory from here on.
fn take(message: &Bound<'_, Matched>) -> PyResult<Py<PickledReceive>> {
    let py = message.py();
    let kept = Matched::kept(message);
    Matched::keep(message, py.None());
    if let Ok(receive) = kept.bind(py).cast::<PickledReceive>() {
        return Ok(receive.clone().unbind());
    }
    // Matched by `Mprobe`: the size is not known, so as much as `irecv` reserves, unless it comes from nowhere.
    let nothing = Matched::handle(message).get() == mpi_api::MPI_MESSAGE_NO_PROC();
    Py::new(py, PickledReceive::new(py, None, nothing)?)
}

probes! {
    /// Blocking test for a message. Always returns True.
    #[light]
    probe -> bool = |comm, py, source, tag, status| comm.Probe(py, source, tag, status);

    /// Nonblocking test for a message.
    #[light]
    iprobe -> bool = |comm, py, source, tag, status| comm.Iprobe(py, source, tag, status);

    /// Blocking test for a pickled message, which the object returned receives with `recv` or `irecv`.
    mprobe -> Py<Matched> = |comm, py, source, tag, status| {
        mprobe(&py.get_type::<Matched>(), comm, source, tag, status).map(Bound::unbind)
    };

    /// Nonblocking test for a pickled message; None when there is none.
    improbe -> Option<Py<Matched>> = |comm, py, source, tag, status| {
        improbe(&py.get_type::<Matched>(), comm, source, tag, status).map(|found| found.map(Bound::unbind))
    };
}

#[methods]
impl Matched {
    /// Blocking test for a pickled message.
    #[classmethod]
    #[pyo3(
        signature = (comm, source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG, status=None),
        text_signature = "($cls, comm, source=mpi4py.MPI.ANY_SOURCE, tag=mpi4py.MPI.ANY_TAG, status=None)"
    )]
    fn probe<'py>(
        cls: &Bound<'py, PyType>,
        comm: &Bound<'py, Comm>,
        source: c_int,
        tag: c_int,
        status: Option<&Bound<'py, Status>>,
    ) -> PyResult<Bound<'py, Self>> {
        mprobe(cls, comm.get(), source, tag, status)
    }

    /// Nonblocking test for a pickled message; None when there is none.
    #[classmethod]
    #[pyo3(
        signature = (comm, source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG, status=None),
        text_signature = "($cls, comm, source=mpi4py.MPI.ANY_SOURCE, tag=mpi4py.MPI.ANY_TAG, status=None)"
    )]
    fn iprobe<'py>(
        cls: &Bound<'py, PyType>,
        comm: &Bound<'py, Comm>,
        source: c_int,
        tag: c_int,
        status: Option<&Bound<'py, Status>>,
    ) -> PyResult<Option<Bound<'py, Self>>> {
        improbe(cls, comm.get(), source, tag, status)
    }

    /// Blocking receive of the matched message: returns the object. This becomes `MESSAGE_NULL`.
    #[pyo3(signature = (status=None))]
    fn recv<'py>(slf: &Bound<'py, Self>, status: Option<&Bound<'py, Status>>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let receive = take(slf)?;
        let (address, bytes) = receive.get().memory();
        let mut found = status::empty();
        Self::handle(slf).consume(|message| {
            mpi!(py, MPI_Mrecv_c(address, bytes, mpi_api::MPI_BYTE(), message, &raw mut found))
        })?;
        if let Some(status) = status {
            status.get().set(found);
        }
        receive.get().loads(py, count(&found)?)
    }

    /// Nonblocking receive of the matched message: the request's `wait` and `test` return the object.
    fn irecv(slf: &Bound<'_, Self>) -> PyResult<Py<Request>> {
        let py = slf.py();
        let receive = take(slf)?;
        let (address, bytes) = receive.get().memory();
        let mut request = mpi_api::MPI_REQUEST_NULL();
        Self::handle(slf).consume(|message| {
            mpi!(@local py, MPI_Imrecv_c(address, bytes, mpi_api::MPI_BYTE(), message, &raw mut request))
        })?;
        Request::create(py, request, receive.into_any())
    }
}
