//! Attributes (MPI 5.0, section 7.7): what programs attach to communicators, datatypes and windows, under keys.
//!
//! The three classes differ in the functions of MPI they call and in the keys that MPI predefines: a [`Kind`] says
//! both, and the rest is one description. Under a key that Python made, MPI holds the address of a Python object and
//! we hold a reference to it, one for each place it is attached to; with `nopython`, and under the keys of others, a
//! value is an integer as wide as a pointer.

mod callbacks;
mod keys;

use core::ffi::{c_int, c_void};
use core::ptr;

use mpi_api::types::MPI_Aint;
use pyo3::ffi;
use pyo3::prelude::*;

use self::keys::Key;
use crate::call::{check, local, released};
use crate::callback::{self, Lent, lend};
use crate::comm::Comm;
use crate::datatype::Datatype;
use crate::handle::HandleClass;
use crate::handle::integer::{from_address, to_address, word};
use crate::method::{self, Answer, Reader, methods};
use crate::win::{Win, WinBase};

/// A kind of object that has attributes. Handles are integers here, as `X.handle` has them.
struct Kind {
    create_keyval: fn(*mut c_int) -> c_int,
    free_keyval: fn(*mut c_int) -> c_int,
    set: fn(usize, c_int, *mut c_void) -> c_int,
    get: fn(usize, c_int, *mut *mut c_void, *mut c_int) -> c_int,
    delete: fn(usize, c_int) -> c_int,
    lend: for<'py> fn(Python<'py>, usize) -> PyResult<Lent<'py>>,
    predefined: &'static [(c_int, Meaning)],
}

/// What the value of an attribute is.
#[derive(Clone, Copy)]
enum Meaning {
    /// An address: the integer itself.
    Address,
    /// The address of a C int.
    Int,
    /// The address of an `MPI_Aint`.
    Aint,
}

impl Kind {
    fn create_key(
        &'static self,
        py: Python<'_>,
        copy_fn: Option<&Bound<'_, PyAny>>,
        delete_fn: Option<&Bound<'_, PyAny>>,
        nopython: bool,
    ) -> PyResult<c_int> {
        callback::announce(callback::Threads::Callers);
        let key = Key::new(self, copy_fn, delete_fn, nopython)?;
        let mut keyval = mpi_api::MPI_KEYVAL_INVALID;
        check(released(py, || (self.create_keyval)(&raw mut keyval)))?;
        keys::insert(keyval, key);
        Ok(keyval)
    }

    fn free_key(&'static self, py: Python<'_>, keyval: c_int) -> PyResult<c_int> {
        let mut freed = keyval;
        check(released(py, || (self.free_keyval)(&raw mut freed)))?;
        keys::free(self, keyval);
        Ok(freed)
    }

    fn set_value(&'static self, py: Python<'_>, handle: usize, reader: &mut Reader<'_, '_>) -> Answer {
        let (keyval, value) = (reader.int()?, reader.any()?);
        let objects = keys::holds_objects(self, keyval);
        let raw = if objects { value.to_owned().into_ptr().cast() } else { word(&value)? };
        // Before the call: while it runs, MPI deletes the attribute that was there, maybe the last one of a freed key.
        keys::attach(self, keyval, raw);
        let code = local(py, || (self.set)(handle, keyval, raw));
        if code != mpi_api::MPI_SUCCESS && keys::detach(self, keyval, raw) && objects {
            // SAFETY: the reference that was for MPI, which did not take it: our delete callbacks never fail.
            drop(unsafe { Bound::from_owned_ptr(py, raw.cast()) });
        }
        method::check(code)?;
        Ok(py.None().into_ptr())
    }

