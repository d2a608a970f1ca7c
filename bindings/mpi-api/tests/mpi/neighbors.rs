//! Neighborhood collectives: arrays are as long as the topology says.

use core::ffi::c_int;

use mpi_api::types::{MPI_Aint, MPI_Comm, MPI_Count, MPI_Datatype};
use mpi_api::{MPI_INFO_NULL, MPI_INT, MPI_UNWEIGHTED};

use crate::harness::{Case, Outcome, World, address, address_mut, ask, in_all_ways, mpi, same};
use crate::vectors::{Layout, element};

pub const CASES: &[Case] = &[
    ("neighbors of a cartesian grid", cartesian),
    ("neighbors of a graph", graph),
    ("neighbors of a distributed graph", distributed),
];

/// Two neighbours: this process itself, and the next one in a ring.
fn cartesian(world: &World) -> Outcome {
    let (dims, periods) = ([world.size], [1]);
    let mut comm = ask!(MPI_Cart_create(world.comm, 1, dims.as_ptr(), periods.as_ptr(), 0));
    exchange(world, comm, &[world.previous(), world.next()], &[world.previous(), world.next()])?;
    mpi!(MPI_Comm_free(&raw mut comm));
    Ok(())
}

fn graph(world: &World) -> Outcome {
    let index: Vec<c_int> = world.ranks().map(|rank| rank + 1).collect();
    let edges: Vec<c_int> = world.ranks().map(|rank| (rank + 1) % world.size).collect();
    let mut comm = ask!(MPI_Graph_create(world.comm, world.size, index.as_ptr(), edges.as_ptr(), 0));
    exchange(world, comm, &[world.next()], &[world.next()])?;
    mpi!(MPI_Comm_free(&raw mut comm));
    Ok(())
}

/// The first process sends to all, and receives from itself only.
fn distributed(world: &World) -> Outcome {
    let sources = [0];
    let destinations: Vec<c_int> = if world.rank == 0 { world.ranks().collect() } else { Vec::new() };
    let mut comm = ask!(MPI_Dist_graph_create_adjacent(
        world.comm,
        1,
        sources.as_ptr(),
        MPI_UNWEIGHTED(),
        destinations.len() as c_int,
        destinations.as_ptr(),
        MPI_UNWEIGHTED(),
        MPI_INFO_NULL(),
        0
    ));
    exchange(world, comm, &sources, &destinations)?;
    mpi!(MPI_Comm_free(&raw mut comm));
    Ok(())
}

/// All neighborhood collectives.
fn exchange(world: &World, comm: MPI_Comm, sources: &[c_int], destinations: &[c_int]) -> Outcome {
    const EACH: usize = 8;
    const COUNT: MPI_Count = 8;
    let (int, me) = (MPI_INT(), world.rank);
    let from = Layout::new(destinations.iter().map(|_| EACH), EACH);
    let to = Layout::new(sources.iter().map(|_| EACH), EACH);
    let dense = Layout::new(sources.iter().map(|_| EACH), 0);
    let mine: Vec<c_int> = (0..COUNT as c_int).map(|i| element(me, 0, i)).collect();
    let same_for_all = |peer: c_int, i| element(sources[peer as usize], 0, i);
    let wanted = dense.filled(same_for_all);
    let mut got = vec![-1; wanted.len()];
    in_all_ways!(
        before { got.fill(-1) }
        after { same("allgather", &got, &wanted)? };
        MPI_Neighbor_allgather_c MPI_Ineighbor_allgather_c MPI_Neighbor_allgather_init_c
        (address(&mine), COUNT, int, address_mut(&mut got), COUNT, int, comm)
    );
    let wanted = to.filled(same_for_all);
    let mut got = vec![-1; wanted.len()];
    in_all_ways!(
        before { got.fill(-1) }
        after { same("allgatherv", &got, &wanted)? };
        MPI_Neighbor_allgatherv_c MPI_Ineighbor_allgatherv_c MPI_Neighbor_allgatherv_init_c
        (address(&mine), COUNT, int, address_mut(&mut got), to.counts.as_ptr(), to.displs.as_ptr(), int, comm)
    );
    // To two neighbours that are one process goes the same, so that their order does not matter.
    let for_peer = |peer: c_int, i| element(me, destinations[peer as usize], i);
    let from_peer = |peer: c_int, i| element(sources[peer as usize], me, i);
    let sent = Layout::new(destinations.iter().map(|_| EACH), 0).filled(for_peer);
    let wanted = dense.filled(from_peer);
    let mut got = vec![-1; wanted.len()];
    in_all_ways!(
        before { got.fill(-1) }
        after { same("alltoall", &got, &wanted)? };
        MPI_Neighbor_alltoall_c MPI_Ineighbor_alltoall_c MPI_Neighbor_alltoall_init_c
        (address(&sent), COUNT, int, address_mut(&mut got), COUNT, int, comm)
    );
    let sent = from.filled(for_peer);
    let wanted = to.filled(from_peer);
    let mut got = vec![-1; wanted.len()];
    in_all_ways!(
        before { got.fill(-1) }
        after { same("alltoallv", &got, &wanted)? };
        MPI_Neighbor_alltoallv_c MPI_Ineighbor_alltoallv_c MPI_Neighbor_alltoallv_init_c
        (address(&sent), from.counts.as_ptr(), from.displs.as_ptr(), int,
         address_mut(&mut got), to.counts.as_ptr(), to.displs.as_ptr(), int, comm)
    );
    let (sdispls, rdispls): (Vec<MPI_Aint>, Vec<MPI_Aint>) = (from.bytes(), to.bytes());
    let types: Vec<MPI_Datatype> = vec![int; 2 + destinations.len()];
    in_all_ways!(
        before { got.fill(-1) }
        after { same("alltoallw", &got, &wanted)? };
        MPI_Neighbor_alltoallw_c MPI_Ineighbor_alltoallw_c MPI_Neighbor_alltoallw_init_c
        (address(&sent), from.counts.as_ptr(), sdispls.as_ptr(), types.as_ptr(),
         address_mut(&mut got), to.counts.as_ptr(), rdispls.as_ptr(), types.as_ptr(), comm)
    );
    Ok(())
}
