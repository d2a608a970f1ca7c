//! `MPI.Win`: memory that other processes read, write and combine with (MPI 5.0, chapter 12).

mod accessors;
mod atomic;
mod communication;
mod creation;
mod synchronisation;
mod target;

use core::cell::UnsafeCell;

use mpi_api::types::MPI_Win;
use pyo3::prelude::*;
use pyo3::types::PyType;
use pyo3::{PyTraverseError, PyVisit, intern};

use crate::call::mpi;
use crate::handle::{CONST, Handle, HandleClass, READY, allocate, class_of, handle_class, hold_for_instance};
use crate::method::methods;

/// The part of a window object before the weak-reference list.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "_Win")]
#[repr(C)]
pub(crate) struct WinBase(Handle<MPI_Win>);

/// Remote memory access context.
#[pyclass(frozen, subclass, extends = WinBase, module = "mpi4py.MPI", name = "Win")]
#[repr(C)]
pub(crate) struct Win {
    /// What must live as long as the window: the buffer over its memory, a dictionary of those that are attached by
    /// their addresses, else None. Objects with the handle of one another share it. Compiled clients read it: never
    /// NULL.
    ob_mem: UnsafeCell<Py<PyAny>>,
}

// SAFETY: reached with the GIL held only.
unsafe impl Sync for Win {}

handle_class!(Win: WinBase, MPI_Win, MPI_WIN_NULL, {
    fn make(class: &Bound<'_, PyType>, raw: MPI_Win) -> PyResult<Py<PyAny>> {
        let py = class.py();
        Ok(Py::new(py, Win::contents(raw, READY, py.None()))?.into_any())
    }
});

impl Win {
    fn contents(raw: MPI_Win, flags: u32, memory: Py<PyAny>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(WinBase(Handle::new(raw, flags)))
            .add_subclass(Self { ob_mem: UnsafeCell::new(memory) })
    }

    /// A null object of class `class`, made as Python makes one, without `__init__`.
    fn blank<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, Self>> {
        let py = class.py();
        if !class.is(&*class_of::<Self>(py)) {
            return Ok(class.call_method1(intern!(py, "__new__"), (class,))?.cast_into()?);
        }
        let base = allocate(class, WinBase(Handle::new(WinBase::null(), READY)))?;
        // SAFETY: the class is this one, and what its own memory holds is no object yet.
        unsafe {
            let win = base.into_any().cast_into_unchecked::<Self>();
            win.get().ob_mem.get().write(py.None());
            Ok(win)
        }
    }

    /// The handle of `win`.
    #[inline(always)]
    fn handle<'a>(win: &'a Bound<'_, Self>) -> &'a Handle<MPI_Win> {
        &win.as_super().get().0
    }

    /// The handle of `win` as it is now.
    #[inline(always)]
    fn raw(win: &Bound<'_, Self>) -> MPI_Win {
        Self::handle(win).get()
    }

    /// What lives as long as the window.
    fn kept<'py>(win: &Bound<'py, Self>) -> Bound<'py, PyAny> {
        // SAFETY: the GIL is held.
        unsafe { (*win.get().ob_mem.get()).bind(win.py()).clone() }
    }

    /// Makes `memory` live as long as the window.
    fn keep(win: &Bound<'_, Self>, memory: Py<PyAny>) {
        // SAFETY: the GIL is held; the old value is dropped after the new one is in place.
        let old = unsafe { core::mem::replace(&mut *win.get().ob_mem.get(), memory) };
        drop(old.into_bound(win.py()));
    }
}

#[methods]
impl Win {
    /// A new object with the handle of `win`, or `WIN_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (win=None), text_signature = "(win=None)")]
    fn py_new(class: &Bound<'_, PyType>, win: Option<&Bound<'_, Self>>) -> PyClassInitializer<Self> {
        hold_for_instance(class);
        match win {
            Some(win) => Self::contents(Self::raw(win), READY, Self::kept(win).unbind()),
            None => Self::contents(WinBase::null(), READY, class.py().None()),
        }
    }

    /// Free the window (MPI 5.0, section 12.2.5). Collective; the object becomes `WIN_NULL`.
    ///
    /// No access may be under way. The memory of an allocated window goes: buffers over it may not be used any more.
    fn Free(slf: &Bound<'_, Self>) -> PyResult<()> {
        Self::handle(slf).consume(|win| mpi!(slf.py(), MPI_Win_free(win)))?;
        Self::keep(slf, slf.py().None());
        Ok(())
    }

    /// Call `Free` if not null.
    fn free(slf: &Bound<'_, Self>) -> PyResult<()> {
        if Self::raw(slf) == WinBase::null() { Ok(()) } else { Self::Free(slf) }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // SAFETY: the collector runs with the GIL held.
        visit.call(unsafe { &*self.ob_mem.get() })
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add_class::<Win>()?;
    module.add("WIN_NULL", Py::new(py, Win::contents(WinBase::null(), READY | CONST, py.None()))?)
}
