//! `MPI.Group` (MPI 5.0, section 7.3).

use core::ffi::c_int;

use mpi_api::types::MPI_Group;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyType};

use crate::call::mpi;
use crate::handle::{CONST, Handle, HandleClass, READY, handle_class};
use crate::kin::Kin;
use crate::message::{Integers, integers};
use crate::method::methods;
use crate::session::Session;
use crate::text::Text;

/// Group of processes.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "Group")]
#[repr(C)]
pub(crate) struct Group(Handle<MPI_Group>);

handle_class!(Group, MPI_Group, MPI_GROUP_NULL);

impl Group {
    /// An object for `raw`.
    pub fn create(py: Python<'_>, raw: MPI_Group) -> PyResult<Py<Self>> {
        Self::object(py, raw).map(Bound::unbind)
    }

    /// How many processes there are.
    fn size(&self) -> PyResult<c_int> {
        let mut size = 0;
        mpi!(MPI_Group_size(self.raw(), &raw mut size))?;
        Ok(size)
    }
}

/// A function that makes a group of two.
type Combine = unsafe fn(MPI_Group, MPI_Group, *mut MPI_Group) -> c_int;

/// A function that makes a group of some members of another.
type Select<T> = unsafe fn(MPI_Group, c_int, *const T, *mut MPI_Group) -> c_int;

fn combine<'py>(
    class: &Bound<'py, PyType>,
    group1: &Group,
    group2: &Group,
    function: Combine,
) -> PyResult<Bound<'py, Group>> {
    let mut new = Group::null();
    // SAFETY: a function of MPI, handles of live objects, and a local variable.
    crate::call::check(unsafe { function(group1.raw(), group2.raw(), &raw mut new) })?;
    Group::wrap_as(class, new)
}

fn select<'py, T>(
    group: &Bound<'py, Group>,
    items: &[T],
    function: Select<T>,
) -> PyResult<Bound<'py, Group>> {
    let mut new = Group::null();
    let length = c_int::try_from(items.len())?;
    // SAFETY: a function of MPI, the handle of a live object, a slice with its length, and a local variable.
    crate::call::check(unsafe { function(group.get().raw(), length, items.as_ptr(), &raw mut new) })?;
    Group::wrap_like(group, new)
}

/// Ranges of ranks: first, last, stride.
struct Ranges(Vec<[c_int; 3]>);

impl<'py> FromPyObject<'_, 'py> for Ranges {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let range = |item: Bound<'_, PyAny>| {
            let range = integers(&item, item.len()?)?;
            range.try_into().map_err(|_| PyValueError::new_err("a range is (first, last, stride)"))
        };
        if let Ok(list) = object.cast::<PyList>() {
            return list.iter().map(range).collect::<PyResult<_>>().map(Self);
        }
        object.try_iter()?.map(|item| range(item?)).collect::<PyResult<_>>().map(Self)
    }
}

#[methods]
impl Group {
    /// A new object with the handle of `group`, or `GROUP_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (group=None), text_signature = "(group=None)")]
    fn py_new(class: &Bound<'_, PyType>, group: Option<&Bound<'_, Self>>) -> Self {
        Self(Handle::of_class(class, group.map_or_else(Self::null, |group| group.get().raw())))
    }

    /// Return the number of processes in the group (MPI 5.0, section 7.3.1).
    #[light]
    fn Get_size(&self) -> PyResult<c_int> {
        self.size()
    }

    /// Number of processes.
    #[getter(size)]
    #[light]
    fn py_size(&self) -> PyResult<c_int> {
        self.size()
    }

    /// Return the rank of this process in the group, `UNDEFINED` when it is no member.
    #[light]
    fn Get_rank(&self) -> PyResult<c_int> {
        let mut rank = 0;
        mpi!(MPI_Group_rank(self.raw(), &raw mut rank))?;
        Ok(rank)
    }

    /// Rank of this process.
    #[getter]
    #[light]
    fn rank(&self) -> PyResult<c_int> {
        self.Get_rank()
    }

    /// Translate ranks in this group to those of the same processes in another.
    ///
    /// `ranks` defaults to all ranks of this group, `group` to this group itself. A process that is no member
    /// there gives `UNDEFINED`, `PROC_NULL` stays what it is.
    #[pyo3(signature = (ranks=None, group=None))]
    #[light]
    fn Translate_ranks(
        &self,
        ranks: Option<Integers<c_int>>,
        group: Option<&Bound<'_, Self>>,
    ) -> PyResult<Vec<c_int>> {
        let all: Vec<_>;
        let ranks = if let Some(ranks) = &ranks {
            &**ranks
        } else {
            all = (0..self.size()?).collect();
            &all
        };
        let other = group.map_or_else(|| self.raw(), |group| group.get().raw());
        let mut translated = vec![mpi_api::MPI_UNDEFINED; ranks.len()];
        let length = c_int::try_from(ranks.len())?;
        mpi!(MPI_Group_translate_ranks(self.raw(), length, ranks.as_ptr(), other, translated.as_mut_ptr()))?;
        Ok(translated)
    }

    /// Compare two groups: `IDENT` for the same members in the same order, `SIMILAR` for the same members,
    /// else `UNEQUAL`.
    #[light]
    fn Compare(&self, group: &Bound<'_, Self>) -> PyResult<c_int> {
        let mut result = 0;
        mpi!(MPI_Group_compare(self.raw(), group.get().raw(), &raw mut result))?;
        Ok(result)
    }

