//! One buffer, one count, one datatype: point-to-point and the regular collectives.

use core::ffi::c_void;

use mpi_api::types::{MPI_Count, MPI_Datatype};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use super::memory::Owner;
use super::spec::{Spec, items};
use super::typecode::unknown;
use super::{Access, Describe, Memory};
use crate::call::mpi;
use crate::datatype::Datatype;
use crate::handle::HandleClass;
use crate::owned::Owned;
use crate::sentinel;

/// A message as MPI takes it, and what keeps it valid.
pub(crate) struct Message {
    pub address: *mut c_void,
    pub count: MPI_Count,
    pub datatype: MPI_Datatype,
    _owner: Owner,
    _datatype: Option<Owned>,
}

impl Message {
    /// An address with a meaning of its own, as `MPI_IN_PLACE`.
    pub fn bare(address: *mut c_void) -> Self {
        Self { address, count: 0, datatype: mpi_api::MPI_BYTE(), _owner: Owner::Mpi, _datatype: None }
    }

    /// No memory, no elements: what goes to `MPI_PROC_NULL`, and what MPI ignores.
    pub fn empty() -> Self {
        let address = core::ptr::null_mut();
        Self { address, count: 0, datatype: mpi_api::MPI_BYTE(), _owner: Owner::Nobody, _datatype: None }
    }

    /// `MPI_IN_PLACE`.
    pub fn in_place() -> Self {
        Self::bare(mpi_api::MPI_IN_PLACE())
    }

    /// The message to `rank` that `spec` describes; anything goes when `rank` is `MPI_PROC_NULL`.
    #[inline]
    pub fn to(spec: &Bound<'_, PyAny>, rank: i32) -> PyResult<Self> {
        if rank == mpi_api::MPI_PROC_NULL { Ok(Self::empty()) } else { Self::parse(spec, Access::Read, 1) }
    }

    /// The memory for a message from `rank`, likewise.
    #[inline]
    pub fn from(spec: &Bound<'_, PyAny>, rank: i32) -> PyResult<Self> {
        if rank == mpi_api::MPI_PROC_NULL { Ok(Self::empty()) } else { Self::parse(spec, Access::Write, 1) }
    }

    /// Reads `spec`; `blocks` is how many messages of `count` elements the memory holds (the processes, for the
    /// receive side of a gather). A count that is given is that of one block.
    #[inline]
    pub fn parse(spec: &Bound<'_, PyAny>, access: Access, blocks: isize) -> PyResult<Self> {
        if let Some(items) = items(spec) {
            return Self::of_items(&Spec::of(items?, is_pair)?, access, blocks);
        }
        if sentinel::is_in_place(spec) {
            return Ok(Self::in_place());
        }
        if sentinel::is_bottom(spec) {
            return Err(unknown("None"));
        }
        let memory = Memory::described(spec, access)?;
        let (datatype, extent) = memory.element()?.datatype()?;
        Self::new(memory, datatype, extent, None, 0, blocks)
    }

    fn of_items(spec: &Spec<'_>, access: Access, blocks: isize) -> PyResult<Self> {
        let memory = Memory::of_item(&spec.data, access, spec.datatype.is_some())?;
        let (datatype, extent, keep) = spec.datatype(&memory)?;
        let count = spec.count.as_ref().map(PyAnyMethods::extract::<MPI_Count>).transpose()?;
        let displ = spec.displ.as_ref().map_or(Ok(0), PyAnyMethods::extract::<isize>)?;
        Ok(Self { _datatype: keep, ..Self::new(memory, datatype, extent, count, displ, blocks)? })
    }

    /// Fills in what the specification leaves open: the count from the length of the memory.
    #[inline(always)]
    fn new(
        memory: Memory,
        datatype: MPI_Datatype,
        known_extent: MPI_Count,
        count: Option<MPI_Count>,
        displ: isize,
        blocks: isize,
    ) -> PyResult<Self> {
        let mut address = memory.address;
        let count = match count {
            Some(count) if count < 0 => return Err(invalid(format_args!("the count {count} is negative"))),
            Some(count) if count > 0 && memory.is_none() => {
                return Err(invalid(format_args!("the buffer is None but the count is {count}")));
            }
            Some(count) if displ == 0 => count,
            None if displ == 0 && memory.bytes == 0 => 0,
            None if displ == 0 && known_extent != 0 => {
                per_block(elements(memory.bytes, known_extent, 0)?, blocks)?
            }
            given => {
                let (extent, lower) = extent(datatype)?;
                let left = elements(memory.bytes, extent, lower)? - displ as MPI_Count;
                if displ < 0 {
                    return Err(invalid(format_args!("the displacement {displ} is negative")));
                }
                if left < 0 {
                    return Err(invalid(format_args!(
                        "the displacement is {displ}, but the buffer has {} elements",
                        left + displ as MPI_Count
                    )));
                }
                address = address.wrapping_byte_offset(displ * extent as isize);
                match given {
                    Some(count) => count,
                    None => per_block(left, blocks)?,
                }
            }
        };
        Ok(Self { address, count, datatype, _owner: memory.owner, _datatype: None })
    }
}

impl Describe for Message {
    fn empty() -> Self {
        Self::empty()
    }

    fn in_place() -> Self {
        Self::in_place()
    }

    #[inline]
    fn parse(spec: &Bound<'_, PyAny>, access: Access, blocks: isize) -> PyResult<Self> {
        Self::parse(spec, access, blocks)
    }
}

/// Whether an item is (count, displacement).
fn is_pair(item: &Bound<'_, PyAny>) -> bool {
    item.is_instance_of::<PyTuple>() || item.is_instance_of::<PyList>()
}

#[cold]
fn invalid(what: core::fmt::Arguments<'_>) -> PyErr {
    PyValueError::new_err(format!("message: {what}"))
}

/// The extent and lower bound of a datatype in bytes.
#[inline]
pub(crate) fn extent(datatype: MPI_Datatype) -> PyResult<(MPI_Count, MPI_Count)> {
    if datatype == Datatype::null() {
        return Err(invalid(format_args!("cannot infer the count, the datatype is null")));
    }
    let (mut lower, mut extent) = (0, 0);
    mpi!(MPI_Type_get_extent_c(datatype, &raw mut lower, &raw mut extent))?;
    Ok((extent, lower))
}

/// How many elements of `extent` bytes make up `bytes`.
#[inline(always)]
pub(super) fn elements(bytes: isize, extent: MPI_Count, lower: MPI_Count) -> PyResult<MPI_Count> {
    if extent <= 0 {
        return Err(invalid(format_args!(
            "cannot infer the count, the datatype's extent is {extent} (lower bound {lower})"
        )));
    }
    let bytes = bytes as MPI_Count;
    if bytes % extent != 0 {
        return Err(invalid(format_args!(
            "cannot infer the count, the buffer's {bytes} bytes are no multiple of the datatype's extent {extent}"
        )));
    }
    Ok(bytes / extent)
}

/// The elements of each of `blocks` equal blocks.
#[inline(always)]
fn per_block(elements: MPI_Count, blocks: isize) -> PyResult<MPI_Count> {
    if blocks <= 1 {
        return Ok(elements);
    }
    let blocks = blocks as MPI_Count;
    if elements % blocks != 0 {
        return Err(invalid(format_args!(
            "cannot infer the count, {elements} elements do not divide into {blocks} blocks"
        )));
    }
    Ok(elements / blocks)
}
