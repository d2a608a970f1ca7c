//! `MPI.Status` (MPI 5.0, section 3.2.5).

use core::ffi::{c_int, c_void};

use mpi_api::types::{MPI_Count, MPI_Fint, MPI_Status};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMemoryView, PyType};
use pyo3::{PyTypeInfo, ffi};

use crate::call::mpi;
use crate::datatype::Datatype;
use crate::handle::spare::{self, spared};
use crate::handle::{Handle, HandleClass, READY, allocate, equality, pickle};
use crate::method::{Answer, Reader, called, description, given, methods, raised, slots};

#[doc = "Status(status=None)\n--\n\n"]
/// What a receive or a completed operation tells: source, tag, error, count, whether it was cancelled.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "Status")]
#[repr(C)]
pub(crate) struct Status(Handle<MPI_Status>);

/// How many integers a status is in Fortran: as many as in C, in every ABI there is.
const FORTRAN_INTEGERS: usize = mpi_api::MPI_F_STATUS_SIZE as usize;

/// A status as MPI calls an empty one (MPI 5.0, section 3.7.3).
pub(crate) fn empty() -> MPI_Status {
    // SAFETY: all fields are integers.
    let mut status: MPI_Status = unsafe { core::mem::zeroed() };
    status.MPI_SOURCE = mpi_api::MPI_ANY_SOURCE;
    status.MPI_TAG = mpi_api::MPI_ANY_TAG;
    status.MPI_ERROR = mpi_api::MPI_SUCCESS;
    status
}

impl Status {
    /// An object with the contents of `status`.
    pub fn new(status: MPI_Status) -> Self {
        Self(Handle::new(status, READY))
    }

    /// Where MPI writes: the status object's own memory, or `MPI_STATUS_IGNORE` for none.
    #[inline(always)]
    pub fn address_or_ignore(status: Option<&Bound<'_, Self>>) -> *mut MPI_Status {
        status.map_or_else(mpi_api::MPI_STATUS_IGNORE, |status| status.get().address())
    }

    /// The object's own memory.
    #[inline(always)]
    pub fn address(&self) -> *mut MPI_Status {
        self.0.address()
    }

    /// Replaces the contents.
    pub fn set(&self, status: MPI_Status) {
        self.0.set(status);
    }

    /// Changes the contents in place.
    fn with<R>(&self, change: impl FnOnce(&mut MPI_Status) -> R) -> R {
        // SAFETY: the GIL is held, and `change` neither runs Python nor calls MPI.
        change(unsafe { &mut *self.address() })
    }

    /// The contents, byte by byte.
    fn bytes(&self) -> &[u8] {
        // SAFETY: the memory lives as long as `self`, and no padding is in it: all fields are integers of one
        // size, or the larger ones come aligned.
        unsafe { core::slice::from_raw_parts(self.address().cast(), size_of::<MPI_Status>()) }
    }
}

/// What `__reduce__` gives: a function, its arguments, and the state.
type Reduced<'py> = (Bound<'py, PyAny>, (Bound<'py, PyType>,), Bound<'py, PyDict>);

/// `Status(status=None)`.
unsafe extern "C" fn new(
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    description!(DESCRIPTION = "Status.__new__", "status,", 0, 0);
    fn body<'a, 'py>(class: &'a Bound<'py, PyAny>, reader: &mut Reader<'a, 'py>) -> Answer {
        let contents = reader.instance::<Status>()?.map_or_else(empty, |status| status.get().0.get());
        // SAFETY: Python asks a class for an instance.
        let class = unsafe { class.cast_unchecked::<PyType>() };
        Ok(allocate(class, Status(Handle::of_class(class, contents)))?.into_ptr())
    }
    // SAFETY: Python calls: it holds the GIL, the class is alive, and the arguments are a tuple.
    unsafe {
        let py = Python::assume_attached();
        if kwargs.is_null() && ffi::PyTuple_Size(args) == 0 && class == Status::type_object_raw(py) {
            // By far the most frequent.
            return spare::allocate(py, Status::new(empty())).map_or_else(raised, Bound::into_ptr);
        }
        called(&DESCRIPTION, body, class.cast(), args, kwargs)
    }
}

