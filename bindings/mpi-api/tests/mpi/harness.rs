//! Opening a library, running cases, and saying what went wrong.

use core::ffi::{c_int, c_void};
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt as _;

use mpi_api::types::{MPI_Comm, MPI_Count, MPI_Datatype, MPI_Request, MPI_Status};
use mpi_api::{
    MPI_COMM_SELF, MPI_COMM_WORLD, MPI_ERRORS_RETURN, MPI_INT, MPI_MAX, MPI_REQUEST_NULL, MPI_STATUS_IGNORE,
    MPI_SUCCESS,
};

/// Why a case is not passed.
#[derive(Debug)]
pub enum Fault {
    /// It is wrong.
    Failed(String),
    /// This library cannot do it.
    Skipped(String),
}

pub type Outcome = Result<(), Fault>;
pub type Case = (&'static str, fn(&World) -> Outcome);

/// A case that fails for what a library does wrong by itself, called from C just as well.
struct Defect {
    case: &'static str,
    /// What the library's version string contains.
    library: &'static str,
    /// On how many processes.
    size: core::ops::RangeInclusive<c_int>,
    /// Whether it is there in this build.
    here: bool,
    why: &'static str,
    /// Whether it ends the process, so that the case cannot be tried.
    ends: bool,
}

impl Defect {
    fn excuse(&self) -> Fault {
        Fault::Skipped(format!("a defect of the library: {}", self.why))
    }
}

const ANY: core::ops::RangeInclusive<c_int> = 1..=c_int::MAX;

const MPICH_3_OPERATIONS: Defect = Defect {
    case: "",
    library: "MPICH Version:\t3.",
    size: ANY,
    here: SMALL,
    why: "an operation must not call MPI, so nonblocking reductions of large counts are refused",
    ends: false,
};

const INTEL_PERSISTENT: Defect = Defect {
    case: "",
    library: "Intel(R) MPI",
    size: ANY,
    here: true,
    why: "MPI_Scatter_init and MPI_Allgather_init work for the first start only",
    ends: false,
};

const MPICH_3_ACCUMULATE: Defect = Defect {
    case: "",
    library: "MPICH Version:\t3.",
    size: 1..=1,
    here: true,
    why: "an assertion fails in MPI_Accumulate and its kin (max_order_war != 0, ofi_impl.h)",
    ends: true,
};

const DEFECTS: &[Defect] = &[
    Defect { case: "put, get, accumulate", ..MPICH_3_ACCUMULATE },
    Defect { case: "rput, rget, raccumulate", ..MPICH_3_ACCUMULATE },
    Defect {
        case: "alltoallw",
        library: "Open MPI v",
        size: 1..=1,
        here: true,
        why: "on one process MPI_Alltoallw takes displacements for elements, not bytes",
        ends: false,
    },
    Defect {
        case: "gather",
        library: "MPICH Version:      4.1",
        size: ANY,
        here: true,
        why: "MPI_Gather_init leaves out what the root sends to itself",
        ends: false,
    },
    Defect {
        case: "scatter",
        library: "MPICH Version:      4.1",
        size: ANY,
        here: true,
        why: "MPI_Scatter_init works for the first start only",
        ends: false,
    },
    Defect { case: "reduce", ..MPICH_3_OPERATIONS },
    Defect { case: "allreduce", ..MPICH_3_OPERATIONS },
    Defect { case: "allreduce of pairs", ..MPICH_3_OPERATIONS },
    Defect { case: "scan", ..MPICH_3_OPERATIONS },
    Defect { case: "exscan", ..MPICH_3_OPERATIONS },
    Defect { case: "reduce_scatter_block", ..MPICH_3_OPERATIONS },
    Defect { case: "user-defined operations", ..MPICH_3_OPERATIONS },
    Defect { case: "large iallreduce", here: true, ..MPICH_3_OPERATIONS },
    Defect { case: "scatter", ..INTEL_PERSISTENT },
    Defect { case: "allgather", ..INTEL_PERSISTENT },
    Defect { case: "collectives in place", ..INTEL_PERSISTENT },
    Defect {
        case: "darray",
        library: "Intel(R) MPI",
        size: ANY,
        here: true,
        why: "MPI_Type_create_darray ignores the stride of rows within a cyclic block",
        ends: false,
    },
    Defect {
        case: "gather",
        library: "Intel(R) MPI",
        size: ANY,
        here: true,
        why: "MPI_Gather_init leaves out what the root sends to itself",
        ends: false,
    },
    Defect {
        case: "external32",
        library: "MPICH Version:\t3.4",
        size: ANY,
        here: true,
        why: "MPI_Pack_external converts the first element only",
        ends: false,
    },
    Defect {
        case: "handles as Fortran integers",
        library: "Intel(R) MPI Library 2021.18",
        size: ANY,
        here: true,
        why: "MPI_Request_fromint of libmpi_abi gives a handle of libmpi",
        ends: false,
    },
];

/// Calls MPI; an error ends the case, and a function that is not to be had skips the rest of it.
macro_rules! mpi {
    ($function:ident($($argument:expr),* $(,)?)) => {
        $crate::harness::called(stringify!($function), unsafe { mpi_api::$function($($argument),*) })?
    };
}
pub(crate) use mpi;

/// Asks MPI for one value: its last parameter.
macro_rules! ask {
    ($function:ident($($argument:expr),* $(,)?)) => {{
        let mut value = unsafe { core::mem::zeroed() };
        $crate::harness::mpi!($function($($argument,)* &raw mut value));
        value
    }};
}
pub(crate) use ask;

/// Runs one collective in its three ways: blocking, nonblocking, and persistent, twice.
/// `before` sets the buffers up and `after` looks at the result; a wrong one is noted, and the processes go on together.
macro_rules! in_all_ways {
    (before $before:block after $after:block; $blocking:ident $nonblocking:ident $persistent:ident $arguments:tt) => {
        macro_rules! checked {
            ($function:expr, $call:expr) => {
                $before
                $call;
                let look = || -> $crate::harness::Outcome { $after; Ok(()) };
                $crate::harness::note($function, look());
            };
        }
        checked!(stringify!($blocking), $crate::harness::appended!($blocking $arguments));
        if $crate::harness::is_supported(stringify!($nonblocking)) {
            checked!(stringify!($nonblocking), {
                let mut request = mpi_api::MPI_REQUEST_NULL();
                $crate::harness::appended!($nonblocking $arguments, &raw mut request);
                $crate::harness::wait(&mut request)?;
            });
        }
        if $crate::harness::is_supported(stringify!($persistent)) {
            let mut request = mpi_api::MPI_REQUEST_NULL();
            $crate::harness::appended!($persistent $arguments, mpi_api::MPI_INFO_NULL(), &raw mut request);
            let scratch = mpi_api::scratch::take();
            for _ in 0..2 {
                checked!(stringify!($persistent), {
                    $crate::harness::mpi!(MPI_Start(&raw mut request));
                    $crate::harness::wait(&mut request)?;
                });
            }
            $crate::harness::mpi!(MPI_Request_free(&raw mut request));
            drop(scratch);
        }
    };
}
pub(crate) use in_all_ways;

/// A call with more arguments at the end.
macro_rules! appended {
    ($function:ident ($($argument:expr),* $(,)?) $(, $more:expr)*) => {
        $crate::harness::mpi!($function($($argument,)* $($more),*))
    };
}
pub(crate) use appended;

thread_local! {
    static NOTED: core::cell::RefCell<Outcome> = const { core::cell::RefCell::new(Ok(())) };
}

/// Remembers the first fault until the case is over.
pub fn note(function: &str, outcome: Outcome) {
    if let Err(Fault::Failed(why)) = outcome {
        NOTED.with_borrow_mut(|noted| {
            if noted.is_ok() {
                *noted = Err(Fault::Failed(format!("{function}: {why}")));
            }
        });
    }
}

pub fn called(name: &str, code: c_int) -> Outcome {
    if code == MPI_SUCCESS {
        return Ok(());
    }
    match mpi_api::take_unsupported() {
        Some(function) => Err(Fault::Skipped(format!("{function} is unsupported"))),
        None => Err(Fault::Failed(format!("{name}: {}", describe(code)))),
    }
}

/// What MPI says of an error.
fn describe(code: c_int) -> String {
    let mut text = [0_u8; 4096];
    let mut length = 0;
    unsafe { mpi_api::MPI_Error_string(code, text.as_mut_ptr().cast(), &raw mut length) };
    format!("error {code}: {}", String::from_utf8_lossy(&text[..length as usize]))
}

/// Whether a function is native or emulated.
pub fn is_supported(name: &str) -> bool {
    mpi_api::binding().is_some_and(|binding| !binding.unsupported.contains(&name))
}

/// Whether a function is emulated.
pub fn is_emulated(name: &str) -> bool {
    mpi_api::binding().is_some_and(|binding| binding.emulated.contains(&name))
}

/// Whether counts above 4 do not fit.
pub const SMALL: bool = cfg!(feature = "small-counts");

/// Fails unless both are the same.
pub fn same<T: PartialEq + core::fmt::Debug + ?Sized>(what: &str, got: &T, wanted: &T) -> Outcome {
    if got == wanted { Ok(()) } else { Err(Fault::Failed(format!("{what}: {got:?}, not {wanted:?}"))) }
}

/// Waits for the call just made.
pub fn wait(request: &mut MPI_Request) -> Outcome {
    let _scratch = mpi_api::scratch::take();
    mpi!(MPI_Wait(core::ptr::from_mut(request), MPI_STATUS_IGNORE()));
    Ok(())
}

/// The count in `status`.
pub fn count_of(status: &MPI_Status, datatype: MPI_Datatype) -> Result<MPI_Count, Fault> {
    let mut count = 0;
    mpi!(MPI_Get_count_c(core::ptr::from_ref(status), datatype, &raw mut count));
    Ok(count)
}

pub fn empty_status() -> MPI_Status {
    unsafe { core::mem::zeroed() }
}

pub fn null_request() -> MPI_Request {
    MPI_REQUEST_NULL()
}

pub fn address<T>(values: &[T]) -> *const c_void {
    values.as_ptr().cast()
}

pub fn address_mut<T>(values: &mut [T]) -> *mut c_void {
    values.as_mut_ptr().cast()
}

/// An MPI library.
pub struct Library(*mut c_void);

impl Library {
    pub fn open(path: &OsStr) -> Result<Self, String> {
        let name = CString::new(path.as_bytes()).map_err(|error| error.to_string())?;
        // Open MPI's plugins look for its symbols in the global scope.
        let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
        if handle.is_null() {
            let why = unsafe { std::ffi::CStr::from_ptr(libc::dlerror()) };
            return Err(format!("cannot open {}: {}", path.display(), why.to_string_lossy()));
        }
        Ok(Self(handle))
    }

    pub fn bind(&self, emulated: bool) {
        unsafe { if emulated { mpi_api::bind_emulated(self.0) } else { mpi_api::bind(self.0) } };
    }
}

/// The processes under test.
pub struct World {
    pub comm: MPI_Comm,
    pub rank: c_int,
    pub size: c_int,
    /// The library's version string.
    library: String,
}

impl World {
    pub fn start() -> Self {
        let (mut provided, mut rank, mut size) = (0, 0, 0);
        let comm = MPI_COMM_WORLD();
        let none = core::ptr::null_mut();
        unsafe {
            let code =
                mpi_api::MPI_Init_thread(none, none.cast(), mpi_api::MPI_THREAD_MULTIPLE, &raw mut provided);
            assert_eq!(code, MPI_SUCCESS, "MPI_Init_thread");
            for comm in [comm, MPI_COMM_SELF()] {
                mpi_api::MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN());
            }
            mpi_api::MPI_Comm_rank(comm, &raw mut rank);
            mpi_api::MPI_Comm_size(comm, &raw mut size);
        }
        let mut text = vec![0_u8; mpi_api::MPI_MAX_LIBRARY_VERSION_STRING as usize + 1];
        let mut length = 0;
        unsafe { mpi_api::MPI_Get_library_version(text.as_mut_ptr().cast(), &raw mut length) };
        text.truncate(length as usize);
        Self { comm, rank, size, library: String::from_utf8_lossy(&text).into_owned() }
    }

    /// The process after this one, in a ring.
    pub fn next(&self) -> c_int {
        (self.rank + 1) % self.size
    }

    /// The process before this one.
    pub fn previous(&self) -> c_int {
        (self.rank + self.size - 1) % self.size
    }

    pub fn ranks(&self) -> core::ops::Range<c_int> {
        0..self.size
    }

    pub fn is_root(&self, root: c_int) -> bool {
        self.rank == root
    }

    /// How the functions were found.
    pub fn report(&self) {
        let Some(binding) = mpi_api::binding().filter(|_| self.rank == 0) else { return };
        println!(
            "# {}: {} native, {} emulated, {} unsupported{}",
            mpi_api::VARIANT,
            binding.native.len(),
            binding.emulated.len(),
            binding.unsupported.len(),
            if SMALL { "; counts above 4 are large" } else { "" },
        );
        println!("# {}", self.library.lines().next().unwrap_or_default());
        println!("# unsupported: {}", binding.unsupported.join(" "));
        println!("# lacking: {}", binding.lacking.join(" "));
        if std::env::var_os("MPI_API_VERBOSE").is_some() {
            println!("# emulated: {}", binding.emulated.join(" "));
        }
    }

    /// Runs `cases`; how many failed.
    pub fn run<'a>(&self, cases: impl Iterator<Item = &'a Case>) -> usize {
        let (mut passed, mut failed) = (0, 0);
        for (name, case) in cases {
            let outcome = match self.defect(name).filter(|defect| defect.ends) {
                Some(defect) => Err(defect.excuse()),
                None => case(self),
            };
            let noted = NOTED.replace(Ok(()));
            let outcome = noted.and(outcome).map_err(|fault| self.excused(name, fault));
            let wrong = matches!(outcome, Err(Fault::Failed(_)));
            let line = match outcome {
                Ok(()) => format!("ok {name}"),
                Err(Fault::Skipped(why)) => format!("ok {name} # skipped: {why}"),
                Err(Fault::Failed(why)) => format!("not ok {name}: rank {}: {why}", self.rank),
            };
            let all_right = self.worst(c_int::from(wrong)) == 0;
            if wrong || (all_right && self.rank == 0) {
                println!("{line}");
            }
            if all_right { passed += 1 } else { failed += 1 }
        }
        unsafe { mpi_api::MPI_Finalize() };
        if self.rank == 0 {
            println!("{passed} passed, {failed} failed");
        }
        failed
    }

    /// What is known of this library and `case`.
    fn defect(&self, case: &str) -> Option<&'static Defect> {
        DEFECTS.iter().find(|defect| {
            defect.here
                && defect.case == case
                && self.library.contains(defect.library)
                && defect.size.contains(&self.size)
        })
    }

    /// `fault`, unless it is the library's.
    fn excused(&self, case: &str, fault: Fault) -> Fault {
        match (&fault, self.defect(case)) {
            (Fault::Failed(_), Some(defect)) => defect.excuse(),
            _ => fault,
        }
    }

    /// The largest `value` of all processes.
    fn worst(&self, value: c_int) -> c_int {
        let mut worst = value;
        let code = unsafe {
            let (from, to) = ((&raw const value).cast(), (&raw mut worst).cast());
            mpi_api::MPI_Allreduce(from, to, 1, MPI_INT(), MPI_MAX(), self.comm)
        };
        assert_eq!(code, MPI_SUCCESS, "MPI_Allreduce");
        worst
    }
}
