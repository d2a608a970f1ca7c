//! What the classes of MPI handles share: the layout that compiled clients know, and the methods that do not
//! depend on the kind of handle.

pub(crate) mod integer;
pub(crate) mod pickle;
pub(crate) mod spare;

use core::cell::UnsafeCell;
use core::ffi::{c_int, c_uint};

use pyo3::exceptions::PyTypeError;
use pyo3::impl_::pyclass::PyClassImpl;
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::types::{PyBool, PyType};
use pyo3::{PyClass, PyTypeInfo, ffi};

use crate::method::{Answer, Raised};
use integer::RawHandle;
use spare::Spared;

/// `flags`: the object was constructed.
pub(crate) const READY: c_uint = 1;
/// `flags`: the object is one of the module's predefined ones and keeps its handle.
pub(crate) const CONST: c_uint = 1 << 1;

/// The contents of a handle object, right after `PyObject_HEAD`: `MPI_X ob_mpi; unsigned flags;`.
///
/// Cython and C clients read and write these fields directly, so the handle lives here and is read anew at
/// each use. The weak-reference list follows; PyO3 adds it.
#[repr(C)]
pub(crate) struct Handle<H> {
    ob_mpi: UnsafeCell<H>,
    flags: UnsafeCell<c_uint>,
}

// SAFETY: reached with the GIL held only.
unsafe impl<H> Sync for Handle<H> {}
// SAFETY: an MPI handle is an integer or a pointer that any thread may use.
unsafe impl<H> Send for Handle<H> {}

impl<H: Copy> Handle<H> {
    pub const fn new(handle: H, flags: c_uint) -> Self {
        Self { ob_mpi: UnsafeCell::new(handle), flags: UnsafeCell::new(flags) }
    }

    /// What goes into an object that `class` is called for: every constructor of a class that can be derived from
    /// begins here.
    pub fn of_class(class: &Bound<'_, PyType>, handle: H) -> Self {
        hold_for_instance(class);
        Self::new(handle, READY)
    }

    /// The handle as it is now.
    #[inline(always)]
    pub fn get(&self) -> H {
        // SAFETY: the GIL is held, so nobody writes meanwhile.
        unsafe { *self.ob_mpi.get() }
    }

    /// Replaces the handle.
    pub fn set(&self, handle: H) {
        // SAFETY: as in `get`.
        unsafe { *self.ob_mpi.get() = handle }
    }

    /// Where the handle lives: what `MPI._addressof` gives, and what MPI may write through.
    #[inline(always)]
    pub fn address(&self) -> *mut H {
        self.ob_mpi.get()
    }

    pub fn flags(&self) -> c_uint {
        // SAFETY: as in `get`.
        unsafe { *self.flags.get() }
    }

    pub fn set_flags(&self, flags: c_uint) {
        // SAFETY: as in `get`.
        unsafe { *self.flags.get() = flags }
    }

    /// Whether this is one of MPI's predefined objects of the module.
    pub fn is_constant(&self) -> bool {
        self.flags() & CONST != 0
    }

    /// Lets MPI consume the handle: free it, or complete what it stands for. The object has afterwards what MPI
    /// left in its place; one of the module's constants keeps what it had.
    pub fn consume<R>(&self, call: impl FnOnce(*mut H) -> R) -> R {
        let mut handle = self.get();
        let result = call(&raw mut handle);
        if !self.is_constant() {
            self.set(handle);
        }
        result
    }
}

/// Gives an instance of `class` that is about to be made the reference to its class that PyO3 takes for granted.
///
/// When an instance dies, PyO3 gives up a reference to its class, and it shows that reference to the garbage collector.
/// Where a *static* type stands between the class and ours, as Cython makes them, there is none left to give up: either
/// the class is that type itself, whose instances hold no reference to it, or it is one of Python's own, and the
/// interpreter gives up and shows the one there is, because the type below is static. So there it is one more.
pub(crate) fn hold_for_instance(class: &Bound<'_, PyType>) {
    let mut ancestor = class.as_type_ptr();
    // SAFETY: a class keeps its bases alive, and the GIL is held. Only a type on the heap is asked for its base.
    unsafe {
        while ffi::PyType_GetFlags(ancestor) & ffi::Py_TPFLAGS_HEAPTYPE != 0 {
            ancestor = ffi::PyType_GetSlot(ancestor, ffi::Py_tp_base).cast();
        }
        // Else all are on the heap up to `object`, which is static always.
        if !core::ptr::eq(ancestor, &raw const ffi::PyBaseObject_Type) {
            ffi::Py_INCREF(class.as_ptr());
        }
    }
}

