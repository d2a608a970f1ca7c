//! What MPI reads until an operation is complete.

use core::cell::Cell;
use core::ffi::c_int;
use core::mem::{ManuallyDrop, MaybeUninit};

use crate::narrow::Datatype;
use crate::types::MPI_Datatype;

/// What a nonblocking or persistent operation still reads after the call that started it.
///
/// A vector collective that is narrowed gets its counts and displacements as new arrays of `int`. MPI reads
/// such arrays until the operation is complete, so whoever holds the request holds this, and drops it with it.
/// The same goes for the datatype that spans a large count in a nonblocking access to a file: MPI may be told to
/// free a datatype that is in use, yet ROMIO does not keep it.
#[derive(Debug, Default)]
pub struct Scratch {
    ints: Vec<Box<[MaybeUninit<c_int>]>>,
    handles: Vec<Box<[MPI_Datatype]>>,
    datatypes: Vec<Datatype>,
}

thread_local! {
    static LAST: Cell<Option<ManuallyDrop<Scratch>>> = const { Cell::new(None) };
}

/// What the call of MPI that this thread made last wants kept until its request is complete, if anything.
///
/// Ask on the same thread, right after each nonblocking (`MPI_I…`) or persistent (`MPI_…_init`) vector collective and
/// each nonblocking access to a file (`MPI_File_i…`). What nobody takes is leaked by the next such call, never freed
/// under a running operation.
#[inline]
pub fn take() -> Option<Scratch> {
    LAST.take().map(ManuallyDrop::into_inner)
}

impl Scratch {
    /// Room for `length` integers.
    pub(crate) fn ints(&mut self, length: usize) -> *mut c_int {
        self.ints.push(Box::new_uninit_slice(length));
        self.ints.last_mut().map_or(core::ptr::null_mut(), |ints| ints.as_mut_ptr().cast())
    }

    /// `handles`, at an address that stays.
    pub(crate) fn handles(&mut self, handles: Vec<MPI_Datatype>) -> *const MPI_Datatype {
        self.handles.push(handles.into_boxed_slice());
        self.handles.last().map_or(core::ptr::null(), |handles| handles.as_ptr())
    }

    /// Frees `datatype`, if it is ours, only with this.
    pub(crate) fn hold(&mut self, datatype: Datatype) {
        if datatype.is_owned() {
            self.datatypes.push(datatype);
        }
    }

    /// Hands this to [`take`].
    pub(crate) fn keep(self) {
        if !(self.ints.is_empty() && self.handles.is_empty() && self.datatypes.is_empty()) {
            LAST.set(Some(ManuallyDrop::new(self)));
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.datatypes.is_empty() {
            return;
        }
        let mut finalized = 0;
        // SAFETY: allowed at any time; the out-parameter is local.
        let code = unsafe { crate::MPI_Finalized(&raw mut finalized) };
        if code != crate::MPI_SUCCESS || finalized != 0 {
            // Nothing can be freed any more.
            self.datatypes.drain(..).for_each(core::mem::forget);
        }
    }
}
