//! Counts beyond 2³¹, in bytes: what fits into a laptop's memory.

use core::ffi::c_int;

use mpi_api::types::{MPI_Aint, MPI_Count};
use mpi_api::{MPI_BYTE, MPI_CHAR, MPI_INFO_NULL, MPI_MAX, MPI_STATUS_IGNORE, MPI_SUM};

use crate::harness::{
    Case, Outcome, World, address, address_mut, ask, count_of, empty_status, mpi, null_request, same, wait,
};

pub const CASES: &[Case] = &[
    ("large send and receive", send),
    ("large bcast", bcast),
    ("large allreduce", allreduce),
    ("large iallreduce", iallreduce),
    ("large gatherv", gatherv),
    ("large allgatherv", allgatherv),
    ("large put", put),
    ("large pack", pack),
    ("large file", file),
];

const LARGE: usize = (1 << 31) + 8;
const COUNT: MPI_Count = LARGE as MPI_Count;

/// Memory that is touched at a few places only, so that it is quickly made and checked.
fn zeros(length: usize) -> Vec<u8> {
    vec![0; length]
}

/// Where marks are set: at both ends and around 2³¹.
const MARKS: [usize; 6] = [0, 1, (1 << 30) + 3, (1 << 31) - 1, 1 << 31, LARGE - 1];

fn marked(rank: c_int) -> Vec<u8> {
    let mut buffer = zeros(LARGE);
    for (mark, at) in (1..).zip(MARKS) {
        buffer[at] = mark + 10 * rank as u8;
    }
    buffer
}

fn same_marks(buffer: &[u8], rank: c_int) -> Outcome {
    for (mark, at) in (1..).zip(MARKS) {
        same(&format!("byte {at}"), &buffer[at], &(mark + 10 * rank as u8))?;
    }
    same("byte 77", &buffer[77], &0)
}

fn send(world: &World) -> Outcome {
    let (sent, mut got) = (marked(world.rank), zeros(LARGE));
    let (mut request, mut status) = (null_request(), empty_status());
    mpi!(MPI_Irecv_c(
        address_mut(&mut got),
        COUNT,
        MPI_BYTE(),
        world.previous(),
        0,
        world.comm,
        &raw mut request
    ));
    mpi!(MPI_Send_c(address(&sent), COUNT, MPI_BYTE(), world.next(), 0, world.comm));
    mpi!(MPI_Wait(&raw mut request, &raw mut status));
    same_marks(&got, world.previous())?;
    same("count", &count_of(&status, MPI_BYTE())?, &COUNT)?;
    same("elements", &ask!(MPI_Get_elements_c(&raw const status, MPI_BYTE())), &COUNT)
}

fn bcast(world: &World) -> Outcome {
    let mut buffer = if world.rank == 0 { marked(3) } else { zeros(LARGE) };
    mpi!(MPI_Bcast_c(address_mut(&mut buffer), COUNT, MPI_BYTE(), 0, world.comm));
    same_marks(&buffer, 3)
}

fn allreduce(world: &World) -> Outcome {
    let (sent, mut got) = (marked(world.rank), zeros(LARGE));
    mpi!(MPI_Allreduce_c(address(&sent), address_mut(&mut got), COUNT, MPI_CHAR(), MPI_MAX(), world.comm));
    same_marks(&got, world.size - 1)
}

fn iallreduce(world: &World) -> Outcome {
    let (sent, mut got) = (marked(world.rank), zeros(LARGE));
    let mut request = null_request();
    mpi!(MPI_Iallreduce_c(
        address(&sent),
        address_mut(&mut got),
        COUNT,
        MPI_CHAR(),
        MPI_MAX(),
        world.comm,
        &raw mut request
    ));
    wait(&mut request)?;
    same_marks(&got, world.size - 1)
}

