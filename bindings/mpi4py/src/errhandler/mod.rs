//! `MPI.Errhandler` (MPI 5.0, section 9.3): what MPI does about an error, and Python functions in that place.

mod methods;
mod python;

use mpi_api::types::MPI_Errhandler;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::call::mpi;
use crate::handle::{CONST, Handle, HandleClass, READY, handle_class};
use crate::lifecycle;
use crate::method::methods;

/// Error handler.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "Errhandler")]
#[repr(C)]
pub(crate) struct Errhandler(Handle<MPI_Errhandler>);

handle_class!(Errhandler, MPI_Errhandler, MPI_ERRHANDLER_NULL);

impl Errhandler {
    /// The handle of `errhandler`; without one, of what `mpi4py.rc` asks for.
    pub fn raw_or_default(errhandler: Option<&Bound<'_, Self>>) -> PyResult<MPI_Errhandler> {
        errhandler.map_or_else(lifecycle::errhandler, |errhandler| Ok(errhandler.get().raw()))
    }

    /// Whether the handle is one of MPI's own.
    fn is_predefined(&self) -> bool {
        let raw = self.raw();
        [mpi_api::MPI_ERRORS_ABORT(), mpi_api::MPI_ERRORS_ARE_FATAL(), mpi_api::MPI_ERRORS_RETURN()]
            .contains(&raw)
    }
}

#[methods]
impl Errhandler {
    /// A new object with the handle of `errhandler`, or `ERRHANDLER_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (errhandler=None), text_signature = "(errhandler=None)")]
    fn py_new(class: &Bound<'_, PyType>, errhandler: Option<&Bound<'_, Self>>) -> Self {
        Self(Handle::of_class(class, errhandler.map_or_else(Self::null, |errhandler| errhandler.get().raw())))
    }

    /// Free the error handler: it goes when nothing has it set any more (MPI 5.0, section 9.3.5).
    ///
    /// The object becomes `ERRHANDLER_NULL`, unless it is one of the module's own.
    #[light]
    fn Free(&self) -> PyResult<()> {
        self.0.consume(|errhandler| mpi!(MPI_Errhandler_free(errhandler)))
    }

    /// Call `Free`, unless the error handler is null or predefined.
    #[light]
    fn free(&self) -> PyResult<()> {
        if self.raw() == Self::null() || self.is_predefined() {
            self.forget();
            Ok(())
        } else {
            self.Free()
        }
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Errhandler>()?;
    for (name, raw) in [
        ("ERRHANDLER_NULL", Errhandler::null()),
        ("ERRORS_RETURN", mpi_api::MPI_ERRORS_RETURN()),
        ("ERRORS_ABORT", mpi_api::MPI_ERRORS_ABORT()),
        ("ERRORS_ARE_FATAL", mpi_api::MPI_ERRORS_ARE_FATAL()),
    ] {
        module.add(name, Errhandler(Handle::new(raw, READY | CONST)))?;
    }
    Ok(())
}
