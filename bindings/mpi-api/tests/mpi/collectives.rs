//! Collectives with one count for all.

use core::ffi::c_int;

use mpi_api::types::MPI_Count;
use mpi_api::{MPI_DATATYPE_NULL, MPI_IN_PLACE, MPI_INT};

use crate::harness::{Case, Outcome, World, address, address_mut, in_all_ways, same};

pub const CASES: &[Case] = &[
    ("bcast", bcast),
    ("gather", gather),
    ("scatter", scatter),
    ("allgather", allgather),
    ("alltoall", alltoall),
    ("collectives in place", in_place),
];

const COUNT: MPI_Count = 5;
const EACH: usize = 5;

/// What `from` has for `to`.
fn block(from: c_int, to: c_int) -> impl Iterator<Item = c_int> {
    (0..EACH as c_int).map(move |i| 1000 * from + 100 * to + i)
}

fn bcast(world: &World) -> Outcome {
    for root in world.ranks() {
        let mine: Vec<c_int> = block(if world.is_root(root) { root } else { -1 }, 0).collect();
        let mut buffer = mine.clone();
        in_all_ways!(
            before { buffer.copy_from_slice(&mine) }
            after { same("buffer", &buffer, &block(root, 0).collect::<Vec<_>>())? };
            MPI_Bcast_c MPI_Ibcast_c MPI_Bcast_init_c
            (address_mut(&mut buffer[..]), COUNT, MPI_INT(), root, world.comm)
        );
    }
    Ok(())
}

fn gather(world: &World) -> Outcome {
    for root in world.ranks() {
        let sent: Vec<c_int> = block(world.rank, root).collect();
        let all: Vec<c_int> = world.ranks().flat_map(|rank| block(rank, root)).collect();
        let mut got = vec![-1; all.len()];
        in_all_ways!(
            before { got.fill(-1) }
            after { if world.is_root(root) { same("gathered", &got, &all)? } };
            MPI_Gather_c MPI_Igather_c MPI_Gather_init_c
            (address(&sent), COUNT, MPI_INT(), address_mut(&mut got), COUNT, MPI_INT(), root, world.comm)
        );
    }
    Ok(())
}

fn scatter(world: &World) -> Outcome {
    for root in world.ranks() {
        let all: Vec<c_int> = world.ranks().flat_map(|rank| block(root, rank)).collect();
        let mut got = vec![-1; EACH];
        in_all_ways!(
            before { got.fill(-1) }
            after { same("scattered", &got, &block(root, world.rank).collect())? };
            MPI_Scatter_c MPI_Iscatter_c MPI_Scatter_init_c
            (address(&all), COUNT, MPI_INT(), address_mut(&mut got), COUNT, MPI_INT(), root, world.comm)
        );
    }
    Ok(())
}

fn allgather(world: &World) -> Outcome {
    let sent: Vec<c_int> = block(world.rank, 0).collect();
    let all: Vec<c_int> = world.ranks().flat_map(|rank| block(rank, 0)).collect();
    let mut got = vec![-1; all.len()];
    in_all_ways!(
        before { got.fill(-1) }
        after { same("gathered", &got, &all)? };
        MPI_Allgather_c MPI_Iallgather_c MPI_Allgather_init_c
        (address(&sent), COUNT, MPI_INT(), address_mut(&mut got), COUNT, MPI_INT(), world.comm)
    );
    Ok(())
}

fn alltoall(world: &World) -> Outcome {
    let sent: Vec<c_int> = world.ranks().flat_map(|rank| block(world.rank, rank)).collect();
    let all: Vec<c_int> = world.ranks().flat_map(|rank| block(rank, world.rank)).collect();
    let mut got = vec![-1; all.len()];
    in_all_ways!(
        before { got.fill(-1) }
        after { same("exchanged", &got, &all)? };
        MPI_Alltoall_c MPI_Ialltoall_c MPI_Alltoall_init_c
        (address(&sent), COUNT, MPI_INT(), address_mut(&mut got), COUNT, MPI_INT(), world.comm)
    );
    Ok(())
}

fn in_place(world: &World) -> Outcome {
    let (here, none) = (MPI_IN_PLACE(), MPI_DATATYPE_NULL());
    let all: Vec<c_int> = world.ranks().flat_map(|rank| block(rank, 0)).collect();
    let mut buffer = vec![-1; all.len()];
    in_all_ways!(
        before {
            buffer.fill(-1);
            let mine = world.rank as usize * EACH;
            buffer[mine..mine + EACH].copy_from_slice(&block(world.rank, 0).collect::<Vec<_>>());
        }
        after { same("allgather", &buffer, &all)? };
        MPI_Allgather_c MPI_Iallgather_c MPI_Allgather_init_c
        (here, 0, none, address_mut(&mut buffer), COUNT, MPI_INT(), world.comm)
    );
    let mine: Vec<c_int> = world.ranks().flat_map(|rank| block(world.rank, rank)).collect();
    in_all_ways!(
        before { buffer.copy_from_slice(&mine) }
        after { same("alltoall", &buffer, &world.ranks().flat_map(|rank| block(rank, world.rank)).collect())? };
        MPI_Alltoall_c MPI_Ialltoall_c MPI_Alltoall_init_c
        (here, 0, none, address_mut(&mut buffer), COUNT, MPI_INT(), world.comm)
    );
    Ok(())
}
