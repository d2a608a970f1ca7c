//! Libraries that implement a draft of the standard ABI: Intel MPI 2021.18's `libmpi_abi` has eight constants of the
//! draft, where MPI 5.0 (and MPICH 5, Open MPI 6) has other values: unchanged, `ERRORS_RETURN` makes it abort.
//!
//! The functions that take one of these constants are called through the translations below, on the standard ABI
//! alone. Whether the library is of the draft is asked once, of the library itself.

use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char, c_int, c_void};
use std::sync::OnceLock;

use mpi_sys::{
    MPI_Comm, MPI_Errhandler, MPI_File, MPI_Group, MPI_Info, MPI_Offset, MPI_Session, MPI_Win, VARIANT,
};

use crate::bind::{Slots, index_of};

/// The values of MPI 5.0 and those of the draft. A value not listed is the same in both.
const ERRHANDLERS: [(usize, usize); 2] = [(0x143, 0x142), (0x142, 0x143)];
const WHENCE: [(c_int, c_int); 3] = [(403, 401), (401, 402), (402, 403)];
const KEYVALS: [(c_int, c_int); 3] = [(507, 505), (505, 506), (506, 507)];

/// The value of the other side of `table`.
fn translate<T: PartialEq + Copy>(table: &[(T, T)], value: T) -> T {
    if !is_draft() {
        return value;
    }
    table.iter().find(|(standard, _)| *standard == value).map_or(value, |(_, draft)| *draft)
}

/// An error handler on its way to the library.
fn inward(handler: MPI_Errhandler) -> MPI_Errhandler {
    from_address(translate(&ERRHANDLERS, address(handler)))
}

/// An error handler that the library gave. The two values are each other's, so it is the same table.
unsafe fn outward(handler: *mut MPI_Errhandler) {
    // SAFETY: the library has just written it.
    unsafe { *handler = inward(*handler) };
}

/// The standard ABI's handles are pointers. Other ABIs have their own and never come here.
const POINTERS: bool = size_of::<MPI_Errhandler>() == size_of::<usize>();

fn address(handler: MPI_Errhandler) -> usize {
    // SAFETY: the sizes are the same, and any pointer is an integer.
    if POINTERS { unsafe { core::mem::transmute_copy(&handler) } } else { 0 }
}

fn from_address(address: usize) -> MPI_Errhandler {
    // SAFETY: the sizes are the same, and the value came from `address` or is one of the standard's.
    if POINTERS { unsafe { core::mem::transmute_copy(&address) } } else { crate::MPI_ERRHANDLER_NULL() }
}

/// Whether the library is of the draft: its error handler for files not yet open is `ERRORS_RETURN`, in its own value.
fn is_draft() -> bool {
    static DRAFT: OnceLock<bool> = OnceLock::new();
    *DRAFT.get_or_init(|| {
        let mut handler = crate::MPI_ERRHANDLER_NULL();
        let get: unsafe extern "C" fn(MPI_File, *mut MPI_Errhandler) -> c_int =
            native(Wrapped::FileGetErrhandler);
        // SAFETY: MPI is initialized: only functions that need that come here.
        unsafe { get(crate::MPI_FILE_NULL(), &raw mut handler) };
        address(handler) == ERRHANDLERS[0].1
    })
}

struct Natives(UnsafeCell<[*const (); WRAPPED]>);

// SAFETY: written once, in `install`, while the table is bound.
unsafe impl Sync for Natives {}

static NATIVES: Natives = Natives(UnsafeCell::new([core::ptr::null(); WRAPPED]));

/// The library's own function behind a translation.
fn native<F: Copy>(which: Wrapped) -> F {
    // SAFETY: `install` filled it before any translation could be called; `F` is that function's type.
    unsafe { core::mem::transmute_copy(&(*NATIVES.0.get())[which as usize]) }
}

/// Defines a translation for each function: what it calls is the library's own, as `$native`.
macro_rules! translations {
    ($($which:ident $name:ident($($parameter:ident: $type:ty),*) $native:ident => $body:expr;)*) => {
        #[derive(Clone, Copy)]
        enum Wrapped { $($which,)* }
        const WRAPPED: usize = [$(Wrapped::$which),*].len();
        $(
            unsafe extern "C" fn $name($($parameter: $type),*) -> c_int {
                let $native: unsafe extern "C" fn($($type),*) -> c_int = native(Wrapped::$which);
                // SAFETY: the caller vouches for the arguments, as MPI asks.
                unsafe { $body }
            }
        )*
        const TRANSLATIONS: [(&str, *const ()); WRAPPED] = [$((stringify!($name), $name as *const ()),)*];
    };
}

