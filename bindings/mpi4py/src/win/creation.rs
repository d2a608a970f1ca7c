//! Windows and their memory (MPI 5.0, sections 12.2.1 to 12.2.4).

use core::ffi::{c_int, c_void};

use mpi_api::types::{MPI_Aint, MPI_Comm, MPI_Info, MPI_Win};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};
use pyo3::{CastError, ffi};

use super::Win;
use crate::buffer::Buffer;
use crate::call::{check, mpi, released};
use crate::comm::Intracomm;
use crate::handle::HandleClass;
use crate::info::Info;
use crate::lifecycle;
use crate::message::Access;
use crate::method::{methods, raised, slots};
use crate::sentinel;

/// The processes of a new window: an intracommunicator.
struct Processes(MPI_Comm);

impl Processes {
    /// This process alone: the default.
    fn own() -> Self {
        Self(mpi_api::MPI_COMM_SELF())
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Processes {
    type Error = CastError<'a, 'py>;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> Result<Self, Self::Error> {
        object.cast::<Intracomm>().map(|comm| Self(comm.as_super().get().raw()))
    }
}

/// What a window is made over: the memory, and a buffer that keeps it.
struct Exposed {
    address: *mut c_void,
    bytes: MPI_Aint,
    keep: Py<PyAny>,
}

impl Exposed {
    /// Memory that others may write to.
    fn lend(memory: &Bound<'_, PyAny>) -> PyResult<Self> {
        let buffer = Buffer::lend(memory, Access::Write)?;
        let (address, bytes) = buffer.extent();
        Ok(Self { address, bytes: bytes as MPI_Aint, keep: Py::new(memory.py(), buffer)?.into_any() })
    }

    /// `BOTTOM`, which is no memory.
    fn bottom(py: Python<'_>) -> Self {
        Self { address: mpi_api::MPI_BOTTOM(), bytes: 0, keep: py.None() }
    }
}

/// A function of MPI that makes a window and its memory.
type Allocate = unsafe fn(MPI_Aint, MPI_Aint, MPI_Info, MPI_Comm, *mut c_void, *mut MPI_Win) -> c_int;

#[methods]
impl Win {
    /// Create a window over memory of this process (MPI 5.0, section 12.2.1). Collective over `comm`.
    ///
    /// `memory` is an object with writable memory, which lives as long as the window; `None` or `BOTTOM` expose
    /// nothing. `disp_unit` is what displacements in it are multiplied with, in bytes.
    #[classmethod]
    #[pyo3(
        signature = (memory, disp_unit=1, info=None, comm=Processes::own()),
        text_signature = "($cls, memory, disp_unit=1, info=..., comm=...)"
    )]
    fn Create<'py>(
        cls: &Bound<'py, PyType>,
        memory: &Bound<'py, PyAny>,
        disp_unit: MPI_Aint,
        info: Option<&Bound<'py, Info>>,
        comm: Processes,
    ) -> PyResult<Bound<'py, Self>> {
        let py = cls.py();
        let win = Self::blank(cls)?;
        let Exposed { address, bytes, keep } = if memory.is_none() || sentinel::is_bottom(memory) {
            Exposed::bottom(py)
        } else {
            Exposed::lend(memory)?
        };
        let (info, new) = (Info::raw_or_null(info), Self::handle(&win).address());
        mpi!(py, MPI_Win_create_c(address, bytes, disp_unit, info, comm.0, new))?;
        Self::made(win, keep)
    }

    /// Create a window and its memory (MPI 5.0, section 12.2.2). Collective over `comm`.
    ///
    /// `size` is in bytes, and may differ between processes. `tomemory` gives the memory; it goes when the window is
    /// freed.
    #[classmethod]
    #[pyo3(
        signature = (size, disp_unit=1, info=None, comm=Processes::own()),
        text_signature = "($cls, size, disp_unit=1, info=..., comm=...)"
    )]
    fn Allocate<'py>(
        cls: &Bound<'py, PyType>,
        size: MPI_Aint,
        disp_unit: MPI_Aint,
        info: Option<&Bound<'py, Info>>,
        comm: Processes,
    ) -> PyResult<Bound<'py, Self>> {
        Self::allocated(cls, mpi_api::MPI_Win_allocate_c, size, disp_unit, info, comm)
    }

    /// Create a window whose memory the processes of one machine share (MPI 5.0, section 12.2.3). Collective over
    /// `comm`, all of whose processes can share memory: see `Comm.Split_type`.
    ///
    /// `size` is that of this process's part, in bytes. `Shared_query` gives the parts of all.
    #[classmethod]
    #[pyo3(
        signature = (size, disp_unit=1, info=None, comm=Processes::own()),
        text_signature = "($cls, size, disp_unit=1, info=..., comm=...)"
    )]
    fn Allocate_shared<'py>(
        cls: &Bound<'py, PyType>,
        size: MPI_Aint,
        disp_unit: MPI_Aint,
        info: Option<&Bound<'py, Info>>,
        comm: Processes,
    ) -> PyResult<Bound<'py, Self>> {
        Self::allocated(cls, mpi_api::MPI_Win_allocate_shared_c, size, disp_unit, info, comm)
    }

    /// Create a window without memory, for `Attach` (MPI 5.0, section 12.2.4). Collective over `comm`.
    ///
    /// Displacements in it are addresses at the target, as `Get_address` gives them, in bytes.
    #[classmethod]
    #[pyo3(
        signature = (info=None, comm=Processes::own()),
        text_signature = "($cls, info=..., comm=...)"
    )]
    fn Create_dynamic<'py>(
        cls: &Bound<'py, PyType>,
        info: Option<&Bound<'py, Info>>,
        comm: Processes,
    ) -> PyResult<Bound<'py, Self>> {
        let py = cls.py();
        let win = Self::blank(cls)?;
        let (info, new) = (Info::raw_or_null(info), Self::handle(&win).address());
        mpi!(py, MPI_Win_create_dynamic(info, comm.0, new))?;
        Self::made(win, PyDict::new(py).into_any().unbind())
    }

    /// Attach memory of this process to a dynamic window (MPI 5.0, section 12.2.4).
    ///
    /// `memory` is an object with writable memory. It lives until it is detached or the window is freed.
    fn Attach(slf: &Bound<'_, Self>, memory: &Bound<'_, PyAny>) -> PyResult<()> {
        let Exposed { address, bytes, keep } = attachable(memory)?;
        let raw = Self::raw(slf);
        mpi!(slf.py(), MPI_Win_attach(raw, address, bytes))?;
        Self::attached(slf).set_item(address as usize, keep)
    }

    /// Detach memory from a dynamic window: what `Attach` was given, or other memory that begins there.
    fn Detach(slf: &Bound<'_, Self>, memory: &Bound<'_, PyAny>) -> PyResult<()> {
        let address = attachable(memory)?.address;
        let raw = Self::raw(slf);
        mpi!(slf.py(), MPI_Win_detach(raw, address))?;
        let (attached, address) = (Self::attached(slf), address as usize);
        if attached.contains(address)? { attached.del_item(address) } else { Ok(()) }
    }

    /// Return the memory of the process `rank` in a shared window and its displacement unit, both in bytes
    /// (MPI 5.0, section 12.2.3).
    ///
    /// `PROC_NULL` stands for the first process whose memory is not empty. The memory is valid until the window is
    /// freed.
    fn Shared_query<'py>(slf: &Bound<'py, Self>, rank: c_int) -> PyResult<(Bound<'py, Buffer>, MPI_Aint)> {
        let raw = Self::raw(slf);
        let (mut size, mut unit) = (0, 1);
        let mut base = core::ptr::null_mut::<c_void>();
        let place = (&raw mut base).cast();
        mpi!(MPI_Win_shared_query_c(raw, rank, &raw mut size, &raw mut unit, place))?;
        Ok((Self::memory(slf, base, size)?, unit))
    }

    /// Return the memory of this process in the window, `attrs` as a buffer; empty for a dynamic window.
    ///
    /// It is valid until the window is freed.
    fn tomemory<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Buffer>> {
        let (base, size, _) = Self::attributes(slf)?;
        Self::memory(slf, base, size)
    }
}

