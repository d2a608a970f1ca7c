//! Collectives with a count for each process.
//!
//! Counts and displacements of the `v` ones are multiples of [`UNIT`]: where they count as large, that is what makes
//! them fit. Those of the `w` ones, and of `Allgatherv`, need no divisor.

use core::ffi::c_int;

use mpi_api::types::{MPI_Aint, MPI_Count, MPI_Datatype};
use mpi_api::{MPI_COMM_SELF, MPI_DATATYPE_NULL, MPI_ERR_COUNT, MPI_IN_PLACE, MPI_INT, MPI_SUCCESS};

use crate::harness::{
    Case, Outcome, SMALL, World, address, address_mut, in_all_ways, is_emulated, mpi, same,
};

pub const CASES: &[Case] = &[
    ("gatherv", gatherv),
    ("scatterv", scatterv),
    ("allgatherv", allgatherv),
    ("allgatherv in place", allgatherv_in_place),
    ("alltoallv", alltoallv),
    ("alltoallv in place", alltoallv_in_place),
    ("alltoallw", alltoallw),
    ("gatherv without a divisor", without_divisor),
    ("scratch", scratch),
];

const UNIT: usize = 4;

/// Where each process's elements lie, with a hole before each.
pub struct Layout {
    pub counts: Vec<MPI_Count>,
    pub displs: Vec<MPI_Aint>,
    pub total: usize,
}

impl Layout {
    pub fn new(counts: impl Iterator<Item = usize>, hole: usize) -> Self {
        let mut layout = Self { counts: Vec::new(), displs: Vec::new(), total: 0 };
        for count in counts {
            layout.displs.push((layout.total + hole) as MPI_Aint);
            layout.counts.push(count as MPI_Count);
            layout.total += hole + count;
        }
        layout
    }

    /// The displacements in bytes.
    pub fn bytes(&self) -> Vec<MPI_Aint> {
        self.displs.iter().map(|displ| 4 * displ).collect()
    }

    /// A buffer with what `value` gives for process and index, and -1 in the holes.
    pub fn filled(&self, value: impl Fn(c_int, c_int) -> c_int) -> Vec<c_int> {
        let mut buffer = vec![-1; self.total];
        for (peer, (&count, &displ)) in (0..).zip(self.counts.iter().zip(&self.displs)) {
            for index in 0..count as usize {
                buffer[displ as usize + index] = value(peer, index as c_int);
            }
        }
        buffer
    }
}

/// Element `index` of what `from` has for `to`.
pub fn element(from: c_int, to: c_int, index: c_int) -> c_int {
    1000 * from + 100 * to + index
}

fn gatherv(world: &World) -> Outcome {
    for root in world.ranks() {
        let layout = Layout::new(world.ranks().map(|rank| UNIT * (rank as usize + 1)), UNIT);
        let count = layout.counts[world.rank as usize];
        let sent: Vec<c_int> = (0..count as c_int).map(|i| element(world.rank, root, i)).collect();
        let all = layout.filled(|from, i| element(from, root, i));
        // The arrays are significant at the root alone.
        let (counts, displs) = if world.is_root(root) {
            (layout.counts.as_ptr(), layout.displs.as_ptr())
        } else {
            (core::ptr::null(), core::ptr::null())
        };
        let mut got = vec![-1; all.len()];
        in_all_ways!(
            before { got.fill(-1) }
            after { if world.is_root(root) { same("gathered", &got, &all)? } };
            MPI_Gatherv_c MPI_Igatherv_c MPI_Gatherv_init_c
            (address(&sent), count, MPI_INT(), address_mut(&mut got), counts, displs, MPI_INT(), root, world.comm)
        );
    }
    Ok(())
}

