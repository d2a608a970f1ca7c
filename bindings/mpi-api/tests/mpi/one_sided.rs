//! One-sided communication.

use core::ffi::{c_int, c_void};

use mpi_api::types::{MPI_Aint, MPI_Count, MPI_Win};
use mpi_api::{MPI_ERR_ARG, MPI_INFO_NULL, MPI_INT, MPI_LOCK_SHARED, MPI_SUCCESS, MPI_SUM, MPI_WIN_NULL};

use crate::harness::{
    Case, Fault, Outcome, World, address, address_mut, ask, is_emulated, mpi, null_request, same, wait,
};

pub const CASES: &[Case] = &[
    ("put, get, accumulate", fenced),
    ("rput, rget, raccumulate", locked),
    ("allocated windows", allocated),
    ("shared windows", shared),
    ("displacement units", units),
];

const COUNT: MPI_Count = 6;

fn values(rank: c_int) -> Vec<c_int> {
    (0..COUNT as c_int).map(|i| 100 * (rank + 1) + i).collect()
}

/// Runs `case` on a window over `memory`, in units of an integer.
fn over(world: &World, memory: &mut [c_int], case: impl FnOnce(MPI_Win) -> Outcome) -> Outcome {
    let size = size_of_val(memory) as MPI_Aint;
    let (mut plain, base) = (MPI_WIN_NULL(), address_mut(memory));
    if unsafe { mpi_api::MPI_Win_create(base, size, 4, MPI_INFO_NULL(), world.comm, &raw mut plain) }
        != MPI_SUCCESS
    {
        // Open MPI 4 may have no component for it under MPI_THREAD_MULTIPLE.
        return Err(Fault::Skipped("MPI_Win_create does not work here".to_owned()));
    }
    mpi!(MPI_Win_free(&raw mut plain));
    let mut win = ask!(MPI_Win_create_c(address_mut(memory), size, 4, MPI_INFO_NULL(), world.comm));
    case(win)?;
    mpi!(MPI_Win_free(&raw mut win));
    Ok(())
}

fn fenced(world: &World) -> Outcome {
    let mut memory = vec![0; 2 * COUNT as usize];
    let (next, previous) = (world.next(), world.previous());
    let (int, sent) = (MPI_INT(), values(world.rank));
    let (mut got, mut before) = (values(-1), values(-1));
    over(world, &mut memory, |win| {
        mpi!(MPI_Win_fence(0, win));
        mpi!(MPI_Put_c(address(&sent), COUNT, int, next, 0, COUNT, int, win));
        mpi!(MPI_Win_fence(0, win));
        mpi!(MPI_Get_c(address_mut(&mut got), COUNT, int, next, 0, COUNT, int, win));
        mpi!(MPI_Win_fence(0, win));
        same("got", &got, &sent)?;
        mpi!(MPI_Accumulate_c(address(&sent), COUNT, int, next, 0, COUNT, int, MPI_SUM(), win));
        mpi!(MPI_Win_fence(0, win));
        mpi!(MPI_Get_accumulate_c(
            address(&sent),
            COUNT,
            int,
            address_mut(&mut before),
            COUNT,
            int,
            next,
            0,
            COUNT,
            int,
            MPI_SUM(),
            win
        ));
        mpi!(MPI_Win_fence(0, win));
        Ok(())
    })?;
    let times =
        |n: c_int, rank: c_int| -> Vec<c_int> { values(rank).iter().map(|value| n * value).collect() };
    same("before", &before, &times(2, world.rank))?;
    same("memory", &memory[..COUNT as usize], &times(3, previous))?;
    same("beyond", &memory[COUNT as usize..], &[0; COUNT as usize])
}

