//! From the way other protocols name an element (typecodes, PEP 3118 formats, NumPy's kinds and sizes) to MPI's
//! predefined datatypes.

use core::ffi::{
    CStr, c_char, c_double, c_float, c_int, c_long, c_longlong, c_schar, c_short, c_uchar, c_uint, c_ulong,
    c_ulonglong, c_ushort,
};

use mpi_api::types::{MPI_Aint, MPI_Count, MPI_Datatype};
use pyo3::exceptions::{PyBufferError, PyKeyError};
use pyo3::prelude::*;

use crate::datatype::Datatype;
use crate::handle::HandleClass;

/// What an element is called, before MPI is asked what that is.
#[derive(Clone, Copy)]
pub(crate) enum Element {
    /// One of MPI's predefined datatypes and its extent in bytes; 0: ask MPI.
    Known(MPI_Datatype, MPI_Count),
    /// NumPy's kind letter and a size in bytes.
    Sized(u8, isize),
    /// That many bytes, which MPI has no name for.
    Bytes(isize),
}

impl Element {
    /// Memory that says nothing of its elements.
    pub const BYTE: Self = Self::Bytes(1);

    /// The size in bytes; 0: unknown.
    pub fn size(self) -> isize {
        match self {
            Self::Known(_, size) => size as isize,
            Self::Sized(_, size) | Self::Bytes(size) => size,
        }
    }

    /// The MPI datatype, and its extent in bytes; 0: ask MPI.
    #[inline]
    pub fn datatype(self) -> PyResult<(MPI_Datatype, MPI_Count)> {
        match self {
            Self::Known(datatype, extent) => Ok((datatype, extent)),
            Self::Sized(kind, size) => by_size(kind, size),
            Self::Bytes(_) => Ok((mpi_api::MPI_BYTE(), 1)),
        }
    }
}

/// No predefined datatype is called `code`.
#[cold]
pub(crate) fn unknown(code: impl core::fmt::Display) -> PyErr {
    PyKeyError::new_err(format!("cannot map '{code}' to an MPI datatype"))
}

/// The size of a C type, where Rust has it.
macro_rules! extent_of {
    (?) => {
        0
    };
    ($type:ty) => {
        size_of::<$type>() as MPI_Count
    };
}

/// The table of typecodes: datatype, C type (`?`: unknown to Rust), and what it is called.
macro_rules! typecodes {
    ($($datatype:ident ($($type:tt)+): $($code:literal)+;)*) => {
        /// Every typecode and its datatype: what users may write in a message specification.
        #[allow(dead_code, reason = "for the table that the module exports")]
        pub(crate) const CODES: &[(&str, fn() -> MPI_Datatype)] = &[$($(($code, mpi_api::$datatype),)+)*];

        #[inline]
        fn by_code(code: &str) -> Option<(MPI_Datatype, MPI_Count)> {
            Some(match code {
                $($($code)|+ => (mpi_api::$datatype(), extent_of!($($type)+)),)*
                _ => return by_width(code),
            })
        }
    };
}

typecodes! {
    MPI_DOUBLE (c_double): "d" "f8";
    MPI_FLOAT (c_float): "f" "f4";
    MPI_LONG (c_long): "l";
    MPI_INT (c_int): "i";
    MPI_UNSIGNED_CHAR (c_uchar): "B";
    MPI_LONG_LONG (c_longlong): "q";
    MPI_SIGNED_CHAR (c_schar): "b";
    MPI_SHORT (c_short): "h";
    MPI_UNSIGNED_SHORT (c_ushort): "H";
    MPI_UNSIGNED (c_uint): "I";
    MPI_UNSIGNED_LONG (c_ulong): "L";
    MPI_UNSIGNED_LONG_LONG (c_ulonglong): "Q";
    MPI_C_FLOAT_COMPLEX ([c_float; 2]): "Zf" "F" "c8";
    MPI_C_DOUBLE_COMPLEX ([c_double; 2]): "Zd" "D" "c16";
    MPI_C_BOOL (bool): "?" "b1";
    MPI_LONG_DOUBLE (?): "g" "f16";
    MPI_C_LONG_DOUBLE_COMPLEX (?): "Zg" "G" "c32";
    MPIX_C_FLOAT16 (u16): "e" "f2";
    MPI_INT8_T (i8): "i1";
    MPI_INT16_T (i16): "i2";
    MPI_INT32_T (i32): "i4";
    MPI_INT64_T (i64): "i8" "M" "M8" "m" "m8";
    MPI_UINT8_T (u8): "u1";
    MPI_UINT16_T (u16): "u2" "u" "1u";
    MPI_UINT32_T (u32): "u4";
    MPI_UINT64_T (u64): "u8";
    MPI_CHAR (c_char): "c" "a" "s" "1s" "S" "S1";
    MPI_WCHAR (?): "w" "1w" "U" "U1";
    MPI_AINT (MPI_Aint): "p";
    MPI_COUNT (MPI_Count): "n";
}

