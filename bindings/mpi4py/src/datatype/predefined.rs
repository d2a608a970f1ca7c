//! MPI's own datatypes: their names in the module, and what each is in the words of NumPy and `struct`.

use std::sync::OnceLock;

use mpi_api::types::MPI_Datatype;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::Datatype;
use crate::handle::integer::to_address;
use crate::handle::{CONST, Handle, HandleClass, READY};

/// A datatype of MPI's own.
pub(super) struct Predefined {
    /// Its name in the module.
    pub name: &'static str,
    handle: fn() -> MPI_Datatype,
    /// A typecode: one letter in C's own sizes, or a letter for the kind and the size in bytes. Empty for pairs.
    pub code: &'static str,
}

impl Predefined {
    /// The handle; null when the library has no such datatype.
    pub fn raw(&self) -> MPI_Datatype {
        let raw = (self.handle)();
        // A symbol that one build of a library exports and another does not has no address.
        if to_address(raw) == 0 { Datatype::null() } else { raw }
    }
}

macro_rules! table {
    ($($name:ident = $mpi:ident $code:literal,)*) => {
        [$(Predefined { name: stringify!($name), handle: mpi_api::$mpi, code: $code }),*]
    };
}

/// Every datatype once; where a library gives two the same handle, the first stands for both.
pub(super) static PREDEFINED: &[Predefined] = &table! {
    // C: bytes and characters
    PACKED = MPI_PACKED "B",
    BYTE = MPI_BYTE "B",
    AINT = MPI_AINT "p",
    OFFSET = MPI_OFFSET "p",
    COUNT = MPI_COUNT "p",
    CHAR = MPI_CHAR "c",
    WCHAR = MPI_WCHAR "U",
    // C: integers and floats
    SIGNED_CHAR = MPI_SIGNED_CHAR "b",
    SHORT = MPI_SHORT "h",
    INT = MPI_INT "i",
    LONG = MPI_LONG "l",
    LONG_LONG = MPI_LONG_LONG "q",
    UNSIGNED_CHAR = MPI_UNSIGNED_CHAR "B",
    UNSIGNED_SHORT = MPI_UNSIGNED_SHORT "H",
    UNSIGNED = MPI_UNSIGNED "I",
    UNSIGNED_LONG = MPI_UNSIGNED_LONG "L",
    UNSIGNED_LONG_LONG = MPI_UNSIGNED_LONG_LONG "Q",
    FLOAT = MPI_FLOAT "f",
    DOUBLE = MPI_DOUBLE "d",
    LONG_DOUBLE = MPI_LONG_DOUBLE "g",
    FLOAT16_T = MPIX_C_FLOAT16 "e",
    BFLOAT16_T = MPIX_BFLOAT16 "",
    // C99
    C_BOOL = MPI_C_BOOL "b1",
    INT8_T = MPI_INT8_T "i1",
    INT16_T = MPI_INT16_T "i2",
    INT32_T = MPI_INT32_T "i4",
    INT64_T = MPI_INT64_T "i8",
    UINT8_T = MPI_UINT8_T "u1",
    UINT16_T = MPI_UINT16_T "u2",
    UINT32_T = MPI_UINT32_T "u4",
    UINT64_T = MPI_UINT64_T "u8",
    C_COMPLEX = MPI_C_COMPLEX "F",
    C_DOUBLE_COMPLEX = MPI_C_DOUBLE_COMPLEX "D",
    C_LONG_DOUBLE_COMPLEX = MPI_C_LONG_DOUBLE_COMPLEX "G",
    // C++
    CXX_BOOL = MPI_CXX_BOOL "?",
    CXX_FLOAT_COMPLEX = MPI_CXX_FLOAT_COMPLEX "F",
    CXX_DOUBLE_COMPLEX = MPI_CXX_DOUBLE_COMPLEX "D",
    CXX_LONG_DOUBLE_COMPLEX = MPI_CXX_LONG_DOUBLE_COMPLEX "G",
    // Pairs of value and index
    SHORT_INT = MPI_SHORT_INT "",
    INT_INT = MPI_2INT "",
    LONG_INT = MPI_LONG_INT "",
    FLOAT_INT = MPI_FLOAT_INT "",
    DOUBLE_INT = MPI_DOUBLE_INT "",
    LONG_DOUBLE_INT = MPI_LONG_DOUBLE_INT "",
    // Fortran
    CHARACTER = MPI_CHARACTER "c",
    LOGICAL = MPI_LOGICAL "i",
    INTEGER = MPI_INTEGER "i",
    REAL = MPI_REAL "f",
    DOUBLE_PRECISION = MPI_DOUBLE_PRECISION "d",
    COMPLEX = MPI_COMPLEX "F",
    DOUBLE_COMPLEX = MPI_DOUBLE_COMPLEX "D",
    // Fortran, of a given size
    LOGICAL1 = MPI_LOGICAL1 "b1",
    LOGICAL2 = MPI_LOGICAL2 "i2",
    LOGICAL4 = MPI_LOGICAL4 "i4",
    LOGICAL8 = MPI_LOGICAL8 "i8",
    LOGICAL16 = MPI_LOGICAL16 "i16",
    INTEGER1 = MPI_INTEGER1 "i1",
    INTEGER2 = MPI_INTEGER2 "i2",
    INTEGER4 = MPI_INTEGER4 "i4",
    INTEGER8 = MPI_INTEGER8 "i8",
    INTEGER16 = MPI_INTEGER16 "i16",
    REAL2 = MPI_REAL2 "f2",
    REAL4 = MPI_REAL4 "f4",
    REAL8 = MPI_REAL8 "f8",
    REAL16 = MPI_REAL16 "f16",
    COMPLEX4 = MPI_COMPLEX4 "c4",
    COMPLEX8 = MPI_COMPLEX8 "c8",
    COMPLEX16 = MPI_COMPLEX16 "c16",
    COMPLEX32 = MPI_COMPLEX32 "c32",
};

