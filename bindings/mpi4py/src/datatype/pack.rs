//! Packing (MPI 5.0, section 5.2), also in the representation `external32` (section 5.3).

use core::ffi::c_void;

use mpi_api::types::MPI_Count;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::{Datatype, bounds};
use crate::call::mpi;
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::message::{Access, Memory};
use crate::method::methods;
use crate::text::Text;

/// The two sides of packing or unpacking: elements of a datatype, and bytes.
struct Packing {
    elements: Memory,
    count: MPI_Count,
    bytes: Memory,
    position: MPI_Count,
}

impl Packing {
    fn new(datatype: &Datatype, elements: Memory, bytes: Memory, position: MPI_Count) -> PyResult<Self> {
        if !(0..=bytes.bytes as MPI_Count).contains(&position) {
            return Err(PyValueError::new_err(format!(
                "position {position} is outside a packed buffer of {} bytes",
                bytes.bytes
            )));
        }
        let (_, extent) = bounds(datatype.raw())?;
        let count = if extent > 0 { elements.bytes as MPI_Count / extent } else { 0 };
        Ok(Self { elements, count, bytes, position })
    }

    fn of_packing(
        datatype: &Datatype,
        input: &Bound<'_, PyAny>,
        output: &Bound<'_, PyAny>,
        position: MPI_Count,
    ) -> PyResult<Self> {
        Self::new(
            datatype,
            Memory::borrow(input, Access::Read)?,
            Memory::borrow(output, Access::Write)?,
            position,
        )
    }

    fn of_unpacking(
        datatype: &Datatype,
        input: &Bound<'_, PyAny>,
        output: &Bound<'_, PyAny>,
        position: MPI_Count,
    ) -> PyResult<Self> {
        Self::new(
            datatype,
            Memory::borrow(output, Access::Write)?,
            Memory::borrow(input, Access::Read)?,
            position,
        )
    }

    fn elements(&self) -> *mut c_void {
        self.elements.address
    }

    fn bytes(&self) -> *mut c_void {
        self.bytes.address
    }

    fn size(&self) -> MPI_Count {
        self.bytes.bytes as MPI_Count
    }
}

#[methods]
impl Datatype {
    /// Pack as many elements of this datatype as `inbuf` holds into `outbuf`, from byte `position` on.
    ///
    /// Returns the position after them.
    fn Pack(
        &self,
        inbuf: &Bound<'_, PyAny>,
        outbuf: &Bound<'_, PyAny>,
        position: MPI_Count,
        comm: &Bound<'_, Comm>,
    ) -> PyResult<MPI_Count> {
        let mut side = Packing::of_packing(self, inbuf, outbuf, position)?;
        let position = &raw mut side.position;
        mpi!(MPI_Pack_c(
            side.elements(),
            side.count,
            self.raw(),
            side.bytes(),
            side.size(),
            position,
            comm.get().raw()
        ))?;
        Ok(side.position)
    }

    /// Unpack as many elements of this datatype as `outbuf` holds from `inbuf`, from byte `position` on.
    ///
    /// Returns the position after them.
    fn Unpack(
        &self,
        inbuf: &Bound<'_, PyAny>,
        position: MPI_Count,
        outbuf: &Bound<'_, PyAny>,
        comm: &Bound<'_, Comm>,
    ) -> PyResult<MPI_Count> {
        let mut side = Packing::of_unpacking(self, inbuf, outbuf, position)?;
        let position = &raw mut side.position;
        mpi!(MPI_Unpack_c(
            side.bytes(),
            side.size(),
            position,
            side.elements(),
            side.count,
            self.raw(),
            comm.get().raw()
        ))?;
        Ok(side.position)
    }

    /// Return an upper bound of the bytes that `count` packed elements take.
    #[light]
    fn Pack_size(&self, count: MPI_Count, comm: &Bound<'_, Comm>) -> PyResult<MPI_Count> {
        let mut size = 0;
        mpi!(MPI_Pack_size_c(count, self.raw(), comm.get().raw(), &raw mut size))?;
        Ok(size)
    }

    /// Pack in the portable representation `datarep`, which is "external32"; else as `Pack`.
    fn Pack_external(
        &self,
        datarep: Text,
        inbuf: &Bound<'_, PyAny>,
        outbuf: &Bound<'_, PyAny>,
        position: MPI_Count,
    ) -> PyResult<MPI_Count> {
        let mut side = Packing::of_packing(self, inbuf, outbuf, position)?;
        let position = &raw mut side.position;
        mpi!(MPI_Pack_external_c(
            datarep.as_ptr(),
            side.elements(),
            side.count,
            self.raw(),
            side.bytes(),
            side.size(),
            position
        ))?;
        Ok(side.position)
    }

    /// Unpack from the portable representation `datarep`, which is "external32"; else as `Unpack`.
    fn Unpack_external(
        &self,
        datarep: Text,
        inbuf: &Bound<'_, PyAny>,
        position: MPI_Count,
        outbuf: &Bound<'_, PyAny>,
    ) -> PyResult<MPI_Count> {
        let mut side = Packing::of_unpacking(self, inbuf, outbuf, position)?;
        let position = &raw mut side.position;
        mpi!(MPI_Unpack_external_c(
            datarep.as_ptr(),
            side.bytes(),
            side.size(),
            position,
            side.elements(),
            side.count,
            self.raw()
        ))?;
        Ok(side.position)
    }

    /// Return an upper bound of the bytes that `count` elements take in the representation `datarep`.
    #[light]
    fn Pack_external_size(&self, datarep: Text, count: MPI_Count) -> PyResult<MPI_Count> {
        let mut size = 0;
        mpi!(MPI_Pack_external_size_c(datarep.as_ptr(), count, self.raw(), &raw mut size))?;
        Ok(size)
    }
}
