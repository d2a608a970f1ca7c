//! Initialization at import and finalization at exit, as `mpi4py.rc` asks (MPI 5.0, section 11.2).

use core::ffi::c_int;
use core::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::OnceLock;

use mpi_api::types::MPI_Errhandler;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use crate::call::{mpi, released};
use crate::method::function;

/// Whether to finalize MPI when the interpreter exits.
static FINALIZE: AtomicBool = AtomicBool::new(false);

/// The exit status to abort the job with when the interpreter exits; 0 to end it as usual.
static ABORT_STATUS: AtomicI32 = AtomicI32::new(0);

/// The thread levels by the names `rc.thread_level` takes.
const THREAD_LEVELS: [(&str, c_int); 4] = [
    ("single", mpi_api::MPI_THREAD_SINGLE),
    ("funneled", mpi_api::MPI_THREAD_FUNNELED),
    ("serialized", mpi_api::MPI_THREAD_SERIALIZED),
    ("multiple", mpi_api::MPI_THREAD_MULTIPLE),
];

/// What `mpi4py.rc` says, read once, when the module is imported.
#[derive(FromPyObject)]
#[allow(clippy::struct_excessive_bools, reason = "they are mpi4py.rc's")]
pub(crate) struct Options {
    initialize: bool,
    threads: bool,
    thread_level: String,
    finalize: Option<bool>,
    errors: String,
    /// Whether objects are reduced along a tree.
    pub fast_reduce: bool,
    /// Whether `recv` of an object probes with `MPI_Mprobe`: safe among threads.
    pub recv_mprobe: bool,
    /// How many bytes `irecv` of an object reserves.
    pub irecv_bufsz: i64,
}

static OPTIONS: OnceLock<Options> = OnceLock::new();

/// What `mpi4py.rc` said at import.
pub(crate) fn options() -> &'static Options {
    OPTIONS.get().unwrap_or_else(|| unreachable!("read when the module is imported"))
}

/// Initializes MPI when `mpi4py.rc` says so and nobody has, and arranges for the end.
pub(crate) fn start(py: Python<'_>) -> PyResult<()> {
    let read: Options = py.import("mpi4py")?.getattr("rc")?.extract()?;
    let options = OPTIONS.get_or_init(|| read);
    let level = THREAD_LEVELS.iter().find(|(name, _)| *name == options.thread_level).map(|(_, level)| *level);
    let level = level.ok_or_else(|| {
        bad_option("thread_level", &options.thread_level, &THREAD_LEVELS.map(|(name, _)| name))
    })?;
    let handler = handler(&options.errors)?;
    let (initialized, finalized) = (flag(Flag::Initialized)?, flag(Flag::Finalized)?);
    let ours = options.initialize && !initialized && !finalized;
    if ours {
        if options.threads {
            let mut provided = 0;
            init(mpi_thread(py, level, &mut provided), "MPI_Init_thread")?;
        } else {
            let code = released(py, || {
                // SAFETY: null arguments are allowed (MPI 5.0, section 11.2.1).
                unsafe { mpi_api::MPI_Init(core::ptr::null_mut(), core::ptr::null_mut()) }
            });
            init(code, "MPI_Init")?;
        }
    }
    if options.finalize.unwrap_or(ours) && !finalized {
        finalize_at_exit()?;
    }
    if (ours || initialized) && !finalized {
        set_handlers(handler)?;
    }
    Ok(())
}

/// What to set on the predefined communicators for the value of `rc.errors`; `None` to leave them alone.
fn handler(errors: &str) -> PyResult<Option<MPI_Errhandler>> {
    Ok(Some(match errors {
        "default" => return Ok(None),
        "exception" => mpi_api::MPI_ERRORS_RETURN(),
        // An MPI without MPI_ERRORS_ABORT has its nearest kin.
        "abort" if mpi_api::MPI_ERRORS_ABORT() != mpi_api::MPI_ERRHANDLER_NULL() => {
            mpi_api::MPI_ERRORS_ABORT()
        }
        "abort" | "fatal" => mpi_api::MPI_ERRORS_ARE_FATAL(),
        _ => return Err(bad_option("errors", errors, &["default", "exception", "abort", "fatal"])),
    }))
}

/// The error handler of what is made without one, and from no object that has one: as `rc.errors` says.
pub(crate) fn errhandler() -> PyResult<MPI_Errhandler> {
    Ok(handler(&options().errors)?.unwrap_or_else(mpi_api::MPI_ERRORS_ARE_FATAL))
}

fn bad_option(name: &str, value: &str, good: &[&str]) -> PyErr {
    PyValueError::new_err(format!("mpi4py.rc.{name} is {value:?}; it takes one of {}", good.join(", ")))
}

/// Errors before initialization cannot be described by MPI itself.
fn init(code: c_int, name: &str) -> PyResult<()> {
    if code == mpi_api::MPI_SUCCESS {
        return Ok(());
    }
    Err(PyRuntimeError::new_err(format!("{name} failed with error code {code}")))
}

fn mpi_thread(py: Python<'_>, required: c_int, provided: &mut c_int) -> c_int {
    let provided: *mut c_int = provided;
    released(py, || {
        // SAFETY: null arguments are allowed (MPI 5.0, section 11.2.1); `provided` is a local variable.
        unsafe { mpi_api::MPI_Init_thread(core::ptr::null_mut(), core::ptr::null_mut(), required, provided) }
    })
}