fn scatterv(world: &World) -> Outcome {
    for root in world.ranks() {
        let layout = Layout::new(world.ranks().map(|rank| UNIT * (rank as usize + 1)), UNIT);
        let count = layout.counts[world.rank as usize];
        let all = layout.filled(|to, i| element(root, to, i));
        let wanted: Vec<c_int> = (0..count as c_int).map(|i| element(root, world.rank, i)).collect();
        let (counts, displs) = if world.is_root(root) {
            (layout.counts.as_ptr(), layout.displs.as_ptr())
        } else {
            (core::ptr::null(), core::ptr::null())
        };
        let mut got = vec![-1; count as usize];
        in_all_ways!(
            before { got.fill(-1) }
            after { same("scattered", &got, &wanted)? };
            MPI_Scatterv_c MPI_Iscatterv_c MPI_Scatterv_init_c
            (address(&all), counts, displs, MPI_INT(), address_mut(&mut got), count, MPI_INT(), root, world.comm)
        );
    }
    Ok(())
}

fn allgatherv(world: &World) -> Outcome {
    for hole in [0, 1, UNIT] {
        let layout = Layout::new(world.ranks().map(|rank| 5 + rank as usize), hole);
        let count = layout.counts[world.rank as usize];
        let sent: Vec<c_int> = (0..count as c_int).map(|i| element(world.rank, 0, i)).collect();
        let all = layout.filled(|from, i| element(from, 0, i));
        let (counts, displs) = (layout.counts.as_ptr(), layout.displs.as_ptr());
        let mut got = vec![-1; all.len()];
        in_all_ways!(
            before { got.fill(-1) }
            after { same("gathered", &got, &all)? };
            MPI_Allgatherv_c MPI_Iallgatherv_c MPI_Allgatherv_init_c
            (address(&sent), count, MPI_INT(), address_mut(&mut got), counts, displs, MPI_INT(), world.comm)
        );
    }
    Ok(())
}

fn allgatherv_in_place(world: &World) -> Outcome {
    let layout = Layout::new(world.ranks().map(|rank| 5 + rank as usize), 1);
    let all = layout.filled(|from, i| element(from, 0, i));
    let mine = layout.filled(|from, i| if from == world.rank { element(from, 0, i) } else { -1 });
    let (counts, displs) = (layout.counts.as_ptr(), layout.displs.as_ptr());
    let (here, none) = (MPI_IN_PLACE(), MPI_DATATYPE_NULL());
    let mut buffer = mine.clone();
    in_all_ways!(
        before { buffer.copy_from_slice(&mine) }
        after { same("gathered", &buffer, &all)? };
        MPI_Allgatherv_c MPI_Iallgatherv_c MPI_Allgatherv_init_c
        (here, 0, none, address_mut(&mut buffer), counts, displs, MPI_INT(), world.comm)
    );
    Ok(())
}

/// What this process sends to each, and receives from each: as many as the higher rank of the two says.
fn exchange(world: &World, unit: usize, hole: usize) -> Layout {
    Layout::new(world.ranks().map(|rank| unit * (1 + rank.max(world.rank) as usize)), hole)
}

fn alltoallv(world: &World) -> Outcome {
    let (from, to) = (exchange(world, UNIT, UNIT), exchange(world, UNIT, 0));
    let sent = from.filled(|peer, i| element(world.rank, peer, i));
    let all = to.filled(|peer, i| element(peer, world.rank, i));
    let mut got = vec![-1; all.len()];
    in_all_ways!(
        before { got.fill(-1) }
        after { same("exchanged", &got, &all)? };
        MPI_Alltoallv_c MPI_Ialltoallv_c MPI_Alltoallv_init_c
        (address(&sent), from.counts.as_ptr(), from.displs.as_ptr(), MPI_INT(),
         address_mut(&mut got), to.counts.as_ptr(), to.displs.as_ptr(), MPI_INT(), world.comm)
    );
    Ok(())
}

