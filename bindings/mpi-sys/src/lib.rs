//! One MPI library, as its stub header declares it: types, constants and the functions of one variant.
//!
//! All of it is generated from `stubs/include`. The variant is chosen by the environment variable
//! `MPI4PY_VARIANT` at build time. No symbol of an MPI library is linked: see `mpi_api::bind`.
#![no_std]
#![allow(non_camel_case_types, non_snake_case)]

/// The addresses of the exported variables and functions that constants of this ABI stand for.
#[derive(Debug)]
pub struct Symbols(pub [*const (); SYMBOL_COUNT]);

// SAFETY: addresses inside a library that is never unloaded, written once before use.
unsafe impl Sync for Symbols {}
// SAFETY: as above.
unsafe impl Send for Symbols {}

mod generated {
    #![allow(
        unused_imports,
        clippy::pedantic,
        clippy::undocumented_unsafe_blocks,
        clippy::unnecessary_cast,
        clippy::manual_dangling_ptr,
        clippy::zero_ptr,
        unused_qualifications
    )]
    use super::Symbols;
    use core::ffi::{CStr, c_char, c_int, c_long, c_longlong, c_uint, c_void};
    include!(concat!(env!("OUT_DIR"), "/mpi.rs"));
}
pub use generated::*;
