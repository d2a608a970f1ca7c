//! `MPI.buffer` (also `MPI.memory`): a piece of memory as bytes that Python code can read, write, slice and cast.

use core::cell::RefCell;
use core::ffi::{c_int, c_void};
use core::ptr;
use std::rc::Rc;

use mpi_api::types::MPI_Aint;
use pyo3::exceptions::{
    PyBufferError, PyIndexError, PyMemoryError, PyNotImplementedError, PyTypeError, PyValueError,
};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyMemoryView, PySlice, PyTuple, PyType};

use crate::call::mpi;
use crate::handle::integer::word;
use crate::handle::spare::{self, spared};
use crate::info::Info;
use crate::message::{Access, Memory};
use crate::method::{function, methods};
use crate::pages;

/// What keeps the memory valid. Shared by the buffer, its slices, and the views of it.
enum Owner {
    /// MPI, which `Free_mem` gives it back to.
    Mpi,
    /// We do: it came from `PyMem_Malloc`.
    Allocated(*mut c_void),
    /// Another Python object, which lends it.
    Lent { memory: Memory, object: Py<PyAny> },
}

impl Drop for Owner {
    fn drop(&mut self) {
        if let Self::Allocated(address) = self {
            // SAFETY: from `allocate`, freed once, with the GIL held.
            unsafe { ffi::PyMem_Free(*address) };
        }
    }
}

/// Where the memory is.
#[derive(Clone)]
struct Piece {
    address: *mut u8,
    bytes: isize,
    readonly: bool,
    itemsize: isize,
    /// Without one, whoever gave the address vouches for it.
    owner: Option<Rc<Owner>>,
}

impl Piece {
    fn empty() -> Self {
        Self { address: ptr::null_mut(), bytes: 0, readonly: false, itemsize: 1, owner: None }
    }

    /// The bytes. Nobody may write them meanwhile, so run no Python code while they are used.
    fn as_slice(&self) -> &[u8] {
        if self.bytes == 0 {
            return &[];
        }
        // SAFETY: the owner keeps `bytes` bytes at `address` valid.
        unsafe { core::slice::from_raw_parts(self.address, self.bytes.cast_unsigned()) }
    }

    /// The place of `index`, which may count from the end.
    fn place(&self, index: isize) -> PyResult<*mut u8> {
        let from_start = if index < 0 { index + self.bytes } else { index };
        if !(0..self.bytes).contains(&from_start) {
            return Err(PyIndexError::new_err(format!(
                "index {index} is outside a buffer of {} bytes",
                self.bytes
            )));
        }
        Ok(self.address.wrapping_offset(from_start))
    }

    /// The part that a slice without step selects.
    fn part(&self, slice: &Bound<'_, PySlice>) -> PyResult<Self> {
        let indices = slice.indices(self.bytes)?;
        if indices.step != 1 {
            return Err(PyIndexError::new_err("a slice of a buffer has no step"));
        }
        Ok(Self {
            address: self.address.wrapping_offset(indices.start),
            bytes: indices.slicelength.cast_signed(),
            itemsize: 1,
            ..self.clone()
        })
    }

    /// `BufferError` for memory that this processor cannot read.
    fn readable(&self) -> PyResult<()> {
        match self.owner.as_deref() {
            Some(Owner::Lent { memory, .. }) if memory.is_on_device() => {
                Err(PyBufferError::new_err("the buffer is a device's memory, which only MPI can look at"))
            }
            _ => Ok(()),
        }
    }

    fn writable(&self) -> PyResult<()> {
        if self.readonly { Err(PyTypeError::new_err("the buffer is read-only")) } else { Ok(()) }
    }
}

/// Buffer.
///
/// A contiguous piece of memory, of bytes. It can be passed wherever a buffer can; views of it stay valid when
/// it is released.
#[pyclass(frozen, sequence, module = "mpi4py.MPI", name = "buffer")]
pub(crate) struct Buffer(RefCell<Piece>);

// SAFETY: reached and dropped with the GIL held only; the memory is no thread's own.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

spared!(Buffer);

impl Buffer {
    fn from_piece(piece: Piece) -> Self {
        Self(RefCell::new(piece))
    }

