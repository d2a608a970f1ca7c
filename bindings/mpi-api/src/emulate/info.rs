//! The info object.

use core::ffi::{c_char, c_int};

use crate::narrow::{check, code};
use crate::types::MPI_Info;
use crate::{MPI_INFO_ENV, MPI_INFO_NULL, MPI_Info_dup, MPI_Info_get, MPI_Info_get_valuelen};

/// Over `MPI_Info_get`, whose length does not count the null character.
pub(crate) unsafe extern "C" fn MPI_Info_get_string(
    info: MPI_Info,
    key: *const c_char,
    buflen: *mut c_int,
    value: *mut c_char,
    flag: *mut c_int,
) -> c_int {
    code(|| {
        // SAFETY: the caller's; `value` has room for `*buflen` characters.
        unsafe {
            let mut length = 0;
            check(MPI_Info_get_valuelen(info, key, &raw mut length, flag))?;
            if *flag == 0 {
                return Ok(());
            }
            let room = *buflen;
            *buflen = length + 1;
            if room > 1 {
                return check(MPI_Info_get(info, key, room - 1, value, flag));
            }
            if room == 1 {
                *value = 0;
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
