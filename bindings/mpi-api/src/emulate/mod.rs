//! What a library lacks, expressed with what it has.
//!
//! Each `pub(crate) unsafe extern "C" fn MPI_…` in this folder has the signature of the function it stands for and
//! is registered by being here (`build/main.rs`). It is called only when the library lacks that function.
#![allow(non_snake_case)]