fn alltoallv_in_place(world: &World) -> Outcome {
    let layout = exchange(world, UNIT, 0);
    let all = layout.filled(|peer, i| element(peer, world.rank, i));
    let (none, nowhere) = (core::ptr::null(), core::ptr::null());
    let mine = layout.filled(|peer, i| element(world.rank, peer, i));
    let mut buffer = mine.clone();
    in_all_ways!(
        before { buffer.copy_from_slice(&mine) }
        after { same("exchanged", &buffer, &all)? };
        MPI_Alltoallv_c MPI_Ialltoallv_c MPI_Alltoallv_init_c
        (MPI_IN_PLACE(), none, nowhere, MPI_DATATYPE_NULL(), address_mut(&mut buffer),
         layout.counts.as_ptr(), layout.displs.as_ptr(), MPI_INT(), world.comm)
    );
    Ok(())
}

fn alltoallw(world: &World) -> Outcome {
    let (from, to) = (exchange(world, 3, 1), exchange(world, 3, 2));
    let (mut sent, all) = (
        from.filled(|peer, i| element(world.rank, peer, i)),
        to.filled(|peer, i| element(peer, world.rank, i)),
    );
    // Room for a library that takes displacements for elements, so that it is wrong and no worse.
    sent.resize(4 * sent.len(), -1);
    let (sdispls, rdispls) = (from.bytes(), to.bytes());
    let types: Vec<MPI_Datatype> = world.ranks().map(|_| MPI_INT()).collect();
    let mut got = vec![-1; 4 * all.len()];
    in_all_ways!(
        before { got.fill(-1) }
        after { same("exchanged", &got[..all.len()], &all[..])? };
        MPI_Alltoallw_c MPI_Ialltoallw_c MPI_Alltoallw_init_c
        (address(&sent), from.counts.as_ptr(), sdispls.as_ptr(), types.as_ptr(),
         address_mut(&mut got), to.counts.as_ptr(), rdispls.as_ptr(), types.as_ptr(), world.comm)
    );
    Ok(())
}

/// What has no common divisor and does not fit is an error, not a wrong result.
fn without_divisor(_: &World) -> Outcome {
    let sent: Vec<c_int> = (0..5).collect();
    let mut got = vec![-1; 12];
    let (counts, displs) = ([5], [7]);
    let code = unsafe {
        mpi_api::MPI_Gatherv_c(
            address(&sent),
            5,
            MPI_INT(),
            address_mut(&mut got),
            counts.as_ptr(),
            displs.as_ptr(),
            MPI_INT(),
            0,
            MPI_COMM_SELF(),
        )
    };
    let fits = !(SMALL && is_emulated("MPI_Gatherv_c"));
    same("code", &code, &if fits { MPI_SUCCESS } else { MPI_ERR_COUNT })?;
    same("received", &got[7..], if fits { &sent } else { &[-1; 5] })
}

/// Narrowed arrays are handed over for nonblocking calls, and for no others.
fn scratch(_: &World) -> Outcome {
    let sent: Vec<c_int> = (0..4).collect();
    let mut got = vec![-1; 4];
    let (counts, displs) = ([4], [0]);
    let (counts, displs) = (counts.as_ptr(), displs.as_ptr());
    let (from, to, comm) = (address(&sent), address_mut(&mut got), MPI_COMM_SELF());
    drop(mpi_api::scratch::take());
    mpi!(MPI_Allgatherv_c(from, 4, MPI_INT(), to, counts, displs, MPI_INT(), comm));
    same("blocking", &mpi_api::scratch::take().is_some(), &false)?;
    let mut request = crate::harness::null_request();
    mpi!(MPI_Iallgatherv_c(from, 4, MPI_INT(), to, counts, displs, MPI_INT(), comm, &raw mut request));
    let scratch = mpi_api::scratch::take();
    same("nonblocking", &scratch.is_some(), &is_emulated("MPI_Iallgatherv_c"))?;
    same("taken", &mpi_api::scratch::take().is_some(), &false)?;
    crate::harness::wait(&mut request)?;
    same("received", &got, &sent)
}