/// Other names for the same objects.
const ALIASES: &[(&str, &str)] = &[
    ("BOOL", "C_BOOL"),
    ("C_FLOAT_COMPLEX", "C_COMPLEX"),
    ("FLOAT32_T", "FLOAT"),
    ("FLOAT64_T", "DOUBLE"),
    ("SIGNED_SHORT", "SHORT"),
    ("SIGNED_INT", "INT"),
    ("SIGNED_LONG", "LONG"),
    ("SIGNED_LONG_LONG", "LONG_LONG"),
    ("UNSIGNED_INT", "UNSIGNED"),
    ("SINT8_T", "INT8_T"),
    ("SINT16_T", "INT16_T"),
    ("SINT32_T", "INT32_T"),
    ("SINT64_T", "INT64_T"),
    ("TWOINT", "INT_INT"),
    ("F_BOOL", "LOGICAL"),
    ("F_INT", "INTEGER"),
    ("F_FLOAT", "REAL"),
    ("F_DOUBLE", "DOUBLE_PRECISION"),
    ("F_COMPLEX", "COMPLEX"),
    ("F_FLOAT_COMPLEX", "COMPLEX"),
    ("F_DOUBLE_COMPLEX", "DOUBLE_COMPLEX"),
];

/// The module's objects, in the order of [`PREDEFINED`].
static OBJECTS: PyOnceLock<Vec<Py<Datatype>>> = PyOnceLock::new();

/// Their handles as `handle` has them, in order, each with its row.
static HANDLES: OnceLock<Vec<(usize, usize)>> = OnceLock::new();

/// The row of [`PREDEFINED`] with the handle `raw`; the null handle has none.
fn position(raw: MPI_Datatype) -> Option<usize> {
    let handles = HANDLES.get_or_init(|| {
        let rows = PREDEFINED.iter().map(|row| to_address(row.raw()));
        let mut handles: Vec<_> = rows.enumerate().map(|(row, handle)| (handle, row)).collect();
        handles.sort_unstable();
        // Where a library gives several the same, the first stands for all.
        handles.dedup_by_key(|(handle, _)| *handle);
        handles
    });
    if raw == Datatype::null() {
        return None;
    }
    let found = handles.binary_search_by_key(&to_address(raw), |(handle, _)| *handle).ok()?;
    Some(handles[found].1)
}

/// What is known of the datatype of MPI's own that `raw` is.
pub(super) fn find(raw: MPI_Datatype) -> Option<&'static Predefined> {
    position(raw).map(|index| &PREDEFINED[index])
}

/// The first datatype of MPI's own that this library has and that has this typecode.
pub(super) fn of_code(code: &str) -> Option<MPI_Datatype> {
    let named = PREDEFINED.iter().filter(|row| row.code == code && !code.is_empty());
    named.map(Predefined::raw).find(|raw| *raw != Datatype::null())
}

/// The module's object for `raw`, when it is a datatype of MPI's own.
pub(super) fn object(py: Python<'_>, raw: MPI_Datatype) -> Option<Bound<'_, Datatype>> {
    Some(OBJECTS.get(py)?[position(raw)?].bind(py).clone())
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let constant = |raw| Py::new(py, Datatype(Handle::new(raw, READY | CONST)));
    module.add("DATATYPE_NULL", constant(Datatype::null())?)?;
    let mut objects = Vec::with_capacity(PREDEFINED.len());
    for row in PREDEFINED {
        let object = constant(row.raw())?;
        module.add(row.name, &object)?;
        objects.push(object);
    }
    let _ = OBJECTS.set(py, objects);
    ALIASES.iter().try_for_each(|(alias, name)| module.add(*alias, module.getattr(*name)?))
}