/// `==` and `!=`, byte by byte.
unsafe extern "C" fn compare(
    this: *mut ffi::PyObject,
    other: *mut ffi::PyObject,
    op: c_int,
) -> *mut ffi::PyObject {
    // SAFETY: Python holds the GIL when it calls, on an instance of the class.
    let (this, other) = unsafe {
        let py = Python::assume_attached();
        (Bound::ref_from_ptr(py, &this).cast_unchecked::<Status>(), Bound::ref_from_ptr(py, &other))
    };
    given(match other.cast::<Status>() {
        Ok(theirs) => equality(this.get().bytes() == theirs.get().bytes(), op, other),
        Err(_) => Ok(other.py().NotImplemented().into_ptr()),
    })
}

spared!(Status);
slots!(Status: Py_tp_new = new as ffi::newfunc, Py_tp_richcompare = compare as ffi::richcmpfunc);

#[methods]
impl Status {
    /// Get message source.
    #[light]
    fn Get_source(&self) -> c_int {
        self.with(|status| status.MPI_SOURCE)
    }

    /// Set message source.
    fn Set_source(&self, source: c_int) {
        self.with(|status| status.MPI_SOURCE = source);
    }

    /// Get message tag.
    #[light]
    fn Get_tag(&self) -> c_int {
        self.with(|status| status.MPI_TAG)
    }

    /// Set message tag.
    fn Set_tag(&self, tag: c_int) {
        self.with(|status| status.MPI_TAG = tag);
    }

    /// Get message error, which only the calls that complete several requests set.
    #[light]
    fn Get_error(&self) -> c_int {
        self.with(|status| status.MPI_ERROR)
    }

    /// Set message error.
    fn Set_error(&self, error: c_int) {
        self.with(|status| status.MPI_ERROR = error);
    }

    /// Get the number of *top level* elements of `datatype` (MPI 5.0, section 3.2.5).
    ///
    /// `UNDEFINED` when the message is no whole number of them. Bytes unless told otherwise.
    #[pyo3(signature = (datatype=None), text_signature = "($self, datatype=...)")]
    #[light]
    fn Get_count(&self, datatype: Option<&Bound<'_, Datatype>>) -> PyResult<MPI_Count> {
        let datatype = datatype.map_or_else(mpi_api::MPI_BYTE, |datatype| datatype.get().raw());
        let mut count = mpi_api::MPI_UNDEFINED.into();
        mpi!(MPI_Get_count_c(self.address(), datatype, &raw mut count))?;
        Ok(count)
    }

    /// Get the number of basic elements in `datatype` (MPI 5.0, section 5.1.11).
    #[light]
    fn Get_elements(&self, datatype: &Bound<'_, Datatype>) -> PyResult<MPI_Count> {
        let mut count = mpi_api::MPI_UNDEFINED.into();
        mpi!(MPI_Get_elements_c(self.address(), datatype.get().raw(), &raw mut count))?;
        Ok(count)
    }

    /// Set the number of elements in a status (MPI 5.0, section 13.3).
    ///
    /// For the query callbacks of generalized requests.
    #[light]
    fn Set_elements(&self, datatype: &Bound<'_, Datatype>, count: MPI_Count) -> PyResult<()> {
        mpi!(MPI_Status_set_elements_c(self.address(), datatype.get().raw(), count))
    }

    /// Test to see if a request was cancelled (MPI 5.0, section 3.8.4).
    #[light]
    fn Is_cancelled(&self) -> PyResult<bool> {
        let mut flag = 0;
        mpi!(MPI_Test_cancelled(self.address(), &raw mut flag))?;
        Ok(flag != 0)
    }

    /// Set the cancelled state associated with a status (MPI 5.0, section 13.3).
    ///
    /// For the query callbacks of generalized requests.
    fn Set_cancelled(&self, flag: &Bound<'_, PyAny>) -> PyResult<()> {
        mpi!(MPI_Status_set_cancelled(self.address(), flag.is_truthy()?.into()))
    }

    /// Message source.
    #[getter(source)]
    #[light]
    fn py_source(&self) -> c_int {
        self.Get_source()
    }
    #[setter(source)]
    fn set_py_source(&self, source: c_int) {
        self.Set_source(source);
    }

