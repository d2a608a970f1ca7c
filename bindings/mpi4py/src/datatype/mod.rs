//! `MPI.Datatype` (MPI 5.0, chapter 5).

mod address;
mod codes;
mod constructors;
mod decode;
mod envelope;
mod pack;
mod predefined;

use core::ffi::{c_int, c_uint};

use mpi_api::types::{MPI_Count, MPI_Datatype};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use self::envelope::Envelope;
use crate::call::{mpi, released};
use crate::handle::{Handle, HandleClass, handle_class};
use crate::method::methods;
use crate::text::{Text, name};

/// Datatype object.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "Datatype")]
#[repr(C)]
pub(crate) struct Datatype(Handle<MPI_Datatype>);

handle_class!(Datatype, MPI_Datatype, MPI_DATATYPE_NULL, {
    fn serialize(object: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        decode::serialize(object.cast()?)
    }
});

impl Datatype {
    /// Whether `object` is a datatype.
    #[inline]
    pub fn is(object: &Bound<'_, PyAny>) -> bool {
        object.cast::<Self>().is_ok()
    }

    /// `object` as a datatype, when it is one.
    #[inline]
    pub fn cast<'a, 'py>(object: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, Self>> {
        object.cast::<Self>().ok()
    }
}

/// `flags`: the datatype is freed with the object. Nobody else has the handle.
const TEMPORARY: c_uint = 1 << 2;

impl Drop for Datatype {
    fn drop(&mut self) {
        if self.0.flags() & TEMPORARY == 0 || self.raw() == Self::null() {
            return;
        }
        // SAFETY: objects are dropped with the GIL held.
        let py = unsafe { Python::assume_attached() };
        let (address, mut finalized) = (self.0.address(), 1);
        // An error leaves the datatype behind: there is nobody to tell, and no exception to make while an object dies.
        released(py, || {
            // SAFETY: may be asked at any time; the datatype is ours alone.
            unsafe {
                mpi_api::MPI_Finalized(&raw mut finalized);
                if finalized == 0 {
                    mpi_api::MPI_Type_free(address);
                }
            }
        });
    }
}

/// Lower bound and extent.
type Bounds = (MPI_Count, MPI_Count);

/// How many bytes of data `raw` holds.
fn size(raw: MPI_Datatype) -> PyResult<MPI_Count> {
    let mut size = 0;
    mpi!(MPI_Type_size_c(raw, &raw mut size))?;
    Ok(size)
}

/// The lower bound and the extent of `raw` in bytes.
fn bounds(raw: MPI_Datatype) -> PyResult<Bounds> {
    let (mut lower, mut extent) = (0, 0);
    mpi!(MPI_Type_get_extent_c(raw, &raw mut lower, &raw mut extent))?;
    Ok((lower, extent))
}

/// Likewise, of its data alone.
fn true_bounds(raw: MPI_Datatype) -> PyResult<Bounds> {
    let (mut lower, mut extent) = (0, 0);
    mpi!(MPI_Type_get_true_extent_c(raw, &raw mut lower, &raw mut extent))?;
    Ok((lower, extent))
}

#[methods]
impl Datatype {
    /// A new object with the handle of `datatype`, or `DATATYPE_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (datatype=None), text_signature = "(datatype=None)")]
    fn py_new(class: &Bound<'_, PyType>, datatype: Option<&Bound<'_, Self>>) -> Self {
        Self(Handle::of_class(class, datatype.map_or_else(Self::null, |datatype| datatype.get().raw())))
    }

    /// Return the number of bytes of data in the datatype, gaps not counted (MPI 5.0, section 5.1.5).
    #[light]
    fn Get_size(&self) -> PyResult<MPI_Count> {
        size(self.raw())
    }

    /// Size (in bytes).
    #[getter]
    #[light]
    fn size(&self) -> PyResult<MPI_Count> {
        size(self.raw())
    }

    /// Return lower bound and extent of the datatype, in bytes (MPI 5.0, section 5.1.7).
    #[light]
    fn Get_extent(&self) -> PyResult<Bounds> {
        bounds(self.raw())
    }

