//! No unwinder: a panic ends the process, so that nothing unwinds, and a module has no symbols for a backtrace to show.
//!
//! The standard library refers to one all the same. These definitions take its place within the module, and with it go
//! the readers of debug information: a tenth of the module. Nothing of it is seen from outside.

use std::ffi::{c_int, c_void};

/// `_URC_END_OF_STACK`: there are no (more) frames.
const END_OF_STACK: c_int = 5;

/// Tells no frame: what a panic prints is its message and place, whatever `RUST_BACKTRACE` says.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Backtrace(_: *const c_void, _: *mut c_void) -> c_int {
    END_OF_STACK
}

/// What only landing pads and the personality routine call, which nobody enters.
macro_rules! never {
    ($($name:ident)*) => {
        $(
            #[unsafe(no_mangle)]
            extern "C" fn $name() -> ! {
                std::process::abort()
            }
        )*
    };
}

never! {
    _Unwind_GetDataRelBase
    _Unwind_GetIP
    _Unwind_GetIPInfo
    _Unwind_GetLanguageSpecificData
    _Unwind_GetRegionStart
    _Unwind_GetTextRelBase
    _Unwind_Resume
    _Unwind_SetGR
    _Unwind_SetIP
}
