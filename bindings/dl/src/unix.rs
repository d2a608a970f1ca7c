//! The dynamic linker of Linux and macOS.

use std::ffi::{CStr, CString, OsStr, c_int, c_void};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::{self, NonNull};

/// An open library, as `dlopen` names it.
#[derive(Clone, Copy)]
pub struct Handle(usize);

impl Handle {
    fn new(handle: *mut c_void) -> Option<Self> {
        NonNull::new(handle).map(|handle| Self(handle.as_ptr().expose_provenance()))
    }

    fn pointer(self) -> *mut c_void {
        ptr::with_exposed_provenance_mut(self.0)
    }

    /// The handle as a number.
    pub fn address(self) -> usize {
        self.0
    }
}

/// Opens a library; the error is the linker's own text.
pub fn open(path: &Path, shared: bool) -> Result<Handle, String> {
    let path = CString::new(path.as_os_str().as_bytes()).map_err(|_| "a path has no NUL".to_owned())?;
    let scope = if shared { libc::RTLD_GLOBAL } else { libc::RTLD_LOCAL };
    dlopen(Some(&path), libc::RTLD_NOW | scope).ok_or_else(last_error)
}

/// Gives a library back.
pub fn close(handle: Handle) {
    // SAFETY: the handle came from `dlopen`; its owner asks nothing of it afterwards.
    unsafe { libc::dlclose(handle.pointer()) };
}

/// The address of a symbol that the library, or one it depends on, defines.
pub fn symbol(handle: Handle, name: &CStr) -> Option<NonNull<c_void>> {
    dlsym(handle.pointer(), name)
}

/// The file that holds the address.
pub fn file_of(address: NonNull<c_void>) -> Option<PathBuf> {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: any address may be asked for; `info` has room for the answer.
    let found = unsafe { libc::dladdr(address.as_ptr(), info.as_mut_ptr()) } != 0;
    // SAFETY: all-zero bytes are a valid `Dl_info`.
    let file = unsafe { info.assume_init() }.dli_fname;
    if !found || file.is_null() {
        return None;
    }
    // SAFETY: the linker keeps the name as long as the file is mapped.
    let file = unsafe { CStr::from_ptr(file) };
    Some(PathBuf::from(OsStr::from_bytes(file.to_bytes())))
}

/// The library of this process that defines the symbol.
pub fn loaded(name: &CStr) -> Option<Handle> {
    let defined =
        dlsym(libc::RTLD_DEFAULT, name).or_else(|| files().iter().find_map(|file| defined_by(file, name)))?;
    let file = file_of(defined).and_then(|file| CString::new(file.as_os_str().as_bytes()).ok())?;
    // The program itself has no handle by name: it is the handle without one.
    dlopen(Some(&file), libc::RTLD_LAZY | libc::RTLD_NOLOAD).or_else(|| dlopen(None, libc::RTLD_LAZY))
}

/// The symbol's address as seen from a file that is mapped already.
fn defined_by(file: &CStr, name: &CStr) -> Option<NonNull<c_void>> {
    let handle = dlopen(Some(file), libc::RTLD_LAZY | libc::RTLD_NOLOAD)?;
    let address = symbol(handle, name);
    close(handle);
    address
}

fn dlopen(path: Option<&CStr>, flags: c_int) -> Option<Handle> {
    let path = path.map_or(ptr::null(), CStr::as_ptr);
    // SAFETY: the path is a C string, or null, which means the program itself. Constructors of the library run:
    // that is what opening it is for.
    Handle::new(unsafe { libc::dlopen(path, flags) })
}

fn dlsym(handle: *mut c_void, name: &CStr) -> Option<NonNull<c_void>> {
    // SAFETY: the handle is open or `RTLD_DEFAULT`, the name is a C string.
    NonNull::new(unsafe { libc::dlsym(handle, name.as_ptr()) })
}

fn last_error() -> String {
    // SAFETY: `dlerror` returns null or a C string that stays valid until this thread's next call.
    let text = unsafe { libc::dlerror() };
    if text.is_null() {
        return "the dynamic linker gives no reason".to_owned();
    }
    // SAFETY: not null, see above.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// The names of all files mapped into this process by the dynamic linker.
#[cfg(not(target_vendor = "apple"))]
fn files() -> Vec<CString> {
    unsafe extern "C" fn collect(
        info: *mut libc::dl_phdr_info,
        _size: libc::size_t,
        names: *mut c_void,
    ) -> c_int {
        // SAFETY: the linker hands over a valid description, and `names` is the vector passed below.
        let (info, names) = unsafe { (&*info, &mut *names.cast::<Vec<CString>>()) };
        if !info.dlpi_name.is_null() {
            // SAFETY: a C string of the linker's. Copied, because nothing may be opened before the walk ends.
            let name = unsafe { CStr::from_ptr(info.dlpi_name) };
            if !name.is_empty() {
                names.push(name.to_owned());
            }
        }
        0
    }
    let mut names = Vec::<CString>::new();
    // SAFETY: `collect` has the type the linker calls, and `names` outlives the walk.
    unsafe { libc::dl_iterate_phdr(Some(collect), (&raw mut names).cast()) };
    names
}

/// The names of all files mapped into this process by the dynamic linker.
#[cfg(target_vendor = "apple")]
fn files() -> Vec<CString> {
    unsafe extern "C" {
        fn _dyld_image_count() -> u32;
        fn _dyld_get_image_name(index: u32) -> *const std::ffi::c_char;
    }
    // SAFETY: takes nothing, changes nothing.
    let count = unsafe { _dyld_image_count() };
    (0..count)
        .filter_map(|index| {
            // SAFETY: an index that has become too large gives null.
            let name = unsafe { _dyld_get_image_name(index) };
            // SAFETY: a C string of the linker's, copied at once.
            (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_owned())
        })
        .collect()
}
