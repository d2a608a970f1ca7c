//! The methods of the four classes that errors are raised on: communicators, windows, files and sessions.

use core::ffi::{c_int, c_void};

use mpi_api::types::MPI_Errhandler;
use pyo3::intern;
use pyo3::prelude::*;

use super::Errhandler;
use super::python::{self, Handler};
use crate::call::local;
use crate::callback::{Lent, lend};
use crate::comm::Comm;
use crate::file::File;
use crate::handle::HandleClass;
use crate::handle::integer::{from_address, to_address};
use crate::method::{self, Answer, Reader, methods};
use crate::session::Session;
use crate::win::{Win, WinBase};

/// A kind of object that errors are raised on. Its handles are integers here, as `X.handle` has them.
pub(super) struct Kind {
    /// Makes an error handler of a C function.
    pub create: fn(Handler, *mut MPI_Errhandler) -> c_int,
    set: fn(usize, MPI_Errhandler) -> c_int,
    get: fn(usize, *mut MPI_Errhandler) -> c_int,
    call: fn(usize, c_int) -> c_int,
    /// The handle at the address that MPI passes to an error handler.
    pub read: unsafe fn(*mut c_void) -> usize,
    pub lend: for<'py> fn(Python<'py>, usize) -> PyResult<Lent<'py>>,
}

impl Kind {
    fn create_handler(&'static self, function: &Bound<'_, PyAny>) -> PyResult<Py<Errhandler>> {
        let py = function.py();
        // What is not callable is told by what it lacks.
        function.getattr(intern!(py, "__call__"))?;
        Errhandler::object(py, python::create(self, function)?).map(Bound::unbind)
    }

    fn set_handler(&self, py: Python<'_>, handle: usize, reader: &mut Reader<'_, '_>) -> Answer {
        let handler = reader.any()?.cast::<Errhandler>().map_err(PyErr::from)?.get().raw();
        method::check(local(py, || (self.set)(handle, handler)))?;
        Ok(py.None().into_ptr())
    }

    fn handler_of(&self, py: Python<'_>, handle: usize) -> Answer {
        let mut found = Errhandler::null();
        method::check(local(py, || (self.get)(handle, &raw mut found)))?;
        Ok(Errhandler::object(py, found)?.into_ptr())
    }

    fn call_handler(&self, py: Python<'_>, handle: usize, reader: &mut Reader<'_, '_>) -> Answer {
        let code = reader.int()?;
        method::check(local(py, || (self.call)(handle, code)))?;
        Ok(py.None().into_ptr())
    }
}

/// Gives a class its error handlers; `[…]` is the way from an object to where its handle sits, and the last name is the
/// type of callback.
macro_rules! error_handlers {
    (
        $module:ident $class:ident: $base:ident [$($get:tt)*] $raw:ident,
        $create:ident $set:ident $get_handler:ident $call:ident $function:ident
    ) => {
        mod $module {
            use super::*;

            static KIND: Kind = Kind {
                create: |function, new| {
                    // SAFETY: an address of anything, where the type says of what; an out-parameter of the caller's, and
                    // a callback that lives forever.
                    unsafe {
                        let function = core::mem::transmute::<Handler, mpi_api::types::$function>(function);
                        mpi_api::$create(Some(function), new)
                    }
                },
                // SAFETY: handles alone.
                set: |handle, handler| unsafe { mpi_api::$set(from_address(handle), handler) },
                // SAFETY: an out-parameter of the caller's.
                get: |handle, found| unsafe { mpi_api::$get_handler(from_address(handle), found) },
                // SAFETY: integers alone.
                call: |handle, code| unsafe { mpi_api::$call(from_address(handle), code) },
                // SAFETY: the caller's.
                read: |address| to_address(unsafe { *address.cast::<mpi_api::types::$raw>() }),
                lend: lend::<$base, $class>,
            };

            method::table!($class: [
                method::form!(@method Set_errhandler (errhandler: any) [] ["Set the error handler."];
                |py, this: $class, reader| { KIND.set_handler(py, to_address(this$($get)*.raw()), reader) }),
                method::form!(@method Get_errhandler () []
                    ["Get the error handler; `Free` the result, as one of its own."];
                |py, this: $class, _reader| { KIND.handler_of(py, to_address(this$($get)*.raw())) }),
                method::form!(@method Call_errhandler (errorcode: int) []
                    ["Call the error handler with an error code: of the program's own, or one that MPI gave."];
                |py, this: $class, reader| { KIND.call_handler(py, to_address(this$($get)*.raw()), reader) }),
            ]);

            #[methods]
            impl $class {
                /// Create a new error handler for objects of this class (MPI 5.0, section 9.3).
                ///
                /// MPI calls `errhandler_fn(object, errorcode)` for an error. When it returns, the call that the
                /// error was found in goes on as the library has it, most often returning the error. It may not
                /// raise: there is nobody to catch, so the program is aborted.
                #[classmethod]
                fn Create_errhandler(
                    _cls: &Bound<'_, pyo3::types::PyType>,
                    errhandler_fn: &Bound<'_, PyAny>,
                ) -> PyResult<Py<Errhandler>> {
                    KIND.create_handler(errhandler_fn)
                }
            }
        }
    };
}

error_handlers!(
    comm Comm: Comm [.get()] MPI_Comm,
    MPI_Comm_create_errhandler MPI_Comm_set_errhandler MPI_Comm_get_errhandler MPI_Comm_call_errhandler
    MPI_Comm_errhandler_function
);

error_handlers!(
    win Win: WinBase [.as_super().get()] MPI_Win,
    MPI_Win_create_errhandler MPI_Win_set_errhandler MPI_Win_get_errhandler MPI_Win_call_errhandler
    MPI_Win_errhandler_function
);

error_handlers!(
    file File: File [.get()] MPI_File,
    MPI_File_create_errhandler MPI_File_set_errhandler MPI_File_get_errhandler MPI_File_call_errhandler
    MPI_File_errhandler_function
);

error_handlers!(
    session Session: Session [.get()] MPI_Session,
    MPI_Session_create_errhandler MPI_Session_set_errhandler MPI_Session_get_errhandler MPI_Session_call_errhandler
    MPI_Session_errhandler_function
);
