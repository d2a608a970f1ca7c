//! Point-to-point communication with large counts.

use core::ffi::{c_int, c_void};

use mpi_api::types::{MPI_Comm, MPI_Count, MPI_Datatype, MPI_Request};
use mpi_api::{
    MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_BYTE, MPI_INT, MPI_MESSAGE_NULL, MPI_PROC_NULL, MPI_STATUS_IGNORE,
    MPI_STATUSES_IGNORE,
};

use crate::harness::{
    Case, Outcome, World, address, address_mut, ask, count_of, empty_status, is_emulated, mpi, null_request,
    same, wait,
};

pub const CASES: &[Case] = &[
    ("send modes", send_modes),
    ("nonblocking send modes", nonblocking_send_modes),
    ("persistent send modes", persistent_send_modes),
    ("send to nobody", send_to_nobody),
    ("sendrecv", sendrecv),
    ("isendrecv", isendrecv),
    ("matched probe", matched_probe),
    ("strided elements", strided_elements),
    ("attach and flush buffers", buffers),
];

const COUNT: MPI_Count = 13;
const TAG: c_int = 7;

type Send = unsafe fn(*const c_void, MPI_Count, MPI_Datatype, c_int, c_int, MPI_Comm) -> c_int;
type Start =
    unsafe fn(*const c_void, MPI_Count, MPI_Datatype, c_int, c_int, MPI_Comm, *mut MPI_Request) -> c_int;

/// What `rank` sends.
fn message(rank: c_int) -> Vec<c_int> {
    (0..COUNT as c_int).map(|i| 100 * rank + i).collect()
}

/// Room for a buffered message.
fn with_buffer(run: impl FnOnce() -> Outcome) -> Outcome {
    let mut room = vec![0_u8; 1 << 16];
    mpi!(MPI_Buffer_attach_c(address_mut(&mut room), room.len() as MPI_Count));
    let outcome = run();
    let (mut buffer, mut size): (*mut c_void, MPI_Count) = (core::ptr::null_mut(), 0);
    mpi!(MPI_Buffer_detach_c((&raw mut buffer).cast(), &raw mut size));
    same("buffer", &buffer, &address_mut(&mut room))?;
    same("size", &size, &(1 << 16))?;
    outcome
}

fn send_modes(world: &World) -> Outcome {
    let modes: [(&str, Send); 4] = [
        ("MPI_Send_c", mpi_api::MPI_Send_c),
        ("MPI_Bsend_c", mpi_api::MPI_Bsend_c),
        ("MPI_Ssend_c", mpi_api::MPI_Ssend_c),
        ("MPI_Rsend_c", mpi_api::MPI_Rsend_c),
    ];
    with_buffer(|| {
        for (name, send) in modes {
            let (sent, mut got) = (message(world.rank), message(-1));
            let (mut request, mut status) = (null_request(), empty_status());
            mpi!(MPI_Irecv_c(
                address_mut(&mut got),
                COUNT,
                MPI_INT(),
                world.previous(),
                TAG,
                world.comm,
                &raw mut request
            ));
            // A ready send needs to know that the receive is posted.
            mpi!(MPI_Barrier(world.comm));
            crate::harness::called(name, unsafe {
                send(address(&sent), COUNT, MPI_INT(), world.next(), TAG, world.comm)
            })?;
            mpi!(MPI_Wait(&raw mut request, &raw mut status));
            same(name, &got, &message(world.previous()))?;
            same("count", &count_of(&status, MPI_INT())?, &COUNT)?;
            same("bytes", &count_of(&status, MPI_BYTE())?, &(4 * COUNT))?;
            same("elements", &ask!(MPI_Get_elements_c(&raw const status, MPI_INT())), &COUNT)?;
            same("source", &status.MPI_SOURCE, &world.previous())?;
        }
        Ok(())
    })
}

