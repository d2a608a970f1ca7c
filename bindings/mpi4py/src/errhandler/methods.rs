//! The methods of the four classes that errors are raised on: communicators, windows, files and sessions.

use core::ffi::c_int;
use std::sync::Mutex;

use mpi_api::types::MPI_Errhandler;
use pyo3::intern;
use pyo3::prelude::*;

use super::Errhandler;
use super::python::{self, Slots};
use crate::call::{check, mpi, released};
use crate::callback::{Lent, lend, numbered};
use crate::comm::Comm;
use crate::file::File;
use crate::handle::HandleClass;
use crate::handle::integer::{from_address, to_address};
use crate::kin::Kin;
use crate::session::Session;
use crate::win::{Win, WinBase};

/// A kind of object that errors are raised on. Its handles are integers here, as `X.handle` has them.
pub(super) struct Kind {
    /// The name of its class.
    pub name: &'static str,
    pub slots: &'static Slots,
    /// Makes an error handler of the C function of a slot.
    pub create: fn(usize, *mut MPI_Errhandler) -> c_int,
    get: fn(usize, *mut MPI_Errhandler) -> c_int,
    pub lend: for<'py> fn(Python<'py>, usize) -> PyResult<Lent<'py>>,
}

impl Kind {
    fn create_handler(&self, function: &Bound<'_, PyAny>) -> PyResult<Py<Errhandler>> {
        let py = function.py();
        // What is not callable is told by what it lacks.
        function.getattr(intern!(py, "__call__"))?;
        Py::new(py, Errhandler::of(python::create(self, function)?))
    }

    fn handler_of(&self, py: Python<'_>, handle: usize) -> PyResult<Py<Errhandler>> {
        let mut found = Errhandler::null();
        check(released(py, || (self.get)(handle, &raw mut found)))?;
        Py::new(py, Errhandler::of(found))
    }
}

/// Gives a class its error handlers; `[…]` is the way from an object to where its handle sits, and the last name is the
/// type of callback.
macro_rules! error_handlers {
    (
        $class:ident: $base:ident [$($get:tt)*] $raw:ident,
        $create:ident $set:ident $get_handler:ident $call:ident $function:ident
    ) => {
        const _: () = {
            static KIND: Kind = Kind {
                name: stringify!($class),
                slots: &SLOTS,
                // SAFETY: an out-parameter of the caller's, and a callback that lives forever.
                create: |number, new| unsafe { mpi_api::$create(Some(HANDLERS[number]), new) },
                get: |handle, found| {
                    // SAFETY: an out-parameter of the caller's.
                    unsafe { mpi_api::$get_handler(from_address(handle), found) }
                },
                lend: lend::<$base, $class>,
            };

            static SLOTS: Slots = Mutex::new([const { None }; python::SLOTS]);

            /// One C function for each slot.
            static HANDLERS: [mpi_api::types::$function; python::SLOTS] = numbered!(handler: 0 1 2 3 4);

            unsafe extern "C" fn handler<const NUMBER: usize>(
                object: *mut mpi_api::types::$raw,
                code: *mut c_int,
            ) {
                // SAFETY: MPI passes the addresses of a handle and of an error code.
                let (object, code) = unsafe { (*object, *code) };
                python::handle(&KIND, NUMBER, to_address(object), code);
            }

            #[pymethods]
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

                /// Set the error handler.
                fn Set_errhandler(slf: &Bound<'_, Self>, errhandler: &Bound<'_, Errhandler>) -> PyResult<()> {
                    let (handle, handler) = (slf$($get)*.raw(), errhandler.get().raw());
                    mpi!(slf.py(), $set(handle, handler))
                }

                /// Get the error handler; `Free` the result, as one of its own.
                fn Get_errhandler(slf: &Bound<'_, Self>) -> PyResult<Py<Errhandler>> {
                    KIND.handler_of(slf.py(), to_address(slf$($get)*.raw()))
                }

                /// Call the error handler with an error code: of the program's own, or one that MPI gave.
                fn Call_errhandler(slf: &Bound<'_, Self>, errorcode: c_int) -> PyResult<()> {
                    let handle = slf$($get)*.raw();
                    mpi!(slf.py(), $call(handle, errorcode))
                }
            }
        };
    };
}

error_handlers!(
    Comm: Comm [.get()] MPI_Comm,
    MPI_Comm_create_errhandler MPI_Comm_set_errhandler MPI_Comm_get_errhandler MPI_Comm_call_errhandler
    MPI_Comm_errhandler_function
);

error_handlers!(
    Win: WinBase [.as_super().get()] MPI_Win,
    MPI_Win_create_errhandler MPI_Win_set_errhandler MPI_Win_get_errhandler MPI_Win_call_errhandler
    MPI_Win_errhandler_function
);

error_handlers!(
    File: File [.get()] MPI_File,
    MPI_File_create_errhandler MPI_File_set_errhandler MPI_File_get_errhandler MPI_File_call_errhandler
    MPI_File_errhandler_function
);

error_handlers!(
    Session: Session [.get()] MPI_Session,
    MPI_Session_create_errhandler MPI_Session_set_errhandler MPI_Session_get_errhandler MPI_Session_call_errhandler
    MPI_Session_errhandler_function
);
