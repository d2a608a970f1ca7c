//! One buffer and datatype, a count and a displacement for each process: the `v` collectives.

use core::ffi::c_void;

use mpi_api::types::{MPI_Aint, MPI_Count, MPI_Datatype};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::counts::{Numbers, numbers};
use super::memory::Owner;
use super::simple::{elements, extent};
use super::spec::{Spec, items};
use super::typecode::unknown;
use super::{Access, Describe, Memory};
use crate::owned::Owned;
use crate::sentinel;

/// A message of one block for each process, and what keeps it valid.
///
/// Counts left out divide the memory evenly, the first processes taking one element more where that leaves a rest;
/// displacements left out pack the blocks; an integer stands for the same count, or for a stride, of all.
pub(crate) struct Vector {
    pub address: *mut c_void,
    pub datatype: MPI_Datatype,
    counts: Vec<MPI_Count>,
    displs: Vec<MPI_Aint>,
    _owner: Owner,
    _datatype: Option<Owned>,
}

impl Vector {
    /// The counts, one for each process; null when MPI ignores them.
    #[inline]
    pub fn counts(&self) -> *const MPI_Count {
        if self.counts.is_empty() { core::ptr::null() } else { self.counts.as_ptr() }
    }

    /// The displacements, likewise.
    #[inline]
    pub fn displs(&self) -> *const MPI_Aint {
        if self.displs.is_empty() { core::ptr::null() } else { self.displs.as_ptr() }
    }

    fn of(spec: &Spec<'_>, access: Access, blocks: isize) -> PyResult<Self> {
        let blocks = blocks as usize;
        let memory = Memory::of_item(&spec.data, access, spec.datatype.is_some())?;
        let (datatype, known_extent, keep) = spec.datatype(&memory)?;
        let counts = match &spec.count {
            Some(counts) => match numbers(counts, blocks)? {
                Numbers::Same(count) => vec![count; blocks],
                Numbers::Each(counts) => counts,
            },
            None if memory.bytes == 0 => vec![0; blocks],
            None => {
                let (extent, lower) = if known_extent == 0 { extent(datatype)? } else { (known_extent, 0) };
                even(elements(memory.bytes, extent, lower)?, blocks)
            }
        };
        let displs = match &spec.displ {
            Some(displs) => match numbers::<MPI_Aint>(displs, blocks)? {
                Numbers::Same(stride) => {
                    (0..blocks).map(|block| stride.wrapping_mul(block as MPI_Aint)).collect()
                }
                Numbers::Each(displs) => displs,
            },
            None => packed(&counts),
        };
        Ok(Self { address: memory.address, datatype, counts, displs, _owner: memory.owner, _datatype: keep })
    }
}

impl Describe for Vector {
    fn empty() -> Self {
        Self {
            address: core::ptr::null_mut(),
            datatype: mpi_api::MPI_BYTE(),
            counts: Vec::new(),
            displs: Vec::new(),
            _owner: Owner::Nobody,
            _datatype: None,
        }
    }

    fn in_place() -> Self {
        Self { address: mpi_api::MPI_IN_PLACE(), ..Self::empty() }
    }

    fn parse(spec: &Bound<'_, PyAny>, access: Access, blocks: isize) -> PyResult<Self> {
        // A list is a list of counts here, so that only a tuple is a pair.
        let is_pair = |item: &Bound<'_, PyAny>| item.is_instance_of::<PyTuple>();
        if let Some(items) = items(spec) {
            return Self::of(&Spec::of(items?, is_pair)?, access, blocks);
        }
        if sentinel::is_in_place(spec) {
            let none = vec![0; blocks as usize];
            return Ok(Self { counts: none.clone(), displs: packed(&none), ..Self::in_place() });
        }
        if sentinel::is_bottom(spec) {
            return Err(unknown("None"));
        }
        // Checked here, for the error that says so.
        let memory = Memory::described(spec, access)?;
        let (datatype, known_extent) = memory.element()?.datatype()?;
        let (extent, lower) = if known_extent == 0 { extent(datatype)? } else { (known_extent, 0) };
        let counts = even(elements(memory.bytes, extent, lower)?, blocks as usize);
        let displs = packed(&counts);
        Ok(Self { address: memory.address, datatype, counts, displs, _owner: memory.owner, _datatype: None })
    }
}

/// Divides as evenly as possible.
fn even(elements: MPI_Count, blocks: usize) -> Vec<MPI_Count> {
    let divisor = (blocks as MPI_Count).max(1);
    let (each, rest) = (elements / divisor, elements % divisor);
    (0..blocks as MPI_Count).map(|block| each + MPI_Count::from(block < rest)).collect()
}

/// One block after the other.
fn packed(counts: &[MPI_Count]) -> Vec<MPI_Aint> {
    let next = |end: &mut MPI_Aint, count: &MPI_Count| {
        let start = *end;
        *end = end.wrapping_add(*count as MPI_Aint);
        Some(start)
    };
    counts.iter().scan(0, next).collect()
}
