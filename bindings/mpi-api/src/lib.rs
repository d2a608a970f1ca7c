//! The whole newest MPI on top of any MPI library.
//!
//! Every function of MPI 5.0 is here under its own name, whatever the variant. [`bind`] fills one slot per
//! function when the library is known: with the library's own function, else with the emulation in
//! `src/emulate`, else with a stub that returns `MPI_ERR_UNSUPPORTED_OPERATION`. Nobody above asks which.
//! Constants that an older MPI lacks have a harmless value; predefined handles it lacks are null handles.
//!
//! Counts of any size are taken by the large-count forms (`MPI_Send_c`, …) alone. Where a library has only the plain
//! ones, those are called, with derived datatypes where a count is beyond `int`. Two things do not fit even so, and
//! are `MPI_ERR_COUNT`: counts and displacements of a `v` collective without a common divisor that makes them fit
//! (`MPI_Allgatherv_c` and the `w` collectives need none), and too large a count for `MPI_Ireduce_scatter_c`. What a
//! nonblocking or persistent call leaves to be kept is in [`scratch`].
#![allow(non_snake_case)]

mod bind;
mod draft_abi;
mod emulate;
mod narrow;
pub mod scratch;

use bind::{Address, Emulation, Symbol, slot, symbols, unsupported};
pub use bind::{Binding, bind, bind_emulated, binding, take_unsupported};
pub use mpi_sys::{VARIANT, VERSION};

/// The types of this variant.
pub mod types {
    pub use mpi_sys::*;
}

mod generated {
    #![allow(
        unused_imports,
        clippy::all,
        clippy::pedantic,
        clippy::undocumented_unsafe_blocks,
        clippy::missing_safety_doc,
        unused_variables,
        unused_qualifications
    )]
    use core::ffi::{c_char, c_int, c_long, c_longlong, c_uint, c_void};

    use super::{Address, Emulation, Symbol, emulate, slot, symbols, unsupported};
    use mpi_sys::*;
    include!(concat!(env!("OUT_DIR"), "/api.rs"));
}
pub use generated::*;
