//! Access to the data of a file (MPI 5.0, section 14.4): where, whether together with the other processes, and how it is
//! completed. All of it goes through [`access`]; a method is a line of the table at the end.

use core::ffi::{c_int, c_void};
use core::ptr;

use mpi_api::types::{MPI_File, MPI_Offset};
use pyo3::prelude::*;

use super::{File, split};
use crate::call::released;
use crate::message::{Access, Message};
use crate::method::{self, Answer, Reader, check};

/// A function of MPI as [`access`] calls it: with the offset, if it has one, the message, and a place for its status or
/// request.
type Function = unsafe fn(MPI_File, MPI_Offset, &Message, *mut c_void) -> c_int;

/// How an access is completed.
#[derive(Clone, Copy)]
enum Form {
    /// When the call returns.
    Run,
    /// With a request.
    Start,
    /// By another call.
    Begin,
    /// By this call, which another one began.
    End,
}

/// What a method does with its arguments, besides what its function of MPI does.
struct Shape {
    form: Form,
    /// Whether it takes an offset.
    offset: bool,
    /// What MPI does with the memory of the message.
    memory: Access,
}

/// What is behind each method of the table.
fn access(
    py: Python<'_>,
    file: &Bound<'_, File>,
    reader: &mut Reader<'_, '_>,
    shape: &Shape,
    function: Function,
) -> Answer {
    let at = if shape.offset { reader.offset()? } else { 0 };
    let buf = reader.any()?;
    let message = Message::parse(&buf, shape.memory, 1)?;
    let file = file.get().opened()?;
    // SAFETY: a function of MPI, the handle of a live object, a message that holds its memory, and a place of the
    // function's kind.
    let call = |last| check(released(py, || unsafe { function(file, at, &message, last) }));
    match shape.form {
        Form::Run => call(reader.status()?.cast())?,
        Form::Start => {
            let mut request = mpi_api::MPI_REQUEST_NULL();
            call((&raw mut request).cast())?;
            return method::started(py, request, message);
        }
        Form::Begin => {
            call(ptr::null_mut())?;
            split::begun(file, message);
        }
        Form::End => {
            let status = reader.status()?;
            split::end(file, || call(status.cast()))?;
        }
    }
    Ok(py.None().into_ptr())
}

/// The table: by form and place, each access as the pair of methods that read and write, with their functions of MPI and
/// the end of their docstring's first sentence.
macro_rules! table {
    ($($form:ident $place:ident $where:literal {
        $($read:ident $write:ident = $mpi_read:ident $mpi_write:ident $how:literal;)+
    })*) => {
        crate::method::table!(File: [$($(
            row!($form $place $read = $mpi_read Write ["Read ", $where, $how]),
            row!($form $place $write = $mpi_write Read ["Write ", $where, $how]),
        )+)*]);
    };
}

/// A line of the table: the parameters and the call that go with a form and a place.
macro_rules! row {
    (run at $method:ident = $function:ident $memory:ident [$($doc:literal),*]) => {
        row!(@ $method (offset: offset, buf: any) [status: status] Run true $memory [$($doc,)*
            "\n\n`buf` is a buffer or a message specification. `status` tells how much it was."];
            |file, at, it, last| $function(file, at, it.address, it.count, it.datatype, last.cast()))
    };
    (run pointer $method:ident = $function:ident $memory:ident [$($doc:literal),*]) => {
        row!(@ $method (buf: any) [status: status] Run false $memory [$($doc,)*
            "\n\n`buf` is a buffer or a message specification. `status` tells how much it was."];
            |file, _at, it, last| $function(file, it.address, it.count, it.datatype, last.cast()))
    };
    (start at $method:ident = $function:ident $memory:ident [$($doc:literal),*]) => {
        row!(@ $method (offset: offset, buf: any) [] Start true $memory [$($doc,)*
            "\n\nNonblocking: the memory of `buf` is MPI's until the request is complete."];
            |file, at, it, last| $function(file, at, it.address, it.count, it.datatype, last.cast()))
    };
    (start pointer $method:ident = $function:ident $memory:ident [$($doc:literal),*]) => {
        row!(@ $method (buf: any) [] Start false $memory [$($doc,)*
            "\n\nNonblocking: the memory of `buf` is MPI's until the request is complete."];
            |file, _at, it, last| $function(file, it.address, it.count, it.datatype, last.cast()))
    };
    (begin at $method:ident = $function:ident $memory:ident [$($doc:literal),*]) => {
        row!(@ $method (offset: offset, buf: any) [] Begin true $memory [$($doc,)*
            "\n\nThe memory of `buf` is MPI's until the call that ends this. A file has one such access at a time."];
            |file, at, it, _last| $function(file, at, it.address, it.count, it.datatype))
    };
    (begin pointer $method:ident = $function:ident $memory:ident [$($doc:literal),*]) => {
        row!(@ $method (buf: any) [] Begin false $memory [$($doc,)*
            "\n\nThe memory of `buf` is MPI's until the call that ends this. A file has one such access at a time."];
            |file, _at, it, _last| $function(file, it.address, it.count, it.datatype))
    };
    (end pointer $method:ident = $function:ident $memory:ident [$($doc:literal),*]) => {
        row!(@ $method (buf: any) [status: status] End false $memory [$($doc,)*
            "\n\n`buf` is that of the call which began it. `status` tells how much it was."];
            |file, _at, it, last| $function(file, it.address, last.cast()))
    };
    (@ $method:ident $parameters:tt $last:tt $form:ident $offset:literal $memory:ident $doc:tt;
     |$file:ident, $at:ident, $it:ident, $place:ident| $function:ident ($($argument:expr),*)) => {
        method::form!(@method $method $parameters $last $doc; |py, this: File, reader| {
            const SHAPE: Shape = Shape { form: Form::$form, offset: $offset, memory: Access::$memory };
            // SAFETY: `access` passes what the function takes.
            access(py, this, reader, &SHAPE, |$file, $at, $it, $place| unsafe {
                mpi_api::$function($($argument),*)
            })
        })
    };
}

