//! What MPI reads until an operation is complete.

use core::cell::Cell;
use core::ffi::c_int;
use core::mem::MaybeUninit;

use crate::narrow::{Datatype, Op};
use crate::types::MPI_Datatype;

/// What a nonblocking or persistent operation still reads after the call that started it.
///
/// A vector collective that is narrowed gets its counts and displacements as new arrays of `int`, and a count that
/// does not fit gets a datatype of its own. MPI reads the arrays until the operation is complete. It would keep the
/// datatype, too, but ROMIO (`MPI_File_i…`) and Open MPI's persistent collectives do not. So whoever holds the request
/// holds this, and drops it with the request: after completion, or when a persistent request is freed. Dropping it
/// calls MPI, unless that is finalized. Who frees a request that is active must forget this.
#[derive(Debug)]
pub struct Scratch(#[expect(dead_code, reason = "held, not read")] Box<Kept>);

#[derive(Debug, Default)]
struct Kept {
    ints: Vec<Box<[MaybeUninit<c_int>]>>,
    handles: Vec<Box<[MPI_Datatype]>>,
    datatypes: Vec<Datatype>,
    ops: Vec<Op>,
}

thread_local! {
    // A plain pointer, so that the end of a thread frees nothing under a running operation.
    static LAST: Cell<*mut Kept> = const { Cell::new(core::ptr::null_mut()) };
}

/// What the call of MPI that this thread made last wants kept until its request is complete, if anything.
///
/// Ask on the same thread, right after each nonblocking or persistent collective and each nonblocking access to a file
/// or beginning of a split one; point-to-point and one-sided communication leave nothing. What nobody takes is leaked by
/// the next such call, never freed under a running operation.
#[inline]
pub fn take() -> Option<Scratch> {
    let last = LAST.replace(core::ptr::null_mut());
    // SAFETY: from `Box::into_raw` in `Keeper::keep`, and taken once.
    (!last.is_null()).then(|| Scratch(unsafe { Box::from_raw(last) }))
}

/// Collects what is to be kept; next to nothing as long as that is nothing.
#[derive(Default)]
pub(crate) struct Keeper(Option<Box<Kept>>);

impl Keeper {
    fn kept(&mut self) -> &mut Kept {
        self.0.get_or_insert_default()
    }

    /// Room for `length` integers.
    pub fn ints(&mut self, length: usize) -> *mut c_int {
        let ints = &mut self.kept().ints;
        ints.push(Box::new_uninit_slice(length));
        ints.last_mut().map_or(core::ptr::null_mut(), |ints| ints.as_mut_ptr().cast())
    }

    /// `handles`, at an address that stays.
    pub fn handles(&mut self, handles: Vec<MPI_Datatype>) -> *const MPI_Datatype {
        let kept = &mut self.kept().handles;
        kept.push(handles.into_boxed_slice());
        kept.last().map_or(core::ptr::null(), |handles| handles.as_ptr())
    }

    /// Frees `datatype`, if it is ours, only with the rest.
    #[inline(always)]
    pub fn datatype(&mut self, datatype: Datatype) {
        if datatype.is_owned() {
            self.kept().datatypes.push(datatype);
        }
    }

    /// Frees `op`, if it is ours, only with the rest.
    #[inline(always)]
    pub fn op(&mut self, op: Op) {
        if op.is_owned() {
            self.kept().ops.push(op);
        }
    }

    /// Hands all of it to [`take`].
    #[inline(always)]
    pub fn keep(self) {
        if let Some(kept) = self.0 {
            LAST.set(Box::into_raw(kept));
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.datatypes.is_empty() && self.ops.is_empty() {
            return;
        }
        let mut finalized = 0;
        // SAFETY: allowed at any time; the out-parameter is local.
        let code = unsafe { crate::MPI_Finalized(&raw mut finalized) };
        if code != crate::MPI_SUCCESS || finalized != 0 {
            // Nothing can be freed any more.
            self.datatypes.drain(..).for_each(core::mem::forget);
            self.ops.drain(..).for_each(core::mem::forget);
        }
    }
}