/// The unsigned integer of an address (`P`) or of a size (`N`).
#[inline]
fn by_width(code: &str) -> Option<(MPI_Datatype, MPI_Count)> {
    matches!(code, "P" | "N").then(|| by_size(b'u', size_of::<usize>() as isize).ok()).flatten()
}

/// The datatype of a PEP 3118 format of one element of `size` bytes.
#[inline(always)]
pub(crate) fn from_format(format: &CStr, size: isize) -> PyResult<Element> {
    let bytes = format.to_bytes();
    let (code, standard) = match bytes {
        [b'<', code @ ..] if cfg!(target_endian = "little") => (code, true),
        [b'>', code @ ..] if cfg!(target_endian = "big") => (code, true),
        [b'<' | b'>', ..] => return Err(foreign_order("format", &format.to_string_lossy())),
        [b'@', code @ ..] | code => (code, false),
    };
    match code {
        // After a byte order these are 4 bytes, whatever C has.
        b"l" if standard && size != size_of::<c_long>() as isize => return Ok(Element::Sized(b'i', size)),
        b"L" if standard && size != size_of::<c_long>() as isize => return Ok(Element::Sized(b'u', size)),
        _ => {}
    }
    match core::str::from_utf8(code).ok().and_then(by_code) {
        Some((datatype, extent)) if datatype != Datatype::null() => Ok(Element::Known(datatype, extent)),
        _ => Err(unknown(format.to_string_lossy())),
    }
}

/// The datatype of a typecode as users write it: `d`, `i`, `f8`, `Zd`, …, and its extent; 0: ask MPI.
pub(crate) fn from_code(code: &str) -> PyResult<(MPI_Datatype, MPI_Count)> {
    by_code(code).filter(|(datatype, _)| *datatype != Datatype::null()).ok_or_else(|| unknown(code))
}

/// The datatype of NumPy's type string without its byte order, `f8`: that of C where C has one of that size, and
/// bytes where MPI has none.
#[inline]
fn by_size(kind: u8, size: isize) -> PyResult<(MPI_Datatype, MPI_Count)> {
    let long = size_of::<c_long>() == 8;
    let code = match (kind, size) {
        (b'f', 8) => "d",
        (b'f', 4) => "f",
        (b'f', 2) => "e",
        (b'f', 16) => "g",
        (b'i', 1) => "b",
        (b'i', 2) => "h",
        (b'i', 4) => "i",
        (b'i', 8) => {
            if long {
                "l"
            } else {
                "q"
            }
        }
        (b'u', 1) => "B",
        (b'u', 2) => "H",
        (b'u', 4) => "I",
        (b'u', 8) => {
            if long {
                "L"
            } else {
                "Q"
            }
        }
        (b'c', 8) => "Zf",
        (b'c', 16) => "Zd",
        (b'c', 32) => "Zg",
        (b'c', 4) => "Ze",
        (b'b', 1) => "?",
        _ => return Ok((mpi_api::MPI_BYTE(), 1)),
    };
    from_code(code)
}

/// MPI does not swap bytes.
#[cold]
pub(super) fn foreign_order(what: &str, name: &str) -> PyErr {
    PyBufferError::new_err(format!("{what} '{name}' has not this machine's byte order"))
}