    /// An object for `self`.
    pub fn object(self, py: Python<'_>) -> PyResult<Bound<'_, Self>> {
        spare::allocate(py, self)
    }

    /// A buffer over memory that somebody else keeps.
    ///
    /// # Safety
    /// `bytes` bytes at `address` are valid for reads and writes until [`Self::forget`].
    pub unsafe fn borrowed(address: *mut c_void, bytes: isize) -> Self {
        Self::from_piece(Piece { address: address.cast(), bytes, ..Piece::empty() })
    }

    /// A buffer over memory of `whole`, which it keeps alive.
    ///
    /// # Safety
    /// `bytes` bytes at `address` are valid for reads and writes for as long as `whole` says.
    pub unsafe fn part_of(whole: &Bound<'_, PyAny>, address: *mut c_void, bytes: isize) -> Self {
        let owner = Some(Rc::new(Owner::Lent { memory: Memory::none(), object: whole.clone().unbind() }));
        Self::from_piece(Piece { address: address.cast(), bytes, owner, ..Piece::empty() })
    }

    /// Where the memory is, and how many bytes.
    pub fn extent(&self) -> (*mut c_void, isize) {
        let piece = self.0.borrow();
        (piece.address.cast(), piece.bytes)
    }

    /// Lets go of the memory.
    pub fn forget(&self) {
        // Dropped outside of the borrow: a lender may run Python code.
        let _old = self.0.replace(Piece::empty());
    }

    /// A buffer over what `object` lends: read-only if that is or if `readonly`.
    pub fn over(object: &Bound<'_, PyAny>, readonly: bool) -> PyResult<Self> {
        if !readonly && let Ok(buffer) = Self::lend(object, Access::Write) {
            return Ok(buffer);
        }
        Self::lend(object, Access::Read)
    }

    /// A buffer over what `object` lends.
    pub fn lend(object: &Bound<'_, PyAny>, access: Access) -> PyResult<Self> {
        let memory = Memory::borrow(object, access)?;
        let (address, bytes, itemsize) = (memory.address.cast(), memory.bytes, memory.itemsize());
        let owner = Some(Rc::new(Owner::Lent { memory, object: object.clone().unbind() }));
        Ok(Self::from_piece(Piece { address, bytes, readonly: access == Access::Read, itemsize, owner }))
    }
}

#[methods]
impl Buffer {
    /// `buffer(obj, readonly=False)` is over the memory of `obj`, read-only if that is or if `readonly`; `buffer()`
    /// is empty.
    #[new]
    #[pyo3(signature = (*args), text_signature = "(obj=..., readonly=False, /)")]
    fn py_new(args: &Bound<'_, PyTuple>) -> PyResult<Self> {
        if args.is_empty() {
            return Ok(Self::from_piece(Piece::empty()));
        }
        let readonly = args.len() > 1 && args.get_borrowed_item(1)?.is_truthy()?;
        let object = args.get_borrowed_item(0)?;
        Self::over(&object, readonly)
    }

