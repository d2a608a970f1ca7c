//! DLPack: tensors of any library, on any device (the array API standard's `__dlpack__`, `dlpack.h` 1.0).

use core::ffi::{CStr, c_int, c_void};
use core::ptr::NonNull;
use core::slice;

use pyo3::exceptions::{PyBufferError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyDict};
use pyo3::{ffi, intern};

use super::foreign::{is_contiguous, volume};
use super::typecode::Element;
use super::{Access, Memory};
use crate::owned::{Owned, discard};

/// `kDLCPU`, the one device whose memory needs no stream.
const CPU: c_int = 1;
/// `DLPACK_FLAG_BITMASK_READ_ONLY`.
const READ_ONLY: u64 = 1;
/// The newest major version that the structures below describe.
const MAJOR: u32 = 1;

#[repr(C)]
struct Device {
    kind: i32,
    id: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct DataType {
    code: u8,
    bits: u8,
    lanes: u16,
}

/// `DLTensor`.
#[repr(C)]
struct Description {
    data: *mut c_void,
    device: Device,
    ndim: i32,
    dtype: DataType,
    shape: *const i64,
    strides: *const i64,
    byte_offset: u64,
}

/// `DLManagedTensor`.
#[repr(C)]
struct Managed {
    tensor: Description,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Self)>,
}

/// `DLManagedTensorVersioned`.
#[repr(C)]
struct Versioned {
    major: u32,
    minor: u32,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Self)>,
    flags: u64,
    tensor: Description,
}

/// The structure in a capsule, of whichever of the two layouts.
#[derive(Clone, Copy)]
enum Layout {
    Managed(NonNull<Managed>),
    Versioned(NonNull<Versioned>),
}

/// A tensor taken out of its capsule: it is ours to give back, once. Some exporters let the capsule own the structure,
/// so it lives until then.
pub(super) struct Tensor {
    layout: Layout,
    _capsule: Owned,
}

impl Drop for Tensor {
    fn drop(&mut self) {
        // SAFETY: consumed from a capsule, which left calling the deleter to us; the GIL is held.
        unsafe {
            match self.layout {
                Layout::Managed(tensor) => {
                    if let Some(delete) = tensor.as_ref().deleter {
                        delete(tensor.as_ptr());
                    }
                }
                Layout::Versioned(tensor) => {
                    if let Some(delete) = tensor.as_ref().deleter {
                        delete(tensor.as_ptr());
                    }
                }
            }
        }
    }
}

/// Borrows the memory of a tensor. It is taken only when nothing speaks against it: until then the capsule cleans
/// up after itself.
pub(super) fn borrow(object: &Bound<'_, PyAny>, access: Access) -> PyResult<Memory> {
    let (device, _id) =
        object.call_method0(intern!(object.py(), "__dlpack_device__"))?.extract::<(c_int, c_int)>()?;
    let capsule = export(object, device)?;
    let layout = Layout::of(&capsule)?;
    // SAFETY: the capsule holds a live structure of this layout, as its name and version say.
    let (address, bytes, element) = unsafe {
        let (tensor, flags) = match &layout {
            Layout::Managed(managed) => (&managed.as_ref().tensor, 0),
            Layout::Versioned(versioned) => (&versioned.as_ref().tensor, versioned.as_ref().flags),
        };
        if access == Access::Write && flags & READ_ONLY != 0 {
            return Err(PyBufferError::new_err("DLPack: the tensor is read-only, and MPI would write to it"));
        }
        describe(tensor)?
    };
    let tensor = layout.take(&capsule)?;
    Ok(Memory::tensor(address, bytes, element, tensor, object))
}

/// Asks for the capsule: the newest version that we know, no copy, and for a device no synchronisation; and without
/// the first two of who knows no version.
fn export<'py>(object: &Bound<'py, PyAny>, device: c_int) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let method = object.getattr(intern!(py, "__dlpack__"))?;
    match method.call((), Some(options(py, device)?)) {
        Err(error) if error.is_instance_of::<PyTypeError>(py) => {
            discard(error);
            if device == CPU {
                return method.call0();
            }
            method.call((), Some(&[(intern!(py, "stream"), -1)].into_py_dict(py)?))
        }
        result => result,
    }
}

