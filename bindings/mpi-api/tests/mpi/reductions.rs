//! Reductions.

use core::ffi::{c_int, c_void};

use mpi_api::types::{MPI_Count, MPI_Datatype, MPI_Op};
use mpi_api::{MPI_2INT, MPI_DOUBLE, MPI_ERR_COUNT, MPI_IN_PLACE, MPI_INT, MPI_MAXLOC, MPI_SUM};

use crate::harness::{
    Case, Outcome, SMALL, World, address, address_mut, ask, in_all_ways, is_emulated, mpi, same,
};

pub const CASES: &[Case] = &[
    ("reduce", reduce),
    ("allreduce", allreduce),
    ("allreduce of pairs", pairs),
    ("scan", scan),
    ("exscan", exscan),
    ("reduce_scatter_block", reduce_scatter_block),
    ("reduce_scatter", reduce_scatter),
    ("ireduce_scatter", ireduce_scatter),
    ("user-defined operations", user_defined),
    ("reduce_local", reduce_local),
];

const COUNT: MPI_Count = 7;

/// What `rank` brings in.
fn part(rank: c_int) -> Vec<c_int> {
    (0..COUNT as c_int).map(|i| 100 * (rank + 1) + i).collect()
}

/// The sum over `ranks`.
fn sum(ranks: impl Iterator<Item = c_int>) -> Vec<c_int> {
    ranks
        .map(part)
        .fold(vec![0; COUNT as usize], |sum, part| sum.iter().zip(part).map(|(a, b)| a + b).collect())
}

fn reduce(world: &World) -> Outcome {
    for root in world.ranks() {
        let sent = part(world.rank);
        let mut got = vec![-1; COUNT as usize];
        in_all_ways!(
            before { got.fill(-1) }
            after { if world.is_root(root) { same("sum", &got, &sum(world.ranks()))? } };
            MPI_Reduce_c MPI_Ireduce_c MPI_Reduce_init_c
            (address(&sent), address_mut(&mut got), COUNT, MPI_INT(), MPI_SUM(), root, world.comm)
        );
        // At the root in place; elsewhere there is no result.
        let (from, to) = if world.is_root(root) {
            (MPI_IN_PLACE().cast_const(), address_mut(&mut got))
        } else {
            (address(&sent), core::ptr::null_mut())
        };
        in_all_ways!(
            before { got.copy_from_slice(&part(world.rank)) }
            after { if world.is_root(root) { same("in place", &got, &sum(world.ranks()))? } };
            MPI_Reduce_c MPI_Ireduce_c MPI_Reduce_init_c
            (from, to, COUNT, MPI_INT(), MPI_SUM(), root, world.comm)
        );
    }
    Ok(())
}

fn allreduce(world: &World) -> Outcome {
    let sent = part(world.rank);
    let mut got = vec![-1; COUNT as usize];
    in_all_ways!(
        before { got.fill(-1) }
        after { same("sum", &got, &sum(world.ranks()))? };
        MPI_Allreduce_c MPI_Iallreduce_c MPI_Allreduce_init_c
        (address(&sent), address_mut(&mut got), COUNT, MPI_INT(), MPI_SUM(), world.comm)
    );
    in_all_ways!(
        before { got.copy_from_slice(&sent) }
        after { same("in place", &got, &sum(world.ranks()))? };
        MPI_Allreduce_c MPI_Iallreduce_c MPI_Allreduce_init_c
        (MPI_IN_PLACE(), address_mut(&mut got), COUNT, MPI_INT(), MPI_SUM(), world.comm)
    );
    Ok(())
}

fn pairs(world: &World) -> Outcome {
    let sent: Vec<[c_int; 2]> =
        (0..5).map(|i| [if i % world.size == world.rank { 9 } else { 1 }, world.rank]).collect();
    let wanted: Vec<[c_int; 2]> = (0..5).map(|i| [9, i % world.size]).collect();
    let mut got = vec![[-1; 2]; 5];
    in_all_ways!(
        before { got.fill([-1; 2]) }
        after { same("largest", &got, &wanted)? };
        MPI_Allreduce_c MPI_Iallreduce_c MPI_Allreduce_init_c
        (address(&sent), address_mut(&mut got), 5, MPI_2INT(), MPI_MAXLOC(), world.comm)
    );
    Ok(())
}

