//! The arguments of a call, one after the other.

use core::ffi::c_int;

use mpi_api::types::{MPI_Info, MPI_Offset, MPI_Status};
use pyo3::CastError;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::ffi;
use pyo3::impl_::extract_argument::argument_extraction_error;
use pyo3::prelude::*;
use pyo3::type_object::PyTypeCheck;

use super::description::Description;
use crate::call::counted;
use crate::info::Info;
use crate::op::Operation;
use crate::status::Status;

/// The longest list of parameters.
pub(super) const MOST: usize = 10;

/// An exception that the interpreter has already. As an error this takes no room, where a `PyErr` is copied at every
/// `?`, and there are thousands of them.
pub(crate) struct Raised;

impl From<PyErr> for Raised {
    #[cold]
    #[inline(never)]
    fn from(error: PyErr) -> Self {
        counted(|py| error.restore(py));
        Self
    }
}

/// What a method gives: an owned object.
pub(crate) type Answer = Result<*mut ffi::PyObject, Raised>;

/// The arguments of one call. Each method takes the next one, of its type.
pub(crate) struct Reader<'a, 'py> {
    py: Python<'py>,
    description: &'a Description,
    given: &'a [Option<Borrowed<'a, 'py, PyAny>>],
    next: usize,
}

impl<'a, 'py> Reader<'a, 'py> {
    pub fn new(
        py: Python<'py>,
        description: &'a Description,
        given: &'a [Option<Borrowed<'a, 'py, PyAny>>],
    ) -> Self {
        Self { py, description, given, next: 0 }
    }

    /// The next argument, if the caller passed it.
    fn next(&mut self) -> Option<Borrowed<'a, 'py, PyAny>> {
        let argument = self.given.get(self.next).copied().flatten();
        self.next += 1;
        argument
    }

    /// Raises `error`, saying which argument it is about: the last one taken.
    #[cold]
    #[inline(never)]
    fn fail(&self, error: PyErr) -> Raised {
        argument_extraction_error(self.py, self.description.name(self.next - 1), error).into()
    }

    /// An object that must be given.
    pub fn any(&mut self) -> Result<Borrowed<'a, 'py, PyAny>, Raised> {
        self.next().ok_or_else(|| self.fail(PyTypeError::new_err("it is missing")))
    }

    /// An object; `None` stands for none.
    #[allow(clippy::unnecessary_wraps, reason = "all kinds of parameters are read the same way")]
    pub fn maybe(&mut self) -> Result<Option<Borrowed<'a, 'py, PyAny>>, Raised> {
        Ok(self.next().filter(|given| !given.is_none()))
    }

    /// An integer that must be given.
    pub fn int(&mut self) -> Result<c_int, Raised> {
        let given = self.any()?;
        self.integer(given)
    }

    /// An integer.
    pub fn int_or(&mut self, default: c_int) -> Result<c_int, Raised> {
        match self.next() {
            Some(given) => self.integer(given),
            None => Ok(default),
        }
    }

    /// The C `int` that an argument is.
    fn integer(&self, given: Borrowed<'a, 'py, PyAny>) -> Result<c_int, Raised> {
        // SAFETY: the object is alive and the GIL is held.
        let (value, failed) = unsafe {
            let value = ffi::PyLong_AsLong(given.as_ptr());
            (value, value == -1 && !ffi::PyErr_Occurred().is_null())
        };
        match c_int::try_from(value) {
            Ok(value) if !failed => Ok(value),
            _ => Err(self.no_integer(failed)),
        }
    }

    #[cold]
    #[inline(never)]
    fn no_integer(&self, failed: bool) -> Raised {
        self.fail(if failed {
            PyErr::fetch(self.py)
        } else {
            PyOverflowError::new_err("Python int too large to convert to C int")
        })
    }

    /// A place in a file, which must be given.
    pub fn offset(&mut self) -> Result<MPI_Offset, Raised> {
        let given = self.any()?;
        given.extract().map_err(|error| self.fail(error))
    }

    /// What an offset counts from: `SEEK_SET` or another.
    pub fn whence(&mut self) -> Result<c_int, Raised> {
        self.int_or(mpi_api::MPI_SEEK_SET)
    }

    /// A rank or `ANY_SOURCE`.
    pub fn any_source(&mut self) -> Result<c_int, Raised> {
        self.int_or(mpi_api::MPI_ANY_SOURCE)
    }

