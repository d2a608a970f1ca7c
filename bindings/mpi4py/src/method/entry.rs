//! How Python enters a method.

use pyo3::ffi;
use pyo3::impl_::trampoline::get_trampoline_function;
use pyo3::prelude::*;

use super::description::Description;
use super::reader::{Answer, MOST, Reader};

/// What a method with parameters does.
pub(crate) type Body = for<'a, 'py> fn(&'a Bound<'py, PyAny>, &mut Reader<'a, 'py>) -> Answer;

/// What a method without parameters does.
pub(crate) type Alone = for<'a, 'py> fn(&'a Bound<'py, PyAny>) -> Answer;

/// What Python passes to a method.
#[derive(Clone, Copy)]
pub(crate) struct Passed {
    pub this: *mut ffi::PyObject,
    pub args: *const *mut ffi::PyObject,
    pub nargs: ffi::Py_ssize_t,
    pub kwnames: *mut ffi::PyObject,
}

/// Has PyO3 know that the GIL is held while `work` runs. What `work` gives: an object, or null and an exception.
pub(crate) fn noted(mut work: &mut dyn FnMut(Python<'_>) -> *mut ffi::PyObject) -> *mut ffi::PyObject {
    #[allow(clippy::unnecessary_wraps, reason = "the signature is PyO3's")]
    unsafe fn run(py: Python<'_>, work: *mut ffi::PyObject) -> PyResult<*mut ffi::PyObject> {
        // SAFETY: it is the address of the reference below.
        Ok(unsafe { (*work.cast::<&mut dyn FnMut(Python<'_>) -> *mut ffi::PyObject>())(py) })
    }
    // SAFETY: callers hold the GIL. The function looks at its argument no more than `run` does.
    unsafe { get_trampoline_function!(noargs, run)((&raw mut work).cast(), core::ptr::null_mut()) }
}

/// Entering a method with parameters.
pub(crate) mod enter {
    use super::{Body, Description, Passed, ffi, noted, with_arguments};

    /// Calls `body` with the arguments that `description` finds in what the caller passed. The object that `body`
    /// gives, or null and an exception. PyO3 knows that the GIL is held.
    ///
    /// # Safety
    /// The arguments are those of a call that Python makes.
    pub unsafe fn counted(description: &Description, body: Body, passed: Passed) -> *mut ffi::PyObject {
        // SAFETY: as the caller says.
        noted(&mut |_| unsafe { with_arguments(description, body, passed) })
    }

    /// [`counted`], but PyO3 does not know.
    ///
    /// # Safety
    /// As for `counted`.
    pub unsafe fn light(description: &Description, body: Body, passed: Passed) -> *mut ffi::PyObject {
        // SAFETY: as the caller says.
        unsafe { with_arguments(description, body, passed) }
    }
}

/// Entering a method without parameters.
pub(crate) mod alone {
    use super::{Alone, Answer, Bound, PyAny, Python, ffi, noted};

    /// Calls `body`. The object that it gives, or null and an exception. PyO3 knows that the GIL is held.
    ///
    /// # Safety
    /// Python calls a method of `this`.
    pub unsafe fn counted(body: Alone, this: *mut ffi::PyObject) -> *mut ffi::PyObject {
        // SAFETY: as the caller says.
        noted(&mut |_| unsafe { light(body, this) })
    }

    /// [`counted`], but PyO3 does not know.
    ///
    /// # Safety
    /// As for `counted`.
    #[inline(always)]
    pub unsafe fn light<B>(body: B, this: *mut ffi::PyObject) -> *mut ffi::PyObject
    where
        B: for<'a, 'py> FnOnce(&'a Bound<'py, PyAny>) -> Answer,
    {
        // SAFETY: Python holds the GIL when it calls, and `this` is a live object.
        let this = unsafe { Bound::ref_from_ptr(Python::assume_attached(), &this) };
        body(this).unwrap_or(core::ptr::null_mut())
    }
}

/// Sorts the arguments and calls `body`.
///
/// # Safety
/// As for [`enter::counted`].
unsafe fn with_arguments(description: &Description, body: Body, passed: Passed) -> *mut ffi::PyObject {
    // SAFETY: Python holds the GIL when it calls a method on a live object; there are `nargs` arguments, which the
    // caller holds; an empty array may be null.
    unsafe {
        let py = Python::assume_attached();
        let this = Bound::ref_from_ptr(py, &passed.this);
        let nargs = passed.nargs as usize;
        let mut sorted = [None; MOST];
        let given: &[Option<Borrowed<'_, '_, PyAny>>] =
            if passed.kwnames.is_null() && description.takes(nargs) {
                // They are in their order already.
                if nargs == 0 { &[] } else { core::slice::from_raw_parts(passed.args.cast(), nargs) }
            } else {
                if !description.sort(py, passed, &mut sorted)
                    && description.sort_or_explain(py, passed, &mut sorted).is_err()
                {
                    return core::ptr::null_mut();
                }
                &sorted
            };
        body(this, &mut Reader::new(py, description, given)).unwrap_or(core::ptr::null_mut())
    }
}

/// Writes a [`Method`](super::Method): its name, its signature as `inspect` reads it, the lines of its docstring, its
/// parameters, and what it does. `alone` stands before one without parameters.
///
/// `counted` or `light` says whether PyO3 is told that the GIL is held: see [`enter`].
macro_rules! entry {
    (alone $mode:ident $receiver:ty, $name:expr, $shown:expr, [$($doc:expr),* $(,)?];
     |$py:ident, $this:ident| $body:block) => {{
        $crate::method::body!(body $receiver; |$py, $this| $body);
        unsafe extern "C" fn call(
            this: *mut pyo3::ffi::PyObject,
            _: *mut pyo3::ffi::PyObject,
        ) -> *mut pyo3::ffi::PyObject {
            // SAFETY: Python calls a method on its object.
            unsafe { $crate::method::alone::$mode(body, this) }
        }
        const TEXT: &str = concat!($name, "\0", $name, $shown, "\n--\n\n", $($doc),*);
        static TRIMMED: [u8; TEXT.len() + 1] = $crate::method::trimmed(TEXT);
        $crate::method::Method::alone(&TRIMMED, call)
    }};
    ($mode:ident $receiver:ty, $title:expr, $name:expr, $shown:expr, [$($doc:expr),* $(,)?], $names:expr, $only:expr,
     $required:expr; |$py:ident, $this:ident, $reader:ident| $body:block) => {{
        $crate::method::description!(DESCRIPTION = $title, $names, $only, $required);
        fn body<'a, 'py>(
            this: &'a pyo3::Bound<'py, pyo3::PyAny>,
            $reader: &mut $crate::method::Reader<'a, 'py>,
        ) -> $crate::method::Answer {
            // SAFETY: a method of this class is called on its instances only.
            let ($py, $this) = (this.py(), unsafe { this.cast_unchecked::<$receiver>() });
            let _ = ($py, $this);
            $body
        }
        unsafe extern "C" fn call(
            this: *mut pyo3::ffi::PyObject,
            args: *const *mut pyo3::ffi::PyObject,
            nargs: pyo3::ffi::Py_ssize_t,
            kwnames: *mut pyo3::ffi::PyObject,
        ) -> *mut pyo3::ffi::PyObject {
            let passed = $crate::method::Passed { this, args, nargs, kwnames };
            // SAFETY: Python calls a method with its arguments.
            unsafe { $crate::method::enter::$mode(&DESCRIPTION, body, passed) }
        }
        const TEXT: &str = concat!($name, "\0", $name, $shown, "\n--\n\n", $($doc),*);
        static TRIMMED: [u8; TEXT.len() + 1] = $crate::method::trimmed(TEXT);
        $crate::method::Method::new(&TRIMMED, call)
    }};
}
pub(crate) use entry;

/// Writes the function `$name`, which does what `|py, this|` does with an instance.
macro_rules! body {
    ($name:ident $receiver:ty; |$py:ident, $this:ident| $body:block) => {
        fn $name(this: &pyo3::Bound<'_, pyo3::PyAny>) -> $crate::method::Answer {
            // SAFETY: a method or property of this class is one of its instances only.
            let ($py, $this) = (this.py(), unsafe { this.cast_unchecked::<$receiver>() });
            let _ = ($py, $this);
            $body
        }
    };
}
pub(crate) use body;

/// Writes a [`Property`](super::Property): its name, the lines of its docstring, what it gives, and what becomes of a
/// value that is set.
macro_rules! property {
    ($mode:ident $class:ty, $name:expr, [$($doc:expr),* $(,)?]; |$($get_names:ident),*| $get_body:block
     $(, set |$($set_names:ident),*| $set_body:block)?) => {{
        const TEXT: &str = concat!($name, "\0", $($doc),*);
        static TRIMMED: [u8; TEXT.len() + 1] = $crate::method::trimmed(TEXT);
        let property = $crate::method::Property::new(
            &TRIMMED,
            $crate::method::property!(@get $mode $class; |$($get_names),*| $get_body),
        );
        $(let property = property.settable($crate::method::property!(@set $class, $name; |$($set_names),*| $set_body));)?
        property
    }};
    (@get $mode:ident $class:ty; |$py:ident, $this:ident| $body:block) => {{
        $crate::method::body!(get $class; |$py, $this| $body);
        unsafe extern "C" fn getter(
            this: *mut pyo3::ffi::PyObject,
            _: *mut core::ffi::c_void,
        ) -> *mut pyo3::ffi::PyObject {
            // SAFETY: Python asks an object for its property.
            unsafe { $crate::method::alone::$mode(get, this) }
        }
        getter
    }};
    (@set $class:ty, $name:expr; |$py:ident, $this:ident, $value:ident| $body:block) => {{
        fn set<'a, 'py>(
            this: &'a pyo3::Bound<'py, pyo3::PyAny>,
            $value: &mut $crate::method::Reader<'a, 'py>,
        ) -> Result<(), $crate::method::Raised> {
            // SAFETY: a property of this class is one of its instances only.
            let ($py, $this) = (this.py(), unsafe { this.cast_unchecked::<$class>() });
            let _ = ($py, $this);
            $body
        }
        unsafe extern "C" fn setter(
            this: *mut pyo3::ffi::PyObject,
            value: *mut pyo3::ffi::PyObject,
            _: *mut core::ffi::c_void,
        ) -> core::ffi::c_int {
            $crate::method::description!(DESCRIPTION = $name, concat!($name, ","), 0, 1);
            // SAFETY: Python sets a property of an object.
            unsafe { $crate::method::assign(&DESCRIPTION, set, this, value) }
        }
        setter
    }};
}
pub(crate) use property;

/// Has `set` take a new value of the property that `description` names. 0, or -1 and an exception.
///
/// # Safety
/// The arguments are those that Python passes to a setter.
pub(crate) unsafe fn assign(
    description: &Description,
    set: for<'a, 'py> fn(&'a Bound<'py, PyAny>, &mut Reader<'a, 'py>) -> Result<(), super::Raised>,
    this: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
) -> core::ffi::c_int {
    let done = noted(&mut |py| {
        if value.is_null() {
            let error = pyo3::exceptions::PyAttributeError::new_err("cannot delete attribute");
            let _raised = super::Raised::from(error);
            return core::ptr::null_mut();
        }
        // SAFETY: both are live objects, which the caller holds.
        let (this, given) =
            unsafe { (Bound::ref_from_ptr(py, &this), [Some(Borrowed::from_ptr(py, value))]) };
        match set(this, &mut Reader::new(py, description, &given)) {
            Ok(()) => this.as_ptr(),
            Err(super::Raised) => core::ptr::null_mut(),
        }
    });
    if done.is_null() { -1 } else { 0 }
}
