//! What a window says of itself: group, name, hints, attributes (MPI 5.0, sections 12.2.6, 12.2.7, 7.8).

use core::ffi::{c_int, c_void};

use mpi_api::types::{MPI_Aint, MPI_Group};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::{Win, WinBase};
use crate::call::{check, mpi};
use crate::group::Group;
use crate::handle::HandleClass;
use crate::info::Info;
use crate::method::methods;
use crate::text::{Text, name};

#[methods]
impl Win {
    /// Access the group of the processes that created the window (MPI 5.0, section 12.2.6).
    #[light]
    fn Get_group(slf: &Bound<'_, Self>) -> PyResult<Py<Group>> {
        let mut group = Group::null();
        mpi!(MPI_Win_get_group(Self::raw(slf), &raw mut group))?;
        Group::create(slf.py(), group)
    }

    /// Group.
    #[getter(group)]
    #[light]
    fn get_group(slf: &Bound<'_, Self>) -> PyResult<Py<Group>> {
        Self::Get_group(slf)
    }

    /// Group size.
    #[getter]
    #[light]
    fn group_size(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        Self::of_group(slf, mpi_api::MPI_Group_size)
    }

    /// Group rank.
    #[getter]
    #[light]
    fn group_rank(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        Self::of_group(slf, mpi_api::MPI_Group_rank)
    }

    /// Set new values for the hints of the window (MPI 5.0, section 12.2.7). Collective.
    #[light]
    fn Set_info(slf: &Bound<'_, Self>, info: &Bound<'_, Info>) -> PyResult<()> {
        let (win, info) = (Self::raw(slf), info.get().raw());
        mpi!(slf.py(), MPI_Win_set_info(win, info))
    }

    /// Return the hints that the window uses.
    #[light]
    fn Get_info<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Info>> {
        let (win, mut info) = (Self::raw(slf), Info::null());
        mpi!(@local slf.py(), MPI_Win_get_info(win, &raw mut info))?;
        Info::object(slf.py(), info)
    }

    /// Info hints.
    #[getter(info)]
    #[light]
    fn get_info<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Info>> {
        Self::Get_info(slf)
    }

    #[setter(info)]
    fn set_info(slf: &Bound<'_, Self>, info: &Bound<'_, Info>) -> PyResult<()> {
        Self::Set_info(slf, info)
    }

    /// Get the name for printing (MPI 5.0, section 7.8).
    #[light]
    fn Get_name<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyString>> {
        let null = (Self::raw(slf) == WinBase::null()).then_some("MPI_WIN_NULL");
        name(slf.py(), null, |buffer, length| {
            // SAFETY: the buffer has the length that MPI asks for.
            unsafe { mpi_api::MPI_Win_get_name(Self::raw(slf), buffer, length) }
        })
    }

    /// Set the name for printing. It may be cut off after `MAX_OBJECT_NAME` bytes.
    #[light]
    fn Set_name(slf: &Bound<'_, Self>, name: Text) -> PyResult<()> {
        mpi!(MPI_Win_set_name(Self::raw(slf), name.as_ptr()))
    }

    /// Name for printing.
    #[getter(name)]
    #[light]
    fn get_name<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyString>> {
        Self::Get_name(slf)
    }

    #[setter(name)]
    fn set_name(slf: &Bound<'_, Self>, name: Text) -> PyResult<()> {
        Self::Set_name(slf, name)
    }

    /// Attributes of this process's part: its address, its size in bytes, the displacement unit in bytes.
    #[getter]
    #[light]
    fn attrs(slf: &Bound<'_, Self>) -> PyResult<(isize, MPI_Aint, c_int)> {
        let (base, size, unit) = Self::attributes(slf)?;
        Ok((base as isize, size, unit))
    }

    /// Create flavor: `WIN_FLAVOR_CREATE`, `WIN_FLAVOR_ALLOCATE`, `WIN_FLAVOR_DYNAMIC` or `WIN_FLAVOR_SHARED`.
    #[getter]
    #[light]
    fn flavor(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        Self::number(slf, mpi_api::MPI_WIN_CREATE_FLAVOR, 0)
    }

    /// Memory model: `WIN_SEPARATE` or `WIN_UNIFIED`.
    #[getter]
    #[light]
    fn model(slf: &Bound<'_, Self>) -> PyResult<c_int> {
        Self::number(slf, mpi_api::MPI_WIN_MODEL, 0)
    }
}

impl Win {
    /// Address, size and displacement unit of this process's part.
    pub(super) fn attributes(win: &Bound<'_, Self>) -> PyResult<(*mut c_void, MPI_Aint, c_int)> {
        let base = Self::attribute(win, mpi_api::MPI_WIN_BASE)?.unwrap_or_default();
        let size = Self::number(win, mpi_api::MPI_WIN_SIZE, 0)?;
        let unit = Self::number(win, mpi_api::MPI_WIN_DISP_UNIT, 1)?;
        Ok((base, size, unit))
    }

    /// What an attribute that MPI sets points to: a number of the type that the standard gives it.
    fn number<T: Copy>(win: &Bound<'_, Self>, keyval: c_int, unset: T) -> PyResult<T> {
        let value = Self::attribute(win, keyval)?.filter(|value| !value.is_null());
        // SAFETY: the address of MPI's own number, valid as long as the window.
        Ok(value.map_or(unset, |value| unsafe { *value.cast::<T>() }))
    }

    /// The value of an attribute that MPI sets (MPI 5.0, section 12.2.6).
    fn attribute(win: &Bound<'_, Self>, keyval: c_int) -> PyResult<Option<*mut c_void>> {
        let (mut value, mut flag) = (core::ptr::null_mut::<c_void>(), 0);
        let place = (&raw mut value).cast();
        mpi!(MPI_Win_get_attr(Self::raw(win), keyval, place, &raw mut flag))?;
        Ok((flag != 0).then_some(value))
    }

    /// What `ask` says of the group of the window.
    fn of_group(win: &Bound<'_, Self>, ask: unsafe fn(MPI_Group, *mut c_int) -> c_int) -> PyResult<c_int> {
        let (mut group, mut number) = (Group::null(), 0);
        mpi!(MPI_Win_get_group(Self::raw(win), &raw mut group))?;
        // SAFETY: a function of MPI, a group that lives, and a local variable.
        let asked = check(unsafe { ask(group, &raw mut number) });
        mpi!(MPI_Group_free(&raw mut group))?;
        asked.map(|()| number)
    }
}