fn nonblocking_send_modes(world: &World) -> Outcome {
    let modes: [(&str, Start); 4] = [
        ("MPI_Isend_c", mpi_api::MPI_Isend_c),
        ("MPI_Ibsend_c", mpi_api::MPI_Ibsend_c),
        ("MPI_Issend_c", mpi_api::MPI_Issend_c),
        ("MPI_Irsend_c", mpi_api::MPI_Irsend_c),
    ];
    with_buffer(|| {
        for (name, send) in modes {
            let (sent, mut got) = (message(world.rank), message(-1));
            let mut requests = [null_request(); 2];
            let mut request = null_request();
            mpi!(MPI_Irecv_c(
                address_mut(&mut got),
                COUNT,
                MPI_INT(),
                world.previous(),
                TAG,
                world.comm,
                &raw mut requests[0]
            ));
            mpi!(MPI_Barrier(world.comm));
            crate::harness::called(name, unsafe {
                send(address(&sent), COUNT, MPI_INT(), world.next(), TAG, world.comm, &raw mut request)
            })?;
            requests[1] = request;
            mpi!(MPI_Waitall(2, requests.as_mut_ptr(), MPI_STATUSES_IGNORE()));
            same(name, &got, &message(world.previous()))?;
        }
        Ok(())
    })
}

fn persistent_send_modes(world: &World) -> Outcome {
    let modes: [(&str, Start); 4] = [
        ("MPI_Send_init_c", mpi_api::MPI_Send_init_c),
        ("MPI_Bsend_init_c", mpi_api::MPI_Bsend_init_c),
        ("MPI_Ssend_init_c", mpi_api::MPI_Ssend_init_c),
        ("MPI_Rsend_init_c", mpi_api::MPI_Rsend_init_c),
    ];
    with_buffer(|| {
        for (name, send) in modes {
            let (mut sent, mut got) = (message(world.rank), message(-1));
            let (mut sending, mut receiving) = (null_request(), null_request());
            mpi!(MPI_Recv_init_c(
                address_mut(&mut got),
                COUNT,
                MPI_INT(),
                world.previous(),
                TAG,
                world.comm,
                &raw mut receiving
            ));
            crate::harness::called(name, unsafe {
                send(address(&sent), COUNT, MPI_INT(), world.next(), TAG, world.comm, &raw mut sending)
            })?;
            for round in 0..2 {
                sent[0] = round;
                mpi!(MPI_Start(&raw mut receiving));
                mpi!(MPI_Barrier(world.comm));
                mpi!(MPI_Start(&raw mut sending));
                wait(&mut receiving)?;
                wait(&mut sending)?;
                same("round", &got[0], &round)?;
                same(name, &got[1..], &message(world.previous())[1..])?;
            }
            mpi!(MPI_Request_free(&raw mut sending));
            mpi!(MPI_Request_free(&raw mut receiving));
        }
        Ok(())
    })
}

fn send_to_nobody(world: &World) -> Outcome {
    let (sent, mut got) = (message(1), message(2));
    let mut status = empty_status();
    mpi!(MPI_Send_c(address(&sent), COUNT, MPI_INT(), MPI_PROC_NULL, TAG, world.comm));
    mpi!(MPI_Recv_c(
        address_mut(&mut got),
        COUNT,
        MPI_INT(),
        MPI_PROC_NULL,
        TAG,
        world.comm,
        &raw mut status
    ));
    same("buffer", &got, &message(2))?;
    same("count", &count_of(&status, MPI_INT())?, &0)?;
    same("source", &status.MPI_SOURCE, &MPI_PROC_NULL)
}

fn sendrecv(world: &World) -> Outcome {
    let (sent, mut got) = (message(world.rank), message(-1));
    let (next, previous) = (world.next(), world.previous());
    let mut status = empty_status();
    mpi!(MPI_Sendrecv_c(
        address(&sent),
        COUNT,
        MPI_INT(),
        next,
        TAG,
        address_mut(&mut got),
        COUNT,
        MPI_INT(),
        previous,
        TAG,
        world.comm,
        &raw mut status
    ));
    same("received", &got, &message(previous))?;
    same("count", &count_of(&status, MPI_INT())?, &COUNT)?;
    let mut both = message(world.rank);
    mpi!(MPI_Sendrecv_replace_c(
        address_mut(&mut both),
        COUNT,
        MPI_INT(),
        next,
        TAG,
        previous,
        TAG,
        world.comm,
        MPI_STATUS_IGNORE()
    ));
    same("replaced", &both, &message(previous))
}

