//! The arguments of a call, one after the other.

use core::ffi::c_int;

use mpi_api::types::{MPI_Info, MPI_Status};
use pyo3::CastError;
use pyo3::PyTypeInfo;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::impl_::extract_argument::{
    FunctionDescription, NoVarargs, NoVarkeywords, argument_extraction_error,
};
use pyo3::prelude::*;

use crate::info::Info;
use crate::op::Operation;
use crate::status::Status;

/// The longest list of parameters.
const MOST: usize = 8;

/// The arguments of one call. Each method takes the next one, of its type.
pub(crate) struct Reader<'py> {
    py: Python<'py>,
    names: &'static [&'static str],
    given: [Option<Borrowed<'py, 'py, PyAny>>; MOST],
    next: usize,
}

impl<'py> Reader<'py> {
    /// Sorts what the caller passed by the parameters that `description` has.
    ///
    /// # Safety
    /// The arguments are those of a call, which keeps them alive for `'py`.
    pub unsafe fn new(
        py: Python<'py>,
        description: &FunctionDescription,
        args: *const *mut ffi::PyObject,
        nargs: ffi::Py_ssize_t,
        kwnames: *mut ffi::PyObject,
    ) -> PyResult<Self> {
        let names = description.positional_parameter_names;
        let mut given = [None; MOST];
        let slots = &mut given[..names.len()];
        // SAFETY: as the caller says; there is a slot for each parameter.
        unsafe {
            description
                .extract_arguments_fastcall::<NoVarargs, NoVarkeywords>(py, args, nargs, kwnames, slots)?;
        }
        Ok(Self { py, names, given, next: 0 })
    }

    /// The next argument, if the caller passed it.
    fn next(&mut self) -> Option<Borrowed<'py, 'py, PyAny>> {
        let argument = self.given[self.next];
        self.next += 1;
        argument
    }

    /// `error`, saying which argument it is about: the last one taken.
    #[cold]
    #[inline(never)]
    fn fail(&self, error: PyErr) -> PyErr {
        argument_extraction_error(self.py, self.names[self.next - 1], error)
    }

    /// An object that must be given.
    pub fn any(&mut self) -> PyResult<Borrowed<'py, 'py, PyAny>> {
        self.next().ok_or_else(|| PyTypeError::new_err("a required argument is missing"))
    }

    /// An object; `None` stands for none.
    pub fn maybe(&mut self) -> PyResult<Option<Borrowed<'py, 'py, PyAny>>> {
        Ok(self.next().filter(|given| !given.is_none()))
    }

    /// An integer that must be given.
    pub fn int(&mut self) -> PyResult<c_int> {
        let given = self.any()?;
        given.extract().map_err(|error| self.fail(error))
    }

    /// An integer.
    pub fn int_or(&mut self, default: c_int) -> PyResult<c_int> {
        self.next().map_or(Ok(default), |given| given.extract().map_err(|error| self.fail(error)))
    }

    /// A rank or `ANY_SOURCE`.
    pub fn any_source(&mut self) -> PyResult<c_int> {
        self.int_or(mpi_api::MPI_ANY_SOURCE)
    }

    /// A tag or `ANY_TAG`.
    pub fn any_tag(&mut self) -> PyResult<c_int> {
        self.int_or(mpi_api::MPI_ANY_TAG)
    }

    /// An object of class `C`, or None.
    pub fn instance<C: PyTypeInfo>(&mut self) -> PyResult<Option<Borrowed<'py, 'py, C>>> {
        let Some(given) = self.maybe()? else { return Ok(None) };
        given.cast().map(Some).map_err(|error| self.fail(error.into()))
    }

    /// What a reduction does.
    pub fn op(&mut self) -> PyResult<Operation<'py, 'py>> {
        let Some(given) = self.next() else { return Ok(Operation::Sum) };
        given.extract().map_err(|error: CastError<'_, '_>| self.fail(error.into()))
    }

    /// Hints, or none.
    pub fn info(&mut self) -> PyResult<MPI_Info> {
        Ok(Info::raw_or_null(self.instance::<Info>()?.as_deref()))
    }

    /// Where the status goes, if somebody wants it.
    pub fn status(&mut self) -> PyResult<*mut MPI_Status> {
        Ok(Status::address_or_ignore(self.instance::<Status>()?.as_deref()))
    }
}

/// What is to be known of a list of parameters, each `name: kind` or `name: int = default`, where the kind is a
/// function of [`Reader`]; one more may follow the list.
///
/// `@names` and `@required` are for a `FunctionDescription`, `@shown` is the signature as `inspect` reads it, and
/// `@read reader` binds each name to its argument.
macro_rules! parameters {
    (@names ($($name:ident: $kind:ident $(= $default:literal)?),* $(,)?) $($last:ident: $its:ident)?) => {
        &[$(stringify!($name),)* $(stringify!($last))?]
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
    (@one $kind:ident $(= $default:literal)?) => { 0 };
    (@default any) => { "" };
    (@default int) => { "" };
    (@default int = $default:literal) => { concat!("=", stringify!($default)) };
    (@default any_source) => { "=mpi4py.MPI.ANY_SOURCE" };
    (@default any_tag) => { "=mpi4py.MPI.ANY_TAG" };
    (@default op) => { "=..." };
    (@default info) => { "=..." };
    (@default $kind:ident) => { "=None" };
    (@take $reader:ident int = $default:literal) => { $reader.int_or($default)? };
    (@take $reader:ident $kind:ident) => { $reader.$kind()? };
}
pub(crate) use parameters;
