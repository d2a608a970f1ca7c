//! The table of functions: one slot each, filled once.

use core::cell::{Cell, UnsafeCell};
use core::ffi::{CStr, c_int, c_void};
use std::ffi::CString;
use std::sync::OnceLock;

use crate::{EMULATIONS, FUNCTION_COUNT, NAME_STARTS, NAMES, SYMBOLS, UNSUPPORTED};
use mpi_sys::{SYMBOL_COUNT, SYMBOL_NAMES, Symbols};

/// The name to ask the library for.
#[derive(Clone, Copy)]
pub(crate) enum Symbol {
    /// This variant's stub header declares none.
    #[allow(dead_code, reason = "of no use to a variant that has every function")]
    None,
    /// The function's own.
    Own,
    /// The one it had before it was standard: `MPIX_` in place of `MPI_`.
    #[allow(dead_code, reason = "only some variants declare such names")]
    Early,
}

/// The address of a function.
#[derive(Clone, Copy)]
pub(crate) struct Address(pub *const ());

// SAFETY: an address of code.
unsafe impl Sync for Address {}

/// A function expressed with others.
pub(crate) struct Emulation {
    /// Which function it stands for.
    pub index: usize,
    /// What to call when the library has none.
    pub function: Address,
    /// The index of the function that the library must have itself, or else by other means than this one.
    pub needs: Option<usize>,
}

/// The name of function `index`.
fn name(index: usize) -> &'static str {
    &NAMES[usize::from(NAME_STARTS[index])..usize::from(NAME_STARTS[index + 1]) - 1]
}

/// How the functions of MPI were found in the library that is bound.
#[derive(Clone, Debug, Default)]
pub struct Binding {
    /// The library's own.
    pub native: Vec<&'static str>,
    /// Expressed with others.
    pub emulated: Vec<&'static str>,
    /// Not to be had: calling one returns `MPI_ERR_UNSUPPORTED_OPERATION`.
    pub unsupported: Vec<&'static str>,
    /// Declared by the stub header, yet missing in this library: a defect of the stub or an odd build.
    pub lacking: Vec<&'static str>,
}

struct Table {
    slots: UnsafeCell<Slots>,
    symbols: UnsafeCell<Symbols>,
}

// SAFETY: written by `bind` alone, once, before any call of MPI.
unsafe impl Sync for Table {}

static TABLE: Table = Table {
    slots: UnsafeCell::new([core::ptr::null(); FUNCTION_COUNT]),
    symbols: UnsafeCell::new(Symbols([core::ptr::null(); SYMBOL_COUNT])),
};

static BINDING: OnceLock<Binding> = OnceLock::new();

thread_local! {
    static IN_VAIN: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// The function to call for entry `index`.
#[inline(always)]
pub(crate) fn slot(index: usize) -> *const () {
    // SAFETY: `bind` has run; nothing writes the slots afterwards; `index` is a generated constant.
    unsafe { *(*TABLE.slots.get()).get_unchecked(index) }
}

/// The addresses that constants stand for.
#[inline(always)]
pub(crate) fn symbols() -> &'static Symbols {
    // SAFETY: as in `slot`.
    unsafe { &*TABLE.symbols.get() }
}

/// Notes which function was asked for in vain, and gives the error class that says so.
#[cold]
pub(crate) fn unsupported(index: usize) -> c_int {
    IN_VAIN.set(Some(name(index)));
    mpi_sys::MPI_ERR_UNSUPPORTED_OPERATION
}

/// The function that this thread last called in vain, if any since the last question.
pub fn take_unsupported() -> Option<&'static str> {
    IN_VAIN.take()
}

/// How the functions were found; `None` before [`bind`].
pub fn binding() -> Option<&'static Binding> {
    BINDING.get()
}

/// Fills the table from the library behind `handle`, as `dlopen` or `LoadLibrary` gave it. A definition in the
/// global scope (a PMPI tool's) wins over the library's own. The first call binds; later ones only report.
///
/// # Safety
/// `handle` is of an MPI library with this variant's ABI, and it is never closed. Nothing of MPI was called
/// before, and no other thread calls MPI meanwhile.
pub unsafe fn bind(handle: *mut c_void) -> &'static Binding {
    // SAFETY: passed on.
    unsafe { bind_with(handle, false) }
}