/// The keyword arguments of `__dlpack__`, made once.
fn options(py: Python<'_>, device: c_int) -> PyResult<&Bound<'_, PyDict>> {
    static HOST: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    static DEVICE: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let made = if device == CPU { &HOST } else { &DEVICE };
    let dict = made.get_or_try_init(py, || {
        let dict = PyDict::new(py);
        if device != CPU {
            dict.set_item(intern!(py, "stream"), -1)?;
        }
        dict.set_item(intern!(py, "max_version"), (MAJOR, 0))?;
        dict.set_item(intern!(py, "copy"), false)?;
        Ok::<_, PyErr>(dict.unbind())
    })?;
    Ok(dict.bind(py))
}

impl Layout {
    /// What is in the capsule.
    fn of(capsule: &Bound<'_, PyAny>) -> PyResult<Self> {
        let pointer = |name: &CStr| {
            // SAFETY: the object is alive, the GIL is held, the name is a C string.
            unsafe {
                if ffi::PyCapsule_IsValid(capsule.as_ptr(), name.as_ptr()) == 0 {
                    return None;
                }
                NonNull::new(ffi::PyCapsule_GetPointer(capsule.as_ptr(), name.as_ptr()))
            }
        };
        if let Some(pointer) = pointer(c"dltensor_versioned") {
            let versioned = pointer.cast::<Versioned>();
            // SAFETY: the name says what it is, and the version comes first in every version.
            let major = unsafe { (*versioned.as_ptr()).major };
            if major > MAJOR {
                return Err(PyBufferError::new_err(format!(
                    "DLPack: the tensor is of version {major}, this package knows up to {MAJOR}"
                )));
            }
            return Ok(Self::Versioned(versioned));
        }
        match pointer(c"dltensor") {
            Some(pointer) => Ok(Self::Managed(pointer.cast())),
            None => {
                Err(PyBufferError::new_err("DLPack: __dlpack__() returned no capsule with a tensor in it"))
            }
        }
    }

    /// Takes the tensor out of its capsule, which from then on cleans nothing up.
    fn take(self, capsule: &Bound<'_, PyAny>) -> PyResult<Tensor> {
        let used = match self {
            Self::Managed(_) => c"used_dltensor",
            Self::Versioned(_) => c"used_dltensor_versioned",
        };
        // SAFETY: the capsule is valid, the GIL is held, and the name is static.
        if unsafe { ffi::PyCapsule_SetName(capsule.as_ptr(), used.as_ptr()) } != 0 {
            return Err(PyErr::fetch(capsule.py()));
        }
        Ok(Tensor { layout: self, _capsule: Owned::of(capsule) })
    }
}

/// Address, length in bytes, and element of a tensor; `BufferError` when it is not one piece.
///
/// # Safety
/// `shape` and `strides`, if not null, have `ndim` items.
unsafe fn describe(tensor: &Description) -> PyResult<(*mut c_void, isize, Element)> {
    let fail = |what: &str| Err(PyBufferError::new_err(format!("DLPack: {what}")));
    let Ok(ndim) = usize::try_from(tensor.ndim) else { return fail("the number of dimensions is negative") };
    if ndim > 0 && tensor.shape.is_null() {
        return fail("the tensor has dimensions but no shape");
    }
    // SAFETY: checked, and the caller vouches for the lengths.
    let items =
        |array: *const i64| unsafe { if ndim == 0 { &[][..] } else { slice::from_raw_parts(array, ndim) } };
    let shape = items(tensor.shape);
    let Some(length) = volume(shape) else { return fail("the shape is negative or too large") };
    if !tensor.strides.is_null() && !is_contiguous(shape, items(tensor.strides), 1) {
        return fail("the tensor is not contiguous, make a contiguous copy");
    }
    let element = element(tensor.dtype);
    let Some(bytes) = length.checked_mul(element.size()) else { return fail("the shape is too large") };
    let address = if tensor.data.is_null() {
        tensor.data
    } else {
        tensor.data.wrapping_byte_add(tensor.byte_offset as usize)
    };
    Ok((address, bytes, element))
}

/// The element. Two floating-point lanes are a complex number, other vectors are bytes.
fn element(dtype: DataType) -> Element {
    let bits = isize::from(dtype.bits) * dtype.lanes as isize;
    let size = (bits + 7) / 8;
    let kind = match (dtype.code, dtype.lanes) {
        _ if bits % 8 != 0 => return Element::Bytes(size),
        (0, 1) => b'i',
        (1, 1) => b'u',
        (2, 1) => b'f',
        (5, 1) | (2, 2) => b'c',
        (6, 1) => b'b',
        _ => return Element::Bytes(size),
    };
    Element::Sized(kind, size)
}
