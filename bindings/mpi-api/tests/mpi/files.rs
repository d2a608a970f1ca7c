//! Files.

use core::ffi::{c_int, c_void};
use std::ffi::CString;

use mpi_api::types::{MPI_Aint, MPI_Count, MPI_Datatype, MPI_File, MPI_Offset, MPI_Request, MPI_Status};
use mpi_api::{
    MPI_FILE_NULL, MPI_INFO_NULL, MPI_INT, MPI_MODE_CREATE, MPI_MODE_DELETE_ON_CLOSE, MPI_MODE_RDWR,
    MPI_SEEK_SET, MPI_SUCCESS,
};

use crate::harness::{
    Case, Fault, Outcome, World, address, address_mut, ask, called, count_of, empty_status, mpi,
    null_request, same, wait,
};

pub const CASES: &[Case] = &[
    ("files at explicit offsets", explicit_offsets),
    ("files at their own pointer", own_pointer),
    ("files at the shared pointer", shared_pointer),
    ("files in two steps", split),
    ("file type extent", type_extent),
    ("data representations", representations),
];

const COUNT: MPI_Count = 6;
const BYTES: MPI_Offset = 24;

type Status = *mut MPI_Status;
type Request = *mut MPI_Request;
type WriteAt<S> = unsafe fn(MPI_File, MPI_Offset, *const c_void, MPI_Count, MPI_Datatype, S) -> c_int;
type ReadAt<S> = unsafe fn(MPI_File, MPI_Offset, *mut c_void, MPI_Count, MPI_Datatype, S) -> c_int;
type Write<S> = unsafe fn(MPI_File, *const c_void, MPI_Count, MPI_Datatype, S) -> c_int;
type Read<S> = unsafe fn(MPI_File, *mut c_void, MPI_Count, MPI_Datatype, S) -> c_int;

fn values(rank: c_int) -> Vec<c_int> {
    (0..COUNT as c_int).map(|i| 100 * (rank + 1) + i).collect()
}

/// Runs `case` on a file that is gone afterwards.
fn with_file(world: &World, case: impl FnOnce(MPI_File) -> Outcome) -> Outcome {
    let name = format!("{}/mpi-api-test-{}", std::env::temp_dir().display(), job());
    let name = CString::new(name).unwrap_or_default();
    let mode = MPI_MODE_CREATE | MPI_MODE_RDWR | MPI_MODE_DELETE_ON_CLOSE;
    let mut file = MPI_FILE_NULL();
    mpi!(MPI_File_open(world.comm, name.as_ptr(), mode, MPI_INFO_NULL(), &raw mut file));
    mpi!(MPI_Barrier(world.comm));
    let outcome = case(file);
    mpi!(MPI_File_close(&raw mut file));
    outcome
}

/// A number that all processes of this job share and others do not.
fn job() -> u32 {
    let mut number = std::process::id();
    unsafe {
        let comm = mpi_api::MPI_COMM_WORLD();
        mpi_api::MPI_Bcast((&raw mut number).cast(), 1, MPI_INT(), 0, comm);
    }
    number
}

/// A blocking call and what its status says.
fn counted(what: &str, call: impl FnOnce(Status) -> c_int) -> Outcome {
    let mut status = empty_status();
    called(what, call(&raw mut status))?;
    same(what, &count_of(&status, MPI_INT())?, &COUNT)
}

/// A nonblocking call, completed.
fn completed(what: &str, call: impl FnOnce(Request) -> c_int) -> Outcome {
    let mut request = null_request();
    called(what, call(&raw mut request))?;
    wait(&mut request)
}