/// [`bind`], with an emulation in place of a native function wherever there is one: for tests, which so hold
/// emulations against libraries that have the function.
///
/// # Safety
/// As [`bind`].
pub unsafe fn bind_emulated(handle: *mut c_void) -> &'static Binding {
    // SAFETY: passed on.
    unsafe { bind_with(handle, true) }
}

unsafe fn bind_with(handle: *mut c_void, emulate: bool) -> &'static Binding {
    BINDING.get_or_init(|| {
        // SAFETY: `OnceLock` lets one thread in, and the caller keeps the others off MPI until it is done.
        let (slots, symbols) = unsafe { (&mut *TABLE.slots.get(), &mut *TABLE.symbols.get()) };
        for (symbol, name) in symbols.0.iter_mut().zip(SYMBOL_NAMES) {
            *symbol = find(handle, name);
        }
        for (index, slot) in slots.iter_mut().enumerate() {
            *slot = native(handle, index);
        }
        let binding = fill(slots, emulate);
        crate::draft_abi::install(slots);
        binding
    })
}

/// What each function of MPI is called through.
pub(crate) type Slots = [*const (); FUNCTION_COUNT];

/// Where the function `name` has its slot.
pub(crate) fn index_of(name: &str) -> Option<usize> {
    (0..FUNCTION_COUNT).find(|index| self::name(*index) == name)
}

/// The library's own function `index`; null when it has none.
fn native(handle: *mut c_void, index: usize) -> *const () {
    let name = name(index);
    match SYMBOLS[index] {
        Symbol::None => core::ptr::null(),
        Symbol::Own => {
            let bytes = &NAMES.as_bytes()[usize::from(NAME_STARTS[index])..];
            CStr::from_bytes_until_nul(bytes).map_or(core::ptr::null(), |name| find(handle, name))
        }
        Symbol::Early => CString::new(name.replacen("MPI_", "MPIX_", 1))
            .map_or(core::ptr::null(), |name| find(handle, &name)),
    }
}

/// Fills the slots whose function the library lacks.
fn fill(slots: &mut Slots, emulate: bool) -> Binding {
    let mut binding = Binding::default();
    let native = *slots;
    let mut spared = [false; FUNCTION_COUNT];
    let mut emulations = EMULATIONS.iter().peekable();
    for index in 0..FUNCTION_COUNT {
        let name = name(index);
        if !matches!(SYMBOLS[index], Symbol::None) && native[index].is_null() {
            binding.lacking.push(name);
        }
        let own = |needs: usize| !native[needs].is_null() && (slots[needs] == native[needs]);
        // An emulation that needs nothing does not lead back to the function that is put over it.
        let free =
            |needs| EMULATIONS.iter().any(|other: &Emulation| other.index == needs && other.needs.is_none());
        let has = |needs| own(needs) || free(needs);
        let emulation = emulations
            .next_if(|emulation| emulation.index == index)
            .filter(|emulation| emulation.needs.is_none_or(has));
        let wanted = native[index].is_null() || (emulate && !spared[index]);
        match emulation {
            Some(emulation) if wanted => {
                slots[index] = emulation.function.0;
                binding.emulated.push(name);
                if let Some(needs) = emulation.needs {
                    spared[needs] = true;
                }
            }
            _ if native[index].is_null() => {
                slots[index] = UNSUPPORTED[index].0;
                binding.unsupported.push(name);
            }
            _ => binding.native.push(name),
        }
    }
    binding
}

#[cfg(unix)]
fn find(handle: *mut c_void, name: &CStr) -> *const () {
    // SAFETY: `name` is a C string and `handle` is open.
    unsafe {
        let global = libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr());
        if global.is_null() { libc::dlsym(handle, name.as_ptr()) } else { global }.cast()
    }
}

#[cfg(windows)]
fn find(handle: *mut c_void, name: &CStr) -> *const () {
    unsafe extern "system" {
        fn GetProcAddress(module: *mut c_void, name: *const core::ffi::c_char) -> *const ();
    }
    // SAFETY: `name` is a C string and `handle` is open.
    unsafe { GetProcAddress(handle, name.as_ptr()) }
}
