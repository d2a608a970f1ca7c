//! One buffer, one count, one datatype: point-to-point and the regular collectives.

use core::ffi::c_void;

use mpi_api::types::{MPI_Count, MPI_Datatype};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};

use super::{Access, Memory, typecode};
use crate::call::mpi;
use crate::datatype::Datatype;
use crate::handle::HandleClass;
use crate::sentinel;

/// A message as MPI takes it, and what keeps it valid.
pub(crate) struct Message {
    pub address: *mut c_void,
    pub count: MPI_Count,
    pub datatype: MPI_Datatype,
    _memory: Memory,
    _datatype: Option<Py<Datatype>>,
}

impl Message {
    /// No memory, no elements: what goes to `MPI_PROC_NULL`, and what a rank that is not the root passes.
    pub fn empty() -> Self {
        Self::bare(core::ptr::null_mut())
    }

    /// An address with a meaning of its own, as `MPI_IN_PLACE`.
    pub fn bare(address: *mut c_void) -> Self {
        Self {
            address,
            count: 0,
            datatype: mpi_api::MPI_BYTE(),
            _memory: Memory::bare(address),
            _datatype: None,
        }
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
        if let Ok(list) = spec.cast_exact::<PyList>() {
            let mut items: [Option<Bound<'_, PyAny>>; 4] = [const { None }; 4];
            let length = list.len();
            for (slot, item) in items.iter_mut().zip(list.iter()) {
                *slot = Some(item);
            }
            return Self::parse_items(length, items, access, blocks);
        }
        if let Ok(tuple) = spec.cast::<PyTuple>() {
            return Self::parse_sequence(tuple.as_any(), access, blocks);
        }
        if let Ok(list) = spec.cast::<PyList>() {
            return Self::parse_sequence(list.as_any(), access, blocks);
        }
        let memory = Memory::borrow(spec, access)?;
        let datatype = memory.element()?;
        Self::whole(memory, datatype, None, 0, blocks)
    }

    fn parse_sequence(spec: &Bound<'_, PyAny>, access: Access, blocks: isize) -> PyResult<Self> {
        let mut items: [Option<Bound<'_, PyAny>>; 4] = [const { None }; 4];
        let length = spec.len()?;
        for (index, slot) in items.iter_mut().enumerate().take(length) {
            *slot = Some(spec.get_item(index)?);
        }
        Self::parse_items(length, items, access, blocks)
    }

    #[inline]
    fn parse_items(
        length: usize,
        items: [Option<Bound<'_, PyAny>>; 4],
        access: Access,
        blocks: isize,
    ) -> PyResult<Self> {
        let [data, second, third, fourth] = items;
        let (count, displacement, datatype) = match length {
            2 => match second {
                Some(second) if Datatype::is(&second) || second.is_instance_of::<PyString>() => {
                    (None, None, Some(second))
                }
                second => (second.filter(not_none), None, None),
            },
            3 => (second.filter(not_none), None, third.filter(not_none)),
            4 => (second.filter(not_none), third.filter(not_none), fourth.filter(not_none)),
            _ => {
                return Err(PyValueError::new_err(
                    "message: a list or tuple has 2 to 4 items: data, count, displ, datatype",
                ));
            }
        };
        let data = data.unwrap_or_else(|| unreachable!("a message of 2 to 4 items has a first one"));
        let memory = address_of(&data, access)?;
        // (count, displ) may stand in the place of the count.
        let (count, displacement) = match count {
            Some(count)
                if displacement.is_none()
                    && (count.is_instance_of::<PyTuple>() || count.is_instance_of::<PyList>()) =>
            {
                let (count, displacement) = count.extract::<(Option<MPI_Count>, Option<isize>)>()?;
                (count, displacement.unwrap_or(0))
            }
            Some(count) => {
                (Some(count.extract::<MPI_Count>()?), displacement.map_or(Ok(0), |displ| displ.extract())?)
            }
            None => (None, displacement.map_or(Ok(0), |displ| displ.extract())?),
        };
        match datatype {
            None => {
                let element = memory.element()?;
                Self::whole(memory, element, count, displacement, blocks)
            }
            Some(datatype) => match Datatype::cast(&datatype) {
                Some(datatype) => {
                    let raw = datatype.get().raw();
                    let mut message = Self::whole(memory, raw, count, displacement, blocks)?;
                    message._datatype = Some(datatype.clone().unbind());
                    Ok(message)
                }
                None => {
                    let code = datatype.cast::<PyString>().map_err(|_| {
                        PyTypeError::new_err("message: the datatype is an MPI.Datatype or a typecode string")
                    })?;
                    let raw = typecode::from_code(code.to_cow()?.as_ref())?;
                    Self::whole(memory, raw, count, displacement, blocks)
                }
            },
        }
    }

    /// Fills in what the specification leaves open: the count from the length of the memory.
    #[inline]
    fn whole(
        memory: Memory,
        datatype: MPI_Datatype,
        count: Option<MPI_Count>,
        displacement: isize,
        blocks: isize,
    ) -> PyResult<Self> {
        let address = memory.address;
        if let (Some(count), 0) = (count, displacement) {
            if count < 0 {
                return Err(PyValueError::new_err(format!("message: negative count {count}")));
            }
            if count > 0 && address.is_null() && !memory.is_lent() && address != mpi_api::MPI_BOTTOM() {
                return Err(PyValueError::new_err(format!(
                    "message: the buffer is None but the count is {count}"
                )));
            }
            return Ok(Self { address, count, datatype, _memory: memory, _datatype: None });
        }
        let (extent, lower) = extent(datatype)?;
        if displacement < 0 {
            return Err(PyValueError::new_err(format!("message: negative displacement {displacement}")));
        }
        let offset = displacement * extent as isize;
        let count = match count {
            Some(count) if count < 0 => {
                return Err(PyValueError::new_err(format!("message: negative count {count}")));
            }
            Some(count) => count,
            None if memory.bytes == 0 && displacement == 0 => 0,
            None => infer_count(memory.bytes, offset, extent, lower, blocks)?,
        };
        let address = address.wrapping_byte_offset(offset);
        Ok(Self { address, count, datatype, _memory: memory, _datatype: None })
    }
}

/// Whether an item of a specification says something.
fn not_none(item: &Bound<'_, PyAny>) -> bool {
    !item.is_none()
}

/// The first item of a specification: memory, None, or `MPI.BOTTOM`.
#[inline]
pub(crate) fn address_of(data: &Bound<'_, PyAny>, access: Access) -> PyResult<Memory> {
    if data.is_none() {
        return Ok(Memory::bare(core::ptr::null_mut()));
    }
    if sentinel::is_bottom(data) {
        return Ok(Memory::bare(mpi_api::MPI_BOTTOM()));
    }
    Memory::borrow(data, access)
}

/// The extent and lower bound of a datatype in bytes.
#[inline]
pub(crate) fn extent(datatype: MPI_Datatype) -> PyResult<(MPI_Count, MPI_Count)> {
    if datatype == Datatype::null() {
        return Err(PyValueError::new_err("message: cannot infer the count, the datatype is null"));
    }
    let (mut lower, mut extent) = (0, 0);
    mpi!(MPI_Type_get_extent_c(datatype, &raw mut lower, &raw mut extent))?;
    Ok((extent, lower))
}

/// How many elements of `extent` bytes lie behind `offset`, in each of `blocks` equal blocks.
#[inline]
fn infer_count(
    bytes: isize,
    offset: isize,
    extent: MPI_Count,
    lower: MPI_Count,
    blocks: isize,
) -> PyResult<MPI_Count> {
    if extent <= 0 {
        return Err(PyValueError::new_err(format!(
            "message: cannot infer the count, the datatype's extent is {extent} (lower bound {lower})"
        )));
    }
    let bytes = bytes as MPI_Count;
    if bytes % extent != 0 {
        return Err(PyValueError::new_err(format!(
            "message: cannot infer the count, the buffer's {bytes} bytes are no multiple of the datatype's extent {extent}"
        )));
    }
    let left = bytes - offset as MPI_Count;
    if left < 0 {
        return Err(PyValueError::new_err(format!(
            "message: the displacement is {}, the buffer has {} elements",
            offset as MPI_Count / extent,
            bytes / extent
        )));
    }
    let elements = left / extent;
    let blocks = blocks as MPI_Count;
    if blocks > 1 && elements % blocks != 0 {
        return Err(PyValueError::new_err(format!(
            "message: cannot infer the count, {elements} elements do not divide into {blocks} blocks"
        )));
    }
    Ok(if blocks > 1 { elements / blocks } else { elements })
}