    /// Allocate `nbytes` bytes; `clear` sets them to zero.
    #[classmethod]
    #[pyo3(signature = (nbytes, clear=false))]
    #[light]
    fn allocate<'py>(cls: &Bound<'py, PyType>, nbytes: isize, clear: bool) -> PyResult<Bound<'py, Self>> {
        let size = usize::try_from(nbytes).map_err(|_| PyValueError::new_err("allocate: negative size"))?;
        // SAFETY: the GIL is held; any size will do.
        let address =
            unsafe { if clear { ffi::PyMem_Calloc(size.max(1), 1) } else { ffi::PyMem_Malloc(size.max(1)) } };
        if address.is_null() {
            return Err(PyMemoryError::new_err(format!("allocate: no memory for {nbytes} bytes")));
        }
        pages::fresh(address, size);
        let owner = Some(Rc::new(Owner::Allocated(address)));
        let piece = Piece { address: address.cast(), bytes: nbytes, owner, ..Piece::empty() };
        Self::from_piece(piece).object(cls.py())
    }

    /// A buffer over the memory of an object: buffer protocol, DLPack or a device's array interface.
    ///
    /// `BufferError` when it is read-only, unless `readonly`.
    #[classmethod]
    #[pyo3(signature = (obj, readonly=false))]
    #[light]
    fn frombuffer<'py>(
        cls: &Bound<'py, PyType>,
        obj: &Bound<'py, PyAny>,
        readonly: bool,
    ) -> PyResult<Bound<'py, Self>> {
        Self::lend(obj, if readonly { Access::Read } else { Access::Write })?.object(cls.py())
    }

    /// A buffer over `nbytes` bytes at `address`. They must be valid for as long as the buffer is used.
    #[classmethod]
    #[pyo3(signature = (address, nbytes, readonly=false))]
    #[light]
    fn fromaddress<'py>(
        cls: &Bound<'py, PyType>,
        address: &Bound<'py, PyAny>,
        nbytes: isize,
        readonly: bool,
    ) -> PyResult<Bound<'py, Self>> {
        let address = if address.is_instance_of::<PyInt>() {
            word(address)?.cast::<u8>()
        } else {
            address.extract::<usize>()? as *mut u8
        };
        if nbytes < 0 {
            return Err(PyValueError::new_err("fromaddress: negative size"));
        }
        if address.is_null() && nbytes > 0 {
            return Err(PyValueError::new_err("fromaddress: a null address with a size"));
        }
        Self::from_piece(Piece { address, bytes: nbytes, readonly, ..Piece::empty() }).object(cls.py())
    }

    /// Buffer address.
    #[getter]
    #[light]
    fn address(&self) -> usize {
        self.0.borrow().address as usize
    }

    /// Object exposing buffer: the buffer itself when it owns its memory, None when nobody is known to.
    #[getter]
    fn obj(slf: &Bound<'_, Self>) -> Option<Py<PyAny>> {
        match slf.get().0.borrow().owner.as_deref()? {
            Owner::Lent { object, .. } => Some(object.clone_ref(slf.py())),
            Owner::Allocated(_) => Some(slf.clone().into_any().unbind()),
            Owner::Mpi => None,
        }
    }

    /// Buffer size (in bytes).
    #[getter]
    #[light]
    fn nbytes(&self) -> isize {
        self.0.borrow().bytes
    }

    /// Buffer is read-only.
    #[getter]
    #[light]
    fn readonly(&self) -> bool {
        self.0.borrow().readonly
    }

    /// Format of each element.
    #[getter]
    fn format(&self) -> &'static str {
        "B"
    }

    /// Size (in bytes) of each element.
    #[getter]
    #[light]
    fn itemsize(&self) -> isize {
        self.0.borrow().itemsize
    }

    /// Return the data as bytes; `order` is for likeness with `memoryview` and changes nothing.
    #[pyo3(signature = (order=None))]
    fn tobytes<'py>(
        &self,
        py: Python<'py>,
        order: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let _ = order;
        let piece = self.0.borrow();
        piece.readable()?;
        Ok(PyBytes::new(py, piece.as_slice()))
    }

    /// Return a read-only buffer over the same memory.
    fn toreadonly(&self) -> Self {
        Self::from_piece(Piece { readonly: true, ..self.0.borrow().clone() })
    }

    /// Return a `memoryview` with another format or shape.
    #[pyo3(signature = (format, shape=None), text_signature = "($self, format, shape=...)")]
    fn cast<'py>(
        slf: &Bound<'py, Self>,
        format: &Bound<'py, PyAny>,
        shape: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        slf.get().0.borrow().readable()?;
        let view = PyMemoryView::from(slf.as_any())?;
        match shape.filter(|shape| !shape.is(slf.py().Ellipsis())) {
            None => view.call_method1("cast", (format,)),
            Some(shape) => view.call_method1("cast", (format, shape)),
        }
    }

    /// Release the memory: the buffer is empty from then on.
    fn release(&self) {
        self.forget();
    }

    fn __len__(&self) -> usize {
        self.0.borrow().bytes.cast_unsigned()
    }

    fn __getitem__<'py>(&self, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = key.py();
        let piece = self.0.borrow().clone();
        if let Ok(slice) = key.cast::<PySlice>() {
            return Ok(Self::from_piece(piece.part(slice)?).object(py)?.into_any());
        }
        piece.readable()?;
        // SAFETY: `place` is inside the memory.
        let byte = unsafe { *piece.place(index(key)?)? };
        Ok(byte.into_pyobject(py)?.into_any())
    }

    fn __setitem__(&self, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let piece = self.0.borrow().clone();
        piece.readable()?;
        piece.writable()?;
        let Ok(slice) = key.cast::<PySlice>() else {
            let place = piece.place(index(key)?)?;
            let byte = value.extract::<u8>()?;
            // SAFETY: `place` is inside the memory, which is writable.
            unsafe { *place = byte };
            return Ok(());
        };
        let part = piece.part(slice)?;
        if let Ok(byte) = value.extract::<u8>() {
            // SAFETY: the part lies in the memory, which is writable.
            unsafe { ptr::write_bytes(part.address, byte, part.bytes.cast_unsigned()) };
            return Ok(());
        }
        let source = Memory::borrow(value, Access::Read)?;
        if source.bytes != part.bytes {
            return Err(PyValueError::new_err(format!(
                "{} bytes cannot be put into a slice of {}",
                source.bytes, part.bytes
            )));
        }
        // SAFETY: both are of this length; they may overlap.
        unsafe { ptr::copy(source.address.cast(), part.address, part.bytes.cast_unsigned()) };
        Ok(())
    }

    fn __delitem__(&self, _key: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyNotImplementedError::new_err("bytes cannot be deleted from a buffer"))
    }

    /// Each view holds the owner itself, in `internal`: it outlives a release of the buffer.
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        if view.is_null() {
            return Err(PyBufferError::new_err("no view to fill"));
        }
        let piece = slf.get().0.borrow().clone();
        // SAFETY: `view` is what the interpreter gave us to fill.
        let code = unsafe {
            ffi::PyBuffer_FillInfo(
                view,
                slf.as_ptr(),
                piece.address.cast(),
                piece.bytes,
                piece.readonly.into(),
                flags,
            )
        };
        if code != 0 {
            return Err(PyErr::fetch(slf.py()));
        }
        // SAFETY: filled; `internal` is the exporter's own.
        unsafe {
            (*view).internal =
                piece.owner.map_or(ptr::null_mut(), |owner| Rc::into_raw(owner).cast_mut().cast());
        };
        Ok(())
    }

    unsafe fn __releasebuffer__(&self, view: *mut ffi::Py_buffer) {
        // SAFETY: `internal` holds what `__getbuffer__` put there, and each view is released once.
        unsafe {
            if !(*view).internal.is_null() {
                drop(Rc::from_raw((*view).internal.cast::<Owner>().cast_const()));
            }
        }
    }
}

