//! What `array`, `struct` and NumPy call a datatype. The way from such a typecode to the datatype is
//! [`crate::message::typecode`]'s.

use core::ffi::c_long;
use std::borrow::Cow;

use mpi_api::types::{MPI_Count, MPI_Datatype};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};

use super::decode;
use super::envelope::Envelope;
use super::predefined::{self, PREDEFINED};
use super::{Datatype, bounds, size};
use crate::handle::HandleClass;
use crate::message::typecode;
use crate::method::{function, methods};
use crate::owned::discard;

/// What Fortran programmers write, by the name of the datatype.
const FORTRAN: &[(&str, &str)] = &[
    ("l", "LOGICAL"),
    ("l1", "LOGICAL1"),
    ("l2", "LOGICAL2"),
    ("l4", "LOGICAL4"),
    ("l8", "LOGICAL8"),
    ("i", "INTEGER"),
    ("i1", "INTEGER1"),
    ("i2", "INTEGER2"),
    ("i4", "INTEGER4"),
    ("i8", "INTEGER8"),
    ("i16", "INTEGER16"),
    ("r", "REAL"),
    ("s", "REAL"),
    ("r2", "REAL2"),
    ("r4", "REAL4"),
    ("r8", "REAL8"),
    ("r16", "REAL16"),
    ("d", "DOUBLE_PRECISION"),
    ("c", "COMPLEX"),
    ("z", "DOUBLE_COMPLEX"),
    ("c4", "COMPLEX4"),
    ("c8", "COMPLEX8"),
    ("c16", "COMPLEX16"),
    ("c32", "COMPLEX32"),
];

/// The codes of unsigned integers as wide as an address: no fixed datatype, so in no table.
const OF_ADDRESSES: [&str; 2] = ["N", "P"];

/// The letters of NumPy's kinds that name a size in bytes.
const KINDS: &str = "biufc";

/// The element that a datatype is.
struct Element {
    /// NumPy's letter for the kind: `b i u f c`, `S` and `U` for characters.
    kind: char,
    size: MPI_Count,
    /// The typecode.
    code: Cow<'static, str>,
}

impl Element {
    /// What `raw` is; `None` when it is no single element.
    fn of(raw: MPI_Datatype) -> PyResult<Option<Self>> {
        if raw == Datatype::null() {
            return Ok(None);
        }
        if let Some(row) = predefined::find(raw) {
            let Some(kind) = row.code.chars().next().map(|letter| kind(letter, row.code.len() > 1)) else {
                return Ok(None);
            };
            return Ok(Some(Self { kind, size: size(raw)?, code: row.code.into() }));
        }
        let kind = match Envelope::of(raw)?.combiner {
            mpi_api::MPI_COMBINER_DUP => return decode::with_original(raw, Self::of),
            mpi_api::MPI_COMBINER_F90_INTEGER => 'i',
            mpi_api::MPI_COMBINER_F90_REAL => 'f',
            mpi_api::MPI_COMBINER_F90_COMPLEX => 'c',
            _ => return Ok(None),
        };
        let size = size(raw)?;
        Ok(Some(Self { kind, size, code: format!("{kind}{size}").into() }))
    }

    /// The letter of `struct` or NumPy for it.
    fn letter(&self) -> char {
        match (self.kind, self.size) {
            _ if self.code.len() == 1 => self.code.chars().next().unwrap_or('V'),
            ('b', 1) => '?',
            ('i', 1) => 'b',
            ('i', 2) => 'h',
            ('i', 4) => 'i',
            ('i', 8) if size_of::<c_long>() == 8 => 'l',
            ('i', 8) => 'q',
            ('u', 1) => 'B',
            ('u', 2) => 'H',
            ('u', 4) => 'I',
            ('u', 8) if size_of::<c_long>() == 8 => 'L',
            ('u', 8) => 'Q',
            ('f', 2) => 'e',
            ('f', 4) => 'f',
            ('f', 8) => 'd',
            ('f', _) => 'g',
            ('c', 8) => 'F',
            ('c', 16) => 'D',
            ('c', 32) => 'G',
            _ => 'V',
        }
    }

    /// NumPy's type string, without the byte order.
    fn text(&self) -> String {
        if KINDS.contains(self.kind) {
            format!("{}{}", self.kind, self.size)
        } else {
            format!("{}1", self.kind)
        }
    }

    /// How its addresses are aligned, in bytes.
    fn alignment(&self) -> MPI_Count {
        if self.kind == 'c' { self.size / 2 } else { self.size }
    }
}

