//! The few MPI functions that may be called before `MPI_Init`, called through a library's handle.

use std::ffi::{c_char, c_int};
use std::io;

use crate::system::{self, Handle};
use crate::{c_name, failure};

/// More than any `MPI_MAX_LIBRARY_VERSION_STRING` (8192 in MPICH, Intel MPI and the standard ABI).
const LIBRARY_VERSION_MAX: usize = 16384;

type GetPair = unsafe extern "C" fn(*mut c_int, *mut c_int) -> c_int;
type GetText = unsafe extern "C" fn(*mut c_char, *mut c_int) -> c_int;

/// Calls `int name(int *, int *)`; None where the library has no such function.
pub fn pair_of(library: Handle, name: &str) -> io::Result<Option<(c_int, c_int)>> {
    let Some(address) = system::symbol(library, &c_name(name)) else { return Ok(None) };
    // SAFETY: MPI declares the functions of this name (`MPI_Get_version`, `MPI_Abi_get_version`) with this type.
    let function: GetPair = unsafe { std::mem::transmute(address) };
    let (mut first, mut second) = (0, 0);
    // SAFETY: both are legal at any time, and both pointers are valid.
    let code = unsafe { function(&raw mut first, &raw mut second) };
    check(name, code)?;
    Ok(Some((first, second)))
}

/// What `MPI_Get_library_version` says; None where the library has no such function.
pub fn library_version(library: Handle) -> io::Result<Option<String>> {
    let name = "MPI_Get_library_version";
    let Some(address) = system::symbol(library, &c_name(name)) else { return Ok(None) };
    // SAFETY: the type is the one MPI declares.
    let function: GetText = unsafe { std::mem::transmute(address) };
    let mut text = vec![0_u8; LIBRARY_VERSION_MAX];
    let mut length = 0;
    // SAFETY: legal at any time; the buffer is larger than any library asks for.
    let code = unsafe { function(text.as_mut_ptr().cast(), &raw mut length) };
    check(name, code)?;
    text.truncate(usize::try_from(length).unwrap_or(0));
    Ok(Some(String::from_utf8_lossy(&text).trim_end_matches(['\0', '\n', ' ']).to_owned()))
}

fn check(name: &str, code: c_int) -> io::Result<()> {
    if code == 0 { Ok(()) } else { Err(failure(format!("{name} failed with error code {code}"))) }
}