fn scan(world: &World) -> Outcome {
    let sent = part(world.rank);
    let mut got = vec![-1; COUNT as usize];
    in_all_ways!(
        before { got.fill(-1) }
        after { same("sum", &got, &sum(0..=world.rank))? };
        MPI_Scan_c MPI_Iscan_c MPI_Scan_init_c
        (address(&sent), address_mut(&mut got), COUNT, MPI_INT(), MPI_SUM(), world.comm)
    );
    Ok(())
}

fn exscan(world: &World) -> Outcome {
    let sent = part(world.rank);
    let mut got = vec![-1; COUNT as usize];
    in_all_ways!(
        before { got.fill(-1) }
        after { if world.rank > 0 { same("sum", &got, &sum(0..world.rank))? } };
        MPI_Exscan_c MPI_Iexscan_c MPI_Exscan_init_c
        (address(&sent), address_mut(&mut got), COUNT, MPI_INT(), MPI_SUM(), world.comm)
    );
    Ok(())
}

fn reduce_scatter_block(world: &World) -> Outcome {
    let sent: Vec<c_int> = world.ranks().flat_map(|block| part(block + world.rank)).collect();
    let wanted = sum(world.ranks().map(|rank| world.rank + rank));
    let mut got = vec![-1; COUNT as usize];
    in_all_ways!(
        before { got.fill(-1) }
        after { same("sum", &got, &wanted)? };
        MPI_Reduce_scatter_block_c MPI_Ireduce_scatter_block_c MPI_Reduce_scatter_block_init_c
        (address(&sent), address_mut(&mut got), COUNT, MPI_INT(), MPI_SUM(), world.comm)
    );
    let mut got = sent.clone();
    in_all_ways!(
        before { got.copy_from_slice(&sent) }
        after { same("in place", &got[..COUNT as usize], &wanted)? };
        MPI_Reduce_scatter_block_c MPI_Ireduce_scatter_block_c MPI_Reduce_scatter_block_init_c
        (MPI_IN_PLACE(), address_mut(&mut got), COUNT, MPI_INT(), MPI_SUM(), world.comm)
    );
    Ok(())
}

/// Counts for each process, what this one sends, and what it gets.
fn scattered(world: &World) -> (Vec<MPI_Count>, Vec<c_int>, Vec<c_int>) {
    let counts: Vec<MPI_Count> = world.ranks().map(|rank| 5 + MPI_Count::from(rank)).collect();
    let block = |block: c_int, rank: c_int| (0..5 + block).map(move |i| 100 * block + 10 * rank + i);
    let sent = world.ranks().flat_map(|to| block(to, world.rank)).collect();
    let mut wanted = vec![0; counts[world.rank as usize] as usize];
    for rank in world.ranks() {
        wanted.iter_mut().zip(block(world.rank, rank)).for_each(|(sum, value)| *sum += value);
    }
    (counts, sent, wanted)
}

fn reduce_scatter(world: &World) -> Outcome {
    let (counts, sent, wanted) = scattered(world);
    let mut got = vec![-1; wanted.len()];
    mpi!(MPI_Reduce_scatter_c(
        address(&sent),
        address_mut(&mut got),
        counts.as_ptr(),
        MPI_INT(),
        MPI_SUM(),
        world.comm
    ));
    same("sum", &got, &wanted)?;
    got.clone_from(&sent);
    mpi!(MPI_Reduce_scatter_c(
        MPI_IN_PLACE(),
        address_mut(&mut got),
        counts.as_ptr(),
        MPI_INT(),
        MPI_SUM(),
        world.comm
    ));
    same("in place", &got[..wanted.len()], &wanted)
}

