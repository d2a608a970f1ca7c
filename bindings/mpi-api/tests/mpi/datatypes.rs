//! Datatypes: each large-count constructor makes what the plain one makes.

use core::ffi::{c_int, c_void};

use mpi_api::types::{MPI_Aint, MPI_Count, MPI_Datatype};
use mpi_api::{
    MPI_CHAR, MPI_COMM_SELF, MPI_DISTRIBUTE_BLOCK, MPI_DISTRIBUTE_CYCLIC, MPI_DISTRIBUTE_DFLT_DARG,
    MPI_DISTRIBUTE_NONE, MPI_DOUBLE, MPI_FLOAT, MPI_FLOAT_INT, MPI_INT, MPI_ORDER_C, MPI_ORDER_FORTRAN,
    MPI_SHORT,
};

use crate::harness::{Case, Outcome, World, address, address_mut, ask, mpi, same};

pub const CASES: &[Case] = &[
    ("contiguous and vector", vectors),
    ("indexed", indexed),
    ("struct", structs),
    ("subarray", subarray),
    ("darray", darray),
    ("resized", resized),
    ("envelope and contents", contents),
    ("pack and unpack", pack),
    ("external32", external),
    ("value and index", value_index),
    ("addresses", addresses),
    ("spans beyond 2^31", spans),
];

/// Size, bounds and true bounds.
fn measure(datatype: MPI_Datatype) -> Result<[MPI_Count; 5], crate::harness::Fault> {
    let (mut lower, mut extent, mut true_lower, mut true_extent) = (0, 0, 0, 0);
    let size = ask!(MPI_Type_size_c(datatype));
    mpi!(MPI_Type_get_extent_c(datatype, &raw mut lower, &raw mut extent));
    mpi!(MPI_Type_get_true_extent_c(datatype, &raw mut true_lower, &raw mut true_extent));
    Ok([size, lower, extent, true_lower, true_extent])
}

/// The bytes that `datatype` picks, in its order, out of 0, 1, 2, …, seen from the middle.
fn picked(mut datatype: MPI_Datatype) -> Result<Vec<u16>, crate::harness::Fault> {
    let from: Vec<u16> = (0..8000).collect();
    mpi!(MPI_Type_commit(&raw mut datatype));
    let size = ask!(MPI_Pack_size_c(1, datatype, MPI_COMM_SELF()));
    let mut to = vec![0_u8; size as usize];
    let mut position = 0;
    let middle = from[4000..].as_ptr().cast::<c_void>();
    mpi!(MPI_Pack_c(middle, 1, datatype, address_mut(&mut to), size, &raw mut position, MPI_COMM_SELF()));
    to.truncate(position as usize);
    Ok(to.chunks(2).map(|pair| u16::from_ne_bytes([pair[0], pair[pair.len() - 1]])).collect())
}

/// Both have one type map, and are freed.
fn alike(what: &str, large: MPI_Datatype, plain: MPI_Datatype) -> Outcome {
    same(what, &measure(large)?, &measure(plain)?)?;
    same(what, &picked(large)?, &picked(plain)?)?;
    for mut datatype in [large, plain] {
        mpi!(MPI_Type_free(&raw mut datatype));
    }
    Ok(())
}

fn wide(values: &[c_int]) -> Vec<MPI_Count> {
    values.iter().map(|&value| value.into()).collect()
}

fn vectors(_: &World) -> Outcome {
    let short = MPI_SHORT();
    for count in [0, 1, 2, 3, 4, 5, 12, 13, 100] {
        let large = MPI_Count::from(count);
        alike(
            "contiguous",
            ask!(MPI_Type_contiguous_c(large, short)),
            ask!(MPI_Type_contiguous(count, short)),
        )?;
        for (length, stride) in [(1, 1), (1, 2), (2, 3), (5, 7), (1, -3), (4, 4)] {
            let (large_length, large_stride) = (MPI_Count::from(length), MPI_Count::from(stride));
            alike(
                "vector",
                ask!(MPI_Type_vector_c(large, large_length, large_stride, short)),
                ask!(MPI_Type_vector(count, length, stride, short)),
            )?;
            alike(
                "hvector",
                ask!(MPI_Type_create_hvector_c(large, large_length, 2 * large_stride, short)),
                ask!(MPI_Type_create_hvector(count, length, 2 * stride as MPI_Aint, short)),
            )?;
        }
    }
    Ok(())
}