/// All data is at the root; the divisor is 8.
fn gatherv(world: &World) -> Outcome {
    let sent = if world.rank == 0 { marked(5) } else { vec![9; 16] };
    let (counts, displs) = ([COUNT, 16], [0, COUNT as MPI_Aint]);
    let mut got = if world.rank == 0 { zeros(LARGE + 16) } else { Vec::new() };
    let (length, to) = (sent.len() as MPI_Count, address_mut(&mut got));
    let (byte, comm) = (MPI_BYTE(), world.comm);
    mpi!(MPI_Gatherv_c(address(&sent), length, byte, to, counts.as_ptr(), displs.as_ptr(), byte, 0, comm));
    if world.rank > 0 {
        return Ok(());
    }
    same_marks(&got, 5)?;
    same("after it", &got[LARGE..], &[if world.size > 1 { 9 } else { 0 }; 16])
}

/// No divisor: 2³¹ + 8 and 15.
fn allgatherv(world: &World) -> Outcome {
    let sent = if world.rank == 0 { marked(5) } else { vec![9; 15] };
    let (counts, displs) = ([COUNT, 15], [0, COUNT as MPI_Aint]);
    let mut got = zeros(LARGE + 15);
    let (length, to) = (sent.len() as MPI_Count, address_mut(&mut got));
    let (byte, comm) = (MPI_BYTE(), world.comm);
    mpi!(MPI_Allgatherv_c(address(&sent), length, byte, to, counts.as_ptr(), displs.as_ptr(), byte, comm));
    same_marks(&got, 5)?;
    same("after it", &got[LARGE..], &[if world.size > 1 { 9 } else { 0 }; 15])
}

fn put(world: &World) -> Outcome {
    let (sent, mut memory) = (marked(world.rank), zeros(LARGE));
    let size = LARGE as MPI_Aint;
    let mut win = ask!(MPI_Win_create_c(address_mut(&mut memory), size, 1, MPI_INFO_NULL(), world.comm));
    mpi!(MPI_Win_fence(0, win));
    mpi!(MPI_Put_c(address(&sent), COUNT, MPI_BYTE(), world.next(), 0, COUNT, MPI_BYTE(), win));
    mpi!(MPI_Win_fence(0, win));
    mpi!(MPI_Win_free(&raw mut win));
    same_marks(&memory, world.previous())
}

fn pack(world: &World) -> Outcome {
    let (sent, mut packed) = (marked(world.rank), zeros(LARGE));
    let mut position = 0;
    let to = address_mut(&mut packed);
    mpi!(MPI_Pack_c(address(&sent), COUNT, MPI_BYTE(), to, COUNT, &raw mut position, world.comm));
    same("position", &position, &COUNT)?;
    same_marks(&packed, world.rank)?;
    let mut sum = 1_u64;
    let one = 1_u64;
    let (from, to) = ((&raw const one).cast(), (&raw mut sum).cast());
    mpi!(MPI_Reduce_local_c(from, to, 1, mpi_api::MPI_UINT64_T(), MPI_SUM()));
    same("sum", &sum, &2)
}

/// One process writes and reads; it needs 2 GiB in the folder for temporary files.
fn file(world: &World) -> Outcome {
    if world.rank > 0 {
        return Ok(());
    }
    let (sent, mut got) = (marked(1), zeros(LARGE));
    let name = format!("{}/mpi-api-large-{}", std::env::temp_dir().display(), std::process::id());
    let name = std::ffi::CString::new(name).unwrap_or_default();
    let mode = mpi_api::MPI_MODE_CREATE | mpi_api::MPI_MODE_RDWR | mpi_api::MPI_MODE_DELETE_ON_CLOSE;
    let mut file = mpi_api::MPI_FILE_NULL();
    mpi!(MPI_File_open(mpi_api::MPI_COMM_SELF(), name.as_ptr(), mode, MPI_INFO_NULL(), &raw mut file));
    let mut status = empty_status();
    mpi!(MPI_File_write_at_c(file, 0, address(&sent), COUNT, MPI_BYTE(), &raw mut status));
    same("written", &count_of(&status, MPI_BYTE())?, &COUNT)?;
    mpi!(MPI_File_read_at_c(file, 0, address_mut(&mut got), COUNT, MPI_BYTE(), MPI_STATUS_IGNORE()));
    mpi!(MPI_File_close(&raw mut file));
    same_marks(&got, 1)
}