    /// Duplicate the group.
    #[light]
    fn Dup<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        // The standard has no MPI_Group_dup: a union with the empty group has the members, in order.
        combine(&slf.get_type(), slf.get(), &Self::of(mpi_api::MPI_GROUP_EMPTY()), mpi_api::MPI_Group_union)
    }

    /// Create a group of the members of `group1`, then those of `group2` alone (MPI 5.0, section 7.3.2).
    #[classmethod]
    #[light]
    fn Union<'py>(
        cls: &Bound<'py, PyType>,
        group1: &Bound<'py, Self>,
        group2: &Bound<'py, Self>,
    ) -> PyResult<Bound<'py, Self>> {
        combine(cls, group1.get(), group2.get(), mpi_api::MPI_Group_union)
    }

    /// Create a group of the members of `group1` that are in `group2`, in the order of `group1`.
    #[classmethod]
    #[light]
    fn Intersection<'py>(
        cls: &Bound<'py, PyType>,
        group1: &Bound<'py, Self>,
        group2: &Bound<'py, Self>,
    ) -> PyResult<Bound<'py, Self>> {
        combine(cls, group1.get(), group2.get(), mpi_api::MPI_Group_intersection)
    }

    /// Create a group of the members common to both: `Intersection` by another name.
    #[classmethod]
    #[light]
    fn Intersect<'py>(
        cls: &Bound<'py, PyType>,
        group1: &Bound<'py, Self>,
        group2: &Bound<'py, Self>,
    ) -> PyResult<Bound<'py, Self>> {
        combine(cls, group1.get(), group2.get(), mpi_api::MPI_Group_intersection)
    }

    /// Create a group of the members of `group1` that are not in `group2`.
    #[classmethod]
    #[light]
    fn Difference<'py>(
        cls: &Bound<'py, PyType>,
        group1: &Bound<'py, Self>,
        group2: &Bound<'py, Self>,
    ) -> PyResult<Bound<'py, Self>> {
        combine(cls, group1.get(), group2.get(), mpi_api::MPI_Group_difference)
    }

    /// Create a group of the members with these ranks, in the order given.
    #[light]
    fn Incl<'py>(slf: &Bound<'py, Self>, ranks: Integers<c_int>) -> PyResult<Bound<'py, Self>> {
        select(slf, &ranks, mpi_api::MPI_Group_incl)
    }

    /// Create a group of all members but those with these ranks.
    #[light]
    fn Excl<'py>(slf: &Bound<'py, Self>, ranks: Integers<c_int>) -> PyResult<Bound<'py, Self>> {
        select(slf, &ranks, mpi_api::MPI_Group_excl)
    }

    /// Create a group of the members in ranges of ranks, each `(first, last, stride)` with `last` in it.
    #[light]
    fn Range_incl<'py>(slf: &Bound<'py, Self>, ranks: Ranges) -> PyResult<Bound<'py, Self>> {
        select(slf, &ranks.0, range_incl)
    }

    /// Create a group of all members but those in ranges of ranks, each `(first, last, stride)`.
    #[light]
    fn Range_excl<'py>(slf: &Bound<'py, Self>, ranks: Ranges) -> PyResult<Bound<'py, Self>> {
        select(slf, &ranks.0, range_excl)
    }

    /// Create the group of the processes in the process set `pset_name` of a session (MPI 5.0, section 7.3.2).
    #[classmethod]
    #[light]
    fn Create_from_session_pset<'py>(
        cls: &Bound<'py, PyType>,
        session: &Bound<'py, Session>,
        pset_name: Text,
    ) -> PyResult<Bound<'py, Self>> {
        let mut new = Self::null();
        mpi!(MPI_Group_from_session_pset(session.get().raw(), pset_name.as_ptr(), &raw mut new))?;
        Self::wrap_as(cls, new)
    }

    /// Free the group; its object becomes `GROUP_NULL`, unless it is predefined.
    #[light]
    fn Free(&self) -> PyResult<()> {
        // A library may hand out GROUP_EMPTY where a result has no member, and some take it badly when that is freed.
        self.0.consume(|group| {
            // SAFETY: `group` is the address of a handle.
            let freed = unsafe { *group } == mpi_api::MPI_GROUP_EMPTY();
            if freed {
                // SAFETY: as above.
                unsafe { *group = Self::null() };
                return Ok(());
            }
            mpi!(MPI_Group_free(group))
        })
    }

    /// Call `Free`, unless the group is null or predefined.
    #[light]
    fn free(&self) -> PyResult<()> {
        let raw = self.raw();
        if raw == Self::null() || raw == mpi_api::MPI_GROUP_EMPTY() {
            self.forget();
            Ok(())
        } else {
            self.Free()
        }
    }
}

/// `MPI_Group_range_incl`; it promises not to write the ranges, though its type does not say so.
unsafe fn range_incl(group: MPI_Group, n: c_int, ranges: *const [c_int; 3], new: *mut MPI_Group) -> c_int {
    // SAFETY: as of the caller.
    unsafe { mpi_api::MPI_Group_range_incl(group, n, ranges.cast_mut(), new) }
}

/// `MPI_Group_range_excl`, likewise.
unsafe fn range_excl(group: MPI_Group, n: c_int, ranges: *const [c_int; 3], new: *mut MPI_Group) -> c_int {
    // SAFETY: as of the caller.
    unsafe { mpi_api::MPI_Group_range_excl(group, n, ranges.cast_mut(), new) }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Group>()?;
    module.add("GROUP_NULL", Group(Handle::new(Group::null(), READY | CONST)))?;
    module.add("GROUP_EMPTY", Group(Handle::new(mpi_api::MPI_GROUP_EMPTY(), READY | CONST)))
}