    fn value(&'static self, py: Python<'_>, handle: usize, reader: &mut Reader<'_, '_>) -> Answer {
        let keyval = reader.int()?;
        let (mut raw, mut found) = (ptr::null_mut(), 0);
        method::check(local(py, || (self.get)(handle, keyval, &raw mut raw, &raw mut found)))?;
        if found == 0 {
            return Ok(py.None().into_ptr());
        }
        let known = self.predefined.iter().find(|(known, _)| *known == keyval);
        let objects = known.is_none() && keys::holds_objects(self, keyval);
        // Another thread may have deleted an object since.
        if objects && !keys::holds(self, keyval, raw) {
            return Ok(py.None().into_ptr());
        }
        // SAFETY: the address of an object that we hold a reference to; or MPI gives addresses of what these attributes
        // mean (MPI 5.0, sections 9.1.2 and 12.2.6).
        let value = unsafe {
            match known.map_or(Meaning::Address, |(_, meaning)| *meaning) {
                Meaning::Address => argument(py, raw, objects)?,
                Meaning::Int => (*raw.cast::<c_int>()).into_pyobject(py).map_err(PyErr::from)?.into_any(),
                Meaning::Aint => (*raw.cast::<MPI_Aint>()).into_pyobject(py).map_err(PyErr::from)?.into_any(),
            }
        };
        Ok(value.into_ptr())
    }

    fn delete_value(&'static self, py: Python<'_>, handle: usize, reader: &mut Reader<'_, '_>) -> Answer {
        let keyval = reader.int()?;
        callbacks::take_failure();
        method::check(local(py, || (self.delete)(handle, keyval)))?;
        method::check(callbacks::take_failure().unwrap_or(mpi_api::MPI_SUCCESS))?;
        Ok(py.None().into_ptr())
    }
}

/// The value of an attribute as Python sees it: an object, or else an integer, not negative.
fn argument(py: Python<'_>, value: *mut c_void, object: bool) -> PyResult<Bound<'_, PyAny>> {
    if object {
        // SAFETY: the address of an object, to which the attribute has a reference.
        Ok(unsafe { Bound::from_borrowed_ptr(py, value.cast()) })
    } else {
        // SAFETY: the GIL is held; a new reference, or null with an exception set.
        unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyLong_FromVoidPtr(value)) }
    }
}