    /// Message tag.
    #[getter(tag)]
    #[light]
    fn py_tag(&self) -> c_int {
        self.Get_tag()
    }
    #[setter(tag)]
    fn set_py_tag(&self, tag: c_int) {
        self.Set_tag(tag);
    }

    /// Message error.
    #[getter(error)]
    #[light]
    fn py_error(&self) -> c_int {
        self.Get_error()
    }
    #[setter(error)]
    fn set_py_error(&self, error: c_int) {
        self.Set_error(error);
    }

    /// Byte count.
    #[getter(count)]
    #[light]
    fn py_count(&self) -> PyResult<MPI_Count> {
        self.Get_count(None)
    }
    #[setter(count)]
    fn set_py_count(&self, count: MPI_Count) -> PyResult<()> {
        mpi!(MPI_Status_set_elements_c(self.address(), mpi_api::MPI_BYTE(), count))
    }

    /// Cancelled state.
    #[getter(cancelled)]
    #[light]
    fn py_cancelled(&self) -> PyResult<bool> {
        self.Is_cancelled()
    }
    #[setter(cancelled)]
    fn set_py_cancelled(&self, cancelled: &Bound<'_, PyAny>) -> PyResult<()> {
        self.Set_cancelled(cancelled)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        let state = Self::__getstate__(slf)?;
        Ok((pickle::newobj(slf.py())?, (slf.get_type(),), state))
    }

    fn __getstate__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let state = PyDict::new(slf.py());
        let status = slf.get();
        state.set_item("source", status.Get_source())?;
        state.set_item("tag", status.Get_tag())?;
        state.set_item("error", status.Get_error())?;
        state.set_item("count", status.py_count()?)?;
        state.set_item("cancelled", status.Is_cancelled()?)?;
        Ok(state)
    }

    fn __setstate__(&self, state: &Bound<'_, PyAny>) -> PyResult<()> {
        self.Set_source(state.get_item("source")?.extract()?);
        self.Set_tag(state.get_item("tag")?.extract()?);
        self.Set_error(state.get_item("error")?.extract()?);
        self.set_py_count(state.get_item("count")?.extract()?)?;
        self.Set_cancelled(&state.get_item("cancelled")?)
    }

    /// Return status memory view: the object's own memory, as C integers.
    fn tomemory<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let memory = Bound::new(slf.py(), StatusMemory(slf.clone().unbind()))?;
        PyMemoryView::from(memory.as_any())?.call_method1("cast", ("i",))
    }

    /// The status as Fortran knows it, a list of integers (MPI 5.0, section 19.3.5).
    fn py2f(&self) -> PyResult<Vec<MPI_Fint>> {
        let mut integers = vec![0; FORTRAN_INTEGERS];
        mpi!(MPI_Status_c2f(self.address(), integers.as_mut_ptr()))?;
        Ok(integers)
    }

    /// Create a status from Fortran's list of integers.
    #[classmethod]
    fn f2py(_cls: &Bound<'_, PyType>, arg: Vec<MPI_Fint>) -> PyResult<Self> {
        if arg.len() < FORTRAN_INTEGERS {
            let given = arg.len();
            return Err(PyIndexError::new_err(format!(
                "a Fortran status has {FORTRAN_INTEGERS} integers, not {given}"
            )));
        }
        let status = Self::new(empty());
        mpi!(MPI_Status_f2c(arg.as_ptr(), status.address()))?;
        Ok(status)
    }
}

/// Lends the memory of a status.
#[pyclass(frozen, module = "mpi4py.MPI", name = "_StatusMemory")]
struct StatusMemory(Py<Status>);

#[pymethods]
impl StatusMemory {
    /// # Safety
    /// As the buffer protocol says.
    unsafe fn __getbuffer__(slf: &Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        let address: *mut c_void = slf.get().0.get().address().cast();
        let bytes = size_of::<MPI_Status>() as ffi::Py_ssize_t;
        // SAFETY: `view` is the caller's; the memory lives as long as `slf`, which the view keeps.
        if unsafe { ffi::PyBuffer_FillInfo(view, slf.as_ptr(), address, bytes, 0, flags) } != 0 {
            return Err(PyErr::fetch(slf.py()));
        }
        Ok(())
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Status>()
}
