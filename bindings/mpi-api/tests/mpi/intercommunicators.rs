//! Collectives between two groups: arrays are as long as the remote one.

use core::ffi::c_int;

use mpi_api::types::{MPI_Comm, MPI_Count};
use mpi_api::{MPI_COMM_SELF, MPI_INT, MPI_PROC_NULL, MPI_ROOT};

use crate::harness::{Case, Fault, Outcome, World, address, address_mut, ask, in_all_ways, mpi, same};
use crate::vectors::{Layout, element};

pub const CASES: &[Case] = &[
    ("intercommunicator allgatherv", allgatherv),
    ("intercommunicator alltoallv", alltoallv),
    ("intercommunicator gatherv", gatherv),
    ("intercommunicator reduce_scatter", reduce_scatter),
];

/// Runs `case` on an intercommunicator of the first process with the second.
fn between(world: &World, case: impl FnOnce(MPI_Comm, c_int) -> Outcome) -> Outcome {
    if world.size != 2 {
        return Err(Fault::Skipped("needs 2 processes".to_owned()));
    }
    let other = 1 - world.rank;
    let mut comm = ask!(MPI_Intercomm_create(MPI_COMM_SELF(), 0, world.comm, other, 1));
    let outcome = case(comm, other);
    mpi!(MPI_Comm_free(&raw mut comm));
    outcome
}

/// What `rank` sends.
fn count(rank: c_int) -> usize {
    4 * (rank as usize + 1)
}

fn message(from: c_int, to: c_int) -> Vec<c_int> {
    (0..count(from) as c_int).map(|i| element(from, to, i)).collect()
}

fn allgatherv(world: &World) -> Outcome {
    between(world, |comm, other| {
        let sent = message(world.rank, 0);
        let layout = Layout::new(core::iter::once(count(other)), 4);
        let mut got = vec![-1; layout.total];
        in_all_ways!(
            before { got.fill(-1) }
            after { same("gathered", &got[4..], &message(other, 0)[..])? };
            MPI_Allgatherv_c MPI_Iallgatherv_c MPI_Allgatherv_init_c
            (address(&sent), sent.len() as MPI_Count, MPI_INT(), address_mut(&mut got),
             layout.counts.as_ptr(), layout.displs.as_ptr(), MPI_INT(), comm)
        );
        Ok(())
    })
}

fn alltoallv(world: &World) -> Outcome {
    between(world, |comm, other| {
        let sent = message(world.rank, other);
        let from = Layout::new(core::iter::once(count(world.rank)), 0);
        let to = Layout::new(core::iter::once(count(other)), 4);
        let mut got = vec![-1; to.total];
        in_all_ways!(
            before { got.fill(-1) }
            after { same("exchanged", &got[4..], &message(other, world.rank)[..])? };
            MPI_Alltoallv_c MPI_Ialltoallv_c MPI_Alltoallv_init_c
            (address(&sent), from.counts.as_ptr(), from.displs.as_ptr(), MPI_INT(), address_mut(&mut got),
             to.counts.as_ptr(), to.displs.as_ptr(), MPI_INT(), comm)
        );
        Ok(())
    })
}

fn gatherv(world: &World) -> Outcome {
    between(world, |comm, other| {
        let sent = message(world.rank, 0);
        let layout = Layout::new(core::iter::once(count(other)), 4);
        let mut got = vec![-1; layout.total];
        // The first process is the root; the second one's group sends to it.
        let root = if world.rank == 0 { MPI_ROOT } else { 0 };
        let (counts, displs) = match world.rank {
            0 => (layout.counts.as_ptr(), layout.displs.as_ptr()),
            _ => (core::ptr::null(), core::ptr::null()),
        };
        mpi!(MPI_Gatherv_c(
            address(&sent),
            sent.len() as MPI_Count,
            MPI_INT(),
            address_mut(&mut got),
            counts,
            displs,
            MPI_INT(),
            root,
            comm
        ));
        if world.rank == 0 {
            same("gathered", &got[4..], &message(other, 0)[..])?;
        }
        let nobody = if world.rank == 0 { MPI_PROC_NULL } else { MPI_ROOT };
        same("not the root", &(nobody == root), &false)
    })
}

fn reduce_scatter(world: &World) -> Outcome {
    between(world, |comm, other| {
        let sent: Vec<c_int> = (0..3).map(|i| element(world.rank, 0, i)).collect();
        let mut got = vec![-1; 3];
        let counts = [3];
        mpi!(MPI_Reduce_scatter_c(
            address(&sent),
            address_mut(&mut got),
            counts.as_ptr(),
            MPI_INT(),
            mpi_api::MPI_SUM(),
            comm
        ));
        same("reduced", &got, &(0..3).map(|i| element(other, 0, i)).collect())
    })
}
