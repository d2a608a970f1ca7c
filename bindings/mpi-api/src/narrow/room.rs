//! Where narrowed arrays lie: on the stack for a blocking call, with the request (`crate::scratch`) for the others.

use core::ffi::c_int;
use core::mem::MaybeUninit;

use super::fit;
use crate::scratch::Keeper;
use crate::types::{MPI_Count, MPI_Datatype};

/// Four arrays for 64 processes; beyond, the heap.
const INLINE: usize = 4 * 64;

/// Room for narrowed arrays, at addresses that stay until it is dropped or kept.
pub(crate) trait Room: Sized {
    /// Uninitialized integers.
    fn ints(&mut self, length: usize) -> *mut c_int;

    /// Room on the heap.
    fn heap(&mut self) -> &mut Keeper;

    /// `values` as integers, or nothing when one does not fit.
    ///
    /// # Safety
    /// There are `length` values.
    #[inline]
    unsafe fn narrowed<T: Copy + TryInto<c_int>>(
        &mut self,
        values: *const T,
        length: usize,
    ) -> Option<*const c_int> {
        let ints = self.ints(length);
        // SAFETY: both have `length` elements.
        unsafe { narrow(values, ints, length) }.then_some(ints.cast_const())
    }

    /// `values`, each of which the caller knows to fit.
    fn stored(&mut self, values: impl ExactSizeIterator<Item = MPI_Count>) -> Option<*const c_int> {
        let ints = self.ints(values.len());
        for (index, value) in values.enumerate() {
            // SAFETY: as many as the iterator has.
            unsafe { *ints.add(index) = fit(value)? };
        }
        Some(ints.cast_const())
    }

    /// Handles of datatypes, kept as long as the integers.
    fn handles(&mut self, handles: Vec<MPI_Datatype>) -> *const MPI_Datatype {
        self.heap().handles(handles)
    }
}

/// Copies `values` to `ints`; whether all of them fit. Called from everywhere, so once is enough of it.
#[inline(never)]
unsafe fn narrow<T: Copy + TryInto<c_int>>(values: *const T, ints: *mut c_int, length: usize) -> bool {
    let mut fits = true;
    for index in 0..length {
        // SAFETY: the caller's.
        unsafe {
            let int = fit(*values.add(index));
            fits &= int.is_some();
            *ints.add(index) = int.unwrap_or_default();
        }
    }
    fits
}

/// For a call that is complete when it returns. It must not move once it has given out an address.
pub(crate) struct Local {
    inline: [MaybeUninit<c_int>; INLINE],
    used: usize,
    heap: Keeper,
}

impl Local {
    #[inline(always)]
    pub fn new() -> Self {
        Self { inline: [MaybeUninit::uninit(); INLINE], used: 0, heap: Keeper::default() }
    }
}

impl Room for Local {
    #[inline(always)]
    fn ints(&mut self, length: usize) -> *mut c_int {
        let end = self.used + length;
        if end > INLINE {
            return self.heap.ints(length);
        }
        // SAFETY: `used` is at most `end`, which is within.
        let ints = unsafe { self.inline.as_mut_ptr().add(self.used) };
        self.used = end;
        ints.cast()
    }

    fn heap(&mut self) -> &mut Keeper {
        &mut self.heap
    }
}

/// For a call that starts or prepares an operation.
#[derive(Default)]
pub(crate) struct Kept(Keeper);

impl Kept {
    #[inline(always)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps what was made for the call, too.
    #[inline(always)]
    pub fn hold(&mut self, made: impl Temporary) {
        made.held_by(&mut self.0);
    }

    /// Leaves all this to whoever holds the request.
    #[inline(always)]
    pub fn keep(self) {
        self.0.keep();
    }
}

/// What is made for one call, and freed after it unless it is held.
pub(crate) trait Temporary {
    fn held_by(self, keeper: &mut Keeper);
}

impl Room for Kept {
    #[inline]
    fn ints(&mut self, length: usize) -> *mut c_int {
        self.0.ints(length)
    }

    fn heap(&mut self) -> &mut Keeper {
        &mut self.0
    }
}