    /// Extent.
    #[getter]
    #[light]
    fn extent(&self) -> PyResult<MPI_Count> {
        Ok(bounds(self.raw())?.1)
    }

    /// Lower bound.
    #[getter]
    #[light]
    fn lb(&self) -> PyResult<MPI_Count> {
        Ok(bounds(self.raw())?.0)
    }

    /// Upper bound.
    #[getter]
    #[light]
    fn ub(&self) -> PyResult<MPI_Count> {
        bounds(self.raw()).map(|(lower, extent)| lower + extent)
    }

    /// Return lower bound and extent of the data alone, in bytes (MPI 5.0, section 5.1.8).
    #[light]
    fn Get_true_extent(&self) -> PyResult<Bounds> {
        true_bounds(self.raw())
    }

    /// True extent.
    #[getter]
    #[light]
    fn true_extent(&self) -> PyResult<MPI_Count> {
        Ok(true_bounds(self.raw())?.1)
    }

    /// True lower bound.
    #[getter]
    #[light]
    fn true_lb(&self) -> PyResult<MPI_Count> {
        Ok(true_bounds(self.raw())?.0)
    }

    /// True upper bound.
    #[getter]
    #[light]
    fn true_ub(&self) -> PyResult<MPI_Count> {
        true_bounds(self.raw()).map(|(lower, extent)| lower + extent)
    }

    /// Commit the datatype, so that messages can use it, and return it (MPI 5.0, section 5.1.9).
    #[light]
    fn Commit<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        slf.get().0.consume(|datatype| mpi!(MPI_Type_commit(datatype)))?;
        Ok(slf.clone())
    }

    /// Free the datatype; the object becomes `DATATYPE_NULL`. Datatypes made from it stay.
    #[light]
    fn Free(&self, py: Python<'_>) -> PyResult<()> {
        self.0.consume(|datatype| mpi!(@local py, MPI_Type_free(datatype)))
    }

    /// Call `Free`, unless the datatype is null or predefined.
    #[light]
    fn free(&self, py: Python<'_>) -> PyResult<()> {
        if self.predefined()? {
            self.forget();
            Ok(())
        } else {
            self.Free(py)
        }
    }

    /// Get the name for printing (MPI 5.0, section 7.8).
    #[light]
    fn Get_name<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let null = (self.raw() == Self::null()).then_some("MPI_DATATYPE_NULL");
        name(py, null, |buffer, length| {
            // SAFETY: the buffer has the length that MPI asks for.
            unsafe { mpi_api::MPI_Type_get_name(self.raw(), buffer, length) }
        })
    }

    /// Set the name for printing.
    #[light]
    fn Set_name(&self, name: Text) -> PyResult<()> {
        mpi!(MPI_Type_set_name(self.raw(), name.as_ptr()))
    }

    /// Name for printing.
    #[getter]
    #[light]
    fn name<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.Get_name(py)
    }

    #[setter]
    fn set_name(&self, name: Text) -> PyResult<()> {
        self.Set_name(name)
    }

    /// Is a named datatype.
    #[getter]
    #[light]
    fn is_named(&self) -> PyResult<bool> {
        Ok(self.combiner()? == mpi_api::MPI_COMBINER_NAMED)
    }

    /// Is a predefined datatype.
    #[getter]
    #[light]
    fn is_predefined(&self) -> PyResult<bool> {
        self.predefined()
    }

    /// Combiner.
    #[getter]
    #[light]
    fn combiner(&self) -> PyResult<c_int> {
        Ok(Envelope::of(self.raw())?.combiner)
    }
}

impl Datatype {
    /// Makes the datatype end with this object.
    fn make_temporary(&self) {
        self.0.set_flags(self.0.flags() | TEMPORARY);
    }

    /// Whether MPI made it, or gave it for a Fortran kind, or it is null.
    fn predefined(&self) -> PyResult<bool> {
        Ok(self.raw() == Self::null() || Envelope::of(self.raw())?.is_predefined())
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Datatype>()?;
    predefined::register(module)?;
    codes::register(module)?;
    Ok(())
}
