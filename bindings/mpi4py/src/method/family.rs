//! Families of methods: one operation in several forms.

use core::ffi::c_int;

use mpi_api::types::MPI_Request;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

use crate::message::Keep;
use crate::method::{Answer, Raised};
use crate::request::{Prequest, Request};

/// Writes a table of families for a receiver of class `Class`; `in Owner` puts them into a class below it.
///
/// A family is what its members have in common (parameters, the description that is made of them, the arguments that
/// their functions of MPI take) and a line for each form:
///
/// ```text
/// families! { for Comm as comm:
///     bcast "broadcast" (buf: any, root: int = 0) {
///         it: Broadcast = Broadcast::new(comm, &buf, root)?;
///         (it.message.address, it.message.count, it.message.datatype, it.root, comm.raw())
///         /// Broadcast `buf` of the root to all processes (MPI 5.0, section 6.4).
///         run Bcast = MPI_Bcast_c,
///         start Ibcast = MPI_Ibcast_c,
///         prepare Bcast_init = MPI_Bcast_init_c,
///     }
/// }
/// ```
///
/// The forms: `run` returns when it is done; `receive` too, and takes a `status`; `start` returns a request that keeps
/// the description until completion; so does `begin`, which may wait for another process before that; `persist` one that
/// keeps it until it is freed; `prepare` does that too, and takes an `info`. All but the first document themselves, unless
/// they have a docstring.
macro_rules! families {
    (for $class:ident as $this:ident: $($families:tt)*) => {
        $crate::method::families!(@ $class $class $this $($families)*);
    };
    (for $class:ident as $this:ident in $owner:ident: $($families:tt)*) => {
        $crate::method::families!(@ $owner $class $this $($families)*);
    };
    (@ $owner:ident $class:ident $this:ident $(
        $family:ident $noun:literal $parameters:tt {
            $it:ident: $type:ty = $make:expr;
            $call:tt
            $($(#[doc = $doc:literal])* $form:ident $method:ident = $function:ident),+ $(,)?
        }
    )*) => {
        $(mod $family {
            #![allow(clippy::wildcard_imports, reason = "what describes a message is named outside")]
            use super::*;

            /// What the members of the family send and receive.
            #[allow(unused_variables, clippy::unnecessary_wraps, reason = "one shape for all, a barrier's too")]
            pub(super) fn describe(
                $this: &Bound<'_, $class>,
                reader: &mut $crate::method::Reader<'_, '_>,
            ) -> Result<$type, $crate::method::Raised> {
                $crate::method::parameters!(@read reader $parameters);
                Ok($make)
            }
        })*

        $crate::method::table!($owner: [$($(
            $crate::method::form! {
                $form $method $parameters [$($doc)*] $noun;
                |$this: $class, $it: $type = $family| $function $call
            },
        )+)*]);
    };
}
pub(crate) use families;

/// One form of a family, as a [`Method`](crate::method::Method).
macro_rules! form {
    (run $method:ident $parameters:tt [$($doc:literal)*] $noun:literal;
     |$this:ident: $class:ident, $it:ident: $type:ty = $family:ident| $function:ident ($($argument:expr),* $(,)?)) => {
        $crate::method::form!(@method $method $parameters [] [$($doc, "\n"),*];
        |py, $this: $class, reader| {
            let $it = $family::describe($this, reader)?;
            $crate::method::check($crate::call::mpi!(@code py, $function($($argument),*)))?;
            $crate::method::nothing(py)
        })
    };
    (receive $method:ident $parameters:tt [$($doc:literal)*] $noun:literal;
     |$this:ident: $class:ident, $it:ident: $type:ty = $family:ident| $function:ident ($($argument:expr),* $(,)?)) => {
        $crate::method::form!(@method $method $parameters [status: status] [$($doc, "\n"),*];
        |py, $this: $class, reader| {
            let $it = $family::describe($this, reader)?;
            let status = reader.status()?;
            $crate::method::check($crate::call::mpi!(@code py, $function($($argument,)* status)))?;
            $crate::method::nothing(py)
        })
    };
    (start $method:ident $parameters:tt [] $noun:literal; $($rest:tt)*) => {
        $crate::method::form! {
            start $method $parameters
            ["Nonblocking " $noun ". The buffers must not change until the request is complete."] $noun; $($rest)*
        }
    };
    (start $method:ident $parameters:tt $doc:tt $noun:literal; $($rest:tt)*) => {
        $crate::method::form!(@request started local [] $method $parameters $doc $($rest)*)
    };
    (begin $method:ident $parameters:tt [] $noun:literal; $($rest:tt)*) => {
        $crate::method::form! {
            begin $method $parameters
            ["Nonblocking " $noun ". The buffers must not change until the request is complete."] $noun; $($rest)*
        }
    };
    (begin $method:ident $parameters:tt $doc:tt $noun:literal; $($rest:tt)*) => {
        $crate::method::form!(@request started released [] $method $parameters $doc $($rest)*)
    };
    (persist $method:ident $parameters:tt [] $noun:literal; $($rest:tt)*) => {
        $crate::method::form! {
            persist $method $parameters ["Create a persistent request for " $noun "."] $noun; $($rest)*
        }
    };
    (persist $method:ident $parameters:tt $doc:tt $noun:literal; $($rest:tt)*) => {
        $crate::method::form!(@request prepared released [] $method $parameters $doc $($rest)*)
    };
    (prepare $method:ident $parameters:tt [] $noun:literal; $($rest:tt)*) => {
        $crate::method::form! {
            prepare $method $parameters ["Create a persistent request for " $noun "."] $noun; $($rest)*
        }
    };
    (prepare $method:ident $parameters:tt $doc:tt $noun:literal; $($rest:tt)*) => {
        $crate::method::form!(@request prepared released [info: info] $method $parameters $doc $($rest)*)
    };
    // What gives a request, `started` or `prepared`, after one more parameter or none.
    (@request $finish:ident $gil:ident [$($last:ident: $kind:ident)?] $method:ident $parameters:tt [$($doc:literal)*]
     |$this:ident: $class:ident, $it:ident: $type:ty = $family:ident| $function:ident ($($argument:expr),* $(,)?)) => {
        $crate::method::form!(@method $method $parameters [$($last: $kind)?] [$($doc),*];
        |py, $this: $class, reader| {
            let $it = $family::describe($this, reader)?;
            $(let $last = reader.$kind()?;)?
            let mut request = mpi_api::MPI_REQUEST_NULL();
            let new = &raw mut request;
            $crate::method::check($crate::call::$gil(py, || {
                // SAFETY: as in `mpi!`.
                unsafe { mpi_api::$function($($argument,)* $($last,)? new) }
            }))?;
            $crate::method::$finish(py, request, $it)
        })
    };
    // A method of its own: what it is called, its parameters, its docstring, and what it does.
    (@method $method:ident $parameters:tt [$($last:ident: $kind:ident)?] [$($doc:expr),* $(,)?];
     |$py:ident, $this:ident: $class:ident, $reader:ident| $body:block) => {
        $crate::method::entry!(
            light $class,
            concat!(stringify!($class), ".", stringify!($method)),
            stringify!($method),
            $crate::method::parameters!(@shown $parameters $($last: $kind)?),
            [$($doc),*],
            $crate::method::parameters!(@names $parameters $($last: $kind)?),
            0,
            $crate::method::parameters!(@required $parameters);
            |$py, $this, $reader| $body
        )
    };
}
pub(crate) use form;

/// `value`, as a method gives it.
pub(crate) fn answer<'py, T: IntoPyObjectExt<'py>>(py: Python<'py>, value: T) -> Answer {
    Ok(value.into_bound_py_any(py)?.into_ptr())
}

/// None, as a method gives it.
#[allow(clippy::unnecessary_wraps, reason = "it stands where `answer` may")]
#[inline(always)]
pub(crate) fn nothing(py: Python<'_>) -> Answer {
    Ok(py.None().into_ptr())
}

/// `Ok` for `MPI_SUCCESS`, else the exception that `code` stands for is raised.
#[inline(always)]
pub(crate) fn check(code: c_int) -> Result<(), Raised> {
    if code == mpi_api::MPI_SUCCESS { Ok(()) } else { Err(raise(code)) }
}

#[cold]
#[inline(never)]
fn raise(code: c_int) -> Raised {
    crate::exception::from_code(code).into()
}

/// The request of an operation that was started, which keeps `description` until completion.
pub(crate) fn started<T: 'static>(py: Python<'_>, request: MPI_Request, description: T) -> Answer {
    Ok(Request::create(py, request, kept(py, description)?)?.into_ptr())
}

/// The request of an operation that can be started, which keeps `description` until it is freed.
pub(crate) fn prepared<T: 'static>(py: Python<'_>, request: MPI_Request, description: T) -> Answer {
    Ok(Prequest::create(py, request, kept(py, description)?)?.into_ptr())
}

/// What a request keeps: None for a description of nothing, as a barrier's.
fn kept<T: 'static>(py: Python<'_>, description: T) -> PyResult<Py<PyAny>> {
    match mpi_api::scratch::take() {
        None if size_of::<T>() == 0 => Ok(py.None()),
        scratch => Keep::new(py, (description, scratch)),
    }
}
