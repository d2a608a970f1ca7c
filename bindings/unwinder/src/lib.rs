//! No unwinder, for modules in which a panic ends the process, and which have no symbols for a backtrace to show.
//!
//! The standard library refers to one all the same. These definitions take its place in a module, hidden from all others,
//! and with the unwinder go the readers of debug information: a fifth of the module. A panic still prints its message
//! and place. To be linked (`use mpi4py_unwinder as _;`) is all it takes.
#![cfg(all(target_os = "linux", panic = "abort"))]

use std::ffi::{c_int, c_void};

/// `_URC_END_OF_STACK`: there is no further frame.
const END_OF_STACK: c_int = 5;

/// Tells of no frame.
// SAFETY: no other definition is in the module, and what is hidden is nobody else's.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Backtrace(_: *const c_void, _: *mut c_void) -> c_int {
    END_OF_STACK
}

/// What only landing pads and the personality routine call, which are never entered.
macro_rules! never {
    ($($name:ident)*) => {
        $(
            // SAFETY: as above.
            #[unsafe(no_mangle)]
            extern "C" fn $name() -> ! {
                std::process::abort()
            }
        )*
        // What has a plain name, rustc exports; the assembler has the last word.
        std::arch::global_asm!(".hidden _Unwind_Backtrace", $(concat!(".hidden ", stringify!($name))),*);
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