fn indexed(_: &World) -> Outcome {
    let short = MPI_SHORT();
    let (lengths, displs) = ([2, 5, 0, 1], [10, -7, 3, 40]);
    let bytes: Vec<MPI_Aint> = displs.iter().map(|&displ| 2 * displ as MPI_Aint).collect();
    let large_bytes: Vec<MPI_Count> = displs.iter().map(|&displ| 2 * MPI_Count::from(displ)).collect();
    let (large_lengths, large_displs) = (wide(&lengths), wide(&displs));
    alike(
        "indexed",
        ask!(MPI_Type_indexed_c(4, large_lengths.as_ptr(), large_displs.as_ptr(), short)),
        ask!(MPI_Type_indexed(4, lengths.as_ptr(), displs.as_ptr(), short)),
    )?;
    alike(
        "hindexed",
        ask!(MPI_Type_create_hindexed_c(4, large_lengths.as_ptr(), large_bytes.as_ptr(), short)),
        ask!(MPI_Type_create_hindexed(4, lengths.as_ptr(), bytes.as_ptr(), short)),
    )?;
    for length in [1, 2, 4] {
        alike(
            "indexed_block",
            ask!(MPI_Type_create_indexed_block_c(4, length.into(), large_displs.as_ptr(), short)),
            ask!(MPI_Type_create_indexed_block(4, length, displs.as_ptr(), short)),
        )?;
        alike(
            "hindexed_block",
            ask!(MPI_Type_create_hindexed_block_c(4, length.into(), large_bytes.as_ptr(), short)),
            ask!(MPI_Type_create_hindexed_block(4, length, bytes.as_ptr(), short)),
        )?;
    }
    Ok(())
}

fn structs(_: &World) -> Outcome {
    let (lengths, displs) = ([5, 1, 2], [0, 16, 24]);
    let bytes: Vec<MPI_Aint> = displs.iter().map(|&displ| displ as MPI_Aint).collect();
    let types = [MPI_SHORT(), MPI_DOUBLE(), MPI_CHAR()];
    let (large_lengths, large_displs) = (wide(&lengths), wide(&displs));
    alike(
        "struct",
        ask!(MPI_Type_create_struct_c(3, large_lengths.as_ptr(), large_displs.as_ptr(), types.as_ptr())),
        ask!(MPI_Type_create_struct(3, lengths.as_ptr(), bytes.as_ptr(), types.as_ptr())),
    )
}

fn subarray(_: &World) -> Outcome {
    let (sizes, subsizes, starts) = ([6, 5, 7], [2, 5, 3], [3, 0, 4]);
    let (large_sizes, large_subsizes, large_starts) = (wide(&sizes), wide(&subsizes), wide(&starts));
    for order in [MPI_ORDER_C, MPI_ORDER_FORTRAN] {
        alike(
            "subarray",
            ask!(MPI_Type_create_subarray_c(
                3,
                large_sizes.as_ptr(),
                large_subsizes.as_ptr(),
                large_starts.as_ptr(),
                order,
                MPI_SHORT()
            )),
            ask!(MPI_Type_create_subarray(
                3,
                sizes.as_ptr(),
                subsizes.as_ptr(),
                starts.as_ptr(),
                order,
                MPI_SHORT()
            )),
        )?;
    }
    Ok(())
}

fn darray(_: &World) -> Outcome {
    let default = MPI_DISTRIBUTE_DFLT_DARG;
    let (sizes, processes) = ([9, 7, 4], [2, 3, 1]);
    let large = wide(&sizes);
    let grids = [
        ([MPI_DISTRIBUTE_BLOCK, MPI_DISTRIBUTE_CYCLIC, MPI_DISTRIBUTE_NONE], [default, default, default]),
        ([MPI_DISTRIBUTE_CYCLIC, MPI_DISTRIBUTE_BLOCK, MPI_DISTRIBUTE_BLOCK], [2, 3, default]),
        ([MPI_DISTRIBUTE_BLOCK, MPI_DISTRIBUTE_CYCLIC, MPI_DISTRIBUTE_CYCLIC], [6, 2, 3]),
    ];
    for (distributions, arguments) in grids {
        for order in [MPI_ORDER_C, MPI_ORDER_FORTRAN] {
            for rank in 0..6 {
                let (distributions, arguments) = (distributions.as_ptr(), arguments.as_ptr());
                let large = ask!(MPI_Type_create_darray_c(
                    6,
                    rank,
                    3,
                    large.as_ptr(),
                    distributions,
                    arguments,
                    processes.as_ptr(),
                    order,
                    MPI_SHORT()
                ));
                let plain = ask!(MPI_Type_create_darray(
                    6,
                    rank,
                    3,
                    sizes.as_ptr(),
                    distributions,
                    arguments,
                    processes.as_ptr(),
                    order,
                    MPI_SHORT()
                ));
                alike("darray", large, plain)?;
            }
        }
    }
    Ok(())
}

fn resized(_: &World) -> Outcome {
    alike(
        "resized",
        ask!(MPI_Type_create_resized_c(MPI_SHORT(), -4, 12)),
        ask!(MPI_Type_create_resized(MPI_SHORT(), -4, 12)),
    )
}