fn explicit_offsets(world: &World) -> Outcome {
    let blocking: [(WriteAt<Status>, ReadAt<Status>); 2] = [
        (mpi_api::MPI_File_write_at_c, mpi_api::MPI_File_read_at_c),
        (mpi_api::MPI_File_write_at_all_c, mpi_api::MPI_File_read_at_all_c),
    ];
    let nonblocking: [(WriteAt<Request>, ReadAt<Request>); 2] = [
        (mpi_api::MPI_File_iwrite_at_c, mpi_api::MPI_File_iread_at_c),
        (mpi_api::MPI_File_iwrite_at_all_c, mpi_api::MPI_File_iread_at_all_c),
    ];
    let (sent, int) = (values(world.rank), MPI_INT());
    let at = BYTES * MPI_Offset::from(world.rank);
    with_file(world, |file| {
        for (write, read) in blocking {
            let mut got = values(-1);
            counted("write_at", |status| unsafe { write(file, at, address(&sent), COUNT, int, status) })?;
            counted("read_at", |status| unsafe {
                read(file, at, address_mut(&mut got), COUNT, int, status)
            })?;
            same("read", &got, &sent)?;
        }
        for (write, read) in nonblocking {
            let mut got = values(-1);
            completed("iwrite_at", |to| unsafe { write(file, at, address(&sent), COUNT, int, to) })?;
            completed("iread_at", |to| unsafe { read(file, at, address_mut(&mut got), COUNT, int, to) })?;
            same("read", &got, &sent)?;
        }
        Ok(())
    })
}

fn own_pointer(world: &World) -> Outcome {
    let blocking: [(Write<Status>, Read<Status>); 2] = [
        (mpi_api::MPI_File_write_c, mpi_api::MPI_File_read_c),
        (mpi_api::MPI_File_write_all_c, mpi_api::MPI_File_read_all_c),
    ];
    let nonblocking: [(Write<Request>, Read<Request>); 2] = [
        (mpi_api::MPI_File_iwrite_c, mpi_api::MPI_File_iread_c),
        (mpi_api::MPI_File_iwrite_all_c, mpi_api::MPI_File_iread_all_c),
    ];
    let (sent, int) = (values(world.rank), MPI_INT());
    let at = BYTES * MPI_Offset::from(world.rank);
    with_file(world, |file| {
        for (write, read) in blocking {
            let mut got = values(-1);
            mpi!(MPI_File_seek(file, at, MPI_SEEK_SET));
            counted("write", |status| unsafe { write(file, address(&sent), COUNT, int, status) })?;
            mpi!(MPI_File_seek(file, at, MPI_SEEK_SET));
            counted("read", |status| unsafe { read(file, address_mut(&mut got), COUNT, int, status) })?;
            same("read", &got, &sent)?;
        }
        for (write, read) in nonblocking {
            let mut got = values(-1);
            mpi!(MPI_File_seek(file, at, MPI_SEEK_SET));
            completed("iwrite", |to| unsafe { write(file, address(&sent), COUNT, int, to) })?;
            mpi!(MPI_File_seek(file, at, MPI_SEEK_SET));
            completed("iread", |to| unsafe { read(file, address_mut(&mut got), COUNT, int, to) })?;
            same("read", &got, &sent)?;
        }
        Ok(())
    })
}

fn shared_pointer(world: &World) -> Outcome {
    let (sent, int) = (values(world.rank), MPI_INT());
    with_file(world, |file| {
        let mut got = values(-1);
        let (from, to) = (address(&sent), address_mut(&mut got));
        counted("ordered", |status| unsafe {
            mpi_api::MPI_File_write_ordered_c(file, from, COUNT, int, status)
        })?;
        mpi!(MPI_File_seek_shared(file, 0, MPI_SEEK_SET));
        counted("ordered", |status| unsafe {
            mpi_api::MPI_File_read_ordered_c(file, to, COUNT, int, status)
        })?;
        same("ordered", &got, &sent)?;
        mpi!(MPI_File_seek_shared(file, 0, MPI_SEEK_SET));
        counted("shared", |status| unsafe {
            mpi_api::MPI_File_write_shared_c(file, from, COUNT, int, status)
        })?;
        completed("shared", |request| unsafe {
            mpi_api::MPI_File_iwrite_shared_c(file, from, COUNT, int, request)
        })?;
        mpi!(MPI_Barrier(world.comm));
        mpi!(MPI_File_seek_shared(file, 0, MPI_SEEK_SET));
        counted("shared", |status| unsafe { mpi_api::MPI_File_read_shared_c(file, to, COUNT, int, status) })?;
        completed("shared", |request| unsafe {
            mpi_api::MPI_File_iread_shared_c(file, to, COUNT, int, request)
        })?;
        // Whose values these are is a matter of who came first.
        same("shared", &world.ranks().any(|rank| values(rank) == got), &true)
    })
}

