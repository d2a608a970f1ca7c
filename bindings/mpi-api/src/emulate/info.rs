//! The info object.

use core::ffi::{c_char, c_int};

use crate::narrow::{check, code, length};
use crate::types::MPI_Info;
use crate::{MPI_INFO_ENV, MPI_INFO_NULL, MPI_Info_dup, MPI_Info_get, MPI_Info_get_valuelen};

/// Over `MPI_Info_get`, whose length does not count the null character, and which may refuse to cut a value off.
pub(crate) unsafe extern "C" fn MPI_Info_get_string(
    info: MPI_Info,
    key: *const c_char,
    buflen: *mut c_int,
    value: *mut c_char,
    flag: *mut c_int,
) -> c_int {
    code(|| {
        let mut size = 0;
        // SAFETY: the caller's; `value` has room for `*buflen` characters.
        unsafe {
            check(MPI_Info_get_valuelen(info, key, &raw mut size, flag))?;
            if *flag == 0 {
                return Ok(());
            }
            let room = length(*buflen);
            *buflen = size + 1;
            if room > 0 {
                let mut whole: Vec<c_char> = vec![0; length(size) + 1];
                check(MPI_Info_get(info, key, size, whole.as_mut_ptr(), flag))?;
                let kept = room.min(whole.len()) - 1;
                core::ptr::copy_nonoverlapping(whole.as_ptr(), value, kept);
                *value.add(kept) = 0;
            }
        }
        Ok(())
    })
}

/// What `MPI_INFO_ENV` holds; the arguments are only a source that an implementation may use.
pub(crate) unsafe extern "C" fn MPI_Info_create_env(
    _argc: c_int,
    _argv: *mut *mut c_char,
    info: *mut MPI_Info,
) -> c_int {
    let env = MPI_INFO_ENV();
    // SAFETY: the caller's.
    unsafe { if env == MPI_INFO_NULL() { crate::MPI_Info_create(info) } else { MPI_Info_dup(env, info) } }
}
