//! `MPI.Win` (MPI 5.0, chapter 12): its handle.

use core::cell::UnsafeCell;

use mpi_api::types::MPI_Win;
use pyo3::prelude::*;
use pyo3::types::PyType;
use pyo3::{PyTraverseError, PyVisit};

use crate::call::mpi;
use crate::handle::{CONST, Handle, HandleClass, READY, handle_class, hold_for_instance};

/// The part of a window object before the weak-reference list.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "_Win")]
#[repr(C)]
pub(crate) struct WinBase(Handle<MPI_Win>);

/// Remote memory access context.
#[pyclass(frozen, subclass, extends = WinBase, module = "mpi4py.MPI", name = "Win")]
#[repr(C)]
pub(crate) struct Win {
    /// What must live as long as the window. Compiled clients read it: never NULL.
    ob_mem: UnsafeCell<Py<PyAny>>,
}

// SAFETY: reached with the GIL held only.
unsafe impl Sync for Win {}

handle_class!(Win: WinBase, MPI_Win, MPI_WIN_NULL, {
    fn make(class: &Bound<'_, PyType>, raw: MPI_Win) -> PyResult<Py<PyAny>> {
        let py = class.py();
        Ok(Py::new(py, Win::contents(py, raw, READY))?.into_any())
    }
});

impl Win {
    fn contents(py: Python<'_>, raw: MPI_Win, flags: u32) -> PyClassInitializer<Self> {
        PyClassInitializer::from(WinBase(Handle::new(raw, flags)))
            .add_subclass(Self { ob_mem: UnsafeCell::new(py.None()) })
    }
}

#[pymethods]
impl Win {
    /// A new object with the handle of `win`, or `WIN_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (win=None), text_signature = "(win=None)")]
    fn py_new(class: &Bound<'_, PyType>, win: Option<&Bound<'_, Self>>) -> PyClassInitializer<Self> {
        hold_for_instance(class);
        Self::contents(class.py(), win.map_or_else(WinBase::null, |win| win.as_super().get().raw()), READY)
    }

    /// Free the window (MPI 5.0, section 12.2.5). Collective; the object becomes `WIN_NULL`.
    fn Free(slf: &Bound<'_, Self>) -> PyResult<()> {
        slf.as_super().get().0.consume(|win| mpi!(slf.py(), MPI_Win_free(win)))?;
        // SAFETY: the GIL is held; the old value is dropped after the new one is in place.
        let _memory = unsafe { core::mem::replace(&mut *slf.get().ob_mem.get(), slf.py().None()) };
        Ok(())
    }

    /// Call `Free` if not null.
    fn free(slf: &Bound<'_, Self>) -> PyResult<()> {
        if slf.as_super().get().raw() == WinBase::null() { Ok(()) } else { Self::Free(slf) }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // SAFETY: the collector runs with the GIL held.
        visit.call(unsafe { &*self.ob_mem.get() })
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Win>()?;
    module.add("WIN_NULL", Py::new(module.py(), Win::contents(module.py(), WinBase::null(), READY | CONST))?)
}
