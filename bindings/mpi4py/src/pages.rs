//! What the kernel does for large memory: it gives pages one by one, when they are first written, and clears each.

use core::ffi::c_void;

/// Memory from this many bytes on is asked to be of large pages, as NumPy's is: there are 512 times fewer.
const LARGE: usize = 1 << 22;

/// Messages from this many bytes on are worth telling malloc about.
const WORTH: usize = 1 << 14;

/// To be called with fresh memory for a message. What is there stays.
pub(crate) fn fresh(address: *mut c_void, bytes: usize) {
    come_and_go(bytes);
    if bytes >= LARGE {
        large(address, bytes);
    }
}

/// To be called with the size of a message.
///
/// glibc takes a block from the kernel, and gives it back, unless one as large was freed before: each message then has its pages
/// cleared anew, which takes longer than to send it. One block that is freed teaches glibc that such sizes come and go, as the
/// first large array of a program would. Nobody writes to it, so it costs nothing.
#[inline]
pub(crate) fn come_and_go(bytes: usize) {
    #[cfg(target_os = "linux")]
    if bytes >= WORTH {
        static TAUGHT: std::sync::Once = std::sync::Once::new();
        // SAFETY: null or a block of this size, freed once. The compiler may not leave out both.
        TAUGHT.call_once(|| unsafe { libc::free(core::hint::black_box(libc::malloc(LARGE))) });
    }
    #[cfg(not(target_os = "linux"))]
    let _ = bytes >= WORTH;
}

/// Asks for large pages for what lies within `bytes` bytes at `address`.
#[cfg(target_os = "linux")]
#[cold]
fn large(address: *mut c_void, bytes: usize) {
    /// The kernel takes addresses that are multiples of the page size; this is one of each that there is.
    const ALIGNMENT: usize = 1 << 16;
    let skipped = (address as usize).wrapping_neg() % ALIGNMENT;
    // SAFETY: the range is within the caller's memory, whose contents the advice does not change.
    unsafe { libc::madvise(address.wrapping_byte_add(skipped), bytes - skipped, libc::MADV_HUGEPAGE) };
}

/// Other systems decide by themselves.
#[cfg(not(target_os = "linux"))]
fn large(_address: *mut c_void, _bytes: usize) {}