translations! {
    CommSetErrhandler MPI_Comm_set_errhandler(comm: MPI_Comm, handler: MPI_Errhandler) call => call(comm, inward(handler));
    FileSetErrhandler MPI_File_set_errhandler(file: MPI_File, handler: MPI_Errhandler) call => call(file, inward(handler));
    WinSetErrhandler MPI_Win_set_errhandler(win: MPI_Win, handler: MPI_Errhandler) call => call(win, inward(handler));
    SessionSetErrhandler MPI_Session_set_errhandler(session: MPI_Session, handler: MPI_Errhandler) call => call(session, inward(handler));
    CommGetErrhandler MPI_Comm_get_errhandler(comm: MPI_Comm, handler: *mut MPI_Errhandler) call => { let code = call(comm, handler); outward(handler); code };
    FileGetErrhandler MPI_File_get_errhandler(file: MPI_File, handler: *mut MPI_Errhandler) call => { let code = call(file, handler); outward(handler); code };
    WinGetErrhandler MPI_Win_get_errhandler(win: MPI_Win, handler: *mut MPI_Errhandler) call => { let code = call(win, handler); outward(handler); code };
    SessionGetErrhandler MPI_Session_get_errhandler(session: MPI_Session, handler: *mut MPI_Errhandler) call => { let code = call(session, handler); outward(handler); code };
    SessionInit MPI_Session_init(info: MPI_Info, handler: MPI_Errhandler, session: *mut MPI_Session) call => call(info, inward(handler), session);
    CommCreateFromGroup MPI_Comm_create_from_group(group: MPI_Group, tag: *const c_char, info: MPI_Info, handler: MPI_Errhandler, comm: *mut MPI_Comm) call => call(group, tag, info, inward(handler), comm);
    IntercommCreateFromGroups MPI_Intercomm_create_from_groups(local: MPI_Group, leader: c_int, remote: MPI_Group, remote_leader: c_int, tag: *const c_char, info: MPI_Info, handler: MPI_Errhandler, comm: *mut MPI_Comm) call => call(local, leader, remote, remote_leader, tag, info, inward(handler), comm);
    FileSeek MPI_File_seek(file: MPI_File, offset: MPI_Offset, whence: c_int) call => call(file, offset, translate(&WHENCE, whence));
    FileSeekShared MPI_File_seek_shared(file: MPI_File, offset: MPI_Offset, whence: c_int) call => call(file, offset, translate(&WHENCE, whence));
    CommGetAttr MPI_Comm_get_attr(comm: MPI_Comm, keyval: c_int, value: *mut c_void, flag: *mut c_int) call => call(comm, translate(&KEYVALS, keyval), value, flag);
}

/// Puts the translations in place, on the standard ABI of a library that may be of the draft.
pub(crate) fn install(slots: &mut Slots) {
    if !VARIANT.ends_with("-mpiabi") || !is_intel(slots) {
        return;
    }
    for (which, (name, translation)) in TRANSLATIONS.into_iter().enumerate() {
        let Some(index) = index_of(name) else { continue };
        // SAFETY: the table is being bound: nobody else reads or writes.
        unsafe { (*NATIVES.0.get())[which] = slots[index] };
        slots[index] = translation;
    }
}

/// Whether the library says it is Intel's. Allowed before initialization.
fn is_intel(slots: &Slots) -> bool {
    let Some(index) = index_of("MPI_Get_library_version") else { return false };
    // SAFETY: the slot holds a function of this type.
    let version: unsafe extern "C" fn(*mut c_char, *mut c_int) -> c_int =
        unsafe { core::mem::transmute(slots[index]) };
    let mut text = vec![0; mpi_sys::MPI_MAX_LIBRARY_VERSION_STRING as usize + 1];
    let mut length = 0;
    // SAFETY: the buffer is as long as MPI asks, and ends in a null byte whatever is written.
    let text = unsafe {
        version(text.as_mut_ptr(), &raw mut length);
        CStr::from_ptr(text.as_ptr())
    };
    text.to_bytes().starts_with(b"Intel")
}