fn isendrecv(world: &World) -> Outcome {
    let (sent, mut got) = (message(world.rank), message(-1));
    let (next, previous) = (world.next(), world.previous());
    let mut request = null_request();
    mpi!(MPI_Isendrecv_c(
        address(&sent),
        COUNT,
        MPI_INT(),
        next,
        TAG,
        address_mut(&mut got),
        COUNT,
        MPI_INT(),
        previous,
        TAG,
        world.comm,
        &raw mut request
    ));
    wait(&mut request)?;
    same("received", &got, &message(previous))?;
    let mut both = message(world.rank);
    mpi!(MPI_Isendrecv_replace_c(
        address_mut(&mut both),
        COUNT,
        MPI_INT(),
        next,
        TAG,
        previous,
        TAG,
        world.comm,
        &raw mut request
    ));
    wait(&mut request)?;
    same("replaced", &both, &message(previous))
}

fn matched_probe(world: &World) -> Outcome {
    for nonblocking in [false, true] {
        let (sent, mut got) = (message(world.rank), message(-1));
        let (mut sending, mut receiving) = (null_request(), null_request());
        let (mut found, mut status) = (MPI_MESSAGE_NULL(), empty_status());
        mpi!(MPI_Isend_c(address(&sent), COUNT, MPI_INT(), world.next(), TAG, world.comm, &raw mut sending));
        mpi!(MPI_Mprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, world.comm, &raw mut found, &raw mut status));
        same("count", &count_of(&status, MPI_INT())?, &COUNT)?;
        let to = address_mut(&mut got);
        if nonblocking {
            mpi!(MPI_Imrecv_c(to, COUNT, MPI_INT(), &raw mut found, &raw mut receiving));
            wait(&mut receiving)?;
        } else {
            mpi!(MPI_Mrecv_c(to, COUNT, MPI_INT(), &raw mut found, MPI_STATUS_IGNORE()));
        }
        wait(&mut sending)?;
        same("received", &got, &message(world.previous()))?;
    }
    Ok(())
}

/// A datatype with holes, whose extent is not its size.
fn strided_elements(world: &World) -> Outcome {
    let pair = ask!(MPI_Type_vector(2, 1, 2, MPI_INT()));
    let mut wide = ask!(MPI_Type_create_resized(pair, 0, 16));
    let mut pair = pair;
    mpi!(MPI_Type_commit(&raw mut wide));
    let sent: Vec<c_int> = (0..28).map(|i| 1000 * world.rank + i).collect();
    let mut got = vec![-1; 28];
    let mut status = empty_status();
    mpi!(MPI_Sendrecv_c(
        address(&sent),
        7,
        wide,
        world.next(),
        TAG,
        address_mut(&mut got),
        7,
        wide,
        world.previous(),
        TAG,
        world.comm,
        &raw mut status
    ));
    let wanted: Vec<c_int> =
        (0..28).map(|i| if i % 2 == 0 { 1000 * world.previous() + i } else { -1 }).collect();
    same("received", &got, &wanted)?;
    same("count", &count_of(&status, wide)?, &7)?;
    same("elements", &ask!(MPI_Get_elements_c(&raw const status, wide)), &14)?;
    mpi!(MPI_Type_free(&raw mut wide));
    mpi!(MPI_Type_free(&raw mut pair));
    Ok(())
}

fn buffers(_: &World) -> Outcome {
    with_buffer(|| {
        mpi!(MPI_Buffer_flush());
        Ok(())
    })?;
    if is_emulated("MPI_Buffer_attach_c") {
        let code = unsafe { mpi_api::MPI_Buffer_attach_c(core::ptr::null_mut(), 1 << 40) };
        same("too large", &code, &mpi_api::MPI_ERR_COUNT)?;
    }
    Ok(())
}