/// A view of the memory, as of what `tomemory` gives.
unsafe extern "C" fn lend(this: *mut ffi::PyObject, view: *mut ffi::Py_buffer, flags: c_int) -> c_int {
    // SAFETY: Python asks an instance of the class, with the GIL held, for a view at `view`.
    unsafe {
        let py = Python::assume_attached();
        match Win::tomemory(Bound::ref_from_ptr(py, &this).cast_unchecked()) {
            Ok(memory) => ffi::PyObject_GetBuffer(memory.as_ptr(), view, flags),
            Err(error) => {
                let _raised = raised(error);
                -1
            }
        }
    }
}

slots!(Win: Py_bf_getbuffer = lend as ffi::getbufferproc);

impl Win {
    /// The window that MPI has just made: it keeps `memory`, and its errors are treated as `rc.errors` says.
    fn made(win: Bound<'_, Self>, memory: Py<PyAny>) -> PyResult<Bound<'_, Self>> {
        Self::keep(&win, memory);
        let (raw, handler) = (Self::raw(&win), lifecycle::errhandler()?);
        mpi!(@local win.py(), MPI_Win_set_errhandler(raw, handler))?;
        Ok(win)
    }

    /// A window and its memory, by one of MPI's functions that make both.
    fn allocated<'py>(
        cls: &Bound<'py, PyType>,
        function: Allocate,
        size: MPI_Aint,
        unit: MPI_Aint,
        info: Option<&Bound<'py, Info>>,
        comm: Processes,
    ) -> PyResult<Bound<'py, Self>> {
        let win = Self::blank(cls)?;
        let (info, new) = (Info::raw_or_null(info), Self::handle(&win).address());
        let mut base = core::ptr::null_mut::<c_void>();
        let place = (&raw mut base).cast();
        // SAFETY: handles of live objects, the place of the new object's handle, and a local variable.
        check(released(cls.py(), || unsafe { function(size, unit, info, comm.0, place, new) }))?;
        Self::made(win, cls.py().None())
    }

    /// A buffer over `size` bytes at `base`, of which MPI says that they are the window's.
    fn memory<'py>(
        win: &Bound<'py, Self>,
        base: *mut c_void,
        size: MPI_Aint,
    ) -> PyResult<Bound<'py, Buffer>> {
        #[allow(clippy::unnecessary_cast, reason = "some libraries define MPI_Aint as isize")]
        let bytes = size as isize;
        // SAFETY: valid until the window is freed; the caller is told.
        let buffer = unsafe { Buffer::part_of(win, base, bytes) };
        buffer.object(win.py())
    }

    /// The buffers over what is attached, by their addresses.
    fn attached<'py>(win: &Bound<'py, Self>) -> Bound<'py, PyDict> {
        if let Ok(attached) = Self::kept(win).cast_into() {
            return attached;
        }
        // The window is not ours: this object has just its handle.
        let attached = PyDict::new(win.py());
        Self::keep(win, attached.clone().into_any().unbind());
        attached
    }
}

/// Memory to attach, or `BOTTOM`.
fn attachable(memory: &Bound<'_, PyAny>) -> PyResult<Exposed> {
    if sentinel::is_bottom(memory) { Ok(Exposed::bottom(memory.py())) } else { Exposed::lend(memory) }
}