    /// A tag or `ANY_TAG`.
    pub fn any_tag(&mut self) -> Result<c_int, Raised> {
        self.int_or(mpi_api::MPI_ANY_TAG)
    }

    /// What Rust makes of an argument that must be given.
    pub fn value<T: FromPyObject<'a, 'py>>(&mut self) -> Result<T, Raised> {
        let given = self.any()?;
        given.extract().map_err(|error: T::Error| self.fail(error.into()))
    }

    /// What Rust makes of an argument, or `default` where there is none.
    pub fn value_or<T: FromPyObject<'a, 'py>>(&mut self, default: impl FnOnce() -> T) -> Result<T, Raised> {
        match self.next() {
            Some(given) => given.extract().map_err(|error: T::Error| self.fail(error.into())),
            None => Ok(default()),
        }
    }

    /// An object of class `C`, which must be given.
    pub fn object<C: PyTypeCheck>(&mut self) -> Result<Borrowed<'a, 'py, C>, Raised> {
        let given = self.any()?;
        given.cast().map_err(|error| self.fail(error.into()))
    }

    /// An object of class `C`, or None.
    pub fn instance<C: PyTypeCheck>(&mut self) -> Result<Option<Borrowed<'a, 'py, C>>, Raised> {
        let Some(given) = self.maybe()? else { return Ok(None) };
        given.cast().map(Some).map_err(|error| self.fail(error.into()))
    }

    /// What a reduction does.
    pub fn op(&mut self) -> Result<Operation<'a, 'py>, Raised> {
        let Some(given) = self.next() else { return Ok(Operation::Sum) };
        given.extract().map_err(|error: CastError<'_, '_>| self.fail(error.into()))
    }

    /// Hints, or none.
    pub fn info(&mut self) -> Result<MPI_Info, Raised> {
        Ok(Info::raw_or_null(self.instance::<Info>()?.as_deref()))
    }

    /// Where the status goes, if somebody wants it.
    pub fn status(&mut self) -> Result<*mut MPI_Status, Raised> {
        Ok(Status::address_or_ignore(self.instance::<Status>()?.as_deref()))
    }
}

/// What is to be known of a list of parameters, each `name: kind` or `name: int = default`, where the kind is a
/// function of [`Reader`]; one more may follow the list.
///
/// `@names` and `@required` are for a [`Description`](super::Description), `@shown` is the signature as `inspect` reads it, and
/// `@read reader` binds each name to its argument.
macro_rules! parameters {
    (@names ($($name:ident: $kind:ident $(= $default:literal)?),* $(,)?) $($last:ident: $its:ident)?) => {
        concat!($(stringify!($name), ",",)* $(stringify!($last), ",")?)
    };
    (@required ($($name:ident: $kind:ident $(= $default:literal)?),* $(,)?)) => {
        0 $(+ $crate::method::parameters!(@one $kind $(= $default)?))*
    };
    (@shown ($($name:ident: $kind:ident $(= $default:literal)?),* $(,)?) $($last:ident: $its:ident)?) => {
        concat!(
            "($self"
            $(, ", ", stringify!($name), $crate::method::parameters!(@default $kind $(= $default)?))*
            $(, ", ", stringify!($last), $crate::method::parameters!(@default $its))?
            , ")"
        )
    };
    (@read $reader:ident ($($name:ident: $kind:ident $(= $default:literal)?),* $(,)?)) => {
        $(let $name = $crate::method::parameters!(@take $reader $kind $(= $default)?);)*
    };
    (@one any) => { 1 };
    (@one int) => { 1 };
    (@one offset) => { 1 };
    (@one $kind:ident $(= $default:literal)?) => { 0 };
    (@default any) => { "" };
    (@default int) => { "" };
    (@default offset) => { "" };
    (@default int = $default:literal) => { concat!("=", stringify!($default)) };
    (@default whence) => { "=mpi4py.MPI.SEEK_SET" };
    (@default any_source) => { "=mpi4py.MPI.ANY_SOURCE" };
    (@default any_tag) => { "=mpi4py.MPI.ANY_TAG" };
    (@default op) => { "=..." };
    (@default info) => { "=..." };
    (@default $kind:ident) => { "=None" };
    (@take $reader:ident int = $default:literal) => { $reader.int_or($default)? };
    (@take $reader:ident $kind:ident) => { $reader.$kind()? };
}
pub(crate) use parameters;
