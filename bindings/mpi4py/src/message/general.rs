//! One buffer, and a count, a displacement in bytes and a datatype for each process: `Alltoallw`.

use core::ffi::c_void;

use mpi_api::types::{MPI_Aint, MPI_Count, MPI_Datatype};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::counts::{expect, integers};
use super::memory::Owner;
use super::spec::{Items, items, pair_of, wrong_length};
use super::{Access, Describe, Memory};
use crate::datatype::Datatype;
use crate::handle::HandleClass;
use crate::owned::Owned;

/// A message of one block of its own datatype for each process, and what keeps it valid.
///
/// `[data, counts, displs, datatypes]`, `[data, (counts, displs), datatypes]`, or `[data, datatypes]` for one element
/// each at the start of the memory.
pub(crate) struct General {
    pub address: *mut c_void,
    counts: Vec<MPI_Count>,
    displs: Vec<MPI_Aint>,
    datatypes: Vec<MPI_Datatype>,
    _owner: Owner,
    _datatypes: Vec<Owned>,
}

impl General {
    /// The counts, one for each process; null when MPI ignores them.
    pub fn counts(&self) -> *const MPI_Count {
        if self.counts.is_empty() { core::ptr::null() } else { self.counts.as_ptr() }
    }

    /// The displacements in bytes, likewise.
    pub fn displs(&self) -> *const MPI_Aint {
        if self.displs.is_empty() { core::ptr::null() } else { self.displs.as_ptr() }
    }

    /// The datatypes, likewise.
    pub fn datatypes(&self) -> *const MPI_Datatype {
        if self.datatypes.is_empty() { core::ptr::null() } else { self.datatypes.as_ptr() }
    }
}

impl Describe for General {
    fn empty() -> Self {
        Self {
            address: core::ptr::null_mut(),
            counts: Vec::new(),
            displs: Vec::new(),
            datatypes: Vec::new(),
            _owner: Owner::Nobody,
            _datatypes: Vec::new(),
        }
    }

    fn in_place() -> Self {
        Self { address: mpi_api::MPI_IN_PLACE(), ..Self::empty() }
    }

    fn parse(spec: &Bound<'_, PyAny>, access: Access, blocks: isize) -> PyResult<Self> {
        let (data, numbers, datatypes) = match items(spec).unwrap_or_else(|| items_of_sequence(spec))? {
            (2, [Some(data), Some(datatypes), ..]) => (data, None, datatypes),
            (3, [Some(data), Some(pair), Some(datatypes), _]) => (data, Some(pair_of(&pair)?), datatypes),
            (4, [Some(data), Some(counts), Some(displs), Some(datatypes)]) => {
                (data, Some((counts, displs)), datatypes)
            }
            (length, _) => return Err(wrong_length(length)),
        };
        let memory = Memory::of_item(&data, access, true)?;
        let blocks = blocks as usize;
        let (counts, displs) =
            match numbers.filter(|(counts, displs)| !(counts.is_none() && displs.is_none())) {
                Some((counts, displs)) if counts.is_none() || displs.is_none() => {
                    return Err(PyValueError::new_err(
                        "message: counts and displacements are given both, or neither",
                    ));
                }
                Some((counts, displs)) => (integers(&counts, blocks)?, integers(&displs, blocks)?),
                None if memory.address.is_null() => {
                    return Err(PyValueError::new_err(
                        "message: without a buffer, counts and displacements are required",
                    ));
                }
                None => (vec![1; blocks], vec![0; blocks]),
            };
        let (datatypes, keep) = objects(&datatypes, blocks)?;
        Ok(Self {
            address: memory.address,
            counts,
            displs,
            datatypes,
            _owner: memory.owner,
            _datatypes: keep,
        })
    }
}

/// The items of a specification that is neither a list nor a tuple.
fn items_of_sequence<'py>(spec: &Bound<'py, PyAny>) -> PyResult<Items<'py>> {
    let length = spec.len()?;
    let mut items = [const { None }; 4];
    for (index, slot) in items.iter_mut().enumerate().take(length) {
        *slot = Some(spec.get_item(index)?);
    }
    Ok((length, items))
}

/// The datatypes, one for each process, in any sequence: their handles, and what keeps these valid.
fn objects(datatypes: &Bound<'_, PyAny>, length: usize) -> PyResult<(Vec<MPI_Datatype>, Vec<Owned>)> {
    let datatype = |item: Bound<'_, PyAny>| {
        let datatype = item.cast::<Datatype>()?;
        Ok((datatype.get().raw(), Owned::of(datatype)))
    };
    if let Ok(list) = datatypes.cast::<PyList>() {
        expect(length, list.len())?;
        return list.iter().map(datatype).collect();
    }
    expect(length, datatypes.len()?)?;
    (0..length).map(|index| datatype(datatypes.get_item(index)?)).collect()
}