/// Sets the error handler of the communicators and files that exist from the start.
fn set_handlers(handler: Option<MPI_Errhandler>) -> PyResult<()> {
    let Some(handler) = handler else { return Ok(()) };
    mpi!(MPI_Comm_set_errhandler(mpi_api::MPI_COMM_SELF(), handler))?;
    mpi!(MPI_Comm_set_errhandler(mpi_api::MPI_COMM_WORLD(), handler))?;
    // A library built without I/O or without dynamic processes has no handler to set here: no reason not to start.
    let mut parent = mpi_api::MPI_COMM_NULL();
    // SAFETY: the null file stands for files not yet open (MPI 5.0, section 14.7); `parent` is a local variable.
    unsafe {
        mpi_api::MPI_File_set_errhandler(mpi_api::MPI_FILE_NULL(), handler);
        mpi_api::MPI_Comm_get_parent(&raw mut parent);
    }
    mpi_api::take_unsupported();
    adopt(parent)
}

/// Sets on a communicator to processes that were not in the job at its start what `rc.errors` asks for: it need not
/// inherit that from any other.
pub(crate) fn adopt(comm: mpi_api::types::MPI_Comm) -> PyResult<()> {
    match handler(&options().errors)? {
        Some(handler) if comm != mpi_api::MPI_COMM_NULL() => mpi!(MPI_Comm_set_errhandler(comm, handler)),
        _ => Ok(()),
    }
}

/// Registers [`finalize`] with the interpreter, once.
fn finalize_at_exit() -> PyResult<()> {
    if FINALIZE.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    // SAFETY: `finalize` calls no Python.
    match unsafe { pyo3::ffi::Py_AtExit(Some(finalize)) } {
        0 => Ok(()),
        _ => Err(PyRuntimeError::new_err(
            "the interpreter takes no more exit functions: call MPI.Finalize yourself",
        )),
    }
}

/// Finalizes MPI unless somebody has. The interpreter is gone by then.
extern "C" fn finalize() {
    if !FINALIZE.load(Ordering::Relaxed) {
        return;
    }
    if let (Ok(true), Ok(false)) = (flag(Flag::Initialized), flag(Flag::Finalized)) {
        let status = ABORT_STATUS.load(Ordering::Relaxed);
        // SAFETY: initialized and not finalized.
        unsafe {
            if status != 0 {
                mpi_api::MPI_Abort(mpi_api::MPI_COMM_WORLD(), status);
            }
            mpi_api::MPI_Finalize();
        }
    }
}

#[derive(Clone, Copy)]
enum Flag {
    Initialized,
    Finalized,
}

/// `MPI_Initialized` or `MPI_Finalized`: both allowed at any time.
fn flag(which: Flag) -> PyResult<bool> {
    let mut flag = 0;
    match which {
        Flag::Initialized => mpi!(MPI_Initialized(&raw mut flag))?,
        Flag::Finalized => mpi!(MPI_Finalized(&raw mut flag))?,
    }
    Ok(flag != 0)
}

/// Initialize the MPI execution environment (MPI 5.0, section 11.2.1).
#[function]
fn Init(py: Python<'_>) -> PyResult<()> {
    mpi!(py, MPI_Init(core::ptr::null_mut(), core::ptr::null_mut()))?;
    started()
}

/// Initialize the MPI execution environment and its support of threads (MPI 5.0, section 11.2.1).
///
/// Returns the level of thread support that the library provides.
#[function]
#[pyo3(signature = (required=mpi_api::MPI_THREAD_MULTIPLE), text_signature = "(required=mpi4py.MPI.THREAD_MULTIPLE)")]
fn Init_thread(py: Python<'_>, required: c_int) -> PyResult<c_int> {
    let mut provided = mpi_api::MPI_THREAD_SINGLE;
    mpi!(py, MPI_Init_thread(core::ptr::null_mut(), core::ptr::null_mut(), required, &raw mut provided))?;
    started()?;
    Ok(provided)
}

/// After the program itself initialized MPI: the error handlers and the exit function that `rc` asks for.
fn started() -> PyResult<()> {
    let options = options();
    if options.finalize.unwrap_or(true) {
        finalize_at_exit()?;
    }
    set_handlers(handler(&options.errors)?)
}

/// Terminate the MPI execution environment (MPI 5.0, section 11.2.2).
#[function]
fn Finalize(py: Python<'_>) -> PyResult<()> {
    mpi!(py, MPI_Finalize())
}

/// Indicate whether `Init` has been called.
#[function]
#[light]
pub(crate) fn Is_initialized() -> PyResult<bool> {
    flag(Flag::Initialized)
}

/// Indicate whether `Finalize` has completed.
#[function]
#[light]
fn Is_finalized() -> PyResult<bool> {
    flag(Flag::Finalized)
}

/// Return the level of thread support that the library provides (MPI 5.0, section 11.6.2).
#[function]
#[light]
fn Query_thread() -> PyResult<c_int> {
    let mut provided = mpi_api::MPI_THREAD_SINGLE;
    mpi!(MPI_Query_thread(&raw mut provided))?;
    Ok(provided)
}

/// Indicate whether this thread called `Init` or `Init_thread`.
#[function]
#[light]
fn Is_thread_main() -> PyResult<bool> {
    let mut flag = 0;
    mpi!(MPI_Is_thread_main(&raw mut flag))?;
    Ok(flag != 0)
}

/// Abort the job with exit status `status` when the interpreter exits, unless it is 0.
///
/// `python -m mpi4py.run` asks for it when the program of one process has failed: the others must not wait for it.
#[function]
fn _set_abort_status(status: c_int) {
    ABORT_STATUS.store(status, Ordering::Relaxed);
}
