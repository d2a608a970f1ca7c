//! Fault tolerance where nobody fails.

use core::ffi::c_int;

use mpi_api::types::{MPI_Comm, MPI_Group};
use mpi_api::{MPI_COMM_NULL, MPI_CONGRUENT, MPI_REQUEST_NULL};

use crate::harness::{Case, Outcome, World, ask, mpi, same, wait};

pub const CASES: &[Case] = &[("nobody has failed", nobody), ("agreement", agreement), ("shrink", shrink)];

fn nobody(world: &World) -> Outcome {
    let revoked: c_int = ask!(MPIX_Comm_is_revoked(world.comm));
    let failed: MPI_Group = ask!(MPIX_Comm_get_failed(world.comm));
    let size: c_int = ask!(MPI_Group_size(failed));
    let acked: c_int = ask!(MPIX_Comm_ack_failed(world.comm, world.size));
    same("revoked, failed, acknowledged", &(revoked, size, acked), &(0, 0, 0))
}

fn agreement(world: &World) -> Outcome {
    let flag = |rank: c_int| if rank % 2 == 0 { 0b0110 } else { 0b0011 };
    let expected = if world.size == 1 { 0b0110 } else { 0b0010 };
    let mut got = flag(world.rank);
    mpi!(MPIX_Comm_agree(world.comm, &raw mut got));
    same("agreed", &got, &expected)?;
    let (mut got, mut request) = (flag(world.rank), MPI_REQUEST_NULL());
    mpi!(MPIX_Comm_iagree(world.comm, &raw mut got, &raw mut request));
    wait(&mut request)?;
    same("agreed later", &got, &expected)
}

fn shrink(world: &World) -> Outcome {
    let whole = |mut shrunk: MPI_Comm| {
        let result: c_int = ask!(MPI_Comm_compare(world.comm, shrunk));
        mpi!(MPI_Comm_free(&raw mut shrunk));
        same("shrunk", &result, &MPI_CONGRUENT)
    };
    whole(ask!(MPIX_Comm_shrink(world.comm)))?;
    let (mut shrunk, mut request) = (MPI_COMM_NULL(), MPI_REQUEST_NULL());
    mpi!(MPIX_Comm_ishrink(world.comm, &raw mut shrunk, &raw mut request));
    wait(&mut request)?;
    whole(shrunk)
}