/// The kind that a typecode's first letter stands for, alone or before a size.
fn kind(letter: char, sized: bool) -> char {
    match letter {
        _ if sized => letter,
        '?' => 'b',
        'b' | 'h' | 'i' | 'l' | 'q' | 'p' => 'i',
        'B' | 'H' | 'I' | 'L' | 'Q' => 'u',
        'e' | 'f' | 'd' | 'g' => 'f',
        'F' | 'D' | 'G' => 'c',
        'c' => 'S',
        other => other,
    }
}

#[methods]
impl Datatype {
    /// Get character code or type string from predefined MPI datatype.
    #[light]
    fn tocode(&self) -> PyResult<Cow<'static, str>> {
        Element::of(self.raw())?
            .map(|element| element.code)
            .ok_or_else(|| PyValueError::new_err("the datatype has no character code or type string"))
    }

    /// Get predefined MPI datatype from character code or type string.
    ///
    /// A letter of `struct`, `array` or NumPy, or a letter and a size in bytes: `d`, `f8`, `i4`, `Zd`.
    #[classmethod]
    #[light]
    fn fromcode<'py>(_cls: &Bound<'py, PyType>, code: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        let found = match code.cast::<PyString>() {
            Ok(text) => {
                let text = text.to_cow()?;
                // What C lacks, as an element of two bytes, Fortran may have.
                let of_fortran = || predefined::of_code(&text);
                match typecode::from_code(&text) {
                    Ok((raw, _)) => Some(raw),
                    Err(error) => {
                        discard(error);
                        of_fortran()
                    }
                }
            }
            Err(_) => None,
        };
        found
            .and_then(|raw| predefined::object(code.py(), raw))
            .ok_or_else(|| PyValueError::new_err(format!("no MPI datatype has the code {code:?}")))
    }

    /// Character code.
    #[getter]
    #[light]
    fn typechar<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        if self.raw() == Self::null() {
            return Ok(PyString::new(py, ""));
        }
        if let Some(row) = predefined::find(self.raw())
            && row.code.len() == 1
        {
            return Ok(PyString::new(py, row.code));
        }
        let letter = Element::of(self.raw())?.map_or('V', |element| element.letter());
        Ok(PyString::new(py, letter.encode_utf8(&mut [0; 4])))
    }

    /// Type string.
    #[getter]
    #[light]
    fn typestr(&self) -> PyResult<String> {
        if self.raw() == Self::null() {
            return Ok(String::new());
        }
        match Element::of(self.raw())? {
            Some(element) => Ok(element.text()),
            None => Ok(format!("V{}", bounds(self.raw())?.1)),
        }
    }
}

/// Map MPI datatype to character code or type string; `None` when it has none.
#[function]
fn _typecode(datatype: &Bound<'_, Datatype>) -> PyResult<Option<Cow<'static, str>>> {
    Ok(Element::of(datatype.get().raw())?.map(|element| element.code))
}

/// Return MPI datatype alignment in bytes; `None` when it is not predefined.
#[function]
fn _typealign(datatype: &Bound<'_, Datatype>) -> PyResult<Option<MPI_Count>> {
    let raw = datatype.get().raw();
    if let Some(element) = Element::of(raw)? {
        return Ok(Some(element.alignment()));
    }
    // A pair takes twice the alignment of its more demanding half.
    match predefined::find(raw) {
        Some(_) => Ok(Some(bounds(raw)?.1 / 2)),
        None => Ok(None),
    }
}

/// Adds the functions and the dictionaries of typecodes.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let (all, c, fortran) = (PyDict::new(py), PyDict::new(py), PyDict::new(py));
    for code in typecode::CODES.iter().map(|(code, _)| *code).chain(OF_ADDRESSES) {
        let raw = typecode::from_code(code).map(|(raw, _)| raw);
        let Some(datatype) = raw.ok().and_then(|raw| predefined::object(py, raw)) else { continue };
        all.set_item(code, &datatype)?;
        if is_of_c(code) {
            c.set_item(code, &datatype)?;
        }
    }
    for (code, name) in FORTRAN {
        if PREDEFINED.iter().any(|row| row.name == *name && row.raw() != Datatype::null()) {
            fortran.set_item(code, module.getattr(*name)?)?;
        }
    }
    module.add("_typedict", all)?;
    module.add("_typedict_c", c)?;
    module.add("_typedict_f", fortran)
}

/// Whether a typecode names an arithmetic type of C: a letter in C's own sizes, or a kind and a size.
fn is_of_c(code: &str) -> bool {
    match code.as_bytes() {
        [letter] => b"?bhilqBHILQefdgFDG".contains(letter),
        [kind, size @ ..] => KINDS.as_bytes().contains(kind) && size.iter().all(u8::is_ascii_digit),
        [] => false,
    }
}
