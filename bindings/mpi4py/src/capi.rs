//! What other extension modules reach us by: the functions in `__pyx_capi__`, and handles as addresses.

use core::ffi::{CStr, c_void};
use core::ptr::NonNull;

use mpi_api::types::{
    MPI_Comm, MPI_Datatype, MPI_Errhandler, MPI_File, MPI_Group, MPI_Info, MPI_Message, MPI_Op, MPI_Request,
    MPI_Session, MPI_Status, MPI_Win,
};
use pyo3::PyClass;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi::PyObject;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyType};

use crate::comm::Comm;
use crate::datatype::Datatype;
use crate::errhandler::Errhandler;
use crate::file::File;
use crate::group::Group;
use crate::handle::HandleClass;
use crate::handle::integer::{RawHandle, to_address};
use crate::info::Info;
use crate::matched::MatchedBase as Message;
use crate::method::{Raised, function};
use crate::op::Op;
use crate::request::{Grequest, Prequest, RequestBase as Request};
use crate::session::Session;
use crate::status::{self, Status};
use crate::win::WinBase as Win;

/// A class whose objects begin with a handle (or a status), right after `PyObject_HEAD`.
struct Class {
    object: for<'py> fn(Python<'py>) -> Bound<'py, PyType>,
    /// The size of what they begin with.
    size: usize,
    /// Its value as an unsigned integer, given its address.
    integer: unsafe fn(*const c_void) -> usize,
    /// Makes an object, and finds its handle.
    functions: [Function; 2],
}

/// A function for other extension modules.
struct Function {
    name: &'static str,
    /// As Cython spells it: clients compare it letter by letter.
    signature: &'static CStr,
    address: *const c_void,
}

// SAFETY: the address is a function's.
unsafe impl Sync for Function {}

/// Parts of a C string, joined at compile time.
macro_rules! c_string {
    ($($part:expr),*) => {
        match CStr::from_bytes_with_nul(concat!($($part,)* "\0").as_bytes()) {
            Ok(string) => string,
            Err(_) => panic!("a C string with a NUL inside"),
        }
    };
}

macro_rules! class {
    ($class:ident: $raw:ident, $argument:expr, $integer:expr, $new:expr, $get:expr) => {
        Class {
            object: |py| py.get_type::<$class>(),
            size: size_of::<$raw>(),
            integer: $integer,
            functions: [
                Function {
                    name: concat!("PyMPI", stringify!($class), "_New"),
                    signature: c_string!("PyObject *(", $argument, ")"),
                    address: $new as *const c_void,
                },
                Function {
                    name: concat!("PyMPI", stringify!($class), "_Get"),
                    signature: c_string!(stringify!($raw), " *(PyObject *)"),
                    address: $get as *const c_void,
                },
            ],
        }
    };
    ($class:ident: $raw:ident) => {
        class!(
            $class: $raw,
            stringify!($raw),
            integer::<$raw>,
            new::<$class> as unsafe extern "C" fn($raw) -> *mut PyObject,
            get::<$class> as unsafe extern "C" fn(*mut PyObject) -> *mut $raw
        )
    };
}

static CLASSES: [Class; 12] = [
    class!(Comm: MPI_Comm),
    class!(Datatype: MPI_Datatype),
    class!(Op: MPI_Op),
    class!(Group: MPI_Group),
    class!(Request: MPI_Request),
    class!(Message: MPI_Message),
    class!(Info: MPI_Info),
    class!(Errhandler: MPI_Errhandler),
    class!(Session: MPI_Session),
    class!(Win: MPI_Win),
    class!(File: MPI_File),
    class!(
        Status: MPI_Status,
        "MPI_Status *",
        |address| address as usize,
        new_status as unsafe extern "C" fn(*mut MPI_Status) -> *mut PyObject,
        get_status as unsafe extern "C" fn(*mut PyObject) -> *mut MPI_Status
    ),
];

/// The kinds of request that have a function of their own.
static REQUESTS: [Function; 2] = [
    Function {
        name: "PyMPIPrequest_New",
        signature: c"PyObject *(MPI_Request)",
        address: new_request::<Prequest> as unsafe extern "C" fn(MPI_Request) -> *mut PyObject
            as *const c_void,
    },
    Function {
        name: "PyMPIGrequest_New",
        signature: c"PyObject *(MPI_Request)",
        address: new_request::<Grequest> as unsafe extern "C" fn(MPI_Request) -> *mut PyObject
            as *const c_void,
    },
];

/// # Safety
/// A handle of this type is there.
unsafe fn integer<H: RawHandle>(address: *const c_void) -> usize {
    // SAFETY: the caller says so.
    to_address(unsafe { *address.cast::<H>() })
}

/// NULL, with the exception set.
fn raise<T>(error: PyErr) -> *mut T {
    let _raised = Raised::from(error);
    core::ptr::null_mut()
}