fn locked(world: &World) -> Outcome {
    let mut memory = vec![0; COUNT as usize];
    let (next, previous) = (world.next(), world.previous());
    let (int, sent) = (MPI_INT(), values(world.rank));
    let (mut got, mut before) = (values(-1), values(-1));
    over(world, &mut memory, |win| {
        let mut request = null_request();
        mpi!(MPI_Win_lock(MPI_LOCK_SHARED, next, 0, win));
        mpi!(MPI_Rput_c(address(&sent), COUNT, int, next, 0, COUNT, int, win, &raw mut request));
        wait(&mut request)?;
        mpi!(MPI_Win_flush(next, win));
        mpi!(MPI_Raccumulate_c(
            address(&sent),
            COUNT,
            int,
            next,
            0,
            COUNT,
            int,
            MPI_SUM(),
            win,
            &raw mut request
        ));
        wait(&mut request)?;
        mpi!(MPI_Win_flush(next, win));
        mpi!(MPI_Rget_c(address_mut(&mut got), COUNT, int, next, 0, COUNT, int, win, &raw mut request));
        wait(&mut request)?;
        let nothing = [0; COUNT as usize];
        mpi!(MPI_Rget_accumulate_c(
            address(&nothing),
            COUNT,
            int,
            address_mut(&mut before),
            COUNT,
            int,
            next,
            0,
            COUNT,
            int,
            MPI_SUM(),
            win,
            &raw mut request
        ));
        wait(&mut request)?;
        mpi!(MPI_Win_unlock(next, win));
        mpi!(MPI_Barrier(world.comm));
        Ok(())
    })?;
    let twice = |rank: c_int| -> Vec<c_int> { values(rank).iter().map(|value| 2 * value).collect() };
    same("got", &got, &twice(world.rank))?;
    same("before", &before, &twice(world.rank))?;
    same("memory", &memory, &twice(previous))
}

fn allocated(world: &World) -> Outcome {
    let mut memory: *mut c_int = core::ptr::null_mut();
    let mut win = MPI_WIN_NULL();
    let size = 4 * COUNT as MPI_Aint;
    mpi!(MPI_Win_allocate_c(size, 4, MPI_INFO_NULL(), world.comm, (&raw mut memory).cast(), &raw mut win));
    let sent = values(world.rank);
    mpi!(MPI_Win_fence(0, win));
    mpi!(MPI_Put_c(address(&sent), COUNT, MPI_INT(), world.next(), 0, COUNT, MPI_INT(), win));
    mpi!(MPI_Win_fence(0, win));
    let got = unsafe { core::slice::from_raw_parts(memory, COUNT as usize) }.to_vec();
    mpi!(MPI_Win_free(&raw mut win));
    same("memory", &got, &values(world.previous()))
}

fn shared(world: &World) -> Outcome {
    let mut memory: *mut c_int = core::ptr::null_mut();
    let mut win = MPI_WIN_NULL();
    let size = 4 * COUNT as MPI_Aint;
    mpi!(MPI_Win_allocate_shared_c(
        size,
        4,
        MPI_INFO_NULL(),
        world.comm,
        (&raw mut memory).cast(),
        &raw mut win
    ));
    let (mut length, mut unit, mut place): (MPI_Aint, MPI_Aint, *mut c_void) = (0, 0, core::ptr::null_mut());
    mpi!(MPI_Win_shared_query_c(win, world.rank, &raw mut length, &raw mut unit, (&raw mut place).cast()));
    let found = (length, unit, place.cast::<c_int>());
    mpi!(MPI_Win_free(&raw mut win));
    same("size, unit, address", &found, &(size, 4, memory))
}

/// A displacement unit is no count of elements: what does not fit is an error.
fn units(world: &World) -> Outcome {
    let mut memory = [0; 4];
    let mut win = MPI_WIN_NULL();
    if !is_emulated("MPI_Win_create_c") {
        return Ok(());
    }
    let code = unsafe {
        mpi_api::MPI_Win_create_c(
            address_mut(&mut memory),
            16,
            1 << 40,
            MPI_INFO_NULL(),
            world.comm,
            &raw mut win,
        )
    };
    same("code", &code, &MPI_ERR_ARG)
}
