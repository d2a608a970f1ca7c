//! Arrays that MPI reads until an operation is complete.

use core::cell::Cell;
use core::ffi::c_int;
use core::mem::{ManuallyDrop, MaybeUninit};

use mpi_sys::MPI_Datatype;

/// What a nonblocking or persistent operation still reads after the call that started it.
///
/// A vector collective that is narrowed gets its counts and displacements as new arrays of `int`. MPI reads
/// such arrays until the operation is complete, so whoever holds the request holds this, and drops it with it.
#[derive(Debug, Default)]
pub struct Scratch {
    ints: Vec<Box<[MaybeUninit<c_int>]>>,
    datatypes: Vec<Box<[MPI_Datatype]>>,
}

thread_local! {
    static LAST: Cell<Option<ManuallyDrop<Scratch>>> = const { Cell::new(None) };
}

/// What the call of MPI that this thread made last wants kept until its request is complete, if anything.
///
/// Ask right after each nonblocking (`MPI_I…`) or persistent (`MPI_…_init`) vector collective, on the same thread.
/// What nobody takes is leaked by the next such call, never freed under a running operation.
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

    /// `datatypes`, at an address that stays.
    pub(crate) fn datatypes(&mut self, datatypes: Vec<MPI_Datatype>) -> *const MPI_Datatype {
        self.datatypes.push(datatypes.into_boxed_slice());
        self.datatypes.last().map_or(core::ptr::null(), |datatypes| datatypes.as_ptr())
    }

    /// Hands this to [`take`].
    pub(crate) fn keep(self) {
        if !(self.ints.is_empty() && self.datatypes.is_empty()) {
            LAST.set(Some(ManuallyDrop::new(self)));
        }
    }
}
