//! The arguments of a call, one after the other.

use core::ffi::c_int;

use mpi_api::types::{MPI_Info, MPI_Offset, MPI_Status};
use pyo3::CastError;
use pyo3::PyTypeInfo;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::impl_::extract_argument::{
    FunctionDescription, NoVarargs, NoVarkeywords, argument_extraction_error,
};
use pyo3::prelude::*;

use crate::call::counted;
use crate::info::Info;
use crate::op::Operation;
use crate::status::Status;

/// The longest list of parameters.
const MOST: usize = 8;

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

/// What a method does.
pub(crate) type Body = for<'a, 'py> fn(&'a Bound<'py, PyAny>, &mut Reader<'a, 'py>) -> Answer;

/// Calls `body` with the arguments that `description` finds in what the caller passed. The object that `body` gives,
/// or null and an exception.
///
/// # Safety
/// The arguments are those of a call that Python makes.
pub(crate) unsafe fn enter(
    description: &FunctionDescription,
    body: Body,
    this: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargs: ffi::Py_ssize_t,
    kwnames: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: Python holds the GIL when it calls.
    let py = unsafe { Python::assume_attached() };
    let names = description.positional_parameter_names;
    let mut sorted = [None; MOST];
    let given = if kwnames.is_null()
        && (description.required_positional_parameters..=names.len()).contains(&(nargs as usize))
    {
        // All by position: they are in their order already.
        // SAFETY: there are `nargs` objects, which the caller holds; an empty array may be null.
        unsafe { if nargs == 0 { &[] } else { core::slice::from_raw_parts(args.cast(), nargs as usize) } }
    } else {
        let slots = &mut sorted[..names.len()];
        // SAFETY: as the caller says; there is a slot for each parameter.
        let sorting = unsafe {
            description
                .extract_arguments_fastcall::<NoVarargs, NoVarkeywords>(py, args, nargs, kwnames, slots)
        };
        if let Err(error) = sorting {
            let _raised = Raised::from(error);
            return core::ptr::null_mut();
        }
        &sorted[..]
    };
    // SAFETY: Python calls a method on a live object.
    let this = unsafe { Bound::ref_from_ptr(py, &this) };
    body(this, &mut Reader { py, names, given, next: 0 }).unwrap_or(core::ptr::null_mut())
}

/// The arguments of one call. Each method takes the next one, of its type.
pub(crate) struct Reader<'a, 'py> {
    py: Python<'py>,
    names: &'static [&'static str],
    given: &'a [Option<Borrowed<'a, 'py, PyAny>>],
    next: usize,
}

impl<'a, 'py> Reader<'a, 'py> {
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
        argument_extraction_error(self.py, self.names[self.next - 1], error).into()
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
        given.extract().map_err(|error| self.fail(error))
    }

    /// An integer.
    pub fn int_or(&mut self, default: c_int) -> Result<c_int, Raised> {
        self.next().map_or(Ok(default), |given| given.extract().map_err(|error| self.fail(error)))
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

    /// An object of class `C`, or None.
    pub fn instance<C: PyTypeInfo>(&mut self) -> Result<Option<Borrowed<'a, 'py, C>>, Raised> {
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
