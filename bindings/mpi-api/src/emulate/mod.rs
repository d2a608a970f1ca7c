//! What a library lacks, expressed with what it has.
//!
//! Each `pub(crate) unsafe extern "C" fn MPI_…` in this folder has the signature of the function it stands for, and
//! is registered by being here (`build/main.rs`). It is called only when the library lacks that function. Most
//! large-count forms need nothing here: the build script writes them (`build/narrow.rs`).
//!
//! The safety contract of each is that of the MPI function it stands for.
#![allow(non_snake_case)]

pub(crate) mod attributes;
pub(crate) mod buffers;
pub(crate) mod collectives;
pub(crate) mod communicators;
pub(crate) mod constructors;
pub(crate) mod datatypes;
pub(crate) mod environment;
pub(crate) mod fault_tolerance;
pub(crate) mod files;
pub(crate) mod info;
pub(crate) mod operations;
pub(crate) mod pack;
pub(crate) mod requests;
pub(crate) mod status;
