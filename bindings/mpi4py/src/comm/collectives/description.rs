//! What collectives send and receive: one type for each pattern, whatever the kind of message.

use core::ffi::c_int;

use mpi_api::types::{MPI_Count, MPI_Datatype, MPI_Op};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::call::mpi;
use crate::comm::Comm;
use crate::handle::HandleClass;
use crate::message::{Access, Describe, Message, integers};
use crate::op::Operation;
use crate::owned::Owned;
use crate::sentinel;

type Spec<'a, 'py> = &'a Bound<'py, PyAny>;

/// What this process does in a collective with a root.
enum Role {
    /// The root of its own group: it takes part with its own data too.
    Root,
    /// The root of the remote group's processes: it has no data of its own.
    RemoteRoot,
    /// One of those whom the root serves.
    Member,
    /// Of the root's group in an intercommunicator, and not the root.
    Bystander,
}

impl Role {
    fn of(comm: &Comm, root: c_int) -> PyResult<Self> {
        Ok(if !comm.is_inter()? {
            if comm.rank()? == root { Self::Root } else { Self::Member }
        } else if root == mpi_api::MPI_ROOT {
            Self::RemoteRoot
        } else if root == mpi_api::MPI_PROC_NULL {
            Self::Bystander
        } else {
            Self::Member
        })
    }
}

/// One message in place of one's own part: `IN_PLACE`, or None for it.
fn is_in_place(spec: Spec<'_, '_>) -> bool {
    spec.is_none() || sentinel::is_in_place(spec)
}

/// A message from the root to all others.
pub(super) struct Broadcast {
    pub message: Message,
    pub root: c_int,
}

impl Broadcast {
    #[inline]
    pub fn new(comm: &Comm, buf: Spec<'_, '_>, root: c_int) -> PyResult<Self> {
        let message = match Role::of(comm, root)? {
            Role::Root | Role::RemoteRoot => Message::parse(buf, Access::Read, 1)?,
            Role::Member => Message::parse(buf, Access::Write, 1)?,
            Role::Bystander => Message::empty(),
        };
        Ok(Self { message, root })
    }
}

/// One block at each process, all blocks at the root: gather and scatter.
pub(super) struct Rooted<M> {
    /// This process's block.
    pub block: Message,
    /// All blocks, at the root.
    pub blocks: M,
    pub root: c_int,
}

impl<M: Describe> Rooted<M> {
    /// Blocks go to the root.
    pub fn gather(comm: &Comm, sendbuf: Spec<'_, '_>, recvbuf: Spec<'_, '_>, root: c_int) -> PyResult<Self> {
        Self::new(comm, (sendbuf, Access::Read), (recvbuf, Access::Write), root)
    }

    /// Blocks come from the root.
    pub fn scatter(comm: &Comm, sendbuf: Spec<'_, '_>, recvbuf: Spec<'_, '_>, root: c_int) -> PyResult<Self> {
        Self::new(comm, (recvbuf, Access::Write), (sendbuf, Access::Read), root)
    }

    fn new(
        comm: &Comm,
        block: (Spec<'_, '_>, Access),
        blocks: (Spec<'_, '_>, Access),
        root: c_int,
    ) -> PyResult<Self> {
        let all = || M::parse(blocks.0, blocks.1, comm.peers()? as isize);
        let own = || Message::parse(block.0, block.1, 1);
        let (block, blocks) = match Role::of(comm, root)? {
            Role::Root if is_in_place(block.0) => (Message::in_place(), all()?),
            Role::Root => (own()?, all()?),
            Role::RemoteRoot => (Message::empty(), all()?),
            Role::Member => (own()?, M::empty()),
            Role::Bystander => (Message::empty(), M::empty()),
        };
        Ok(Self { block, blocks, root })
    }
}

/// Something sent and something received, without a root.
pub(super) struct Exchange<S, R> {
    pub send: S,
    pub recv: R,
}

impl<S: Describe, R: Describe> Exchange<S, R> {
    /// One block to all, and one from each.
    pub fn one_to_all(comm: &Comm, sendbuf: Spec<'_, '_>, recvbuf: Spec<'_, '_>) -> PyResult<Self> {
        Self::new(comm, sendbuf, recvbuf, 1, comm.peers()?)
    }

    /// One block to each, and one from each.
    pub fn each_to_each(comm: &Comm, sendbuf: Spec<'_, '_>, recvbuf: Spec<'_, '_>) -> PyResult<Self> {
        let peers = comm.peers()?;
        Self::new(comm, sendbuf, recvbuf, peers, peers)
    }

    fn new(
        comm: &Comm,
        sendbuf: Spec<'_, '_>,
        recvbuf: Spec<'_, '_>,
        sent: c_int,
        received: c_int,
    ) -> PyResult<Self> {
        let recv = R::parse(recvbuf, Access::Write, received as isize)?;
        let send = if is_in_place(sendbuf) && !comm.is_inter()? {
            S::in_place()
        } else {
            S::parse(sendbuf, Access::Read, sent as isize)?
        };
        Ok(Self { send, recv })
    }
}

/// Elements combined by an operation.
pub(super) struct Reduction {
    pub send: Message,
    pub recv: Message,
    pub count: MPI_Count,
    pub datatype: MPI_Datatype,
    pub op: MPI_Op,
    pub root: c_int,
    /// How many elements each process receives, in `Reduce_scatter`.
    pub counts: Vec<MPI_Count>,
    _op: Option<Owned>,
}