/// Gives a class its attributes; `[…]` is the way from an object to where its handle sits.
macro_rules! attributes {
    (
        $module:ident $class:ident: $base:ident [$($get:tt)*] $raw:ident,
        $create:ident $free:ident $set:ident $get_attr:ident $delete:ident,
        $predefined:expr
    ) => {
        mod $module {
            use super::*;

            static KIND: Kind = Kind {
                // SAFETY: an out-parameter of the caller's, and callbacks of the right types that live forever.
                create_keyval: |keyval| unsafe { mpi_api::$create(Some(copy), Some(delete), keyval, ptr::null_mut()) },
                // SAFETY: as above.
                free_keyval: |keyval| unsafe { mpi_api::$free(keyval) },
                // SAFETY: MPI keeps the value and does not look behind it.
                set: |handle, keyval, value| unsafe { mpi_api::$set(from_address(handle), keyval, value) },
                get: |handle, keyval, value, found| {
                    // SAFETY: out-parameters of the caller's.
                    unsafe { mpi_api::$get_attr(from_address(handle), keyval, value.cast(), found) }
                },
                // SAFETY: integers alone.
                delete: |handle, keyval| unsafe { mpi_api::$delete(from_address(handle), keyval) },
                lend: lend::<$base, $class>,
                predefined: $predefined,
            };

            unsafe extern "C" fn copy(
                old: mpi_api::types::$raw,
                keyval: c_int,
                _state: *mut c_void,
                value: *mut c_void,
                new: *mut c_void,
                copied: *mut c_int,
            ) -> c_int {
                // SAFETY: MPI passes where to write the new value and whether there is one.
                unsafe { callbacks::copy(&KIND, to_address(old), keyval, value, new.cast(), copied) }
            }

            unsafe extern "C" fn delete(
                object: mpi_api::types::$raw,
                keyval: c_int,
                value: *mut c_void,
                _state: *mut c_void,
            ) -> c_int {
                callbacks::delete(&KIND, to_address(object), keyval, value)
            }

            method::table!($class: [
                method::form!(@method Set_attr (keyval: int, attrval: any) []
                    ["Store an attribute value under a key: any object, or an integer when the key is not Python's."];
                |py, this: $class, reader| { KIND.set_value(py, to_address(this$($get)*.raw()), reader) }),
                method::form!(@method Get_attr (keyval: int) []
                    ["Retrieve the attribute value under a key; None when there is none."];
                |py, this: $class, reader| { KIND.value(py, to_address(this$($get)*.raw()), reader) }),
                method::form!(@method Delete_attr (keyval: int) [] ["Delete the attribute value under a key."];
                |py, this: $class, reader| { KIND.delete_value(py, to_address(this$($get)*.raw()), reader) }),
            ]);

            #[methods]
            impl $class {
                /// Create a new attribute key for objects of this class (MPI 5.0, section 7.7).
                ///
                /// `copy_fn` says what becomes of an attribute when its object is duplicated: with None or False
                /// it is not copied, with True the duplicate has the same value, and
                /// `copy_fn(object, keyval, value)` returns the new value, or `NotImplemented` to have none. MPI
                /// calls `delete_fn(object, keyval, value)` when the attribute is deleted, replaced, or goes with
                /// its object. An exception in `copy_fn` makes the duplication fail, one in `delete_fn` is printed,
                /// and `Delete_attr` raises. With `nopython` values are integers as wide as a pointer, which
                /// other languages understand; else they are any objects.
                #[classmethod]
                #[pyo3(signature = (copy_fn=None, delete_fn=None, nopython=false))]
                fn Create_keyval(
                    cls: &Bound<'_, pyo3::types::PyType>,
                    copy_fn: Option<&Bound<'_, PyAny>>,
                    delete_fn: Option<&Bound<'_, PyAny>>,
                    nopython: bool,
                ) -> PyResult<c_int> {
                    KIND.create_key(cls.py(), copy_fn, delete_fn, nopython)
                }

                /// Free an attribute key; returns `KEYVAL_INVALID`. Attributes under it stay until they are deleted.
                #[classmethod]
                fn Free_keyval(cls: &Bound<'_, pyo3::types::PyType>, keyval: c_int) -> PyResult<c_int> {
                    KIND.free_key(cls.py(), keyval)
                }
            }
        }
    };
}

attributes!(
    comm Comm: Comm [.get()] MPI_Comm,
    MPI_Comm_create_keyval MPI_Comm_free_keyval MPI_Comm_set_attr MPI_Comm_get_attr MPI_Comm_delete_attr,
    &[
        (mpi_api::MPI_TAG_UB, Meaning::Int),
        (mpi_api::MPI_IO, Meaning::Int),
        (mpi_api::MPI_HOST, Meaning::Int),
        (mpi_api::MPI_WTIME_IS_GLOBAL, Meaning::Int),
        (mpi_api::MPI_UNIVERSE_SIZE, Meaning::Int),
        (mpi_api::MPI_APPNUM, Meaning::Int),
        (mpi_api::MPI_LASTUSEDCODE, Meaning::Int),
    ]
);

attributes!(
    datatype Datatype: Datatype [.get()] MPI_Datatype,
    MPI_Type_create_keyval MPI_Type_free_keyval MPI_Type_set_attr MPI_Type_get_attr MPI_Type_delete_attr,
    &[]
);

attributes!(
    win Win: WinBase [.as_super().get()] MPI_Win,
    MPI_Win_create_keyval MPI_Win_free_keyval MPI_Win_set_attr MPI_Win_get_attr MPI_Win_delete_attr,
    &[
        (mpi_api::MPI_WIN_BASE, Meaning::Address),
        (mpi_api::MPI_WIN_SIZE, Meaning::Aint),
        (mpi_api::MPI_WIN_DISP_UNIT, Meaning::Int),
        (mpi_api::MPI_WIN_CREATE_FLAVOR, Meaning::Int),
        (mpi_api::MPI_WIN_MODEL, Meaning::Int),
    ]
);