/// The only reductions that have no way when a count is too large.
fn ireduce_scatter(world: &World) -> Outcome {
    let (mut counts, mut sent, mut wanted) = scattered(world);
    if SMALL && is_emulated("MPI_Ireduce_scatter_c") {
        counts = world.ranks().map(|_| 3).collect();
        sent = world.ranks().flat_map(|_| 0..3).collect();
        wanted = (0..3).map(|i| i * world.size).collect();
        let too_large = [5; 16];
        let mut request = crate::harness::null_request();
        let code = unsafe {
            let (from, to) = (address(&sent), address_mut(&mut wanted.clone()));
            mpi_api::MPI_Ireduce_scatter_c(
                from,
                to,
                too_large.as_ptr(),
                MPI_INT(),
                MPI_SUM(),
                world.comm,
                &raw mut request,
            )
        };
        same("too large", &code, &MPI_ERR_COUNT)?;
    }
    let mut got = vec![-1; wanted.len()];
    in_all_ways!(
        before { got.fill(-1) }
        after { same("sum", &got, &wanted)? };
        MPI_Reduce_scatter_c MPI_Ireduce_scatter_c MPI_Reduce_scatter_init_c
        (address(&sent), address_mut(&mut got), counts.as_ptr(), MPI_INT(), MPI_SUM(), world.comm)
    );
    Ok(())
}

/// Composes maps `x → a x + b`: associative, not commutative.
unsafe extern "C" fn compose(
    left: *mut c_void,
    right: *mut c_void,
    length: *mut MPI_Count,
    _: *mut MPI_Datatype,
) {
    let length = unsafe { *length } as usize;
    let (left, right) = unsafe {
        (
            core::slice::from_raw_parts(left.cast::<[f64; 2]>(), length),
            core::slice::from_raw_parts_mut(right.cast::<[f64; 2]>(), length),
        )
    };
    for (left, right) in left.iter().zip(right) {
        *right = [left[0] * right[0], left[0] * right[1] + left[1]];
    }
}

unsafe extern "C" fn keep_left(
    left: *mut c_void,
    right: *mut c_void,
    length: *mut MPI_Count,
    _: *mut MPI_Datatype,
) {
    unsafe { core::ptr::copy_nonoverlapping(left.cast::<c_int>(), right.cast::<c_int>(), *length as usize) }
}

fn user_defined(world: &World) -> Outcome {
    let mut composition: MPI_Op = ask!(MPI_Op_create_c(Some(compose), 0));
    let mut left: MPI_Op = ask!(MPI_Op_create_c(Some(keep_left), 0));
    let mut pair = ask!(MPI_Type_contiguous(2, MPI_DOUBLE()));
    mpi!(MPI_Type_commit(&raw mut pair));
    let map = |rank: c_int| -> Vec<[f64; 2]> { (0..5).map(|i| [2.0, f64::from(10 * rank + i)]).collect() };
    let sent = map(world.rank);
    let mut wanted = map(0);
    for rank in 1..world.size {
        for (total, next) in wanted.iter_mut().zip(map(rank)) {
            *total = [total[0] * next[0], total[0] * next[1] + total[1]];
        }
    }
    let mut got = vec![[-1.0; 2]; 5];
    in_all_ways!(
        before { got.fill([-1.0; 2]) }
        after { same("composed", &got, &wanted)? };
        MPI_Allreduce_c MPI_Iallreduce_c MPI_Allreduce_init_c
        (address(&sent), address_mut(&mut got), 5, pair, composition, world.comm)
    );
    let sent = part(world.rank);
    let mut got = vec![-1; COUNT as usize];
    mpi!(MPI_Allreduce_c(address(&sent), address_mut(&mut got), COUNT, MPI_INT(), left, world.comm));
    same("first", &got, &part(0))?;
    mpi!(MPI_Type_free(&raw mut pair));
    mpi!(MPI_Op_free(&raw mut composition));
    mpi!(MPI_Op_free(&raw mut left));
    Ok(())
}

fn reduce_local(_: &World) -> Outcome {
    let (input, mut inout) = (part(0), part(1));
    mpi!(MPI_Reduce_local_c(address(&input), address_mut(&mut inout), COUNT, MPI_INT(), MPI_SUM()));
    same("sum", &inout, &sum(0..2))
}
