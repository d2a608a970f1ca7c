//! A communicator of our own beside a user's: its messages meet none of the user's receives and probes.
//!
//! It is made at the first need, kept as an attribute of the user's communicator, and goes with it.

use core::ffi::{c_int, c_void};
use std::sync::OnceLock;

use mpi_api::MPI_SUCCESS;
use mpi_api::types::{MPI_Comm, MPI_Count};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Incoming;
use super::point_to_point::count;
use crate::call::mpi;
use crate::comm::Comm;
use crate::group::Group;
use crate::handle::HandleClass;
use crate::handle::integer::{from_address, to_address};
use crate::status;

/// The communicator beside a user's, and where in it the processes of the user's are.
pub(super) struct Context {
    comm: MPI_Comm,
    /// The rank in `comm` of the group's first process: both groups of an intercommunicator are in one `comm`.
    first: c_int,
    /// The same of the remote group.
    remote: c_int,
    /// The rank in the group, and its size.
    pub rank: c_int,
    pub size: c_int,
}

/// A serialized object, and under which tag it travels.
pub(super) struct Packet<'py> {
    pub bytes: Bound<'py, PyBytes>,
    pub tag: c_int,
}

/// The key of the attribute.
static KEYVAL: OnceLock<c_int> = OnceLock::new();

fn keyval() -> PyResult<c_int> {
    if let Some(keyval) = KEYVAL.get() {
        return Ok(*keyval);
    }
    let mut keyval = mpi_api::MPI_KEYVAL_INVALID;
    mpi!(MPI_Comm_create_keyval(Some(forgotten), Some(freed), &raw mut keyval, core::ptr::null_mut()))?;
    Ok(*KEYVAL.get_or_init(|| keyval))
}

/// A duplicate of the user's communicator has no context yet.
unsafe extern "C" fn forgotten(
    _comm: MPI_Comm,
    _keyval: c_int,
    _extra: *mut c_void,
    _value: *mut c_void,
    _copy: *mut c_void,
    flag: *mut c_int,
) -> c_int {
    // SAFETY: MPI passes the address of a flag.
    unsafe { *flag = 0 };
    MPI_SUCCESS
}

/// The user's communicator is freed.
unsafe extern "C" fn freed(
    _comm: MPI_Comm,
    _keyval: c_int,
    value: *mut c_void,
    _extra: *mut c_void,
) -> c_int {
    let mut comm: MPI_Comm = from_address(value as usize);
    // SAFETY: made by `create`, and MPI forgets the attribute with this call.
    unsafe { mpi_api::MPI_Comm_free(&raw mut comm) }
}

/// Makes the communicator for the context of `comm`. Collective. It copies no attribute, as a duplicate would: users
/// need not see their callbacks called.
fn create(py: Python<'_>, comm: MPI_Comm, inter: bool) -> PyResult<MPI_Comm> {
    let mut new = Comm::null();
    if inter {
        mpi!(py, MPI_Intercomm_merge(comm, 0, &raw mut new))?;
    } else {
        let mut group = Group::null();
        mpi!(MPI_Comm_group(comm, &raw mut group))?;
        let done = mpi!(py, MPI_Comm_create(comm, group, &raw mut new));
        mpi!(MPI_Group_free(&raw mut group))?;
        done?;
    }
    mpi!(MPI_Comm_set_errhandler(new, mpi_api::MPI_ERRORS_RETURN()))?;
    Ok(new)
}

impl Context {
    /// The context of `comm`. Collective, the first time. One process alone needs none.
    pub fn of(py: Python<'_>, comm: &Comm, inter: bool) -> PyResult<Self> {
        let (rank, size, raw) = (comm.rank()?, comm.size()?, comm.raw());
        if !inter && size == 1 {
            return Ok(Self { comm: raw, first: 0, remote: 0, rank, size });
        }
        let (keyval, mut value, mut flag) = (keyval()?, core::ptr::null_mut::<c_void>(), 0);
        mpi!(MPI_Comm_get_attr(raw, keyval, (&raw mut value).cast(), &raw mut flag))?;
        if flag == 0 {
            value = to_address(create(py, raw, inter)?) as *mut c_void;
            mpi!(MPI_Comm_set_attr(raw, keyval, value))?;
        }
        let own: MPI_Comm = from_address(value as usize);
        let mut place = 0;
        mpi!(MPI_Comm_rank(own, &raw mut place))?;
        // Which of the two groups comes first is MPI's choice; each stays together, in its order.
        let first = place - rank;
        Ok(Self { comm: own, first, remote: if first == 0 { size } else { 0 }, rank, size })
    }

    /// Where a process of the own group is.
    pub fn near(&self, rank: c_int) -> c_int {
        self.first + rank
    }

    /// Where a process of the remote group is.
    pub fn far(&self, rank: c_int) -> c_int {
        self.remote + rank
    }

    pub fn send(&self, packet: &Packet<'_>, to: c_int) -> PyResult<()> {
        let (address, count) = packet.memory();
        mpi!(packet.bytes.py(), MPI_Send_c(address, count, mpi_api::MPI_BYTE(), to, packet.tag, self.comm))
    }

    pub fn receive<'py>(&self, py: Python<'py>, from: c_int) -> PyResult<Packet<'py>> {
        let mut found = status::empty();
        mpi!(py, MPI_Probe(from, mpi_api::MPI_ANY_TAG, self.comm, &raw mut found))?;
        let incoming = Incoming::new(py, count(&found)?)?;
        let (address, count, tag) = (incoming.address, incoming.count, found.MPI_TAG);
        let ignore = mpi_api::MPI_STATUS_IGNORE();
        mpi!(py, MPI_Recv_c(address, count, mpi_api::MPI_BYTE(), from, tag, self.comm, ignore))?;
        Ok(Packet { bytes: incoming.into_bytes(py), tag })
    }

    /// Sends to and receives from one process.
    pub fn exchange<'py>(&self, packet: &Packet<'py>, peer: c_int) -> PyResult<Packet<'py>> {
        let (py, mut request) = (packet.bytes.py(), mpi_api::MPI_REQUEST_NULL());
        let ((address, count), byte) = (packet.memory(), mpi_api::MPI_BYTE());
        mpi!(py, MPI_Isend_c(address, count, byte, peer, packet.tag, self.comm, &raw mut request))?;
        let received = self.receive(py, peer);
        mpi!(py, MPI_Wait(&raw mut request, mpi_api::MPI_STATUS_IGNORE()))?;
        received
    }
}

impl Packet<'_> {
    fn memory(&self) -> (*const c_void, MPI_Count) {
        let bytes = self.bytes.as_bytes();
        (bytes.as_ptr().cast(), bytes.len() as MPI_Count)
    }
}