/// A new reference, or NULL with the exception set.
fn give(object: PyResult<Py<PyAny>>) -> *mut PyObject {
    object.map_or_else(raise, Py::into_ptr)
}

/// # Safety
/// The GIL is held.
unsafe extern "C" fn new<C: HandleClass>(raw: C::Raw) -> *mut PyObject {
    // SAFETY: the caller says so.
    let py = unsafe { Python::assume_attached() };
    give(C::make(&py.get_type::<C>(), raw))
}

/// # Safety
/// The GIL is held.
unsafe extern "C" fn new_request<K: PyClass>(raw: MPI_Request) -> *mut PyObject {
    // SAFETY: the caller says so.
    let py = unsafe { Python::assume_attached() };
    give(Request::make(&py.get_type::<K>(), raw))
}

/// # Safety
/// The GIL is held; `address` is null, `MPI_STATUS_IGNORE`, or a status.
unsafe extern "C" fn new_status(address: *mut MPI_Status) -> *mut PyObject {
    // SAFETY: the caller says so.
    let py = unsafe { Python::assume_attached() };
    let found = if address.is_null() || address == mpi_api::MPI_STATUS_IGNORE() {
        status::empty()
    } else {
        // SAFETY: it is a status, then.
        unsafe { *address }
    };
    give(Py::new(py, Status::new(found)).map(Py::into_any))
}

/// # Safety
/// The GIL is held, and `object` is borrowed or NULL. The handle lives as long as the object.
unsafe extern "C" fn get<C: HandleClass>(object: *mut PyObject) -> *mut C::Raw {
    // SAFETY: the caller says so.
    let py = unsafe { Python::assume_attached() };
    // SAFETY: as above.
    let object = unsafe { Bound::from_borrowed_ptr_or_opt(py, object) };
    if let Some(Ok(object)) = object.as_ref().map(|object| object.cast::<C>()) {
        return object.get().handle().address();
    }
    let wanted = py.get_type::<C>();
    raise(PyTypeError::new_err(format!("expected an instance of {wanted}")))
}

/// # Safety
/// As [`get`]; None stands for `MPI_STATUS_IGNORE`.
unsafe extern "C" fn get_status(object: *mut PyObject) -> *mut MPI_Status {
    // SAFETY: the caller says so.
    let py = unsafe { Python::assume_attached() };
    // SAFETY: as above.
    let object = unsafe { Bound::from_borrowed_ptr_or_opt(py, object) };
    match object {
        Some(object) if object.is_none() => mpi_api::MPI_STATUS_IGNORE(),
        Some(object) if object.is_instance_of::<Status>() => Status::address_or_ignore(object.cast().ok()),
        _ => raise(PyTypeError::new_err("expected an mpi4py.MPI.Status or None")),
    }
}

/// The class that `class` is or derives from.
fn class_of(class: &Bound<'_, PyType>) -> PyResult<Option<&'static Class>> {
    for known in &CLASSES {
        if class.is_subclass(&(known.object)(class.py()))? {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

/// The class and the address of the handle of an object.
fn handle_of(object: &Bound<'_, PyAny>) -> PyResult<(&'static Class, *const c_void)> {
    let class =
        class_of(&object.get_type())?.ok_or_else(|| PyTypeError::new_err("expecting an MPI instance"))?;
    let address = object.as_ptr().cast::<u8>().wrapping_add(size_of::<PyObject>());
    Ok((class, address.cast()))
}

/// Size in bytes of the underlying MPI handle, of an MPI type or one of its instances.
#[function]
fn _sizeof(arg: &Bound<'_, PyAny>) -> PyResult<usize> {
    let class = match arg.cast::<PyType>() {
        Ok(class) => class_of(class)?,
        Err(_) => class_of(&arg.get_type())?,
    };
    class.map(|class| class.size).ok_or_else(|| PyTypeError::new_err("expecting an MPI type or instance"))
}

/// Memory address of the underlying MPI handle. The handle lives there as long as the object.
#[function]
fn _addressof(arg: &Bound<'_, PyAny>) -> PyResult<usize> {
    handle_of(arg).map(|(_, address)| address as usize)
}

/// Unsigned integer value with the underlying MPI handle; of a status, its address.
#[function]
fn _handleof(arg: &Bound<'_, PyAny>) -> PyResult<usize> {
    let (class, address) = handle_of(arg)?;
    // SAFETY: an object of this class has its handle there.
    Ok(unsafe { (class.integer)(address) })
}

/// Adds the functions for Python, and those for C: `__pyx_capi__`.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let functions = PyDict::new(py);
    for Function { name, signature, address } in
        CLASSES.iter().flat_map(|class| &class.functions).chain(&REQUESTS)
    {
        let address = NonNull::new(address.cast_mut()).expect("a function has an address");
        // SAFETY: functions live forever.
        functions.set_item(name, unsafe { PyCapsule::new_with_pointer(py, address, signature)? })?;
    }
    module.add("__pyx_capi__", functions)?;
    Ok(())
}