table! {
    run at "at element `offset` of the view (MPI 5.0, section 14.4.2)" {
        Read_at Write_at = MPI_File_read_at_c MPI_File_write_at_c ".";
        Read_at_all Write_at_all = MPI_File_read_at_all_c MPI_File_write_at_all_c ", collectively.";
    }
    start at "at element `offset` of the view (MPI 5.0, section 14.4.2)" {
        Iread_at Iwrite_at = MPI_File_iread_at_c MPI_File_iwrite_at_c ".";
        Iread_at_all Iwrite_at_all = MPI_File_iread_at_all_c MPI_File_iwrite_at_all_c ", collectively.";
    }
    run pointer "at the individual file pointer (MPI 5.0, section 14.4.3)" {
        Read Write = MPI_File_read_c MPI_File_write_c ".";
        Read_all Write_all = MPI_File_read_all_c MPI_File_write_all_c ", collectively.";
    }
    start pointer "at the individual file pointer (MPI 5.0, section 14.4.3)" {
        Iread Iwrite = MPI_File_iread_c MPI_File_iwrite_c ".";
        Iread_all Iwrite_all = MPI_File_iread_all_c MPI_File_iwrite_all_c ", collectively.";
    }
    run pointer "at the shared file pointer (MPI 5.0, section 14.4.4)" {
        Read_shared Write_shared = MPI_File_read_shared_c MPI_File_write_shared_c ".";
        Read_ordered Write_ordered = MPI_File_read_ordered_c MPI_File_write_ordered_c
            ", collectively: one process after the other, by rank.";
    }
    start pointer "at the shared file pointer (MPI 5.0, section 14.4.4)" {
        Iread_shared Iwrite_shared = MPI_File_iread_shared_c MPI_File_iwrite_shared_c ".";
    }
    begin at "at element `offset` of the view" {
        Read_at_all_begin Write_at_all_begin = MPI_File_read_at_all_begin_c MPI_File_write_at_all_begin_c
            ": the beginning of a split collective access (MPI 5.0, section 14.4.5).";
    }
    begin pointer "at the individual file pointer" {
        Read_all_begin Write_all_begin = MPI_File_read_all_begin_c MPI_File_write_all_begin_c
            ": the beginning of a split collective access (MPI 5.0, section 14.4.5).";
    }
    begin pointer "at the shared file pointer, by rank" {
        Read_ordered_begin Write_ordered_begin = MPI_File_read_ordered_begin_c MPI_File_write_ordered_begin_c
            ": the beginning of a split collective access (MPI 5.0, section 14.4.5).";
    }
    end pointer "at an offset" {
        Read_at_all_end Write_at_all_end = MPI_File_read_at_all_end MPI_File_write_at_all_end
            ": the end of a split collective access (MPI 5.0, section 14.4.5).";
    }
    end pointer "at the individual file pointer" {
        Read_all_end Write_all_end = MPI_File_read_all_end MPI_File_write_all_end
            ": the end of a split collective access (MPI 5.0, section 14.4.5).";
    }
    end pointer "at the shared file pointer, by rank" {
        Read_ordered_end Write_ordered_end = MPI_File_read_ordered_end MPI_File_write_ordered_end
            ": the end of a split collective access (MPI 5.0, section 14.4.5).";
    }
}