/// Allocate memory for message passing and remote memory access (MPI 5.0, section 10.2).
///
/// `size` is in bytes. The memory lives until `Free_mem`.
#[function]
#[pyo3(signature = (size, info=None), text_signature = "(size, info=...)")]
fn Alloc_mem(size: isize, info: Option<&Bound<'_, Info>>) -> PyResult<Buffer> {
    let mut address = ptr::null_mut::<c_void>();
    let size_of_mpi: MPI_Aint = size as _;
    mpi!(MPI_Alloc_mem(size_of_mpi, Info::raw_or_null(info), (&raw mut address).cast()))?;
    let owner = Some(Rc::new(Owner::Mpi));
    Ok(Buffer::from_piece(Piece { address: address.cast(), bytes: size, owner, ..Piece::empty() }))
}

/// Free memory allocated with `Alloc_mem`; `mem` is empty then, and views of it may not be used any more.
#[function]
fn Free_mem(mem: &Bound<'_, Buffer>) -> PyResult<()> {
    let piece = mem.get().0.borrow().clone();
    match piece.owner.as_deref() {
        Some(Owner::Mpi) => {
            mem.get().forget();
            mpi!(MPI_Free_mem(piece.address.cast()))
        }
        _ if piece.address.is_null() => Ok(()),
        _ => Err(PyValueError::new_err("Free_mem: the memory is not from Alloc_mem")),
    }
}

/// A key that is an integer.
fn index(key: &Bound<'_, PyAny>) -> PyResult<isize> {
    key.extract().map_err(|_| PyTypeError::new_err("the index of a buffer is an integer or a slice"))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Buffer>()?;
    module.add("memory", module.py().get_type::<Buffer>())?;
    Ok(())
}
