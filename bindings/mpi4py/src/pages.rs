//! How the kernel divides large memory into pages.

use core::ffi::c_void;

/// Memory from this many bytes on is asked to be of large pages, as NumPy's is.
const LEAST: usize = 1 << 22;

/// Asks for large pages for `bytes` bytes at `address`, if there are enough of them. What is there stays.
///
/// Fresh memory is given page by page, when it is first written: there are 512 times fewer large pages.
#[cfg(target_os = "linux")]
pub(crate) fn large(address: *mut c_void, bytes: usize) {
    /// The kernel takes addresses that are multiples of the page size; this is one of each that there is.
    const ALIGNMENT: usize = 1 << 16;
    if bytes < LEAST {
        return;
    }
    let skipped = (address as usize).wrapping_neg() % ALIGNMENT;
    // SAFETY: the range is within the caller's memory, whose contents the advice does not change.
    unsafe { libc::madvise(address.wrapping_byte_add(skipped), bytes - skipped, libc::MADV_HUGEPAGE) };
}

/// Other systems decide by themselves.
#[cfg(not(target_os = "linux"))]
pub(crate) fn large(_address: *mut c_void, _bytes: usize) {}
