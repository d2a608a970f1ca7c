//! Buffered sends.

use core::ffi::{c_int, c_void};

use crate::narrow::{check, code};
use crate::{MPI_Buffer_attach, MPI_Buffer_detach};

/// Detaching waits until the buffer is empty; then it is attached again.
pub(crate) unsafe extern "C" fn MPI_Buffer_flush() -> c_int {
    let mut buffer: *mut c_void = core::ptr::null_mut();
    let mut size = 0;
    code(|| {
        // SAFETY: out-parameters are local; what was attached a moment ago can be attached.
        unsafe {
            check(MPI_Buffer_detach((&raw mut buffer).cast(), &raw mut size))?;
            if buffer.is_null() { Ok(()) } else { check(MPI_Buffer_attach(buffer, size)) }
        }
    })
}
