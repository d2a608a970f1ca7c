//! The dynamic linker of Windows.

use std::ffi::{CStr, OsString, c_char, c_void};
use std::io;
use std::os::windows::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::ptr::{self, NonNull};

type Module = *mut c_void;

const LOAD_WITH_ALTERED_SEARCH_PATH: u32 = 0x8;
const GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT: u32 = 0x2;
const GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS: u32 = 0x4;
const MODULES_BYTES: u32 = 32768;
const PATH_MAX: u32 = 32768;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn LoadLibraryExW(path: *const u16, reserved: *mut c_void, flags: u32) -> Module;
    fn FreeLibrary(module: Module) -> i32;
    fn GetProcAddress(module: Module, name: *const c_char) -> *mut c_void;
    fn GetModuleFileNameW(module: Module, path: *mut u16, size: u32) -> u32;
    fn GetModuleHandleExW(flags: u32, address: *const u16, module: *mut Module) -> i32;
    fn GetCurrentProcess() -> *mut c_void;
    fn K32EnumProcessModules(process: *mut c_void, modules: *mut Module, bytes: u32, needed: *mut u32)
    -> i32;
}

/// An open library, as `LoadLibraryExW` names it.
#[derive(Clone, Copy)]
pub struct Handle(usize);

impl Handle {
    fn new(module: Module) -> Option<Self> {
        NonNull::new(module).map(|module| Self(module.as_ptr().expose_provenance()))
    }

    fn module(self) -> Module {
        ptr::with_exposed_provenance_mut(self.0)
    }

    /// The handle as a number.
    pub fn address(self) -> usize {
        self.0
    }
}

/// Opens a library; the error is the system's own text. Windows has no global scope, so `_shared` says nothing.
pub fn open(path: &Path, _shared: bool) -> Result<Handle, String> {
    let wide: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
    // With a full path, what the library needs is searched beside it first.
    let flags = if path.is_absolute() { LOAD_WITH_ALTERED_SEARCH_PATH } else { 0 };
    // SAFETY: the path ends in NUL, the second argument is reserved.
    let module = unsafe { LoadLibraryExW(wide.as_ptr(), ptr::null_mut(), flags) };
    Handle::new(module).ok_or_else(|| io::Error::last_os_error().to_string())
}

/// Gives a library back.
pub fn close(handle: Handle) {
    // SAFETY: the handle came from `LoadLibraryExW`; its owner asks nothing of it afterwards.
    unsafe { FreeLibrary(handle.module()) };
}

/// The address of a symbol that the library exports.
pub fn symbol(handle: Handle, name: &CStr) -> Option<NonNull<c_void>> {
    // SAFETY: the module is loaded, the name is a C string.
    NonNull::new(unsafe { GetProcAddress(handle.module(), name.as_ptr()) })
}

/// The file that holds the address.
pub fn file_of(address: NonNull<c_void>) -> Option<PathBuf> {
    let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    let mut module = ptr::null_mut();
    // SAFETY: with this flag the second argument is an address in a module, not text.
    let found = unsafe { GetModuleHandleExW(flags, address.as_ptr().cast(), &raw mut module) } != 0;
    if !found {
        return None;
    }
    let mut path = vec![0_u16; PATH_MAX as usize];
    // SAFETY: the module is loaded and the buffer has the length it is said to have.
    let length = unsafe { GetModuleFileNameW(module, path.as_mut_ptr(), PATH_MAX) } as usize;
    (length > 0).then(|| OsString::from_wide(&path[..length]).into())
}

/// The library of this process that exports the symbol.
pub fn loaded(name: &CStr) -> Option<Handle> {
    let mut modules = vec![ptr::null_mut::<c_void>(); MODULES_BYTES as usize / size_of::<Module>()];
    let mut needed = 0;
    // SAFETY: the buffer has the size it is said to have.
    let listed = unsafe {
        K32EnumProcessModules(GetCurrentProcess(), modules.as_mut_ptr(), MODULES_BYTES, &raw mut needed)
    };
    if listed == 0 {
        return None;
    }
    modules.truncate(needed as usize / size_of::<Module>());
    modules.into_iter().filter_map(Handle::new).find(|&module| symbol(module, name).is_some())
}
