//! `MPI.Prequest`: persistent and partitioned requests (MPI 5.0, sections 3.9 and 4.2).

use core::ffi::c_int;

use mpi_api::types::MPI_Request;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::{Batch, Request, cast_kind};
use crate::call::mpi;
use crate::handle::class_of;
use crate::message::Integers;
use crate::method::methods;

/// Persistent request handler.
#[pyclass(frozen, subclass, extends = Request, module = "mpi4py.MPI", name = "Prequest")]
#[repr(C)]
pub(crate) struct Prequest;

impl Prequest {
    /// A request object for `raw` that keeps `keep` alive until it is freed.
    pub fn create(py: Python<'_>, raw: MPI_Request, keep: Py<PyAny>) -> PyResult<Py<Self>> {
        let request = Request::allocate(&class_of::<Self>(py), raw, keep)?;
        // SAFETY: it is of this class.
        Ok(unsafe { request.into_any().cast_into_unchecked::<Self>() }.unbind())
    }

    fn raw(request: &Bound<'_, Self>) -> MPI_Request {
        Request::handle(request.as_super()).get()
    }
}

#[methods]
impl Prequest {
    /// A new object with the handle of `request`, which is persistent or null.
    #[new]
    #[classmethod]
    #[pyo3(signature = (request=None), text_signature = "(request=None)")]
    fn py_new(
        class: &Bound<'_, PyType>,
        request: Option<&Bound<'_, Request>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let request = cast_kind::<Self>(request)?;
        Ok(Request::contents_of(class, request).add_subclass(Self))
    }

    /// Initiate a communication with a persistent request (MPI 5.0, section 3.9).
    #[light]
    fn Start(slf: &Bound<'_, Self>) -> PyResult<()> {
        let request = Request::handle(slf.as_super()).address();
        mpi!(@local slf.py(), MPI_Start(request))
    }

    /// Start a collection of persistent requests.
    #[classmethod]
    fn Startall(cls: &Bound<'_, PyType>, requests: &Bound<'_, PyAny>) -> PyResult<()> {
        let mut batch = Batch::default();
        batch.fill(requests)?;
        let (count, handles) = (batch.count(), batch.handles());
        let done = mpi!(@local cls.py(), MPI_Startall(count, handles));
        batch.write_back();
        done
    }

    /// Mark a given partition as ready to be sent (MPI 5.0, section 4.2.2).
    #[light]
    fn Pready(slf: &Bound<'_, Self>, partition: c_int) -> PyResult<()> {
        let request = Self::raw(slf);
        mpi!(@local slf.py(), MPI_Pready(partition, request))
    }

    /// Mark a range of partitions as ready; the last one is included.
    #[light]
    fn Pready_range(slf: &Bound<'_, Self>, partition_low: c_int, partition_high: c_int) -> PyResult<()> {
        let request = Self::raw(slf);
        mpi!(@local slf.py(), MPI_Pready_range(partition_low, partition_high, request))
    }

    /// Mark a sequence of partitions as ready.
    #[light]
    fn Pready_list(slf: &Bound<'_, Self>, partitions: Integers<c_int>) -> PyResult<()> {
        let request = Self::raw(slf);
        mpi!(@local slf.py(), MPI_Pready_list(partitions.len() as c_int, partitions.as_ptr(), request))
    }

    /// Test partial completion of a partitioned receive operation.
    #[light]
    fn Parrived(slf: &Bound<'_, Self>, partition: c_int) -> PyResult<bool> {
        let request = Self::raw(slf);
        let mut flag = 0;
        mpi!(slf.py(), MPI_Parrived(request, partition, &raw mut flag))?;
        Ok(flag != 0)
    }
}