impl Reduction {
    /// Of all processes, to the root.
    #[inline]
    pub fn to_root(
        comm: &Comm,
        sendbuf: Spec<'_, '_>,
        recvbuf: Spec<'_, '_>,
        op: Operation<'_, '_>,
        root: c_int,
    ) -> PyResult<Self> {
        let reduction = match Role::of(comm, root)? {
            Role::Root => Self::to_all(comm, sendbuf, recvbuf, op)?,
            Role::RemoteRoot => {
                Self::of_recv(Message::empty(), Message::parse(recvbuf, Access::Write, 1)?, op)
            }
            Role::Member => {
                let send = Message::parse(sendbuf, Access::Read, 1)?;
                let (count, datatype) = (send.count, send.datatype);
                Self { count, datatype, ..Self::of_recv(send, Message::empty(), op) }
            }
            // Ignored, yet MPICH 3 asks whether the operation goes with the datatype.
            Role::Bystander => {
                Self { datatype: mpi_api::MPI_INT(), ..Self::of_recv(Message::empty(), Message::empty(), op) }
            }
        };
        Ok(Self { root, ..reduction })
    }

    /// Of all processes, to each: `Allreduce`, `Scan`, `Exscan`.
    #[inline]
    pub fn to_all(
        comm: &Comm,
        sendbuf: Spec<'_, '_>,
        recvbuf: Spec<'_, '_>,
        op: Operation<'_, '_>,
    ) -> PyResult<Self> {
        Self::to_blocks(comm, sendbuf, recvbuf, op, 1)
    }

    /// Of all processes, one of `blocks` equal blocks to each.
    #[inline]
    pub fn to_blocks(
        comm: &Comm,
        sendbuf: Spec<'_, '_>,
        recvbuf: Spec<'_, '_>,
        op: Operation<'_, '_>,
        blocks: c_int,
    ) -> PyResult<Self> {
        let (send, recv) = sides(comm, sendbuf, recvbuf, blocks)?;
        match &send {
            Some(send) if send.count != recv.count => {
                Err(mismatch(send.count, "the receive count", recv.count))
            }
            _ => Ok(Self::of_recv(send.unwrap_or_else(Message::in_place), recv, op)),
        }
    }

    /// Of all processes, some elements to each: as many as `counts` says, or else as each process receives.
    pub fn to_counts(
        comm: &Comm,
        sendbuf: Spec<'_, '_>,
        recvbuf: Spec<'_, '_>,
        counts: Option<Spec<'_, '_>>,
        op: Operation<'_, '_>,
    ) -> PyResult<Self> {
        let (size, rank) = (comm.size()?.unsigned_abs() as usize, comm.rank()?.unsigned_abs() as usize);
        let (send, recv) = sides(comm, sendbuf, recvbuf, 1)?;
        let counts = match counts {
            Some(counts) => integers(counts, size)?,
            None if send.is_none() || comm.is_inter()? => {
                return Err(PyTypeError::new_err(
                    "message: in place or between groups, recvcounts is required",
                ));
            }
            None => gathered(comm, sendbuf.py(), recv.count, size)?,
        };
        let total = counts.iter().sum::<MPI_Count>();
        match &send {
            Some(send) if send.count != total => {
                return Err(mismatch(send.count, "the sum of recvcounts", total));
            }
            Some(_) if recv.count != counts[rank] => {
                return Err(mismatch(recv.count, "this process's item of recvcounts", counts[rank]));
            }
            None if recv.count != total => return Err(mismatch(recv.count, "the sum of recvcounts", total)),
            _ => {}
        }
        Ok(Self { counts, ..Self::of_recv(send.unwrap_or_else(Message::in_place), recv, op) })
    }

    /// With the receive side's count and datatype.
    #[inline]
    fn of_recv(send: Message, recv: Message, op: Operation<'_, '_>) -> Self {
        Self {
            count: recv.count,
            datatype: recv.datatype,
            send,
            recv,
            op: op.raw(),
            root: mpi_api::MPI_PROC_NULL,
            counts: Vec::new(),
            _op: op.keep(),
        }
    }
}

/// Both sides of a reduction, `None` for the send side when that is in place: `IN_PLACE`, None, or the same object on
/// both sides.
#[inline]
fn sides(
    comm: &Comm,
    sendbuf: Spec<'_, '_>,
    recvbuf: Spec<'_, '_>,
    blocks: c_int,
) -> PyResult<(Option<Message>, Message)> {
    let in_place = sentinel::is_in_place(sendbuf)
        || ((sendbuf.is_none() || sendbuf.is(recvbuf)) && !recvbuf.is_none() && !comm.is_inter()?);
    if in_place {
        return Ok((None, Message::parse(recvbuf, Access::Write, blocks as isize)?));
    }
    let recv = Message::parse(recvbuf, Access::Write, 1)?;
    let send = Message::parse(sendbuf, Access::Read, blocks as isize)?;
    if send.datatype != recv.datatype {
        return Err(PyValueError::new_err("message: the send and receive datatypes differ"));
    }
    Ok((Some(send), recv))
}

/// `count` of all processes.
fn gathered(comm: &Comm, py: Python<'_>, count: MPI_Count, size: usize) -> PyResult<Vec<MPI_Count>> {
    let mut counts = vec![0; size];
    let (all, comm, datatype) = (counts.as_mut_ptr(), comm.raw(), mpi_api::MPI_COUNT());
    mpi!(py, MPI_Allgather_c((&raw const count).cast(), 1, datatype, all.cast(), 1, datatype, comm))?;
    Ok(counts)
}

#[cold]
fn mismatch(count: MPI_Count, what: &str, other: MPI_Count) -> PyErr {
    PyValueError::new_err(format!("message: {count} elements given, but {what} is {other}"))
}