fn split(world: &World) -> Outcome {
    let (sent, int) = (values(world.rank), MPI_INT());
    let at = BYTES * MPI_Offset::from(world.rank);
    with_file(world, |file| {
        let mut got = values(-1);
        let (from, to) = (address(&sent), address_mut(&mut got));
        mpi!(MPI_File_write_at_all_begin_c(file, at, from, COUNT, int));
        counted("write_at_all", |status| unsafe { mpi_api::MPI_File_write_at_all_end(file, from, status) })?;
        mpi!(MPI_File_read_at_all_begin_c(file, at, to, COUNT, int));
        counted("read_at_all", |status| unsafe { mpi_api::MPI_File_read_at_all_end(file, to, status) })?;
        same("at_all", &got, &sent)?;
        mpi!(MPI_File_seek(file, at, MPI_SEEK_SET));
        mpi!(MPI_File_write_all_begin_c(file, from, COUNT, int));
        counted("write_all", |status| unsafe { mpi_api::MPI_File_write_all_end(file, from, status) })?;
        got.fill(-1);
        mpi!(MPI_File_seek(file, at, MPI_SEEK_SET));
        mpi!(MPI_File_read_all_begin_c(file, to, COUNT, int));
        counted("read_all", |status| unsafe { mpi_api::MPI_File_read_all_end(file, to, status) })?;
        same("all", &got, &sent)?;
        mpi!(MPI_File_write_ordered_begin_c(file, from, COUNT, int));
        counted("write_ordered", |status| unsafe {
            mpi_api::MPI_File_write_ordered_end(file, from, status)
        })?;
        got.fill(-1);
        mpi!(MPI_File_seek_shared(file, 0, MPI_SEEK_SET));
        mpi!(MPI_File_read_ordered_begin_c(file, to, COUNT, int));
        counted("read_ordered", |status| unsafe { mpi_api::MPI_File_read_ordered_end(file, to, status) })?;
        same("ordered", &got, &sent)
    })
}

fn type_extent(world: &World) -> Outcome {
    with_file(world, |file| same("extent", &ask!(MPI_File_get_type_extent_c(file, MPI_INT())), &4))
}

unsafe extern "C" fn extent(_: MPI_Datatype, extent: *mut MPI_Aint, _: *mut c_void) -> c_int {
    unsafe { *extent = 8 };
    MPI_SUCCESS
}

/// They can be registered once. No library here takes one that converts, and Open MPI takes none.
fn representations(_: &World) -> Outcome {
    let (plain, name) = (c"mpi-api plain".as_ptr(), c"mpi-api".as_ptr());
    let (none, none_c) = (mpi_api::MPI_CONVERSION_FN_NULL(), mpi_api::MPI_CONVERSION_FN_NULL_C());
    let nothing = core::ptr::null_mut();
    if unsafe { mpi_api::MPI_Register_datarep(plain, none, none, Some(extent), nothing) } != MPI_SUCCESS {
        return Err(Fault::Skipped("the library takes none".to_owned()));
    }
    mpi!(MPI_Register_datarep_c(name, none_c, none_c, Some(extent), nothing));
    let code = unsafe { mpi_api::MPI_Register_datarep_c(name, none_c, none_c, Some(extent), nothing) };
    same("twice is an error", &(code != MPI_SUCCESS), &true)
}
