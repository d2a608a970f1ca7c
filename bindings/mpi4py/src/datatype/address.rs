//! Addresses as numbers (MPI 5.0, section 5.1.5).

use mpi_api::types::MPI_Aint;
use pyo3::prelude::*;

use crate::call::mpi;
use crate::message::{Access, Memory};
use crate::method::function;

/// Get the address of a location in memory, for displacements from `BOTTOM`.
///
/// `location` is an object with memory, or `BOTTOM`.
#[function]
#[light]
fn Get_address(location: &Bound<'_, PyAny>) -> PyResult<MPI_Aint> {
    let memory = if location.is_none() { Memory::none() } else { Memory::borrow(location, Access::Read)? };
    let mut address = 0;
    mpi!(MPI_Get_address(memory.address, &raw mut address))?;
    Ok(address)
}

/// Return the sum of a base address and a displacement.
#[function]
#[light]
fn Aint_add(base: MPI_Aint, disp: MPI_Aint) -> MPI_Aint {
    // SAFETY: an addition.
    unsafe { mpi_api::MPI_Aint_add(base, disp) }
}

/// Return the difference of two addresses: the displacement from `addr2` to `addr1`.
#[function]
#[light]
fn Aint_diff(addr1: MPI_Aint, addr2: MPI_Aint) -> MPI_Aint {
    // SAFETY: a subtraction.
    unsafe { mpi_api::MPI_Aint_diff(addr1, addr2) }
}
