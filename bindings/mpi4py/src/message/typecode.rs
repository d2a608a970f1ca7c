//! From the way other protocols name an element (PEP 3118 formats, NumPy's type strings) to MPI's predefined
//! datatypes.

use core::ffi::CStr;

use mpi_api::types::MPI_Datatype;
use pyo3::exceptions::{PyBufferError, PyKeyError};
use pyo3::prelude::*;

/// No predefined datatype is called `code`.
#[cold]
pub(crate) fn unknown(code: impl core::fmt::Display) -> PyErr {
    PyKeyError::new_err(format!("cannot map '{code}' to an MPI datatype"))
}

/// The datatype of a PEP 3118 format of one element.
#[inline]
pub(crate) fn from_format(format: &CStr, _itemsize: isize) -> PyResult<MPI_Datatype> {
    match format.to_bytes() {
        [code] => by_letter(*code).ok_or_else(|| unknown(format.to_string_lossy())),
        [order @ (b'<' | b'>' | b'!' | b'=' | b'@'), rest @ ..] => {
            let native = match order {
                b'<' => cfg!(target_endian = "little"),
                b'>' | b'!' => cfg!(target_endian = "big"),
                _ => true,
            };
            if !native && rest.len() == 1 && !matches!(rest, [b'b' | b'B' | b'?' | b'c' | b's']) {
                return Err(PyBufferError::new_err(format!(
                    "format {:?} has not this machine's byte order",
                    format.to_string_lossy()
                )));
            }
            from_code(core::str::from_utf8(rest).unwrap_or_default())
        }
        code => from_code(core::str::from_utf8(code).unwrap_or_default()),
    }
}

/// The datatype of a typecode as users write it: `d`, `i`, `f8`, `Zd`, …
pub(crate) fn from_code(code: &str) -> PyResult<MPI_Datatype> {
    match code.as_bytes() {
        [letter] => by_letter(*letter).ok_or_else(|| unknown(code)),
        [b'Z', part] => match part {
            b'f' => Ok(mpi_api::MPI_C_FLOAT_COMPLEX()),
            b'd' => Ok(mpi_api::MPI_C_DOUBLE_COMPLEX()),
            b'g' => Ok(mpi_api::MPI_C_LONG_DOUBLE_COMPLEX()),
            _ => Err(unknown(code)),
        },
        _ => Err(unknown(code)),
    }
}

/// The datatype of a one-letter code, in C's own sizes.
#[inline]
fn by_letter(letter: u8) -> Option<MPI_Datatype> {
    Some(match letter {
        b'd' => mpi_api::MPI_DOUBLE(),
        b'f' => mpi_api::MPI_FLOAT(),
        b'i' => mpi_api::MPI_INT(),
        b'l' => mpi_api::MPI_LONG(),
        b'q' => mpi_api::MPI_LONG_LONG(),
        b'B' => mpi_api::MPI_UNSIGNED_CHAR(),
        b'b' => mpi_api::MPI_SIGNED_CHAR(),
        b'h' => mpi_api::MPI_SHORT(),
        b'H' => mpi_api::MPI_UNSIGNED_SHORT(),
        b'I' => mpi_api::MPI_UNSIGNED(),
        b'L' => mpi_api::MPI_UNSIGNED_LONG(),
        b'Q' => mpi_api::MPI_UNSIGNED_LONG_LONG(),
        b'g' => mpi_api::MPI_LONG_DOUBLE(),
        b'?' => mpi_api::MPI_C_BOOL(),
        b'c' => mpi_api::MPI_CHAR(),
        b'F' => mpi_api::MPI_C_FLOAT_COMPLEX(),
        b'D' => mpi_api::MPI_C_DOUBLE_COMPLEX(),
        b'G' => mpi_api::MPI_C_LONG_DOUBLE_COMPLEX(),
        _ => return None,
    })
}
