//! Derived datatypes (MPI 5.0, section 5.1).

use core::ffi::c_int;

use mpi_api::types::{MPI_Count, MPI_Datatype};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyType};

use super::{Datatype, predefined};
use crate::call::mpi;
use crate::handle::HandleClass;
use crate::kin::Kin;
use crate::message::Integers;
use crate::method::methods;

/// What `make` derives from `datatype`, as an object of the same class.
fn derive<'py>(
    datatype: &Bound<'py, Datatype>,
    make: impl FnOnce(MPI_Datatype, *mut MPI_Datatype) -> PyResult<()>,
) -> PyResult<Bound<'py, Datatype>> {
    let mut new = Datatype::null();
    make(datatype.get().raw(), &raw mut new)?;
    Datatype::wrap_like(datatype, new)
}

/// What `make` makes, as an object of `class`.
fn create<'py>(
    class: &Bound<'py, PyType>,
    make: impl FnOnce(*mut MPI_Datatype) -> PyResult<()>,
) -> PyResult<Bound<'py, Datatype>> {
    let mut new = Datatype::null();
    make(&raw mut new)?;
    Datatype::wrap_as(class, new)
}

/// The number of dimensions that lists describe: some libraries take none for one.
fn dimensions<const N: usize>(lists: [(&str, usize); N]) -> PyResult<c_int> {
    match common_length(lists)? {
        0 => Err(PyValueError::new_err("an array has at least one dimension")),
        dimensions => Ok(dimensions),
    }
}

/// The common length of lists that belong together.
fn common_length<const N: usize, I: TryFrom<usize>>(lists: [(&str, usize); N]) -> PyResult<I>
where
    PyErr: From<I::Error>,
{
    let (first, expected) = lists[0];
    match lists.iter().find(|(_, length)| *length != expected) {
        Some((name, length)) => {
            Err(PyValueError::new_err(format!("{first} has {expected} items, {name} has {length}")))
        }
        None => Ok(I::try_from(expected)?),
    }
}

/// The datatypes of a structure: a sequence of datatype objects, which the caller holds.
struct Members(Vec<MPI_Datatype>);

impl<'py> FromPyObject<'_, 'py> for Members {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let member = |item: Bound<'_, PyAny>| Ok(item.cast::<Datatype>()?.get().raw());
        if let Ok(list) = object.cast::<PyList>() {
            list.iter().map(member).collect::<PyResult<_>>().map(Self)
        } else {
            object.try_iter()?.map(|item| member(item?)).collect::<PyResult<_>>().map(Self)
        }
    }
}

