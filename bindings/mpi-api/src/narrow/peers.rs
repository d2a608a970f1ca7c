//! How many processes a collective names: the lengths of its arrays.

use core::ffi::c_int;

use super::{Result, check, length};
use crate::types::MPI_Comm;
use crate::{
    MPI_CART, MPI_Cartdim_get, MPI_Comm_rank, MPI_Comm_remote_size, MPI_Comm_size, MPI_Comm_test_inter,
    MPI_DIST_GRAPH, MPI_Dist_graph_neighbors_count, MPI_GRAPH, MPI_Graph_neighbors_count, MPI_ROOT,
    MPI_Topo_test,
};

/// Asks MPI for one integer.
macro_rules! ask {
    ($function:ident($($argument:expr),+)) => {{
        let mut answer: c_int = 0;
        check($function($($argument,)+ &raw mut answer)).map(|()| answer)
    }};
}

/// Whether `comm` joins two groups.
///
/// # Safety
/// As [`peers`].
pub(crate) unsafe fn is_inter(comm: MPI_Comm) -> Result<bool> {
    // SAFETY: the caller's.
    unsafe { ask!(MPI_Comm_test_inter(comm)) }.map(|flag| flag != 0)
}

/// The processes that one of `comm` exchanges data with: the remote group of an intercommunicator.
///
/// # Safety
/// MPI is up, and `comm` is whatever the user gave.
pub(crate) unsafe fn peers(comm: MPI_Comm) -> Result<usize> {
    // SAFETY: the caller's.
    unsafe { if is_inter(comm)? { ask!(MPI_Comm_remote_size(comm)) } else { ask!(MPI_Comm_size(comm)) } }
        .map(length)
}

/// [`peers`] at the root, whose arrays alone are significant, and none elsewhere.
///
/// # Safety
/// As [`peers`].
pub(crate) unsafe fn peers_at_root(comm: MPI_Comm, root: c_int) -> Result<usize> {
    // SAFETY: the caller's.
    unsafe {
        let here = if is_inter(comm)? { MPI_ROOT } else { ask!(MPI_Comm_rank(comm))? };
        if here == root { peers(comm) } else { Ok(0) }
    }
}

/// The processes of the local group.
///
/// # Safety
/// As [`peers`].
pub(crate) unsafe fn group(comm: MPI_Comm) -> Result<usize> {
    // SAFETY: the caller's.
    unsafe { ask!(MPI_Comm_size(comm)) }.map(length)
}

/// How many neighbours this process receives from and sends to in the topology of `comm`.
///
/// # Safety
/// As [`peers`].
pub(crate) unsafe fn neighbors(comm: MPI_Comm) -> Result<(usize, usize)> {
    // SAFETY: the caller's; the out-parameters are local.
    unsafe {
        let both = match ask!(MPI_Topo_test(comm))? {
            MPI_CART => 2 * ask!(MPI_Cartdim_get(comm))?,
            MPI_GRAPH => ask!(MPI_Graph_neighbors_count(comm, ask!(MPI_Comm_rank(comm))?))?,
            MPI_DIST_GRAPH => {
                let (mut sources, mut destinations, mut weighted) = (0, 0, 0);
                check(MPI_Dist_graph_neighbors_count(
                    comm,
                    &raw mut sources,
                    &raw mut destinations,
                    &raw mut weighted,
                ))?;
                return Ok((length(sources), length(destinations)));
            }
            // No topology: the plain function says so.
            _ => 0,
        };
        Ok((length(both), length(both)))
    }
}
