//! Memory of objects that died, kept for the next ones of their class.
//!
//! Python's allocator and the lists of its garbage collector cost a short-lived object more than all that is done with it.

use core::cell::Cell;
use core::ffi::c_void;
use core::ptr;

use pyo3::impl_::pyclass::PyClassImpl;
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::{PyClass, PyTypeInfo, ffi};

use crate::handle::class_of;

/// A class whose dead objects are kept. Its objects are laid out as PyO3 does it.
pub(crate) trait Spared: PyTypeInfo {
    /// Where they are kept.
    fn spare() -> &'static Spare;
}

/// Keeps the dead objects of a class: its `tp_free`, and where they are.
macro_rules! spared {
    ($class:ident) => {
        impl $crate::handle::spare::Spared for $class {
            #[inline(always)]
            fn spare() -> &'static $crate::handle::spare::Spare {
                static SPARE: $crate::handle::spare::Spare = $crate::handle::spare::Spare::new();
                &SPARE
            }
        }
        $crate::method::slots!($class: Py_tp_free = $crate::handle::spare::free::<$class> as pyo3::ffi::freefunc);
    };
}
pub(crate) use spared;

/// A list of dead objects of one class, linked through their first word.
pub(crate) struct Spare {
    first: Cell<*mut ffi::PyObject>,
    count: Cell<usize>,
}

// SAFETY: reached with the GIL held only.
unsafe impl Sync for Spare {}

impl Spare {
    /// The most objects that are kept.
    const MOST: usize = 32;

    pub const fn new() -> Self {
        Self { first: Cell::new(ptr::null_mut()), count: Cell::new(0) }
    }

    /// The memory of one that died, if there is any.
    #[inline(always)]
    fn take(&self) -> Option<*mut ffi::PyObject> {
        let object = self.first.get();
        if object.is_null() {
            return None;
        }
        // SAFETY: the memory is nobody else's; its first word is the link.
        self.first.set(unsafe { object.cast::<*mut ffi::PyObject>().read() });
        self.count.set(self.count.get() - 1);
        Some(object)
    }

    /// Keeps the memory of a dead object, unless there is enough of it.
    ///
    /// # Safety
    /// The memory is an object's of the class, and the caller's to free.
    #[inline(always)]
    unsafe fn keep(&self, object: *mut ffi::PyObject) -> bool {
        if self.count.get() == Self::MOST {
            return false;
        }
        // SAFETY: the caller's; an object is larger than a pointer.
        unsafe { object.cast::<*mut ffi::PyObject>().write(self.first.get()) };
        self.first.set(object);
        self.count.set(self.count.get() + 1);
        true
    }
}

/// An object of the class `C` made of one that died, if there is any. Its contents are yet to be written, and the garbage
/// collector does not know it.
#[inline(always)]
pub(crate) fn take<C: Spared>(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    let object = C::spare().take()?;
    // SAFETY: the memory is an object's of this class. It gets a reference to the class.
    unsafe { Some(Bound::from_owned_ptr(py, ffi::PyObject_Init(object, C::type_object_raw(py)))) }
}

/// A new object of the class `C`, which is derived from `object` and refers to no object, with `contents`.
#[inline(always)]
pub(crate) fn allocate<C>(py: Python<'_>, contents: C) -> PyResult<Bound<'_, C>>
where
    C: Spared + PyClass<Frozen = True> + PyClassImpl<BaseType = PyAny>,
{
    let Some(object) = take::<C>(py) else { return super::allocate(&class_of::<C>(py), contents) };
    // SAFETY: what follows the head of the object is PyO3's contents of the class, and the list of weak references, which is
    // empty since they were cleared.
    unsafe {
        object.as_ptr().add(1).cast::<C>().write(contents);
        Ok(object.cast_into_unchecked())
    }
}

/// The slot `tp_free` of the class `C`, which those derived from it may inherit.
///
/// # Safety
/// Python's deallocation calls it: the memory is a dead object's, whose head still tells the class.
pub(crate) unsafe extern "C" fn free<C: Spared>(memory: *mut c_void) {
    let object = memory.cast::<ffi::PyObject>();
    // SAFETY: the caller's. Only an object of exactly the class has its size.
    unsafe {
        let class = C::type_object_raw(Python::assume_attached());
        if !(ptr::eq(ffi::Py_TYPE(object), class) && C::spare().keep(object)) {
            ffi::PyObject_GC_Del(memory);
        }
    }
}