#[methods]
impl Datatype {
    /// Duplicate the datatype.
    #[light]
    fn Dup<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        // Attributes are copied by functions of Python.
        derive(slf, |old, new| mpi!(@local slf.py(), MPI_Type_dup(old, new)))
    }

    /// Duplicate the datatype: `Dup` by another name.
    #[light]
    fn Create_dup<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        Self::Dup(slf)
    }

    /// Create a contiguous datatype: `count` elements one after the other.
    #[light]
    fn Create_contiguous<'py>(slf: &Bound<'py, Self>, count: MPI_Count) -> PyResult<Bound<'py, Self>> {
        derive(slf, |old, new| mpi!(MPI_Type_contiguous_c(count, old, new)))
    }

    /// Create a vector (strided) datatype: `count` blocks of `blocklength` elements.
    ///
    /// `stride` is the distance from block to block, in extents of this datatype.
    #[light]
    fn Create_vector<'py>(
        slf: &Bound<'py, Self>,
        count: MPI_Count,
        blocklength: MPI_Count,
        stride: MPI_Count,
    ) -> PyResult<Bound<'py, Self>> {
        derive(slf, |old, new| mpi!(MPI_Type_vector_c(count, blocklength, stride, old, new)))
    }

    /// Create a vector (strided) datatype, with `stride` in bytes.
    #[light]
    fn Create_hvector<'py>(
        slf: &Bound<'py, Self>,
        count: MPI_Count,
        blocklength: MPI_Count,
        stride: MPI_Count,
    ) -> PyResult<Bound<'py, Self>> {
        derive(slf, |old, new| mpi!(MPI_Type_create_hvector_c(count, blocklength, stride, old, new)))
    }

    /// Create an indexed datatype: blocks of their own lengths at their own places.
    ///
    /// `displacements` are in extents of this datatype.
    #[light]
    fn Create_indexed<'py>(
        slf: &Bound<'py, Self>,
        blocklengths: Integers<MPI_Count>,
        displacements: Integers<MPI_Count>,
    ) -> PyResult<Bound<'py, Self>> {
        let count =
            common_length([("blocklengths", blocklengths.len()), ("displacements", displacements.len())])?;
        let (lengths, places) = (blocklengths.as_ptr(), displacements.as_ptr());
        derive(slf, |old, new| mpi!(MPI_Type_indexed_c(count, lengths, places, old, new)))
    }

    /// Create an indexed datatype, with `displacements` in bytes.
    #[light]
    fn Create_hindexed<'py>(
        slf: &Bound<'py, Self>,
        blocklengths: Integers<MPI_Count>,
        displacements: Integers<MPI_Count>,
    ) -> PyResult<Bound<'py, Self>> {
        let count =
            common_length([("blocklengths", blocklengths.len()), ("displacements", displacements.len())])?;
        let (lengths, places) = (blocklengths.as_ptr(), displacements.as_ptr());
        derive(slf, |old, new| mpi!(MPI_Type_create_hindexed_c(count, lengths, places, old, new)))
    }

    /// Create an indexed datatype with blocks of one length; `displacements` are in extents of this datatype.
    #[light]
    fn Create_indexed_block<'py>(
        slf: &Bound<'py, Self>,
        blocklength: MPI_Count,
        displacements: Integers<MPI_Count>,
    ) -> PyResult<Bound<'py, Self>> {
        let count = MPI_Count::try_from(displacements.len())?;
        let places = displacements.as_ptr();
        derive(slf, |old, new| mpi!(MPI_Type_create_indexed_block_c(count, blocklength, places, old, new)))
    }

    /// Create an indexed datatype with blocks of one length, and `displacements` in bytes.
    #[light]
    fn Create_hindexed_block<'py>(
        slf: &Bound<'py, Self>,
        blocklength: MPI_Count,
        displacements: Integers<MPI_Count>,
    ) -> PyResult<Bound<'py, Self>> {
        let count = MPI_Count::try_from(displacements.len())?;
        let places = displacements.as_ptr();
        derive(slf, |old, new| mpi!(MPI_Type_create_hindexed_block_c(count, blocklength, places, old, new)))
    }

    /// Create a general composite (struct) datatype: blocks of their own lengths, places and datatypes.
    ///
    /// `displacements` are in bytes.
    #[classmethod]
    #[light]
    fn Create_struct<'py>(
        cls: &Bound<'py, PyType>,
        blocklengths: Integers<MPI_Count>,
        displacements: Integers<MPI_Count>,
        datatypes: Members,
    ) -> PyResult<Bound<'py, Self>> {
        let count = common_length([
            ("blocklengths", blocklengths.len()),
            ("displacements", displacements.len()),
            ("datatypes", datatypes.0.len()),
        ])?;
        let (lengths, places) = (blocklengths.as_ptr(), displacements.as_ptr());
        create(cls, |new| mpi!(MPI_Type_create_struct_c(count, lengths, places, datatypes.0.as_ptr(), new)))
    }

    /// Create a datatype for a subarray of a multidimensional array.
    ///
    /// `sizes` is the shape of the array, `subsizes` that of the part, `starts` where it begins. With `ORDER_C`
    /// the last dimension is contiguous, with `ORDER_FORTRAN` the first.
    #[pyo3(
        signature = (sizes, subsizes, starts, order=mpi_api::MPI_ORDER_C),
        text_signature = "($self, sizes, subsizes, starts, order=mpi4py.MPI.ORDER_C)"
    )]
    #[light]
    fn Create_subarray<'py>(
        slf: &Bound<'py, Self>,
        sizes: Integers<MPI_Count>,
        subsizes: Integers<MPI_Count>,
        starts: Integers<MPI_Count>,
        order: c_int,
    ) -> PyResult<Bound<'py, Self>> {
        let dimensions =
            dimensions([("sizes", sizes.len()), ("subsizes", subsizes.len()), ("starts", starts.len())])?;
        let (sizes, subsizes, starts) = (sizes.as_ptr(), subsizes.as_ptr(), starts.as_ptr());
        derive(slf, |old, new| {
            mpi!(MPI_Type_create_subarray_c(dimensions, sizes, subsizes, starts, order, old, new))
        })
    }

    /// Create a datatype for a distributed array on Cartesian process grids: the part that process `rank` of
    /// `size` has.
    ///
    /// For each dimension: the array's size, one of `DISTRIBUTE_BLOCK`, `DISTRIBUTE_CYCLIC`, `DISTRIBUTE_NONE`,
    /// its argument or `DISTRIBUTE_DFLT_DARG`, and the size of the grid.
    #[pyo3(
        signature = (size, rank, gsizes, distribs, dargs, psizes, order=mpi_api::MPI_ORDER_C),
        text_signature = "($self, size, rank, gsizes, distribs, dargs, psizes, order=mpi4py.MPI.ORDER_C)"
    )]
    #[light]
    fn Create_darray<'py>(
        slf: &Bound<'py, Self>,
        size: c_int,
        rank: c_int,
        gsizes: Integers<MPI_Count>,
        distribs: Integers<c_int>,
        dargs: Integers<c_int>,
        psizes: Integers<c_int>,
        order: c_int,
    ) -> PyResult<Bound<'py, Self>> {
        let dimensions = dimensions([
            ("gsizes", gsizes.len()),
            ("distribs", distribs.len()),
            ("dargs", dargs.len()),
            ("psizes", psizes.len()),
        ])?;
        let sizes = gsizes.as_ptr();
        let (distributions, arguments, grid) = (distribs.as_ptr(), dargs.as_ptr(), psizes.as_ptr());
        derive(slf, |old, new| {
            mpi!(MPI_Type_create_darray_c(
                size,
                rank,
                dimensions,
                sizes,
                distributions,
                arguments,
                grid,
                order,
                old,
                new
            ))
        })
    }

    /// Create a datatype with a new lower bound and extent, in bytes (MPI 5.0, section 5.1.7).
    #[light]
    fn Create_resized<'py>(
        slf: &Bound<'py, Self>,
        lb: MPI_Count,
        extent: MPI_Count,
    ) -> PyResult<Bound<'py, Self>> {
        derive(slf, |old, new| mpi!(MPI_Type_create_resized_c(old, lb, extent, new)))
    }

    /// Create a datatype with a new lower bound and extent: `Create_resized` by another name.
    #[light]
    fn Resized<'py>(slf: &Bound<'py, Self>, lb: MPI_Count, extent: MPI_Count) -> PyResult<Bound<'py, Self>> {
        Self::Create_resized(slf, lb, extent)
    }

    /// Return a predefined pair datatype: of a value and an index (MPI 5.0, section 6.9.4).
    ///
    /// `DATATYPE_NULL` when there is none.
    #[classmethod]
    #[light]
    fn Get_value_index<'py>(
        cls: &Bound<'py, PyType>,
        value: &Bound<'py, Self>,
        index: &Bound<'py, Self>,
    ) -> PyResult<Bound<'py, Self>> {
        let (value, index) = (value.get().raw(), index.get().raw());
        create(cls, |new| mpi!(MPI_Type_get_value_index(value, index, new)))
    }

    /// Return the Fortran integer datatype of at least `r` decimal digits (MPI 5.0, section 19.1.9).
    #[classmethod]
    #[light]
    fn Create_f90_integer<'py>(cls: &Bound<'py, PyType>, r: c_int) -> PyResult<Bound<'py, Self>> {
        create(cls, |new| mpi!(MPI_Type_create_f90_integer(r, new)))
    }

    /// Return the Fortran real datatype of `p` digits and a decimal exponent of `r`; either may be `UNDEFINED`.
    #[classmethod]
    #[light]
    fn Create_f90_real<'py>(cls: &Bound<'py, PyType>, p: c_int, r: c_int) -> PyResult<Bound<'py, Self>> {
        create(cls, |new| mpi!(MPI_Type_create_f90_real(p, r, new)))
    }

    /// Return the Fortran complex datatype of `p` digits and a decimal exponent of `r`; either may be `UNDEFINED`.
    #[classmethod]
    #[light]
    fn Create_f90_complex<'py>(cls: &Bound<'py, PyType>, p: c_int, r: c_int) -> PyResult<Bound<'py, Self>> {
        create(cls, |new| mpi!(MPI_Type_create_f90_complex(p, r, new)))
    }

    /// Find a predefined datatype of a class, as `TYPECLASS_REAL`, and a size in bytes.
    #[classmethod]
    #[light]
    fn Match_size<'py>(
        cls: &Bound<'py, PyType>,
        typeclass: c_int,
        size: c_int,
    ) -> PyResult<Bound<'py, Self>> {
        if typeclass == mpi_api::MPIX_TYPECLASS_LOGICAL && typeclass != mpi_api::MPI_UNDEFINED {
            // Libraries with this class in their header have no way to ask for it.
            let known = predefined::PREDEFINED.iter().filter(|row| row.name.starts_with("LOGICAL"));
            for row in known.filter(|row| row.raw() != Self::null()) {
                if row.name["LOGICAL".len()..].parse() == Ok(size) {
                    return Self::wrap_as(cls, row.raw());
                }
            }
        }
        create(cls, |new| mpi!(MPI_Type_match_size(typeclass, size, new)))
    }
}
