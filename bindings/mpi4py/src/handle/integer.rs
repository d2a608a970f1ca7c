//! Handles as integers: the bits of the handle itself, and the two kinds of integer that MPI gives.

use core::ffi::{c_int, c_void};

use mpi_api::types::{
    MPI_Comm, MPI_Datatype, MPI_Errhandler, MPI_File, MPI_Fint, MPI_Group, MPI_Info, MPI_Message, MPI_Op,
    MPI_Request, MPI_Session, MPI_Win,
};
use pyo3::ffi;
use pyo3::prelude::*;

/// A handle type of MPI, and how MPI turns it into integers (MPI 5.0, section 19.3.4).
pub(crate) trait RawHandle: Copy + PartialEq + 'static {
    /// The integer that any language binding over this library knows.
    fn to_int(self) -> c_int;
    fn from_int(value: c_int) -> Self;
    /// The integer that Fortran knows.
    fn to_fortran(self) -> MPI_Fint;
    fn from_fortran(value: MPI_Fint) -> Self;
}

macro_rules! raw_handles {
    ($($raw:ident: $toint:ident $fromint:ident $c2f:ident $f2c:ident;)*) => {$(
        impl RawHandle for $raw {
            fn to_int(self) -> c_int {
                // SAFETY: any value of the handle type goes: MPI translates it and does not look behind it.
                unsafe { mpi_api::$toint(self) }
            }
            fn from_int(value: c_int) -> Self {
                // SAFETY: as above.
                unsafe { mpi_api::$fromint(value) }
            }
            fn to_fortran(self) -> MPI_Fint {
                // SAFETY: as above.
                unsafe { mpi_api::$c2f(self) }
            }
            fn from_fortran(value: MPI_Fint) -> Self {
                // SAFETY: as above.
                unsafe { mpi_api::$f2c(value) }
            }
        }
    )*};
}

raw_handles! {
    MPI_Comm: MPI_Comm_toint MPI_Comm_fromint MPI_Comm_c2f MPI_Comm_f2c;
    MPI_Datatype: MPI_Type_toint MPI_Type_fromint MPI_Type_c2f MPI_Type_f2c;
    MPI_Errhandler: MPI_Errhandler_toint MPI_Errhandler_fromint MPI_Errhandler_c2f MPI_Errhandler_f2c;
    MPI_File: MPI_File_toint MPI_File_fromint MPI_File_c2f MPI_File_f2c;
    MPI_Group: MPI_Group_toint MPI_Group_fromint MPI_Group_c2f MPI_Group_f2c;
    MPI_Info: MPI_Info_toint MPI_Info_fromint MPI_Info_c2f MPI_Info_f2c;
    MPI_Message: MPI_Message_toint MPI_Message_fromint MPI_Message_c2f MPI_Message_f2c;
    MPI_Op: MPI_Op_toint MPI_Op_fromint MPI_Op_c2f MPI_Op_f2c;
    MPI_Request: MPI_Request_toint MPI_Request_fromint MPI_Request_c2f MPI_Request_f2c;
    MPI_Session: MPI_Session_toint MPI_Session_fromint MPI_Session_c2f MPI_Session_f2c;
    MPI_Win: MPI_Win_toint MPI_Win_fromint MPI_Win_c2f MPI_Win_f2c;
}

/// A handle as the unsigned integer that `X.handle` and `MPI._handleof` give: an integer handle is
/// sign-extended, as clients expect.
pub(crate) fn to_address<H: RawHandle>(handle: H) -> usize {
    if size_of::<H>() == size_of::<c_int>() {
        // SAFETY: a handle of this size is a C int.
        unsafe { core::mem::transmute_copy::<H, c_int>(&handle) as isize as usize }
    } else {
        const { assert!(size_of::<H>() == size_of::<c_int>() || size_of::<H>() == size_of::<usize>()) };
        // SAFETY: any other handle is a pointer.
        unsafe { core::mem::transmute_copy::<H, usize>(&handle) }
    }
}

/// The inverse of [`to_address`]; of an integer handle the low bits count.
pub(crate) fn from_address<H: RawHandle>(value: usize) -> H {
    if size_of::<H>() == size_of::<c_int>() {
        // SAFETY: a handle of this size is a C int.
        unsafe { core::mem::transmute_copy::<c_int, H>(&(value as c_int)) }
    } else {
        // SAFETY: any other handle is a pointer.
        unsafe { core::mem::transmute_copy::<usize, H>(&value) }
    }
}

/// A Python integer as an address, or as the value of an attribute, negative ones included.
pub(crate) fn word(value: &Bound<'_, PyAny>) -> PyResult<*mut c_void> {
    // SAFETY: the object is alive and the GIL is held.
    let word = unsafe { ffi::PyLong_AsVoidPtr(value.as_ptr()) };
    if word.is_null()
        && let Some(error) = PyErr::take(value.py())
    {
        Err(error)
    } else {
        Ok(word)
    }
}