/// A vector can be taken apart and put together again.
fn contents(_: &World) -> Outcome {
    let mut vector = ask!(MPI_Type_vector(3, 2, 4, MPI_INT()));
    let (mut integers, mut addresses, mut counts, mut datatypes, mut combiner) = (0, 0, 0, 0, 0);
    mpi!(MPI_Type_get_envelope_c(
        vector,
        &raw mut integers,
        &raw mut addresses,
        &raw mut counts,
        &raw mut datatypes,
        &raw mut combiner
    ));
    same("envelope", &[integers, addresses, counts, datatypes], &[3, 0, 0, 1])?;
    same("combiner", &combiner, &mpi_api::MPI_COMBINER_VECTOR)?;
    let (mut values, mut types) = ([0; 3], [mpi_api::MPI_DATATYPE_NULL()]);
    let (no_addresses, no_counts) = (core::ptr::null_mut(), core::ptr::null_mut());
    let (to, types_to) = (values.as_mut_ptr(), types.as_mut_ptr());
    mpi!(MPI_Type_get_contents_c(vector, 3, 0, 0, 1, to, no_addresses, no_counts, types_to));
    same("integers", &values, &[3, 2, 4])?;
    same("datatype", &types[0], &MPI_INT())?;
    mpi!(MPI_Type_free(&raw mut vector));
    Ok(())
}

fn pack(_: &World) -> Outcome {
    let sent: Vec<c_int> = (0..11).collect();
    let (mut packed, mut got) = (vec![0_u8; 100], vec![-1; 11]);
    let room = packed.len() as MPI_Count;
    let (int, comm) = (MPI_INT(), MPI_COMM_SELF());
    let size = ask!(MPI_Pack_size_c(11, int, comm));
    same("enough", &(size >= 44), &true)?;
    let mut position = 0;
    for (from, count) in [(0, 2), (2, 9)] {
        let to = address_mut(&mut packed);
        mpi!(MPI_Pack_c(address(&sent[from..]), count, int, to, room, &raw mut position, comm));
    }
    let end = position;
    position = 0;
    for (to, count) in [(0, 7), (7, 4)] {
        let to = address_mut(&mut got[to..]);
        mpi!(MPI_Unpack_c(address(&packed), room, &raw mut position, to, count, int, comm));
    }
    same("position", &position, &end)?;
    same("unpacked", &got, &sent)
}

fn external(_: &World) -> Outcome {
    let name = c"external32".as_ptr();
    let sent: Vec<c_int> = (0..11).collect();
    let (mut packed, mut got) = (vec![0_u8; 44], vec![-1; 11]);
    same("size", &ask!(MPI_Pack_external_size_c(name, 11, MPI_INT())), &44)?;
    let mut position = 0;
    let to = address_mut(&mut packed);
    mpi!(MPI_Pack_external_c(name, address(&sent), 11, MPI_INT(), to, 44, &raw mut position));
    same("position", &position, &44)?;
    same("big endian", &packed[..8], &[0, 0, 0, 0, 0, 0, 0, 1])?;
    position = 0;
    let to = address_mut(&mut got);
    mpi!(MPI_Unpack_external_c(name, address(&packed), 44, &raw mut position, to, 11, MPI_INT()));
    same("unpacked", &got, &sent)
}

fn value_index(_: &World) -> Outcome {
    same("float, int", &ask!(MPI_Type_get_value_index(MPI_FLOAT(), MPI_INT())), &MPI_FLOAT_INT())?;
    let none = ask!(MPI_Type_get_value_index(MPI_CHAR(), MPI_CHAR()));
    same("char, char", &none, &mpi_api::MPI_DATATYPE_NULL())
}

fn addresses(_: &World) -> Outcome {
    let memory = [0_u8; 16];
    let place: MPI_Aint = ask!(MPI_Get_address(address(&memory)));
    let further = unsafe { mpi_api::MPI_Aint_add(place, 9) };
    same("sum", &further, &(memory[9..].as_ptr() as MPI_Aint))?;
    same("difference", &unsafe { mpi_api::MPI_Aint_diff(further, place) }, &9)
}

/// No memory is touched: only what the library computes.
fn spans(_: &World) -> Outcome {
    const LARGE: MPI_Count = (1 << 31) + 5;
    let mut contiguous = ask!(MPI_Type_contiguous_c(LARGE, MPI_INT()));
    same("contiguous", &measure(contiguous)?, &[4 * LARGE, 0, 4 * LARGE, 0, 4 * LARGE])?;
    let mut twice = ask!(MPI_Type_contiguous_c(2, contiguous));
    same("twice", &measure(twice)?, &[8 * LARGE, 0, 8 * LARGE, 0, 8 * LARGE])?;
    let mut vector = ask!(MPI_Type_vector_c(LARGE, 1, 2, MPI_INT()));
    let extent = 8 * (LARGE - 1) + 4;
    same("vector", &measure(vector)?, &[4 * LARGE, 0, extent, 0, extent])?;
    let (sizes, subsizes, starts) = ([4, LARGE], [2, LARGE - 1], [1, 1]);
    let mut part = ask!(MPI_Type_create_subarray_c(
        2,
        sizes.as_ptr(),
        subsizes.as_ptr(),
        starts.as_ptr(),
        MPI_ORDER_C,
        MPI_CHAR()
    ));
    let size = 2 * (LARGE - 1);
    same("subarray", &measure(part)?, &[size, 0, 4 * LARGE, LARGE + 1, 2 * LARGE - 1])?;
    for datatype in [&mut twice, &mut contiguous, &mut vector, &mut part] {
        mpi!(MPI_Type_free(datatype));
    }
    Ok(())
}