/// A class of MPI handles. For a class whose handle sits in a hidden base, this is that base.
pub(crate) trait HandleClass:
    PyClass<Frozen = True> + PyClassImpl<BaseType = PyAny> + Spared + Sync + Sized
{
    /// The handle type.
    type Raw: RawHandle;
    /// The null handle.
    fn null() -> Self::Raw;
    /// An object's contents.
    fn holding(handle: Handle<Self::Raw>) -> Self;
    /// The handle and its flags.
    fn handle(&self) -> &Handle<Self::Raw>;
    /// The handle as it is now.
    #[inline(always)]
    fn raw(&self) -> Self::Raw {
        self.handle().get()
    }
    /// Forgets the handle of an object that MPI predefines, as `free` does where there is nothing to free. One of the
    /// module's constants keeps it.
    fn forget(&self) {
        if !self.handle().is_constant() {
            self.handle().set(Self::null());
        }
    }
    /// A new object for `raw`, of just this class.
    fn object(py: Python<'_>, raw: Self::Raw) -> PyResult<Bound<'_, Self>> {
        spare::allocate(py, Self::holding(Handle::new(raw, READY)))
    }
    /// A new object for `raw`, of the class that fits it; the caller asked `class` for it.
    fn make(class: &Bound<'_, PyType>, raw: Self::Raw) -> PyResult<Py<PyAny>> {
        Ok(Self::object(class.py(), raw)?.into_any().unbind())
    }
    /// What `__reduce__` says of an object that is none of MPI's predefined ones.
    fn serialize(object: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Err(pickle::refusal(object))
    }
}

/// Gives a class of handles what all of them have: truth, equality, pickling of the predefined ones, `handle` and
/// `fromhandle`, and MPI's own integers of both kinds.
///
/// `handle_class!(Class, MPI_X, MPI_X_NULL)` is for a tuple struct whose first field is a [`Handle`];
/// `handle_class!(Class: Base, …)` for a class over a hidden base that is such a struct. A last argument in braces
/// holds what replaces a provided method of [`HandleClass`].
macro_rules! handle_class {
    ($class:ident, $raw:ident, $null:ident $(, { $($own:tt)* })?) => {
        $crate::handle::handle_class!(@ $class $class [.get()] $raw $null [$($($own)*)?]);
    };
    ($class:ident: $base:ident, $raw:ident, $null:ident $(, { $($own:tt)* })?) => {
        $crate::handle::handle_class!(@ $class $base [.as_super().get()] $raw $null [$($($own)*)?]);
    };
    (@ $class:ident $base:ident [$($get:tt)*] $raw:ident $null:ident [$($own:tt)*]) => {
        $crate::handle::spare::spared!($base);

        impl $crate::handle::HandleClass for $base {
            type Raw = mpi_api::types::$raw;
            #[inline(always)]
            fn null() -> Self::Raw {
                mpi_api::$null()
            }
            fn holding(handle: $crate::handle::Handle<Self::Raw>) -> Self {
                Self(handle)
            }
            #[inline(always)]
            fn handle(&self) -> &$crate::handle::Handle<Self::Raw> {
                &self.0
            }
            $($own)*
        }

        const _: () = {
            unsafe extern "C" fn truth(this: *mut pyo3::ffi::PyObject) -> core::ffi::c_int {
                use $crate::handle::HandleClass;
                // SAFETY: Python holds the GIL when it calls, on an instance of the class.
                let this = unsafe { pyo3::Bound::ref_from_ptr(pyo3::Python::assume_attached(), &this).cast_unchecked::<$class>() };
                (this$($get)*.raw() != <$base>::null()).into()
            }
            unsafe extern "C" fn compare(
                this: *mut pyo3::ffi::PyObject,
                other: *mut pyo3::ffi::PyObject,
                op: core::ffi::c_int,
            ) -> *mut pyo3::ffi::PyObject {
                // SAFETY: as above.
                let (this, other) = unsafe {
                    let py = pyo3::Python::assume_attached();
                    (pyo3::Bound::ref_from_ptr(py, &this).cast_unchecked::<$class>(), pyo3::Bound::ref_from_ptr(py, &other))
                };
                $crate::method::given($crate::handle::compare(this$($get)*, other, op))
            }
            $crate::method::slots!($class:
                Py_nb_bool = truth as pyo3::ffi::inquiry,
                Py_tp_richcompare = compare as pyo3::ffi::richcmpfunc,
            );
        };

        #[$crate::method::methods]
        impl $class {
            fn __reduce__(slf: &pyo3::Bound<'_, Self>) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                $crate::handle::pickle::reduce(slf$($get)*, slf.as_any())
            }

            /// MPI handle, as an unsigned integer.
            #[getter(handle)]
            #[light]
            fn py_handle(slf: &pyo3::Bound<'_, Self>) -> usize {
                use $crate::handle::HandleClass;
                $crate::handle::integer::to_address(slf$($get)*.raw())
            }

            /// Return the MPI handle, an unsigned integer that `fromhandle` takes.
            #[light]
            fn tohandle(slf: &pyo3::Bound<'_, Self>) -> usize {
                Self::py_handle(slf)
            }

            /// Create object from MPI handle, an integer as `handle` gives it.
            #[classmethod]
            fn fromhandle(cls: &pyo3::Bound<'_, pyo3::types::PyType>, handle: usize) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                <$base as $crate::handle::HandleClass>::make(cls, $crate::handle::integer::from_address(handle))
            }

            /// Translate object to integer handle (MPI 5.0, section 19.3.4).
            #[light]
            fn toint(slf: &pyo3::Bound<'_, Self>) -> core::ffi::c_int {
                use $crate::handle::{HandleClass, integer::RawHandle};
                slf$($get)*.raw().to_int()
            }

            /// Translate integer handle to object.
            #[classmethod]
            #[pyo3(signature = (arg, /))]
            fn fromint(cls: &pyo3::Bound<'_, pyo3::types::PyType>, arg: core::ffi::c_int) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                use $crate::handle::{HandleClass, integer::RawHandle};
                <$base>::make(cls, RawHandle::from_int(arg))
            }

            /// The handle as Fortran knows it (MPI 5.0, section 19.3.4).
            #[light]
            fn py2f(slf: &pyo3::Bound<'_, Self>) -> mpi_api::types::MPI_Fint {
                use $crate::handle::{HandleClass, integer::RawHandle};
                slf$($get)*.raw().to_fortran()
            }

            /// Create object from Fortran's handle.
            #[classmethod]
            fn f2py(cls: &pyo3::Bound<'_, pyo3::types::PyType>, arg: mpi_api::types::MPI_Fint) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                use $crate::handle::{HandleClass, integer::RawHandle};
                <$base>::make(cls, RawHandle::from_fortran(arg))
            }
        }
    };
}
pub(crate) use handle_class;

/// `==` and `!=` of two handle objects of one kind; an order is an error.
pub(crate) fn compare<C: HandleClass>(mine: &C, other: &Bound<'_, PyAny>, op: c_int) -> Answer {
    match other.cast::<C>() {
        Ok(theirs) => equality(mine.raw() == theirs.get().raw(), op, other),
        Err(_) => Ok(other.py().NotImplemented().into_ptr()),
    }
}

/// What `==` or `!=` gives, knowing whether the two are equal.
pub(crate) fn equality(equal: bool, op: c_int, other: &Bound<'_, PyAny>) -> Answer {
    let answer = match op {
        ffi::Py_EQ => equal,
        ffi::Py_NE => !equal,
        _ => return Err(unorderable(other)),
    };
    Ok(PyBool::new(other.py(), answer).to_owned().into_ptr())
}

#[cold]
#[inline(never)]
fn unorderable(other: &Bound<'_, PyAny>) -> Raised {
    let error = match other.get_type().fully_qualified_name() {
        Ok(name) => PyTypeError::new_err(format!("unorderable type '{name}'")),
        Err(error) => error,
    };
    error.into()
}

/// The class `C`, which lives as long as the module, without a reference to count.
#[inline(always)]
pub(crate) fn class_of<C: PyTypeInfo>(py: Python<'_>) -> Borrowed<'_, '_, PyType> {
    // SAFETY: the class object is alive for good.
    unsafe { Borrowed::from_ptr(py, C::type_object_raw(py).cast()).cast_unchecked() }
}

/// A new object of `class`, which is `C` or below it, with `contents`, whose reference to the class is there already
/// (see [`hold_for_instance`]).
///
/// PyO3 has `object` make one, which first looks at the class and at arguments. Here is just the memory: whatever the class
/// adds to `C` is zero.
pub(crate) fn allocate<'py, C>(class: &Bound<'py, PyType>, contents: C) -> PyResult<Bound<'py, C>>
where
    C: PyClass<Frozen = True> + PyClassImpl<BaseType = PyAny>,
{
    // SAFETY: the class is no abstract one, and its instances are of one size. What follows the head of an object is
    // PyO3's contents of the class that is derived from `object`.
    unsafe {
        let object = ffi::PyType_GenericAlloc(class.as_type_ptr(), 0);
        let object = Bound::from_owned_ptr_or_err(class.py(), object)?.cast_into_unchecked::<C>();
        object.as_ptr().add(1).cast::<C>().write(contents);
        Ok(object)
    }
}
